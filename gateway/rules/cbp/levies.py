"""Levies of an entry: their amounts, their sums, the days whose rates hold, and how a difference is told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.rules.registry import Given, wrong

if TYPE_CHECKING:
    from datetime import date

    from gateway.entry import Entry, Levy, Line
    from gateway.finding import Finding

MPF, HMF, INFORMAL_FEE, MAIL_FEE = "499", "501", "311", "496"
PIPELINE, BORDER_WATER, MAIL = "70", "12", "50"


def shown(amount: Decimal) -> str:
    """Write an amount without an exponent."""
    return f"{amount:f}"


def levies_of(line: Line, kind: str) -> list[tuple[int, Levy, Decimal]]:
    """Give the levies of a class with an amount: place, levy, amount."""
    return [
        (place, levy, levy.amount.amount)
        for place, levy in enumerate(line.levies)
        if levy.kind == kind and levy.amount is not None
    ]


def rate_date(entry: Entry, given: Given) -> date:
    """Give the day whose fees hold: entry, statement, later arrival, today (catair.md 7.1)."""
    if entry.entered is not None:
        return entry.entered
    if entry.payment is not None and entry.payment.statement_date is not None:
        return entry.payment.statement_date
    arrival = entry.transport.arrival_expected if entry.transport is not None else None
    return arrival if arrival is not None and arrival > given.on else given.on


def water_date(entry: Entry, given: Given) -> date:
    """Give the day of the harbor maintenance fee: import, in-bond, arrival, today (catair.md 7.3)."""
    transport = entry.transport
    dates = (
        entry.imported,
        transport.in_bond_date if transport is not None else None,
        transport.arrival_expected if transport is not None else None,
    )
    return next((each for each in dates if each is not None), given.on)


def differs(place: str, how: str, expected: Decimal, actual: Decimal, *, known: bool = True) -> Finding:
    """Tell a difference to the cent; doubtful where the figure of the year is not known."""
    message = f"{how} is {shown(expected)}; {shown(abs(expected - actual))} off"
    if not known:
        message += "; the figures of this fiscal year are not in our tables, those of the last were taken"
    found = wrong(place, message, expected=shown(expected), actual=shown(actual))
    return found if known else replace(found, severity=Severity.WARNING)


def sum_of(entry: Entry, kind: str) -> Decimal:
    """Add up a levy class over lines and header."""
    lines = [amount for line in entry.lines for _, _, amount in levies_of(line, kind)]
    header = [each.amount.amount for each in entry.levies if each.kind == kind and each.amount is not None]
    return sum([*lines, *header], Decimal(0))
