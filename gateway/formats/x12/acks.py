"""Answers in X12: which one is due, and the envelope that it travels in.

Lives here: the way from a received file to the interchanges that answer it, one for each
that was received, addressed back to its sender. Never here: what the answers say
(`acks_syntax.py`, `acks_customs.py`, `acks_advice.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.finding import Level
from gateway.formats.x12.acks_advice import advice
from gateway.formats.x12.acks_customs import CUSTOMS_SETS, confirmation
from gateway.formats.x12.acks_framed import enveloped, framed
from gateway.formats.x12.acks_received import Received, Verdicts, interchange_note
from gateway.formats.x12.acks_status import statuses
from gateway.formats.x12.acks_syntax import group_answer
from gateway.formats.x12.writer import control_of, envelop, group_node, interchange_node, write
from gateway.specs.x12_envelope import envelope as envelope_rows
from gateway.tree import Envelope, Interchange, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.finding import Answer, Disposition
    from gateway.formats.x12.acks_received import Group
    from gateway.specs import Specs
    from gateway.tree import Transaction

FIRST_WITH_999 = "005010"
# GS01 of what is never acknowledged: 997, 999 and TA1 themselves.
ACKNOWLEDGEMENTS = "FA"


def acknowledge(interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs) -> bytes:
    """Answer the sender; see `Format.acknowledge`.

    Several interchanges in one file get several answers, numbered from `envelope.control`
    on. b"" where no ISA could be read, or nothing is to be said.
    """
    verdicts = Verdicts(interchange, answer.findings, specs) if answer.level is Level.SYNTAX else None
    out = b""
    control = envelope.control
    for received in received_of(interchange, envelope.options):
        at = _back(envelope, control, interchange, received, specs)
        if verdicts is not None:
            written = _syntax(received, verdicts, at, specs)
        else:
            written = _customs(received, interchange, answer, at, specs)
        control += 1 if written else 0
        out += written
    return out


def received_of(interchange: Interchange, told: Mapping[str, str]) -> Iterator[Received]:
    """Yield each interchange of a file that has an ISA; delimiters that are told are those of its answer."""
    numbers = {id(one.root): number for number, one in enumerate(interchange.transactions)}
    found = [node for node in interchange.root.children if node.name == "ISA"]
    for turn, node in enumerate(found, 1):
        if node.children:
            yield Received(interchange, node, turn, numbers, told)


def _back(
    envelope: Envelope, control: int, interchange: Interchange, received: Received, specs: Specs
) -> Envelope:
    """Turn the received envelope round, with a number of its own; what the options say goes first.

    A file may have interchanges of several senders: where the envelope has the parties of the file, which are
    those of its first interchange, each answer goes to the sender of its own. No party is longer than an ISA has room.
    """
    isa, frame = received.header, received.frame
    rows = envelope_rows(specs.root)["ISA"]

    def known(key: str, otherwise: str) -> str:
        # What was wrong in the header that came is not sent back in ours.
        text = isa.get(key)
        return text if text in rows[int(key) - 1].codes else otherwise

    options = {
        "isa_qualifier": known("07", "ZZ"),
        "isa_receiver_qualifier": known("05", "ZZ"),
        "isa_version": known("12", "00401"),
        "usage": known("15", "P"),
        **frame,
        **envelope.options,
    }
    return Envelope(
        sender=received.party("08", envelope.sender, interchange.receiver),
        receiver=received.party("06", envelope.receiver, interchange.sender),
        control=control,
        at=envelope.at,
        options=options,
    )


def _in_group(received: Received, header: Node, envelope: Envelope, turn: int) -> Envelope:
    """Give the envelope of a group, `turn` counts them from 0, that answers the group of a header.

    What the options say goes first.
    """
    options = {
        "group_sender": received.clean(header.get("03"), 2, 15, envelope.sender),
        "group_receiver": received.clean(header.get("02"), 2, 15, envelope.receiver),
        "group_control": str(control_of(envelope, turn)),
        **envelope.options,
    }
    return Envelope(
        sender=envelope.sender,
        receiver=envelope.receiver,
        control=envelope.control,
        at=envelope.at,
        options=options,
    )


def _syntax(received: Received, verdicts: Verdicts, envelope: Envelope, specs: Specs) -> bytes:
    note = interchange_note(received, verdicts, envelope)
    inside = [note] if note else []
    count = 0
    if not verdicts.interchange_refused(received.turn):
        for group in received.groups:
            if group.header.get("01") != ACKNOWLEDGEMENTS:
                inside += _group(received, verdicts, group, envelope, specs)
                count += 1
    if not inside:
        return b""
    return enveloped(envelope, inside, count, _release(received, specs), received.frame)


def _group(
    received: Received, verdicts: Verdicts, group: Group, envelope: Envelope, specs: Specs
) -> list[str]:
    release = group.release[:6]
    message = envelope.options.get("acknowledgment_set") or ("997" if release < FIRST_WITH_999 else "999")
    if specs.message("x12", message, release) is None:
        release = "004010" if message == "997" else "005010"
    said = group_answer(received, verdicts, group, message)
    numbered = _in_group(received, group.header, envelope, group.number - 1)
    return framed(numbered, (ACKNOWLEDGEMENTS, message, release), said, received.frame["element"])


def _release(received: Received, specs: Specs) -> str:
    """Give the release to answer in: that of the first group, else of the oldest tables."""
    for group in received.groups:
        release = group.release[:6]
        if specs.message("x12", "997", release) is not None:
            return release
    return "004010"


def _written(envelope: Envelope, inside: Sequence[Node], version: str, frame: dict[str, str]) -> bytes:
    root = Node("x12", children=[interchange_node(envelope, inside, version, frame)])
    return write(Interchange(format="x12", root=root, transactions=[], separator="-", frame=frame))


@dataclass(frozen=True, slots=True)
class _Due:
    """One message that answers: its set, release, group and root."""

    message: str
    version: str
    root: Node
    header: Node


def _customs(
    received: Received, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs
) -> bytes:
    """Write 355 and 350, or 824 where the set that was received has neither."""
    due: list[_Due] = []
    for inside, number in received.transactions():
        transaction = interchange.transactions[number]
        due.extend(_answers(inside.children[0], transaction, number, answer, envelope, specs))
    groups: list[Node] = []
    for one in due:
        numbered = _in_group(received, one.header, envelope, len(groups))
        wrapped = envelop(one.message, one.version, [one.root], numbered, specs)
        code = numbered.options.get("group") or wrapped.root.children[0].children[1].children[0].get("01")
        groups.append(group_node(numbered, code, one.version, [wrapped.transactions[0].root]))
    if not groups:
        return b""
    for group in groups:
        _undivided(group, received.marks)
    return _written(envelope, groups, due[0].version, received.frame)


def _undivided(node: Node, marks: frozenset[str]) -> None:
    """Put a blank where a text of an answer has what divides it: customs' own words, or the sender's under other marks."""
    for key, text in node.values.items():
        if not marks.isdisjoint(text):
            node.values[key] = " ".join("".join(" " if one in marks else one for one in text).split())
    for child in node.children:
        _undivided(child, marks)


def _answers(
    header: Node, transaction: Transaction, number: int, answer: Answer, envelope: Envelope, specs: Specs
) -> list[_Due]:
    chosen = envelope.options.get("confirmation_set", "")
    # 355 and 350 begin with conveyance and port; what names neither is answered as other documents are.
    named = {"M10", "P4"} <= {child.name for child in transaction.root.children}
    if transaction.message not in CUSTOMS_SETS or chosen == "824" or not named:
        root = advice(transaction, number, answer, envelope, specs, header)
        return [_Due("824", _version("824", transaction, specs), root, header)]
    due = []
    told = tuple(said for said in answer.dispositions if not _takes_message(said))
    if not answer.accepted or told != answer.dispositions or not told:
        root = confirmation(transaction, number, answer, specs)
        due.append(_Due("355", _version("355", transaction, specs), root, header))
    if answer.accepted and told:
        status = statuses(transaction, replace(answer, dispositions=told), envelope, specs)
        due += [_Due("350", *status, header)] if status is not None else []
    return due


def _takes_message(said: Disposition) -> bool:
    """Tell whether customs only took the message, and said nothing of a bill or an entry.

    That is a 355 without remarks; X4 has no code for it.
    """
    return said.meaning == "accepted" and said.scope == "entry" and not said.reference


def _version(message: str, transaction: Transaction, specs: Specs) -> str:
    return transaction.version if specs.message("x12", message, transaction.version) else "004010"
