"""What is said in plain JSON: a refusal where the sender's own format has none, or no format is known."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gateway.finding import Finding, Layer
from gateway.shell.work_jobs import PartRead, ReadDone, ReadJob, Reply

PROBLEM = "application/problem+json"


def over_budget(job: ReadJob, reason: str) -> ReadDone:
    """Refuse what could not be read within the limits of time and memory."""
    finding = Finding(code="limit/work/exceeded", message=reason, layer=Layer.SYNTAX)
    return ReadDone(
        wanted=2,
        format=job.format,
        findings=plain_bytes([finding.as_json()]),
        technical=problem([finding]),
        parts=[PartRead(idx=0)],
    )


def problem(findings: Sequence[Finding]) -> Reply:
    """Refuse where the sender's own format has no answer for it, or no format is known."""
    plain = {
        "type": "about:blank",
        "title": "The submission was refused",
        "status": 422,
        "errors": [finding.as_json() for finding in findings],
    }
    return Reply(data=plain_bytes(plain), media_type=PROBLEM, accepted=False)


_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


def plain_bytes(value: object) -> bytes:
    """Write plain values as JSON."""
    text = _ENCODE(value)
    # A lone surrogate stands for a byte that was no UTF-8; in JSON it is written as its escape.
    return text.encode("utf-8", "backslashreplace")
