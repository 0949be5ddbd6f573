"""One message against its spec: the tree, and every finding in it.

Lives here: what the two checks (`walker.py`, `elements.py`) say, put into findings with
codes, places and spans. Never here: the envelope (`interchange.py`), and the fast way
(`pattern.py`), which says only whether all is well.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.edifact.elements import check
from gateway.formats.edifact.segment import Group, Segment
from gateway.formats.edifact.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.formats.edifact.cutting import Bounds, Source
    from gateway.formats.edifact.elements import Fault
    from gateway.formats.edifact.log import Log
    from gateway.formats.edifact.notation import Notation
    from gateway.formats.edifact.walker import Misplaced
    from gateway.specs.edifact import EdifactSpec, Place
    from gateway.tree import Node

_TAG = re.compile(r"[A-Z]{3}")
_NOWHERE = {"segment/unknown", "segment/empty", "segment/unexpected", "segment/not-in-message"}
# Said once for a message, at the first value: the whole file was written that way.
_ONCE = {"type/characters", "type/line-end", "type/encoding", "type/decimal-mark", "segment/released"}
_MESSAGES = {
    "segment/unknown": "{name} is no segment of this directory",
    "segment/empty": "a segment without a tag",
    "segment/unexpected": "{name} cannot stand here",
    "segment/missing": "{name} is missing",
    "loop/missing": "group {name} is missing",
    "loop/too-many": "group {name} stands more often than allowed",
    "segment/too-many": "{name} stands more often than allowed",
    "segment/not-in-message": "{name} is not part of this message",
    "segment/order": "{name} stands out of order",
}


@dataclass(slots=True)
class Tree:
    """A message's nodes, and beside each segment its place and its address."""

    children: list[Node]
    segments: list[Segment]
    places: list[Place | None]
    addresses: list[str]
    concrete: list[str]
    misplaced: list[Misplaced]


@dataclass(slots=True)
class _Builder:
    """Makes group nodes when their first segment comes, and counts turns for addresses."""

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
            group = Group(place.name)
            children.append(group)
            made = (group.children, numbered(prefix, place.name, turns), Counter())
        self.nodes[number] = made
        return made


def numbered(prefix: str, name: str, turns: Counter[str]) -> str:
    """Give the address of the next child of that name: `CST[2]`."""
    turns[name] += 1
    step = name if turns[name] == 1 else f"{name}[{turns[name]}]"
    return f"{prefix}/{step}" if prefix else step


def build(source: Source, bounds: Sequence[Bounds], notation: Notation, spec: EdifactSpec) -> Tree:
    """Put the segments of one message, UNH and UNT included, into the tree of the spec."""
    words, service = spec.words.layouts, notation.service.layouts
    cut: list[Segment] = []
    for one in bounds:
        segment = Segment(source.data, one, notation, base=source.base)
        known = service if segment.tag in {"UNH", "UNT"} else words
        segment.known = known.get(segment.tag)
        cut.append(segment)
    body = slice(1, len(cut) - 1 if len(cut) > 1 and cut[-1].tag == "UNT" else len(cut))
    walker = Walker(spec, cut[body])
    walker.run()
    tree = Tree([], cut, [], [], [], walker.found)
    builder = _Builder(walker, tree.children)
    for number, segment in enumerate(cut):
        place: Place | None = None
        node = 0
        if body.start <= number < body.stop:
            node, place = walker.owners[number - body.start]
            segment.name = place.name if place is not None else segment.tag
        children, prefix, turns = builder.node(node)
        leader = place is not None and place.loop and not children
        concrete = prefix if leader else numbered(prefix, segment.name, turns)
        if leader:
            turns[segment.name] += 1
        children.append(segment)
        tree.places.append(place)
        tree.concrete.append(concrete)
        tree.addresses.append(_plain(concrete))
    return tree


def _plain(address: str) -> str:
    """Take the turns out of an address: `CST[2]/FTX` is `CST/FTX`."""
    if "[" not in address:
        return address
    return "/".join(step.partition("[")[0] for step in address.split("/"))


class Judge:
    """Turns what is wrong in one message into findings."""

    def __init__(self, spec: EdifactSpec, log: Log, transaction: int, into: list[Finding]) -> None:
        """Write findings of message number `transaction` (from 0) to `into`."""
        self.log = log
        self.into = into
        self.transaction = transaction
        self.scope = f"edifact.{spec.message}.{spec.version}"
        # problem -> (index of its finding, how often it was met)
        self.once: dict[str, tuple[int, int]] = {}

    def judge(self, tree: Tree) -> None:
        """Report structure and elements in the order of the segments."""
        pending = list(tree.misplaced)
        pending.reverse()
        for number, segment in enumerate(tree.segments):
            while pending and pending[-1].segment + 1 <= number:
                self.misplaced(tree, pending.pop())
            # A segment that stands nowhere has one finding; UNH and UNT are judged in `numbers.py`.
            if tree.places[number] is not None:
                self.elements(tree, number, segment)
        while pending:
            self.misplaced(tree, pending.pop())
        for problem, (index, count) in self.once.items():
            if count > 1 and index < len(self.into):
                found = self.into[index]
                words = f"{found.message}; {count - 1} more in this message ({problem})"
                self.into[index] = replace(found, message=words)

    def elements(self, tree: Tree, number: int, segment: Segment) -> None:
        """Report the faults of one segment, and keep the repairs of lenient reading."""
        if segment.end - segment.start > self.log.limits.segment_bytes_max:
            self.too_long(tree, number, segment)
            return
        if segment.known is None:
            return
        for fault in check(segment, segment.known, self.log.repairs):
            if fault.repair is not None:
                segment.repairs[fault.key] = fault.repair
            if fault.problem in _ONCE and fault.problem in self.once:
                index, count = self.once[fault.problem]
                self.once[fault.problem] = (index, count + 1)
                continue
            if fault.problem in _ONCE:
                self.once[fault.problem] = (len(self.into), 1)
            self.log.add(
                self.into,
                self.scope,
                leaf_address(tree.addresses[number], fault, turn=False),
                fault.problem,
                fault.message,
                place=leaf_address(tree.concrete[number], fault, turn=True),
                span=fault.span,
                expected=fault.expected,
                actual=fault.actual,
                transaction=self.transaction,
                position=(number + 1, fault.element, fault.component, fault.repetition),
            )

    def too_long(self, tree: Tree, number: int, segment: Segment) -> None:
        """Report a segment over the limit."""
        most = self.log.limits.segment_bytes_max
        self.log.add(
            self.into,
            self.scope,
            tree.addresses[number],
            "limit/segment_bytes_max",
            f"{segment.tag} is longer than {most} bytes",
            place=tree.concrete[number],
            span=segment.place(),
            expected=f"at most {most} bytes",
            actual=f"{segment.end - segment.start} bytes",
            transaction=self.transaction,
            position=(number + 1, 0, 0, 0),
        )

    def misplaced(self, tree: Tree, one: Misplaced) -> None:
        """Report one fault of structure at its segment; a missing one at the last that was read before it."""
        number = one.segment + 1
        missing = one.problem.endswith("/missing")
        last = number >= len(tree.segments)
        segment = tree.segments[-1] if last else tree.segments[number]
        start = segment.stop if last else segment.start
        way = "/".join(place.name for place in one.address)
        if one.problem in _NOWHERE:
            # What a sender wrote stands in a code only where it could be a tag.
            name = one.name if _TAG.fullmatch(one.name) else "segment"
            way = f"{way}/{name}" if way else name
        self.log.add(
            self.into,
            self.scope,
            way,
            one.problem,
            _MESSAGES[one.problem].format(name=one.name[:20]),
            place=way if missing or last or one.problem in _NOWHERE else tree.concrete[number],
            span=Span(start, start) if missing else segment.place(),
            expected=one.expected,
            actual="nothing" if missing or not one.name else one.name[:20],
            transaction=self.transaction,
            position=(number if missing else number + 1, 0, 0, 0),
        )


def leaf_address(segment: str, fault: Fault, *, turn: bool) -> str:
    """Give a segment's address with the leaf behind it: `NAD:C080.3036`, with `turn` also `#2`."""
    if not fault.key:
        return segment
    return f"{segment}:{fault.key if turn else fault.key.partition('#')[0]}"
