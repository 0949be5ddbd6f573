"""Fees and totals of an entry summary, computed anew (catair.md 7).

Lives here: harbor maintenance and merchandise processing fees of the lines, the bounds of
the total, and the sums of records 88, 89 and 90, in whole cents. Never here: duty rates,
which need the tariff. All of it is a second computation, apart from the gateway's rules.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from gateway.simulator.catair.conditions import Found, first, of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record

MPF, HMF = "499", "501"
_HMF_RATE = Decimal("0.00125")
_NO_MPF_TYPES = ("11", "12", "23")
_NO_HMF_TYPES = ("06", "11", "12", "22", "31", "32", "34", "38")
_VESSEL_MODES = ("10", "11", "12")
_PIPELINE = "70"
_HEADER_FEES = ("311", "496", "500")
_LEAST_HMF = 300
_CASE_TOTALS = (
    ("3-13", "A", "B", "737"),
    ("15-25", "A", "C", "739"),
    ("27-37", "C", "B", "741"),
    ("39-49", "C", "C", "743"),
)
# Class code and amount of the five pairs of an 89.
_PAIRS = (("3-5", "6-16"), ("17-19", "20-30"), ("31-33", "34-44"), ("45-47", "48-58"), ("59-61", "62-72"))


def conditions(ace: Ace, transaction: Sequence[Record]) -> Iterator[Found]:
    """Yield every fee and total that is not what its lines make."""
    lines = _lines(transaction)
    rates = _rates(ace, transaction)
    fees: Counter[str] = Counter()
    for line in lines:
        fees.update(_fees(line))
        yield from _line_fees(transaction[0], line, rates["rate"])
    for record in of(transaction, "34"):
        fees.update(_pairs(record, (("3-5", "6-13"), ("14-16", "17-24"))))
    totals: Counter[str] = Counter()
    for record in of(transaction, "89"):
        totals.update(_pairs(record, _PAIRS))
    yield from _header_fees(transaction)
    yield from _least_harbor_fee(transaction, fees)
    yield from _case_totals(transaction)
    yield from _fee_totals(transaction, fees, totals, rates)
    yield from _grand_totals(transaction, totals)


def _lines(transaction: Sequence[Record]) -> list[list[Record]]:
    lines: list[list[Record]] = []
    for record in transaction:
        if record.text.startswith("40"):
            lines.append([record])
        elif lines and not record.text.startswith(("88", "89", "90")):
            lines[-1].append(record)
    return lines


def _pairs(record: Record, columns: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for code, amount in columns:
        if record.cut(code):
            found[record.cut(code)] += cents(record, amount)
    return found


def cents(record: Record, columns: str) -> int:
    """Give an amount in cents, 0 where the field is blank or no number."""
    text = record.cut(columns)
    return int(text) if text.isdigit() else 0


def _fees(line: Sequence[Record]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for record in of(line, "62"):
        found[record.cut("3-5")] += cents(record, "6-13")
    return found


def half_up(amount: Decimal) -> int:
    """Round dollars half up to whole cents."""
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


def _line_fees(head: Record, line: Sequence[Record], rate: Decimal) -> Iterator[Found]:
    """Hold 499 and 501 of a line against the value of all its tariff numbers."""
    kind, mode = head.cut("34-35"), head.cut("36-37")
    value = Decimal(sum(cents(record, "25-34") for record in of(line, "50")))
    component = line[0].cut("8") == "V"
    for record in of(line, "62"):
        code, amount = record.cut("3-5"), cents(record, "6-13")
        if code == HMF:
            allowed = mode in _VESSEL_MODES and kind not in _NO_HMF_TYPES and not component
            if not allowed or amount != half_up(value * _HMF_RATE):
                yield Found(record.number, "601", column=6)
        elif code == MPF and component:
            yield Found(record.number, "629", column=3)
        elif code == MPF and kind in _NO_MPF_TYPES:
            yield Found(record.number, "630", column=3)
        elif code == MPF and amount not in {0, half_up(value * rate)}:
            yield Found(record.number, "634", column=6)
    if mode == "12" and kind not in _NO_HMF_TYPES and HMF not in _fees(line):
        yield Found(line[0].number, "600")


def _rates(ace: Ace, transaction: Sequence[Record]) -> Mapping[str, Decimal]:
    """Give the fee row in force. The estimated entry date decides; without one the newest row."""
    party = first(transaction, "11")
    return ace.onfile.fees_on(_day(party.cut("42-47")) if party else None)


def _day(text: str) -> date | None:
    """Read MMDDYY; None for anything that is no day."""
    if len(text) != 6 or not text.isdigit():
        return None
    try:
        return date(2000 + int(text[4:6]), int(text[:2]), int(text[2:4]))
    except ValueError:
        return None


def _header_fees(transaction: Sequence[Record]) -> Iterator[Found]:
    """311 is of informal summaries, 496 of mail on which duty is due; a class comes once."""
    head = transaction[0]
    seen: set[str] = set()
    for record in of(transaction, "34"):
        for code, amount in (("3-5", "6-13"), ("14-16", "17-24")):
            name = record.cut(code)
            if not name:
                continue
            if name not in _HEADER_FEES:
                yield Found(record.number, "249", column=3)
            elif name == "311" and head.cut("34-35") not in {"11", "12"}:
                yield Found(record.number, "637", column=3)
            elif name == "496" and head.cut("36-37") != "50":
                yield Found(record.number, "250", column=3)
            elif not record.cut(amount):
                yield Found(record.number, "252", column=6)
            if name in seen:
                yield Found(record.number, "254", column=3)
            seen.add(name)


def _least_harbor_fee(transaction: Sequence[Record], fees: Mapping[str, int]) -> Iterator[Found]:
    """Up to three dollars of the harbor fee are not due where nothing else is."""
    owed = [cents(record, "14-23") for record in of(transaction, "50")]
    owed += [cents(record, "6-15") for record in of(transaction, "60", "61")]
    owed += [cents(record, "47-56") for record in of(transaction, "53")]
    others = sum(amount for code, amount in fees.items() if code != HMF)
    if HMF in fees and fees[HMF] <= _LEAST_HMF and not others and not sum(owed):
        record = next(one for one in of(transaction, "62") if one.cut("3-5") == HMF)
        yield Found(record.number, "602", column=3)


def _case_totals(transaction: Sequence[Record]) -> Iterator[Found]:
    """Hold record 88 against the cases: antidumping and countervailing, under bond and in cash."""
    totals = first(transaction, "88")
    if totals is None:
        return
    for columns, letter, claim, code in _CASE_TOTALS:
        cases = (
            case for case in of(transaction, "53") if case.cut("3") == letter and case.cut("13") == claim
        )
        if cents(totals, columns) != sum(cents(case, "47-56") for case in cases):
            yield Found(totals.number, code, column=int(columns.partition("-")[0]))


def _fee_totals(
    transaction: Sequence[Record],
    fees: Mapping[str, int],
    totals: Mapping[str, int],
    rates: Mapping[str, Decimal],
) -> Iterator[Found]:
    records = of(transaction, "89")
    end = records[0] if records else transaction[-1]
    head = transaction[0]
    free = head.cut("42") == "Y" or head.cut("36-37") == _PIPELINE
    for code, amount in fees.items():
        if code not in totals:
            yield Found(end.number, "716")
        elif code == MPF and not free:
            yield from _mpf_total(end, amount, totals[code], rates)
        elif totals[code] != amount:
            yield Found(end.number, "719" if code == HMF else "720")
    for code in totals:
        if code not in fees:
            yield Found(end.number, "717")


def _mpf_total(end: Record, lines: int, total: int, rates: Mapping[str, Decimal]) -> Iterator[Found]:
    low, high = half_up(rates["minimum"]), half_up(rates["maximum"])
    if 0 < lines < low and total != low:
        yield Found(end.number, "639")
    elif lines > high and total != high:
        yield Found(end.number, "640")
    elif low <= lines <= high and total != lines:
        yield Found(end.number, "641")


def _grand_totals(transaction: Sequence[Record], totals: Mapping[str, int]) -> Iterator[Found]:
    """Hold record 90 against the sums of 50, 89, 60, 53 and 61."""
    end = first(transaction, "90")
    if end is None:
        yield Found(transaction[-1].number, "701")
        return
    cases = of(transaction, "53")
    sums = (
        ("3-13", sum(cents(record, "14-23") for record in of(transaction, "50")), "722"),
        ("15-25", sum(totals.values()), "726"),
        ("27-37", sum(cents(record, "6-15") for record in of(transaction, "60")), "724"),
        ("39-49", sum(cents(case, "47-56") for case in cases if case.cut("3") == "A"), "745"),
        ("51-61", sum(cents(case, "47-56") for case in cases if case.cut("3") == "C"), "747"),
        ("63-73", sum(cents(record, "6-15") for record in of(transaction, "61")), "768"),
    )
    for columns, amount, code in sums:
        if cents(end, columns) != amount:
            yield Found(end.number, code, column=int(columns.split("-")[0]))
