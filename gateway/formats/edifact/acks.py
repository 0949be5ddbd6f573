"""Answers in EDIFACT: which one is due, and the envelope that it travels in.

Lives here: the way from a received file to the interchanges that answer it, one for each
that was received, addressed back to its sender. Never here: what the answers say
(`acks_contrl.py`, `acks_customs.py`, `acks_aperak.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.finding import Level
from gateway.formats.edifact.acks_aperak import application_answer
from gateway.formats.edifact.acks_contrl import syntax_report
from gateway.formats.edifact.acks_customs import customs_response
from gateway.formats.edifact.acks_framed import framed
from gateway.formats.edifact.envelop import envelop
from gateway.formats.edifact.received import Received
from gateway.formats.edifact.writer import write
from gateway.tree import Envelope, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.finding import Answer
    from gateway.specs import Specs
    from gateway.tree import Interchange, Transaction

CUSTOMS_MESSAGES = frozenset({"CUSDEC", "CUSCAR", "CUSREP", "CUSEXP"})
# What is never answered: acknowledgements themselves.
ACKNOWLEDGEMENTS = frozenset({"CONTRL", "APERAK", "AUTACK"})
USUAL_DIRECTORY = "D96B"
_QUALIFIER_CHARS_MAX, _PARTY_CHARS_MAX = 4, 35


def acknowledge(interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs) -> bytes:
    """Answer the sender; see `Format.acknowledge`.

    Several interchanges in one file get several answers, numbered from `envelope.control`
    on. b"" where no UNB could be read, or nothing is to be said.
    """
    out = b""
    control = envelope.control
    for received in _received(interchange, specs):
        back = _back(envelope, control, interchange, received)
        if answer.level is Level.SYNTAX:
            written = _syntax(received, answer, back, specs)
        else:
            written = _customs(received, answer, back, specs)
        control += 1 if written else 0
        out += written
    return out


def _received(interchange: Interchange, specs: Specs) -> Iterator[Received]:
    number = 0
    for node in interchange.root.children:
        if node.name == "UNB" and node.children:
            number += 1
            yield Received(interchange, node, number, specs)


def _back(envelope: Envelope, control: int, interchange: Interchange, received: Received) -> Envelope:
    """Turn the received envelope round, with a number of its own; what the options say goes first.

    A file may have interchanges of several senders: where the envelope has the parties of the file, which are
    those of its first interchange, each answer goes to the sender of its own.
    """
    unb, notation = received.header, received.notation
    turned = {
        "sender_qualifier": unb.get("S003.0007"),
        "receiver_qualifier": unb.get("S002.0007"),
        "test": unb.get("0035") if unb.get("0035") == "1" else "",
    }
    options = {
        "syntax": notation.syntax.version,
        **{name: text for name, text in turned.items() if text and len(text) <= _QUALIFIER_CHARS_MAX},
        **{name: text for name, text in notation.frame().items() if name != "line_end"},
        **{name: text for name, text in envelope.options.items() if name != "correlation"},
    }
    return Envelope(
        sender=_party(unb.get("S003.0010"), envelope.sender, interchange.receiver),
        receiver=_party(unb.get("S002.0004"), envelope.receiver, interchange.sender),
        control=control,
        at=envelope.at,
        options=options,
    )


def _party(own: str, told: str, file: str) -> str:
    """Give the id that was told, or that of the header where it is none but the file's; no longer than it may be."""
    return (own if own and told in {"", file} else told)[:_PARTY_CHARS_MAX]


def _syntax(received: Received, answer: Answer, envelope: Envelope, specs: Specs) -> bytes:
    messages = {transaction.message for _, transaction in received.transactions()}
    if messages and messages <= ACKNOWLEDGEMENTS - {"APERAK"}:
        return b""
    said = syntax_report(received, answer)
    return framed("CONTRL", received.notation.syntax.contrl, said, envelope, specs)


def _customs(received: Received, answer: Answer, envelope: Envelope, specs: Specs) -> bytes:
    """Write CUSRES, or APERAK where the message that was received is no business of customs."""
    chosen = envelope.options.get("confirmation_message", "")
    due: dict[tuple[str, str], list[Node]] = {}
    for number, transaction in received.transactions():
        if transaction.message in ACKNOWLEDGEMENTS:
            continue
        message = chosen or ("CUSRES" if transaction.message in CUSTOMS_MESSAGES else "APERAK")
        version = _version(message, transaction, specs)
        write_one = customs_response if message == "CUSRES" else application_answer
        root = write_one(received, (number, transaction), answer, envelope, specs, version)
        access = transaction.root.children[0].get("0068") if transaction.root.children else ""
        # What the sender knows the message by comes back with the answer.
        root.children.insert(0, Node("UNH", {"0068": access}))
        due.setdefault((message, version), []).append(root)
    out = b""
    control = envelope.control
    for (message, version), roots in due.items():
        out += _written(message, version, roots, replace(envelope, control=control), specs)
        control += 1
    return out


def _version(message: str, transaction: Transaction, specs: Specs) -> str:
    """Give the directory to answer in: that of the message, else the usual one."""
    known = specs.message("edifact", message, transaction.version) is not None
    return transaction.version if known else USUAL_DIRECTORY


def _written(message: str, version: str, roots: list[Node], envelope: Envelope, specs: Specs) -> bytes:
    return write(envelop(message, version, roots, envelope, specs), specs)
