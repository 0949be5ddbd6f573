"""Files of any size, one transaction at a time.

Lives here: the window over a file in which the reader works. It holds what has been read and
not yet been dealt with: never less than one transaction, never much more than one or a
chunk. Never here: what reading means (`reader.py`, `interchange.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.formats.x12.delimiters import GAP, ISA_BYTES_MAX
from gateway.formats.x12.reader import Reader
from gateway.tree import Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.formats.x12.interchange import OpenInterchange
    from gateway.specs import Limits, Specs

CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """Anything with `read(size)` that gives bytes, b"" at its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes."""


def iter_transactions(file: Readable, specs: Specs, limits: Limits) -> Iterator[Transaction]:
    """Yield each transaction with its findings; spans count from the beginning of the file.

    Findings of the envelope are on the transaction that follows them, those after the last one
    on the last. A file without any transaction yields one without message if something is
    wrong with it. `limits.interchange_bytes_max` bounds one transaction here, not the file.
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
        """Yield a transaction when the next one is known, so that nothing found after it is lost."""
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
            self.fill(ISA_BYTES_MAX)
            if reader.at >= len(self.source.data):
                return
            opened = reader.open_interchange()
            if opened is None:
                return
            opened.header()
            while not opened.done and not reader.over() and self.complete(opened.delimiters):
                opened.step()
                yield from self.taken(opened)
            opened.finish()

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
        self.reader.at = 0
        self.reader.sets.next_end = -1

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

    def complete(self, delimiters: Delimiters) -> bool:
        """Have the next segment or transaction at hand, whole; False where the file ends."""
        self.skip_gap()
        if not self.have(delimiters, self.reader.at) and self.reader.at >= len(self.source.data):
            return False
        start = self.reader.at
        if self.source.data.startswith(b"ST" + delimiters.element, start):
            while not self.trailer(delimiters) and not self.ended:
                if len(self.source.data) - self.reader.at > self.limits.interchange_bytes_max:
                    break
                self.fill(len(self.source.data) - self.reader.at + CHUNK_BYTES)
        return True

    def have(self, delimiters: Delimiters, at: int) -> bool:
        """Read on until a terminator is at hand."""
        while self.source.data.find(delimiters.terminator, at) < 0:
            if self.ended or len(self.source.data) - at > self.limits.interchange_bytes_max:
                return False
            self.fill(len(self.source.data) - self.reader.at + CHUNK_BYTES)
            at = self.reader.at
        return True

    def trailer(self, delimiters: Delimiters) -> bool:
        """Tell whether the SE of the transaction at hand is there, its terminator too."""
        data, at = self.source.data, self.reader.at
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
