"""One interchange from ISA to IEA: groups, transactions, control numbers and counts.

Lives here: the walk over the segments of the envelope, one step at a time, so that a file can be
read whole or streamed. Never here: what may stand in a transaction (`transactions.py`),
what an element of the envelope may be (`envelope.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12.cutting import after
from gateway.formats.x12.delimiters import shown
from gateway.formats.x12.envelope import check_envelope, isa_faults
from gateway.formats.x12.isa import faultless
from gateway.formats.x12.matching import envelope_sure
from gateway.formats.x12.segment import Segment
from gateway.segments.nodes import Loop

if TYPE_CHECKING:
    from gateway.formats.x12.delimiters import Delimiters, Header
    from gateway.formats.x12.reader import Reader
    from gateway.tree import Node


class OpenInterchange:
    """One interchange in progress: its delimiters, the open group."""

    def __init__(self, reader: Reader, header: Header) -> None:
        self.reader = reader
        self.delimiters: Delimiters = header.delimiters
        self.node = Loop("ISA")
        self.opening = b"ST" + self.delimiters.element
        self.trailer: Segment | None = None
        self.done = False
        self.group: Loop | None = None
        self.group_sets = 0
        self.hollow = True
        self.group_numbers: set[int] = set()
        self.sure = envelope_sure(reader.specs.root, header.delimiters)
        reader.root.children.append(self.node)
        self.isa = self.segment(header.start, header.end, [b"ISA", *header.elements])
        self.node.children.append(self.isa)
        reader.at = self.isa.stop
        reader.sets.open()

    @property
    def data(self) -> bytes:
        """The bytes at hand."""
        return self.reader.source.data

    def segment(self, start: int, end: int, elements: list[bytes] | None = None) -> Segment:
        """Make the segment whose terminator is at `end`; line ends after it go with it."""
        source, marks = self.reader.source, self.delimiters
        data = source.data
        if elements is None:
            elements = data[start:end].split(marks.element)
        return Segment(data, (start, end, after(data, end, marks)), marks, None, source.base, elements)

    def read(self) -> None:
        """Read from the ISA, which is cut already, to the IEA or to what shows that there is none."""
        self.header()
        while not self.done and self.reader.at < len(self.data) and not self.reader.over():
            self.step()
        self.finish()

    def step(self) -> None:
        """Read the next segment, or the next transaction."""
        reader = self.reader
        data, start = reader.source.data, reader.at
        if data.startswith(self.opening, start):
            self.transaction(start)
            return
        end = data.find(self.delimiters.terminator, start)
        segment = self.segment(start, end if end >= 0 else len(data))
        if segment.name == "ISA" and end >= 0:
            self.done = True
        elif segment.name == "ST":
            self.transaction(start)
        else:
            reader.at = segment.stop
            reader.sets.segments += 1
            if end < 0:
                self.unterminated(segment)
            self.trailer = self.control(segment)
            self.done = self.trailer is not None

    def forget(self) -> None:
        """Let go of what has been read, but for the two headers: a file that is streamed has no tree."""
        if self.isa.start or len(self.isa.data) > self.isa.stop:
            self.isa = self.isa.alone()
        self.node.children[:] = [self.isa]
        if self.group is not None:
            header = self.group.children[0]
            alone = header.alone() if isinstance(header, Segment) else header
            self.group.children[:] = [alone]

    def unterminated(self, segment: Segment) -> None:
        """Report a segment at the end of the file that nothing ends."""
        self.reader.add(
            segment.name,
            "envelope/end-of-file",
            f"{segment.name[:3] or 'the last segment'} has no terminator",
            segment.extent(),
            shown(self.delimiters.terminator),
            "end of the file",
        )

    def control(self, segment: Segment) -> Segment | None:
        """Take a segment of the envelope; give it back when it is the IEA."""
        name = segment.name
        self.hollow = self.hollow and name == "IEA"
        if name == "GS":
            self.open_group(segment)
        elif name == "GE" and self.group is not None:
            self.close_group(segment)
        elif name == "IEA":
            if self.group is not None:
                self.group_unclosed(segment.start)
            self.node.children.append(segment)
            return segment
        else:
            (self.group or self.node).children.append(segment)
            if name == "TA1":
                self.check(segment)
            elif not name:
                self.unexpected(segment, "a segment without an id")
            else:
                self.unexpected(segment, f"{name[:3]} cannot stand here")
        return None

    def unexpected(self, segment: Segment, words: str) -> None:
        """Report a segment that no envelope knows here."""
        name = segment.name if segment.name.isalnum() and len(segment.name) <= 3 else "ISA"
        expected = "ST or GE" if self.group is not None else "GS, TA1 or IEA"
        actual = shown(segment.elements[0][:20])
        self.reader.add(name, "envelope/unexpected", words, segment.extent(), expected, actual)

    def check(self, segment: Segment) -> None:
        """Judge the elements of an envelope segment."""
        checks = self.reader.checks[segment.name]
        if self.sure is None or not self.sure.holds(checks, segment, len(segment.elements[0])):
            position = (self.reader.interchanges, self.reader.groups)
            check_envelope(segment, checks, self.reader.log, self.reader.found, position)

    def header(self) -> None:
        """Judge the ISA, and remember whom the interchange is from and for."""
        reader, isa = self.reader, self.isa
        good = faultless(isa.elements[1:], reader.specs.root)
        if not good:
            self.check(isa)
        if not good or isa.stop > isa.end + 1:
            for fault in isa_faults(isa, self.delimiters):
                reader.add(*fault)
        self.control_number()
        if reader.interchanges == 1:
            result = reader.result
            result.sender, result.receiver = isa.get("06").strip(), isa.get("08").strip()
            result.control = isa.get("13")
            result.frame = frame_of(self.delimiters)

    def control_number(self) -> None:
        """ISA13 may come once from one sender to one receiver in a file."""
        isa = self.isa
        if not isa.elements[13].isdigit():
            return
        key = (isa.elements[6].strip(), isa.elements[8].strip(), int(isa.elements[13]))
        if key in self.reader.controls:
            span, actual = isa.place_of("13"), shown(isa.elements[13])
            words = "this control number stands already in the file"
            self.reader.add("ISA-13", "envelope/duplicate", words, span, "a new number", actual, 13)
        self.reader.controls.add(key)

    def open_group(self, segment: Segment) -> None:
        """Take a GS."""
        if self.group is not None:
            self.group_unclosed(segment.start)
        self.group = Loop("GS")
        self.node.children.append(self.group)
        self.group.children.append(segment)
        self.group_sets = 0
        self.reader.groups += 1
        self.reader.sets.open_group(segment, (self.reader.interchanges, self.reader.groups))
        self.check(segment)
        number = segment.get("06")
        if number.isdecimal():
            if int(number) in self.group_numbers:
                span = segment.place_of("06")
                words = "this group number stands already in the interchange"
                self.reader.add("GS-06", "group/duplicate", words, span, "a new number", f"'{number}'", 6)
            self.group_numbers.add(int(number))

    def close_group(self, segment: Segment) -> None:
        """Take a GE."""
        if self.group is None:
            return
        header = self.group.children[0]
        self.group.children.append(segment)
        self.check(segment)
        self.number(segment, "group/count", self.group_sets, "transaction sets")
        if not self.group_sets:
            words = "the group has no transaction set"
            self.reader.add("GS", "group/empty", words, header.extent(), "ST", "GE")
        self.agree(header, "06", segment, "group/control")
        self.group = None
        self.reader.sets.close_group()

    def group_unclosed(self, at: int) -> None:
        """Report that the open group has no GE."""
        self.reader.add(
            "GE", "group/trailer-missing", "the group has no GE", self.reader.span(at, at), "GE", "nothing"
        )
        self.group = None
        self.reader.sets.close_group()

    def number(self, segment: Segment, problem: str, counted: int, what: str) -> None:
        """Compare a trailer's count with what was counted."""
        text = segment.get("01")
        if text.isdecimal() and int(text) != counted:
            self.reader.add(
                f"{segment.name}-01",
                problem,
                f"{segment.name}01 says {text[:12]} {what}, {counted} were received",
                segment.place_of("01"),
                str(counted),
                text[:12],
                1,
            )

    def agree(self, header: Node, key: str, trailer: Segment, problem: str) -> None:
        """Control numbers of a header and its trailer agree as numbers."""
        one, other = header.get(key), trailer.get("02")
        if one.isdecimal() and other.isdecimal() and int(one) != int(other):
            self.reader.add(
                f"{trailer.name}-02",
                problem,
                f"{header.name}{key} is {one[:12]} and {trailer.name}02 is {other[:12]}",
                trailer.place_of("02"),
                one[:12],
                other[:12],
                2,
            )

    def transaction(self, start: int) -> None:
        """Read one transaction, in its group or outside any."""
        reader = self.reader
        if self.group is None:
            words = "a transaction set outside a group"
            reader.add("ST", "envelope/group-missing", words, reader.span(start, start), "GS", "ST")
        body = reader.sets.read(start, self.delimiters)
        (self.group or self.node).children.append(body)
        self.hollow = False
        self.group_sets += 1
        reader.at = body.stop

    def finish(self) -> None:
        """Judge what the IEA says, or that there is none."""
        end, trailer = self.reader.at, self.trailer
        if self.reader.over():
            return
        if trailer is None:
            if self.group is not None:
                self.group_unclosed(end)
            words = "the interchange has no IEA"
            self.reader.add(
                "IEA", "envelope/end-of-file", words, self.reader.span(end, end), "IEA", "nothing"
            )
            return
        groups, self.reader.groups = self.reader.groups, 0
        self.check(trailer)
        self.number(trailer, "envelope/count", groups, "groups")
        if self.hollow:
            words = "the interchange has neither a group nor a TA1"
            self.reader.add("IEA", "envelope/structure", words, trailer.extent(), "GS or TA1", "IEA")
        self.agree(self.isa, "13", trailer, "envelope/control")


def frame_of(delimiters: Delimiters) -> dict[str, str]:
    """Give what a writer needs to write in the sender's own way; bytes as Latin-1."""
    return {
        name: getattr(delimiters, name).decode("latin-1")
        for name in ("element", "component", "repetition", "terminator", "line_end")
    }
