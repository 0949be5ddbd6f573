"""Clause, Case, Expect, Seen: the words of the conformance suite.

Lives here: what is passed between generators, targets, judge and reports. Never here: what
any format looks like, how a target is reached, how a result is drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "BROKEN",
    "LEVELS",
    "NONCONFORMING",
    "PASSED",
    "UNJUDGED",
    "USAGE",
    "VERDICTS",
    "Ack",
    "Built",
    "Case",
    "Clause",
    "Expect",
    "Operator",
    "Seen",
    "Spot",
    "Verdict",
    "View",
    "salt",
]

# Exit statuses: all passed; something did not; a wrong command line; something could not be judged; our fault.
PASSED, NONCONFORMING, USAGE, UNJUDGED, BROKEN = range(5)

# The seven WEDI SNIP types, and two more for a gateway.
LEVELS: Mapping[int, str] = {
    1: "syntax integrity",
    2: "message requirements",
    3: "balancing",
    4: "situational",
    5: "code lists",
    6: "procedure or mode specific",
    7: "partner specific",
    8: "exchange",
    9: "signing",
}


class Verdict(StrEnum):
    """What is said of one case.

    `fail` is the target's fault, `error` means that it could not be judged. `known` is a
    failure that the baseline lists, `fixed` one that it lists and that is gone.
    """

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"
    EXCLUDED = "excluded"
    KNOWN = "known"
    FIXED = "fixed"


VERDICTS = tuple(Verdict)


class View(StrEnum):
    """How much a target lets us see; each one includes those before it."""

    DISPOSITION = "disposition"
    CODES = "codes"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class Clause:
    """One checkable statement of a spec.

    `force` is must, should or may; `who` the sender or the receiver; `level` one of
    `LEVELS`. `reason` says why nothing tests it, "" where something does. `pair` is true where
    both sides of the line can be tested.
    """

    id: str
    text: str
    source: str
    force: str = "must"
    who: str = "sender"
    level: int = 1
    reason: str = ""
    pair: bool = True


class Operator(NamedTuple):
    """How a case was made wrong: one operator, at one place, from one value to another."""

    op: str
    at: str
    was: str = ""
    now: str = ""

    def as_json(self) -> dict[str, str]:
        """Give plain values."""
        return {"op": self.op, "at": self.at, "was": self.was, "now": self.now}


class Spot(NamedTuple):
    """A finding that must come back: code `code.unknown`, place, bytes.

    `at` lists the places that are right, most often one. `span` None is not judged.
    """

    code: str
    at: tuple[str, ...]
    span: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        plain: dict[str, Any] = {"code": self.code, "at": self.at[0] if len(self.at) == 1 else list(self.at)}
        if self.span is not None:
            plain["span"] = list(self.span)
        return plain


class Ack(NamedTuple):
    """What the acknowledgement must say: its message, and codes by their place in it."""

    message: str
    codes: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"message": self.message, "codes": dict(self.codes)}


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come back. No finding at all is expected where `findings` is empty.

    `where` says in words which place an acknowledgement code is about. `also` are findings that
    may come along: where the standard has a value repeated (Z of A), a fault of it is there twice. With `open`
    any finding may come: what is judged is the answer itself.
    """

    disposition: str
    findings: tuple[Spot, ...] = ()
    ack: Ack | None = None
    where: str = ""
    also: tuple[Spot, ...] = ()
    open: bool = False

    def as_json(self) -> dict[str, Any]:
        """Give plain values; what is not expected is left out."""
        plain: dict[str, Any] = {"disposition": self.disposition}
        if self.findings:
            plain["findings"] = [spot.as_json() for spot in self.findings]
        if self.ack is not None:
            plain["ack"] = self.ack.as_json()
        if self.open:
            plain["open"] = True
        return plain


ACCEPTED = Expect("accepted")


@dataclass(frozen=True, slots=True)
class Built:
    """A case that was made: bytes, expectation, and the operator of a bad one."""

    data: bytes
    expect: Expect = ACCEPTED
    operator: Operator | None = None
    steps: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """`sha256:` and the hex digest of the bytes."""
        return "sha256:" + hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Case:
    """One case, cheap until it is made.

    `place` and what follows stand in the id: `<suite>/<place>/<constraint>[/<variant>]`.
    `kind` is `message` (bytes in, verdict out), `exchange` (steps) or `signing`.
    """

    id: str
    suite: str
    clauses: tuple[str, ...]
    level: int
    force: str
    good: bool
    make: Callable[[], Built]
    kind: str = "message"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a target let us see of one case.

    `disposition` is accepted or rejected, "" where it could not be told; then `trouble` says
    why. `findings` (without those that are only worth knowing) and `acks` are None where the
    target does not show them. `flaws` are what is wrong with the answer itself. `late` says
    how late an answer came, "" for in time. `skipped` says why a target has no such thing.
    With `overtime` time ran out, which load alone can be the reason of.
    """

    disposition: str = ""
    findings: tuple[Spot, ...] | None = None
    acks: tuple[Ack, ...] | None = None
    answer: bytes = b""
    trouble: str = ""
    late: str = ""
    skipped: str = ""
    flaws: tuple[str, ...] = ()
    overtime: bool = False


def salt(seed: int, name: str) -> int:
    """Give a number that depends on seed and name alone: where a generator may choose, it chooses by it."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=6).digest(), "big")
