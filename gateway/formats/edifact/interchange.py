"""One interchange from UNB to UNZ: groups, messages, references and counts.

Lives here: the walk over the segments of the envelope, one step at a time, so that a file can be
read whole or streamed. Never here: what may stand in a message (`messages.py`), what an
element of the envelope may be (`envelope.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.edifact.cutting import after, end_of
from gateway.formats.edifact.delimiters import shown
from gateway.formats.edifact.envelope import Header, check_envelope, place_of
from gateway.formats.edifact.numbers import plain
from gateway.formats.edifact.segment import Segment
from gateway.segments.nodes import Loop, Raw

if TYPE_CHECKING:
    from gateway.formats.edifact.delimiters import Start
    from gateway.formats.edifact.notation import Notation
    from gateway.formats.edifact.reader import Reader
    from gateway.tree import Node

_SERVICE = frozenset({"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})


class OpenInterchange:
    """One interchange in progress: its notation, the open group."""

    def __init__(self, reader: Reader, start: Start, end: int) -> None:
        """Begin at a UNB whose terminator is at `end`."""
        self.reader = reader
        self.start = start
        data = reader.source.data
        bounds = (start.unb, end, after(data, end, start.delimiters))
        marks = start.delimiters
        line_end = data[end + 1 : bounds[2]]
        self.head = Header(data, bounds, marks, reader.specs)
        self.notation: Notation = self.head.read.with_line_end(line_end)
        self.node = Loop("UNB")
        self.trailer: Segment | None = None
        self.done = False
        self.group: Loop | None = None
        self.in_group = 0
        self.groups = 0
        self.messages = 0
        self.mixed = False
        self.released_end = False
        self.lost: tuple[int, int] | None = None
        self.group_references: set[str] = set()
        reader.root.children.append(self.node)
        if start.una[1] > start.una[0]:
            self.node.children.append(Raw(data, *start.una, "UNA"))
        self.unb = self.segment(start.unb, end)
        self.node.children.append(self.unb)
        reader.at = self.unb.stop
        reader.messages.open()

    @property
    def data(self) -> bytes:
        """The bytes at hand."""
        return self.reader.source.data

    def segment(self, start: int, end: int) -> Segment:
        """Make the segment whose terminator is at `end`; line ends after it go with it."""
        bounds = (start, end, after(self.data, end, self.notation.delimiters))
        segment = Segment(self.data, bounds, self.notation, base=self.reader.source.base)
        segment.known = self.notation.service.layouts.get(segment.tag) if segment.tag in _SERVICE else None
        return segment

    def read(self) -> None:
        """Read from the UNB, which is cut already, to the UNZ or to what shows that there is none."""
        self.header()
        while not self.done and self.reader.at < len(self.data) and not self.reader.over():
            self.step()
        self.finish()

    def step(self) -> None:
        """Read the next segment, or the next message."""
        start = self.reader.at
        if self.data[start : start + 3] == b"UNA":
            self.done = True
            return
        end = end_of(self.data, start, self.notation.delimiters)
        segment = self.segment(start, end if end >= 0 else len(self.data))
        if segment.tag == "UNB" and end >= 0:
            self.done = True
        elif segment.tag == "UNH":
            self.message(start)
        else:
            self.reader.at = segment.stop
            self.reader.messages.segments += 1
            if end < 0:
                self.unterminated(segment)
            self.trailer = self.control(segment)
            self.done = self.trailer is not None

    def forget(self) -> None:
        """Let go of what has been read, but for the two headers: a file that is streamed has no tree."""
        self.node.children[:] = [self.unb]
        if self.group is not None:
            self.group.children[:] = self.group.children[:1]

    def unterminated(self, segment: Segment) -> None:
        """Report a segment at the end of the file that nothing ends."""
        marks = self.notation.delimiters
        self.released_end = bool(marks.release) and self.data.endswith(
            (marks.release, marks.release + marks.terminator)
        )
        words = "its last character is released" if self.released_end else "it has no terminator"
        self.reader.add(
            segment.tag if segment.tag in _SERVICE else "UNB",
            "segment/release-at-end" if self.released_end else "envelope/end-of-file",
            f"the file ends in a segment, {words}",
            segment.place(),
            expected=shown(marks.terminator),
            actual="end of the file",
        )

    def control(self, segment: Segment) -> Segment | None:
        """Take a segment of the envelope; give it back when it is the UNZ."""
        tag = segment.tag
        if tag == "UNG":
            self.open_group(segment)
        elif tag == "UNE" and self.group is not None:
            self.close_group(segment)
        elif tag == "UNZ":
            if self.group is not None:
                self.group_unclosed(segment.start)
            self.node.children.append(segment)
            return segment
        else:
            (self.group or self.node).children.append(segment)
            self.unexpected(segment)
        return None

    def unexpected(self, segment: Segment) -> None:
        """Report a segment that no envelope knows here; a run of them is one finding."""
        base = segment.base
        before, self.lost = self.lost, (base + segment.start, base + segment.stop)
        if before is not None and before[1] == base + segment.start:
            return
        tag = (
            segment.tag
            if len(segment.tag) == 3 and segment.tag.isalnum() and segment.tag.isascii()
            else "UNB"
        )
        what = f"{segment.tag[:3]} cannot stand here" if segment.tag else "a segment without a tag"
        expected = "UNH or UNE" if self.group is not None else "UNH, UNG or UNZ"
        self.reader.add(
            tag, "envelope/unexpected", what, segment.place(), expected=expected,
            actual=shown(segment.elements[0][:20]),
        )  # fmt: skip

    @property
    def position(self) -> tuple[int, int]:
        """The open interchange and group, from 1."""
        return (self.reader.interchanges, self.groups if self.group is not None else 0)

    def header(self) -> None:
        """Judge UNA and UNB, and remember whom the interchange is from and for."""
        reader, unb = self.reader, self.unb
        if self.start.problem:
            una = Span(*self.start.una) if self.start.una[1] > self.start.una[0] else unb.place()
            reader.add("UNA", self.start.problem, self.start.message, una, expected="UNA and UNB that agree")
        marks = self.notation.delimiters
        if marks.announced and marks.repetition and self.notation.syntax.old:
            words = "a repetition separator is announced, and this syntax version has none"
            reader.add("UNA", "una/repetition", words, Span(*self.start.una), expected="a blank")
        for key, problem, words, expected in self.head.faults:
            self.at_leaf(unb, key, problem, words, expected)
        skip = {key for key, _, _, _ in self.head.faults}
        check_envelope(unb, reader.log, reader.found, self.position, skip)
        identity = (unb.get("S002.0004"), unb.get("S003.0010"), unb.get("0020"))
        if identity in reader.controls and identity[2]:
            words = "this interchange reference stands already in the file"
            self.at_leaf(unb, "0020", "envelope/duplicate", words, "a new reference")
        reader.controls.add(identity)
        if reader.interchanges == 1:
            result = reader.result
            result.sender, result.receiver, result.control = identity
            result.frame = self.notation.frame()

    def at_leaf(self, segment: Segment, key: str, problem: str, words: str, expected: str) -> None:
        """Add one finding at a leaf of the envelope."""
        span, element, component = place_of(segment, key)
        actual = shown(self.data[span.start : span.end][:20])
        self.reader.add(
            f"{segment.tag}:{key}", problem, words, span, expected=expected, actual=actual,
            position=(*self.position, element, component),
        )  # fmt: skip

    def open_group(self, segment: Segment) -> None:
        """Take a UNG."""
        if self.group is not None:
            self.group_unclosed(segment.start)
        if self.messages and not self.groups:
            self.mix(segment)
        self.group = Loop("UNG")
        self.node.children.append(self.group)
        self.group.children.append(segment)
        self.in_group = 0
        self.groups += 1
        self.reader.messages.seen.types.clear()
        check_envelope(segment, self.reader.log, self.reader.found, self.position)
        reference = segment.get("0048")
        if reference and reference in self.group_references:
            words = "this group reference stands already in the interchange"
            self.at_leaf(segment, "0048", "group/duplicate", words, "a new reference")
        self.group_references.add(reference)

    def mix(self, segment: Segment) -> None:
        """Report that groups and messages outside any stand side by side, once."""
        if not self.mixed:
            self.mixed = True
            words = "groups, and messages outside groups, in one interchange"
            self.reader.add(
                segment.tag, "envelope/mixed", words, segment.place(), expected="one or the other"
            )

    def close_group(self, segment: Segment) -> None:
        """Take a UNE."""
        if self.group is None:
            return
        header = self.group.children[0]
        self.group.children.append(segment)
        faulty = check_envelope(segment, self.reader.log, self.reader.found, self.position)
        if not self.in_group:
            words = "a group without a message"
            self.reader.add(
                "UNG", "group/no-message", words, segment.place(), expected="UNH", actual="UNE",
                position=(*self.position, 0, 0),
            )  # fmt: skip
        elif "0060" not in faulty:
            self.number(segment, "0060", "group/count", self.in_group, "messages")
        if "0048" not in faulty:
            self.agree(header, segment, "0048", "group/control")
        self.group = None

    def group_unclosed(self, at: int) -> None:
        """Report that the open group has no UNE."""
        words = "the group has no UNE"
        self.reader.add(
            "UNE", "group/trailer-missing", words, Span(at, at), expected="UNE", actual="nothing",
            position=(*self.position, 0, 0),
        )  # fmt: skip
        self.group = None

    def number(self, segment: Segment, key: str, problem: str, counted: int, what: str) -> None:
        """Compare a trailer's count with what was counted."""
        text = plain(segment, key)
        if text.isdecimal() and int(text) != counted:
            words = f"{segment.tag} says {text[:12]} {what}, {counted} were received"
            self.at_leaf(segment, key, problem, words, str(counted))

    def agree(self, header: Node, trailer: Segment, key: str, problem: str) -> None:
        """Hold the references of a header and its trailer against each other: they are the same text."""
        one, other = plain(header, key), plain(trailer, key)
        if one != other:
            words = f"{header.name} says '{one[:14]}' and {trailer.tag} says '{other[:14]}'"
            self.at_leaf(trailer, key, problem, words, one[:14])

    def message(self, start: int) -> None:
        """Read one message, in its group or outside any."""
        reader = self.reader
        body = reader.messages.read(start, self.notation)
        (self.group or self.node).children.append(body)
        self.in_group += 1
        self.messages += 1
        reader.at = body.stop
        if self.groups and self.group is None:
            self.mix(self.segment(start, end_of(self.data, start, self.notation.delimiters)))
        types = reader.messages.seen.types
        if self.group is not None and len(types) > 1 and self.notation.syntax.old:
            header = self.group.children[0]
            types.clear()
            words = "two message types in one group"
            extent = header.extent()
            base = reader.log.base
            reader.add(
                "UNG",
                "group/types",
                words,
                extent and Span(extent.start - base, extent.end - base),
                expected="one message type",
                position=(*self.position, 0, 0),
            )

    def finish(self) -> None:
        """Judge what the UNZ says, or that there is none."""
        end, trailer = self.reader.at, self.trailer
        if self.reader.over():
            return
        if trailer is None:
            if self.group is not None:
                self.group_unclosed(end)
            words = "the interchange has no UNZ"
            self.reader.add(
                "UNZ", "envelope/trailer-missing", words, Span(end, end), expected="UNZ", actual="nothing"
            )
            return
        if self.released_end:
            # Its last value is not what the sender meant: nothing more is said of it.
            return
        faulty = check_envelope(trailer, self.reader.log, self.reader.found, self.position)
        if not self.messages and not self.groups:
            words = "an interchange without a message"
            self.reader.add(
                "UNB", "envelope/no-message", words, trailer.place(), expected="UNH", actual="UNZ"
            )
        elif "0036" not in faulty:
            counted, what = (self.groups, "groups") if self.groups else (self.messages, "messages")
            self.number(trailer, "0036", "envelope/count", counted, what)
        if "0020" not in faulty:
            self.agree(self.unb, trailer, "0020", "envelope/control")
