"""355: what customs refused of a manifest, echoed in the manifest's own words.

Lives here: the confirmation that has only what is in error, each such segment followed by its
K1. CBP does not print the layout of K1 and K3; ours is: text in K101, error number or rule in
K102, and in K3 how many bills were rejected and accepted. Never here: statuses (`acks_status.py`), and
TA1, 997 and 999, which speak of syntax (`acks_syntax.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.x12.segment import Segment
from gateway.formats.x12.values import wrong
from gateway.specs import SpecError
from gateway.specs.x12_tables import Element
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.finding import Answer, Disposition, Finding
    from gateway.specs import MessageSpec, Part, Specs
    from gateway.specs.x12_tables import Segment as SegmentSpec
    from gateway.tree import Transaction

CUSTOMS_SETS = frozenset({"309", "353", "356", "357", "358"})
TEXT_CHARS_MAX = 30
REMARKS_MAX = 10
_PLAIN = re.compile(r"[^A-Z0-9 .,()/#&'\[\]-]+")


@dataclass(frozen=True, slots=True)
class Remark:
    """One K1: text and number."""

    text: str
    number: str

    def node(self) -> Node:
        """Give the segment."""
        return Node("K1", {"01": self.text or "REJECTED", "02": self.number})


def upper(text: str, most: int = TEXT_CHARS_MAX) -> str:
    """Give a text as customs takes it: upper case, letters of a keyboard, cut."""
    return " ".join(_PLAIN.sub(" ", text.upper()).split())[:most].rstrip()


def confirmation(transaction: Transaction, number: int, answer: Answer, specs: Specs) -> Node:
    """Give the body of a 355: M10, P4, what is in error with its K1, and K3."""
    spec = specs.message("x12", "355", transaction.version) or specs.message("x12", "355", "004010")
    if spec is None:
        raise SpecError("edi_specs/x12/004010/355.set", 0, "there is no such table")
    errors = [
        one for one in answer.findings if one.severity is Severity.ERROR and one.transaction in {None, number}
    ]
    return _Confirmation(transaction, spec, specs.ack_codes("x12_355"), answer).body(errors)


class _Confirmation:
    def __init__(
        self, transaction: Transaction, spec: MessageSpec, numbers: Mapping[str, str], answer: Answer
    ) -> None:
        self.root = transaction.root
        self.spec = spec
        self.numbers = numbers
        self.answer = answer
        self.remarks: dict[int, list[Remark]] = {}
        self.unplaced: list[Remark] = []
        self.lines = 0

    def body(self, errors: Sequence[Finding]) -> Node:
        segments = list(_segments(self.root))
        for one in errors:
            self.place(segments, one)
        if not self.answer.accepted:
            for said in self.answer.dispositions:
                self.said(said)
        children: list[Node] = []
        for child in self.root.children:
            if child.name == "M10":
                children.extend(self.echo(child, self.spec.root.part("M10")))
                children.extend(one.node() for one in self.unplaced[:REMARKS_MAX])
            elif child.name == "P4":
                part = self.spec.root.part("P4")
                children.append(
                    self.loop(child if child.children else Node("P4", children=[child]), part, always=True)
                )
            elif child.name not in {"ST", "SE"} and self.touched(child):
                self.beside(children, child)
        children.append(self.summary())
        return Node("355", children=children)

    def place(self, segments: Sequence[Segment], finding: Finding) -> None:
        """Put a finding's remark behind the segment whose bytes it points at."""
        leaf = finding.place.rpartition("/")[2].replace("[2]", "")
        leaf = re.sub(r"\[\d+\]", "", leaf)
        known = self.numbers.get(leaf) or self.numbers.get(leaf.partition("-")[0] if _absent(finding) else "")
        remark = Remark(upper(finding.message), known or upper(finding.code.rpartition("/")[2]))
        span = finding.span
        for one in segments:
            if span is not None and one.start <= span.start < one.stop:
                self.remarks.setdefault(id(self.heard(one)), []).append(remark)
                return
        self.unplaced.append(remark)

    def said(self, said: Disposition) -> None:
        """Put what customs said behind the bill that it is about."""
        remark = Remark(upper(said.text or said.meaning), upper(said.code))
        for bill, _ in bills(self.root):
            if said.scope == "bill" and matches(bill, said.reference):
                self.remarks.setdefault(id(bill), []).append(remark)
                return
        self.unplaced.append(remark)

    def heard(self, segment: Node) -> Node:
        """Give the segment that a remark stands behind: LX has no K1 of its own, its bill has."""
        if segment.name != "LX":
            return segment
        return next((bill for bill, line in bills(self.root) if line.children[0] is segment), segment)

    def touched(self, node: Node) -> bool:
        return id(node) in self.remarks or any(map(self.touched, node.children))

    def loop(self, node: Node, part: Part | None, *, always: bool = False) -> Node:
        """Echo a loop: the segment that opens it with its remarks, then what in it is in error."""
        leader, *rest = node.children
        inside = self.echo(leader, part.leader if part else None)
        made = Node(node.name, children=inside)
        for child in rest:
            if not self.touched(child):
                continue
            below = part.part(child.name) if part else None
            if below is not None:
                holder = child if child.children else Node(child.name, children=[child])
                made.children.append(self.loop(holder, below))
            elif part is not None and part.part("LX") is not None:
                self.beside(made.children, child, part.part("LX"))
            else:
                # The 355 has no place for this segment: its remarks go with the loop's own.
                inside[1:1] = [one.node() for one in self.all_remarks(child)]
        if not always and node.name == "LX":
            self.lines += 1
        return made

    def beside(self, children: list[Node], child: Node, part: Part | None = None) -> None:
        """Put a segment that the answer knows only inside LX into an LX of its own."""
        if part is None:
            port = self.spec.root.part("P4")
            part = port.part("LX") if port else None
        below = part.part(child.name) if part else None
        if below is None:
            children.extend(one.node() for one in self.all_remarks(child)[:REMARKS_MAX])
            return
        self.lines += 1
        holder = child if child.children else Node(child.name, children=[child])
        made = self.loop(holder, below)
        line = Node("LX", children=[Node("LX", {"01": str(self.lines)}), made])
        last = children[-1] if children else None
        (last.children if last is not None and last.name == "P4" and last.children else children).append(line)

    def all_remarks(self, node: Node) -> list[Remark]:
        found = list(self.remarks.get(id(node), []))
        for child in node.children:
            found.extend(self.all_remarks(child))
        return found

    def echo(self, node: Node, part: Part | None) -> list[Node]:
        """Copy a segment as far as the answer may carry it, with its remarks behind it."""
        remarks = [one.node() for one in self.remarks.get(id(node), [])[:REMARKS_MAX]]
        leaves = part.leaves if part is not None else None
        values = {
            key: text
            for key, text in node.values.items()
            if leaves is None or (key in leaves and (leaves[key].usage == "M" or _fits(node, key, text)))
        }
        return [Node(node.name, values), *remarks]

    def summary(self) -> Node:
        total = sum(1 for _ in bills(self.root))
        rejected = 0 if self.answer.accepted else min(self.lines, total) or total
        return Node("K3", {"01": f"BILLS REJECTED [{rejected}], BILLS ACCEPTED [{total - rejected}]"})


def _absent(finding: Finding) -> bool:
    return finding.code.endswith(("/missing", "/absent", "/required"))


def _fits(node: Node, key: str, text: str) -> bool:
    """Tell whether a received value is one that may be sent."""
    spec: SegmentSpec | None = node.spec if isinstance(node, Segment) else None
    number = int(key[:2])
    if spec is None or "-" in key or number > len(spec.positions):
        return True
    element = spec.positions[number - 1].what
    return not isinstance(element, Element) or wrong(element, "", text.encode()) is None


def _segments(node: Node) -> Iterator[Segment]:
    if isinstance(node, Segment):
        yield node
    for child in node.children:
        yield from _segments(child)


def bills(root: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each bill of a manifest as (M11, LX)."""
    for port in root.children:
        for line in port.children if port.name == "P4" else ():
            for child in line.children if line.name == "LX" else ():
                if child.name == "M11":
                    yield child, line


def matches(bill: Node, reference: str) -> bool:
    """Tell whether a reference names a bill, with or without its issuer."""
    number, issuer = bill.get("01"), bill.get("12")
    return bool(number) and reference in {number, issuer + number}
