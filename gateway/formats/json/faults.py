"""Faults: what a reader saw, before it is known which message it stands in.

A fault of the document stops the reading (`json.envelope/document/...`); one inside a
message does not (`json.entry.1/lines/tariffs/number/...`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.finding import Finding, Layer, Severity, Span

_PLAIN = re.compile(r"[A-Za-z0-9_.@$~-]{1,64}")
_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where: the address without turns for the code, with turns for people; the transaction."""

    names: tuple[str, ...] = ()
    address: str = ""
    transaction: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong at one place."""

    problem: str
    message: str
    place: Place
    span: Span
    expected: str = ""
    actual: str = ""
    severity: Severity = Severity.ERROR
    layer: Layer = Layer.SCHEMA

    def finding(self, message_id: str) -> Finding:
        """Make the finding; `message_id` is `json.entry.1` or `json.envelope`."""
        path = "/".join(name if _PLAIN.fullmatch(name) else "?" for name in self.place.names)
        return Finding(
            code=f"{message_id}/{path or 'document'}/{self.problem}",
            message=self.message,
            severity=self.severity,
            layer=self.layer,
            clause="rfc8259" if self.layer is Layer.SYNTAX else "",
            place=self.place.address[:1000] or "document",
            span=self.span,
            expected=self.expected,
            actual=self.actual,
            transaction=self.place.transaction,
        )


def shown(text: str) -> str:
    """Cut a value that a message or finding shows."""
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
