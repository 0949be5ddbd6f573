"""One transaction against its spec: the tree, and every finding in it.

Lives here: what the walk (`gateway.segments`) asks of X12, and what the check of elements
(`elements.py`) says, put into findings with codes, places and spans. Never here: the envelope (`reader.py`), and the fast way
(`pattern.py`), which says only whether all is well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from gateway.formats.x12.elements import check
from gateway.formats.x12.segment import Segment, text_of
from gateway.segments.judge import Judge
from gateway.segments.placing import Grammar
from gateway.segments.tree import arranged, owners_of
from gateway.segments.walker import Walker
from gateway.specs.x12 import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.formats.x12.elements import Fault
    from gateway.segments.log import Log
    from gateway.segments.matching import Sure
    from gateway.segments.nodes import Bounds, Source
    from gateway.segments.tree import Tree
    from gateway.specs.x12 import X12Spec
    from gateway.specs.x12_tables import Segment as SegmentSpec

_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
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


def _opens(place: Place, elements: Sequence[bytes]) -> bool:
    """Tell whether a segment's qualifier opens this place."""
    if place.qualifier is None:
        return True
    at, codes = place.qualifier
    return at < len(elements) and text_of(elements[at]) in codes


def _grammar(spec: X12Spec) -> Grammar[Place, Sequence[bytes]]:
    return Grammar(
        body=spec.body,
        tags=spec.segment_ids,
        known=spec.dictionary.segments,
        opens=_opens,
        trailer="SE",
        foreign="segment/not-in-set",
        of_message=f"a segment of set {spec.message}",
        of_release=f"a segment of release {spec.version}",
    )


def build(
    source: Source, bounds: Sequence[Bounds], delimiters: Delimiters, spec: X12Spec
) -> Tree[Place, Segment]:
    """Put the segments of one transaction, ST and SE included, into the tree of the spec."""
    separator, data = delimiters.element, source.data
    cut = [data[start:end].split(separator) for start, end, _ in bounds]
    body = _body(cut)
    walker = Walker(_grammar(spec), [text_of(elements[0]) for elements in cut[body]], cut[body])
    walker.run()
    owners = owners_of(walker, len(cut))
    segments = [
        Segment(data, one, delimiters, _segment_spec(spec, place, elements), source.base, elements)
        for one, elements, (_, place) in zip(bounds, cut, owners, strict=True)
    ]
    return arranged(walker, segments)


def _body(cut: list[list[bytes]]) -> slice:
    """Give what stands between ST and SE; a transaction may lack its SE."""
    stop = len(cut) - 1 if len(cut) > 1 and cut[-1][0] == b"SE" else len(cut)
    return slice(1, stop)


def _segment_spec(spec: X12Spec, place: Place | None, elements: list[bytes]) -> SegmentSpec | None:
    if place is not None:
        return place.segment
    return spec.dictionary.segments.get(elements[0].decode("latin-1"))


class Structure(Judge[Place, Segment]):
    """Turns what is wrong in one transaction into findings."""

    messages: ClassVar = _MESSAGES
    tag: ClassVar = _ID

    def __init__(
        self, scope: str, log: Log, transaction: int, into: list[Finding], sure: Sure | None = None
    ) -> None:
        """`sure` tells of which segments nothing has to be looked at."""
        super().__init__(scope, log, transaction, into)
        self.sure = sure

    def elements(self, tree: Tree[Place, Segment], number: int) -> None:
        """Report the faults of one segment, and keep the repairs of lenient reading."""
        segment = tree.segments[number]
        spec = segment.spec
        if spec is None or (self.sure and self.sure.holds(spec, segment, len(segment.elements[0]))):
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


def _leaf(fault: Fault, *, turn: bool) -> str:
    """Give what follows the segment in an address: `-02`, `-03-1`, with `turn` also `-02#2`."""
    if not fault.element:
        return ""
    repeated = f"#{fault.repetition}" if turn and fault.repetition > 1 else ""
    component = f"-{fault.component}" if fault.component else ""
    return f"-{fault.element:02}{repeated}{component}"
