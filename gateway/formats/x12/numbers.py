"""ST and SE: the set's identifier, its control number, its count, its group.

Lives here: what the two segments around a transaction must say. Never here: what stands
between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.x12.delimiters import shown
from gateway.formats.x12.elements import check

if TYPE_CHECKING:
    from gateway.finding import Finding
    from gateway.formats.x12.segment import Segment
    from gateway.segments.log import Log
    from gateway.specs.x12 import X12Spec

CONTROL_CHARS = range(4, 10)


@dataclass(slots=True, kw_only=True)
class Group:
    """The open group: GS01, the release of GS08, whether we know them, the ST02 seen so far."""

    code: str = ""
    release: str = ""
    code_known: bool = False
    release_known: bool = False
    numbers: set[bytes]


@dataclass(slots=True, kw_only=True)
class Ends:
    """A transaction's two ends. `trailer` is None where it has no SE, `stop` where it ends then."""

    header: Segment
    trailer: Segment | None
    stop: int
    segments: int
    transaction: int
    spec: X12Spec | None
    empty: int = 0


class Numbers:
    """Judges the two ends of one transaction."""

    def __init__(self, log: Log, into: list[Finding], group: Group, ends: Ends) -> None:
        """Write findings to `into`."""
        self.log = log
        self.into = into
        self.group = group
        self.ends = ends
        self.message = ends.header.get("01")
        self.scope = f"x12.{_word(self.message)}.{_word(group.release)}"

    def judge(self) -> None:
        """Report what ST and SE say wrongly, ST first."""
        self.identifier()
        self.control()
        self.others(self.ends.header, 1, self.ends.spec)
        trailer = self.ends.trailer
        if trailer is None:
            at = self.ends.header.base + self.ends.stop
            words, number = "the transaction set has no SE", self.ends.segments + 1
            self.log.add(
                self.into,
                self.scope,
                "SE",
                "set/trailer-missing",
                words,
                span=Span(at, at),
                expected="SE",
                actual="nothing",
                transaction=self.ends.transaction,
                position=(number, 0, 0, 0),
            )
            return
        self.count(trailer)
        opened, closed = self.ends.header.get("02"), trailer.get("02")
        if opened != closed:
            words = f"ST02 is {opened[:12] or 'missing'} and SE02 is {closed[:12] or 'missing'}"
            self.add(trailer, "02", "set/control", words, opened[:12], self.ends.segments)
        self.others(trailer, self.ends.segments, self.ends.spec)

    def add(self, segment: Segment, key: str, problem: str, words: str, expected: str, number: int) -> None:
        """Add one finding at segment `number`."""
        self.log.add(
            self.into,
            self.scope,
            f"{segment.name}-{key}",
            problem,
            words,
            span=segment.place_of(key),
            expected=expected,
            actual=shown(segment.get(key)[:20].encode()),
            transaction=self.ends.transaction,
            position=(number, int(key), 0, 0),
        )

    def identifier(self) -> None:
        """Judge ST01, alone and in its group."""
        header, spec, group = self.ends.header, self.ends.spec, self.group
        if len(self.message) != 3 or not self.message.isalnum():
            self.add(header, "01", "set/identifier", "ST01 names no set", "three letters or digits", 1)
        elif spec is None and group.release_known:
            words = f"set {self.message} of release {group.release} is not supported"
            self.add(header, "01", "set/unsupported", words, "a set that we have tables for", 1)
        elif spec is not None and group.code_known and group.code not in spec.groups:
            words = f"set {self.message} does not travel in a group {group.code}"
            self.add(header, "01", "set/group", words, f"a set of group {group.code}", 1)

    def control(self) -> None:
        """Judge ST02, which stands once in a group."""
        header = self.ends.header
        text = header.get("02")
        if len(text) not in CONTROL_CHARS or not text.isprintable() or not text.strip():
            self.add(header, "02", "set/control-number", "ST02 is no control number", "4 to 9 characters", 1)
            return
        raw = header.elements[2]
        if raw in self.group.numbers:
            words = "this control number stands already in the group"
            self.add(header, "02", "set/duplicate", words, "a new number", 1)
        self.group.numbers.add(raw)

    def count(self, trailer: Segment) -> None:
        """Judge SE01, which counts ST and SE too."""
        text, counted = trailer.get("01"), self.ends.segments
        right = {counted, counted - self.ends.empty}
        if text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) in right:
            return
        words = f"SE01 says {text[:12] or 'nothing'}, {counted} segments were received"
        self.add(trailer, "01", "set/count", words, str(counted), counted)

    def others(self, segment: Segment, number: int, spec: X12Spec | None) -> None:
        """Report what stands in ST or SE behind the elements that everyone uses."""
        known = spec and (spec.header if segment.name == "ST" else spec.trailer)
        if known and len(segment.elements) <= 3 and all(one.usage != "M" for one in known.positions[2:]):
            return
        for fault in check(segment, known, self.log.repairs) if known else ():
            if fault.element > 2:
                problem = fault.problem if fault.problem in _KEPT else "set/convention"
                self.add(segment, f"{fault.element:02}", problem, fault.message, fault.expected, number)


_KEPT = {"element/too-many", "segment/trailing-separators"}


def _word(text: str) -> str:
    """Give what stands in a finding's code: never anything that a sender could make it say."""
    return text if text.isascii() and text.isalnum() and len(text) <= 6 else "unknown"
