"""UNH and UNT: the message's identifier, its reference, its count.

Lives here: what the two segments around a message must say. Never here: what stands between
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.edifact.elements import check
from gateway.formats.edifact.grammar import leaf_address
from gateway.formats.edifact.matching import PROGRAMS
from gateway.formats.edifact.values import shown

if TYPE_CHECKING:
    from gateway.finding import Finding
    from gateway.formats.edifact.segment import Segment
    from gateway.segments.log import Log
    from gateway.specs.edifact import EdifactSpec
    from gateway.tree import Node


@dataclass(slots=True)
class Seen:
    """What an interchange has had so far: message references, and the message types of the open group."""

    references: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Ends:
    """A message's two ends. `trailer` is None where it has no UNT, `stop` where it ends then."""

    header: Segment
    trailer: Segment | None
    stop: int
    segments: int
    transaction: int
    spec: EdifactSpec | None


class Numbers:
    """Judges the two ends of one message."""

    def __init__(self, log: Log, into: list[Finding], seen: Seen, ends: Ends) -> None:
        """Write findings to `into`."""
        self.log = log
        self.into = into
        self.seen = seen
        self.ends = ends
        self.message, self.version = identity(ends.header)
        self.scope = f"edifact.{word(self.message)}.{word(self.version)}"

    def judge(self) -> None:
        """Report what UNH and UNT say wrongly, UNH first."""
        header, trailer = self.ends.header, self.ends.trailer
        faulty = self.elements(header, 1)
        if self.ends.spec is None and not faulty & {"0062", "S009", "S009.0065", "S009.0052", "S009.0054"}:
            words = f"there are no tables for {self.message} in directory {self.version}"
            self.add(
                header, "S009.0065", "message/unsupported", words, "a message that we have tables for", 1
            )
        self.reference()
        if trailer is None:
            at, number = self.ends.stop, self.ends.segments + 1
            self.log.add(
                self.into,
                self.scope,
                "UNT",
                "message/trailer-missing",
                "the message has no UNT",
                span=Span(at, at),
                expected="UNT",
                actual="nothing",
                transaction=self.ends.transaction,
                position=(number, 0, 0, 0),
            )
            return
        number = self.ends.segments
        faulty = self.elements(trailer, number)
        if "0074" not in faulty:
            self.count(trailer)
        opened, closed = plain(header, "0062"), plain(trailer, "0062")
        if opened != closed and "0062" not in faulty:
            words = f"UNH says {shown(opened)} and UNT says {shown(closed)}"
            self.add(trailer, "0062", "message/control", words, opened, number)

    def elements(self, segment: Segment, number: int) -> set[str]:
        """Report what is wrong with the elements of UNH or UNT; give the keys that are."""
        sure = PROGRAMS.sure(None, segment.notation)
        if segment.known is None or (sure and sure.holds(segment.known, segment, len(segment.elements[0]))):
            return set()
        faults = check(segment, segment.known, self.log.repairs)
        for fault in faults:
            self.log.add(
                self.into,
                self.scope,
                leaf_address(segment.tag, fault, turn=False),
                fault.problem,
                fault.message,
                place=leaf_address(segment.tag, fault, turn=True),
                span=fault.span,
                expected=fault.expected,
                actual=fault.actual,
                transaction=self.ends.transaction,
                position=(number, fault.element, fault.component, fault.repetition),
            )
        return {fault.key for fault in faults}

    def add(self, segment: Segment, key: str, problem: str, words: str, expected: str, number: int) -> None:
        """Add one finding at a leaf of UNH or UNT."""
        slot, cell = segment.known.places.get(key, (0, 0)) if segment.known else (0, 0)
        single = segment.known is None or segment.known.slots[slot].composite is None
        self.log.add(
            self.into,
            self.scope,
            f"{segment.tag}:{key}",
            problem,
            words,
            span=Span(*(at - segment.base for at in segment.span(key))),
            expected=expected,
            actual=shown(segment.get(key)),
            transaction=self.ends.transaction,
            position=(number, slot + 2, 0 if single else cell + 1, 0),
        )

    def reference(self) -> None:
        """Judge the message reference, which stands once in an interchange."""
        header = self.ends.header
        text = plain(header, "0062")
        if text and text in self.seen.references:
            words = "this message reference stands already in the interchange"
            self.add(header, "0062", "message/duplicate", words, "a new reference", 1)
        self.seen.references.add(text)

    def count(self, trailer: Segment) -> None:
        """Judge the count of UNT, which has UNH and UNT in it too."""
        text, counted = plain(trailer, "0074"), self.ends.segments
        if text.isascii() and text.isdecimal() and int(text) == counted:
            return
        words = f"UNT says {shown(text)}, {counted} segments were received"
        self.add(trailer, "0074", "message/count", words, str(counted), counted)


def plain(segment: Node, key: str) -> str:
    """Give a reference or count; blanks at its end are not significant."""
    return segment.get(key).rstrip(" ")


def identity(header: Node) -> tuple[str, str]:
    """Give message type and version (0052 and 0054 in one) of a UNH."""
    return plain(header, "S009.0065"), plain(header, "S009.0052") + plain(header, "S009.0054")


def word(text: str) -> str:
    """Give what stands in a finding's code: never anything that a sender could make it say."""
    return text if text.isascii() and text.isalnum() and len(text) <= 6 else "unknown"
