"""The answer as a JSON document, `edi_specs/json/acknowledgement.1.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.formats.json.indented import indented

if TYPE_CHECKING:
    from gateway.finding import Answer
    from gateway.tree import Envelope, Interchange, Transaction

VERSION = "1"


def acknowledge(interchange: Interchange, answer: Answer, envelope: Envelope) -> bytes:
    """Answer with everything that the answer says; nothing is coded or cut."""
    document = {
        "level": answer.level.value,
        "accepted": answer.accepted,
        "sender": envelope.sender,
        "receiver": envelope.receiver,
        "control": str(envelope.control),
        "at": envelope.at,
        "answers": [_about(transaction) for transaction in interchange.transactions],
        "findings": [finding.as_json() for finding in answer.findings],
        "dispositions": [said.as_json() for said in answer.dispositions],
    }
    kept = {key: value for key, value in document.items() if value not in ("", [])}
    return f"{indented({'acknowledgement': kept})}\n".encode("utf-8", "replace")


def _about(transaction: Transaction) -> dict[str, Any]:
    """Name a transaction that the answer is about."""
    about = {"message": transaction.message, "version": transaction.version, "control": transaction.control}
    return {key: value for key, value in about.items() if value}
