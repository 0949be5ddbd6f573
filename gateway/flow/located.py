"""What customs found wrong, at the place where the submitter wrote it.

An answer to a CATAIR filing echoes the record in error (SX), or says the way to it (E0 of AX).
The record is found again in what was sent, its value's path in the entry there, and that
path's bytes in what the submitter sent in whatever format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.entry import grouped
from gateway.finding import Finding, Layer, Severity
from gateway.flow.decide import REJECTIONS, dispositions
from gateway.flow.translate import take
from gateway.specs.answers import summary_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.finding import Disposition
    from gateway.flow.translate import Tables
    from gateway.mapping import Translation
    from gateway.specs import Limits
    from gateway.tree import Node

_STATUS = re.compile(r"statuses\[(\d+)\]\.code\Z")
_TARIFF = re.compile(r"lines\[(?P<line>\d+)\]\.tariffs\[(?P<turn>\d+)\]")
_WAY = "E0"


def located(
    heard: bytes, said: Sequence[Disposition], sent: bytes, own: Translation, tables: Tables, limits: Limits
) -> dict[int, Finding]:
    """Give by its turn in `said` each condition that has a place in the submitter's own message.

    `heard` is the answer's message, `sent` what it answers, `own` what the submitter sent. Where
    nothing fits nothing is given: the condition is then said without a place.
    """
    answers = take(heard, tables, limits).translations
    answer = next((one for one in answers if dispositions(one.entry) == tuple(said)), None)
    filed = take(sent, tables, limits).translations
    if answer is None or not filed or answer.mapping.spec.format != "catair":
        return {}
    places = _Places(filed[0], own)
    found: dict[int, Finding] = {}
    records = {id(node): status for status, node in _statuses(answer)}
    for node, leader, way in _conditions(answer.transaction.root):
        status = records.get(id(node))
        if status is None or said[status].meaning in REJECTIONS:
            continue
        if leader is None or leader.name != _WAY:
            record = places.echoed(leader)
        else:
            record = places.on_the_way(way, summary_places(tables.specs.root))
        leaf_path = places.own(record) if record is not None else None
        if leaf_path is None or record is None:
            continue
        entry = answer.entry.statuses[status]
        code = entry.reason or entry.code or "unknown"
        leaf = own.place(leaf_path)
        found[status] = Finding(
            code=f"{answer.mapping.id.replace('/', '.')}/{record.name}/customs/{code}",
            message=entry.text or "customs found an error",
            severity=Severity.ERROR,
            layer=Layer.BUSINESS,
            place=leaf.address if leaf is not None else leaf_path,
            path=leaf_path,
            span=leaf.span if leaf is not None else None,
            actual=leaf.text if leaf is not None else "",
            transaction=0,
        )
    return found


def _statuses(answer: Translation) -> Iterator[tuple[int, Node]]:
    for mapped in answer.reading.mapped:
        match = _STATUS.match(mapped.path)
        if match is not None:
            yield int(match[1]), mapped.node


def _conditions(
    node: Node, way: tuple[Node, ...] = ()
) -> Iterator[tuple[Node, Node | None, tuple[Node, ...]]]:
    """Yield each record that follows the one that opens its loop, that one, and the E0s up to here."""
    leader = node.children[0] if node.children and not node.children[0].children else None
    if leader is not None and leader.name == _WAY:
        way = (*way, leader)
    for child in node.children:
        if child.children:
            yield from _conditions(child, way)
            opened = child.children[0]
            if opened.name == _WAY:
                way = (*way, opened)
        elif child is not leader:
            yield child, leader, way


class _Places:
    """Records of what was sent, and the way from them to the submitter's bytes."""

    def __init__(self, filed: Translation, own: Translation) -> None:
        self.mine = own
        self.filed = filed
        self.groups = grouped(own.plain)
        self.records = list(_records(filed.transaction.root))
        self.paths: dict[int, list[str]] = {}
        for mapped in filed.reading.mapped:
            self.paths.setdefault(id(mapped.node), []).append(mapped.path)
        self.used: set[int] = set()

    def echoed(self, leader: Node | None) -> Node | None:
        """Find the record that was echoed; of several alike each echo is the next."""
        if leader is None:
            return None
        alike = [one for one in self.records if one.name == leader.name and one.values == leader.values]
        fresh = next((one for one in alike if id(one) not in self.used), alike[0] if alike else None)
        if fresh is not None:
            self.used.add(id(fresh))
        return fresh

    def on_the_way(self, way: Sequence[Node], places: Mapping[str, str]) -> Node | None:
        """Follow E0 records: the type names a record, the number its turn in the line or the header."""
        starts = [at for at, one in enumerate(self.records) if one.name == places.get("LINITM")]
        first = starts[0] if starts else len(self.records)
        scope = self.records[:first]
        found: Node | None = self.records[0] if self.records else None
        for step in way:
            name = places.get(step.get("4-9").strip(), "")
            text = step.get("11-16").strip()
            turn = max(int(text) if text.isdigit() else 1, 1)
            if name == places.get("LINITM") and turn <= len(starts):
                end = starts[turn] if turn < len(starts) else len(self.records)
                scope = self.records[starts[turn - 1] : end]
                found = scope[0]
                continue
            named = [one for one in scope if one.name == name]
            if named:
                found = named[min(turn, len(named)) - 1]
        return found

    def own(self, record: Node) -> str | None:
        """Give the path in the submitter's entry of the first value of a record that has bytes there."""
        paths = [self.groups.back(self._given(path)) for path in self.paths.get(id(record), ())]
        return next((path for path in paths if self.mine.place(path) is not None), None)

    def _given(self, path: str) -> str:
        """Give a path in a tariff number by its turn in the submitter's line: a new message orders them."""
        match = _TARIFF.match(path)
        if match is None:
            return path
        line, turn = int(match["line"]), int(match["turn"])
        numbers = _numbers(self.filed, line)
        number = numbers[turn]
        # Equals keep their order.
        alike = [at for at, one in enumerate(_numbers(self.mine, line)) if one == number]
        occurrence = numbers[:turn].count(number)
        if occurrence >= len(alike):
            return path
        return f"lines[{line}].tariffs[{alike[occurrence]}]{path[match.end() :]}"


def _numbers(one: Translation, line: int) -> list[str | None]:
    """List the tariff numbers of a line, none where there is no such line."""
    lines = one.entry.lines
    return [tariff.number for tariff in lines[line].tariffs] if line < len(lines) else []


def _records(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.children:
            yield from _records(child)
        else:
            yield child
