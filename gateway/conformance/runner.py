"""Runs cases against a target: in slices, in parallel, with the same bytes in the results.

Lives here: the plan, the work of one slice, the order of lines. Every slice is made from tables
and seed alone, and lines are written in the order of the plan, so neither the number of
processes nor a break in between can be seen in the results. Never here: what a case is, how
progress is drawn (`progress.py`).
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.conformance import catalogue
from gateway.conformance.alone import alone
from gateway.conformance.baseline import Baseline
from gateway.conformance.judge import judge
from gateway.conformance.model import Built, Case, Clause, Seen, Verdict, View
from gateway.conformance.profiles import Profile
from gateway.conformance.recorded import explained
from gateway.conformance.results import compact
from gateway.conformance.selection import Selection
from gateway.conformance.selftest.outcome import drawn
from gateway.conformance.shielded import shielded
from gateway.conformance.targets import open_target
from gateway.shell.memory import all_loaded, search_seldom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.pool import Pool

    from gateway.conformance.catalogue import Suite
    from gateway.conformance.targets.base import Target

SLICE_CASES = 400
# What answers slowly is worked on in small pieces, so that progress is seen and is kept; an endpoint
# has many cases in flight within a piece.
SLICE_CASES_SLOW, SLICE_CASES_ENDPOINT = 20, 200
# What a process takes at once of a suite: it makes tables, patterns and the list of cases ready for all of it.
BATCH_SLICES = 12
# So many turns each process has at least, so that none is idle at the end for long.
TURNS = 4
# Slices of an endpoint that are on their way while the first of them is judged.
SLICES_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was asked for. `root` None are the shipped tables; `today` decides about expiry.

    With `one_in` above 1 only a sample of each suite is run: its first case, and one in so many.
    """

    target: str
    today: date
    profile: Profile = field(default_factory=Profile)
    selection: Selection = field(default_factory=Selection)
    baseline: Baseline = field(default_factory=Baseline)
    seed: int = catalogue.DEFAULT_SEED
    jobs: int = 1
    timeout_s: float = 30.0
    one_in: int = 1
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
    most = _most(order)
    found = []
    for suite in catalogue.chosen(order.selection, order.root, order.seed):
        narrow = order.selection.narrow or order.one_in >= most
        parts = 1 if narrow else max(1, getattr(suite, "size", SLICE_CASES) // most)
        found += [Slice(suite.name, part, parts, skip[suite.name]) for part in range(parts)]
    return found


def run(order: Order, slices: list[Slice]) -> Iterator[Done]:
    """Yield what each slice gave, in the order of the plan."""
    if order.jobs <= 1 or len(slices) <= 1:
        yield from _run_here(order, slices)
        return
    batches = _batches(order, slices)
    with started(order, min(order.jobs, len(batches))) as pool:
        for done in pool.imap(_work, batches):
            yield from done
        pool.close()
        pool.join()


def _batches(order: Order, slices: list[Slice]) -> list[list[Slice]]:
    """Put slices of one suite together, where they are quick; in the same order."""
    quick = _most(order) == SLICE_CASES
    most = min(BATCH_SLICES, len(slices) // (order.jobs * TURNS)) if quick else 1
    found: list[list[Slice]] = []
    for one in slices:
        if found and found[-1][0].suite == one.suite and len(found[-1]) < most:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def started(order: Order, count: int) -> Pool:
    """Start processes that no Ctrl-C reaches, not even while they import: it is for the first, which ends them.

    Where this one has no other thread, they begin with all that is loaded here.
    """
    with shielded():
        return multiprocessing.get_context("fork" if alone() else "spawn").Pool(count, _begin, (order,))


def _run_here(order: Order, slices: list[Slice]) -> Iterator[Done]:
    """Run in this process. Of a target that is asked many things at once some slices are begun ahead."""
    all_loaded()
    worker = Worker(order)
    ahead: deque[tuple[Slice, Iterator[Sent]]] = deque()
    try:
        for one in slices:
            ahead.append((one, worker.begin(one)))
            if len(ahead) > worker.ahead:
                yield worker.end(*ahead.popleft())
        while ahead:
            yield worker.end(*ahead.popleft())
    finally:
        worker.close()


# What lives in this process answers fast.
_MOST = {
    "library": SLICE_CASES,
    "toy": SLICE_CASES,
    "http": SLICE_CASES_ENDPOINT,
    "https": SLICE_CASES_ENDPOINT,
}
_ORDERS: list[Order] = []
_LAST: dict[str, Any] = {}


def _begin(order: Order) -> None:
    search_seldom()
    all_loaded()
    _ORDERS.append(order)


@cache
def _worker() -> Worker:
    """Make the worker of this process when work comes: a target that cannot be opened is then told to who asked."""
    worker = Worker(_ORDERS[0])
    Finalize(None, worker.close, exitpriority=10)
    return worker


def _most(order: Order) -> int:
    """Give how many cases a slice has at most."""
    return _MOST.get(order.target.partition(":")[0], SLICE_CASES_SLOW)


def _work(batch: list[Slice]) -> list[Done]:
    return [_worker().work(one) for one in batch]


class Sent(NamedTuple):
    """A case that is on its way: its line as far as it is known, and what will have been seen; None for nothing sent."""

    case: Case
    plain: dict[str, Any]
    built: Built | None = None
    seen: Callable[[], Seen] | None = None


class Worker:
    """One process's share: a target of its own, and the suite it worked on last."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.target: Target = open_target(order.target, order.profile, order.timeout_s)
        self._listed: tuple[str, list[Case]] = ("", [])
        at_once = getattr(self.target, "at_once", 1)
        self._threads = ThreadPoolExecutor(at_once) if at_once > 1 else None
        self.ahead = SLICES_AHEAD if at_once > 1 else 0

    @cached_property
    def _suites(self) -> dict[str, Suite]:
        """Every suite by its name; a case that is recorded needs none."""
        return {suite.name: suite for suite in catalogue.suites(self.order.root, self.order.seed)}

    def close(self) -> None:
        """Let go of the target."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        self.target.close()

    def cases(self, name: str) -> list[Case]:
        """List what is meant of a suite; the last list is kept, its slices come one after the other."""
        if self._listed[0] != name:
            meant = [case for case in self._suites[name].cases() if self.order.selection.takes(case)]
            one_in = self.order.one_in
            self._listed = (
                name,
                [case for turn, case in enumerate(meant) if not turn or drawn(case.id, one_in)],
            )
        return self._listed[1]

    def work(self, one: Slice) -> Done:
        """Run one slice."""
        return self.end(one, self.begin(one))

    def begin(self, one: Slice) -> Iterator[Sent]:
        """Make the cases of a slice; where many are asked at once they are sent too, else as they are taken."""
        cases = self.cases(one.suite)[one.skip :]
        size = -(-len(cases) // one.parts)
        sent = (self._sent(case) for case in cases[one.part * size : (one.part + 1) * size])
        return sent if self._threads is None else iter(list(sent))

    def end(self, one: Slice, sent: Iterator[Sent]) -> Done:
        """Judge what came back, in the order of the cases."""
        lines = [self._line(each) for each in sent]
        return Done(one, tuple((compact(plain), plain) for plain in lines))

    def line(self, case: Case, said: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Run one case and give its line; `said` has the words of its clause where they are known."""
        return self._line(self._sent(case), said)

    def _sent(self, case: Case) -> Sent:
        """Make a case and send it: in a thread where there are threads, else when it is asked what was seen."""
        plain, built = self._begun(case)
        if built is None:
            return Sent(case, plain)
        if self._threads is not None:
            return Sent(case, plain, built, self._threads.submit(self.target.send, case, built).result)
        return Sent(case, plain, built, partial(self.target.send, case, built))

    def _line(self, sent: Sent, said: Mapping[str, str] | None = None) -> dict[str, Any]:
        case, plain, built, seen = sent
        return plain if built is None or seen is None else self._judged(case, plain, built, seen(), said)

    def _begun(self, case: Case) -> tuple[dict[str, Any], Built | None]:
        """Begin a line and make the case; None where the line is whole without it."""
        plain: dict[str, Any] = {
            "case": case.id,
            "verdict": "",
            "force": self.order.profile.weighs(case),
            "level": case.level,
            "good": case.good,
            "clauses": list(case.clauses),
        }
        reason = self.order.profile.excludes(case)
        if reason:
            return {**plain, "verdict": Verdict.EXCLUDED.value, "reason": reason}, None
        if case.kind not in getattr(self.target, "kinds", ("message",)):
            lacks = getattr(self.target, "lacks", {})
            skipped = lacks.get(case.kind, f"no {case.kind} is asked of this target")
            return {**plain, "verdict": Verdict.SKIP.value, "reason": skipped}, None
        try:
            built = case.make()
        except (LookupError, ValueError, TypeError, AssertionError) as error:
            actual = f"the case cannot be made: {error}"
            return {**plain, "verdict": Verdict.ERROR.value, "broken": True, "actual": actual}, None
        plain["input"] = built.digest
        return plain, built

    def _judged(
        self, case: Case, plain: dict[str, Any], built: Built, seen: Seen, said: Mapping[str, str] | None
    ) -> dict[str, Any]:
        """End a line by what was seen."""
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
            if seen.overtime:
                plain["overtime"] = True
            plain.update(said if said is not None else self._said(case))
            plain.update(explained(case, built, judged, seen))
        return plain

    def _said(self, case: Case) -> dict[str, str]:
        suite = self._suites.get(case.suite)
        clause = clause_of(suite, case.clauses[0]) if suite is not None and case.clauses else None
        if clause is None:
            return {"text": "", "source": ""}
        return {"text": clause.text, "source": clause.source}


def min_view(one: View, other: View) -> View:
    """Give the smaller of two views."""
    return one if _RANKS[one] <= _RANKS[other] else other


_RANKS = {view: rank for rank, view in enumerate(View)}


def clause_of(suite: Suite, clause_id: str) -> Clause | None:
    """Give a clause of a suite by its id; the clauses of the last suite are kept."""
    if _LAST.get("name") != suite.name:
        _LAST.clear()
        _LAST.update(name=suite.name, clauses={clause.id: clause for clause in suite.clauses()})
    found: Clause | None = _LAST["clauses"].get(clause_id)
    return found
