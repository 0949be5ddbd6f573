"""Log: findings of one read, with their codes, severities and the limit on their number.

Lives here: how a problem becomes a `Finding`. The problem's severity, and whether lenient
reading repairs it, stand in the format's table in `edi_specs/ack_codes/`. Never here: what is a problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.finding import Finding, Layer, Severity, Span
from gateway.specs import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The constraint part of a clause, by problem; others are the problem's last word.
_CLAUSES: Mapping[str, str] = {
    "element/missing": "usage",
    "element/not-used": "usage",
    "element/too-short": "length",
    "element/too-long": "length",
    "element/too-many": "elements",
    "code/unknown": "codes",
    "code/unlisted": "codes",
    "code/elsewhere": "codes",
    "segment/missing": "usage",
    "loop/missing": "usage",
    "segment/too-many": "maximum",
    "loop/too-many": "maximum",
    "segment/order": "order",
    "segment/unexpected": "order",
}


class Weight(Protocol):
    """What a problem weighs: "" or a severity, in strict and in lenient reading."""

    @property
    def severity(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def lenient(self) -> str: ...  # noqa: D102


class Log:
    """Collects findings of one file. A `scope` begins every code: `x12.309.004010`."""

    def __init__(self, codes: Mapping[str, Weight], limits: Limits, *, envelope: str, header: str) -> None:
        """Start empty; `codes` is the problem table, `envelope` the scope of findings on `header` (ISA, UNB)."""
        self.codes = codes
        self.limits = limits
        # No segment of a table is as long as the usual limit, so that what is whole needs no look at each one's length.
        self.tight = limits.segment_bytes_max < Limits.segment_bytes_max
        self.envelope = envelope
        self.header = header
        # Where the bytes at hand begin in the file, for who counts spans from there: added to each.
        self.base = 0
        self.count = 0
        self.full = False

    def overlong(self, bounds: Iterable[tuple[int, int, int]]) -> bool:
        """Tell whether a segment is longer than this reading takes, where that is less than usual."""
        return self.tight and any(end - start > self.limits.segment_bytes_max for start, end, _ in bounds)

    def severity(self, problem: str) -> Severity:
        """Give the severity that a problem has in this kind of reading."""
        row = self.codes[problem]
        if self.limits.lenient and row.lenient:
            return Severity(row.lenient)
        return Severity(row.severity) if row.severity else Severity.ERROR

    def repairs(self, problem: str) -> bool:
        """Tell whether this reading puts a repaired value in the place of a wrong one."""
        return self.severity(problem) is Severity.REPAIRED

    def add(
        self,
        into: list[Finding],
        scope: str,
        address: str,
        problem: str,
        message: str,
        *,
        place: str = "",
        span: Span | None = None,
        expected: str = "",
        actual: str = "",
        transaction: int | None = None,
        position: tuple[int, ...] = (),
        note: str = "",
    ) -> None:
        """Add one finding, or the one that says that more were cut."""
        if self.full:
            return
        if self.count >= self.limits.findings_max:
            self.full = True
            most = self.limits.findings_max
            scope, address, problem, note = self.envelope, self.header, "limit/findings_max", ""
            message, expected, actual = (
                f"more than {most} findings; the rest are cut",
                f"at most {most}",
                "more",
            )
        self.count += 1
        constraint = note or _CLAUSES.get(problem) or problem.rsplit("/", 1)[-1]
        into.append(
            Finding(
                code=f"{scope}/{address}/{problem}",
                message=message,
                severity=self.severity(problem),
                layer=self._layer(scope, problem),
                clause=f"{scope}/{address}/{constraint}",
                place=place or address,
                span=span and Span(self.base + span.start, self.base + span.end),
                expected=expected,
                actual=actual,
                transaction=transaction,
                position=position,
            )
        )

    def _layer(self, scope: str, problem: str) -> Layer:
        if problem.startswith("code/"):
            return Layer.CODE
        return Layer.SYNTAX if scope == self.envelope else Layer.SCHEMA
