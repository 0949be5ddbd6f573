"""A receipt as a text that people read."""

from __future__ import annotations

from gateway.signing.receipt import Attests, Receipt

SAYS = {
    Attests.RECEIVED: {
        "received": "These bytes were received and stored. Nothing is said about their content.",
        "rejected": "These bytes were received and refused. They were not read.",
    },
    Attests.SYNTAX: {
        "accepted": "The message could be read. Nothing is said about what customs will decide.",
        "rejected": "The message was refused: its syntax or structure is at fault.",
    },
    Attests.ACCEPTED: {
        "accepted": "The message was accepted for processing. Customs has not decided.",
        "rejected": "The message was refused: it breaks rules of its content.",
    },
    Attests.CUSTOMS: {
        "accepted": "Customs accepted.",
        "rejected": "Customs rejected.",
        "pending": "Customs answered; the decision is still open.",
    },
}
"""What is attested and how, in one plain sentence."""


def render(receipt: Receipt) -> str:
    """Give the receipt as lines of `name: value`, its sentence first. Values are shown escaped."""
    rows = [
        ("receipt", receipt.receipt),
        ("submission", receipt.submission),
        ("partner", receipt.partner),
        ("time", _spell(receipt.at)),
        ("received", _spell(receipt.received_at) if receipt.received_at else ""),
        ("content", f"{receipt.content.length} bytes, {receipt.content.digest}"),
        *((f"via {name}", value) for name, value in receipt.via.items()),
        *(receipt.interchange or {}).items(),
        ("answer", receipt.answers or ""),
        ("entry", receipt.entry or ""),
        ("findings", f"{receipt.findings.length}, {receipt.findings.digest}" if receipt.findings else ""),
        ("software", receipt.software),
        ("specs", ", ".join(receipt.specs)),
        ("log", receipt.log),
    ]
    head = f"{receipt.kind}: {SAYS[receipt.attests][receipt.disposition]}"
    return "\n".join([head, *(f"  {_safe(name):<12} {_safe(value)}" for name, value in rows if value)]) + "\n"


def _spell(at: object) -> str:
    return str(at).replace("+00:00", " UTC")


def _safe(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
