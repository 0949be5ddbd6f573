"""CONTRL: what the syntax of an interchange was found to be.

Lives here: UCI, UCF, UCM, UCS and UCD from findings. Nothing that is not reported was in
order; a CONTRL says nothing about content. Never here: the envelope around it (`acks.py`).
"""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING

from gateway.formats.edifact.received import errors, of_envelope, tag_of
from gateway.formats.edifact.segment import Segment
from gateway.specs.edifact_service import ack_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.finding import Answer, Finding
    from gateway.formats.edifact.acks_framed import Words
    from gateway.formats.edifact.received import Received
    from gateway.tree import Node, Transaction

REJECTED, ACKNOWLEDGED = "4", "7"
UNSPECIFIED = "18"
_SEGMENTS_MAX, _ELEMENTS_MAX = 999, 99
_SERVICE_TAGS = frozenset({"UNA", "UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"})
_ENDS = frozenset({"UNH", "UNT"})
# What is quoted of a header, element by element as it stands in UCI, UCF and UCM.
_UCI = (("0020",), ("S002.0004", "S002.0007", "S002.0008"), ("S003.0010", "S003.0007", "S003.0014"))
_UCI_NEW = (_UCI[0], (*_UCI[1], "S002.0042"), (*_UCI[2], "S003.0046"))
_UCF = (("0048",), ("S006.0040", "S006.0007"), ("S007.0044", "S007.0007"))
_UCM = (("0062",), ("S009.0065", "S009.0052", "S009.0054", "S009.0051", "S009.0057"))
_UCM_NEW = (_UCM[0], (*_UCM[1], "S009.0110", "S009.0113"))


def syntax_report(received: Received, answer: Answer) -> list[Words]:
    """Give the segments of the CONTRL for one interchange, without UNH and UNT."""
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
        self.old = received.notation.syntax.old
        self.codes = ack_codes(received.specs.root)

    def body(self) -> list[Words]:
        """Give UCI, and below it what was rejected."""
        received = self.received
        own = [one for one in self.errors if of_envelope(one, received.number)]
        reported = [] if own else self.messages() if not received.groups else self.groups()
        refused = bool(own) or not (self.accepted or self.errors)
        fault: Words = ()
        if own:
            fault = self.fault(own[0], "UNB")
        elif refused:
            fault = ((UNSPECIFIED,),)
        header = _quoted(received.header, _UCI if self.old else _UCI_NEW)
        return [(("UCI",), *header, (REJECTED if refused else ACKNOWLEDGED,), *fault), *reported]

    def code(self, finding: Finding) -> str:
        """Give the error code (0085) of a finding."""
        row = self.codes.get(finding.problem)
        if row is None:
            return UNSPECIFIED
        return (row.older if self.old else row.code) or UNSPECIFIED

    def fault(self, finding: Finding, usual: str) -> Words:
        """Give code, service segment tag and pointer of a fault in a service segment."""
        tag = tag_of(finding)
        place = finding.position[-2:] if len(finding.position) == 4 else ()
        return (self.code(finding),), (tag if tag in _SERVICE_TAGS else usual,), pointer(place)

    def groups(self) -> list[Words]:
        """Give a UCF for each group with something wrong in it, and what was rejected in it."""
        found: list[Words] = []
        for number, group in enumerate(self.received.groups, 1):
            own = [one for one in self.errors if of_envelope(one, self.received.number, number)]
            reported = [] if own else self.messages(group)
            if not own and not reported:
                continue
            fault = self.fault(own[0], "UNG") if own else ()
            header = _quoted(group.children[0], _UCF)
            found.append((("UCF",), *header, (REJECTED if own else ACKNOWLEDGED,), *fault))
            found += reported
        return found

    def messages(self, group: Node | None = None) -> list[Words]:
        """Give a UCM for each message with something wrong in it, each with its segments in error."""
        found: list[Words] = []
        if self.inside:
            for number, transaction in self.received.transactions(group):
                own = self.inside.get(number)
                if own:
                    found += self.message(transaction, own)
        return found

    def message(self, transaction: Transaction, own: Sequence[Finding]) -> list[Words]:
        """Give the UCM of one message: its own fault, or the segments in error."""
        header = _quoted(transaction.root.children[0], _UCM if self.old else _UCM_NEW)
        service = next((one for one in own if tag_of(one) in _ENDS), None)
        fault: Words = ()
        if service is not None:
            place = service.position[1:3] if len(service.position) == 4 else ()
            fault = (self.code(service),), (tag_of(service),), pointer(place)
        inside = [one for one in own if tag_of(one) not in _ENDS]
        return [(("UCM",), *header, (REJECTED,), *fault), *self.segments(inside)]

    def segments(self, own: Iterable[Finding]) -> list[Words]:
        """Give a UCS for each segment in error, with a UCD for each element."""
        placed = sorted((one for one in own if len(one.position) == 4), key=lambda one: one.position)
        found: list[list[Words]] = []
        for number, group in groupby(placed, key=lambda one: one.position[0]):
            here = list(group)
            whole = [one for one in here if not one.position[1]]
            # Two faults of a whole segment are two segments in error.
            found.extend([_segment(number, self.code(one))] for one in whole[:-1])
            elements = [self.element(one) for one in here if one.position[1]]
            code = self.code(whole[-1]) if whole else ""
            found.append([_segment(number, code), *elements[:_ELEMENTS_MAX]])
        return list(chain.from_iterable(found[:_SEGMENTS_MAX]))

    def element(self, finding: Finding) -> Words:
        """Give the UCD of an element in error."""
        _, element, component, repetition = finding.position
        place = pointer((element, component))
        if repetition and not self.old:
            place = (*place, str(repetition))
        return ("UCD",), (self.code(finding),), place


def _segment(number: int, code: str) -> Words:
    return ("UCS",), (str(number),), (code,)


def _quoted(header: Node, elements: Iterable[tuple[str, ...]]) -> Words:
    """Give elements of UNB, UNG or UNH as CONTRL can hold them."""
    return tuple([tuple([quoted(header, key) for key in keys]) for keys in elements])


def quoted(header: Node, key: str) -> str:
    """Give a value of UNB, UNG or UNH as CONTRL can hold it: one that is too long is cut at its length."""
    text = header.get(key)
    known = header.known if isinstance(header, Segment) else None
    if known is None or key not in known.places:
        return text
    slot, cell = known.places[key]
    return text[: known.slots[slot].cells[cell].element.length_max]


def pointer(position: Sequence[int]) -> tuple[str, ...]:
    """Give S011 for (element, component) in CONTRL's counting; nothing where no element is meant."""
    if len(position) != 2 or not position[0]:
        return ()
    return str(position[0]), str(position[1]) if position[1] else ""
