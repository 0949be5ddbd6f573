"""Totals of a new transaction: added up from its own records where they are missing.

catair.md 7.2, 7.5 and 8.2: 89 has one sum for each class of 34 and 62, that of the processing
fee between its least and most; 90 the grand totals, SE10 the value of all lines. What is there already is left alone; whether it is right is
a rule's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from gateway.formats.catair.nodes import RecordNode
from gateway.specs import read_csv
from gateway.tree import Draft, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gateway.specs.catair import CatairSpec

Bounds = Callable[[str, str], int | None]
"""A fee's name and a day MMDDYY ("" where there is none) to its figure in cents."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    kind: str
    record: str
    columns: str
    value: str
    beside: tuple[str, ...]
    why: str


class Body:
    """A transaction that is being made ready: its root, and the records that were made, as they are now.

    They are gathered once and, since whoever changes what stands where says so, again after that.
    """

    __slots__ = ("_made", "_named", "root")

    def __init__(self, root: Node) -> None:
        """Gather nothing yet."""
        self.root = root
        self._made: list[tuple[Node, Node]] | None = None
        self._named: dict[str, list[tuple[Node, Node]]] = {}

    def made(self) -> list[tuple[Node, Node]]:
        """Give parent and record of every record that was made."""
        if self._made is None:
            self._made = []
            _add_made(self.root, self._made)
            self._named = {}
            for pair in self._made:
                self._named.setdefault(pair[1].name, []).append(pair)
        return self._made

    def named(self, name: str) -> list[tuple[Node, Node]]:
        """Give parent and record of those of one name."""
        self.made()
        return self._named.get(name, [])

    def changed(self) -> None:
        """Say that records came, went or moved."""
        self._made = None


def _add_made(node: Node, found: list[tuple[Node, Node]]) -> None:
    for child in node.children:
        if isinstance(child, RecordNode):
            continue
        if child.values:
            found.append((node, child))
        if child.children:
            _add_made(child, found)


def first_made(node: Node) -> Node | None:
    """Give the first record that was made, None where all were read."""
    for child in node.children:
        if isinstance(child, RecordNode):
            continue
        if child.values:
            return child
        if child.children and (found := first_made(child)) is not None:
            return found
    return None


def place_record(body: Body, spec: CatairSpec, name: str) -> Node:
    """Make a record of its own below the root, where the structure wants it."""
    body.changed()
    order = {part.name: place for place, part in enumerate(spec.root.parts)}
    mine = order.get(name, len(order))
    made = Draft(name)
    at = sum(1 for child in body.root.children if order.get(child.name, -1) <= mine)
    body.root.children.insert(at, made)
    return made


def add_up(body: Body, spec: CatairSpec, rows: Sequence[Row], bounds: Bounds) -> None:
    """Fill totals that are missing: `classes` first, since `sum` adds what they give."""
    if not body.made() or len(body.made()) != _count(body.root):
        return
    for row in rows:
        if row.kind == "classes" and not body.named(row.record):
            _classes(body, spec, row, _bounded(body, rows, bounds))
        elif row.kind == "pack":
            _pack(body, spec, row)
    for row in rows:
        if row.kind == "sum":
            _sum(body, spec, row)


def _count(node: Node) -> int:
    count = 1 if isinstance(node, RecordNode) or node.values else 0
    for child in node.children:
        count += _count(child)
    return count


def _amounts(body: Body, source: str) -> Iterator[tuple[str, int]]:
    """Yield class ("" for none) and amount of every record that a source names.

    `62:3-5=6-13` is a class and an amount, `53[3-12=A][13=C]:47-56` an amount of the records
    whose columns begin like this.
    """
    name, asked, first, second = _source(source)
    for _, record in body.named(name):
        if all(record.get(key).startswith(begin) for key, begin in asked):
            text = record.get(second or first)
            if text.isdigit():
                yield record.get(first) if second else "", int(text)


@cache
def _source(source: str) -> tuple[str, tuple[tuple[str, str], ...], str, str]:
    """Cut a source: record, what its columns begin like, one or two columns."""
    named, _, keys = source.rpartition(":")
    name, *conditions = named.replace("]", "").split("[")
    parted = [condition.partition("=") for condition in conditions]
    first, _, second = keys.partition("=")
    return name, tuple((key, begin) for key, _, begin in parted), first, second


def _sum(body: Body, spec: CatairSpec, row: Row) -> None:
    record = next((each for _, each in body.named(row.record)), None)
    if record is not None and record.get(row.columns):
        return
    amounts = [amount for source in row.value.split() for _, amount in _amounts(body, source)]
    if record is None:
        of_a_kind = "[" in row.value and any(amounts)
        if not amounts or not (of_a_kind or _wants(body, spec, row.record)):
            return
        record = place_record(body, spec, row.record)
    if amounts:
        record.values[row.columns] = str(sum(amounts))


def _wants(body: Body, spec: CatairSpec, name: str) -> bool:
    """Tell whether the structure demands a record that is no header: a delete has no totals."""
    part = spec.root.part(name)
    header = part is spec.root.parts[0]
    return part is not None and not header and part.usage == "M" and len(body.root.children) > 1


def _classes(body: Body, spec: CatairSpec, row: Row, limits: Mapping[str, tuple[int, int | None]]) -> None:
    totals: dict[str, int] = {}
    for source in row.value.split():
        for name, amount in _amounts(body, source):
            totals[name] = totals.get(name, 0) + amount
    for name, (least, most) in limits.items():
        if totals.get(name):
            totals[name] = max(totals[name], least)
            totals[name] = totals[name] if most is None else min(totals[name], most)
    _beside(body, spec, row.record, [(name, str(amount)) for name, amount in sorted(totals.items())])


def _beside(body: Body, spec: CatairSpec, name: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Make records of pairs that stand side by side, filled from the left."""
    turns = _turns(spec, name)
    for at in range(0, len(pairs) if turns else 0, len(turns) or 1):
        record = place_record(body, spec, name)
        for keys, pair in zip(turns, pairs[at : at + len(turns)], strict=False):
            record.values.update(zip(keys, pair, strict=True))


def _turns(spec: CatairSpec, name: str) -> list[tuple[str, str]]:
    found = spec.records[name].layout
    fields = [field for field in found.fields if field.turn] if found is not None else []
    return [(fields[at].key, fields[at + 1].key) for at in range(0, len(fields), 2)]


def _pack(body: Body, spec: CatairSpec, row: Row) -> None:
    """Put pairs that were made one to a record side by side."""
    mine = [child for child in body.root.children if child.name == row.record and child.values]
    if len(mine) < 2:
        return
    pairs = [
        (record.get(first), record.get(second))
        for record in mine
        for first, second in _turns(spec, row.record)
        if record.get(first)
    ]
    body.root.children[:] = [child for child in body.root.children if child not in mine]
    body.changed()
    _beside(body, spec, row.record, pairs)


def _bounded(body: Body, rows: Sequence[Row], bounds: Bounds) -> dict[str, tuple[int, int | None]]:
    """Give least and most in cents of the classes that have bounds in this transaction.

    `with` of a row names the column of the day, the column of a mark that takes the most away,
    and a mode of transport that knows no bounds.
    """
    found: dict[str, tuple[int, int | None]] = {}
    for row in rows:
        if row.kind != "bounds":
            continue
        day, mark, without = row.beside
        values = {
            address: _first(body, address)
            for address in (day, mark.partition("=")[0], without.partition("=")[0])
        }
        if values[without.partition("=")[0]] == without.partition("=")[2]:
            continue
        least, most = (bounds(name, values[day]) for name in row.value.split())
        if least is not None:
            free = values[mark.partition("=")[0]] == mark.partition("=")[2]
            found[row.columns] = (least, None if free else most)
    return found


def _first(body: Body, address: str) -> str:
    name, _, key = address.partition(":")
    return next((record.get(key) for _, record in body.named(name)), "")


def fee_bounds(root: Path, at: str) -> Bounds:
    """Give the reader of `fees.csv`: a fee's figure in cents on a day MMDDYY, else on the day of `at`."""

    def cents(name: str, day: str) -> int | None:
        on = f"20{day[4:]}-{day[:2]}-{day[2:4]}" if len(day) == 6 and day.isdigit() else at[:10]
        for fee, since, until, value in _fees(root):
            if fee == name and since <= on and (not until or on <= until):
                return int(Decimal(value) * 100)
        return None

    return cents


@cache
def _fees(root: Path) -> tuple[tuple[str, str, str, str], ...]:
    rows = read_csv(root / "edi_specs" / "catair" / "fees.csv")
    return tuple((row["fee"], row["since"], row["until"], row["value"]) for _, row in rows)
