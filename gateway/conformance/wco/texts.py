"""Cases about texts and attributes of elements.

Lives here: which texts are put where, and what must come back. The pairs themselves are made in
`values.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Operator
from gateway.conformance.wco.expectation import pointer, right
from gateway.conformance.wco.structure import Shape, Structure
from gateway.conformance.wco.values import constraints, usual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.wco.draft import Draft, Way
    from gateway.conformance.wco.tables import Attribute, Part
    from gateway.conformance.wco.values import Trial

_FORM = "formatCode"
_DAY, _INSTANT = "20260302", "20260302101500Z"


class Texts(Structure):
    """The cases about what one message's elements hold."""

    shown = "as-usual"

    def of(self, where: str) -> Iterator[Shape]:
        """Yield the constraints on one place's text and attributes."""
        way = self.way(where)
        part = way[-1] if way else self.composer.message
        if part.echo:
            return
        yield self._attributes(way, part)
        for attribute in part.attributes:
            yield from self._attribute(way, attribute)
        if part.facets is not None and where not in self.held:
            yield from self._text(way, part)

    @property
    def held(self) -> frozenset[str]:
        """The places whose text says what kind of document this is: another text makes it another kind."""
        return frozenset(f"{self.composer.message.name}/{at}" for at in self.composer.fixed)

    # -- text ---------------------------------------------------------------------------------

    def _text(self, way: Way, part: Part) -> Iterator[Shape]:
        assert part.facets is not None  # noqa: S101 - asked before
        for one in constraints(part.facets, part.name, len(way)):
            tried = tuple((t.id, t.problem, partial(self._put, way, t)) for t in one.tried)
            yield Shape(one.name, one.text, tried, one.level)

    def _put(self, way: Way, trial: Trial, number: int) -> Built:
        draft = self.composer.compose(way, number)
        elem = draft.focus
        was, elem.text = elem.text, trial.text
        if trial.form:
            elem.attributes[_FORM] = trial.form
        data = draft.written()
        if not trial.problem:
            return Built(data, right(draft))
        place = draft.place(elem)
        expect = self.fault(draft, trial.problem, (place,), draft.span(elem), pointer(draft, elem))
        return Built(data, expect, Operator(trial.id.replace("/", "."), place, was, trial.text))

    # -- attributes -----------------------------------------------------------------------------

    def _attributes(self, way: Way, part: Part) -> Shape:
        names = ", ".join(one.name for one in part.attributes)
        text = f"{part.name} has the attributes {names} only." if names else f"{part.name} has no attribute."
        tried = [("attributes/unknown", "attribute/unknown", partial(self._odd, way))]
        if names:
            tried.insert(0, ("attributes/all", "", partial(self._every, way)))
        return Shape("attributes", text, tuple(tried), plain=not names)

    def _every(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        for one in way[-1].attributes:
            draft.focus.attributes.setdefault(one.name, usual(one.facets, number))
        return Built(draft.written(), right(draft))

    def _odd(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number)
        draft.focus.attributes["shade"] = "dark"
        return self._at(draft, "shade", "attribute/unknown", Operator("attribute.insert", "", "", "shade"))

    def _attribute(self, way: Way, attribute: Attribute) -> Iterator[Shape]:
        name = attribute.name
        if attribute.required:
            missing = ("usage/missing", "attribute/missing", partial(self._without, way, name))
            yield self._named(
                name, Shape("usage", f"The attribute {name} is required.", (missing,), 2, plain=True)
            )
        for one in constraints(attribute.facets, f"The attribute {name}", len(way)):
            tried = tuple((t.id, t.problem, partial(self._set, way, name, t)) for t in one.tried)
            yield self._named(name, Shape(one.name, one.text, tried, one.level))

    @staticmethod
    def _named(name: str, shape: Shape) -> Shape:
        tried = tuple((f"@{name}/{variant}", problem, make) for variant, problem, make in shape.tried)
        return Shape(f"@{name}/{shape.name}", shape.text, tried, shape.level, shape.plain)

    def _without(self, way: Way, name: str, number: int) -> Built:
        draft = self.composer.compose(way, number)
        was = draft.focus.attributes.pop(name)
        data = draft.written()
        place = f"{draft.place(draft.focus)}@{name}"
        path = pointer(draft, draft.focus)
        expect = self.fault(draft, "attribute/missing", (place,), draft.mark(draft.focus).tag, path)
        return Built(data, expect, Operator("attribute.drop", place, was))

    def _set(self, way: Way, name: str, trial: Trial, number: int) -> Built:
        draft = self.composer.compose(way, number)
        was = draft.focus.attributes.get(name, "")
        draft.focus.attributes[name] = trial.text
        if name == _FORM:
            draft.focus.text = _INSTANT if trial.text == "304" else _DAY
        if not trial.problem:
            return Built(draft.written(), right(draft))
        return self._at(draft, name, trial.problem, Operator(trial.id.replace("/", "."), "", was, trial.text))

    def _at(self, draft: Draft, name: str, problem: str, operator: Operator) -> Built:
        data = draft.written()
        place = f"{draft.place(draft.focus)}@{name}"
        span = draft.mark(draft.focus).attributes[name]
        expect = self.fault(draft, problem, (place,), span, pointer(draft, draft.focus))
        return Built(data, expect, operator._replace(at=place))
