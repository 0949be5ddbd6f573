"""The table of a set for the compiled matcher: what its pattern says, in one pass over the bytes as received.

Lives here: the elements of a set, written from the same positions, relations and shapes as the pattern
(`pattern.py`, `fields.py`). It accepts nothing that the pattern refuses; a test holds the two
together. Never here: what is wrong with a transaction.
"""

from __future__ import annotations

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from gateway.formats.x12.envelope import checks
from gateway.formats.x12.pattern import translation
from gateway.formats.x12.shapes import Shape, has_convention, shape
from gateway.quick import COMPILED
from gateway.segments.matching import Sure, Writer, short
from gateway.specs.x12 import Place
from gateway.specs.x12_tables import Composite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.formats.x12.envelope import Check, Checks
    from gateway.quick.matcher import Ways
    from gateway.quick.matching import Program
    from gateway.segments.matching import Choice, Row
    from gateway.specs.x12 import X12Spec
    from gateway.specs.x12_tables import Element, Position, Relation

if COMPILED:
    from gateway.quick import matcher

_TRAVELLING = ("GS", "GE", "IEA")
CONTROL, COUNT, CONVENTION = Shape("text", 4, 9), Shape("digits", 1, 10), Shape("text", 1, 35)


class Programs:
    """The programs of one process, made when a set is first seen."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: dict[int, tuple[X12Spec, Program | None, Mapping[int, int]]] = {}

    def get(self, spec: X12Spec) -> Program | None:
        """Give the program of a set; None without the compiled part, and for a set that it has no room for."""
        made = self._made.get(id(spec))
        if made is None:
            # The spec is kept beside its program, so its id stays its own.
            made = self._made[id(spec)] = (spec, *(written(spec) if COMPILED else (None, {})))
        return made[1]

    def sure(self, spec: X12Spec, delimiters: Delimiters) -> Sure | None:
        """Give what tells of a set's segments that they are without fault; None where there is no program."""
        way, made = ways(delimiters), self.get(spec)
        return None if way is None or made is None else Sure(made, self._made[id(spec)][2], way)


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


@cache
def _of_envelope(root: Path) -> tuple[Program | None, Mapping[int, int]]:
    """Write GS, GE and IEA as a program. An ISA is another thing: its ids are padded, and two elements are marks."""
    writer = _Writer()
    numbers = [writer.bare(checks(root)[name]) for name in _TRAVELLING]
    return writer.program((), (b"GS", numbers[0], 1, b"GE", numbers[1])), writer.numbers


def envelope_sure(root: Path, delimiters: Delimiters) -> Sure | None:
    """Give what tells of GS, GE and IEA that they are without fault, by the checks of each."""
    way = ways(delimiters)
    if way is None:
        return None
    made, numbers = _of_envelope(root)
    return None if made is None else Sure(made, numbers, way)


def program(spec: X12Spec) -> Program | None:
    """Write the program of a set."""
    return written(spec)[0]


def written(spec: X12Spec) -> tuple[Program | None, Mapping[int, int]]:
    """Write the program of a set; give the number of each segment's table in it too."""
    writer = _Writer()
    message = Shape("codes", 3, 3, (spec.message,))
    opening = writer.end(message, CONTROL, *((CONVENTION,) if has_convention(spec) else ()))
    made = writer.program(spec.body, (b"ST", opening, 2, b"SE", writer.end(COUNT, CONTROL)))
    return made, writer.numbers


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

    def bare(self, checks: Checks) -> int:
        """Write a segment of the envelope, where every element has to be there; give its number."""

        def parts() -> tuple[bool, Row]:
            found = tuple(
                ("M", 1, self.shared(one, self.values, partial(_bare, one)), None) for one in checks
            )
            return False, (found, (), None)

        return self.shared(checks, self.segments, parts)

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


def _bare(one: Check) -> tuple[Any, ...]:
    # An element with codes is one of them, whatever its length.
    codes = one.row.codes
    return ("codes", 0, 0, short(sorted(codes))) if codes else _plain(shape(one.element))
