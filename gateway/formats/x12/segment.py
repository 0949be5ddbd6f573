"""Segment, Loop, Raw, Body: what was received, as nodes over its own bytes.

Lives here: the lazy tree. A segment keeps where it stands and cuts itself when somebody asks
for a value; a transaction builds its loops when somebody looks into it. Never here: what
may stand where (`walker.py`) and what a value may be (`elements.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from gateway.finding import Span
from gateway.formats.x12.layout import layout_of
from gateway.specs.x12_tables import Composite
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.formats.x12.cutting import Source
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


class Segment(Node):
    """One received segment.

    `start` is its first byte, `end` its terminator, `stop` the first byte of the next
    segment: line ends after the terminator belong to it. `elements` are raw, the first is the id. `repairs` are values that lenient
    reading put in the place of what was received.
    """

    __slots__ = ("base", "data", "delimiters", "elements", "end", "repairs", "spec", "start", "stop")

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
        number = _NUMBERS.get(key)
        if number is not None and (self.spec is None or number not in self.spec.divided):
            elements = self.elements
            return text_of(elements[number]) if number < len(elements) else ""
        return next((text_of(raw) for name, raw, _ in self._pieces(key) if name == key), "")

    def span(self, key: str) -> Span | None:
        """Give the bytes of one leaf; an element that is absent has an empty span at its place."""
        number = _NUMBERS.get(key)
        if number is None or self.spec is None or number in self.spec.divided:
            for name, raw, start in self._pieces(key):
                if name == key:
                    return Span(self.base + start, self.base + start + len(raw))
        return self.place_of(key)

    def place_of(self, key: str) -> Span:
        """Give the bytes of the element that holds a leaf, empty at the segment's end where it is cut off."""
        match = _KEY.fullmatch(key)
        number = int(match[1]) if match else 0
        start = self.base + self.offset(number)
        return Span(start, start + (len(self.elements[number]) if number < len(self.elements) else 0))

    def offset(self, number: int) -> int:
        """Give where an element begins in `data`, the segment's end where it is cut off."""
        if number >= len(self.elements):
            return self.end
        return self.start + sum(len(raw) + 1 for raw in self.elements[:number])

    def extent(self) -> Span:
        """Give the bytes from the id to the terminator, the terminator included."""
        return Span(self.base + self.start, self.base + min(self.end + 1, self.stop))

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


class Loop(Node):
    """A loop that was read; its bytes are those from its first to its last segment."""

    __slots__ = ()

    def extent(self) -> Span | None:
        """Give the bytes of the loop, None where it holds nothing."""
        first = self.children[0].extent() if self.children else None
        last = self.children[-1].extent() if self.children else None
        return Span(first.start, last.end) if first and last else None


class Raw(Node):
    """Bytes that are no segment: before the first ISA, after the last IEA."""

    __slots__ = ("data", "start", "stop")

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        """Keep the bytes; there is no leaf in them."""
        super().__init__("")
        self.data = data
        self.start = start
        self.stop = stop

    def extent(self) -> Span:
        """Give the bytes."""
        return Span(self.start, self.stop)

    @property
    def layout(self) -> str:
        """The bytes themselves, in hex."""
        return self.data[self.start : self.stop].hex()


class Body(Node):
    """One transaction. Its segments are cut and put into loops when `children` is first read."""

    __slots__ = ("_build", "_built", "accepted", "base", "data", "start", "stop")

    def __init__(
        self,
        name: str,
        source: Source,
        start: int,
        stop: int,
        build: Callable[[Body], list[Node]],
        *,
        accepted: bool = False,
    ) -> None:
        """Keep the bytes and how to build the tree; `name` is the set's number.

        `accepted` says that the pattern of the set took it, so that nothing was left to explain.
        """
        self.name = name
        self.accepted = accepted
        self.data = source.data
        self.base = source.base
        self.start = start
        self.stop = stop
        self._build = build
        self._built: list[Node] | None = None

    @property
    def values(self) -> dict[str, str]:  # type: ignore[override]  # a transaction has no leaf of its own
        """Nothing: leaves are on segments."""
        return {}

    @property
    def children(self) -> list[Node]:
        """ST, the set's segments and loops, SE."""
        if self._built is None:
            self._built = self._build(self)
        return self._built

    @children.setter
    def children(self, nodes: list[Node]) -> None:
        self._built = nodes

    @property
    def touched(self) -> bool:
        """Tell whether somebody has looked inside, and so may have changed something."""
        return self._built is not None

    def extent(self) -> Span:
        """Give the bytes from ST to the end of SE, line ends after it included."""
        return Span(self.base + self.start, self.base + self.stop)
