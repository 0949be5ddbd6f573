"""The sums of an entry summary: duty, fees, cases, totals, each explained to the cent.

A rule speaks of an amount that is given; it never asks for one that is not. Where the
tables have no figure for the date (a fiscal year that was not found), a difference is
doubtful, not wrong.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.rules.cbp.fees import DOLLAR, duty_of, fee, half_up, percent_of
from gateway.rules.cbp.scope import INFORMAL, ZONE, mode, us_declaration
from gateway.rules.registry import Given, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Levy, Line, Money
    from gateway.finding import Finding

MPF, HMF, INFORMAL_FEE = "499", "501", "311"
_TEMPORARY = "23"
_BY_WATER = frozenset({"10", "11", "12"})
_NO_HMF = frozenset({"06", "11", "12", "22", "31", "32", "34", "38"})
_PIPELINE = "70"
# Totals of cases: first letter of the case number, and whether it is bonded (None: both).
_CASES = {
    "AD": ("A", None),
    "CVD": ("C", None),
    "AD-bonded": ("A", True),
    "AD-cash": ("A", False),
    "CVD-bonded": ("C", True),
    "CVD-cash": ("C", False),
}
_CLASSES = {"tax": ("016", "017", "018", "022"), "other": ("672",)}
# Condition 641 speaks of a small tolerance without a figure; a nickel is ours.
_MPF_TOLERANCE = Decimal("0.05")


def _shown(amount: Decimal) -> str:
    return f"{amount:f}"


def _value(line: Line) -> Decimal:
    """Give a line's value in whole dollars, each tariff number rounded by itself (19 CFR 159.3)."""
    amounts = [half_up(tariff.value.amount, DOLLAR) for tariff in line.tariffs if tariff.value is not None]
    return sum(amounts, Decimal(0))


def _levies(line: Line, kind: str) -> Iterator[tuple[int, Levy, Decimal]]:
    for place, levy in enumerate(line.levies):
        if levy.kind == kind and levy.amount is not None:
            yield place, levy, levy.amount.amount


def _rate_date(entry: Entry, given: Given) -> date:
    """Give the day whose fees hold: entry, statement, later arrival, today (catair.md 7.1)."""
    if entry.entered is not None:
        return entry.entered
    if entry.payment is not None and entry.payment.statement_date is not None:
        return entry.payment.statement_date
    arrival = entry.transport.arrival_expected if entry.transport is not None else None
    return arrival if arrival is not None and arrival > given.on else given.on


def _water_date(entry: Entry, given: Given) -> date:
    """Give the day of the harbor maintenance fee: import, in-bond, arrival, today (catair.md 7.3)."""
    transport = entry.transport
    dates = (
        entry.imported,
        transport.in_bond_date if transport is not None else None,
        transport.arrival_expected if transport is not None else None,
    )
    return next((each for each in dates if each is not None), given.on)


def _differs(place: str, how: str, expected: Decimal, actual: Decimal, *, known: bool = True) -> Finding:
    message = f"{how} is {_shown(expected)}; {_shown(abs(expected - actual))} off"
    if not known:
        message += "; the figures of this fiscal year are not in our tables, those of the last were taken"
    found = wrong(place, message, expected=_shown(expected), actual=_shown(actual))
    return found if known else replace(found, severity=Severity.WARNING)


@rule("cbp.ae.duty", clause="cbp.arithmetic/duty", of=us_declaration, about="lines")
def duty_by_rate(entry: Entry, given: Given) -> Iterator[Finding]:
    """The duty of a tariff number is its rate times value or quantity, within the tolerance of a line."""
    tolerance = fee("duty.tolerance", given.on)
    if tolerance is None:
        return
    for turn, line in enumerate(entry.lines):
        for place, tariff in enumerate(line.tariffs):
            if tariff.rate is None or tariff.duty is None:
                continue
            value = half_up(tariff.value.amount, DOLLAR) if tariff.value is not None else _value(line)
            expected = duty_of(tariff.rate, value, tariff.quantities)
            if expected is not None and abs(expected - tariff.duty.amount) > tolerance.value:
                how = f"{tariff.rate} of {_shown(value)}"
                yield _differs(
                    f"lines[{turn}].tariffs[{place}].duty.amount", how, expected, tariff.duty.amount
                )


@rule("cbp.ae.mpf-line", clause="cbp.arithmetic/mpf-line", of=us_declaration, about="lines")
def processing_fee_of_a_line(entry: Entry, given: Given) -> Iterator[Finding]:
    """The processing fee of a line is its value times the rate."""
    rate = fee("mpf.rate", _rate_date(entry, given))
    if rate is None:
        return
    for turn, line in enumerate(entry.lines):
        value = _value(line)
        expected = half_up(value * rate.value)
        for place, _, actual in _levies(line, MPF):
            if actual != expected:
                how = f"{_shown(value)} x {_shown(rate.value)}"
                yield _differs(
                    f"lines[{turn}].levies[{place}].amount.amount", how, expected, actual, known=rate.known
                )


@rule("cbp.ae.mpf-not-due", clause="cbp.arithmetic/mpf-not-due", of=us_declaration, about="lines")
def no_processing_fee(entry: Entry) -> Iterator[Finding]:
    """Where no processing fee is due none is reported."""
    for turn, line in enumerate(entry.lines):
        reason = ""
        if entry.kind in INFORMAL or entry.kind == _TEMPORARY:
            reason = f"entry type {entry.kind} has none"
        elif line.set_role == "component":
            reason = "components of a set have none"
        elif entry.kind == ZONE and line.zone_status == "D":
            reason = "domestic goods of a zone have none"
        if reason:
            for place, _, actual in _levies(line, MPF):
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    f"a processing fee where none is due: {reason}",
                    expected="no 499",
                    actual=_shown(actual),
                )


@rule("cbp.ae.mpf-total", clause="cbp.arithmetic/mpf-total", about="totals")
def processing_fee_in_all(entry: Entry, given: Given) -> Iterator[Finding]:
    """The processing fee in all is the sum of the lines between least and most."""
    on = _rate_date(entry, given)
    least, most = fee("mpf.minimum", on), fee("mpf.maximum", on)
    found = _total(entry, MPF)
    if found is None or least is None or most is None or mode(entry) == _PIPELINE:
        return
    place, actual = found
    summed = _sum_of(entry, MPF)
    if not summed:
        return
    expected, how, known = summed, f"the sum {_shown(summed)}", True
    consolidated = entry.filing is not None and bool(entry.filing.consolidated)
    if summed < least.value:
        expected, how, known = least.value, f"the sum {_shown(summed)}, at least", least.known
    elif summed > most.value and not consolidated:
        expected, how, known = most.value, f"the sum {_shown(summed)}, at most", most.known
    if abs(actual - expected) > (_MPF_TOLERANCE if expected == summed else Decimal(0)):
        yield _differs(place, how, expected, actual, known=known)


@rule("cbp.ae.hmf-line", clause="cbp.arithmetic/hmf-line", of=us_declaration, about="lines")
def harbor_fee_of_a_line(entry: Entry, given: Given) -> Iterator[Finding]:
    """The harbor maintenance fee of a line is its whole-dollar value times the rate, rounded once."""
    rate = fee("hmf.rate", _water_date(entry, given))
    if rate is None:
        return
    for turn, line in enumerate(entry.lines):
        value = _value(line)
        expected = half_up(value * rate.value)
        for place, _, actual in _levies(line, HMF):
            if actual != expected:
                how = f"{_shown(value)} x {_shown(rate.value)}"
                yield _differs(f"lines[{turn}].levies[{place}].amount.amount", how, expected, actual)


@rule("cbp.ae.hmf-not-due", clause="cbp.arithmetic/hmf-not-due", of=us_declaration, about="lines")
def no_harbor_fee(entry: Entry, given: Given) -> Iterator[Finding]:
    """Where no harbor maintenance fee is due none is reported."""
    least = fee("hmf.least", given.on)
    summed = _sum_of(entry, HMF)
    alone = not _other_amounts(entry)
    for turn, line in enumerate(entry.lines):
        for place, _, actual in _levies(line, HMF):
            reason = ""
            if entry.kind in _NO_HMF:
                reason = f"entry type {entry.kind} has none"
            elif mode(entry) and mode(entry) not in _BY_WATER:
                reason = f"mode {mode(entry)} is not by water"
            elif line.set_role == "component":
                reason = "components of a set have none"
            elif least is not None and alone and summed <= least.value:
                reason = f"{_shown(summed)} in all, and nothing else is due"
            if reason:
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    f"a harbor maintenance fee where none is due: {reason}",
                    expected="no 501",
                    actual=_shown(actual),
                )


def _other_amounts(entry: Entry) -> bool:
    """Tell whether anything but the harbor fee is due."""
    duties = any(tariff.duty and tariff.duty.amount for line in entry.lines for tariff in line.tariffs)
    levies = [levy for line in entry.lines for levy in line.levies] + list(entry.levies)
    cases = any(case.amount and case.amount.amount for line in entry.lines for case in line.cases)
    return duties or cases or any(each.kind != HMF and each.amount and each.amount.amount for each in levies)


@rule("cbp.ae.informal-fee", clause="cbp.arithmetic/informal", about="levies")
def fee_of_an_informal_entry(entry: Entry, given: Given) -> Iterator[Finding]:
    """The fee of an informal entry is that of the fiscal year."""
    wanted = fee("informal", _rate_date(entry, given))
    if entry.kind not in INFORMAL or wanted is None:
        return
    for place, levy in enumerate(entry.levies):
        if levy.kind == INFORMAL_FEE and levy.amount is not None and levy.amount.amount != wanted.value:
            yield _differs(
                f"levies[{place}].amount.amount",
                "the fee of the year",
                wanted.value,
                levy.amount.amount,
                known=wanted.known,
            )


@rule("cbp.ae.case-duty", clause="cbp.arithmetic/case", of=us_declaration, about="lines")
def duty_of_a_case(entry: Entry) -> Iterator[Finding]:
    """The duty of a case is its rate times the value or quantity it is for, to the cent."""
    for turn, line in enumerate(entry.lines):
        for place, case in enumerate(line.cases):
            if case.rate is None or case.amount is None:
                continue
            if case.rate_kind == "specific":
                base = case.quantity.value if case.quantity is not None else None
                expected = half_up(base * case.rate) if base is not None else None
                how = f"{base} units x {_shown(case.rate)}"
            else:
                own = case.value.amount if case.value is not None else Decimal(0)
                base = half_up(own, DOLLAR) or _value(line)
                expected = percent_of(base, case.rate)
                how = f"{_shown(case.rate)} % of {_shown(base)}"
            actual = case.amount.amount
            if expected is not None and expected != actual:
                yield _differs(f"lines[{turn}].cases[{place}].amount.amount", how, expected, actual)


@rule("cbp.ae.totals", clause="cbp.arithmetic/totals", of=us_declaration, about="totals")
def totals_of_what_is_due(entry: Entry, given: Given) -> Iterator[Finding]:
    """Each total is the sum of what it is the total of; the duty within its tolerance."""
    totals = entry.totals
    tolerance = fee("duty.tolerance", given.on)
    if not entry.lines or totals is None or tolerance is None:
        return
    for place, levy in enumerate(totals.levies):
        if levy.amount is None or levy.kind is None or levy.kind == MPF:
            continue
        expected = _due(entry, levy.kind)
        allowed = tolerance.value if levy.kind == "duty" else Decimal(0)
        if expected is not None and abs(expected - levy.amount.amount) > allowed:
            how = f"the sum of {levy.kind}"
            yield _differs(f"totals.levies[{place}].amount.amount", how, expected, levy.amount.amount)


def _due(entry: Entry, kind: str) -> Decimal | None:
    """Add up what a total of this kind is the total of, None for a kind that is no sum of ours."""
    if kind in _CASES:
        letter, bonded = _CASES[kind]
        cases = (case for line in entry.lines for case in line.cases if case.number[0] == letter)
        return _money(case.amount for case in cases if bonded is None or bool(case.bonded) is bonded)
    if kind in _CLASSES:
        return sum((_sum_of(entry, each) for each in _CLASSES[kind]), Decimal(0))
    if kind == "duty":
        return _money(tariff.duty for line in entry.lines for tariff in line.tariffs)
    if kind == "fees":
        totals = entry.totals.levies if entry.totals is not None else ()
        classes = [each.amount for each in totals if each.kind and each.kind.isdigit()]
        return _money(iter(classes)) if classes else None
    return _sum_of(entry, kind) if kind.isdigit() else None


def _money(amounts: Iterator[Money | None]) -> Decimal:
    return sum((each.amount for each in amounts if each is not None), Decimal(0))


def _sum_of(entry: Entry, kind: str) -> Decimal:
    """Add up a levy class over lines and header."""
    lines = [amount for line in entry.lines for _, _, amount in _levies(line, kind)]
    header = [each.amount.amount for each in entry.levies if each.kind == kind and each.amount is not None]
    return sum([*lines, *header], Decimal(0))


def _total(entry: Entry, kind: str) -> tuple[str, Decimal] | None:
    """Give path and amount of a total, None where it is not given."""
    for place, levy in enumerate(entry.totals.levies if entry.totals is not None else ()):
        if levy.kind == kind and levy.amount is not None:
            return f"totals.levies[{place}].amount.amount", levy.amount.amount
    return None
