"""355: what customs refused of a manifest, echoed in the manifest's own words.

Lives here: the confirmation that has only what is in error, each such segment followed by its
K1. CBP does not print the layout of K1 and K3; ours is: text in K101, error number or rule in
K102, and in K3 how many bills were rejected and accepted. Never here: statuses (`acks_status.py`), and
TA1, 997 and 999, which speak of syntax (`acks_syntax.py`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
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
    """Give a text as customs takes it: upper case, letters of a keyboard without accents, cut."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return " ".join(_PLAIN.sub(" ", bare.upper()).split())[:most].rstrip()


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
        """Give the set: M10, P4 and K3 always, between them what is in error."""
        segments = list(_segments(self.root))
        for one in errors:
            self.place(segments, one)
        if not self.answer.accepted:
            for said in self.answer.dispositions:
                self.said(said)
        top = self.spec.root
        header = next((child for child in self.root.children if child.name == "M10"), None)
        rest = [child for child in self.root.children if child.name not in {"M10", "ST", "SE"}]
        inside, lost = self.within(rest, top)
        notes = [*(self.all_remarks(header) if header is not None else []), *self.unplaced, *lost]
        for child in self.root.children:
            notes += self.all_remarks(child) if child.name in {"ST", "SE"} else []
        children = [self.echo(header, top.part("M10"))] if header is not None else []
        return Node("355", children=[*children, *_notes(notes, top), *inside, self.summary()])

    def place(self, segments: Sequence[Segment], finding: Finding) -> None:
        """Put a finding's remark behind the segment whose bytes it points at."""
        leaf = finding.place.rpartition("/")[2].replace("[2]", "")
        leaf = re.sub(r"\[\d+\]", "", leaf)
        known = self.numbers.get(leaf) or self.numbers.get(leaf.partition("-")[0] if _absent(finding) else "")
        remark = Remark(upper(finding.message), known or upper(finding.code.rpartition("/")[2]))
        span = finding.span
        at = bisect_right(segments, span.start, key=_start) - 1 if span is not None else -1
        if span is not None and at >= 0 and span.start < segments[at].stop:
            self.remarks.setdefault(id(segments[at]), []).append(remark)
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

    def touched(self, node: Node) -> bool:
        return id(node) in self.remarks or any(map(self.touched, node.children))

    def within(self, children: Sequence[Node], part: Part) -> tuple[list[Node], list[Remark]]:
        """Echo what is in error of one level in the answer's order; give too the remarks that found no place."""
        guests, homeless = self.guests(children, part)
        made: list[Node] = []
        lost: list[Remark] = []
        counts: Counter[str] = Counter()
        for child in children:
            below = part.part(child.name)
            inner = guests.get(id(child), [])
            wanted = child.name == "P4" or self.touched(child) or any(map(self.touched, inner))
            if wanted and id(child) in homeless:
                node, more = self.wrapped(child, part)
                made += [node] if node is not None else []
                counts["LX"] += node is not None
                lost += more
                continue
            if not wanted:
                continue
            if below is not None and counts[child.name] < (below.count_max or len(children)):
                node, more = self.loop(child, below, inner)
                made += [node] if node is not None else []
                counts[child.name] += node is not None
                lost += more
            elif below is not None:
                lost += self.all_remarks(child)
        made.sort(key=lambda node: part.ranks[node.name])
        return made, lost

    def guests(self, children: Sequence[Node], part: Part) -> tuple[dict[int, list[Node]], set[int]]:
        """Find a host for each segment that the answer has one level deeper; those without one are named too.

        An M21 beside M12 stands under it in the answer, an M15 after P4 in an LX of its own under that P4.
        """
        hosted: dict[int, list[Node]] = {}
        homeless: set[int] = set()
        # The last node of each name, in the order in which they came: only the name says who takes a guest.
        last = {} if part is self.spec.root else _last(children)
        for child in children:
            if part is self.spec.root:
                last.pop(child.name, None)
                last[child.name] = child
            if part.part(child.name) is not None or not self.touched(child):
                continue
            takes = (one for name, one in reversed(last.items()) if self.hosts(part.part(name), child.name))
            host = next(takes, None)
            if host is None:
                homeless.add(id(child))
            else:
                hosted.setdefault(id(host), []).append(child)
        return hosted, homeless

    @staticmethod
    def hosts(part: Part | None, name: str) -> bool:
        line = part.part("LX") if part else None
        return part is not None and (part.part(name) or (line and line.part(name))) is not None

    def wrapped(self, child: Node, part: Part) -> tuple[Node | None, list[Remark]]:
        """Put what the answer has only inside LX into an LX of its own; what LX has not either is lost."""
        line = part.part("LX")
        here = [child] if line is not None and line.part(child.name) is not None else child.children
        if line is None or not any(line.part(one.name) for one in here):
            return None, self.all_remarks(child)
        made, lost = self.within(here, line)
        if not made:
            return None, lost
        self.lines += 1
        return Node("LX", children=[Node("LX", {"01": str(self.lines)}), *made]), lost

    def loop(self, node: Node, part: Part, guests: Sequence[Node]) -> tuple[Node | None, list[Remark]]:
        """Echo a loop: the segment that opens it with its remarks, then what in it is in error."""
        leader, rest = (node.children[0], node.children[1:]) if node.children else (node, [])
        own = list(self.remarks.get(id(leader), []))
        if own and part.part("K1") is None:
            own = self.passed_on(own, rest, part)
        inside, lost = self.within([*rest, *guests], part)
        if part.part("K1") is None:
            if not inside:
                return None, [*own, *lost]
            self.lines += 1
            return Node(node.name, children=[self.echo(leader, part.leader), *inside]), [*own, *lost]
        notes = _notes([*own, *lost], part)
        return Node(node.name, children=[self.echo(leader, part.leader), *notes, *inside]), []

    def passed_on(self, own: list[Remark], rest: Sequence[Node], part: Part) -> list[Remark]:
        """Give the remarks of a segment without K1 (LX) to its bill, else to the first that the answer knows."""
        known = [one for one in rest if part.part(one.name) is not None]
        heir = next((one for one in known if one.name == "M11"), known[0] if known else None)
        if heir is None:
            return own
        leader = heir.children[0] if heir.children else heir
        self.remarks[id(leader)] = [*own, *self.remarks.get(id(leader), [])]
        return []

    def all_remarks(self, node: Node) -> list[Remark]:
        found = list(self.remarks.get(id(node), []))
        for child in node.children:
            found.extend(self.all_remarks(child))
        return found

    def echo(self, node: Node, part: Part | None) -> Node:
        """Copy a segment as far as the answer may carry it."""
        leaves = part.leaves if part is not None else None
        values = {
            key: text
            for key, text in node.values.items()
            if leaves is None or (key in leaves and (leaves[key].usage == "M" or _fits(node, key, text)))
        }
        return Node(node.name, values)

    def summary(self) -> Node:
        total = sum(1 for _ in bills(self.root))
        rejected = 0 if self.answer.accepted else min(self.lines, total) or total
        return Node("K3", {"01": f"BILLS REJECTED [{rejected}], BILLS ACCEPTED [{total - rejected}]"})


def _notes(remarks: Sequence[Remark], part: Part) -> list[Node]:
    """Give the K1 of a place, as many as may stand there."""
    notes = part.part("K1")
    return [one.node() for one in remarks[: notes.count_max if notes else 0]]


def _start(segment: Segment) -> int:
    return segment.start


def _last(nodes: Sequence[Node]) -> dict[str, Node]:
    """Give the last node of each name, the one that came last at the end."""
    found: dict[str, Node] = {}
    for node in nodes:
        found.pop(node.name, None)
        found[node.name] = node
    return found


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
