"""350: what customs said of bills, one status after the other.

Lives here: dispositions as X4 loops under the port of each bill, with remarks, references and
equipment. Never here: refusals of a manifest (`acks_customs.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.formats.x12.acks_customs import TEXT_CHARS_MAX, bills, matches, upper
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Answer, Disposition
    from gateway.specs import Specs
    from gateway.tree import Envelope, Transaction

STATUS_REMARKS_MAX = 4
# From here on a status may stand without N7; CBP's ocean guide uses it for every 350 since 2017.
STATUS_RELEASE = "006050"
N7_OPTIONAL_SINCE = "004040"


def reference_node(number: str) -> Node:
    """Give the N9 of an entry number."""
    return Node("N9", {"01": "6B", "02": upper(number)})


def statuses(
    transaction: Transaction, answer: Answer, envelope: Envelope, specs: Specs
) -> tuple[str, Node] | None:
    """Give release and body of a 350 for dispositions, None where there are none."""
    if not answer.dispositions:
        return None
    return _Statuses(transaction, envelope, specs, answer.dispositions).body(answer.dispositions)


class _Statuses:
    def __init__(
        self, transaction: Transaction, envelope: Envelope, specs: Specs, dispositions: Sequence[Disposition]
    ) -> None:
        self.root = transaction.root
        self.envelope = envelope
        self.codes = specs.ack_codes("x12_350")
        self.own = specs.ack_codes("x12_350_own")
        known = envelope.options.get("status_release")
        self.version = known or transaction.version
        equipped = [any(child.name == "VID" for child in line.children) for _, line in bills(self.root)]
        strange = any(
            one.scope == "bill" and not any(matches(bill, one.reference) for bill, _ in bills(self.root))
            for one in dispositions
        )
        lacking = self.version < N7_OPTIONAL_SINCE and (strange or not (equipped and all(equipped)))
        if not known and (lacking or specs.message("x12", "350", self.version) is None):
            self.version = STATUS_RELEASE
        spec = specs.message("x12", "350", self.version)
        port = spec.root.part("P4") if spec else None
        # Later releases have the references of a port under each status.
        self.references_at_port = port is not None and port.part("N9") is not None
        status = port.part("X4") if port else None
        number = status.leader.leaves.get("01") if status and status.leader else None
        self.bill_chars_max = (number.length_max if number else None) or 0

    def body(self, dispositions: Sequence[Disposition]) -> tuple[str, Node]:
        header = next((child for child in self.root.children if child.name == "M10"), None)
        children = [Node("M10", dict(header.values))] if header is not None else []
        ports = [child for child in self.root.children if child.name == "P4"]
        for at, port in enumerate(ports):
            leader = port.children[0] if port.children else port
            loop = Node("P4", children=[Node("P4", dict(leader.values))])
            references = {one.reference for one in dispositions if one.scope == "entry" and one.reference}
            if self.references_at_port:
                loop.children.extend(
                    Node("N9", children=[reference_node(reference)]) for reference in sorted(references)
                )
            for one in dispositions:
                loop.children.extend(self.port_statuses(one, port, first=at == 0))
            children.append(loop)
        return self.version, Node("350", children=children)

    def port_statuses(self, said: Disposition, port: Node, *, first: bool) -> list[Node]:
        """Give one X4 for each bill that something was said about: all of the port's, or the one named."""
        here = [(bill, line) for bill, line in bills(Node("", children=[port]))]
        if said.scope == "bill":
            named = [pair for pair in here if matches(pair[0], said.reference)]
            if named or any(matches(bill, said.reference) for bill, _ in bills(self.root)) or not first:
                return [self.status(said, *pair) for pair in named]
            return [self.status(said, Node("M11", {"01": said.reference}), None)]
        if here or not first:
            return [self.status(said, *pair) for pair in here]
        return [self.status(said, None, None)]

    def status(self, said: Disposition, bill: Node | None, line: Node | None) -> Node:
        at = datetime.fromisoformat(said.at or self.envelope.at)
        carrier = next((child.get("01") for child in self.root.children if child.name == "M10"), "")
        values = {
            "05": at.strftime("%Y%m%d"),
            "06": at.strftime("%H%M"),
            "07": self.code(said),
            "09": (bill.get("12") if bill is not None else "") or carrier,
        }
        text = said.text
        if bill is not None and len(bill.get("01")) <= self.bill_chars_max:
            values["01"] = bill.get("01")
        elif bill is not None:
            # A number that the release has no room for is told in words.
            text = f"BILL {bill.get('01')} {text}"
        if said.quantity.isdecimal():
            values["02"] = said.quantity
        loop = Node("X4", children=[Node("X4", values)])
        text = upper(text, TEXT_CHARS_MAX * 2 * STATUS_REMARKS_MAX)
        pieces = [text[at : at + TEXT_CHARS_MAX].strip() for at in range(0, len(text), TEXT_CHARS_MAX)]
        for start in range(0, len(pieces), 2):
            pair = [*pieces[start : start + 2], ""]
            loop.children.append(Node("K1", {"01": pair[0] or "-", "02": pair[1]}))
        if said.scope == "entry" and said.reference and not self.references_at_port:
            loop.children.append(reference_node(said.reference))
        if line is not None:
            for child in line.children:
                if child.name == "VID" and child.children:
                    equipment = child.children[0]
                    loop.children.append(Node("N7", {"01": equipment.get("02"), "02": equipment.get("03")}))
        return loop

    def code(self, said: Disposition) -> str:
        """Give the two characters of a disposition: its own if they mean that in a 350, else those of its meaning.

        Another format has the same characters for something else: 98 is a release in SO, a lifted hold here.
        """
        own = upper(said.code)
        if own == said.code and self.own.get(own) == said.meaning:
            return own
        return self.codes.get(said.meaning) or self.codes["message"]
