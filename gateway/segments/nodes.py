"""Source, Body, Loop, SegmentNode, Raw: what was received, as nodes over its own bytes.

Lives here: what stands where. Never here: how a segment is cut into leaves, since separators are
the format's own (`segment.py` of each format).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.finding import Span
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.quick import Asked
    from gateway.quick.tree import Tree

# (first byte, terminator, first byte of the next segment)
Bounds = tuple[int, int, int]


@dataclass(slots=True)
class Source:
    """The bytes that are being read. `base` is where they begin in the file when it is streamed."""

    data: bytes
    base: int = 0


class SegmentNode(Node):
    """One received segment; each format adds how it is cut into leaves.

    `start` is its first byte, `end` its terminator, `stop` the first byte of the next
    segment: line ends after the terminator belong to it. `base` is added to every span: where
    `data` begins in the file.
    """

    __slots__ = ("base", "data", "end", "start", "stop")

    base: int
    data: bytes
    start: int
    end: int
    stop: int

    def extent(self) -> Span:
        """Give the bytes from the segment's id to its terminator, the terminator included."""
        return Span(self.base + self.start, self.base + min(self.end + 1, self.stop))


class Loop(Node):
    """A loop, a group or an interchange that was read; its bytes go from its first to its last segment."""

    __slots__ = ()

    def extent(self) -> Span | None:
        """Give the bytes of the loop, None where it holds nothing."""
        first = self.children[0].extent() if self.children else None
        last = self.children[-1].extent() if self.children else None
        return Span(first.start, last.end) if first and last else None


class Raw(Node):
    """Bytes that are no segment, before the first interchange or after the last; with a name, the UNA."""

    __slots__ = ("data", "start", "stop")

    def __init__(self, data: bytes, start: int, stop: int, name: str = "") -> None:
        """Keep the bytes; there is no leaf in them."""
        super().__init__(name)
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
    """One message. Its segments are cut and put into loops when `children` is first read."""

    __slots__ = (
        "_build",
        "_built",
        "_cutting",
        "_spare",
        "_terms",
        "accepted",
        "base",
        "data",
        "start",
        "stop",
    )

    def __init__(
        self,
        name: str,
        source: Source,
        start: int,
        stop: int,
        build: Callable[..., list[Node]],
        terms: tuple[Any, ...] = (),
        *,
        accepted: bool = False,
        cutting: Callable[..., Tree | None] | None = None,
        spare: list[Node] | None = None,
    ) -> None:
        """Keep the bytes and how to build the tree; `name` is the message's.

        `build` is called with the body and `terms`: not bound to them, since most bodies are never built.
        `accepted` says that the pattern of the message took it, so that nothing was left to explain.
        `spare` are the children where they were made already; nobody has looked at them yet.
        `cutting`, with what a table asks before the `terms`, makes just that, where the compiled part can.
        """
        self.name = name
        self.accepted = accepted
        self.data = source.data
        self.base = source.base
        self.start = start
        self.stop = stop
        self._build = build
        self._terms = terms
        self._cutting = cutting
        self._spare = spare
        self._built: list[Node] | None = None

    @property
    def values(self) -> dict[str, str]:  # type: ignore[override]  # a message has no leaf of its own
        """Nothing: leaves are on segments."""
        return {}

    @property
    def children(self) -> list[Node]:
        """Header, the message's segments and loops, trailer."""
        if self._built is None:
            self._built = self._build(self, *self._terms) if self._spare is None else self._spare
            self._spare = None
        return self._built

    @children.setter
    def children(self, nodes: list[Node]) -> None:
        self._built = nodes

    @property
    def touched(self) -> bool:
        """Tell whether somebody has looked inside, and so may have changed something."""
        return self._built is not None

    def cut(self, asked: Asked) -> Tree | None:
        """Give what a table asks of the message; None where somebody may have changed it, or where it is not done."""
        return None if self._cutting is None or self.touched else self._cutting(self, asked, *self._terms)

    def extent(self) -> Span:
        """Give the bytes from the header to the end of the trailer, line ends after it included."""
        return Span(self.base + self.start, self.base + self.stop)
