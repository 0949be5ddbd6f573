"""Whether a transaction is without fault: the compiled matcher first, then the pattern.

Lives here: where a transaction ends that may be good, and the two quick ways to tell that it is. What
the matcher leaves, or where it was not built, the pattern is asked about. Never here: what is wrong, and what ST and SE
have to do with their group (`transactions.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12.cutting import after, trailer_mark
from gateway.formats.x12.fields import TERMINATOR
from gateway.formats.x12.matching import PROGRAMS, ways
from gateway.formats.x12.pattern import PATTERNS, plain, suspect, translation
from gateway.quick import COMPILED

if COMPILED:
    from gateway.quick.matcher import match

if TYPE_CHECKING:
    import re

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.quick.matcher import Ways
    from gateway.segments.nodes import Bounds, Source
    from gateway.specs.x12 import X12Spec

    Accepted = tuple[Bounds, int, bytes, bool]
    """The SE, how many segments, ST02, whether SE says what ST said and what was counted."""

NEAR_BYTES = 16_384
# What the matcher refused is nearly always at fault. A transaction that small is explained before a pattern is compiled.
SMALL_BYTES = 65_536


class Acceptor:
    """Tells of one transaction after the other whether it is without fault."""

    def __init__(self, source: Source) -> None:
        """Begin with no delimiters known."""
        self.source = source
        self.next_end = -1
        # What follows from the delimiters at hand; many transactions have the same.
        self.delimiters: Delimiters | None = None
        self.ways: Ways | None = None
        self.table = b""
        self.mark: re.Pattern[bytes] | None = None

    def moved(self) -> None:
        """Forget places in the bytes that were at hand."""
        self.next_end = -1

    def accept(self, start: int, spec: X12Spec, delimiters: Delimiters) -> Accepted | None:
        """Give what is known of a transaction that begins at `start`; None where the slow way must explain."""
        if delimiters is not self.delimiters:
            self.delimiters, self.table = delimiters, translation(delimiters)
            self.ways, self.mark = ways(delimiters), trailer_mark(delimiters)
        least = 0
        if self.ways is not None and (program := PROGRAMS.get(spec)) is not None:
            found = match(program, self.source.data, start, self.ways)
            if found is not None:
                return found
            least = SMALL_BYTES
        return self.by_pattern(start, spec, delimiters, least)

    def by_pattern(
        self, start: int, spec: X12Spec, delimiters: Delimiters, least: int = 0
    ) -> Accepted | None:
        """Try the pattern, on a transaction of `least` bytes and more."""
        extent = self.extent(start, delimiters)
        if extent is None or extent[1] - start < least:
            return None
        raw = self.source.data[start : extent[1] + 1]
        text = plain(raw, delimiters, self.table)
        matched = None if suspect(text) else PATTERNS.get(spec).fullmatch(text)
        if matched is None:
            return None
        segments = text.count(TERMINATOR)
        if len(raw) - len(text) != len(delimiters.line_end) * (segments - 1):
            # Where a line end is missing the segments are not cut by it.
            return None
        opened, count, closed = matched.groups()
        return extent, segments, opened, opened == closed and int(count) == segments

    def extent(self, start: int, delimiters: Delimiters) -> Bounds | None:
        """Find the SE by its first bytes; None where there is none, or another ST before it."""
        before, data = delimiters.terminator + delimiters.line_end, self.source.data
        if self.next_end < start and self.mark is not None:
            trailer_at = self.mark.search(data, start)
            # Where no SE follows, none follows for the transactions after this one either.
            self.next_end = trailer_at.start() if trailer_at else len(data)
        found = self.next_end
        if found == len(data):
            return None
        # A far SE may be that of a later transaction: the search is cheaper than the failing pattern.
        far = found - start > NEAR_BYTES
        if far and data.find(before + b"ST" + delimiters.element, start, found) >= 0:
            return None
        trailer = found + len(before)
        end = data.find(delimiters.terminator, trailer)
        return (trailer, end, after(data, end, delimiters)) if end >= 0 else None
