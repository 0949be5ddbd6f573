"""Any bytes into interchanges, sans IO.

Lives here: what stands before the first UNB and after the last UNZ, the limits, and one
`OpenInterchange` after the other. Everything that was received is in the tree, also what is
wrong. Never here: what stands between UNB and UNZ (`interchange.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.edifact import BOM, GAP, HEADS
from gateway.formats.edifact.cutting import end_of
from gateway.formats.edifact.delimiters import BadStart, find_start, shown
from gateway.formats.edifact.envelope import SCOPE
from gateway.formats.edifact.interchange import OpenInterchange
from gateway.formats.edifact.messages import Messages
from gateway.segments.log import Log
from gateway.segments.nodes import Raw, Source
from gateway.specs.edifact_service import ack_codes
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
        self.log = Log(ack_codes(specs.root), limits, envelope=SCOPE, header="UNB")
        self.root = Node("edifact")
        self.result = Interchange(format="edifact", root=self.root, transactions=[], separator=":", data=data)
        self.found: list[Finding] = self.result.findings
        self.messages = Messages(self.source, specs, self.log, self.result)
        self.at = 0
        self.interchanges = 0
        self.stopped = False
        self.controls: set[tuple[str, str, str]] = set()

    @property
    def data(self) -> bytes:
        """The bytes at hand."""
        return self.source.data

    def read(self) -> Interchange:
        """Read everything at once."""
        most = self.limits.interchange_bytes_max
        if len(self.data) > most:
            self.add(
                "UNB",
                "limit/interchange_bytes_max",
                f"larger than {most} bytes",
                Span(0, len(self.data)),
                expected=f"at most {most} bytes",
                actual=f"{len(self.data)} bytes",
            )
            return self.result
        self.leading()
        while self.at < len(self.data) and not self.over():
            opened = self.open_interchange()
            if opened is None:
                break
            opened.read()
        if self.at < len(self.data):
            self.root.children.append(Raw(self.data, self.at, len(self.data)))
        return self.result

    def add(
        self,
        address: str,
        problem: str,
        message: str,
        span: Span | None = None,
        *,
        expected: str = "",
        actual: str = "",
        position: tuple[int, ...] = (),
    ) -> None:
        """Add one finding of the envelope; its position is (interchange, group, element, component)."""
        self.log.add(
            self.found,
            SCOPE,
            address,
            problem,
            message,
            span=span,
            expected=expected,
            actual=actual,
            position=position or (self.interchanges, 0, 0, 0),
        )

    def over(self) -> bool:
        """Tell whether a limit has been passed, and report it the first time."""
        limits, messages = self.limits, self.messages
        for name, count, most in (
            ("transactions_max", messages.count, limits.transactions_max),
            ("segments_max", messages.segments, limits.segments_max),
        ):
            if count > most and not self.stopped:
                self.stopped = True
                span = Span(self.at, self.at)
                words = f"more than {most}"
                self.add("UNB", f"limit/{name}", words, span, expected=f"at most {most}", actual=f"{count}")
        return self.stopped or self.log.full

    def leading(self) -> None:
        """Step over a byte order mark and line ends before the first interchange."""
        start = len(BOM) if self.data.startswith(BOM) else 0
        mark = start
        while start < len(self.data) and self.data[start] in GAP:
            start += 1
        self.at = start
        if start == len(self.data):
            self.at = 0
            span = Span(0, start)
            self.add("UNB", "envelope/empty", "nothing to read", span, expected="UNB", actual="nothing")
            self.stopped = True
            return
        if start:
            self.root.children.append(Raw(self.data, 0, start))
        if mark:
            words = "a byte order mark stands before the interchange"
            self.add("UNB", "envelope/byte-order-mark", words, Span(0, mark), expected="UNA or UNB first")

    def open_interchange(self) -> OpenInterchange | None:
        """Begin the interchange that stands here; None where reading cannot go on."""
        self.interchanges += 1
        head = self.data[self.at : self.at + 3]
        if head not in HEADS:
            first = self.interchanges == 1
            problem, words = (
                ("missing", "no UNB at the beginning") if first else ("trailing", "text after the UNZ")
            )
            span = Span(self.at, len(self.data))
            actual = shown(self.data[self.at : self.at + 20])
            about = max(self.interchanges - 1, 1)
            self.add(
                "UNB", f"envelope/{problem}", words, span, expected="UNA or UNB", actual=actual,
                position=(about, 0, 0, 0),
            )  # fmt: skip
            return None
        start = find_start(self.data, self.at)
        if isinstance(start, BadStart):
            span = Span(start.start, start.stop)
            actual = shown(self.data[start.start : start.stop])
            self.add("UNA", start.problem, start.message, span, actual=actual)
            return None
        end = end_of(self.data, start.unb, start.delimiters)
        if end < 0:
            span = Span(start.unb, len(self.data))
            words = "the UNB has no terminator"
            expected = shown(start.delimiters.terminator)
            self.add("UNB", "envelope/end-of-file", words, span, expected=expected, actual="end of the file")
            return None
        return OpenInterchange(self, start, end)
