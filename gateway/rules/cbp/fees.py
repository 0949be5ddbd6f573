"""Fees by date, and the rounding of CBP: half up, once, at the end.

Lives here: the table `edi_specs/catair/fees.csv` and the formulas on it, in decimals
only. Never here: judging an entry (`arithmetic.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import SpecError, data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.entry import Line, Quantity

CENT = Decimal("0.01")
DOLLAR = Decimal(1)
OTHER_REVENUE = "672"
_TERM = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)\s*%|(?P<cents>\d+(?:\.\d+)?)\s*(?:¢|cents?)\s*/\s*(?P<per_cents>[a-z0-9]+)"
    r"|\$\s*(?P<dollars>\d+(?:\.\d+)?)\s*/\s*(?P<per_dollars>[a-z0-9]+)"
)
# How tariff schedules write units, and the units of UN/ECE Recommendation 20.
_UNITS = {
    "kg": "KGM",
    "g": "GRM",
    "t": "TNE",
    "liter": "LTR",
    "l": "LTR",
    "no": "NMB",
    "each": "NMB",
    "doz": "DZN",
    "m": "MTR",
    "m2": "MTK",
    "m3": "MTQ",
    "pr": "PR",
    "bbl": "BLL",
}


@dataclass(frozen=True, slots=True)
class Fee:
    """A figure on a date. `known` is false where the table only goes on with the last one."""

    value: Decimal
    known: bool


@dataclass(frozen=True, slots=True)
class _Row:
    since: date
    until: date | None
    fee: Fee


def half_up(amount: Decimal, to: Decimal = CENT) -> Decimal:
    """Round half up (catair.md 2.4): 123.545 is 123.55."""
    return amount.quantize(to, ROUND_HALF_UP)


@cache
def _table() -> dict[str, list[_Row]]:
    path = data_root() / "edi_specs" / "catair" / "fees.csv"
    found: dict[str, list[_Row]] = {}
    for number, row in read_csv(path):
        try:
            until = date.fromisoformat(row["until"]) if row["until"] else None
            fee = Fee(Decimal(row["value"]), row["known"] == "yes")
            found.setdefault(row["fee"], []).append(_Row(date.fromisoformat(row["since"]), until, fee))
        except (ValueError, ArithmeticError) as error:
            raise SpecError(path, number, str(error)) from error
    return found


def fee(name: str, on: date) -> Fee | None:
    """Give a rate or bound on a date (`mpf.rate`), None before the table begins."""
    for row in _table()[name]:
        if row.since <= on and (row.until is None or on <= row.until):
            return row.fee
    return None


def line_value(line: Line) -> Decimal:
    """Give a line's value in whole dollars, each tariff number rounded by itself (19 CFR 159.3)."""
    amounts = [half_up(tariff.value.amount, DOLLAR) for tariff in line.tariffs if tariff.value is not None]
    return sum(amounts, Decimal(0))


@cache
def fee_classes(where: str) -> frozenset[str]:
    """Give the accounting classes that CBP has for the `head` or for a `line` of a summary."""
    names = {"head": ("fee_header",), "line": ("fee_line", "tax_class")}[where]
    folder = data_root() / "edi_specs" / "catair" / "codes"
    classes = [row["code"] for name in names for _, row in read_csv(folder / f"{name}.csv")]
    return frozenset(classes) | ({OTHER_REVENUE} if where == "line" else frozenset())


def percent_of(value: Decimal, percent: Decimal) -> Decimal:
    """Give a percentage of a value, to the cent."""
    return half_up(value * percent / 100)


def duty_of(rate: str, value: Decimal, quantities: Sequence[Quantity]) -> Decimal | None:
    """Give the duty of a rate as tariffs print it (`Free`, `4.6%`, `2.4¢/kg + 3%`).

    None where the rate says something else, or names a unit that no quantity has.
    """
    text = rate.strip().lower()
    if text == "free":
        return Decimal("0.00")
    total = Decimal(0)
    for term in text.split("+"):
        match = _TERM.fullmatch(term.strip())
        if match is None:
            return None
        if match["percent"]:
            total += value * Decimal(match["percent"]) / 100
            continue
        unit = _UNITS.get(match["per_cents"] or match["per_dollars"])
        quantity = next((each.value for each in quantities if each.unit == unit), None)
        if quantity is None:
            return None
        dollars = Decimal(match["cents"]) / 100 if match["cents"] else Decimal(match["dollars"])
        total += quantity * dollars
    return half_up(total)
