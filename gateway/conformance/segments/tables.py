"""What the tables of a format made of segments say, as plain classes.

Lives here: elements, composites, segments, notes, places and messages, and what an element is called. Never
here: how the tables are read (`loading.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.segments.dialect import Dialect, Era


@dataclass(frozen=True, slots=True)
class Element:
    """A data element. `codes` is None for any text; `closed` tells whether others are errors."""

    number: str
    name: str
    kind: str
    least: int
    most: int
    # Some lists are long, and two elements of one number have the same: a hash goes without.
    codes: tuple[str, ...] | None = field(default=None, hash=False)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A syntax note: `P0304` is kind P over 3 and 4."""

    kind: str
    positions: tuple[int, ...]

    @property
    def text(self) -> str:
        """The note as printed."""
        return self.kind + "".join(f"{at:02}" for at in self.positions)


@dataclass(frozen=True, slots=True)
class Position:
    """One place in a segment or composite."""

    what: Element | Composite
    usage: str
    repeat: int
    name: str


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite and its components."""

    number: str
    name: str
    positions: tuple[Position, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment; `open` has no description of its elements."""

    id: str
    name: str
    positions: tuple[Position, ...]
    notes: tuple[Note, ...]
    open: bool


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A line of a message: a segment, or a loop with what is indented under it. `most` None is no limit.

    `suffix` tells two of one segment on one level apart: `CST.H`.
    """

    segment: Segment
    must: bool
    most: int | None
    qualifier: tuple[int, tuple[str, ...]] | None
    loop: bool
    parts: tuple[Place, ...]
    suffix: str = ""

    @property
    def name(self) -> str:
        """The place's part of an address as findings have it."""
        return f"{self.segment.id}.{self.suffix}" if self.suffix else self.segment.id

    @property
    def step(self) -> str:
        """The place's part of an address, with its qualifier where no suffix says the same."""
        if self.qualifier is None or self.suffix:
            return self.name
        at, codes = self.qualifier
        return f"{self.segment.id}[{at:02}={'|'.join(codes)}]"


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A message (transaction set) of one release."""

    dialect: Dialect
    name: str
    release: str
    groups: tuple[str, ...]
    places: tuple[Place, ...]
    segments: Mapping[str, Segment]

    @property
    def era(self) -> Era:
        """The releases that it shares its syntax with."""
        return self.dialect.era_of(self.release)

    @property
    def source(self) -> str:
        """What a clause names as its source."""
        return self.dialect.source.format(release=self.release)

    def walk(self) -> Iterator[tuple[tuple[Place, ...], Place]]:
        """Yield each place with the places around it, outermost first."""
        yield from _walk((), self.places)


def _walk(way: tuple[Place, ...], places: tuple[Place, ...]) -> Iterator[tuple[tuple[Place, ...], Place]]:
    for place in places:
        yield way, place
        yield from _walk((*way, place), place.parts)


def key(segment: Segment, element: int, component: int) -> str:
    """Give what an element is called by its number: `C507.2380`, `3036#2`; `@6` for what no table knows."""
    seen: Counter[str] = Counter()
    for at, position in enumerate(segment.positions, 1):
        what = position.what
        if isinstance(what, Composite):
            names = [(0, what.number)]
            names += [
                (inner, f"{what.number}.{part.what.number}") for inner, part in enumerate(what.positions, 1)
            ]
        else:
            names = [(0, what.number)]
        for inner, name in names:
            if not inner and isinstance(what, Composite):
                shown = name
            else:
                seen[name] += 1
                shown = name if seen[name] == 1 else f"{name}#{seen[name]}"
            if (at, inner) == (element, component):
                return shown
    return f"@{element}"
