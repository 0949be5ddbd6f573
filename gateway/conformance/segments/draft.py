"""A message that is legal and small, with one place in the middle of attention.

Lives here: which segments stand around a place, their values, the bytes of the whole
interchange and where each element begins in them. Never here: what is made wrong
(`elements.py`, `structure.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from gateway.conformance.segments.tables import Composite
from gateway.conformance.segments.values import letters, together, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.conformance.segments.dialect import Frame
    from gateway.conformance.segments.tables import Message, Place, Position, Segment

# A simple element, or the components of a composite.
Value = str | list[str]


@dataclass(slots=True)
class Line:
    """One segment: id, its elements, the place it stands at (None for what stands nowhere)."""

    id: str
    values: list[Value]
    place: Place | None = None
    way: tuple[Place, ...] = ()
    address: str = ""

    def text(self, frame: Frame) -> str:
        """Write the segment without its terminator."""
        texts = (one if isinstance(one, str) else frame.component.join(one) for one in self.values)
        return frame.element.join((self.id, *texts))

    def start_of(self, number: int, component: int, frame: Frame) -> int:
        """Give where an element or component begins, counted from the segment's first byte.

        What is cut off begins where the segment ends.
        """
        if number > len(self.values):
            return len(self.text(frame))
        at = len(Line(self.id, self.values[: number - 1]).text(frame)) + 1
        held = self.values[number - 1]
        if component and isinstance(held, list):
            whole = len(frame.component.join(held))
            return at + min(whole, sum(len(part) + 1 for part in held[: component - 1]))
        return at


@dataclass(slots=True)
class Draft:
    """A message on the way to bytes: `lines` between its first and last segment, `focus` the line looked at."""

    set: Message
    lines: list[Line]
    frame: Frame
    focus: int = 0

    @property
    def line(self) -> Line:
        """The segment looked at."""
        return self.lines[self.focus]

    def position(self, index: int) -> int:
        """Give a line's number in the message as an acknowledgement counts it: its first segment is 1."""
        return index + 2

    def written(self) -> bytes:
        """Write the interchange."""
        return self.head() + self.body().encode("latin-1") + self.tail()

    def start(self, index: int) -> int:
        """Give the offset of a line's first byte; of the last segment's for the index after the last."""
        end = len(self.frame.terminator) + len(self.frame.line_end)
        return len(self.head()) + sum(len(line.text(self.frame)) + end for line in self.lines[:index])

    def body(self) -> str:
        """Write what stands between the first and the last segment."""
        end = self.frame.terminator + self.frame.line_end
        return "".join(line.text(self.frame) + end for line in self.lines)

    def advice(self) -> bytes:
        """Write what stands in front of the first segment."""
        return _advice(self.set, self.frame)

    def head(self) -> bytes:
        """Write what stands before the segments of the message, its own first segment at the end."""
        return _head(self.set, self.frame)

    def tail(self) -> bytes:
        """Write what stands behind the segments of the message, its own last segment first."""
        return _written(self.set.dialect.written.tail, self.frame, self.words())

    def words(self) -> dict[str, str]:
        """Give what the description of the format may name in braces."""
        return {**_words(self.set, self.frame), "count": str(len(self.lines) + 2)}


@lru_cache(maxsize=256)
def _words(spec: Message, frame: Frame) -> Mapping[str, str]:
    """Give the words that do not depend on what stands in the message."""
    era = spec.era
    return {
        "element": frame.element,
        "component": frame.component,
        "repetition": frame.repetition if era.repeats else era.no_repetition,
        "terminator": frame.terminator,
        "control": frame.control,
        "group_control": frame.group_control,
        "set_control": frame.set_control,
        "message": spec.name,
        "group": spec.groups[0],
        "release": spec.release,
        "number": spec.release[1:],
        "era": era.name,
        **era.words,
    }


@lru_cache(maxsize=256)
def _advice(spec: Message, frame: Frame) -> bytes:
    return spec.dialect.written.advice.format(**_words(spec, frame)).encode("latin-1")


@lru_cache(maxsize=256)
def _head(spec: Message, frame: Frame) -> bytes:
    """Write what stands in front; how many segments follow is not said there."""
    return _advice(spec, frame) + _written(spec.dialect.written.head, frame, _words(spec, frame))


def _written(segments: Iterable[Iterable[str]], frame: Frame, words: Mapping[str, str]) -> bytes:
    end = frame.terminator + frame.line_end
    texts = (frame.element.join(part.format(**words) for part in one) + end for one in segments)
    return "".join(texts).encode("latin-1")


def fill(
    place: Place, avoid: Mapping[int, Iterable[str]], number: int, present: Iterable[int] = ()
) -> list[Value] | None:
    """Give values of a segment: what is mandatory, what is asked for, and what these bring along.

    None where the elements asked for cannot stand together.
    """
    segment = place.segment
    if segment.open:
        return [letters(4, number)]
    there = _standing(place, tuple(present))
    if there is None:
        return None
    if not there:
        return []
    found: list[Value] = []
    for at in range(1, max(there) + 1):
        position = segment.positions[at - 1]
        chosen = place.qualifier[1] if place.qualifier and place.qualifier[0] == at else None
        if at not in there:
            found.append("")
        elif chosen:
            found.append(chosen[0])
        else:
            found.append(content(position, number + at, avoid.get(at, ())))
    return found


@cache
def _standing(place: Place, present: tuple[int, ...]) -> frozenset[int] | None:
    """Give the elements that stand when these are asked for; where none must, one that may; None where they cannot."""
    segment = place.segment
    there = together(segment.positions, segment.notes, present)
    if there is not None and not there:
        there = next((one for at in _used(segment) if (one := _alone(segment, at))), None)
    return frozenset(there) if there is not None else None


def _used(segment: Segment) -> list[int]:
    return [at for at, position in enumerate(segment.positions, 1) if position.usage != "N"]


def _alone(segment: Segment, at: int) -> set[int] | None:
    return together(segment.positions, segment.notes, {at})


def content(position: Position, number: int, avoid: Iterable[str] = (), present: Iterable[int] = ()) -> Value:
    """Give a value of one element; of a composite its components."""
    what = position.what
    if not isinstance(what, Composite):
        return value(what, number, avoid=avoid)
    there = together(what.positions, what.notes, present) or set()
    if not there:
        there = together(what.positions, what.notes, {1}) or {1}
    return [
        str(content(what.positions[at - 1], number + at)) if at in there else ""
        for at in range(1, max(there) + 1)
    ]


@cache
def siblings(around: tuple[Place, ...], top: tuple[Place, ...], place: Place) -> Mapping[int, set[str]]:
    """Give the codes that would send a segment to another place of its id: (element, codes)."""
    level = around[-1].parts if around else top
    found: dict[int, set[str]] = {}
    for other in level:
        if other is not place and other.segment.id == place.segment.id and other.qualifier:
            found.setdefault(other.qualifier[0], set()).update(other.qualifier[1])
    return found


def compose(
    spec: Message,
    target: tuple[Place, ...],
    number: int,
    present: Iterable[int] = (),
    copies: int = 1,
    beside: tuple[Place, ...] = (),
    frame: Frame | None = None,
) -> Draft | None:
    """Make the smallest legal message in which `target` stands (a place and those around it, outermost first).

    `copies` of the target stand one after the other; the focus is the first. `beside` is a second
    place that has to be there.
    """
    composer = _Composer(spec, target, number, tuple(present), copies, beside)
    if not composer.level(spec.places, (), wanted=True, asked=True):
        return None
    address(composer.lines)
    return Draft(spec, composer.lines, frame or spec.dialect.frame, composer.focus)


class _Composer:
    """One composition in progress."""

    def __init__(
        self,
        spec: Message,
        target: tuple[Place, ...],
        number: int,
        present: tuple[int, ...],
        copies: int,
        beside: tuple[Place, ...],
    ) -> None:
        self.spec = spec
        self.target = target
        self.number = number
        self.present = present
        self.copies = copies
        self.beside = beside
        self.lines: list[Line] = []
        self.focus = 0
        self.made: dict[tuple[int, int], list[Value] | None] = {}

    def level(self, parts: tuple[Place, ...], way: tuple[Place, ...], *, wanted: bool, asked: bool) -> bool:
        """Put the places of one level that must stand; False where one of them cannot be made.

        `wanted` tells whether the level is on the way to the target, `asked` whether on that to what stands beside.
        """
        depth = len(way)
        target = self.target[depth] if wanted and depth < len(self.target) else None
        beside = self.beside[depth] if asked and depth < len(self.beside) else None
        for part in parts:
            if not (part.must or part is target or part is beside):
                continue
            here = (*way, part)
            last = part is target and len(here) == len(self.target)
            if last:
                self.focus = len(self.lines)
            for turn in range(self.copies if last else 1):
                values = self.values(part, way, turn, last=last)
                if values is None:
                    return False
                self.lines.append(Line(part.segment.id, values, part, here))
                if part.parts and not self.level(
                    part.parts, here, wanted=part is target, asked=part is beside
                ):
                    return False
        return True

    def values(self, part: Place, way: tuple[Place, ...], turn: int, *, last: bool) -> list[Value] | None:
        """Give values of one segment. Many copies need not all differ."""
        key = (id(part), turn % 8)
        if key not in self.made:
            asked = self.present if last else ()
            avoid = siblings(way, self.spec.places, part)
            self.made[key] = fill(part, avoid, self.number + turn % 8, asked)
        kept = self.made[key]
        return list(kept) if kept is not None else None


def address(lines: Sequence[Line]) -> None:
    """Give each line its address: occurrences of a name among siblings are shown from the second on."""
    turns: list[tuple[tuple[Place, ...], str, dict[str, int]]] = [((), "", {})]
    for line in lines:
        if line.place is None:
            continue
        around = line.way[:-1]
        while turns[-1][0] != around:
            turns.pop()
        _, prefix, counter = turns[-1]
        name = line.place.name
        turn = counter[name] = counter.get(name, 0) + 1
        step = name if turn == 1 else f"{name}[{turn}]"
        line.address = f"{prefix}/{step}" if prefix else step
        if line.place.loop:
            turns.append((line.way, line.address, {name: 1}))
