"""Segment: one received segment, a node over its own bytes.

Lives here: a segment keeps where it stands and cuts itself when somebody asks for a value. Never
here: what may stand where (`grammar.py`) and what a value may be (`elements.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Span
from gateway.formats.edifact.cutting import split
from gateway.formats.edifact.layout import layout_of
from gateway.segments.nodes import SegmentNode
from gateway.specs.edifact_keys import unknown_key

if TYPE_CHECKING:
    from gateway.formats.edifact.notation import Notation
    from gateway.segments.nodes import Bounds
    from gateway.specs.edifact_keys import Layout, Slot

# A span without a call of its own class: every leaf that somebody asks for has one.
_new = tuple.__new__


class Piece(NamedTuple):
    """One component with text: its key, its raw bytes, where they begin, whether it is a number."""

    key: str
    raw: bytes
    start: int
    numeric: bool


class Segment(SegmentNode):
    """One received segment.

    `known` is its layout in the directory, None for a tag without one. `repairs` are values that
    lenient reading put in the place of what was received. Most segments are even: see `_straight`.
    """

    __slots__ = ("_even", "_leaves", "_spans", "elements", "known", "notation", "repairs", "tag")

    def __init__(
        self,
        data: bytes,
        bounds: Bounds,
        notation: Notation,
        known: Layout | None = None,
        *,
        base: int = 0,
        name: str = "",
    ) -> None:
        """Keep the place. `name` is the node's where it is not the tag; `base` is added to every span."""
        self.data = data
        self.base = base
        self.start, self.end, self.stop = bounds
        self.notation = notation
        self.known = known
        self.children = []
        self.repairs: dict[str, str] = {}
        self._leaves: dict[str, str] | None = None
        self._spans: dict[str, Span] | None = None
        marks = notation.delimiters
        # The raw elements; the first is the tag.
        self.elements = split(data[self.start : self.end], marks.element, marks.release)
        self.tag = self.elements[0].decode("latin-1")
        self.name = name or self.tag

    @property
    def values(self) -> dict[str, str]:  # type: ignore[override]  # computed where Node stores
        """Every leaf in wire order; a component without text is left out. Cut once, for all who look."""
        return self.received | self.repairs if self.repairs else self.received

    @property
    def received(self) -> dict[str, str]:
        """Every leaf as it was received, without repairs."""
        leaves = self._leaves
        if leaves is None:
            leaves = self._straight()
            self._even = leaves is not None
            if leaves is None:
                text = self.notation.text
                leaves = {key: text(raw, numeric=numeric) for key, raw, _, numeric in self.pieces()}
            self._leaves = leaves
        return leaves

    def get(self, key: str) -> str:
        """Give the text of one leaf, "" where there is none."""
        if key in self.repairs:
            return self.repairs[key]
        leaves = self._leaves
        return (self.received if leaves is None else leaves).get(key, "")

    def span(self, key: str) -> Span:
        """Give the bytes of one leaf; one that is absent has an empty span where its element stands or would."""
        spans = self._spans
        if spans is None:
            spans = self._spans = self._placed()
        there = spans.get(key)
        if there is not None:
            return there
        place = self.known.places.get(key) if self.known else None
        at = self.element_place(place[0] + 1) if place else Span(self.end, self.end)
        return Span(self.base + at.start, self.base + at.start)

    def element_place(self, number: int) -> Span:
        """Give one data element (from 1) in `data`; empty at the segment's end where it is cut off."""
        if number >= len(self.elements):
            return Span(self.end, self.end)
        start = self.start + sum(len(raw) + 1 for raw in self.elements[:number])
        return Span(start, start + len(self.elements[number]))

    def place(self) -> Span:
        """Give the bytes from the tag to the terminator in `data`, the terminator included."""
        return Span(self.start, min(self.end + 1, self.stop))

    @property
    def layout(self) -> str:
        """What the values do not say: see `layout.py`."""
        return layout_of(self)

    def _straight(self) -> dict[str, str] | None:
        """Cut a segment in which a letter is a byte, a mark a mark, and each leaf has its place; None for another.

        The keys of a layout begin with one for the tag.
        """
        known, elements, notation = self.known, self.elements, self.notation
        if known is None or known.lists or len(elements) > len(known.keys):
            return None
        marks, whole = notation.delimiters, self.data[self.start : self.end]
        if not whole.isascii() or b"," in whole or (marks.release and marks.release in whole):
            return None
        if notation.syntax.repeats and marks.repetition and marks.repetition in whole:
            return None
        found: dict[str, str] = {}
        mark = marks.component
        for keys, raw in zip(known.keys, elements, strict=False):
            if mark in raw:
                parts = raw.split(mark)
                if len(parts) > len(keys):
                    return None
                for key, part in zip(keys, parts, strict=False):
                    if part:
                        found[key] = part.decode()
            elif raw:
                found[keys[0]] = raw.decode()
        del found[""]
        return found

    def _placed(self) -> dict[str, Span]:
        """Give the bytes of each leaf."""
        base, known = self.base, self.known
        if not self.received or known is None or not self._even:
            # Of two components under one key the first is meant.
            return {
                key: Span(base + start, base + start + len(raw))
                for key, raw, start, _ in reversed(self.pieces())
            }
        found: dict[str, Span] = {}
        mark, at = self.notation.delimiters.component, base + self.start
        for keys, raw in zip(known.keys, self.elements, strict=False):
            stop = at + len(raw)
            if mark in raw:
                for key, part in zip(keys, raw.split(mark), strict=False):
                    if part:
                        found[key] = _new(Span, (at, at + len(part)))
                    at += len(part) + 1
            elif raw:
                found[keys[0]] = _new(Span, (at, stop))
            at = stop + 1
        del found[""]
        return found

    def pieces(self) -> list[Piece]:
        """Cut into components that have text."""
        found: list[Piece] = []
        at = self.start + len(self.elements[0]) + 1
        slots = self.known.slots if self.known else ()
        taken: set[str] = set()
        marks, repetition, whole = self.notation.delimiters, self.notation.repetition, self.data
        bare = not (marks.release and whole.find(marks.release, self.start, self.end) >= 0) and not (
            repetition and whole.find(repetition, self.start, self.end) >= 0
        )
        for number, raw in enumerate(self.elements[1:], 1):
            if raw:
                slot = slots[number - 1] if number <= len(slots) else None
                if bare and slot is not None and slot.by < 0:
                    _cut(found, number, raw, at, slot, marks.component)
                else:
                    self._element(found, number, raw, at, slot, taken)
            at += len(raw) + 1
        return found

    def _element(
        self, found: list[Piece], number: int, raw: bytes, at: int, slot: Slot | None, taken: set[str]
    ) -> None:
        marks, repetition = self.notation.delimiters, self.notation.repetition
        turns = split(raw, repetition, marks.release) if repetition and repetition in raw else [raw]
        for turn, one in enumerate(turns, 1):
            parts = split(one, marks.component, marks.release)
            cells = slot.cells if slot is not None and turn == 1 else ()
            named = self._by(slot, parts, taken) if slot is not None and slot.by >= 0 and cells else ()
            for index, part in enumerate(parts):
                if part and index < len(cells):
                    key = named[index] if named else cells[index].key
                    found.append(Piece(key, part, at, cells[index].element.numeric))
                elif part:
                    found.append(Piece(unknown_key(number, turn, index + 1), part, at, numeric=False))
                at += len(part) + 1

    def _by(self, slot: Slot, parts: list[bytes], taken: set[str]) -> tuple[str, ...]:
        """Give the keys of an occurrence that its own code names; the first of each code is keyed so."""
        code = self.notation.text(parts[slot.by]) if slot.by < len(parts) else ""
        if self.known is None or slot.composite is None or code in taken:
            return ()
        if code not in self.known.lists.get(slot.composite.number, ()):
            return ()
        taken.add(code)
        return slot.keys(code)


def _cut(found: list[Piece], number: int, raw: bytes, at: int, slot: Slot, mark: bytes) -> None:
    """Cut an element in which a mark is a mark, and nothing repeats: as nearly all are."""
    cells = slot.cells
    for index, part in enumerate(raw.split(mark)):
        if part and index < len(cells):
            cell = cells[index]
            found.append(Piece(cell.key, part, at, cell.element.numeric))
        elif part:
            found.append(Piece(unknown_key(number, 1, index + 1), part, at, numeric=False))
        at += len(part) + 1
