"""Cases about how often a record stands: at most, once for each value, numbered.

Never here: which records follow which (`structure.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.making import Making, Shape, way_of
from gateway.conformance.model import Built, Expect, Operator, Spot

if TYPE_CHECKING:
    from gateway.conformance.catair.draft import Way

# A batch with more records than this is not exchanged.
COPIES_TESTED_MAX = 9_999


class Counts:
    """The constraints on how often."""

    def __init__(self, making: Making) -> None:
        """Keep what the cases are made with."""
        self.making = making
        self.composer = making.composer

    def maximum(self, way: Way) -> Shape:
        """Say how often a record stands at most."""
        slot = way[-1]
        most = slot.most or 0
        times = "once" if most == 1 else f"{most} times"
        text = f"{slot.name} stands at most {times}."
        reason = self.making.opener(way)
        if most > COPIES_TESTED_MAX:
            reason = f"a batch with {most} of them is larger than is exchanged"
        try:
            draft = self.composer.compose(way, 0, copies=min(most, COPIES_TESTED_MAX) + 1)
        except LookupError as error:
            return Shape("maximum", text, (), 2, str(error))
        if not reason and draft.stands:
            reason = f"one more {slot.name} belongs to another place"
        if reason:
            return Shape("maximum", text, (), 2, reason)
        return Shape(
            "maximum",
            text,
            (
                ("max", "", partial(self.copies, way, most)),
                ("too-many", "loop/exceeded", partial(self._too_many, way, most)),
            ),
            level=2,
        )

    def copies(self, way: Way, count: int, number: int) -> Built:
        """Give a message with so many records at a place. LookupError where that is not legal."""
        draft = self.composer.compose(way, number, copies=count)
        if not draft.stands:
            raise LookupError(f"{count} of {way_of(way)} are not legal")
        return Built(draft.written())

    def _too_many(self, way: Way, most: int, number: int) -> Built:
        draft = self.composer.compose(way, number, copies=most + 1)
        heads = [index for index, line in enumerate(draft.lines) if line.way == way]
        index = heads[most]
        span = (draft.start(index), draft.start(index) + 80)
        at = (draft.lines[index].address,)
        operator = Operator("count.over", way_of(way), str(most), str(most + 1))
        if way[-1].ends:
            # The loop is over: one more is too many, or out of sequence.
            spot = Spot("loop.exceeded|record.sequence", at, span)
            return Built(draft.written(), Expect("rejected", (spot,), None, at[0]), operator)
        return self.making.bad(draft, "loop/exceeded", way[-1].name, at, span, operator)

    def unique(self, way: Way) -> Shape:
        """Say that no two records have one value."""
        start, end = way[-1].unique or (0, 0)
        return Shape(
            "unique",
            f"No two {way[-1].name} are alike in columns {start}-{end}.",
            (
                ("different", "", partial(self.copies, way, 2)),
                ("repeated", "record/duplicate", partial(self._repeated, way)),
            ),
            level=2,
        )

    def _repeated(self, way: Way, number: int) -> Built:
        start, end = way[-1].unique or (1, 1)
        draft = self.composer.compose(way, number, copies=2)
        first, index = [at for at, line in enumerate(draft.lines) if line.way == way][:2]
        line = draft.lines[index]
        was, now = line.text[start - 1 : end], draft.lines[first].text[start - 1 : end]
        line.text = draft.lines[first].text
        key = str(start) if start == end else f"{start}-{end}"
        # A place may be given with its columns in either way of writing one column.
        at = (f"{line.address}:{key}", f"{line.address}:{start}-{end}")
        operator = Operator("record.repeat", at[0], was, now)
        return self.making.bad(draft, "record/duplicate", f"{way[-1].name}:{key}", at, None, operator)

    def count(self, way: Way) -> Shape:
        """Say that records are numbered."""
        start, end = way[-1].count or (0, 0)
        return Shape(
            "count",
            f"Columns {start}-{end} number each {way[-1].name} from 1.",
            (
                ("in-order", "", partial(self.copies, way, 3)),
                ("skipped", "count/wrong", partial(self._skipped, way)),
            ),
            level=2,
        )

    def _skipped(self, way: Way, number: int) -> Built:
        start, end = way[-1].count or (1, 1)
        draft = self.composer.compose(way, number)
        line = draft.line
        was = line.text[start - 1 : end]
        now = "2".zfill(end - start + 1)
        line.text = line.text[: start - 1] + now + line.text[end:]
        at = (f"{line.address}:{start}-{end}",)
        begin = draft.start(draft.focus) + start - 1
        span = (begin, begin + end - start + 1)
        return self.making.bad(
            draft,
            "count/wrong",
            f"{line.name}:{start}-{end}",
            at,
            span,
            Operator("count.skip", at[0], was, now),
        )
