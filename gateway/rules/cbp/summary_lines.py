"""Lines of a summary: identifiers, charges, zone status, cases, tariff numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.rules.cbp.fees import line_value
from gateway.rules.cbp.scope import INFORMAL, ZONE, mode, origin_of, whole_summary
from gateway.rules.codes import codes
from gateway.rules.registry import doubtful, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Line
    from gateway.finding import Finding

CHARGES_FROM_USD = Decimal(1250)
_RETURNED_USD_MAX = Decimal(10000)
_BY_HAND = "60"
_REPAIRED = ("98020040", "98020050")
_RETURNED = "98010010"
_CANADA_TYPES = frozenset({"22", "23"})
_ZONE_STATES = frozenset({"P", "N", "D"})


def _has(line: Line, *beginnings: str) -> bool:
    return any((one.number or "").startswith(beginnings) for one in line.tariffs)


@rule("cbp.ae.line-identifier", clause="cbp.ae.v109/40", of=whole_summary, about="lines")
def identifiers_of_lines(entry: Entry) -> Iterator[Finding]:
    """A line's identifier is its own and has no asterisk."""
    seen: set[str] = set()
    for turn, line in enumerate(entry.lines):
        told = line.identifier
        if told is None:
            continue
        if "*" in told:
            yield wrong(f"lines[{turn}].identifier", "an asterisk", expected="none", actual=told)
        elif told in seen:
            yield wrong(f"lines[{turn}].identifier", "another line has it", expected="its own", actual=told)
        seen.add(told)


@rule("cbp.ae.export-us", clause="cbp.ae.v109/40", of=whole_summary, about="lines")
def exported_from_abroad(entry: Entry) -> Iterator[Finding]:
    """The country of export is not the United States."""
    for turn, line in enumerate(entry.lines):
        if line.origin is not None and line.origin.export == "US":
            yield wrong(f"lines[{turn}].origin.export", "no foreign country", expected="abroad", actual="US")


@rule("cbp.ae.charges", clause="cbp.ae.v109/charges", of=whole_summary, about="lines")
def charges_required(entry: Entry) -> Iterator[Finding]:
    """A line worth more than 1,250 dollars tells its charges, but for the exceptions."""
    if entry.kind in INFORMAL or mode(entry) == _BY_HAND:
        return
    for turn, line in enumerate(entry.lines):
        value = line_value(line)
        if line.charges is not None or value <= CHARGES_FROM_USD or line.set_role == "component":
            continue
        if origin_of(line) in codes("insular_possessions") or _has(line, *_REPAIRED):
            continue
        if _has(line, _RETURNED) and value <= _RETURNED_USD_MAX:
            continue
        yield missing(f"lines[{turn}].charges", "the charges")


@rule("cbp.ae.tariff-twice", clause="cbp.ae.v109/50", of=whole_summary, about="lines")
def tariff_numbers_once(entry: Entry) -> Iterator[Finding]:
    """A line has each tariff number once."""
    for turn, line in enumerate(entry.lines):
        seen: set[str] = set()
        for place, tariff in enumerate(line.tariffs):
            if tariff.number is not None and tariff.number in seen:
                yield wrong(
                    f"lines[{turn}].tariffs[{place}].number",
                    "the same number twice",
                    expected="once",
                    actual=tariff.number,
                )
            seen.add(tariff.number or "")


@rule("cbp.ae.tariff-value", clause="cbp.ae.v109/50", of=whole_summary, about="lines")
def value_of_the_goods(entry: Entry) -> Iterator[Finding]:
    """The value stands at the number of the goods, not at one of chapter 98 or 99 beside it."""
    for turn, line in enumerate(entry.lines):
        if not any((one.number or "98")[:2] not in {"98", "99"} for one in line.tariffs):
            continue
        for place, tariff in enumerate(line.tariffs):
            special = (tariff.number or "").startswith(("98", "99"))
            if special and tariff.value is not None and tariff.value.amount:
                yield doubtful(
                    f"lines[{turn}].tariffs[{place}].value.amount",
                    "a value beside that of the goods",
                    expected="0",
                    actual=tariff.value.amount,
                )


@rule("cbp.ae.zone-line", clause="cbp.ae.v109/41", of=whole_summary, about="lines")
def zone_lines(entry: Entry) -> Iterator[Finding]:
    """A zone line is P, N or D, counts what is entered, and has a filing date if and only if it is P."""
    if entry.kind != ZONE:
        return
    for turn, line in enumerate(entry.lines):
        status, place = line.zone_status, f"lines[{turn}]"
        if status is None:
            continue
        if status not in _ZONE_STATES:
            yield wrong(f"{place}.zone_status", "no zone status", expected="P N D", actual=status)
        elif status == "P" and line.zone_date is None:
            yield missing(f"{place}.zone_date", "the zone filing date")
        elif status != "P" and line.zone_date is not None:
            yield wrong(
                f"{place}.zone_date", "only for privileged goods", expected="none", actual=line.zone_date
            )
        quantity = line.zone_quantity.value if line.zone_quantity is not None else None
        if quantity is None:
            yield missing(f"{place}.zone_quantity", "the quantity in the zone")
        elif quantity <= 0 or quantity != quantity.to_integral_value():
            yield wrong(
                f"{place}.zone_quantity.value",
                "not a number of whole units",
                expected="a whole number from 1",
                actual=quantity,
            )


@rule("cbp.ae.case-pair", clause="cbp.ae.v109/53", of=whole_summary, about="lines")
def cases_of_a_line(entry: Entry) -> Iterator[Finding]:
    """A line is under one antidumping and one countervailing case at most, and under none where it was repaired abroad."""
    for turn, line in enumerate(entry.lines):
        letters = [case.number[:1] for case in line.cases]
        for place, letter in enumerate(letters):
            if letter in letters[:place]:
                yield wrong(
                    f"lines[{turn}].cases[{place}].number",
                    "a second case of its kind",
                    expected="one of each",
                    actual=line.cases[place].number,
                )
        if line.cases and _has(line, *_REPAIRED):
            yield wrong(
                f"lines[{turn}].cases",
                "no case beside 9802.00.40 and 9802.00.50",
                expected="none",
                actual=line.cases[0].number,
            )


@rule("cbp.ae.case-basis", clause="cbp.ae.v109/53", of=whole_summary, about="lines")
def basis_of_a_case(entry: Entry) -> Iterator[Finding]:
    """A rate by value has no quantity; a rate by unit has one above zero and no value of its own."""
    for turn, line in enumerate(entry.lines):
        for place, case in enumerate(line.cases):
            path = f"lines[{turn}].cases[{place}]"
            quantity = case.quantity.value if case.quantity is not None else Decimal(0)
            if case.rate_kind == "specific":
                if quantity <= 0:
                    yield missing(f"{path}.quantity", "the quantity that the rate is for")
                if case.value is not None and case.value.amount:
                    yield wrong(
                        f"{path}.value.amount",
                        "a value beside a rate by unit",
                        expected="0",
                        actual=case.value.amount,
                    )
            elif case.rate_kind is not None and quantity:
                yield wrong(
                    f"{path}.quantity.value",
                    "a quantity beside a rate by value",
                    expected="0",
                    actual=quantity,
                )


@rule("cbp.ae.case-statement", clause="cbp.ae.v109/53", of=whole_summary, about="lines")
def statement_of_a_case(entry: Entry) -> Iterator[Finding]:
    """The statement of non-reimbursement stands at a line under an antidumping case."""
    for turn, line in enumerate(entry.lines):
        if line.non_reimbursement and not any(case.number.startswith("A") for case in line.cases):
            yield wrong(
                f"lines[{turn}].non_reimbursement", "no antidumping case stands here", expected="none"
            )


@rule("cbp.ae.manufacturer-canada", clause="cbp.ae.v109/47", of=whole_summary, about="lines")
def manufacturer_from_canada(entry: Entry) -> Iterator[Finding]:
    """A re-warehouse or temporary entry of goods from Canada names the manufacturer."""
    if entry.kind not in _CANADA_TYPES:
        return
    head = [party for party in (entry.manufacturer, entry.shipper, entry.seller) if party is not None]
    for turn, line in enumerate(entry.lines):
        export = (line.origin.export or "") if line.origin is not None else ""
        if "CA" not in {export, origin_of(line)} and origin_of(line) not in codes("canadian_provinces"):
            continue
        parties = [*head, *(one for one in line.parties if one.role in {"manufacturer", "shipper", "seller"})]
        if not any(one.scheme == "mid" for party in parties for one in party.identifiers):
            yield missing(f"lines[{turn}].parties", "the manufacturer's id")
