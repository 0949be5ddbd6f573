"""Span, Finding, Report, Answer: what was wrong, where, and what is said about it.

Lives here: the vocabulary of judgement that every layer shares. Never here:
how anything is read, and what any wire calls it (`edi_specs/ack_codes/`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Span(NamedTuple):
    """Half-open byte range `[start, end)` of the bytes as they were received."""

    start: int
    end: int


class Severity(StrEnum):
    """How much a finding weighs. Only `error` makes a report not ok."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    REPAIRED = "repaired"


class Layer(StrEnum):
    """Who says so.

    `syntax` and `schema` are the standard's own grammar, `code` its code lists,
    `business` a rule over the entry, `profile` the partner's agreement.
    """

    SYNTAX = "syntax"
    SCHEMA = "schema"
    CODE = "code"
    BUSINESS = "business"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong, or repaired, or worth knowing.

    `code` is stable: `<format>.<message>.<version>/<address>/<constraint>/<problem>`
    for the wire (`x12.309.004010/M10-02/code/unknown`), the rule's id for business
    rules. `place` is the wire address or the canonical path. `transaction` is the
    zero-based index in the interchange, None for the envelope. `position` locates the
    finding inside its transaction in the format's own counting (X12: segment,
    element, component, repetition, from 1, 0 for not applicable). `path` is the canonical
    path where a rule over the entry speaks and lineage has put `place` and `span`.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    layer: Layer = Layer.SCHEMA
    clause: str = ""
    place: str = ""
    span: Span | None = None
    expected: str = ""
    actual: str = ""
    transaction: int | None = None
    position: tuple[int, ...] = ()
    path: str = ""

    @property
    def problem(self) -> str:
        """The last two parts of the code: `code/unknown`. Keys of `ack_codes/*.csv`."""
        code = self.code
        return code[code.rfind("/", 0, max(code.rfind("/"), 0)) + 1 :]

    def as_json(self) -> dict[str, Any]:
        """Give the finding as plain JSON values; empty fields are left out."""
        plain: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity.value,
            "layer": self.layer.value,
            "message": self.message,
        }
        for name in ("clause", "place", "path", "expected", "actual"):
            if value := getattr(self, name):
                plain[name] = value
        if self.span is not None:
            plain["span"] = [self.span.start, self.span.end]
        if self.transaction is not None:
            plain["transaction"] = self.transaction
        if self.position:
            plain["position"] = list(self.position)
        return plain


@dataclass(frozen=True, slots=True)
class Report:
    """What a validation found."""

    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether no finding has severity error."""
        return no_errors(self.findings)


def no_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether none of the findings is an error."""
    return all(finding.severity is not Severity.ERROR for finding in findings)


class Level(StrEnum):
    """What an answer attests. A syntax answer never says that customs accepted."""

    SYNTAX = "syntax"
    CUSTOMS = "customs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One thing an authority said, in no format's words.

    `meaning` is canonical (accepted, rejected, hold, exam, release, ...), `code` what
    was said on the wire. `reference` names what it is about: an entry number, or with
    `scope` "bill" a bill number. `at` is an RFC 3339 instant or "".
    """

    code: str
    meaning: str
    text: str = ""
    at: str = ""
    scope: str = "entry"
    reference: str = ""
    agency: str = ""
    quantity: str = ""

    def as_json(self) -> dict[str, str]:
        """Give it as plain JSON values; what is empty is left out, apart from code and meaning."""
        plain = {
            "code": self.code,
            "meaning": self.meaning,
            "text": self.text,
            "at": self.at,
            "scope": self.scope,
            "reference": self.reference,
            "agency": self.agency,
            "quantity": self.quantity,
        }
        return {name: value for name, value in plain.items() if value or name in {"code", "meaning"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an acknowledgement has to say, before it has a format.

    `accepted` counts for the whole interchange; `findings` carry the places in the
    sender's own bytes (`span`, `transaction`, `position`).
    """

    level: Level
    accepted: bool
    findings: tuple[Finding, ...] = ()
    dispositions: tuple[Disposition, ...] = field(default=())
