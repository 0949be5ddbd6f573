"""The sums of an entry summary: duty, fees, cases, totals, each explained to the cent.

A rule speaks of an amount that is given; it never asks for one that is not. Where the
tables have no figure for the date (a fiscal year that was not found), a difference is
doubtful, not wrong.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.rules.cbp.fees import DOLLAR, duty_of, fee, half_up, line_value, percent_of
from gateway.rules.cbp.levies import (
    HMF,
    MPF,
    PIPELINE,
    differs,
    levies_of,
    rate_date,
    shown,
    sum_of,
    water_date,
)
from gateway.rules.cbp.scope import mode, us_declaration
from gateway.rules.registry import Given, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Money
    from gateway.finding import Finding

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
            value = half_up(tariff.value.amount, DOLLAR) if tariff.value is not None else line_value(line)
            expected = duty_of(tariff.rate, value, tariff.quantities)
            if expected is not None and abs(expected - tariff.duty.amount) > tolerance.value:
                how = f"{tariff.rate} of {shown(value)}"
                yield differs(
                    f"lines[{turn}].tariffs[{place}].duty.amount", how, expected, tariff.duty.amount
                )


@rule("cbp.ae.mpf-line", clause="cbp.arithmetic/mpf-line", of=us_declaration, about="lines.levies")
def processing_fee_of_a_line(entry: Entry, given: Given) -> Iterator[Finding]:
    """The processing fee of a line is its value times the rate."""
    rate = fee("mpf.rate", rate_date(entry, given))
    if rate is None:
        return
    for turn, line in enumerate(entry.lines):
        levies = levies_of(line, MPF)
        if not levies:
            continue
        value = line_value(line)
        expected = half_up(value * rate.value)
        for place, _, actual in levies:
            if actual != expected:
                how = f"{shown(value)} x {shown(rate.value)}"
                yield differs(
                    f"lines[{turn}].levies[{place}].amount.amount", how, expected, actual, known=rate.known
                )


@rule("cbp.ae.mpf-total", clause="cbp.arithmetic/mpf-total", about="totals.levies")
def processing_fee_in_all(entry: Entry, given: Given) -> Iterator[Finding]:
    """The processing fee in all is the sum of the lines between least and most."""
    on = rate_date(entry, given)
    least, most = fee("mpf.minimum", on), fee("mpf.maximum", on)
    found = _total(entry, MPF)
    if found is None or least is None or most is None or mode(entry) == PIPELINE:
        return
    place, actual = found
    summed = sum_of(entry, MPF)
    if not summed:
        return
    expected, how, known = summed, f"the sum {shown(summed)}", True
    consolidated = entry.filing is not None and bool(entry.filing.consolidated)
    if summed < least.value:
        expected, how, known = least.value, f"the sum {shown(summed)}, at least", least.known
    elif summed > most.value and not consolidated:
        expected, how, known = most.value, f"the sum {shown(summed)}, at most", most.known
    if abs(actual - expected) > (_MPF_TOLERANCE if expected == summed else Decimal(0)):
        yield differs(place, how, expected, actual, known=known)


@rule("cbp.ae.hmf-line", clause="cbp.arithmetic/hmf-line", of=us_declaration, about="lines.levies")
def harbor_fee_of_a_line(entry: Entry, given: Given) -> Iterator[Finding]:
    """The harbor maintenance fee of a line is its whole-dollar value times the rate, rounded once."""
    rate = fee("hmf.rate", water_date(entry, given))
    if rate is None:
        return
    for turn, line in enumerate(entry.lines):
        levies = levies_of(line, HMF)
        if not levies:
            continue
        value = line_value(line)
        expected = half_up(value * rate.value)
        for place, _, actual in levies:
            if actual != expected:
                how = f"{shown(value)} x {shown(rate.value)}"
                yield differs(f"lines[{turn}].levies[{place}].amount.amount", how, expected, actual)


@rule("cbp.ae.case-duty", clause="cbp.arithmetic/case", of=us_declaration, about="lines.cases")
def duty_of_a_case(entry: Entry) -> Iterator[Finding]:
    """The duty of a case is its rate times the value or quantity it is for, to the cent."""
    for turn, line in enumerate(entry.lines):
        for place, case in enumerate(line.cases):
            if case.rate is None or case.amount is None:
                continue
            if case.rate_kind == "specific":
                base = case.quantity.value if case.quantity is not None else None
                expected = half_up(base * case.rate) if base is not None else None
                how = f"{base} units x {shown(case.rate)}"
            else:
                own = case.value.amount if case.value is not None else Decimal(0)
                base = half_up(own, DOLLAR) or line_value(line)
                expected = percent_of(base, case.rate)
                how = f"{shown(case.rate)} % of {shown(base)}"
            actual = case.amount.amount
            if expected is not None and expected != actual:
                yield differs(f"lines[{turn}].cases[{place}].amount.amount", how, expected, actual)


@rule("cbp.ae.totals", clause="cbp.arithmetic/totals", of=us_declaration, about="totals.levies")
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
            yield differs(f"totals.levies[{place}].amount.amount", how, expected, levy.amount.amount)


def _due(entry: Entry, kind: str) -> Decimal | None:
    """Add up what a total of this kind is the total of, None for a kind that is no sum of ours."""
    if kind in _CASES:
        letter, bonded = _CASES[kind]
        cases = (case for line in entry.lines for case in line.cases if case.number[0] == letter)
        return _money(case.amount for case in cases if bonded is None or bool(case.bonded) is bonded)
    if kind in _CLASSES:
        return sum((sum_of(entry, each) for each in _CLASSES[kind]), Decimal(0))
    if kind == "duty":
        return _money(tariff.duty for line in entry.lines for tariff in line.tariffs)
    if kind == "fees":
        totals = entry.totals.levies if entry.totals is not None else ()
        classes = [each.amount for each in totals if each.kind and each.kind.isdigit()]
        return _money(iter(classes)) if classes else None
    return sum_of(entry, kind) if kind.isdigit() else None


def _money(amounts: Iterator[Money | None]) -> Decimal:
    return sum((each.amount for each in amounts if each is not None), Decimal(0))


def _total(entry: Entry, kind: str) -> tuple[str, Decimal] | None:
    """Give path and amount of a total, None where it is not given."""
    for place, levy in enumerate(entry.totals.levies if entry.totals is not None else ()):
        if levy.kind == kind and levy.amount is not None:
            return f"totals.levies[{place}].amount.amount", levy.amount.amount
    return None
