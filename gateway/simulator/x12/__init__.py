"""X12 as the small ACE speaks it: TA1 and 997 at once, 355, later 350.

Lives here: one interchange after the other, and the status message. Never here: syntax
(`syntax.py`) and customs' checks (`manifest.py`).
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gateway.simulator.state import Message, instant, ready
from gateway.simulator.x12 import manifest, syntax
from gateway.simulator.x12.compose import frame, letter, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.finding import Finding
    from gateway.simulator.ace import Ace
    from gateway.simulator.scenarios import Status
    from gateway.simulator.state import Filing, Pending, State
    from gateway.simulator.x12.compose import Segment
    from gateway.tree import Interchange, Node, Transaction

MEDIA_TYPE = "application/edi-x12"
_CONFIRMED = ("353", "356", "357", "358")
# Up to this release N7 is mandatory under X4; a bill without equipment has this number.
_EQUIPMENT_UNTIL, _NO_EQUIPMENT = "004030", "/0"
_EQUIPMENT_MAX = 999


class X12:
    """The handler of `application/edi-x12`."""

    def claims(self, data: bytes) -> bool:
        """Tell nothing: without a readable ISA there is nobody to answer."""
        del data
        return False

    def receive(
        self, ace: Ace, state: State, batch: str, interchange: Interchange, at: datetime
    ) -> tuple[State, Sequence[Pending]]:
        """Answer each group with 997 or 999, each manifest with 355."""
        answers: list[Pending] = []
        by_root = {id(transaction.root): transaction for transaction in interchange.transactions}
        for isa in (node for node in interchange.root.children if node.name == "ISA" and node.children):
            refused = syntax.refusal(ace.specs.root, interchange)
            head = isa.children[0]
            if refused or head.get("14") == "1":
                kept = frame(interchange, isa, None)
                segment = syntax.note(head, refused, at)
                body = wrapped(kept, state.control, at, [segment], groups=0)
                state = replace(state, control=state.control + 1)
                answers.append(_pending("TA1", batch, body, at))
            if refused:
                continue
            for group in (node for node in isa.children if node.name == "GS" and node.children):
                sets = [by_root[id(node)] for node in group.children if id(node) in by_root]
                state, added = _group(ace, state, batch, interchange, (isa, group), sets, at)
                answers += added
        return state, answers

    def tell(
        self, ace: Ace, state: State, filing: Filing, status: Status, step: Mapping[str, str], at: datetime
    ) -> tuple[State, Sequence[Message]]:
        """Write a 350 with one X4 for each bill that the status is about."""
        del ace
        bills = [
            bill
            for bill in filing.row("bills")
            if not step.get("bill") or fnmatchcase(bill["number"], step["bill"])
        ]
        if not status.x12 or not bills:
            return state, ()
        segments: list[Segment] = [
            ("M10", *filing.fact("m10").split("\x1f")),
            ("P4", *filing.fact("p4").split("\x1f")),
        ]
        for bill in bills:
            segments += _status(bill, status, filing.frame.get("gs08", ""), at)
        body = letter(filing.frame, state.control, at, [("350", segments)])
        state = replace(state, control=state.control + 1)
        message = Message(kind="350", batch=filing.batch, media_type=MEDIA_TYPE, body=body, at=instant(at))
        return state, (message,)


def _status(bill: Mapping[str, str], status: Status, release: str, at: datetime) -> Iterator[Segment]:
    """Yield X4 of one bill, its remark and its equipment."""
    when = (at.strftime("%Y%m%d"), at.strftime("%H%M"))
    yield ("X4", bill["bare"], bill["quantity"], "", "", *when, status.x12, "", bill["issuer"])
    if status.text:
        yield ("K1", status.text[:30])
    equipment = bill.get("equipment", "").split()
    if not equipment and release[:6] <= _EQUIPMENT_UNTIL:
        equipment = [_NO_EQUIPMENT]
    for number in equipment[:_EQUIPMENT_MAX]:
        initial, _, serial = number.partition("/")
        if serial:
            yield ("N7", initial, serial[:10])


def _group(
    ace: Ace,
    state: State,
    batch: str,
    interchange: Interchange,
    place: tuple[Node, Node],
    sets: Sequence[Transaction],
    at: datetime,
) -> tuple[State, Sequence[Pending]]:
    isa, group = place
    if group.children[0].get("01") == "FA":
        return state, ()
    kept = frame(interchange, isa, group)
    own = _own_findings(interchange, group)
    name, acknowledgement = syntax.group_answer(ace.specs.root, group, sets, own)
    body = letter(kept, state.control, at, [(name, acknowledgement)])
    state = replace(state, control=state.control + 1)
    answers = [_pending(name, batch, body, at)]
    for transaction in sets:
        broken = any(finding.severity.value == "error" for finding in transaction.findings)
        if broken or own:
            continue
        segments: Sequence[Segment] | None = None
        if transaction.message == "309":
            state, segments = manifest.receive(ace, state, batch, transaction, kept, at)
        elif transaction.message in _CONFIRMED:
            segments = manifest.confirmed(transaction)
        if segments:
            body = letter(kept, state.control, at, [("355", segments)])
            state = replace(state, control=state.control + 1)
            answers.append(_pending("355", batch, body, at))
    return state, answers


def _own_findings(interchange: Interchange, group: Node) -> list[Finding]:
    """Give the envelope's errors that lie in this group's GS or GE."""
    extents = [node.extent() for node in (group.children[0], group.children[-1])]
    return [
        finding
        for finding in interchange.findings
        if finding.severity.value == "error"
        and finding.span is not None
        and any(extent and extent.start <= finding.span.start < extent.end for extent in extents)
    ]


def _pending(kind: str, batch: str, body: bytes, at: datetime) -> Pending:
    return ready(Message(kind=kind, batch=batch, media_type=MEDIA_TYPE, body=body, at=instant(at)))
