"""The table of a set for the compiled matcher: what its pattern says, in one pass over the bytes as received.

Lives here: the program of a set, written from the same places, elements and shapes as the pattern
(`pattern.py`, `fields.py`). It accepts nothing that the pattern refuses; a test holds the two
together. Never here: what is wrong with a transaction.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.formats.x12.pattern import translation
from gateway.formats.x12.shapes import Choice, has_convention, shape, takers
from gateway.quick import COMPILED
from gateway.specs.x12_tables import Composite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.quick.matcher import Ways
    from gateway.quick.matching import Program
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Element, Position, Relation, Segment

if COMPILED:
    from gateway.quick import matcher, matching

CODE_CHARS_MAX = 8
"""A longer code is left to the pattern."""


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
    if not COMPILED or b"\0" in _marks(delimiters):
        return None
    return matcher.Ways(translation(delimiters), delimiters.line_end, delimiters.gap)


def _marks(one: Delimiters) -> bytes:
    return one.element + one.component + one.repetition + one.terminator[:1]


def program(spec: X12Spec) -> Program | None:
    """Write the program of a set."""
    writer = _Writer()
    writer.level(spec.body)
    ends = (b"ST", b"SE", spec.message.encode("ascii"), has_convention(spec))
    try:
        return matching.Program(ends, tuple(writer.values), tuple(writer.segments), tuple(writer.levels))
    except ValueError:
        return None


class _Writer:
    """Numbers the values, segments and loops of a set; what several places share stands once."""

    def __init__(self) -> None:
        self.values: list[tuple[Any, ...]] = []
        self.segments: list[tuple[Any, ...]] = []
        self.levels: list[tuple[Any, ...]] = []
        self._numbers: dict[int, int] = {}

    def level(self, parts: Sequence[Place]) -> int:
        """Write the places of one level, and those below it; give its number."""
        number = len(self.levels)
        self.levels.append(())
        self.levels[number] = tuple(self.place(place, parts[:at]) for at, place in enumerate(parts))
        return number

    def place(self, place: Place, before: Iterable[Place]) -> tuple[Any, ...]:
        """Write one place."""
        return (
            place.name.encode("ascii"),
            place.usage == "M",
            place.count_max or 0,
            self.segment(place.segment),
            self.level(place.parts) if place.loop else -1,
            _choice(place.qualifier) if place.qualifier is not None else None,
            tuple(_choice(one) for one in takers(place, before)),
        )

    def segment(self, spec: Segment) -> int:
        """Write a segment; give its number."""
        known = self._numbers.get(id(spec))
        if known is None:
            known = self._numbers[id(spec)] = len(self.segments)
            row = ((), ()) if spec.open else self.row(spec.positions, spec.relations)
            self.segments.append((spec.open, row))
        return known

    def row(self, positions: Iterable[Position], relations: Iterable[Relation]) -> tuple[Any, ...]:
        """Write elements or components."""
        parts = tuple(self.part(position) for position in positions)
        return parts, tuple((one.kind, tuple(one.positions)) for one in relations)

    def part(self, position: Position) -> tuple[Any, ...]:
        """Write one element or component."""
        what = position.what
        if isinstance(what, Composite):
            return position.usage, position.repeat, -1, self.row(what.components, what.relations)
        return position.usage, position.repeat, self.value(what), None

    def value(self, element: Element) -> int:
        """Write a value; give its number."""
        known = self._numbers.get(id(element))
        if known is None:
            known = self._numbers[id(element)] = len(self.values)
            kind, least, most, codes = shape(element)
            short = tuple(code.encode("ascii") for code in codes if len(code) <= CODE_CHARS_MAX)
            self.values.append((kind, least, most, short))
        return known


def _choice(choice: Choice) -> tuple[int, tuple[bytes, ...]]:
    # All of them: with a long one missing the matcher would choose another place.
    at, codes = choice
    return at, tuple(code.encode("ascii") for code in sorted(codes))
