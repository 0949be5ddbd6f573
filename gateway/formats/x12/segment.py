"""Segment: one received segment, a node over its own bytes.

Lives here: a segment keeps where it stands and cuts itself when somebody asks for a value. Never
here: what may stand where (`grammar.py`) and what a value may be (`elements.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from gateway.finding import Span
from gateway.formats.x12.layout import layout_of
from gateway.segments.nodes import SegmentNode
from gateway.specs.x12_tables import Composite

if TYPE_CHECKING:
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.specs.x12_tables import Segment as SegmentSpec

_KEYS = tuple(f"{number:02}" for number in range(100))
_NUMBERS = {f"{number:02}": number for number in range(1, 100)}
_KEY = re.compile(r"(\d\d)(?:#(\d+))?(?:-(\d+))?")


class Placed(Protocol):
    """What knows its own bytes."""

    def extent(self) -> Span | None:
        """Give the bytes of the whole node."""


def text_of(raw: bytes) -> str:
    """Give the text of an element: ASCII by the standard, else UTF-8, else byte by byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class Segment(SegmentNode):
    """One received segment.

    `elements` are raw, the first is the id. `repairs` are values that lenient reading put in the
    place of what was received.
    """

    __slots__ = ("delimiters", "elements", "repairs", "spec")

    elements: list[bytes]

    def __init__(
        self,
        data: bytes,
        bounds: tuple[int, int, int],
        delimiters: Delimiters,
        spec: SegmentSpec | None = None,
        base: int = 0,
        elements: list[bytes] | None = None,
    ) -> None:
        """Keep the place; `spec` says which elements are composites and repeat.

        `base` is added to every span: where `data` begins in the file. `elements` are those
        of the segment where somebody has cut them already.
        """
        self.data = data
        self.base = base
        self.start, self.end, self.stop = bounds
        self.delimiters = delimiters
        self.spec = spec
        self.children = []
        self.repairs: dict[str, str] | None = None
        if elements is not None:
            self.elements = elements
        self.name = spec.name if spec is not None else text_of(self.elements[0])

    def __getattr__(self, name: str) -> object:
        """Cut the segment when somebody asks; `values` again each time, as repairs may be added."""
        if name == "elements":
            self.elements = self.data[self.start : self.end].split(self.delimiters.element)
            return self.elements
        if name == "values":
            return self._leaves()
        raise AttributeError(name)

    def _leaves(self) -> dict[str, str]:
        """Give every leaf in wire order; an element without text is left out."""
        if self.spec is not None and not self.spec.divided:
            found = {key: text_of(raw) for key, raw in zip(_KEYS, self.elements, strict=False) if raw}
            found.pop("00", None)
        else:
            found = {key: text_of(raw) for key, raw, _ in self._pieces() if raw}
        if self.repairs:
            found.update(self.repairs)
        return found

    def get(self, key: str) -> str:
        """Give the text of one leaf, "" where there is none."""
        if self.repairs and key in self.repairs:
            return self.repairs[key]
        number, spec = _NUMBERS.get(key), self.spec
        if number is not None and (spec is None or number not in spec.divided):
            elements = self.elements
            if number >= len(elements):
                return ""
            try:
                return elements[number].decode()
            except UnicodeDecodeError:
                return text_of(elements[number])
        return next((text_of(raw) for name, raw, _ in self._pieces(key) if name == key), "")

    def span(self, key: str) -> Span | None:
        """Give the bytes of one leaf; an element that is absent has an empty span at its place."""
        number, spec, elements = _NUMBERS.get(key), self.spec, self.elements
        if number is not None and spec is not None and number not in spec.divided:
            if number >= len(elements):
                return Span(self.base + self.end, self.base + self.end)
            start = self.base + self.start + number + sum(map(len, elements[:number]))
            return Span(start, start + len(elements[number]))
        for name, raw, start in self._pieces(key):
            if name == key:
                return Span(self.base + start, self.base + start + len(raw))
        return self.place_of(key)

    def place_of(self, key: str) -> Span:
        """Give the bytes of the element that holds a leaf, empty at the segment's end where it is cut off."""
        number = _NUMBERS.get(key)
        if number is None:
            match = _KEY.fullmatch(key)
            number = int(match[1]) if match else 0
        start = self.base + self.offset(number)
        return Span(start, start + (len(self.elements[number]) if number < len(self.elements) else 0))

    def offset(self, number: int) -> int:
        """Give where an element begins in `data`, the segment's end where it is cut off."""
        if number >= len(self.elements):
            return self.end
        return self.start + number + sum(map(len, self.elements[:number]))

    def alone(self) -> Segment:
        """Copy the segment out of the bytes around it, so that they can be let go."""
        data = self.data[self.start : self.stop]
        bounds = (0, self.end - self.start, self.stop - self.start)
        return Segment(data, bounds, self.delimiters, self.spec, self.base + self.start)

    @property
    def layout(self) -> str:
        """What the values do not say: see `writer.Layout`."""
        return layout_of(self)

    def _pieces(self, only: str = "") -> list[tuple[str, bytes, int]]:
        """Cut into (key, bytes, start); with `only`, just the element which holds that leaf."""
        found: list[tuple[str, bytes, int]] = []
        at = self.start + len(self.elements[0]) + 1
        positions = self.spec.positions if self.spec else ()
        for number, raw in enumerate(self.elements[1:], 1):
            key = f"{number:02}"
            if raw and (not only or only.startswith(key)):
                position = positions[number - 1] if number <= len(positions) else None
                composite = position is not None and isinstance(position.what, Composite)
                repeats = position is not None and position.repeat > 1
                self._cut_element(found, key, raw, at, composite=composite, repeats=repeats)
            at += len(raw) + 1
        return found

    def _cut_element(
        self,
        found: list[tuple[str, bytes, int]],
        key: str,
        raw: bytes,
        at: int,
        *,
        composite: bool,
        repeats: bool,
    ) -> None:
        separator = self.delimiters.repetition
        turns = raw.split(separator) if repeats and separator else [raw]
        for turn, one in enumerate(turns, 1):
            name = key if turn == 1 else f"{key}#{turn}"
            if not composite:
                found.append((name, one, at))
                at += len(one) + 1
                continue
            for component, part in enumerate(one.split(self.delimiters.component), 1):
                found.append((f"{name}-{component}", part, at))
                at += len(part) + 1


def leaf_keys(spec: SegmentSpec) -> tuple[str, ...]:
    """Give the leaf of each element, from the first on, where none is divided by what it holds.

    An open segment may have more elements than its table.
    """
    keys = list(_KEYS[1:])
    for number in spec.divided:
        if isinstance(spec.positions[number - 1].what, Composite):
            keys[number - 1] += "-1"
    return tuple(keys)
