"""What is wrong in one message, as findings with codes, places and spans, in the order of its segments.

Lives here: findings on structure, and on segments that are too long. Never here: findings on
elements, which each format adds (`grammar.py` of each).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic

from gateway.finding import Span
from gateway.segments.placing import P
from gateway.segments.tree import N

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from gateway.finding import Finding
    from gateway.segments.log import Log
    from gateway.segments.placing import Misplaced
    from gateway.segments.tree import Tree

# Of a segment that has no place at all: its address is the loop where it stands, and its own id.
_NOWHERE = {
    "segment/unknown", "segment/empty", "segment/unexpected", "segment/not-in-set", "segment/not-in-message"
}  # fmt: skip


class Judge(ABC, Generic[P, N]):
    """Turns what is wrong in one message into findings.

    A format gives `messages`, what each problem of structure is called, and `tag`, what an id of
    a segment looks like. `missing_back` is 1 where a missing segment counts as a fault of the segment before it.
    """

    messages: ClassVar[Mapping[str, str]]
    tag: ClassVar[re.Pattern[str]]
    missing_back: ClassVar[int] = 0

    def __init__(self, scope: str, log: Log, transaction: int, into: list[Finding]) -> None:
        """Write findings of message number `transaction` (from 0) to `into`; `scope` begins their codes."""
        self.scope = scope
        self.log = log
        self.transaction = transaction
        self.into = into

    def judge(self, tree: Tree[P, N]) -> None:
        """Report structure and elements in the order of the segments."""
        pending = list(tree.misplaced)
        pending.reverse()
        for number, segment in enumerate(tree.segments):
            while pending and pending[-1].segment + 1 <= number:
                self.misplaced(tree, pending.pop())
            # A segment that stands nowhere has one finding; header and trailer are judged in `numbers.py`.
            if tree.places[number] is None:
                continue
            if segment.end - segment.start > self.log.limits.segment_bytes_max:
                self.too_long(tree, number)
            else:
                self.elements(tree, number)
        while pending:
            self.misplaced(tree, pending.pop())

    @abstractmethod
    def elements(self, tree: Tree[P, N], number: int) -> None:
        """Report the faults of one segment, and keep the repairs of lenient reading."""

    def too_long(self, tree: Tree[P, N], number: int) -> None:
        """Report a segment over the limit."""
        segment, most = tree.segments[number], self.log.limits.segment_bytes_max
        self.log.add(
            self.into,
            self.scope,
            tree.addresses[number],
            "limit/segment_bytes_max",
            f"{segment.name} is longer than {most} bytes",
            place=tree.concrete[number],
            span=self.span(segment),
            expected=f"at most {most} bytes",
            actual=f"{segment.end - segment.start} bytes",
            transaction=self.transaction,
            position=(number + 1, 0, 0, 0),
        )

    def misplaced(self, tree: Tree[P, N], one: Misplaced) -> None:
        """Report one fault of structure at its segment."""
        number = one.segment + 1
        missing = one.problem.endswith("/missing")
        last = number >= len(tree.segments)
        segment = tree.segments[-1] if last else tree.segments[number]
        span = self.span(segment)
        if missing:
            start = span.start + (segment.stop - segment.start if last else 0)
            span = Span(start, start)
        way = "/".join(one.way)
        if one.problem in _NOWHERE:
            # What a sender wrote stands in a code only where it could be a segment's id.
            name = one.name if self.tag.fullmatch(one.name) else "segment"
            way = f"{way}/{name}" if way else name
        self.log.add(
            self.into,
            self.scope,
            way,
            one.problem,
            self.messages[one.problem].format(name=one.name[:20]),
            place=way if missing or last or one.problem in _NOWHERE else tree.concrete[number],
            span=span,
            expected=one.expected,
            actual="nothing" if missing or not one.name else one.name[:20],
            transaction=self.transaction,
            position=(number + 1 - (self.missing_back if missing else 0), 0, 0, 0),
        )

    def span(self, segment: N) -> Span:
        """Give the bytes of a segment as the log counts them."""
        whole = segment.extent()
        return Span(whole.start - self.log.base, whole.end - self.log.base)
