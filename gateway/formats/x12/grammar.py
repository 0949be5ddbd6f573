"""One transaction against its spec: the tree, and every finding in it.

Lives here: what the two checks (`walker.py`, `elements.py`) say, put into findings with
codes, places and spans. Never here: the envelope (`reader.py`), and the fast way
(`pattern.py`), which says only whether all is well.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.x12.elements import check
from gateway.formats.x12.segment import Loop, Segment
from gateway.formats.x12.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.formats.x12.cutting import Bounds, Source
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.formats.x12.elements import Fault
    from gateway.formats.x12.log import Log
    from gateway.formats.x12.placing import Misplaced
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Segment as SegmentSpec
    from gateway.tree import Node

_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_NOWHERE = {"segment/unknown", "segment/empty", "segment/unexpected", "segment/not-in-set"}
_MESSAGES = {
    "segment/unknown": "{name} is no segment of this release",
    "segment/empty": "a segment without an id",
    "segment/unexpected": "{name} cannot stand here",
    "segment/missing": "{name} is missing",
    "loop/missing": "loop {name} is missing",
    "loop/too-many": "loop {name} stands more often than allowed",
    "segment/too-many": "{name} stands more often than allowed",
    "segment/not-in-set": "{name} is not part of this set",
    "segment/order": "{name} stands out of order",
}


@dataclass(slots=True)
class Tree:
    """A transaction's nodes, and beside each segment its spec and its address."""

    children: list[Node]
    segments: list[Segment]
    places: list[Place | None]
    addresses: list[str]
    concrete: list[str]
    misplaced: list[Misplaced]


@dataclass(slots=True)
class _Builder:
    """Makes loop nodes when their first segment comes, and counts turns for addresses."""

    walker: Walker
    top: list[Node]
    nodes: dict[int, tuple[list[Node], str, Counter[str]]] = field(default_factory=dict)

    def node(self, number: int) -> tuple[list[Node], str, Counter[str]]:
        if number in self.nodes:
            return self.nodes[number]
        parent, place = self.walker.loops[number]
        if place is None:
            made: tuple[list[Node], str, Counter[str]] = (self.top, "", Counter())
        else:
            children, prefix, turns = self.node(parent)
            loop = Loop(place.name)
            children.append(loop)
            made = (loop.children, numbered(prefix, place.name, turns), Counter())
        self.nodes[number] = made
        return made


def numbered(prefix: str, name: str, turns: Counter[str]) -> str:
    """Give the address of the next child of that name: `P4/LX[2]`."""
    turns[name] += 1
    step = name if turns[name] == 1 else f"{name}[{turns[name]}]"
    return f"{prefix}/{step}" if prefix else step


def build(source: Source, bounds: Sequence[Bounds], delimiters: Delimiters, spec: X12Spec) -> Tree:
    """Put the segments of one transaction, ST and SE included, into the tree of the spec."""
    separator, data = delimiters.element, source.data
    cut = [data[start:end].split(separator) for start, end, _ in bounds]
    body = _body(cut)
    walker = Walker(spec, cut[body])
    walker.run()
    tree = Tree([], [], [], [], [], walker.found)
    builder = _Builder(walker, tree.children)
    for number, (one, elements) in enumerate(zip(bounds, cut, strict=True)):
        place: Place | None = None
        node = 0
        if body.start <= number < body.stop:
            node, place = walker.owners[number - body.start]
        children, prefix, turns = builder.node(node)
        known = _segment_spec(spec, place, elements)
        segment = Segment(data, one, delimiters, known, source.base, elements)
        leader = place is not None and place.loop and not children
        concrete = prefix if leader else numbered(prefix, segment.name, turns)
        if leader:
            turns[segment.name] += 1
        children.append(segment)
        tree.segments.append(segment)
        tree.places.append(place)
        tree.concrete.append(concrete)
        tree.addresses.append(_plain(concrete))
    return tree


def _body(cut: list[list[bytes]]) -> slice:
    """Give what stands between ST and SE; a transaction may lack its SE."""
    stop = len(cut) - 1 if len(cut) > 1 and cut[-1][0] == b"SE" else len(cut)
    return slice(1, stop)


def _segment_spec(spec: X12Spec, place: Place | None, elements: list[bytes]) -> SegmentSpec | None:
    if place is not None:
        return place.segment
    return spec.dictionary.segments.get(elements[0].decode("latin-1"))


def _plain(address: str) -> str:
    """Take the turns out of an address: `P4/LX[2]/M11` is `P4/LX/M11`."""
    if "[" not in address:
        return address
    return "/".join(step.partition("[")[0] for step in address.split("/"))


class Judge:
    """Turns what is wrong in one transaction into findings."""

    def __init__(self, spec: X12Spec, log: Log, transaction: int, into: list[Finding]) -> None:
        """Write findings of transaction number `transaction` (from 0) to `into`."""
        self.log = log
        self.into = into
        self.transaction = transaction
        self.scope = f"x12.{spec.message}.{spec.version}"
        self.problems = log.codes

    def judge(self, tree: Tree) -> None:
        """Report structure and elements in the order of the segments."""
        pending = list(tree.misplaced)
        pending.reverse()
        for number, segment in enumerate(tree.segments):
            while pending and pending[-1].segment + 1 <= number:
                self.misplaced(tree, pending.pop())
            # A segment that stands nowhere has one finding; ST and SE are judged in `numbers.py`.
            if segment.spec is not None and tree.places[number] is not None:
                self.elements(tree, number, segment, segment.spec)
        while pending:
            self.misplaced(tree, pending.pop())

    def elements(self, tree: Tree, number: int, segment: Segment, spec: SegmentSpec) -> None:
        """Report the faults of one segment, and keep the repairs of lenient reading."""
        if segment.end - segment.start > self.log.limits.segment_bytes_max:
            most = self.log.limits.segment_bytes_max
            self.log.add(
                self.into,
                self.scope,
                tree.addresses[number],
                "limit/segment_bytes_max",
                f"{segment.name} is longer than {most} bytes",
                place=tree.concrete[number],
                span=segment.extent(),
                expected=f"at most {most} bytes",
                actual=f"{segment.end - segment.start} bytes",
                transaction=self.transaction,
                position=(number + 1, 0, 0, 0),
            )
            return
        for fault in check(segment, spec, self.log.repairs):
            if fault.repair is not None:
                repairs = segment.repairs = segment.repairs or {}
                repairs[_leaf(fault, turn=True)[1:]] = fault.repair
            self.log.add(
                self.into,
                self.scope,
                tree.addresses[number] + _leaf(fault, turn=False),
                fault.problem,
                fault.message,
                place=tree.concrete[number] + _leaf(fault, turn=True),
                span=fault.span,
                expected=fault.expected,
                actual=fault.actual,
                transaction=self.transaction,
                position=(number + 1, fault.element, fault.component, fault.repetition),
                note=fault.note,
            )

    def misplaced(self, tree: Tree, one: Misplaced) -> None:
        """Report one fault of structure at its segment."""
        number = one.segment + 1
        missing = one.problem.endswith("/missing")
        last = number >= len(tree.segments)
        segment = tree.segments[-1] if last else tree.segments[number]
        start = segment.base + (segment.stop if last else segment.start)
        way = "/".join(place.name for place in one.address)
        if one.problem in _NOWHERE:
            # What a sender wrote stands in a code only where it could be a segment id.
            name = one.name if _ID.fullmatch(one.name) else "segment"
            way = f"{way}/{name}" if way else name
        self.log.add(
            self.into,
            self.scope,
            way,
            one.problem,
            _MESSAGES[one.problem].format(name=one.name[:20]),
            place=way if missing or last or one.problem in _NOWHERE else tree.concrete[number],
            span=Span(start, start) if missing else segment.extent(),
            expected=one.expected,
            actual="nothing" if missing or not one.name else one.name[:20],
            transaction=self.transaction,
            position=(number + 1, 0, 0, 0),
        )


def _leaf(fault: Fault, *, turn: bool) -> str:
    """Give what follows the segment in an address: `-02`, `-03-1`, with `turn` also `-02#2`."""
    if not fault.element:
        return ""
    repeated = f"#{fault.repetition}" if turn and fault.repetition > 1 else ""
    component = f"-{fault.component}" if fault.component else ""
    return f"-{fault.element:02}{repeated}{component}"
