"""Cases about segments and loops: there or missing, how often, in which order, known at all.

Lives here: for each line of a set one pair for each constraint. Whether a sequence that was
changed is really illegal is asked of our own pattern (`grammar.py`); a change that leaves it legal
makes no case. Never here: elements.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot, salt
from gateway.conformance.segments.draft import Line, address, compose
from gateway.conformance.segments.expectation import accepted, line_fault, refused
from gateway.conformance.segments.grammar import legal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.segments.draft import Draft
    from gateway.conformance.segments.elements import Target
    from gateway.conformance.segments.tables import Message, Place

# Where a segment of this name fits elsewhere too, what a change is called is a matter of taste.
STRUCTURAL = "segment.too-many|loop.too-many|segment.order|segment.missing|loop.missing|segment.unexpected"
# A transmission with more copies than this says nothing that fewer do not.
COPIES_TESTED_MAX = 9_999
# Counts beyond this are tested in the first release that has them.
COPIES_COMMON_MAX = 999


@dataclass(frozen=True, slots=True)
class Shape:
    """One constraint on one place: its clause without the suite, and (variant, good, maker)."""

    name: str
    level: int
    text: str
    tried: tuple[tuple[str, bool, Callable[[int], Built]], ...]
    reason: str = ""


def way_of(target: Target) -> str:
    """Give the address of a place, qualifiers included: `P4/LX/N1[01=SH]`."""
    return "/".join(place.step for place in target)


def plain_way(target: Target) -> str:
    """Give the address of a place as findings have it."""
    return "/".join(place.name for place in target)


class Structure:
    """The cases about the lines of one set."""

    def __init__(
        self,
        suite: str,
        spec: Message,
        seed: int,
        counted: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        """Keep what the cases are made from; `counted` are (place, count) tested in an earlier release."""
        self.suite = suite
        self.spec = spec
        self.seed = seed
        self.counted = counted
        self.count = Counter(place.segment.id for _, place in spec.walk())

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about each line of the set."""
        for where, shape in self.shapes():
            kinds = {good for _, good, _ in shape.tried}
            yield Clause(
                id=f"{self.suite}/{where}/{shape.name}",
                text=shape.text,
                source=f"{self.spec.source}, {self.spec.name}",
                level=shape.level,
                reason=shape.reason,
                pair=len(kinds) == 2,
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases about each line of the set."""
        for where, shape in self.shapes():
            for variant, good, make in shape.tried:
                name = f"{self.suite}/{where}/{shape.name}/{variant}"
                yield Case(
                    id=name,
                    suite=self.suite,
                    clauses=(f"{self.suite}/{where}/{shape.name}",),
                    level=shape.level,
                    force="must",
                    good=good,
                    make=partial(self._made, name, make),
                )

    def _made(self, name: str, make: Callable[[int], Built]) -> Built:
        return make(salt(self.seed, name))

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield each constraint with its place."""
        for way, place in self.spec.walk():
            target = (*way, place)
            where = way_of(target)
            if place.must:
                yield where, self._usage(target)
            if place.most is not None:
                yield where, self._maximum(target)
            level = way[-1].parts if way else self.spec.places
            before = [other for other in level[: level.index(place)] if other.segment.id != place.segment.id]
            if before:
                yield where, self._order(target, before[::-1])
        yield "segments", self._known()

    # -- presence ---------------------------------------------------------------------------

    def _usage(self, target: Target) -> Shape:
        place = target[-1]
        word = "loop" if place.loop else "segment"
        return Shape(
            "usage", 2, f"The {word} {place.segment.id} is mandatory.",
            (("present", True, partial(self._right, target)), ("missing", False, partial(self._missing, target))),
        )  # fmt: skip

    def _right(self, target: Target, number: int) -> Built:
        draft = self._compose(target, number)
        return Built(draft.written(), accepted(draft))

    def _missing(self, target: Target, number: int) -> Built:
        draft = self._compose(target, number)
        index = draft.focus
        draft.lines = [line for line in draft.lines if line.way[: len(target)] != target]
        self._illegal(draft, target)
        address(draft.lines)
        start = draft.start(index)
        place = target[-1]
        word = "loop" if place.loop and place.parts else "segment"
        expect = line_fault(
            draft, f"{word}/missing", (plain_way(target),), index, (start, start), place.segment.id
        )
        return Built(draft.written(), expect, Operator("segment.drop", way_of(target), place.segment.id, ""))

    # -- how often --------------------------------------------------------------------------

    def _maximum(self, target: Target) -> Shape:
        place = target[-1]
        most = place.most or 0
        word = "loop" if place.loop else "segment"
        times = "once" if most == 1 else f"{most} times"
        text = f"The {word} {place.segment.id} stands at most {times}."
        if most > COPIES_COMMON_MAX and (way_of(target), most) in self.counted:
            return Shape(
                "maximum", 2, text, (), "tested in the earlier release in which the count is the same"
            )
        if most > COPIES_TESTED_MAX:
            return Shape("maximum", 2, text, (), f"a message with {most} copies is larger than is exchanged")
        if self.count[place.segment.id] > 1:
            draft = compose(self.spec, target, 0, copies=most + 1)
            if draft is None or legal(self.spec, draft.lines):
                reason = f"one more {place.segment.id} belongs to another place of the set"
                return Shape("maximum", 2, text, (), reason)
        return Shape(
            "maximum", 2, text,
            (("max", True, partial(self._copies, target, most)),
             ("too-many", False, partial(self._too_many, target, most))),
        )  # fmt: skip

    def _copies(self, target: Target, count: int, number: int) -> Built:
        draft = self._compose(target, number, copies=count)
        return Built(draft.written(), accepted(draft))

    def _too_many(self, target: Target, most: int, number: int) -> Built:
        draft = self._compose(target, number, copies=most + 1, right=False)
        place = target[-1]
        heads = [index for index, line in enumerate(draft.lines) if line.way == target]
        index = heads[most]
        word = "loop" if place.loop else "segment"
        span = draft.span(index)
        where = (draft.lines[index].address,)
        if self.count[place.segment.id] > 1 and not self._told(target):
            expect = self._somehow(draft)
        else:
            expect = line_fault(draft, f"{word}/too-many", where, index, span, place.segment.id)
        operator = Operator("count.over", way_of(target), str(most), str(most + 1))
        return Built(draft.written(), expect, operator)

    # -- order ------------------------------------------------------------------------------

    def _order(self, target: Target, others: list[Place]) -> Shape:
        place = target[-1]
        for other in others:
            before = (*target[:-1], other)
            draft = compose(self.spec, target, 0, beside=before)
            if draft is not None and not legal(self.spec, self._changed(draft, target, before)):
                break
        else:
            text = f"{place.segment.id} stands after {others[0].segment.id}."
            return Shape("order", 1, text, (), "swapped, each goes to another place of its name")
        return Shape(
            "order", 1, f"{place.segment.id} stands after {other.segment.id}.",
            (("in-order", True, partial(self._in_order, target, before)),
             ("swapped", False, partial(self._swapped, target, before))),
        )  # fmt: skip

    @staticmethod
    def _changed(draft: Draft, target: Target, before: Target) -> list[Line]:
        """Give the lines with the target's in front of the other's."""
        mine = [line for line in draft.lines if line.way[: len(target)] == target]
        rest = [line for line in draft.lines if line.way[: len(target)] != target]
        at = next(index for index, line in enumerate(rest) if line.way[: len(before)] == before)
        return [*rest[:at], *mine, *rest[at:]]

    def _in_order(self, target: Target, before: Target, number: int) -> Built:
        draft = self._compose(target, number, beside=before)
        return Built(draft.written(), accepted(draft))

    def _swapped(self, target: Target, before: Target, number: int) -> Built:
        draft = self._compose(target, number, beside=before)
        last = [line for line in draft.lines if line.way[: len(target)] == target][-1]
        draft.lines = self._changed(draft, target, before)
        self._illegal(draft, target)
        if self.count[target[-1].segment.id] + self.count[before[-1].segment.id] > 2:
            expect = self._somehow(draft)
        else:
            # Which of the two is called misplaced is a matter of taste.
            where = (plain_way(target), plain_way(before), self._standing(last, before))
            expect = line_fault(draft, "segment/order", where, None, None)
        operator = Operator("segment.swap", way_of(target), before[-1].segment.id, target[-1].segment.id)
        return Built(draft.written(), expect, operator)

    def _somehow(self, draft: Draft) -> Expect:
        """Expect one fault of structure, whatever it is called."""
        ack = refused(draft)
        return Expect("rejected", (Spot(STRUCTURAL, ()),), ack, "the segments that changed places")

    # -- known ------------------------------------------------------------------------------

    def _known(self) -> Shape:
        text = "Every segment is one of the set."
        tried: list[tuple[str, bool, Callable[[int], Built]]] = [
            ("all", True, self.some),
            ("unknown", False, self.foreign),
            ("empty", False, partial(self._stranger, "", "segment/empty")),
        ]
        if other := self._other():
            tried.insert(2, ("not-in-set", False, partial(self._stranger, other, self.spec.dialect.stranger)))
        return Shape("known", 1, text, tuple(tried))

    def _other(self) -> str:
        """Give a segment of the release that is none of the set, "" where there is none."""
        mine = {place.segment.id for _, place in self.spec.walk()}
        others = (name for name in sorted(self.spec.segments) if name not in mine | self.spec.dialect.service)
        return next(others, "")

    def some(self, number: int) -> Built:
        """Make a legal set, one place of it chosen by the number."""
        return self._right(self._last(number), number)

    def foreign(self, number: int) -> Built:
        """Make a set with a segment that no release has."""
        return self._stranger(self.spec.dialect.unknown, "segment/unknown", number)

    def _last(self, number: int) -> Target:
        every = [(*way, place) for way, place in self.spec.walk()]
        return every[number % len(every)]

    def _stranger(self, name: str, problem: str, number: int) -> Built:
        draft = self._compose(self._last(number), number)
        index = draft.focus + 1
        draft.lines.insert(index, Line(name, ["1"] if name else []))
        span = draft.span(index)
        around: tuple[Place, ...] = (
            draft.line.way if draft.line.place and draft.line.place.loop else draft.line.way[:-1]
        )
        way = plain_way(around)
        shown = name or "segment"
        where = f"{way}/{shown}" if way else shown
        expect = line_fault(draft, problem, (where,), index, span, name)
        return Built(draft.written(), expect, Operator("segment.insert", where, "", name))

    # -- making -----------------------------------------------------------------------------

    def _compose(
        self,
        target: Target,
        number: int,
        *,
        copies: int = 1,
        beside: tuple[Place, ...] = (),
        right: bool = True,
    ) -> Draft:
        draft = compose(self.spec, target, number, copies=copies, beside=beside)
        if draft is None or legal(self.spec, draft.lines) is not right:
            raise LookupError(f"{self.suite}: no such set with {way_of(target)}")
        return draft

    def _told(self, target: Target) -> bool:
        """Tell whether no other place of the same name could take the one too many."""
        name = target[-1].segment.id
        others = [(*way, place) for way, place in self.spec.walk() if place.segment.id == name]
        ways = [target[:depth] for depth in range(len(target))]
        return all(other is target or other == target or other[:-1] not in ways for other in others)

    @staticmethod
    def _standing(last: Line, other: Target) -> str:
        """Give where a misplaced segment stands: in the loop that is open before it."""
        around = last.way if last.place is not None and last.place.loop else last.way[:-1]
        return "/".join((*(place.name for place in around), other[-1].name))

    def _illegal(self, draft: Draft, target: Target) -> None:
        if legal(self.spec, draft.lines):
            raise ValueError(f"{self.suite}: the change at {way_of(target)} leaves the set legal")
