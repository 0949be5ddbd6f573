"""Messages of segments for the compiled matcher: their tables, as `gateway.quick.matching` takes them.

Lives here: what X12 and EDIFACT have in common of that: places, loops, numbers for what several places
share, and the question about one segment of a message that the matcher did not take as a whole. Never here:
what a segment's elements may be (`matching.py` of each format).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic

from gateway.quick import COMPILED
from gateway.segments.placing import P

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.quick.matcher import Ways
    from gateway.quick.matching import Program
    from gateway.segments.nodes import SegmentNode

if COMPILED:
    from gateway.quick import matching
    from gateway.quick.matcher import holds_all

CODE_CHARS_MAX = 8
"""A value with a longer code is left to the pattern."""

Choice = tuple[int, frozenset[str]]
"""The element, from 1, whose code chooses a place, and those codes."""
Row = tuple[tuple[Any, ...], tuple[Any, ...], Any]
"""Parts, relations, and which of them are a date and its form."""


class Sure:
    """Tells of single segments that their elements are without fault: in a message with faults nearly all are."""

    __slots__ = ("_numbers", "_program", "_ways")

    def __init__(self, program: Program, numbers: Mapping[int, int], ways: Ways) -> None:
        """Take a program, the number in it of each segment's table by that table's id, and the separators."""
        self._program = program
        self._numbers = numbers
        self._ways = ways

    def holds(self, table: object, segment: SegmentNode, size: int) -> bool:
        """Tell whether nothing is wrong behind the id, of `size` bytes; False is: perhaps not."""
        number = self._numbers.get(id(table))
        return number is not None and holds_all(
            self._program, number, segment.data, segment.start + size, segment.end, self._ways
        )


class Writer(ABC, Generic[P]):
    """Writes one message."""

    def __init__(self) -> None:
        """Begin with nothing numbered."""
        self.values: list[tuple[Any, ...]] = []
        self.segments: list[tuple[Any, ...]] = []
        self.levels: list[tuple[Any, ...]] = []
        self.numbers: dict[int, int] = {}

    @abstractmethod
    def segment(self, place: P) -> int:
        """Give the number of the segment that stands at a place."""

    @abstractmethod
    def chosen(self, place: P) -> Choice | None:
        """Give what chooses a place, None where the segment's id does."""

    def program(self, body: Sequence[P], ends: tuple[bytes, int, int, bytes, int]) -> Program | None:
        """Write the message; None where the matcher has no room for it. `ends` are as `Program` takes them."""
        self.level(body)
        try:
            return matching.Program(ends, tuple(self.values), tuple(self.segments), tuple(self.levels))
        except ValueError:
            return None

    def level(self, parts: Sequence[P]) -> int:
        """Write the places of one level, and those below it; give its number."""
        number = len(self.levels)
        self.levels.append(())
        self.levels[number] = tuple(self.place(place, parts[:at]) for at, place in enumerate(parts))
        return number

    def place(self, place: P, before: Sequence[P]) -> tuple[Any, ...]:
        """Write one place; a place above that a code chooses takes the segment from it."""
        own = self.chosen(place)
        above = [self.chosen(other) for other in before if other.tag == place.tag]
        return (
            place.tag.encode("ascii"),
            place.usage == "M",
            place.count_max or 0,
            self.segment(place),
            self.level(place.parts) if place.loop else -1,
            _codes(own) if own is not None else None,
            tuple(_codes(other) for other in above if other is not None),
        )

    def shared(self, owner: object, into: list[tuple[Any, ...]], make: Callable[[], tuple[Any, ...]]) -> int:
        """Give the number of what belongs to an object of the tables; it is made the first time."""
        known = self.numbers.get(id(owner))
        if known is None:
            known = self.numbers[id(owner)] = len(into)
            into.append(make())
        return known


def _codes(choice: Choice) -> tuple[int, tuple[bytes, ...]]:
    # All of them, or the matcher would choose another place: a long one has no program.
    at, codes = choice
    return at, tuple(code.encode("ascii") for code in sorted(codes))


def short(codes: Sequence[str]) -> tuple[bytes, ...]:
    """Give the codes of a list that the matcher knows."""
    return tuple(code.encode("ascii") for code in codes if code.isascii() and len(code) <= CODE_CHARS_MAX)
