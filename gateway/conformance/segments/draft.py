"""A message that is legal and small, with one place in the middle of attention.

Lives here: which segments stand around a place, their values, the bytes of the whole
interchange and where each element begins in them. Never here: what is made wrong
(`elements.py`, `structure.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.conformance.segments.standing import cells, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.conformance.segments.dialect import Frame
    from gateway.conformance.segments.standing import Cells, Value
    from gateway.conformance.segments.tables import Message, Place
# Plans of some messages: cases of one place follow each other.
_KEPT_MAX = 4096


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
        texts = [one if isinstance(one, str) else frame.component.join(one) for one in self.values]
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
        return len(self.head()) + sum(map(len, self._texts(self.lines[:index])))

    def span(self, index: int) -> tuple[int, int]:
        """Give the bytes of a line, its terminator included."""
        start = self.start(index)
        return start, start + sum(map(len, self._texts(self.lines[index : index + 1])))

    def body(self) -> str:
        """Write what stands between the first and the last segment."""
        return "".join(self._texts(self.lines))

    def _texts(self, lines: Sequence[Line]) -> list[str]:
        """Write lines. Copies share their values, and are written once."""
        end = self.frame.terminator + self.frame.line_end
        known: dict[int, str] = {}
        found = []
        for line in lines:
            text = known.get(id(line.values))
            if text is None:
                text = known[id(line.values)] = line.text(self.frame) + end
            found.append(text)
        return found

    def advice(self) -> bytes:
        """Write what stands in front of the first segment."""
        return _advice(self.set, self.frame)

    def head(self) -> bytes:
        """Write what stands before the segments of the message, its own first segment at the end."""
        return _head(self.set, self.frame)

    def tail(self) -> bytes:
        """Write what stands behind the segments of the message, its own last segment first."""
        return _tail(self.set, self.frame, len(self.lines) + 2)


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


@lru_cache(maxsize=256)
def _tail(spec: Message, frame: Frame, count: int) -> bytes:
    """Write what stands behind, where so many segments are counted."""
    return _written(spec.dialect.written.tail, frame, {**_words(spec, frame), "count": str(count)})


def _written(segments: Iterable[Iterable[str]], frame: Frame, words: Mapping[str, str]) -> bytes:
    end = frame.terminator + frame.line_end
    texts = (frame.element.join(part.format(**words) for part in one) + end for one in segments)
    return "".join(texts).encode("latin-1")


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
    asked = tuple(present)
    plan = _plan(spec, target, beside)
    lines = _once(plan.rows, spec, asked, number)
    if lines is None:
        return None
    if copies != 1:
        row = plan.rows[plan.focus]
        here = cells(spec, row.way[:-1], row.place, asked) or ()
        # Many copies need not all differ.
        heads = [chosen(here, number + turn) for turn in range(min(copies, 8))]
        lines = _repeated(lines, plan.focus, heads, copies)
    return Draft(spec, lines, frame or spec.dialect.frame, plan.focus)


def _once(rows: list[_Row], spec: Message, asked: tuple[int, ...], number: int) -> list[Line] | None:
    """Give the lines of rows of which none is a copy of another; None where what is asked for cannot stand."""
    lines = []
    for place, way, wanted, told, always in rows:
        here = cells(spec, way[:-1], place, asked) if wanted else always
        if here is None:
            return None
        lines.append(Line(place.segment.id, chosen(here, number), place, way, told))
    return lines


def _repeated(lines: list[Line], focus: int, heads: list[list[Value]], copies: int) -> list[Line]:
    """Repeat a segment with what stands below it; `heads` are its values in turn."""
    first = lines[focus]
    depth = len(first.way)
    end = focus + 1
    while end < len(lines) and lines[end].way[:depth] == first.way:
        end += 1
    below = lines[focus + 1 : end]
    # What is looked at will be changed, and no copy of it with it.
    found = lines[:end]
    for turn in range(1, copies):
        found.append(Line(first.id, heads[turn % len(heads)], first.place, first.way))
        found += [Line(one.id, one.values, one.place, one.way) for one in below]
    found += lines[end:]
    address(found)
    return found


class _Row(NamedTuple):
    """A segment that has to stand, and whether it has the elements that are asked for.

    `always` are those of one that has none of these.
    """

    place: Place
    way: tuple[Place, ...]
    asked: bool
    address: str = ""
    always: Cells | None = None


class _Plan(NamedTuple):
    """What stands in a message, whatever the values."""

    rows: list[_Row]
    focus: int


@lru_cache(maxsize=_KEPT_MAX)
def _plan(spec: Message, target: tuple[Place, ...], beside: tuple[Place, ...]) -> _Plan:
    """Choose the segments with their addresses and elements; kept, as the cases of one place follow each other."""
    plan = _planned(spec, target, beside)
    lines = [Line(row.place.segment.id, [], row.place, row.way) for row in plan.rows]
    address(lines)
    rows = [
        row._replace(address=line.address, always=None if row.asked else cells(spec, row.way[:-1], row.place))
        for row, line in zip(plan.rows, lines, strict=True)
    ]
    return _Plan(rows, plan.focus)


def _planned(spec: Message, target: tuple[Place, ...], beside: tuple[Place, ...]) -> _Plan:
    rows: list[_Row] = []
    _level(rows, spec.places, (), (target, True), (beside, True))
    return _Plan(rows, next((at for at, row in enumerate(rows) if row.asked), 0))


def _level(
    rows: list[_Row],
    parts: tuple[Place, ...],
    way: tuple[Place, ...],
    wanted: tuple[tuple[Place, ...], bool],
    beside: tuple[tuple[Place, ...], bool],
) -> None:
    """Put the places of one level that must stand, or are on the way to what is `wanted` or has to be `beside` it."""
    depth = len(way)
    target = wanted[0][depth] if wanted[1] and depth < len(wanted[0]) else None
    other = beside[0][depth] if beside[1] and depth < len(beside[0]) else None
    for part in parts:
        if not (part.must or part is target or part is other):
            continue
        here = (*way, part)
        last = part is target and len(here) == len(wanted[0])
        rows.append(_Row(part, here, last))
        if part.parts:
            _level(rows, part.parts, here, (wanted[0], part is target), (beside[0], part is other))


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
