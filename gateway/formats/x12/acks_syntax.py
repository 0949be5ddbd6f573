"""997 and 999: what was wrong with a group and its sets.

Lives here: the answers about syntax. They never say that customs accepted anything. The
codes stand in `edi_specs/ack_codes/x12.csv`. Never here: when they are sent (`acks.py`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gateway.formats.x12.acks_context import (
    CONTEXT_CHARS_MAX,
    Ways,
    trigger_context,
    unit_context,
    unit_of,
    units,
)
from gateway.formats.x12.acks_received import noted, refused
from gateway.specs.x12 import X12Spec
from gateway.specs.x12_tables import Composite, Element
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.formats.x12.acks_received import Received, Verdicts
    from gateway.specs.x12_tables import Segment as SegmentSpec
    from gateway.tree import Transaction

COPY_CHARS_MAX = 99
CODES_MAX = 5
NOTES_MAX = 99


def group_answer(received: Received, verdicts: Verdicts, group: Node, number: int, message: str) -> Node:
    """Give the body of the 997 or 999 for one group."""
    return _Group(received, verdicts, group, number, message).answer()


class _Group:
    def __init__(
        self, received: Received, verdicts: Verdicts, group: Node, number: int, message: str
    ) -> None:
        self.received = received
        self.verdicts = verdicts
        self.group = group
        self.header = group.children[0]
        self.number = number
        self.message = message
        self.newer = message == "999" or self.header.get("08")[:6] >= "005010"
        # 999 calls the same segments IK3, IK4 and IK5.
        self.prefix = "IK" if message == "999" else "AK"
        self.marks = set(received.frame.values())
        # Of the set that was spoken of last.
        self.ways: Ways | None = None

    def answer(self) -> Node:
        received = self.received
        header = {
            "01": received.clean(self.header.get("01"), 2, 2, "ZZ"),
            "02": received.number(self.header.get("06"), 9, "0"),
        }
        if self.newer:
            header["03"] = received.clean(self.header.get("08"), 1, 12, "")
        root = Node(self.message, children=[Node("AK1", header)])
        found = noted(self.verdicts.envelope(received.turn, self.number))
        verdicts = []
        for transaction in self.transactions():
            node, verdict = self.set_answer(*transaction)
            # A refused group has no accepted set: those without fault are not spoken of.
            if verdict == "R" or not refused(found):
                root.children.append(node)
            verdicts.append(verdict)
        root.children.append(self.trailer(found, verdicts))
        return root

    def transactions(self) -> list[tuple[int, Transaction]]:
        numbers = self.received.numbers
        found = [numbers[id(child)] for child in self.group.children if id(child) in numbers]
        return [(number, self.verdicts.interchange.transactions[number]) for number in found]

    def code(self, finding: Finding) -> str:
        row = self.verdicts.codes[finding.problem]
        return row.code if self.newer else row.older

    def level(self, finding: Finding) -> str:
        return self.verdicts.codes[finding.problem].level

    def set_answer(self, number: int, transaction: Transaction) -> tuple[Node, str]:
        found = noted(self.verdicts.of(number))
        header = {
            "01": self.received.clean(transaction.message, 3, 3, "000"),
            "02": self.received.clean(transaction.control, 4, 9, "0000"),
        }
        loop = Node("AK2", children=[Node("AK2", header)])
        inside, codes = [], []
        for one in found:
            level = self.level(one)
            if level == "set":
                codes.append(self.code(one))
            elif level in {"segment", "element"}:
                inside.append(one)
        for place, here in groupby(inside, key=lambda one: one.position[0]):
            loop.children.extend(self.segment_notes(place, list(here), transaction))
        if inside:
            codes.append("5")
        verdict = "R" if refused(found) else "E" if found else "A"
        values = {"01": verdict}
        for at, code in enumerate(list(dict.fromkeys(codes))[:CODES_MAX], 2):
            values[f"{at:02}"] = code
        loop.children.append(Node(f"{self.prefix}5", values))
        return loop, verdict

    def segment_notes(self, place: int, found: list[Finding], transaction: Transaction) -> list[Node]:
        """Give one AK3 for each thing wrong with a segment, and one for all its elements together."""
        notes = [
            self.segment_note(place, one, self.code(one)) for one in found if self.level(one) == "segment"
        ]
        elements = [one for one in found if self.level(one) == "element"]
        if elements:
            loop = self.segment_note(place, elements[0], "8")
            notes.append(loop)
        if self.prefix == "IK":
            self.contexts(notes, place, transaction)
        for one in elements[:NOTES_MAX]:
            note = self.element_note(one, transaction)
            notes[-1].children.append(self.in_context(note, one) if self.prefix == "IK" else note)
        return notes

    def contexts(self, notes: Sequence[Node], place: int, transaction: Transaction) -> None:
        """Say in which piece of the set a segment stands: a bill, a line, a level."""
        rows = units(self.verdicts.specs.root, transaction.message)
        if not rows:
            return
        if self.ways is None or self.ways.root is not transaction.root:
            self.ways = Ways(transaction.root)
        name, text = unit_of(self.ways.to(place), rows)
        text = self.received.clean(text, 1, CONTEXT_CHARS_MAX, "")
        for note in notes if text else ():
            note.children.append(unit_context(name, text))

    def in_context(self, note: Node, finding: Finding) -> Node:
        """Give the IK4 loop of an element: the note, and what made the element necessary."""
        *around, name = _way(finding)
        context = trigger_context(
            finding, self.received.clean(name, 2, 3, "ZZZ"), around[-1] if around else ""
        )
        return Node(note.name, children=[note, *([context] if context else [])])

    def segment_note(self, place: int, finding: Finding, code: str) -> Node:
        way = _way(finding)
        name = way[-1]
        values = {"01": self.received.clean(name, 2, 3, "ZZZ"), "02": str(place), "04": code}
        loop = way[-2] if len(way) > 1 else ""
        if loop:
            values["03"] = loop
        note = f"{self.prefix}3"
        return Node(note, children=[Node(note, values)])

    def element_note(self, finding: Finding, transaction: Transaction) -> Node:
        _, element, component, repetition = (*finding.position, 0, 0, 0)[:4]
        values = {"01-1": str(element), "03": self.code(finding)}
        if component:
            values["01-2"] = str(component)
        if repetition and self.newer:
            values["01-3"] = str(repetition)
        number = self.reference(finding, transaction)
        if number:
            values["02"] = number
        copy = self.copy(finding)
        if copy:
            values["04"] = copy
        return Node(f"{self.prefix}4", values)

    def reference(self, finding: Finding, transaction: Transaction) -> str:
        """Give the number of the data element, "" where it has none of its own."""
        spec = self.verdicts.specs.message("x12", transaction.message, transaction.version)
        segment = _segment_of(spec, _way(finding)) if isinstance(spec, X12Spec) else None
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
        letters = [chr(byte) for byte in raw[:COPY_CHARS_MAX] if 0x20 <= byte < 0x7F]
        return "".join(letter for letter in letters if letter not in self.marks).strip()

    def trailer(self, found: list[Finding], verdicts: list[str]) -> Node:
        """Give AK9: how many sets were said, received and accepted; `found` is wrong with the group."""
        received = len(verdicts)
        accepted = sum(1 for verdict in verdicts if verdict != "R")
        last = self.group.children[-1]
        stated = last.get("01") if last.name == "GE" else ""
        if refused(found):
            verdict, accepted = "R", 0
        elif accepted < received:
            verdict = "P" if accepted else "R"
        else:
            verdict = "E" if found or "E" in verdicts else "A"
        values = {
            "01": verdict,
            "02": self.received.number(stated, 6, "") or str(received),
            "03": str(received),
            "04": str(accepted),
        }
        for at, code in enumerate(list(dict.fromkeys(map(self.code, found)))[:CODES_MAX], 5):
            values[f"{at:02}"] = code
        return Node("AK9", values)


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
