"""The tree of a transaction that is known to be good.

Lives here: the quick way to put segments into loops, for what the pattern of a set has accepted.
It makes the same tree as `grammar.build`, without addresses and without looking for faults; a
test holds the two together. Never here: anything that judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12.segment import Segment, leaf_keys
from gateway.segments.nodes import Loop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.segments.nodes import Bounds, Source
    from gateway.specs.x12 import Place, X12Spec
    from gateway.tree import Node


class _Entry:
    """One line of a loop: `inner` are the lines of the loop it opens, `chosen` its qualifier.

    `keys` are the leaves of its segment where no element is divided further.
    """

    __slots__ = ("chosen", "divided", "inner", "keys", "line", "most", "name", "spec")

    def __init__(self, line: int, place: Place) -> None:
        self.line = line
        self.most = place.count_max if place.count_max is not None else 1 << 62
        self.spec = place.segment
        self.name = place.segment.name
        self.inner = Level(place.parts) if place.loop else None
        self.chosen = place.qualifier
        self.divided = bool(place.segment.divided)
        self.keys = leaf_keys(place.segment)


class Level:
    """The lines of one loop, found by segment id."""

    __slots__ = ("by_name",)

    def __init__(self, parts: Sequence[Place]) -> None:
        """Prepare the lines, and those of the loops in them."""
        self.by_name: dict[str, list[_Entry]] = {}
        for line, place in enumerate(parts):
            self.by_name.setdefault(place.name, []).append(_Entry(line, place))


_LEVELS: dict[int, tuple[X12Spec, Level]] = {}


def level_of(spec: X12Spec) -> Level:
    """Give the prepared lines of a set; kept with the spec, so that its id stays its own."""
    made = _LEVELS.get(id(spec))
    if made is None:
        made = _LEVELS[id(spec)] = (spec, Level(spec.body))
    return made[1]


def nest(source: Source, start: int, trailer: Bounds, delimiters: Delimiters, spec: X12Spec) -> list[Node]:
    """Cut and nest one transaction from its ST on; `trailer` is its SE.

    Every terminator in it is followed by the interchange's own line end: the pattern saw to that.
    """
    data, base = source.data, source.base
    # One character for each byte, so that places in the text are places in the bytes.
    text = data[start : trailer[0]].decode("latin-1")
    separator = delimiters.element.decode("latin-1")
    end_mark = (delimiters.terminator + delimiters.line_end).decode("latin-1")
    dividers = [
        one
        for one in (delimiters.component.decode("latin-1"), delimiters.repetition.decode("latin-1"))
        if one and one in text
    ]
    ascii_only = text.isascii()
    gap = len(end_mark)
    # What is split off last is the empty rest in front of the SE.
    header, *pieces, _ = text.split(end_mark)
    at = start + len(header)
    top: list[Node] = [Segment(data, (start, at, at + gap), delimiters, spec.header, base)]
    at += gap
    stack: list[_Open] = [_Open(level_of(spec), top)]
    for piece in pieces:
        end = at + len(piece)
        cut = piece.split(separator)
        name = cut.pop(0)
        opened, entry = _find(stack, name, cut)
        children = opened.children
        if entry.inner is not None:
            loop = _new(Loop)
            loop.name = name
            loop.values = {}
            loop.children = []
            children.append(loop)
            children = loop.children
            stack.append(_Open(entry.inner, children))
        segment = _new(Segment)
        segment.name = name
        segment.children = []
        segment.data = data
        segment.base = base
        segment.start = at
        segment.end = end
        at = segment.stop = end + gap
        segment.delimiters = delimiters
        segment.spec = entry.spec
        segment.repairs = None
        if ascii_only and not (dividers and entry.divided):
            segment.values = {key: one for key, one in zip(entry.keys, cut, strict=False) if one}
        children.append(segment)
    top.append(Segment(data, trailer, delimiters, spec.trailer, base))
    return top


_new = object.__new__


class _Open:
    """An open loop: its lines, the line reached, how often that came, the children of its node."""

    __slots__ = ("children", "count", "level", "line")

    def __init__(self, level: Level, children: list[Node]) -> None:
        self.level = level
        self.children = children
        self.line = -1
        self.count = 0


def _find(stack: list[_Open], name: str, cut: list[str]) -> tuple[_Open, _Entry]:
    """Find the innermost open loop with room for a segment, and end the loops inside it."""
    while True:
        opened = stack[-1]
        for entry in opened.level.by_name.get(name, ()):
            line = entry.line
            if line < opened.line or (line == opened.line and opened.count >= entry.most):
                continue
            chosen = entry.chosen
            if chosen is not None and (chosen[0] > len(cut) or cut[chosen[0] - 1] not in chosen[1]):
                continue
            opened.count = opened.count + 1 if line == opened.line else 1
            opened.line = line
            return opened, entry
        stack.pop()
