"""Totals of a new transaction: added up from its own records where they are missing.

catair.md 7.5 and 8.2: 89 has one sum for each class of 34 and 62, 90 the grand totals,
SE10 the value of all lines. What is there already is left alone; whether it is right is
a rule's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.formats.catair.nodes import RecordNode
from gateway.tree import Draft, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.specs.catair import CatairSpec


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    kind: str
    record: str
    columns: str
    value: str
    beside: tuple[str, ...]
    why: str


def made_records(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield parent and record of every record that was made, children known beforehand."""
    for child in list(node.children):
        if isinstance(child, RecordNode):
            continue
        if child.values:
            yield node, child
        yield from made_records(child)


def place_record(body: Node, spec: CatairSpec, name: str) -> Node:
    """Make a record of its own below the root, where the structure wants it."""
    order = {part.name: place for place, part in enumerate(spec.root.parts)}
    mine = order.get(name, len(order))
    made = Draft(name)
    at = sum(1 for child in body.children if order.get(child.name, -1) <= mine)
    body.children.insert(at, made)
    return made


def add_up(body: Node, spec: CatairSpec, rows: Sequence[Row]) -> None:
    """Fill totals that are missing: `classes` first, since `sum` adds what they give."""
    records = [record for _, record in made_records(body)]
    if not records or len(records) != _count(body):
        return
    for row in rows:
        if row.kind == "classes" and not any(record.name == row.record for record in records):
            _classes(body, spec, row)
    for row in rows:
        if row.kind == "sum":
            _sum(body, spec, row)


def _count(node: Node) -> int:
    own = 1 if isinstance(node, RecordNode) or node.values else 0
    return own + sum(_count(child) for child in node.children)


def _amounts(body: Node, source: str) -> Iterator[tuple[str, int]]:
    """Yield class ("" for none) and amount of every record that a source names: `62:3-5=6-13`."""
    name, _, keys = source.partition(":")
    first, _, second = keys.partition("=")
    for _, record in made_records(body):
        if record.name == name:
            text = record.get(second or first)
            if text.isdigit():
                yield record.get(first) if second else "", int(text)


def _sum(body: Node, spec: CatairSpec, row: Row) -> None:
    amounts = [amount for source in row.value.split() for _, amount in _amounts(body, source)]
    record = next((each for _, each in made_records(body) if each.name == row.record), None)
    if record is None:
        if not amounts or not _wants(body, spec, row.record):
            return
        record = place_record(body, spec, row.record)
    if amounts and not record.get(row.columns):
        record.values[row.columns] = str(sum(amounts))


def _wants(body: Node, spec: CatairSpec, name: str) -> bool:
    """Tell whether the structure demands a record that is no header: a delete has no totals."""
    part = spec.root.part(name)
    header = part is spec.root.parts[0]
    return part is not None and not header and part.usage == "M" and len(body.children) > 1


def _classes(body: Node, spec: CatairSpec, row: Row) -> None:
    totals: dict[str, int] = {}
    for source in row.value.split():
        for name, amount in _amounts(body, source):
            totals[name] = totals.get(name, 0) + amount
    found = spec.records[row.record].layout
    if not totals or found is None:
        return
    fields = [field for field in found.fields if field.turn]
    turns = [(fields[at].key, fields[at + 1].key) for at in range(0, len(fields), 2)]
    waiting = sorted(totals.items())
    while waiting:
        record = place_record(body, spec, row.record)
        for (class_key, amount_key), (name, amount) in zip(turns, waiting, strict=False):
            record.values[class_key], record.values[amount_key] = name, str(amount)
        waiting = waiting[len(turns) :]
