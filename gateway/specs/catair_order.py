"""Repeats whose order is prescribed, from `edi_specs/catair/orders.csv`: tariff numbers of a line.

One table for whoever reads, writes or answers. Never here: records and trees; an order looks at
the texts of some columns alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import SpecError, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of the records of one name among their siblings.

    `key` are the columns looked at, `beginnings` how they begin, in order; what begins otherwise comes
    last. Where `free_count` of them or more begin with `free`, no order is asked. `refused` tells
    whether the wrong order is known to be refused.
    """

    record: str
    key: str
    beginnings: tuple[str, ...]
    free: str
    free_count: int
    refused: bool
    expected: str

    def rank(self, text: str) -> int:
        """Give the place of a text in the order, from 0."""
        return next(
            (place for place, begin in enumerate(self.beginnings) if text.startswith(begin)),
            len(self.beginnings),
        )

    def open(self, texts: Sequence[str]) -> bool:
        """Tell whether no order is asked of these."""
        return bool(self.free) and sum(text.startswith(self.free) for text in texts) >= self.free_count

    def strays(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the place of each text that comes too late, with that of the first it belongs before."""
        if self.open(texts):
            return
        firsts: dict[int, int] = {}
        for place, text in enumerate(texts):
            if not text:
                continue
            rank = self.rank(text)
            later = [first for above, first in firsts.items() if above > rank]
            if later:
                yield place, min(later)
            firsts.setdefault(rank, place)


@cache
def orders(root: Path, application: str) -> Mapping[str, Order]:
    """Give the orders of an application by record; `SpecError` where the table is wrong."""
    file = root / "edi_specs" / "catair" / "orders.csv"
    found: dict[str, Order] = {}
    for number, row in read_csv(file):
        if row["application"] != application:
            continue
        free, _, count = row["free"].partition(" ")
        if row["weight"] not in {"error", "warning"} or (free and not count.isdigit()):
            raise SpecError(file, number, "a weight is error or warning, `free` a beginning and a number")
        found[row["record"]] = Order(
            record=row["record"],
            key=row["columns"],
            beginnings=tuple(row["order"].split()),
            free=free,
            free_count=int(count or 0),
            refused=row["weight"] == "error",
            expected=row["expected"],
        )
    return found
