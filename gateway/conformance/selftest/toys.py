"""Toys: of each the verdict of every case is known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.judge import judge
from gateway.conformance.model import Verdict, View
from gateway.conformance.selftest.outcome import Outcome
from gateway.conformance.targets.toys import TOYS, Toy, heads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.conformance.model import Built, Case


def expected(toy: str, case: Case, built: Built) -> Verdict:
    """Give the verdict that a toy deserves. A fault that does not refuse is told by a finding alone."""
    if toy == "random":
        toy = "accept" if heads(case) else "reject"
    if toy == "accept":
        return Verdict.FAIL if built.expect.findings else Verdict.PASS
    if toy == "reject":
        return Verdict.FAIL if built.expect.disposition == "accepted" else Verdict.PASS
    return Verdict.FAIL


def run(toy: str, cases: Iterable[Case]) -> Outcome:
    """Judge a toy; caught is a case whose verdict is the right one."""
    found = Outcome(f"toy:{toy}")
    target = Toy(toy)
    for case in cases:
        built = case.make()
        seen = target.send(case, built)
        if seen.skipped:
            continue
        found.total += 1
        verdict = judge(built.expect, seen, View.FINDINGS).verdict
        if verdict is expected(toy, case, built):
            found.caught += 1
        else:
            found.survivors.append(f"{case.id} ({case.clauses[0]}): {verdict}")
    return found


NAMES = tuple(TOYS)
