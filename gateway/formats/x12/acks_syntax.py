"""997 and 999: what was wrong with a group and its sets.

Lives here: the answers about syntax. They never say that customs accepted anything. The
codes stand in `edi_specs/ack_codes/x12.csv`. Segments are said as text, a letter for each byte: they are written and
never looked into again. Never here: when they are sent (`acks.py`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gateway.formats.x12.acks_context import CONTEXT_CHARS_MAX, Ways, trigger_context, unit_of, units
from gateway.formats.x12.acks_received import refused
from gateway.specs.x12 import X12Spec
from gateway.specs.x12_tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.formats.x12.acks_received import Group, Noted, Received, Verdicts
    from gateway.specs.x12_envelope import AckCode
    from gateway.specs.x12_tables import Segment as SegmentSpec
    from gateway.tree import Transaction

COPY_CHARS_MAX = 99
CODES_MAX = 5
NOTES_MAX = 99


def group_answer(received: Received, verdicts: Verdicts, group: Group, message: str) -> list[str]:
    """Give the segments of the 997 or 999 for one group, without ST and SE."""
    return _Group(received, verdicts, group, message).answer()


class _Group:
    def __init__(self, received: Received, verdicts: Verdicts, group: Group, message: str) -> None:
        self.received = received
        self.verdicts = verdicts
        self.group = group
        self.newer = message == "999" or group.release[:6] >= "005010"
        # 999 calls the same segments IK3, IK4 and IK5.
        self.prefix = "IK" if message == "999" else "AK"
        self.element = received.frame["element"]
        self.component = received.frame["component"]
        self.said: list[str] = []
        # Of the set that was spoken of last.
        self.ways: Ways | None = None

    def answer(self) -> list[str]:
        received, header = self.received, self.group.header
        version = received.clean(self.group.release, 1, 12, "") if self.newer else ""
        group = received.clean(header.get("01"), 2, 2, "ZZ")
        self.say("AK1", group, received.number(header.get("06"), 9, "0"), *((version,) if version else ()))
        found = self.verdicts.envelope(received.turn, self.group.number)
        bad = refused(found)
        verdicts = []
        for number, transaction in self.transactions():
            before = len(self.said)
            verdict = self.set_answer(number, transaction)
            # A refused group has no accepted set: those without fault are not spoken of.
            if bad and verdict != "R":
                del self.said[before:]
            verdicts.append(verdict)
        self.trailer(found, verdicts)
        return self.said

    def say(self, *texts: str) -> None:
        """Add a segment: its id, and its elements as far as there are any."""
        self.said.append(self.element.join(texts))

    def transactions(self) -> list[tuple[int, Transaction]]:
        numbers = self.received.numbers
        found = [numbers[id(child)] for child in self.group.node.children if id(child) in numbers]
        return [(number, self.verdicts.interchange.transactions[number]) for number in found]

    def code(self, row: AckCode) -> str:
        return row.code if self.newer else row.older

    def set_answer(self, number: int, transaction: Transaction) -> str:
        """Speak of one set; give the verdict on it."""
        clean = self.received.clean
        self.say("AK2", clean(transaction.message, 3, 3, "000"), clean(transaction.control, 4, 9, "0000"))
        found = self.verdicts.of(number)
        inside, codes = [], []
        for one in found:
            level = one[1].level
            if level == "set":
                codes.append(self.code(one[1]))
            elif level in {"segment", "element"}:
                inside.append(one)
        for place, here in groupby(inside, key=lambda one: one[0].position[0]) if inside else ():
            self.segment_notes(place, list(here), transaction)
        if inside:
            codes.append("5")
        verdict = "R" if refused(found) else "E" if found else "A"
        self.say(f"{self.prefix}5", verdict, *list(dict.fromkeys(codes))[:CODES_MAX])
        return verdict

    def segment_notes(self, place: int, found: Sequence[Noted], transaction: Transaction) -> None:
        """Give one AK3 for each thing wrong with a segment, and one for all its elements together."""
        elements = [one for one in found if one[1].level == "element"]
        context = self.context(place, transaction) if self.prefix == "IK" else ""
        for finding, row in found:
            if row.level == "segment":
                self.segment_note(place, _way(finding), self.code(row), context)
        if elements:
            self.segment_note(place, _way(elements[0][0]), "8", context)
        for finding, row in elements[:NOTES_MAX]:
            way = _way(finding)
            self.element_note(finding, self.code(row), self.reference(finding, way, transaction))
            if self.prefix == "IK":
                # What made the element necessary.
                name = self.received.clean(way[-1], 2, 3, "ZZZ")
                self.said += trigger_context(finding, name, way[-2] if len(way) > 1 else "", self.element)

    def context(self, place: int, transaction: Transaction) -> str:
        """Give the CTX that says in which piece of the set a segment stands: a bill, a line, a level; "" for none."""
        rows = units(self.verdicts.specs.root, transaction.message)
        if not rows:
            return ""
        if self.ways is None or self.ways.root is not transaction.root:
            self.ways = Ways(transaction.root)
        name, text = unit_of(self.ways.to(place), rows)
        text = self.received.clean(text, 1, CONTEXT_CHARS_MAX, "")
        return f"CTX{self.element}{name}{self.component}{text}" if text else ""

    def segment_note(self, place: int, way: Sequence[str], code: str, context: str) -> None:
        name = self.received.clean(way[-1], 2, 3, "ZZZ")
        loop = way[-2] if len(way) > 1 else ""
        self.say(f"{self.prefix}3", name, str(place), loop, code)
        if context:
            self.said.append(context)

    def element_note(self, finding: Finding, code: str, number: str) -> None:
        _, element, component, repetition = (*finding.position, 0, 0, 0)[:4]
        at = str(element)
        if component or (repetition and self.newer):
            at += self.component + (str(component) if component else "")
        if repetition and self.newer:
            at += self.component + str(repetition)
        copy = self.copy(finding)
        self.say(f"{self.prefix}4", at, number, code, *((copy,) if copy else ()))

    def reference(self, finding: Finding, way: Sequence[str], transaction: Transaction) -> str:
        """Give the number of the data element, "" where it has none of its own."""
        spec = self.verdicts.specs.message("x12", transaction.message, transaction.version)
        segment = _segment_of(spec, way) if isinstance(spec, X12Spec) else None
        element, component = (*finding.position, 0, 0, 0)[1:3]
        if segment is None or not 0 < element <= len(segment.positions):
            return ""
        what = segment.positions[element - 1].what
        if isinstance(what, Composite) and 0 < component <= len(what.components):
            what = what.components[component - 1].what
        return what.number if isinstance(what, Element) and what.number.isdecimal() else ""

    def copy(self, finding: Finding) -> str:
        """Copy the bad element, without what could be taken for a delimiter."""
        if finding.span is None:
            return ""
        raw = self.verdicts.interchange.data[finding.span.start : finding.span.end]
        text = raw[:COPY_CHARS_MAX].decode("latin-1")
        marks = self.received.marks
        if not (text.isascii() and text.isprintable() and marks.isdisjoint(text)):
            text = "".join(letter for letter in text if " " <= letter < "\x7f" and letter not in marks)
        return text.strip()

    def trailer(self, found: Sequence[Noted], verdicts: Sequence[str]) -> None:
        """Give AK9: how many sets were said, received and accepted; `found` is wrong with the group."""
        received = len(verdicts)
        accepted = received - verdicts.count("R")
        last = self.group.node.children[-1]
        stated = last.get("01") if last.name == "GE" else ""
        if refused(found):
            verdict, accepted = "R", 0
        elif accepted < received:
            verdict = "P" if accepted else "R"
        else:
            verdict = "E" if found or "E" in verdicts else "A"
        codes = list(dict.fromkeys(self.code(row) for _, row in found))[:CODES_MAX]
        said = self.received.number(stated, 6, "") or str(received)
        self.say("AK9", verdict, said, str(received), str(accepted), *codes)


def _way(finding: Finding) -> list[str]:
    """Give the steps of a finding's place in the spec, without the element: `P4 LX M11`."""
    _, _, rest = finding.code.partition("/")
    *way, _, _ = rest.split("/")
    if way:
        way[-1] = way[-1].partition("-")[0]
    return way or [""]


def _segment_of(spec: X12Spec, way: Sequence[str]) -> SegmentSpec | None:
    """Find a segment of a set by its steps; of a loop, the segment that opens it."""
    places = spec.body
    found = None
    for name in way:
        found = next((place for place in places if place.name == name), None)
        if found is None:
            return None
        places = found.parts
    return found.segment if found else None
