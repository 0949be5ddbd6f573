"""Files of any size, one message at a time.

Lives here: where EDIFACT segments and messages end, for the window over a file
(`gateway.segments.window`). Never here: what reading means (`reader.py`, `interchange.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.edifact import GAP
from gateway.formats.edifact.cutting import end_of, find_tag
from gateway.formats.edifact.delimiters import HEADER_BYTES_MAX
from gateway.formats.edifact.interchange import OpenInterchange
from gateway.formats.edifact.reader import Reader
from gateway.segments.window import Readable, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs import Limits, Specs
    from gateway.tree import Transaction


def iter_transactions(file: Readable, specs: Specs, limits: Limits) -> Iterator[Transaction]:
    """Yield each message with its findings; spans count from the beginning of the file.

    See `Window.run`. `limits.interchange_bytes_max` bounds one message here, not the file.
    """
    return _Window(file, Reader(b"", specs, limits), limits).run()


class _Window(Window[Reader, OpenInterchange]):
    gap = GAP
    header_bytes_max = HEADER_BYTES_MAX

    def open_interchange(self) -> OpenInterchange | None:
        return self.reader.open_interchange()

    def moved(self) -> None:
        self.reader.log.base = self.source.base
        self.reader.messages.next_end = -1

    def segment_end(self, opened: OpenInterchange) -> int:
        return end_of(self.source.data, self.reader.at, opened.notation.delimiters)

    def message_end(self, opened: OpenInterchange) -> bool | None:
        data, start, marks = self.source.data, self.reader.at, opened.notation.delimiters
        if not data.startswith(b"UNH" + marks.element, start):
            return None
        found = find_tag(data, b"UNT", start, len(data), marks)
        # One byte more than the terminator: line ends belong to the segment before them.
        return found >= 0 and 0 <= end_of(data, found, marks) < len(data) - 1
