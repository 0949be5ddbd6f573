"""Any bytes into interchanges, sans IO.

Lives here: what stands before the first ISA and after the last IEA, the limits, and one
`OpenInterchange` after the other. Everything that was received is in the tree, also what is
wrong. Never here: what stands between ISA and IEA (`interchange.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.x12 import BOM, GAP
from gateway.formats.x12.delimiters import BadHeader, cut_header, shown
from gateway.formats.x12.envelope import SCOPE, checks
from gateway.formats.x12.interchange import OpenInterchange
from gateway.formats.x12.transactions import Sets
from gateway.segments.log import Log
from gateway.segments.nodes import Raw, Source
from gateway.specs.x12_envelope import ack_codes
from gateway.tree import Interchange, Node

if TYPE_CHECKING:
    from gateway.finding import Finding
    from gateway.specs import Limits, Specs


def read(data: bytes, specs: Specs, limits: Limits) -> Interchange:
    """Read any bytes; whatever is wrong is a finding. See `Format.read`."""
    return Reader(data, specs, limits).read()


class Reader:
    """One read in progress. `at` is the next byte."""

    def __init__(self, data: bytes, specs: Specs, limits: Limits) -> None:
        self.source = Source(data)
        self.specs = specs
        self.limits = limits
        self.log = Log(ack_codes(specs.root), limits, envelope=SCOPE, header="ISA")
        self.checks = checks(specs.root)
        self.root = Node("x12")
        self.result = Interchange(format="x12", root=self.root, transactions=[], separator="-", data=data)
        self.found: list[Finding] = self.result.findings
        self.sets = Sets(self.source, specs, self.log, self.result)
        self.at = 0
        self.interchanges = 0
        self.groups = 0
        self.stopped = False
        self.controls: set[tuple[bytes, bytes, int]] = set()

    @property
    def data(self) -> bytes:
        """The bytes at hand."""
        return self.source.data

    def read(self) -> Interchange:
        """Read everything at once."""
        most = self.limits.interchange_bytes_max
        if len(self.data) > most:
            self.add(
                "ISA",
                "limit/interchange_bytes_max",
                f"larger than {most} bytes",
                self.span(0, len(self.data)),
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
        """Add one finding of the envelope."""
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

    def span(self, start: int, stop: int) -> Span:
        """Give bytes at hand as bytes of the file."""
        return Span(self.source.base + start, self.source.base + stop)

    def over(self) -> bool:
        """Tell whether a limit has been passed, and report it the first time."""
        limits, sets = self.limits, self.sets
        if sets.count <= limits.transactions_max and sets.segments <= limits.segments_max:
            return self.stopped or self.log.full
        for name, count, most in (
            ("transactions_max", sets.count, limits.transactions_max),
            ("segments_max", sets.segments, limits.segments_max),
        ):
            if count > most and not self.stopped:
                self.stopped = True
                span = self.span(self.at, self.at)
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
            self.add("ISA", "envelope/empty", "nothing to read", self.span(0, start), "ISA", "nothing")
            self.stopped = True
        elif start:
            self.root.children.append(Raw(self.data, 0, start))
            what = "a byte order mark" if self.data.startswith(BOM) else "blanks or line ends"
            self.add(
                "ISA", "envelope/leading", f"{what} before the ISA", self.span(0, start), "ISA first", what
            )

    def interchange(self) -> bool:
        """Read one interchange; False where reading cannot go on."""
        opened = self.open_interchange()
        if opened is None:
            return False
        opened.read()
        return True

    def open_interchange(self) -> OpenInterchange | None:
        """Cut the ISA at hand; None, and a finding, where there is none."""
        self.interchanges += 1
        self.groups = 0
        head = self.data[self.at : self.at + 3]
        if head != b"ISA":
            problem = "trailing" if self.interchanges > 1 else "missing"
            words = "bytes after the IEA" if self.interchanges > 1 else "no ISA at the beginning"
            span = self.span(self.at, len(self.data))
            actual = shown(self.data[self.at : self.at + 20])
            self.add("ISA", f"envelope/{problem}", words, span, "ISA", actual)
            return None
        header = cut_header(self.data, self.at)
        if isinstance(header, BadHeader):
            actual = shown(self.data[header.start : header.start + 20])
            span = self.span(header.start, header.stop)
            self.add(header.address, header.problem, header.message, span, actual=actual)
            return None
        return OpenInterchange(self, header)
