"""Bytes to records: 80 characters each, no line ends; the lenient mode mends.

catair.md 2.1 and 2.2. One byte is one character (the cent sign is A2), so offsets of
characters are offsets of bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity, Span
from gateway.specs.catair_fields import WIDTH

if TYPE_CHECKING:
    from gateway.specs import Limits

# Printable ASCII and the cent sign: catair.md 2.2.
BAD = re.compile(r"[^ -~\xa2]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(slots=True)
class Cut:
    """Records with the bytes from and to which each was read, and what was wrong or mended."""

    records: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    short: bool = False
    """Whether records behind these were left out, as there are more than may be."""


def upper(text: str) -> str:
    """Upper-case a-z and nothing else, so that the length stays."""
    return text.translate(_UPPER)


def cut(data: bytes, limits: Limits) -> Cut:
    """Cut bytes into records of 80 characters; the last may be shorter when not lenient."""
    if len(data) > limits.interchange_bytes_max:
        found = Cut()
        found.findings.append(
            _fault(
                "limit/interchange_bytes_max",
                f"the transmission has more than {limits.interchange_bytes_max} bytes",
                expected=str(limits.interchange_bytes_max),
                actual=str(len(data)),
            )
        )
        return found
    text = data.decode("latin-1")
    found = _lenient(text) if limits.lenient else _strict(text)
    if len(found.records) > limits.segments_max:
        for each in (found.records, found.starts, found.ends):
            del each[limits.segments_max :]
        found.short = True
        found.findings.append(
            _fault("limit/segments_max", f"the transmission has more than {limits.segments_max} records")
        )
    return found


def _strict(text: str) -> Cut:
    found = Cut()
    found.starts = list(range(0, len(text), WIDTH))
    found.records = [text[start : start + WIDTH] for start in found.starts]
    found.ends = [*found.starts[1:], len(text)] if text else []
    if not text:
        found.findings.append(_fault("batch/empty", "there is nothing to read"))
    elif len(found.records[-1]) < WIDTH:
        last = found.records[-1]
        found.findings.append(
            _fault(
                "record/short",
                f"the last record has {len(last)} characters, not {WIDTH}",
                span=Span(found.starts[-1], len(text)),
                clause="cbp.batch.v23/X42",
                expected=str(WIDTH),
                actual=str(len(last)),
                place=f"record {len(found.records)}",
            )
        )
    return found


def _lenient(text: str) -> Cut:
    found = Cut()
    ends = 0
    first_end: Span | None = None
    start = 0
    while start < len(text):
        end = _LINE_END.search(text, start)
        stop = end.start() if end else len(text)
        if end:
            ends += 1
            first_end = first_end or Span(*end.span())
        _mend(found, text, start, stop)
        start = end.end() if end else len(text)
    if ends:
        found.findings.append(
            _fault(
                "record/line-end",
                f"{ends} line ends between records were left out",
                severity=Severity.REPAIRED,
                span=first_end,
                clause="cbp.batch.v23/X40",
                actual=str(ends),
                expected="0",
            )
        )
    if not found.records:
        found.findings.append(_fault("batch/empty", "there is nothing to read"))
    return found


def _mend(found: Cut, text: str, start: int, stop: int) -> None:
    """Take one line: records of 80, the last one padded, lower case raised."""
    for at in range(start, stop, WIDTH):
        record = text[at : min(at + WIDTH, stop)]
        if not record.strip(" ") and stop - start != WIDTH:
            continue
        raised = upper(record)
        number = len(found.records) + 1
        if raised != record:
            found.findings.append(
                _fault(
                    "character/lower-case",
                    "lower case letters were raised",
                    severity=Severity.REPAIRED,
                    span=Span(at, at + len(record)),
                    place=f"record {number}",
                    clause="cbp.batch.v23/X40",
                )
            )
        if len(record) < WIDTH:
            found.findings.append(
                _fault(
                    "record/cut-blanks",
                    f"blanks cut from the end of the record were put back, {WIDTH - len(record)} of them",
                    severity=Severity.REPAIRED,
                    span=Span(at, at + len(record)),
                    place=f"record {number}",
                    clause="cbp.batch.v23/X42",
                    expected=str(WIDTH),
                    actual=str(len(record)),
                )
            )
        found.records.append(raised.ljust(WIDTH))
        found.starts.append(at)
        found.ends.append(at + len(record))


def _fault(
    problem: str,
    message: str,
    *,
    severity: Severity = Severity.ERROR,
    span: Span | None = None,
    clause: str = "",
    place: str = "",
    expected: str = "",
    actual: str = "",
) -> Finding:
    return Finding(
        code=f"catair.envelope/{problem}",
        message=message,
        severity=severity,
        layer=Layer.SYNTAX,
        clause=clause,
        place=place,
        span=span,
        expected=expected,
        actual=actual,
    )
