"""One message against its spec: the tree, and every finding in it.

Lives here: what the walk (`gateway.segments`) asks of EDIFACT, and what the check of elements
(`elements.py`) says, put into findings with codes, places and spans. Never here: the envelope (`interchange.py`), and the fast way
(`pattern.py`), which says only whether all is well.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from gateway.formats.edifact.elements import check
from gateway.formats.edifact.segment import Segment
from gateway.segments.judge import Judge
from gateway.segments.placing import Grammar
from gateway.segments.tree import arranged
from gateway.segments.walker import Walker
from gateway.specs.edifact import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.formats.edifact.elements import Fault
    from gateway.formats.edifact.notation import Notation
    from gateway.segments.log import Log
    from gateway.segments.matching import Sure
    from gateway.segments.nodes import Bounds, Source
    from gateway.segments.tree import Tree
    from gateway.specs.edifact import EdifactSpec

_TAG = re.compile(r"[A-Z]{3}")
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


def _opens(place: Place, segment: Segment) -> bool:
    """Tell whether a segment's qualifier opens this place."""
    if place.qualifier is None:
        return True
    at, code = place.qualifier
    if at + 1 >= len(segment.elements):
        return False
    # What is no data at the end of an element chooses nothing: blanks, and empty components.
    raw = segment.elements[at + 1].rstrip(b" " + segment.notation.delimiters.component)
    return segment.notation.text(raw) == code


def _grammar(spec: EdifactSpec) -> Grammar[Place, Segment]:
    return Grammar(
        body=spec.body,
        tags=spec.segment_ids,
        known=spec.words.layouts,
        opens=_opens,
        trailer="UNT",
        foreign="segment/not-in-message",
        of_message=f"a segment of {spec.message}",
        of_release=f"a segment of directory {spec.version}",
    )


def build(
    source: Source, bounds: Sequence[Bounds], notation: Notation, spec: EdifactSpec
) -> Tree[Place, Segment]:
    """Put the segments of one message, UNH and UNT included, into the tree of the spec."""
    words, service = spec.words.layouts, notation.service.layouts
    cut: list[Segment] = []
    for one in bounds:
        segment = Segment(source.data, one, notation, base=source.base)
        known = service if segment.tag in {"UNH", "UNT"} else words
        segment.known = known.get(segment.tag)
        cut.append(segment)
    body = cut[1 : -1 if len(cut) > 1 and cut[-1].tag == "UNT" else None]
    walker = Walker(_grammar(spec), [segment.tag for segment in body], body)
    walker.run()
    for segment, (_, place) in zip(body, walker.owners, strict=True):
        if place is not None:
            segment.name = place.name
    return arranged(walker, cut)


class Structure(Judge[Place, Segment]):
    """Turns what is wrong in one message into findings."""

    messages: ClassVar = _MESSAGES
    tag: ClassVar = _TAG
    missing_back = 1

    def __init__(
        self, scope: str, log: Log, transaction: int, into: list[Finding], sure: Sure | None = None
    ) -> None:
        """Remember as well what is said once for a message; `sure` tells of which segments nothing has to be looked at."""
        super().__init__(scope, log, transaction, into)
        self.sure = sure
        # problem -> (index of its finding, how often it was met)
        self.once: dict[str, tuple[int, int]] = {}

    def judge(self, tree: Tree[Place, Segment]) -> None:
        """Report structure and elements in the order of the segments, and how often what is said once was met."""
        super().judge(tree)
        for problem, (index, count) in self.once.items():
            if count > 1 and index < len(self.into):
                found = self.into[index]
                words = f"{found.message}; {count - 1} more in this message ({problem})"
                self.into[index] = replace(found, message=words)

    def elements(self, tree: Tree[Place, Segment], number: int) -> None:
        """Report the faults of one segment, and keep the repairs of lenient reading."""
        segment = tree.segments[number]
        if segment.known is None:
            return
        place = tree.places[number]
        # A code of the list that chooses another place is a fault all the same.
        if (
            self.sure is not None
            and self.sure.holds(segment.known, segment, len(segment.elements[0]))
            and (place is None or _opens(place, segment))
        ):
            return
        chosen = None
        if place is not None and place.qualifier is not None:
            slot, code = place.qualifier
            chosen = (slot + 1, code)
        for fault in check(segment, segment.known, self.log.repairs, chosen):
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


def leaf_address(segment: str, fault: Fault, *, turn: bool) -> str:
    """Give a segment's address with the leaf behind it: `NAD:C080.3036`, with `turn` also `#2`."""
    if not fault.key:
        return segment
    return f"{segment}:{fault.key if turn else fault.key.partition('#')[0]}"
