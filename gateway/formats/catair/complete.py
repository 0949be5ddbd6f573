"""A new transaction made ready: what the profile adds, what stands together, what goes.

Everything done here is a row of `edi_specs/catair/writing.csv` or `orders.csv`, and each thing that
was taken out is told. Records that were read are left alone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity
from gateway.formats.catair import sums
from gateway.formats.catair.nodes import RecordNode
from gateway.formats.catair.record import compose
from gateway.formats.catair.sums import Body, Row, first_made, place_record
from gateway.specs import read_csv
from gateway.tree import Draft, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.specs.catair import CatairSpec, Order
    from gateway.specs.catair_structure import Loop
    from gateway.tree import Envelope


# A carrier code of four letters, and a number with a digit in it.
_WITH_ISSUER = re.compile(r"([A-Z]{4})(?=[A-Z0-9]*[0-9])([A-Z0-9]{1,12})")


@cache
def _rows(root: Path, application: str) -> tuple[Row, ...]:
    rows = read_csv(root / "edi_specs" / "catair" / "writing.csv")
    return tuple(
        Row(row["kind"], row["record"], row["columns"], row["value"], tuple(row["with"].split()), row["why"])
        for _, row in rows
        if row["application"] == application
    )


@cache
def _rows_beside(root: Path, application: str) -> Mapping[str, tuple[Row, ...]]:
    """Give the rows about other columns of a record, by its name."""
    found: dict[str, tuple[Row, ...]] = {}
    for row in _rows(root, application):
        if row.kind in {"default", "keep"}:
            found[row.record] = (*found.get(row.record, ()), row)
    return found


def complete(root: Node, spec: CatairSpec, envelope: Envelope, folder: Path, index: int) -> list[Finding]:
    """Make a transaction ready in place; give what was taken out of it."""
    options = envelope.options
    rows = _rows(folder, spec.message)
    names = _names(root)
    body = Body(root)
    found: list[Finding] = []
    for row in rows:
        _before(body, spec, row, options, names)
        if row.kind == "only" and row.record in names:
            found.extend(_only(body, spec, row, index))
    found.extend(_unwanted(body, spec, index))
    found.extend(_each_record(body, spec, _rows_beside(folder, spec.message), index))
    for order in spec.orders.values():
        if order.record in names:
            _sort(root, order)
    for row in rows:
        if row.record in names:
            _after(body, row)
    found.extend(_needed(body, spec, rows, index))
    sums.add_up(body, spec, rows, sums.fee_bounds(folder, envelope.at))
    return found


def _names(body: Node) -> set[str]:
    """Give the names of all loops and records of a transaction."""
    names: set[str] = set()
    pending = [body]
    while pending:
        for child in pending.pop().children:
            names.add(child.name)
            if child.children:
                pending.append(child)
    return names


def _before(body: Body, spec: CatairSpec, row: Row, options: Mapping[str, str], names: set[str]) -> None:
    """Add what the profile has, and the records that open a loop."""
    if row.kind == "option" and options.get(row.value):
        _option(body, spec, row, options[row.value])
        names.add(row.record)
    elif row.record not in names:
        return
    elif row.kind == "copy":
        _lead(body.root, row, [""], *row.value.split(":"))
        body.changed()
    elif row.kind == "leader":
        _lead(body.root, row, [row.value])
        body.changed()


def _after(body: Body, row: Row) -> None:
    """Count, part and join what stands together now."""
    if row.kind == "into":
        _into(body.root, row)
        body.changed()
    elif row.kind in {"ordinal", "number", "count"}:
        _number(body, row)
    elif row.kind == "split":
        _split(body, row)


def _only(body: Body, spec: CatairSpec, row: Row, index: int) -> Iterator[Finding]:
    """Take out a record that stands only with others: with columns of its own, or with a record."""
    for parent, record in body.named(row.record):
        for wanted in row.beside:
            name, _, asked = wanted.partition(":")
            key, _, begin = asked.partition("=")
            others = [record] if name == record.name else [one for _, one in body.named(name)]
            if any(not key or (one.get(key) and one.get(key).startswith(begin)) for one in others):
                break
        else:
            yield _told(spec, record.name, "", row.why, "", index)
            parent.children[:] = [child for child in parent.children if child is not record]
    body.changed()


def _each_record(
    body: Body, spec: CatairSpec, beside: Mapping[str, tuple[Row, ...]], index: int
) -> list[Finding]:
    """Look at each record by itself: what stands with other columns, and leaves that its layout has not."""
    found: list[Finding] = []
    for parent, record in body.made():
        for row in beside.get(record.name, ()):
            found.extend(_beside(parent, record, row, spec, index))
        if record.name in spec.records and spec.records[record.name].layout is None:
            found.extend(_strays(spec, record, index))
    if found:
        body.changed()
    return found


def _beside(parent: Node, record: Node, row: Row, spec: CatairSpec, index: int) -> Iterator[Finding]:
    """Fill what stands with other columns; take out what may not."""
    if row.kind == "default" and not record.get(row.columns) and record.get(row.beside[0]):
        record.values[row.columns] = row.value
    elif row.kind == "keep" and record.get(row.columns) and record.get(row.value):
        yield _dropped(spec, record, row, index)
        del record.values[row.value]
        parent.children[:] = [child for child in parent.children if child.name not in row.beside]


def _unwanted(body: Body, spec: CatairSpec, index: int) -> list[Finding]:
    """Take out records that this header does not allow, such as a release that is not asked for."""
    found: list[Finding] = []
    if not spec.sections[0].root.guarded:
        return found
    header = first_made(body.root)
    if header is not None and header.name in spec.records:
        text = compose(spec.records[header.name], header.values)
        _prune(body.root, spec.sections[0].root, text, spec, index, found)
        if found:
            body.changed()
    return found


def _prune(node: Node, loop: Loop, header: str, spec: CatairSpec, index: int, found: list[Finding]) -> None:
    slots = loop.by_name
    kept: list[Node] = []
    for child in node.children:
        slot = slots.get(child.name)
        unread = not isinstance(child, RecordNode)
        if unread and slot is not None and slot.guard is not None and not slot.guard.selector.holds(header):
            found.append(_told(spec, child.name, "", "this header does not allow it", "", index))
            continue
        if slot is not None and slot.loop is not None and slot.loop.guarded and child.children:
            _prune(child, slot.loop, header, spec, index, found)
        kept.append(child)
    node.children[:] = kept


def _number(body: Body, row: Row) -> None:
    """Fill a number that counts the records of a kind, or those alike in other columns.

    `with` names these columns, and the record that begins the count again.
    """
    counts: dict[str, int] = {}
    columns, again = (*row.beside, "", "")[:2]
    for _, record in body.made() if again else body.named(row.record):
        if record.name == again:
            counts.clear()
        if record.name != row.record:
            continue
        alike = record.get(columns) if columns else ""
        counts[alike] = counts.get(alike, 0) + 1
        if row.kind == "count" or not record.get(row.columns):
            start, _, end = row.columns.partition("-")
            record.values[row.columns] = str(counts[alike]).zfill(int(end or start) - int(start) + 1)


def _split(body: Body, row: Row) -> None:
    """Part a number that begins with the code of its issuer, where the mode wants the issuer apart.

    `value` are the issuer's columns; `with` names the mode and its codes, and the kinds of record.
    """
    mode, codes, kinds = row.beside
    name, _, key = mode.partition(":")
    header = next((record for _, record in body.named(name)), None)
    if header is None or header.get(key) not in codes.split("|"):
        return
    at, _, wanted = kinds.partition("=")
    for _, record in body.named(row.record):
        if not record.get(row.value) and record.get(at) in wanted.split("|"):
            match = _WITH_ISSUER.fullmatch(record.get(row.columns))
            if match is not None:
                record.values[row.value], record.values[row.columns] = match.groups()


def _needed(body: Body, spec: CatairSpec, rows: tuple[Row, ...], index: int) -> Iterator[Finding]:
    """Tell what neither the entry nor the profile has, although the header asks for it."""
    for row in rows:
        if row.kind != "need" or not body.made() or any(_stands(body, barred) for barred in row.beside):
            continue
        if not any(record.get(row.columns) for _, record in body.named(row.record)):
            yield Finding(
                code=f"catair.{spec.message}.{spec.version}/{row.record}:{row.columns}/usage/missing",
                message=f"missing: {row.why}",
                layer=Layer.SCHEMA,
                place=f"{row.record}:{row.columns}",
                expected=row.value,
                transaction=index,
            )


def _stands(body: Body, asked: str) -> bool:
    """Tell whether columns stand in a record, `10:38`, or begin with a text, `10:3=D`."""
    name, _, rest = asked.partition(":")
    key, _, begin = rest.partition("=")
    texts = [record.get(key) for _, record in body.named(name)]
    return any(text and text.startswith(begin) for text in texts)


def _lead(node: Node, row: Row, text: list[str], name: str = "", key: str = "") -> None:
    """Open each loop that lacks its leader: with a fixed text, or that of another record before it."""
    for child in node.children:
        if name and child.name == name and child.get(key):
            text[0] = child.get(key)
        if child.name == row.record and child.children and child.children[0].name != row.record:
            leader = Draft(row.record)
            leader.values[row.columns] = text[0]
            child.children.insert(0, leader)
        _lead(child, row, text, name, key)


def _option(body: Body, spec: CatairSpec, row: Row, value: str) -> None:
    """Put a value of the profile where the transaction has none, in a record of its own if need be.

    `with` names columns that forbid it.
    """
    if any(_stands(body, barred) for barred in row.beside):
        return
    for _, record in body.named(row.record):
        if not record.get(row.columns):
            record.values[row.columns] = value
        return
    place_record(body, spec, row.record).values[row.columns] = value


def _dropped(spec: CatairSpec, record: Node, row: Row, index: int) -> Finding:
    why = f"columns {row.columns} stand: {row.why}"
    return _told(spec, record.name, row.value, why, record.get(row.value), index)


def _told(spec: CatairSpec, name: str, key: str, why: str, actual: str, index: int) -> Finding:
    place = f"{name}:{key}" if key else name
    return Finding(
        code=f"catair.{spec.message}.{spec.version}/{place}/text/left-out",
        message=f"left out, because {why}",
        severity=Severity.INFO,
        layer=Layer.SCHEMA,
        place=place,
        actual=actual,
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
            why = f"{record.name} has no columns {stray} with {key} {record.get(key)}"
            yield _told(spec, record.name, stray, why, actual, index)
        return


def _into(node: Node, row: Row) -> None:
    """Put records of a kind into the first loop beside them that would take the last one's place as parent."""
    for child in node.children:
        _into(child, row)
    hosts = [child for child in node.children if child.name == row.value]
    mine = [child for child in node.children if child.name == row.record]
    if (
        not hosts
        or not mine
        or any(isinstance(one, RecordNode) for one in (*mine, *hosts, *hosts[0].children))
    ):
        return
    host = hosts[0] if hosts[0].children else Node(row.value, children=[hosts[0]])
    host.children.extend(mine)
    node.children[:] = [
        host if child is hosts[0] else child
        for child in node.children
        if not any(child is one for one in mine)
    ]


def _sort(node: Node, order: Order) -> None:
    """Put siblings of one name in their order, where one is asked; equals stay as they are."""
    mine = [child for child in node.children if child.name == order.record]
    if len(mine) > 1 and not any(isinstance(child, RecordNode) for child in mine):
        texts = [_leading(child).get(order.key) for child in mine]
        if not order.open(texts):
            ranked = sorted(zip(texts, mine, strict=True), key=lambda each: order.rank(each[0]))
            ordered = (child for _, child in ranked)
            node.children[:] = [
                next(ordered) if child.name == order.record else child for child in node.children
            ]
    for child in node.children:
        if child.children:
            _sort(child, order)


def _leading(child: Node) -> Node:
    return child if child.values or not child.children else child.children[0]
