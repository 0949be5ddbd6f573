"""The signing suites: one for each form of signature and algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot
from gateway.conformance.signing.changes import FORMS, statements
from gateway.conformance.signing.evidence import key, made
from gateway.conformance.signing.verifying import HOLDS, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.conformance.signing.changing import Change
    from gateway.signing import Purpose

_SOURCES = {
    "ack": "RFC 7515 appendix F",
    "receipt": "RFC 7515, our receipts",
    "cms": "RFC 5652",
    "pss": "RFC 4056, RFC 8017",
    "xml": "XML Signature 1.1",
    "smime": "RFC 8551, RFC 4130",
    "encrypted": "RFC 5652, RFC 5083, RFC 8551",
    "mdn": "RFC 4130, RFC 8098",
    "timestamp": "RFC 3161",
    "http": "RFC 9421, RFC 9530",
    "fields": "RFC 9651",
    "keys": "RFC 7517, RFC 7518",
    "log": "RFC 9162, tlog-checkpoint, tlog-proof, tlog-cosignature, signed-note",
    "growth": "RFC 9162",
}


@dataclass(frozen=True)
class SigningSuite:
    """One form of signature under one algorithm."""

    form: str
    purpose: Purpose
    algorithm: str

    @property
    def name(self) -> str:
        """`signing.ack.ES256`."""
        return f"signing.{self.form}.{self.algorithm}"

    @property
    def size(self) -> int:
        """About how many cases there are."""
        return sum(len(tried) for _, _, tried in statements(self.form))

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about the form."""
        for name, text, _ in statements(self.form):
            yield Clause(f"{self.name}/{name}", text, _SOURCES[self.form], who="receiver", level=9)

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the form."""
        for name, _, tried in statements(self.form):
            for variant, problem, change in tried:
                case = f"{self.name}/{name}/{variant}"
                make = partial(self._make, case, problem, change)
                clause = (f"{self.name}/{name}",)
                yield Case(case, self.name, clause, 9, "must", not problem, make, "signing")

    def _make(self, case: str, problem: str, change: Change) -> Built:
        signer = key(self.purpose, self.algorithm)
        one = change(made(self.form, self.algorithm), signer)
        steps = {"signer": signer.kid, **one.steps()}
        if not problem:
            return Built(one.data, Expect(HOLDS), steps=steps)
        spot = Spot(problem.replace("/", "."), ())
        where = case.partition("/")[2]
        return Built(one.data, Expect(REFUSED, (spot,), None, where), Operator("change", where), steps=steps)


def suites(_root: Path, _seed: int) -> list[SigningSuite]:
    """Give every signing suite in order."""
    return [
        SigningSuite(form, purpose, algorithm)
        for form, purpose, algorithms in FORMS
        for algorithm in algorithms
    ]
