"""Cases about the cancellation subset: what a Declaration may hold, and a cancellation may not.

Lives here: what is different from a whole message. Two texts make a declaration a cancellation;
without them it is none, so nothing is tried on them here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Operator
from gateway.conformance.wco.draft import Elem
from gateway.conformance.wco.structure import Shape, Structure
from gateway.conformance.wco.tables import message
from gateway.conformance.wco.texts import Texts
from gateway.conformance.wco.values import usual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.wco.draft import Way
    from gateway.conformance.wco.tables import Part

_ANOTHER_KIND = "without it the declaration is no cancellation"


class SubsetStructure(Structure):
    """The cases about the elements of a cancellation."""

    def reason(self, way: Way) -> str:
        """Say why an element cannot be left out alone."""
        return _ANOTHER_KIND if len(way) == 1 and way[0].name in self.composer.fixed else ""

    def of(self, where: str) -> Iterator[Shape]:
        """Yield the constraints on one place, and of the message what a cancellation has not."""
        yield from super().of(where)
        if self.way(where):
            return
        mine = {part.name for part in self.composer.message.parts}
        others = [part for part in self._whole.parts if part.name not in mine and part.facets is not None]
        tried = tuple(
            (f"subset/{part.name}", "element/unknown", partial(self._beyond, part)) for part in others
        )
        yield Shape(
            "subset", "A cancellation has none of what else a declaration may have.", tried, 6, plain=True
        )

    @property
    def _whole(self) -> Part:
        return message(self.root, "DEC")

    def _beyond(self, part: Part, number: int) -> Built:
        assert part.facets is not None  # noqa: S101 - chosen so
        draft = self.composer.compose((), number)
        elem = Elem(part.name, part.space, part, usual(part.facets, number))
        order = [one.name for one in self._whole.parts]
        after = [child for child in draft.body.children if order.index(child.name) > order.index(part.name)]
        at = next((index for index, child in enumerate(draft.body.children) if child in after), None)
        draft.body.children.insert(len(draft.body.children) if at is None else at, elem)
        data = draft.written()
        place = draft.place(elem)
        expect = self.fault(draft, "element/unknown", (place,), draft.span(elem))
        return Built(data, expect, Operator("element.insert", place, "", part.name))


class SubsetTexts(Texts):
    """The cases about what the elements of a cancellation hold."""
