"""Cases about which records follow which: there or missing, how often, in which order, under which header.

Lives here: for each line of a structure one pair for each constraint. Whether a changed order is
really illegal is asked of our own machine (`order.py`). Never here: columns.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.counts import Counts
from gateway.conformance.catair.draft import Line, address
from gateway.conformance.catair.expectation import doubtful
from gateway.conformance.catair.making import Making, Shape, way_of
from gateway.conformance.catair.order import legal
from gateway.conformance.model import Built, Case, Clause, Operator, salt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.catair.draft import Composer, Draft, Way
    from gateway.conformance.catair.parts import Section, Slot


class Structure:
    """The cases about the structures of one message."""

    def __init__(self, suite: str, composer: Composer, seed: int) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.composer = composer
        self.seed = seed
        self.making = Making(suite, composer)
        self.counts = Counts(self.making)
        self.message = composer.message
        self.application = composer.message.application
        self.scope = f"cbp.{self.application.name.lower()}.{self.application.version}"

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about each line of the structures."""
        for where, shape in self.shapes():
            yield Clause(
                id=f"{self.scope}/{where}/{shape.name}",
                text=shape.text,
                source=f"CATAIR {self.application.name} {self.application.version}, structure",
                force="must",
                who="receiver" if self.application.direction == "out" else "sender",
                level=shape.level,
                reason=shape.reason,
                pair=len({not problem for _, problem, _ in shape.tried}) == 2,
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases about each line of the structures."""
        for where, shape in self.shapes():
            for variant, problem, make in shape.tried:
                name = f"{self.suite}/{where}/{shape.name}/{variant}"
                clause = f"{self.scope}/{where}/{shape.name}"
                force = "should" if problem and doubtful(self.application, problem) else "must"
                yield Case(
                    name,
                    self.suite,
                    (clause,),
                    shape.level,
                    force,
                    not problem,
                    partial(self._made, name, make),
                )

    def _made(self, name: str, make: Callable[[int], Built]) -> Built:
        return make(salt(self.seed, name))

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield each constraint with its place; places of a second structure name their header."""
        seen: set[tuple[str, str]] = set()
        for section in self.message.sections:
            for way in section.walk():
                for shape in self._of(section, way):
                    where = way_of(way)
                    if (where, shape.name) not in seen:
                        seen.add((where, shape.name))
                        yield where, shape
        yield "records", self._known()

    def _of(self, section: Section, way: Way) -> Iterator[Shape]:
        try:
            self.composer.compose(way, 0)
        except LookupError as error:
            yield Shape("there", f"{way[-1].name} may stand here.", (), reason=str(error))
            return
        slot = way[-1]
        if slot.must:
            yield self._usage(way)
        if slot.most is not None:
            yield self.counts.maximum(way)
        level = way[-2].parts if len(way) > 1 else section.slots
        before = [other for other in level if other.rank < slot.rank and other.name != slot.name]
        if before:
            yield self._order(section, way, before[::-1])
        if slot.guard is not None:
            yield self._guard(way)
        if slot.unique is not None and slot.most != 1:
            yield self.counts.unique(way)
        if slot.count is not None:
            yield self.counts.count(way)

    # -- there or missing -------------------------------------------------------------------

    def _usage(self, way: Way) -> Shape:
        text = f"{way[-1].name} is mandatory."
        first = self.composer.section(way).slots[0]
        alone = not any(other[0] is not first for other in self.composer.section(way).walk())
        if way[-1] is first and not alone and way[-1].name in {name for name, _ in self.application.opens}:
            present = ("present", "", partial(self.making.right, way))
            return Shape(
                "usage", text, (present, ("missing", "header/missing", partial(self._headless, way))), 2
            )
        if reason := self.making.opener(way):
            return Shape("usage", text, (), 2, reason)
        present = ("present", "", partial(self.making.right, way))
        missing = ("missing", "record/missing", partial(self._missing, way))
        return Shape("usage", text, (present, missing), 2)

    def _missing(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        draft.lines = [line for line in draft.lines if line.way[: len(way)] != way]
        self.making.illegal(draft)
        address(draft.lines)
        self.composer.frame(draft)
        around = next((line.address for line in reversed(draft.lines) if line.way == way[:-1]), "")
        at = f"{around}/{way[-1].name}" if around else way[-1].name
        return self.making.bad(
            draft, "record/missing", way[-1].name, (at,), None, Operator("record.drop", at, way[-1].name)
        )

    def _headless(self, way: Way, number: int) -> Built:
        draft = self._beside_header(way, number)
        del draft.lines[0]
        address(draft.lines)
        self.composer.frame(draft)
        name = way[0].name
        return self.making.bad(draft, "header/missing", name, (), None, Operator("record.drop", name, name))

    def _beside_header(self, way: Way, number: int) -> Draft:
        """Give a transaction with at least one record besides its header."""
        for other in self.composer.section(way).walk():
            if other[0] is not way[0]:
                try:
                    return self.composer.compose(other, number)
                except LookupError:
                    continue
        return self.composer.compose(way, number)

    # -- order ------------------------------------------------------------------------------

    def _order(self, section: Section, way: Way, others: list[Slot]) -> Shape:
        slot = way[-1]
        for other in others:
            before = (*way[:-1], other)
            try:
                draft = self.composer.compose(way, 0, beside=before)
            except LookupError:
                continue
            if not (self.making.opener(before) or self.making.opener(way)) and not legal(
                section, self._changed(draft, way, before)
            ):
                break
        else:
            text = f"{slot.name} stands after {others[0].name}."
            return Shape(
                "order", text, (), reason="in the other order each goes to another place, or opens the loop"
            )
        return Shape(
            "order",
            f"{slot.name} stands after {other.name}.",
            (
                ("in-order", "", partial(self._in_order, way, before)),
                ("swapped", "record/sequence", partial(self._swapped, way, before)),
            ),
        )

    @staticmethod
    def _changed(draft: Draft, way: Way, before: Way) -> list[Line]:
        mine = [line for line in draft.lines if line.way[: len(way)] == way]
        rest = [line for line in draft.lines if line.way[: len(way)] != way]
        at = next(index for index, line in enumerate(rest) if line.way[: len(before)] == before)
        return [*rest[:at], *mine, *rest[at:]]

    def _in_order(self, way: Way, before: Way, number: int) -> Built:
        return Built(self.composer.compose(way, number, beside=before).written())

    def _swapped(self, way: Way, before: Way, number: int) -> Built:
        draft = self.composer.compose(way, number, beside=before)
        draft.lines = self._changed(draft, way, before)
        self.making.illegal(draft)
        self.composer.frame(draft)
        # Which of the two is out of sequence is a matter of taste, as is the loop it is left in.
        names = {way[-1].name, before[-1].name}
        places = {
            "/".join(slot.name for slot in (*line.way[:-1], line.way[-1]))
            for line in draft.lines
            if line.name in names
        }
        plain = {"/".join((*(slot.name for slot in way[:-1]), name)) for name in names}
        at = tuple(sorted(places | plain | names))
        operator = Operator("record.swap", way_of(way), before[-1].name, way[-1].name)
        return self.making.bad(draft, "record/sequence", "", at, None, operator)

    # -- under a header ---------------------------------------------------------------------

    def _guard(self, way: Way) -> Shape:
        guard = way[-1].guard
        told = f"{guard.choice.start}={'|'.join(guard.choice.values)}" if guard is not None else ""
        text = f"{way[-1].name} stands only where the header has {told}."
        return Shape(
            "allowed",
            text,
            (
                ("allowed", "", partial(self.making.right, way)),
                ("not-allowed", "record/not-allowed", partial(self._not_allowed, way)),
            ),
            level=4,
        )

    def _not_allowed(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        guard = way[-1].guard
        if guard is None:
            raise LookupError(way_of(way))
        header = draft.lines[0]
        choice = guard.choice
        start, end = choice.start - 1, choice.end
        group = self.message.layouts[header.name]
        held = next((one for one in group[0].fields if one.start == choice.start), None)
        other = " " * (end - start)
        if held is not None and not held.blank:
            other = next((code for code in held.codes if code not in choice.values), other)
        header.text = header.text[:start] + other.ljust(end - start) + header.text[end:]
        self.composer.frame(draft)
        span = (draft.start(draft.focus), draft.start(draft.focus) + 80)
        at = (draft.line.address,)
        operator = Operator("header.change", f"{header.name}:{choice.start}", choice.values[0], other)
        return self.making.bad(draft, "record/not-allowed", way[-1].name, at, span, operator)

    # -- known ------------------------------------------------------------------------------

    def _known(self) -> Shape:
        return Shape(
            "known",
            "Every record is one of the message.",
            (
                ("all", "", self._first),
                ("unknown", "record/unknown", self._stranger),
            ),
        )

    def _first(self, number: int) -> Built:
        return self.making.right(self._any(), number)

    def _any(self) -> Way:
        """Give the first place that can be made."""
        for section in self.message.sections:
            for way in section.walk():
                try:
                    self.composer.compose(way, 0)
                except LookupError:
                    continue
                return way
        raise LookupError(f"{self.suite} has no place that can be made")

    def _stranger(self, number: int) -> Built:
        draft = self.composer.compose(self._any(), number)
        index = draft.focus + 1
        draft.lines.insert(index, Line("", "?!!?".ljust(80)))
        self.composer.frame(draft)
        span = (draft.start(index), draft.start(index) + 80)
        return self.making.bad(
            draft, "record/unknown", "", (), span, Operator("record.insert", "", "", "?!!?")
        )
