"""Bytes into an interchange: envelopes, groups, transactions, control numbers and counts.

Lives here: the walk from ISA to IEA over any bytes, sans IO. Everything that was received is
in the tree, also what is wrong. A transaction is first tried against the pattern of its set;
only when that fails is it cut and explained. Never here: what may stand in a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.x12.cutting import after
from gateway.formats.x12.delimiters import GAP, ISA_BYTES, BadHeader, cut_header, shown
from gateway.formats.x12.envelope import SCOPE, check_envelope
from gateway.formats.x12.log import Log
from gateway.formats.x12.segment import Loop, Raw, Segment
from gateway.formats.x12.transactions import Sets
from gateway.specs.x12_envelope import ack_codes, envelope
from gateway.tree import Interchange, Node

if TYPE_CHECKING:
    from gateway.finding import Finding
    from gateway.formats.x12.delimiters import Delimiters, Header
    from gateway.specs import Limits, Specs

BOM = b"\xef\xbb\xbf"


def read(data: bytes, specs: Specs, limits: Limits) -> Interchange:
    """Read any bytes; whatever is wrong is a finding. See `Format.read`."""
    return _Reader(data, specs, limits).read()


class _Reader:
    """One read in progress. `at` is the next byte."""

    def __init__(self, data: bytes, specs: Specs, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.log = Log(ack_codes(specs.root), limits)
        self.rows = envelope(specs.root)
        self.root = Node("x12")
        self.result = Interchange(format="x12", root=self.root, transactions=[], separator="-", data=data)
        self.found: list[Finding] = self.result.findings
        self.sets = Sets(data, specs, self.log, self.result)
        self.at = 0
        self.interchanges = 0
        self.groups = 0
        self.stopped = False
        self.controls: set[tuple[bytes, bytes, int]] = set()

    def read(self) -> Interchange:
        most = self.limits.interchange_bytes_max
        if len(self.data) > most:
            self.add(
                "ISA",
                "limit/interchange_bytes_max",
                f"larger than {most} bytes",
                Span(0, len(self.data)),
                f"at most {most} bytes",
                f"{len(self.data)} bytes",
            )
            return self.result
        self.leading()
        while self.at < len(self.data) and not self.over():
            if not self.interchange():
                break
        if self.at < len(self.data):
            self.root.children.append(Raw(self.data, self.at, len(self.data)))
        return self.result

    def add(
        self,
        address: str,
        problem: str,
        message: str,
        span: Span | None = None,
        expected: str = "",
        actual: str = "",
        element: int = 0,
    ) -> None:
        self.log.add(
            self.found,
            SCOPE,
            address,
            problem,
            message,
            span=span,
            expected=expected,
            actual=actual,
            position=(self.interchanges, self.groups, element),
        )

    def over(self) -> bool:
        """Tell whether a limit has been passed, and report it the first time."""
        limits, sets = self.limits, self.sets
        for name, count, most in (
            ("transactions_max", len(self.result.transactions), limits.transactions_max),
            ("segments_max", sets.segments, limits.segments_max),
        ):
            if count > most and not self.stopped:
                self.stopped = True
                span = Span(self.at, self.at)
                self.add("ISA", f"limit/{name}", f"more than {most}", span, f"at most {most}", f"{count}")
        return self.stopped or self.log.full

    def leading(self) -> None:
        """Step over a byte order mark and blanks before the first ISA."""
        start = len(BOM) if self.data.startswith(BOM) else 0
        while start < len(self.data) and self.data[start] in GAP:
            start += 1
        self.at = start
        if start == len(self.data):
            self.at = 0
            self.add("ISA", "envelope/empty", "nothing to read", Span(0, start), "ISA", "nothing")
            self.stopped = True
        elif start:
            self.root.children.append(Raw(self.data, 0, start))
            what = "a byte order mark" if self.data.startswith(BOM) else "blanks or line ends"
            self.add("ISA", "envelope/leading", f"{what} before the ISA", Span(0, start), "ISA first", what)

    def interchange(self) -> bool:
        """Read one interchange; False where reading cannot go on."""
        self.interchanges += 1
        self.groups = 0
        head = self.data[self.at : self.at + 3]
        if head != b"ISA":
            problem = "trailing" if self.interchanges > 1 else "missing"
            words = "bytes after the IEA" if self.interchanges > 1 else "no ISA at the beginning"
            span = Span(self.at, len(self.data))
            self.add(
                "ISA", f"envelope/{problem}", words, span, "ISA", shown(self.data[self.at : self.at + 20])
            )
            return False
        header = cut_header(self.data, self.at)
        if isinstance(header, BadHeader):
            actual = shown(self.data[header.start : header.start + 20])
            span = Span(header.start, header.stop)
            self.add(header.address, header.problem, header.message, span, actual=actual)
            return False
        _Envelope(self, header).read()
        return True


class _Envelope:
    """One interchange in progress: its delimiters, the open group."""

    def __init__(self, reader: _Reader, header: Header) -> None:
        self.reader = reader
        self.data = reader.data
        self.delimiters: Delimiters = header.delimiters
        self.node = Loop("ISA")
        self.group: Loop | None = None
        self.group_sets = 0
        self.group_numbers: set[int] = set()
        reader.root.children.append(self.node)
        self.isa = self.segment(header.start, header.end)
        self.node.children.append(self.isa)
        reader.at = self.isa.stop
        reader.sets.open()

    def segment(self, start: int, end: int) -> Segment:
        """Make the segment whose terminator is at `end`; line ends after it go with it."""
        return Segment(self.data, (start, end, after(self.data, end, self.delimiters)), self.delimiters)

    def read(self) -> None:
        self.header()
        trailer: Segment | None = None
        while trailer is None and self.reader.at < len(self.data) and not self.reader.over():
            start = self.reader.at
            end = self.data.find(self.delimiters.terminator, start)
            segment = self.segment(start, end if end >= 0 else len(self.data))
            if segment.name == "ISA" and end >= 0:
                break
            if segment.name == "ST":
                self.transaction(start)
                continue
            self.reader.at = segment.stop
            self.reader.sets.segments += 1
            if end < 0:
                self.unterminated(segment)
            trailer = self.control(segment)
        self.finish(trailer)

    def unterminated(self, segment: Segment) -> None:
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
        name = segment.name if segment.name.isalnum() and len(segment.name) <= 3 else "ISA"
        expected = "ST or GE" if self.group is not None else "GS, TA1 or IEA"
        actual = shown(segment.elements[0][:20])
        self.reader.add(name, "envelope/unexpected", words, segment.extent(), expected, actual)

    def check(self, segment: Segment) -> None:
        position = (self.reader.interchanges, self.reader.groups)
        check_envelope(segment, self.reader.rows[segment.name], self.reader.log, self.reader.found, position)

    def header(self) -> None:
        """Judge the ISA, and remember whom the interchange is from and for."""
        reader, isa = self.reader, self.isa
        self.check(isa)
        length = isa.end + 1 - isa.start
        if length != ISA_BYTES:
            reader.add(
                "ISA",
                "envelope/length",
                f"the ISA has {length} bytes",
                isa.extent(),
                f"{ISA_BYTES} bytes",
                f"{length} bytes",
            )
        if isa.elements[12] >= b"00402" and not self.delimiters.repetition:
            span, actual = isa.place_of("11"), shown(isa.elements[11])
            words = "from 00402 on ISA11 is the repetition separator"
            reader.add("ISA-11", "envelope/repetition-separator", words, span, "a separator", actual, 11)
        if self.delimiters.extra:
            reader.add(
                "ISA",
                "envelope/segment-terminator",
                "the segment terminator has more than one byte",
                Span(isa.end, isa.end + 1 + len(self.delimiters.extra)),
                "one byte",
                shown(self.delimiters.terminator + self.delimiters.extra),
            )
        after = self.data[isa.end + 1 + len(self.delimiters.extra) : isa.stop]
        if after:
            span = Span(isa.stop - len(after), isa.stop)
            words = "line ends or blanks after the segment terminator"
            reader.add("ISA", "envelope/line-ends", words, span, "the next segment", shown(after))
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
        if self.group is None:
            return
        header = self.group.children[0]
        self.group.children.append(segment)
        self.check(segment)
        self.number(segment, "group/count", self.group_sets, "transaction sets")
        self.agree(header, "06", segment, "group/control")
        self.group = None
        self.reader.sets.close_group()

    def group_unclosed(self, at: int) -> None:
        self.reader.add("GE", "group/trailer-missing", "the group has no GE", Span(at, at), "GE", "nothing")
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
            reader.add("ST", "envelope/group-missing", words, Span(start, start), "GS", "ST")
        body = reader.sets.read(start, self.delimiters)
        (self.group or self.node).children.append(body)
        self.group_sets += 1
        reader.at = body.stop

    def finish(self, trailer: Segment | None) -> None:
        """Judge what the IEA says, or that there is none."""
        end = self.reader.at
        if self.reader.over():
            return
        if trailer is None:
            if self.group is not None:
                self.group_unclosed(end)
            words = "the interchange has no IEA"
            self.reader.add("IEA", "envelope/end-of-file", words, Span(end, end), "IEA", "nothing")
            return
        groups, self.reader.groups = self.reader.groups, 0
        self.check(trailer)
        self.number(trailer, "envelope/count", groups, "groups")
        self.agree(self.isa, "13", trailer, "envelope/control")


def frame_of(delimiters: Delimiters) -> dict[str, str]:
    """Give what a writer needs to write in the sender's own way; bytes as Latin-1."""
    return {
        name: getattr(delimiters, name).decode("latin-1")
        for name in ("element", "component", "repetition", "terminator", "line_end")
    }
