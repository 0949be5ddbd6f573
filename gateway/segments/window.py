"""Files of any size, one message at a time.

Lives here: the window over a file in which a reader works. It holds what has been read and not yet
been dealt with: never less than one message, never much more than one or a chunk. Never
here: what reading means, and where a format's segments end (`stream.py` of each).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from gateway.tree import Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.finding import Finding
    from gateway.segments.nodes import Source
    from gateway.specs import Limits
    from gateway.tree import Interchange

CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """Anything with `read(size)` that gives bytes, b"" at its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes."""


class OpenInterchange(Protocol):
    """An interchange in progress."""

    done: bool

    def header(self) -> None:
        """Judge the header, which is cut already."""

    def step(self) -> None:
        """Read the next segment of the envelope, or the next message."""

    def finish(self) -> None:
        """Judge what the trailer says, or that there is none."""

    def forget(self) -> None:
        """Let go of what has been read."""


class Reader(Protocol):
    """A reading in progress; `at` is the next byte of `source`, `found` are findings of the envelope."""

    source: Source
    at: int
    found: list[Finding]
    result: Interchange

    def leading(self) -> None:
        """Step over what may stand before the first interchange."""

    def over(self) -> bool:
        """Tell whether a limit has been passed."""


R = TypeVar("R", bound=Reader)
O = TypeVar("O", bound=OpenInterchange)  # noqa: E741 - beside R, as short


class Window(ABC, Generic[R, O]):
    """Gives the bytes of a file to a reader, as few at a time as its format allows."""

    gap: ClassVar[bytes]  # what may stand between segments
    header_bytes_max: ClassVar[int]

    def __init__(self, file: Readable, reader: R, limits: Limits) -> None:
        """Begin with nothing at hand."""
        self.file = file
        self.reader = reader
        self.source = reader.source
        self.limits = limits
        self.ended = False

    @abstractmethod
    def open_interchange(self) -> O | None:
        """Begin the interchange at hand; None where reading cannot go on."""

    @abstractmethod
    def segment_end(self, opened: O) -> int:
        """Give the place of the terminator of the segment at hand, -1 where it has not come."""

    @abstractmethod
    def message_end(self, opened: O) -> bool | None:
        """Tell whether the trailer of the message at hand is there, its line end too; None where no message begins."""

    @abstractmethod
    def moved(self) -> None:
        """Forget places in the bytes that were at hand."""

    def run(self) -> Iterator[Transaction]:
        """Yield a message when the next one is known, so that nothing found after it is lost.

        Findings of the envelope are on the message that follows them, those after the last one on
        the last. A file without any message yields one without name if something is wrong with it.
        """
        held: Transaction | None = None
        for one in self.messages():
            if held is not None:
                yield held
            held = one
        left = self.reader.found
        if held is None and left:
            held = Transaction(message="", version="", control="", root=Node(""))
        if held is not None:
            held.findings.extend(left)
            yield held

    def messages(self) -> Iterator[Transaction]:
        """Yield each message as soon as it is read."""
        reader = self.reader
        self.fill(CHUNK_BYTES)
        reader.leading()
        while not reader.over():
            self.skip_gap()
            self.fill(self.header_bytes_max)
            if reader.at >= len(self.source.data):
                return
            opened = self.open_interchange()
            if opened is None:
                return
            opened.header()
            while not opened.done and not reader.over() and self.complete(opened):
                opened.step()
                yield from self.taken(opened)
            opened.finish()
            reader.result.root.children.clear()
            self.trim()

    def taken(self, opened: O) -> Iterator[Transaction]:
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

    def complete(self, opened: O) -> bool:
        """Have the next segment or message at hand, whole; False where the file ends."""
        self.skip_gap()
        while self.segment_end(opened) < 0:
            if not self.more():
                return self.reader.at < len(self.source.data)
        while self.message_end(opened) is False and self.more():
            pass
        return True

    def more(self) -> bool:
        """Read another chunk behind what is at hand; False at the end of the file, or of what one message may be."""
        have = len(self.source.data) - self.reader.at
        if self.ended or have > self.limits.interchange_bytes_max:
            return False
        self.fill(have + CHUNK_BYTES)
        return True

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
        self.moved()

    def trim(self) -> None:
        """Leave what has been dealt with behind, now and then."""
        if self.reader.at > CHUNK_BYTES:
            self.move(self.source.data[self.reader.at :], self.reader.at)

    def skip_gap(self) -> None:
        """Step over line ends that came with the next chunk."""
        while True:
            data, at = self.source.data, self.reader.at
            while at < len(data) and data[at] in self.gap:
                at += 1
            self.reader.at = at
            if at < len(data) or self.ended:
                return
            self.fill(1)
