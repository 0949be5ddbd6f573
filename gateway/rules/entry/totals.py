"""Sums against what they sum, and amounts that cannot be."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.entry import Money, Package, Quantity
from gateway.rules.registry import Given, doubtful, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.entry import Entry
    from gateway.finding import Finding

# What may be below zero: charges that are taken off, and what agencies measure (a temperature).
# Totals of a summary that customs answers with may be given back.
_MAY_BE_NEGATIVE = re.compile(r"charges|agencies|deducted|facts|declarations|events|totals\.levies")


@rule("entry.totals.lines", clause="entry.totals/lines", about="totals.lines")
def count_of_lines(entry: Entry) -> Iterator[Finding]:
    """The total of lines is the number of lines."""
    total = entry.totals.lines if entry.totals is not None else None
    if total is not None and entry.lines and total != len(entry.lines):
        yield wrong("totals.lines", "not the number of lines", expected=len(entry.lines), actual=total)


@rule("entry.totals.value", clause="entry.totals/value", about="totals.value")
def sum_of_values(entry: Entry) -> Iterator[Finding]:
    """The total value is the sum of the lines, up to the rounding of each to whole units."""
    total = entry.totals.value if entry.totals is not None else None
    if total is None:
        return
    values = [
        value
        for line in entry.lines
        if line.set_role != "component"
        for tariff in line.tariffs
        if (value := tariff.value) is not None
    ]
    if not values or any(value.currency != total.currency for value in values):
        return
    amount = sum((value.amount for value in values), Decimal(0))
    if abs(amount - total.amount) > _rounding([*(value.amount for value in values), total.amount]):
        yield wrong("totals.value.amount", "not the sum of the lines", expected=amount, actual=total.amount)


def _rounding(amounts: Sequence[Decimal]) -> Decimal:
    """Half a unit for each amount, none where all are whole on both sides."""
    if all(amount == amount.to_integral_value() for amount in amounts):
        return Decimal(0)
    return Decimal("0.5") * len(amounts)


@rule("entry.totals.packages", clause="entry.totals/packages", about="totals.packages")
def sum_of_packages(entry: Entry) -> Iterator[Finding]:
    """The total of packages is that of the lines, or else that of the bills."""
    total = entry.totals.packages if entry.totals is not None else None
    if total is None:
        return
    counts = [
        [package.count for package in line.packages if package.level in {None, 1}] for line in entry.lines
    ]
    flat = [count for line in counts for count in line]
    if counts and all(counts) and None not in flat:
        expected = Decimal(sum(count for count in flat if count is not None))
    else:
        pieces = [bill.quantity for bill in entry.bills if bill.kind != "master"]
        if not pieces or None in pieces:
            return
        expected = sum((piece.value for piece in pieces if piece is not None), Decimal(0))
    if expected != total:
        yield doubtful("totals.packages", "not the sum of the packages", expected=expected, actual=total)


@rule("entry.totals.gross", clause="entry.totals/gross", about="totals.gross")
def sum_of_weights(entry: Entry) -> Iterator[Finding]:
    """The lines together do not weigh more than the whole."""
    total = entry.totals.gross if entry.totals is not None else None
    if total is None:
        return
    weights = [gross for line in entry.lines if (gross := line.gross) is not None]
    if not weights or any(weight.unit != total.unit for weight in weights):
        return
    heavy = sum((weight.value for weight in weights), Decimal(0))
    if heavy > total.value:
        yield doubtful(
            "totals.gross.value",
            "the lines weigh more than the whole",
            expected=f"at least {heavy}",
            actual=total.value,
        )


@rule("entry.amount.negative", clause="entry.amounts/negative", about=(Money, Quantity, Package))
def not_below_zero(_entry: Entry, given: Given) -> Iterator[Finding]:
    """Values, weights and counts are not below zero; charges that are taken off may be."""
    for kind, name in ((Money, "amount"), (Quantity, "value"), (Package, "count")):
        for path, one in given.every(kind):
            amount = getattr(one, name)
            if amount is not None and amount < 0 and not _MAY_BE_NEGATIVE.search(path):
                yield wrong(f"{path}.{name}", "below zero", expected="zero or more", actual=amount)


@rule("entry.amount.currency", clause="entry.amounts/currency", about=Money)
def money_has_a_currency(_entry: Entry, given: Given) -> Iterator[Finding]:
    """Money has a currency."""
    for path, money in given.every(Money):
        if money.currency is None and money.amount:
            yield doubtful(f"{path}.currency", "an amount without currency", expected="a currency")


@rule("entry.weight.net", clause="entry.amounts/net", about="lines.net")
def net_below_gross(entry: Entry) -> Iterator[Finding]:
    """Goods without their packing do not weigh more than with it."""
    for turn, line in enumerate(entry.lines):
        net, gross = line.net, line.gross
        if net is not None and gross is not None and net.unit == gross.unit and net.value > gross.value:
            yield wrong(
                f"lines[{turn}].net.value",
                "more than the gross weight",
                expected=f"at most {gross.value}",
                actual=net.value,
            )
