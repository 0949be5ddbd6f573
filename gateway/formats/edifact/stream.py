"""Files of any size, one message at a time.

Lives here: the window over a file in which the reader works. It holds what has been read and
not yet been dealt with: never less than one message, never much more than one or a chunk. Never
here: what reading means (`reader.py`, `interchange.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.formats.edifact.cutting import end_of, find_tag
from gateway.formats.edifact.delimiters import GAP, HEADER_BYTES_MAX
from gateway.formats.edifact.reader import Reader
from gateway.tree import Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.formats.edifact.delimiters import Delimiters
    from gateway.formats.edifact.interchange import OpenInterchange
    from gateway.specs import Limits, Specs

CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """Anything with `read(size)` that gives bytes, b"" at its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes."""


def iter_transactions(file: Readable, specs: Specs, limits: Limits) -> Iterator[Transaction]:
    """Yield each message with its findings; spans count from the beginning of the file.

    Findings of the envelope are on the message that follows them, those after the last one on
    the last. A file without any message yields one without name if something is wrong with
    it. `limits.interchange_bytes_max` bounds one message here, not the file.
    """
    return _Stream(file, specs, limits).run()


class _Stream:
    def __init__(self, file: Readable, specs: Specs, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.reader = Reader(b"", specs, limits)
        self.source = self.reader.source
        self.ended = False

    def run(self) -> Iterator[Transaction]:
        """Yield a message when the next one is known, so that nothing found after it is lost."""
        held: Transaction | None = None
        for one in self.transactions():
            if held is not None:
                yield held
            held = one
        left = self.reader.found
        if held is None and left:
            held = Transaction(message="", version="", control="", root=Node(""))
        if held is not None:
            held.findings.extend(left)
            yield held

    def transactions(self) -> Iterator[Transaction]:
        reader = self.reader
        self.fill(CHUNK_BYTES)
        reader.leading()
        while not reader.over():
            self.skip_gap()
            self.fill(HEADER_BYTES_MAX)
            if reader.at >= len(self.source.data):
                return
            opened = reader.open_interchange()
            if opened is None:
                return
            opened.header()
            marks = opened.notation.delimiters
            while not opened.done and not reader.over() and self.complete(marks):
                opened.step()
                yield from self.taken(opened)
            opened.finish()
            reader.root.children.clear()
            self.trim()

    def taken(self, opened: OpenInterchange) -> Iterator[Transaction]:
        """Give what the last step read, and forget it."""
        found = self.reader.result.transactions
        for one in found:
            one.findings[:0] = self.reader.found
            self.reader.found.clear()
            yield one
        if found:
            found.clear()
            opened.forget()
        if not opened.done:
            # What is said at the end is said of bytes that are still at hand.
            self.trim()

    def fill(self, wanted: int) -> None:
        """Read until `wanted` bytes are at hand, or the file ends."""
        source, reader = self.source, self.reader
        if self.ended or len(source.data) - reader.at >= wanted:
            return
        pieces = [source.data[reader.at :]]
        have = len(pieces[0])
        while have < wanted and not self.ended:
            piece = self.file.read(max(CHUNK_BYTES, wanted - have))
            self.ended = not piece
            pieces.append(piece)
            have += len(piece)
        self.move(b"".join(pieces), reader.at)

    def move(self, data: bytes, dropped: int) -> None:
        """Go on with other bytes at hand, the first `dropped` of the old ones left behind."""
        self.source.base += dropped
        self.source.data = data
        self.reader.log.base = self.source.base
        self.reader.at = 0
        self.reader.messages.next_end = -1

    def trim(self) -> None:
        """Leave what has been dealt with behind, now and then."""
        if self.reader.at > CHUNK_BYTES:
            self.move(self.source.data[self.reader.at :], self.reader.at)

    def skip_gap(self) -> None:
        """Step over line ends that came with the next chunk."""
        while True:
            data, at = self.source.data, self.reader.at
            while at < len(data) and data[at] in GAP:
                at += 1
            self.reader.at = at
            if at < len(data) or self.ended:
                return
            self.fill(1)

    def complete(self, marks: Delimiters) -> bool:
        """Have the next segment or message at hand, whole; False where the file ends."""
        self.skip_gap()
        if not self.have(marks) and self.reader.at >= len(self.source.data):
            return False
        if self.source.data.startswith(b"UNH" + marks.element, self.reader.at):
            while not self.trailer(marks) and self.more():
                pass
        return True

    def more(self) -> bool:
        """Read another chunk behind what is at hand; False at the end of the file, or of what one message may be."""
        have = len(self.source.data) - self.reader.at
        if self.ended or have > self.limits.interchange_bytes_max:
            return False
        self.fill(have + CHUNK_BYTES)
        return True

    def have(self, marks: Delimiters) -> bool:
        """Read on until the next segment is at hand."""
        while end_of(self.source.data, self.reader.at, marks) < 0:
            if not self.more():
                return False
        return True

    def trailer(self, marks: Delimiters) -> bool:
        """Tell whether the UNT of the message at hand is there, its terminator too."""
        data, start = self.source.data, self.reader.at
        found = find_tag(data, b"UNT", start, len(data), marks)
        # One byte more than the terminator: line ends belong to the segment before them.
        return found >= 0 and 0 <= end_of(data, found, marks) < len(data) - 1
