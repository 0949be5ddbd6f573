"""Where segments begin and end.

Lives here: the search for terminators in one interchange, and the line ends after them.
Never here: what a segment says.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.segments.nodes import Bounds


# Segments that end a transaction which has no SE.
_ENDS = frozenset({b"ST", b"GE", b"GS", b"IEA", b"ISA"})


@lru_cache(maxsize=64)
def trailer_mark(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Give what an SE begins with where terminators are followed by the interchange's own line end.

    A pattern without special characters: its search is faster than that of `bytes.find`.
    """
    return re.compile(re.escape(delimiters.terminator + delimiters.line_end + b"SE" + delimiters.element))


def after(data: bytes, end: int, delimiters: Delimiters) -> int:
    """Give the first byte of what follows the terminator at `end`, line ends stepped over."""
    gap = delimiters.gap
    stop = min(end + 1, len(data))
    while stop < len(data) and data[stop] in gap:
        stop += 1
    return stop


def cut(data: bytes, start: int, delimiters: Delimiters, stop: int) -> Iterator[Bounds]:
    """Yield the segments of a transaction from its ST to its SE, or to what shows that it has none."""
    terminator, separator, gap = delimiters.terminator, delimiters.element, frozenset(delimiters.gap)
    at = start
    while at < stop:
        end = data.find(terminator, at, stop)
        if end < 0:
            end = stop
        name = data[at : min(end, at + 4)].partition(separator)[0]
        if at > start and name in _ENDS:
            break
        following = min(end + 1, stop)
        while following < stop and data[following] in gap:
            following += 1
        yield at, end, following
        at = following
        if name == b"SE":
            break
