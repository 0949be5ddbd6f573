"""Where segments, elements and components begin and end.

Lives here: the search for separators that no release character takes the meaning from.
Never here: what the pieces say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.formats.edifact.delimiters import Delimiters
    from gateway.segments.nodes import Bounds


# Segments that end a message which has no UNT.
_ENDS = frozenset({b"UNH", b"UNE", b"UNG", b"UNZ", b"UNB", b"UNA"})


@lru_cache(maxsize=64)
def _cutter(separator: bytes, release: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(release) + b".|" + re.escape(separator), re.DOTALL)


def split(raw: bytes, separator: bytes, release: bytes) -> list[bytes]:
    """Split at each separator that is not released."""
    if not release or release not in raw:
        return raw.split(separator)
    found, start = [], 0
    for match in _cutter(separator, release).finditer(raw):
        if match[0] == separator:
            found.append(raw[start : match.start()])
            start = match.end()
    found.append(raw[start:])
    return found


def released(data: bytes, at: int, start: int, release: bytes) -> bool:
    """Tell whether the byte at `at` has its meaning taken away; `start` is where its segment begins."""
    if not release:
        return False
    before = at
    while before > start and data[before - 1] == release[0]:
        before -= 1
    return (at - before) % 2 == 1


def end_of(data: bytes, start: int, delimiters: Delimiters, stop: int | None = None) -> int:
    """Give the place of the terminator of the segment that begins at `start`, -1 where there is none."""
    limit = len(data) if stop is None else stop
    terminator, release = delimiters.terminator, delimiters.release
    end = data.find(terminator, start, limit)
    # Hardly any terminator has a release character in front of it.
    while end > start and release and data[end - 1] == release[0] and released(data, end, start, release):
        end = data.find(terminator, end + 1, limit)
    return end


def after(data: bytes, end: int, delimiters: Delimiters) -> int:
    """Give the first byte of what follows the terminator at `end`, line ends and blanks stepped over."""
    gap = delimiters.gap
    stop = min(end + 1, len(data))
    while stop < len(data) and data[stop] in gap:
        stop += 1
    return stop


def begins(data: bytes, at: int, start: int, delimiters: Delimiters) -> bool:
    """Tell whether a segment begins at `at`: a terminator stands before it, with line ends between."""
    before = at - 1
    gap = delimiters.gap
    while before > start and data[before] in gap:
        before -= 1
    return (
        before >= start
        and data[before] == delimiters.terminator[0]
        and not released(data, before, start, delimiters.release)
    )


def find_tag(data: bytes, tag: bytes, start: int, stop: int, delimiters: Delimiters) -> int:
    """Find the next segment of one tag after the one that begins at `start`, -1 where there is none."""
    wanted = tag + delimiters.element
    at = data.find(wanted, start + 1, stop)
    while at >= 0 and not begins(data, at, start, delimiters):
        at = data.find(wanted, at + 1, stop)
    return at


def cut(data: bytes, start: int, delimiters: Delimiters, stop: int, most: int) -> list[Bounds]:
    """Cut a message from its UNH up to its UNT, or to what shows that it has none.

    At most `most` segments, and at least the UNH itself.
    """
    found: list[Bounds] = []
    terminator, release, gap = delimiters.terminator, delimiters.release, delimiters.gap
    at = start
    while at < stop and (len(found) < most or not found):
        end = data.find(terminator, at, stop)
        # Hardly any terminator has a release character in front of it.
        if release and end > at and data[end - 1] == release[0]:
            end = end_of(data, at, delimiters, stop)
        if end < 0:
            end = stop
        name = data[at : min(end, at + 3)]
        if found and name in _ENDS:
            break
        following = end + 1
        if following >= stop or data[following] in gap:
            following = min(after(data, end, delimiters), stop)
        found.append((at, end, following))
        at = following
        if name == b"UNT":
            break
    return found
