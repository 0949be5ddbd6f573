"""What the tests of every suite ask: cases by a stable draw, judged against this library."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from gateway.conformance import catalogue
from gateway.conformance.judge import judge
from gateway.conformance.model import Verdict, View
from gateway.conformance.targets.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.conformance.catalogue import Suite
    from gateway.conformance.model import Case


def suites(start: str, seed: int = catalogue.DEFAULT_SEED) -> list[Suite]:
    """Give the suites whose names begin so."""
    return [suite for suite in catalogue.suites(seed=seed) if suite.name.startswith(start)]


@cache
def cases(start: str) -> tuple[Case, ...]:
    """List the cases of some suites, once for all tests of a process."""
    return tuple(case for suite in suites(start) for case in suite.cases())


def drawn(start: str, one_in: int) -> Iterator[Case]:
    """Yield one case in so many of some suites: the same ones on every machine."""
    for case in cases(start):
        if int.from_bytes(hashlib.blake2b(case.id.encode(), digest_size=4).digest()) % one_in == 0:
            yield case


def failures(some: Iterable[Case]) -> list[str]:
    """Judge cases against this library and tell those that do not pass, with both sides."""
    target = Library()
    told = []
    try:
        for case in some:
            built = case.make()
            said = judge(built.expect, target.send(case, built), View.FINDINGS)
            if said.verdict is not Verdict.PASS:
                told.append(f"{case.id}: expected {said.expected}; was {said.actual}")
    finally:
        target.close()
    return told


def doubles(names: Iterable[str]) -> list[str]:
    """Give the names that stand more than once."""
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def lonely(start: str) -> list[str]:
    """Give the clauses that lack a good or a bad case and have no reason, and those that no suite tells."""
    sides: dict[str, set[bool]] = {}
    for case in cases(start):
        for clause in case.clauses:
            sides.setdefault(clause, set()).add(case.good)
    clauses = {clause.id: clause for suite in suites(start) for clause in suite.clauses()}
    told = [
        clause.id
        for clause in clauses.values()
        if not clause.reason and len(sides.get(clause.id, ())) < (2 if clause.pair else 1)
    ]
    return told + sorted(sides.keys() - clauses.keys())
