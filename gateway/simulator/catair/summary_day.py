"""What an entry summary has to do with the day on which it comes (catair.md 6.2).

Lives here: the days of statements and of moves under bond. How strict this ACE is about each is a table of
the tester's (`checks.csv`). Never here: days that only have to be in order (`summary_rest.py`).
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from gateway.simulator.catair.conditions import Found, first
from gateway.simulator.catair.summary_rest import day
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record

_DAYS_AHEAD_MAX = 90
_MONTHS_AHEAD_MAX = 2
_YEARS_AGO_MAX = 2
_SATURDAY = 5


def conditions(ace: Ace, transaction: Sequence[Record], today: date) -> Iterator[Found]:
    """Yield what is not right today."""
    head, carrier = transaction[0], first(transaction, "20")
    if (weight := ace.onfile.weight("statement-day")) and head.cut("65") != "Y":
        yield from _statement(ace.specs.root, head, today, weight)
    moved = day(carrier.cut("52-57")) if carrier is not None else None
    weight = ace.onfile.weight("in-bond-day")
    if carrier is not None and moved is not None and weight and moved < _years_before(today):
        yield Found(carrier.number, "192", severity=weight, column=52)


def _statement(root: Path, head: Record, today: date, weight: str) -> Iterator[Found]:
    printed, month = day(head.cut("52-57")), head.cut("58-59")
    if printed is not None:
        ahead = (printed - today).days
        if ahead <= 0:
            yield Found(head.number, "205", severity=weight, column=52)
        elif ahead > _DAYS_AHEAD_MAX:
            yield Found(head.number, "206", severity=weight, column=52)
        if printed.weekday() < _SATURDAY and printed.isoformat() in _holidays(root):
            yield Found(head.number, "204", column=52)
    if month.isdigit() and 1 <= int(month) <= 12 and (int(month) - today.month) % 12 > _MONTHS_AHEAD_MAX:
        yield Found(head.number, "213", severity=weight, column=58)


def _years_before(today: date) -> date:
    """Give the day two years ago; of a leap day the one before it."""
    year = today.year - _YEARS_AGO_MAX
    return (
        today.replace(year=year, day=28) if (today.month, today.day) == (2, 29) else today.replace(year=year)
    )


@cache
def _holidays(root: Path) -> frozenset[str]:
    return frozenset(row["code"] for _, row in read_csv(root / "edi_specs" / "codes" / "us_holidays.csv"))
