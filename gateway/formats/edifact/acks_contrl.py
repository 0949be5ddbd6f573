"""CONTRL: what the syntax of an interchange was found to be.

Lives here: UCI, UCF, UCM, UCS and UCD from findings. Nothing that is not reported was in
order; a CONTRL says nothing about content. Never here: the envelope around it (`acks.py`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gateway.formats.edifact.received import errors, of_envelope, tag_of
from gateway.formats.edifact.segment import Segment
from gateway.specs.edifact_service import ack_codes
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.finding import Answer, Finding
    from gateway.formats.edifact.received import Received
    from gateway.tree import Transaction

REJECTED, ACKNOWLEDGED = "4", "7"
UNSPECIFIED = "18"
_SEGMENTS_MAX, _ELEMENTS_MAX = 999, 99
_SERVICE_TAGS = frozenset({"UNA", "UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"})
_UCI = ("0020", "S002.0004", "S002.0007", "S002.0008", "S003.0010", "S003.0007", "S003.0014")
_UCI_NEW = ("S002.0042", "S003.0046")
_UCF = ("0048", "S006.0040", "S006.0007", "S007.0044", "S007.0007")
_UCM = ("0062", "S009.0065", "S009.0052", "S009.0054", "S009.0051", "S009.0057")
_UCM_NEW = ("S009.0110", "S009.0113")


def syntax_report(received: Received, answer: Answer) -> Node:
    """Give the body of the CONTRL for one interchange."""
    return _Report(received, answer).body()


class _Report:
    def __init__(self, received: Received, answer: Answer) -> None:
        self.received = received
        self.accepted = answer.accepted
        self.errors = errors(answer.findings)
        self.inside: dict[int, list[Finding]] = {}
        for one in self.errors:
            if one.transaction is not None:
                self.inside.setdefault(one.transaction, []).append(one)
        self.syntax = received.notation.syntax
        self.codes = ack_codes(received.specs.root)

    def body(self) -> Node:
        """Give UCI, and below it what was rejected."""
        received = self.received
        own = [one for one in self.errors if of_envelope(one, received.number)]
        reported = [] if own else self.messages() if not received.groups else self.groups()
        refused = bool(own) or not (self.accepted or self.errors)
        header = received.header
        keys = _UCI if self.syntax.old else _UCI + _UCI_NEW
        values = {key: quoted(header, key) for key in keys}
        values["0083"] = REJECTED if refused else ACKNOWLEDGED
        if own:
            values |= self.fault(own[0], "UNB")
        elif refused:
            values["0085"] = UNSPECIFIED
        return Node("CONTRL", children=[Node("UCI", values), *reported])

    def code(self, finding: Finding) -> str:
        """Give the error code (0085) of a finding."""
        row = self.codes.get(finding.problem)
        if row is None:
            return UNSPECIFIED
        return (row.older if self.syntax.old else row.code) or UNSPECIFIED

    def fault(self, finding: Finding, usual: str) -> dict[str, str]:
        """Give code, service segment tag and pointer of a fault in a service segment."""
        tag = tag_of(finding)
        values = {
            "0085": self.code(finding),
            "0013" if self.syntax.old else "0135": tag if tag in _SERVICE_TAGS else usual,
        }
        return values | pointer(finding.position[-2:] if len(finding.position) == 4 else ())

    def groups(self) -> list[Node]:
        """Give a UCF for each group with something wrong in it."""
        found = []
        for number, group in enumerate(self.received.groups, 1):
            own = [one for one in self.errors if of_envelope(one, self.received.number, number)]
            reported = [] if own else self.messages(group)
            if not own and not reported:
                continue
            values = {key: quoted(group.children[0], key) for key in _UCF}
            values["0083"] = REJECTED if own else ACKNOWLEDGED
            if own:
                values |= self.fault(own[0], "UNG")
            found.append(Node("UCF", children=[Node("UCF", values), *reported]))
        return found

    def messages(self, group: Node | None = None) -> list[Node]:
        """Give a UCM for each message with something wrong in it."""
        found = []
        for number, transaction in self.received.transactions(group):
            own = self.inside.get(number)
            if own:
                found.append(self.message(transaction, own))
        return found

    def message(self, transaction: Transaction, own: Sequence[Finding]) -> Node:
        """Give the UCM of one message: its own fault, or the segments in error."""
        header = transaction.root.children[0]
        keys = _UCM if self.syntax.old else _UCM + _UCM_NEW
        values = {key: quoted(header, key) for key in keys}
        values["0083"] = REJECTED
        service = next((one for one in own if tag_of(one) in {"UNH", "UNT"}), None)
        if service is not None:
            position = service.position[1:3] if len(service.position) == 4 else ()
            tag = tag_of(service)
            values |= {"0085": self.code(service), "0013" if self.syntax.old else "0135": tag}
            values |= pointer(position)
        inside = [one for one in own if tag_of(one) not in {"UNH", "UNT"}]
        return Node("UCM", children=[Node("UCM", values), *self.segments(inside)])

    def segments(self, own: Iterable[Finding]) -> list[Node]:
        """Give a UCS for each segment in error, with a UCD for each element."""
        placed = sorted((one for one in own if len(one.position) == 4), key=lambda one: one.position)
        found: list[Node] = []
        for number, group in groupby(placed, key=lambda one: one.position[0]):
            here = list(group)
            whole = [one for one in here if not one.position[1]]
            # Two faults of a whole segment are two segments in error.
            found.extend(_segment(number, self.code(one), []) for one in whole[:-1])
            elements = [self.element(one) for one in here if one.position[1]]
            found.append(_segment(number, self.code(whole[-1]) if whole else "", elements[:_ELEMENTS_MAX]))
        return found[:_SEGMENTS_MAX]

    def element(self, finding: Finding) -> Node:
        """Give the UCD of an element in error."""
        _, element, component, repetition = finding.position
        values = {"0085": self.code(finding), **pointer((element, component))}
        if repetition and not self.syntax.old:
            values["S011.0136"] = str(repetition)
        return Node("UCD", values)


def _segment(number: int, code: str, elements: list[Node]) -> Node:
    return Node("UCS", children=[Node("UCS", {"0096": str(number), "0085": code}), *elements])


def quoted(header: Node, key: str) -> str:
    """Give a value of UNB, UNG or UNH as CONTRL can hold it: one that is too long is cut at its length."""
    text = header.get(key)
    known = header.known if isinstance(header, Segment) else None
    if known is None or key not in known.places:
        return text
    slot, cell = known.places[key]
    return text[: known.slots[slot].cells[cell].element.length_max]


def pointer(position: Sequence[int]) -> dict[str, str]:
    """Give S011 for (element, component) in CONTRL's counting; nothing where no element is meant."""
    if len(position) != 2 or not position[0]:
        return {}
    return {"S011.0098": str(position[0]), "S011.0104": str(position[1]) if position[1] else ""}
