"""The table of a set for the compiled matcher: what its pattern says, in one pass over the bytes as received.

Lives here: the elements of a set, written from the same positions, relations and shapes as the pattern
(`pattern.py`, `fields.py`). It accepts nothing that the pattern refuses; a test holds the two
together. Never here: what is wrong with a transaction.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.formats.x12.pattern import translation
from gateway.formats.x12.shapes import Shape, has_convention, shape
from gateway.quick import COMPILED
from gateway.segments.matching import Writer, short
from gateway.specs.x12 import Place
from gateway.specs.x12_tables import Composite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.quick.matcher import Ways
    from gateway.quick.matching import Program
    from gateway.segments.matching import Choice, Row
    from gateway.specs.x12 import X12Spec
    from gateway.specs.x12_tables import Element, Position, Relation

if COMPILED:
    from gateway.quick import matcher

CONTROL, COUNT, CONVENTION = Shape("text", 4, 9), Shape("digits", 1, 10), Shape("text", 1, 35)


class Programs:
    """The programs of one process, made when a set is first seen."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: dict[int, tuple[X12Spec, Program | None]] = {}

    def get(self, spec: X12Spec) -> Program | None:
        """Give the program of a set; None without the compiled part, and for a set that it has no room for."""
        made = self._made.get(id(spec))
        if made is None:
            # The spec is kept beside its program, so its id stays its own.
            made = self._made[id(spec)] = (spec, program(spec) if COMPILED else None)
        return made[1]


PROGRAMS = Programs()


@lru_cache(maxsize=64)
def ways(delimiters: Delimiters) -> Ways | None:
    """Give how an interchange divides its bytes; None for what the matcher does not do."""
    try:
        return (
            matcher.Ways(translation(delimiters), delimiters.line_end, delimiters.gap) if COMPILED else None
        )
    except ValueError:
        return None


def program(spec: X12Spec) -> Program | None:
    """Write the program of a set."""
    writer = _Writer()
    message = Shape("codes", 3, 3, (spec.message,))
    opening = writer.end(message, CONTROL, *((CONVENTION,) if has_convention(spec) else ()))
    return writer.program(spec.body, (b"ST", opening, 2, b"SE", writer.end(COUNT, CONTROL)))


class _Writer(Writer[Place]):
    """Writes one set."""

    def segment(self, place: Place) -> int:
        spec = place.segment

        def row() -> tuple[bool, Row]:
            return spec.open, ((), (), None) if spec.open else self.row(spec.positions, spec.relations)

        return self.shared(spec, self.segments, row)

    def chosen(self, place: Place) -> Choice | None:
        return place.qualifier

    def end(self, *shapes: Shape) -> int:
        """Write ST or SE, of two elements and perhaps another; give its number."""
        parts = tuple(
            ("O" if number > 2 else "M", 1, self.shared(one, self.values, lambda one=one: _plain(one)), None)  # type: ignore[misc]
            for number, one in enumerate(shapes, 1)
        )
        self.segments.append((False, (parts, (), None)))
        return len(self.segments) - 1

    def row(self, positions: Iterable[Position], relations: Iterable[Relation]) -> Row:
        """Write elements or components."""
        parts = tuple(self.part(position) for position in positions)
        return parts, tuple((one.kind, tuple(one.positions)) for one in relations), None

    def part(self, position: Position) -> tuple[Any, ...]:
        """Write one element or component."""
        what = position.what
        if isinstance(what, Composite):
            return position.usage, position.repeat, -1, self.row(what.components, what.relations)
        return position.usage, position.repeat, self.value(what), None

    def value(self, element: Element) -> int:
        """Write a value; give its number."""
        return self.shared(element, self.values, lambda: _plain(shape(element)))


def _plain(one: Shape) -> tuple[Any, ...]:
    return one.kind, one.least, one.most, short(one.codes)
