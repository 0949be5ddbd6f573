"""Runs cases against a target: in slices, in parallel, with the same bytes in the results.

Lives here: the plan, the work of one slice, the order of lines. Every slice is made from tables
and seed alone, and lines are written in the order of the plan, so neither the number of
processes nor a break in between can be seen in the results. Never here: what a case is, how
progress is drawn (`progress.py`).
"""

from __future__ import annotations

import base64
import multiprocessing
import signal
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance import catalogue
from gateway.conformance.baseline import Baseline
from gateway.conformance.judge import Judgement, judge
from gateway.conformance.model import Built, Case, Clause, Seen, Verdict, View
from gateway.conformance.profiles import Profile
from gateway.conformance.recorded import plain_expect
from gateway.conformance.results import compact
from gateway.conformance.selection import Selection
from gateway.conformance.targets import open_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.catalogue import Suite
    from gateway.conformance.targets.base import Target

SLICE_CASES = 400
# What answers slowly is worked on in small pieces, so that progress is seen and is kept.
SLICE_CASES_SLOW = 20
# What a failed case keeps of its bytes and of the answer.
KEPT_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was asked for. `root` None are the shipped tables; `today` decides about expiry."""

    target: str
    today: date
    profile: Profile = field(default_factory=Profile)
    selection: Selection = field(default_factory=Selection)
    baseline: Baseline = field(default_factory=Baseline)
    seed: int = catalogue.DEFAULT_SEED
    jobs: int = 1
    timeout_s: float = 30.0
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of one suite: part `part` of `parts`, what came before `skip` left out."""

    suite: str
    part: int
    parts: int
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What one slice gave: its lines as text and plain."""

    slice: Slice
    lines: tuple[tuple[str, dict[str, Any]], ...]


def plan(order: Order, done: Counter[str] | None = None) -> list[Slice]:
    """Cut the suites that are meant into slices; `done` counts the lines there are already."""
    skip = done or Counter()
    most = SLICE_CASES if order.target.partition(":")[0] in _FAST else SLICE_CASES_SLOW
    found = []
    for suite in catalogue.chosen(order.selection, order.root, order.seed):
        narrow = order.selection.narrow
        parts = 1 if narrow else max(1, getattr(suite, "size", SLICE_CASES) // most)
        found += [Slice(suite.name, part, parts, skip[suite.name]) for part in range(parts)]
    return found


def run(order: Order, slices: list[Slice]) -> Iterator[Done]:
    """Yield what each slice gave, in the order of the plan."""
    if order.jobs <= 1 or len(slices) <= 1:
        worker = Worker(order)
        try:
            for one in slices:
                yield worker.work(one)
        finally:
            worker.close()
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(order.jobs, len(slices)), _begin, (order,)) as pool:
        yield from pool.imap(_work, slices)
        pool.close()
        pool.join()


# What lives in this process or answers as fast.
_FAST = frozenset({"library", "toy"})
_WORKERS: list[Worker] = []
_LAST: dict[str, Any] = {}


def _begin(order: Order) -> None:
    # Ctrl-C is for the first process; it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _WORKERS.append(Worker(order))
    Finalize(None, _WORKERS[0].close, exitpriority=10)


def _work(one: Slice) -> Done:
    return _WORKERS[0].work(one)


class Worker:
    """One process's share: a target of its own, and the suite it worked on last."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.target: Target = open_target(order.target, order.profile, order.timeout_s)
        self._listed: tuple[str, list[Case]] = ("", [])

    @cached_property
    def _suites(self) -> dict[str, Suite]:
        """Every suite by its name; a case that is recorded needs none."""
        return {suite.name: suite for suite in catalogue.suites(self.order.root, self.order.seed)}

    def close(self) -> None:
        """Let go of the target."""
        self.target.close()

    def cases(self, name: str) -> list[Case]:
        """List what is meant of a suite; the last list is kept, its slices come one after the other."""
        if self._listed[0] != name:
            self._listed = (
                name,
                [case for case in self._suites[name].cases() if self.order.selection.takes(case)],
            )
        return self._listed[1]

    def work(self, one: Slice) -> Done:
        """Run one slice."""
        cases = self.cases(one.suite)[one.skip :]
        size = -(-len(cases) // one.parts)
        mine = cases[one.part * size : (one.part + 1) * size]
        lines = [self.line(case) for case in mine]
        return Done(one, tuple((compact(plain), plain) for plain in lines))

    def line(self, case: Case, said: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Run one case and give its line; `said` has the words of its clause where they are known."""
        force = self.order.profile.weighs(case)
        plain: dict[str, Any] = {
            "case": case.id,
            "verdict": "",
            "force": force,
            "level": case.level,
            "good": case.good,
            "clauses": list(case.clauses),
        }
        reason = self.order.profile.excludes(case)
        if reason:
            return {**plain, "verdict": Verdict.EXCLUDED.value, "reason": reason}
        if case.kind not in getattr(self.target, "kinds", ("message",)):
            return {
                **plain,
                "verdict": Verdict.SKIP.value,
                "reason": f"no {case.kind} is asked of this target",
            }
        try:
            built = case.make()
        except (LookupError, ValueError, TypeError, AssertionError) as error:
            actual = f"the case cannot be made: {error}"
            return {**plain, "verdict": Verdict.ERROR.value, "broken": True, "actual": actual}
        plain["input"] = built.digest
        seen = self.target.send(case, built)
        if seen.skipped:
            return {**plain, "verdict": Verdict.SKIP.value, "reason": seen.skipped}
        judged = judge(built.expect, seen, min_view(self.order.profile.see, self.target.view))
        verdict, note = self.order.baseline.weigh(case.id, judged.verdict, self.order.today)
        plain["verdict"] = verdict.value
        plain["view"] = judged.view.value
        if note:
            plain["reason"] = note
        if note and verdict is Verdict.FAIL:
            plain["expired"] = True
        if verdict is not Verdict.PASS:
            plain.update(said if said is not None else self._said(case))
            plain.update(_explained(case, built, judged, seen))
        return plain

    def _said(self, case: Case) -> dict[str, str]:
        suite = self._suites.get(case.suite)
        clause = clause_of(suite, case.clauses[0]) if suite is not None and case.clauses else None
        if clause is None:
            return {"text": "", "source": ""}
        return {"text": clause.text, "source": clause.source}


def _explained(case: Case, built: Built, judged: Judgement, seen: Seen) -> dict[str, Any]:
    """Give what a line keeps of a case that did not pass."""
    kept: dict[str, Any] = {
        "expect": plain_expect(built.expect),
        "expected": judged.expected,
        "actual": judged.actual,
    }
    if built.operator is not None:
        kept["operator"] = built.operator.as_json()
    if case.kind != "message":
        kept |= {"kind": case.kind, "steps": dict(built.steps)}
    kept["bytes"] = len(built.data)
    if len(built.data) <= KEPT_BYTES_MAX:
        kept["data"] = base64.b64encode(built.data).decode("ascii")
    if seen.answer and len(seen.answer) <= KEPT_BYTES_MAX:
        kept["answer"] = base64.b64encode(seen.answer).decode("ascii")
    return kept


def min_view(one: View, other: View) -> View:
    """Give the smaller of two views."""
    order = list(View)
    return min(one, other, key=order.index)


def clause_of(suite: Suite, clause_id: str) -> Clause | None:
    """Give a clause of a suite by its id; the clauses of the last suite are kept."""
    if _LAST.get("name") != suite.name:
        _LAST.clear()
        _LAST.update(name=suite.name, clauses={clause.id: clause for clause in suite.clauses()})
    found: Clause | None = _LAST["clauses"].get(clause_id)
    return found
