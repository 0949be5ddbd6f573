"""Files of any size, one transaction at a time.

Lives here: where X12 segments and transactions end, for the window over a file
(`gateway.segments.window`). Never here: what reading means (`reader.py`, `interchange.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12 import GAP
from gateway.formats.x12.delimiters import ISA_BYTES_MAX
from gateway.formats.x12.interchange import OpenInterchange
from gateway.formats.x12.reader import Reader
from gateway.segments.window import Readable, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs import Limits, Specs
    from gateway.tree import Transaction


def iter_transactions(file: Readable, specs: Specs, limits: Limits) -> Iterator[Transaction]:
    """Yield each transaction with its findings; spans count from the beginning of the file.

    See `Window.run`. `limits.interchange_bytes_max` bounds one transaction here, not the file.
    """
    return _Window(file, Reader(b"", specs, limits), limits).run()


class _Window(Window[Reader, OpenInterchange]):
    gap = GAP
    header_bytes_max = ISA_BYTES_MAX

    def open_interchange(self) -> OpenInterchange | None:
        return self.reader.open_interchange()

    def moved(self) -> None:
        self.reader.sets.acceptor.moved()

    def segment_end(self, opened: OpenInterchange) -> int:
        return self.source.data.find(opened.delimiters.terminator, self.reader.at)

    def message_end(self, opened: OpenInterchange) -> bool | None:
        data, at, delimiters = self.source.data, self.reader.at, opened.delimiters
        if not data.startswith(b"ST" + delimiters.element, at):
            return None
        mark, gap = b"SE" + delimiters.element, delimiters.gap
        while (at := data.find(mark, at)) >= 0:
            before = at - 1
            while before > 0 and data[before] in gap:
                before -= 1
            if data[before] == delimiters.terminator[0]:
                # One byte more than the terminator: line ends belong to the segment before them.
                return 0 <= data.find(delimiters.terminator, at) < len(data) - 1
            at += 1
        return False
