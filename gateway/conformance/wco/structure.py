"""Cases about elements in their places: there or missing, how often, in which order, in which namespace.

Lives here: for each line of a tree one pair for each constraint but those of texts (`texts.py`).
What any legal document with the element shows stands on one good case, `stands`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Operator, salt
from gateway.conformance.wco.draft import FOREIGN, Elem
from gateway.conformance.wco.expectation import fault, pointer, right

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.conformance.model import Expect
    from gateway.conformance.wco.draft import Composer, Draft, Way
    from gateway.conformance.wco.tables import Part

STRANGER = "UnheardOf"


@dataclass(frozen=True, slots=True)
class Shape:
    """One constraint on one place, and (id, problem, maker). `plain`: any legal document shows it."""

    name: str
    text: str
    tried: tuple[tuple[str, str, Callable[[int], Built]], ...]
    level: int = 1
    plain: bool = False
    reason: str = ""


def address(way: Way) -> str:
    """Give the address of a place without occurrences; a second part of a name shows whose it is."""
    return "/".join(f"{part.name}[{part.space}]" if part.echo else part.name for part in way)


class Structure:
    """The cases about one message's elements. `shown` names the case that any legal document would be."""

    shown = "stands"

    def __init__(self, suite: str, root: Path, composer: Composer, seed: int) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.root = root
        self.composer = composer
        self.seed = seed

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about each element."""
        for where, shape in self._all():
            sides = {not problem for _, problem, _ in shape.tried} | ({True} if shape.plain else set())
            yield Clause(
                id=f"{self.suite}/{where}/{shape.name}",
                text=shape.text,
                source="WCO data model 3.6, schema set",
                level=shape.level,
                reason=shape.reason,
                pair=len(sides) == 2,
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of each element, that it stands before what else there is to it."""
        before = ""
        for where, shape in self._all():
            if where != before:
                before = where
                shown = tuple(
                    f"{self.suite}/{where}/{one.name}"
                    for one in self.of(where)
                    if one.plain and not one.reason
                )
                if shown:
                    yield self._case(where, self.shown, "", partial(self._stands, where), shown, 2)
            clause = (f"{self.suite}/{where}/{shape.name}",)
            for variant, problem, make in shape.tried:
                yield self._case(where, variant, problem, make, clause, shape.level)

    def _case(
        self,
        where: str,
        variant: str,
        problem: str,
        make: Callable[[int], Built],
        clauses: tuple[str, ...],
        level: int,
    ) -> Case:
        name = f"{self.suite}/{where}/{variant}"
        return Case(name, self.suite, clauses, level, "must", not problem, partial(self._made, name, make))

    def _made(self, name: str, make: Callable[[int], Built]) -> Built:
        return make(salt(self.seed, name))

    def _all(self) -> Iterator[tuple[str, Shape]]:
        for where in self.places():
            for shape in self.of(where):
                yield where, shape

    # -- places -----------------------------------------------------------------------------

    def places(self) -> dict[str, Way]:
        """Give each place that this profile has, the message itself first."""
        found: dict[str, Way] = {self.composer.message.name: ()}
        for way in self.composer.message.walk():
            if way[-1].echo and not self.composer.profile.echo:
                continue
            found[f"{self.composer.message.name}/{address(way)}"] = way
        return found

    def way(self, where: str) -> Way:
        """Give the way to a place."""
        return self.kept[where]

    @property
    def kept(self) -> dict[str, Way]:
        """The places, listed once."""
        if "_kept" not in self.__dict__:
            self.__dict__["_kept"] = self.places()
        found: dict[str, Way] = self.__dict__["_kept"]
        return found

    def of(self, where: str) -> Iterator[Shape]:
        """Yield the constraints on one place."""
        way = self.way(where)
        if way:
            yield from self._standing(way)
        part = way[-1] if way else self.composer.message
        if not part.echo:
            yield self._namespace(way, part)
            yield self._content(way, part)
            if part.facets is None:
                yield self._known(way, part)

    def _standing(self, way: Way) -> Iterator[Shape]:
        part = way[-1]
        if part.least:
            reason = self.reason(way)
            tried = () if reason else (("usage/missing", "presence/missing", partial(self._missing, way)),)
            yield Shape("usage", f"{part.name} is required.", tried, 2, plain=True, reason=reason)
        if part.most is None:
            tried = (("count/three", "", partial(self._copies, way, 3)),)
            yield Shape("count", f"{part.name} stands any number of times.", tried, 2)
        else:
            times = "once" if part.most == 1 else f"{part.most} times"
            over = ("count/too-many", "count/exceeded", partial(self._too_many, way))
            most = (("count/max", "", partial(self._copies, way, part.most)),) if part.most > 1 else ()
            yield Shape(
                "count", f"{part.name} stands at most {times}.", (*most, over), 2, plain=part.most == 1
            )
        level = way[-2].parts if len(way) > 1 else self.composer.message.parts
        before = [other for other in level[: level.index(part)] if not other.echo]
        if before:
            other = (*way[:-1], before[-1])
            yield Shape(
                "order",
                f"{part.name} stands after {before[-1].name}.",
                (
                    ("order/in-order", "", partial(self._in_order, way, other)),
                    ("order/swapped", "order/misplaced", partial(self._swapped, way, other)),
                ),
            )

    def reason(self, _way: Way) -> str:
        """Say why an element cannot be left out alone, "" where it can."""
        return ""

    # -- there, how often, in which order -----------------------------------------------------

    def _stands(self, where: str, number: int) -> Built:
        return self._good(self.composer.compose(self.way(where), number))

    def _good(self, draft: Draft) -> Built:
        return Built(draft.written(), right(draft))

    def _missing(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        lost = draft.focus
        around = draft.parent(lost)
        place, path = draft.place(lost), pointer(draft, lost)
        around.children = [child for child in around.children if child is not lost]
        data = draft.written()
        expect = self.fault(draft, "presence/missing", (place,), draft.mark(around).tag, path)
        return Built(data, expect, Operator("element.drop", place, lost.name))

    def _copies(self, way: Way, count: int, number: int) -> Built:
        return self._good(self.composer.compose(way, number, copies=count))

    def _too_many(self, way: Way, number: int) -> Built:
        most = way[-1].most or 1
        draft = self.composer.compose(way, number, copies=most + 1)
        same = [child for child in draft.parent(draft.focus).children if child.part is way[-1]]
        last = same[most]
        data = draft.written()
        place = draft.place(last)
        expect = self.fault(draft, "count/exceeded", (place,), draft.span(last), self._path(draft, last))
        return Built(data, expect, Operator("count.over", place, str(most), str(most + 1)))

    @staticmethod
    def _path(draft: Draft, elem: Elem) -> str:
        """Give the path of an element whose name no other part of its class has."""
        return "" if elem.part is None or elem.part.echo else pointer(draft, elem)

    def _in_order(self, way: Way, other: Way, number: int) -> Built:
        return self._good(self.composer.compose(way, number, beside=other))

    def _swapped(self, way: Way, other: Way, number: int) -> Built:
        draft = self.composer.compose(way, number, beside=other)
        mine = draft.focus
        around = draft.parent(mine)
        first = next(child for child in around.children if child.part is other[-1])
        rest = [child for child in around.children if child is not mine]
        at = next(index for index, child in enumerate(rest) if child is first)
        around.children = [*rest[:at], mine, *rest[at:]]
        data = draft.written()
        # Which of the two is out of order is a matter of taste.
        places = (draft.place(first), draft.place(mine))
        expect = self.fault(draft, "order/misplaced", places, None)
        return Built(data, expect, Operator("element.swap", places[1], first.name, mine.name))

    # -- namespace, content, children -----------------------------------------------------------

    def _namespace(self, way: Way, part: Part) -> Shape:
        text = f"{part.name} is in the namespace of {part.space}."
        return Shape(
            "namespace",
            text,
            (("namespace/foreign", "namespace/foreign", partial(self._foreign, way)),),
            plain=True,
        )

    def _foreign(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        elem = draft.focus
        elem.prefix = "x"
        elem.declares = {"x": FOREIGN}
        data = draft.written()
        place = draft.place(elem)
        expect = self.fault(draft, "namespace/foreign", (place,), draft.span(elem), self._path(draft, elem))
        return Built(data, expect, Operator("namespace.change", place, elem.space, FOREIGN))

    def _content(self, way: Way, part: Part) -> Shape:
        if part.facets is None:
            return Shape(
                "content", f"{part.name} holds elements only.",
                (("content/text", "content/text", partial(self._strayed, way)),), plain=True,
            )  # fmt: skip
        return Shape(
            "content", f"{part.name} holds a text without elements.",
            (("content/element", "content/element", partial(self._nested, way)),), plain=True,
        )  # fmt: skip

    def _strayed(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        draft.focus.text = "stray"
        data = draft.written()
        place = draft.place(draft.focus)
        expect = self.fault(draft, "content/text", (place,), None, self._path(draft, draft.focus))
        return Built(data, expect, Operator("text.insert", place, "", "stray"))

    def _nested(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        draft.focus.children = [Elem(STRANGER, draft.focus.space)]
        data = draft.written()
        place = draft.place(draft.focus)
        expect = self.fault(draft, "content/element", (place,), None, self._path(draft, draft.focus))
        return Built(data, expect, Operator("element.insert", place, "", STRANGER))

    def _known(self, way: Way, part: Part) -> Shape:
        tried = (("known/unknown", "element/unknown", partial(self._stranger, way)),)
        return Shape("known", f"{part.name} holds the elements of its class only.", tried, plain=True)

    def _stranger(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        stranger = Elem(STRANGER, draft.focus.space)
        draft.focus.children.append(stranger)
        data = draft.written()
        place = draft.place(stranger)
        expect = self.fault(draft, "element/unknown", (place,), draft.mark(stranger).tag)
        return Built(data, expect, Operator("element.insert", place, "", STRANGER))

    def fault(
        self, draft: Draft, problem: str, at: tuple[str, ...], span: tuple[int, int] | None, path: str = ""
    ) -> Expect:
        """Expect one finding."""
        return fault(self.root, draft, problem, at, span, path)
