"""A new transaction made ready: what the profile adds, what stands together, what goes.

Everything done here is a row of `edi_specs/catair/writing.csv`, and each thing that was
taken out is told. Records that were read are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity
from gateway.formats.catair.nodes import RecordNode
from gateway.specs import read_csv
from gateway.tree import Draft, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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


@cache
def _rows(root: Path, application: str) -> tuple[Row, ...]:
    rows = read_csv(root / "edi_specs" / "catair" / "writing.csv")
    return tuple(
        Row(row["kind"], row["record"], row["columns"], row["value"], tuple(row["with"].split()), row["why"])
        for _, row in rows
        if row["application"] == application
    )


def complete(
    body: Node, spec: CatairSpec, options: Mapping[str, str], root: Path, index: int
) -> list[Finding]:
    """Make a transaction ready in place; give what was taken out of it."""
    rows = _rows(root, spec.message)
    for row in rows:
        if row.kind == "option" and options.get(row.value):
            _option(body, spec, row, options[row.value])
        elif row.kind == "sum":
            _sum(body, row)
    found: list[Finding] = []
    for parent, record in _records(body):
        for row in rows:
            if row.record == record.name:
                found.extend(_beside(parent, record, row, spec, index))
        found.extend(_strays(spec, record, index))
    for row in rows:
        if row.kind == "order":
            _sort(body, row)
    return found


def _beside(parent: Node, record: Node, row: Row, spec: CatairSpec, index: int) -> Iterator[Finding]:
    """Fill what stands with other columns; take out what may not."""
    if row.kind == "default" and not record.get(row.columns) and record.get(row.beside[0]):
        record.values[row.columns] = row.value
    elif row.kind == "keep" and record.get(row.columns) and record.get(row.value):
        yield _dropped(spec, record, row, index)
        del record.values[row.value]
        parent.children[:] = [child for child in parent.children if child.name not in row.beside]


def _records(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield parent and record of every record that was made, children known beforehand."""
    for child in list(node.children):
        if isinstance(child, RecordNode):
            continue
        if child.values:
            yield node, child
        yield from _records(child)


def _option(body: Node, spec: CatairSpec, row: Row, value: str) -> None:
    """Put a value of the profile where the transaction has none, in a record of its own if need be."""
    for _, record in _records(body):
        if record.name == row.record:
            if not record.get(row.columns):
                record.values[row.columns] = value
            return
    order = {part.name: place for place, part in enumerate(spec.root.parts)}
    mine = order.get(row.record, len(order))
    made = Draft(row.record)
    made.values[row.columns] = value
    at = sum(1 for child in body.children if order.get(child.name, -1) < mine)
    body.children.insert(at, made)


def _sum(body: Node, row: Row) -> None:
    """Add up columns of all records of a name where the header has no total."""
    name, _, key = row.value.partition(":")
    records = list(_records(body))
    amounts = [record.get(key) for _, record in records if record.name == name and record.get(key)]
    header = next((record for _, record in records if record.name == row.record), None)
    if header is None or header.get(row.columns) or not amounts or not all(map(str.isdigit, amounts)):
        return
    header.values[row.columns] = str(sum(map(int, amounts)))


def _dropped(spec: CatairSpec, record: Node, row: Row, index: int) -> Finding:
    return Finding(
        code=f"catair.{spec.message}.{spec.version}/{record.name}:{row.value}/text/left-out",
        message=f"left out, because columns {row.columns} stand: {row.why}",
        severity=Severity.INFO,
        layer=Layer.SCHEMA,
        place=f"{record.name}:{row.value}",
        actual=record.get(row.value),
        transaction=index,
    )


def _strays(spec: CatairSpec, record: Node, index: int) -> Iterator[Finding]:
    """Take out leaves that the layout chosen by the others has no columns for."""
    found = spec.records.get(record.name)
    if found is None or found.layout is not None:
        return
    for selector, layout in found.layouts:
        if selector is None or selector.negated:
            continue
        key = f"{selector.start}-{selector.end}" if selector.end > selector.start else str(selector.start)
        if record.get(key) not in selector.values:
            continue
        for stray in [key for key in record.values if key.partition("#")[0] not in layout.by_key]:
            actual = record.values.pop(stray)
            yield Finding(
                code=f"catair.{spec.message}.{spec.version}/{record.name}:{stray}/text/left-out",
                message=f"left out, because {record.name} has no columns {stray} with {key} {record.get(key)}",
                severity=Severity.INFO,
                layer=Layer.SCHEMA,
                place=f"{record.name}:{stray}",
                actual=actual,
                transaction=index,
            )
        return


def _sort(node: Node, row: Row) -> None:
    """Put siblings of one name in the order of how a leaf begins; what begins otherwise comes last."""
    mine = [child for child in node.children if child.name == row.record]
    if len(mine) > 1 and not any(isinstance(child, RecordNode) for child in mine):
        ordered = iter(sorted(mine, key=lambda child: _rank(child, row)))
        node.children[:] = [next(ordered) if child in mine else child for child in node.children]
    for child in node.children:
        _sort(child, row)


def _rank(child: Node, row: Row) -> int:
    leader = child if child.values or not child.children else child.children[0]
    text = leader.get(row.columns)
    beginnings = row.value.split()
    return next((place for place, begin in enumerate(beginnings) if text.startswith(begin)), len(beginnings))
