"""`gateway conformance selftest`: the suite against targets that are wrong on purpose.

Status 4 where a toy is judged wrongly, a removed constraint is not noticed, or fewer than 95 of 100
seeded faults are caught or a survivor is not explained. What survives is printed with its clause.
Status 3 where it was stopped with Ctrl-C.
"""

from __future__ import annotations

import multiprocessing
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gateway.conformance import catalogue
from gateway.conformance.progress import Progress
from gateway.conformance.results import compact
from gateway.conformance.selection import SelectionError
from gateway.conformance.selftest import code, removed, toys
from gateway.conformance.selftest.outcome import Outcome, drawn, too_few
from gateway.conformance.shielded import shielded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gateway.conformance.model import Case

STOPPED, AT_FAULT = 3, 4
# A toy is shown by every kind of case; all of them would be the same again.
TOY_CASES_ONE_IN = 40
SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Task:
    """One part of the selftest, for a process of its own."""

    name: str
    one_in: int


def tasks(faults: Iterable[str], one_in: int) -> list[Task]:
    """List the parts that are meant. SelectionError for a name that means none."""
    names = [f"toy:{name}" for name in toys.NAMES]
    names += [f"removed:{one.name}" for one in removed.REMOVALS]
    names += code.names()
    wanted = tuple(faults)
    for one in wanted:
        if not any(name.startswith(one) for name in names):
            raise SelectionError(f"{one}: there is no such fault; there are {', '.join(names)}")
    return [Task(name, one_in) for name in names if not wanted or name.startswith(wanted)]


def do(task: Task) -> Outcome:
    """Do one part."""
    kind, _, name = task.name.partition(":")
    if kind == "toy":
        return toys.run(name, _toy_cases(task.one_in))
    return removed.run(next(one for one in removed.REMOVALS if one.name == name), task.one_in)


def _toy_cases(one_in: int) -> Iterator[Case]:
    for suite in catalogue.suites():
        for case in suite.cases():
            if case.kind == "message" and drawn(case.id, TOY_CASES_ONE_IN * one_in):
                yield case


def selftest(faults: Sequence[str], plan: code.Plan, *, as_json: bool) -> int:
    """Do every part, print each, and say whether all was noticed, or that it was stopped."""
    try:
        return _told(faults, plan, as_json=as_json)
    except KeyboardInterrupt:
        more = "; the same command with --resume takes it up again" if plan.out else ""
        sys.stderr.write(f"stopped before the last part was done{more}\n")
        return STOPPED


def _told(faults: Sequence[str], plan: code.Plan, *, as_json: bool) -> int:
    meant = tasks(faults, plan.one_in)
    seeds = sum(one.name in code.names() for one in meant)
    kept = code.keep(plan)
    progress = Progress(len(meant) - seeds + seeds * plan.sites)
    missed = 0
    coded: list[Outcome] = []
    try:
        for outcome in _done(meant, plan, kept, lambda noticed: progress.step(1, not noticed, 0)):
            if outcome.counts:
                coded.append(outcome)
            else:
                progress.step(outcome.total, outcome.total - outcome.caught, 0)
            progress.end()
            missed += outcome.missed
            sys.stdout.write(f"{_plain(outcome) if as_json else _words(outcome)}\n")
            sys.stdout.flush()
    finally:
        progress.end()
    if len(coded) > 1 and not as_json:
        caught, total = sum(one.caught for one in coded), sum(one.total for one in coded)
        sys.stdout.write(f"{_words(Outcome('code', total, caught))}\n")
    missed += max(0, too_few(coded) - sum(one.unexplained for one in coded))
    if not as_json:
        sys.stdout.write(f"{last_line(missed, sum(one.total - one.caught for one in coded))}\n")
    return AT_FAULT if missed else 0


def _done(
    meant: list[Task], plan: code.Plan, kept: code.Kept, step: Callable[[bool], None]
) -> Iterator[Outcome]:
    whole = [one for one in meant if one.name not in code.names()]
    yield from (kept.parts[one.name] for one in whole if one.name in kept.parts)
    for outcome in _parts([one for one in whole if one.name not in kept.parts], plan.jobs):
        kept.add(outcome)
        yield outcome
    # Faults in the code have processes of their own, all of them for one kind of code after the other.
    for one in meant[len(whole) :]:
        yield code.run(one.name, plan, kept, step)


def _parts(whole: list[Task], jobs: int) -> Iterator[Outcome]:
    """Do parts that are kept whole."""
    if jobs <= 1 or len(whole) <= 1:
        yield from map(do, whole)
        return
    with shielded():
        pool = multiprocessing.get_context("spawn").Pool(min(jobs, len(whole)))
    with pool:
        yield from pool.imap(do, whole)


def _plain(outcome: Outcome) -> str:
    return compact(asdict(outcome))


def _words(outcome: Outcome) -> str:
    lines = [f"{outcome.name:<28} {outcome.caught:>7} of {outcome.total:<7} {outcome.share:8.2%}"]
    if outcome.counts:
        lines.append("  " + ", ".join(f"{name} {count}" for name, count in outcome.counts.items()))
    lines += [f"  note: {one}" for one in outcome.notes]
    lines += [f"  not noticed: {one}" for one in outcome.survivors[:SHOWN_MAX]]
    if len(outcome.survivors) > SHOWN_MAX:
        lines.append(f"  and {len(outcome.survivors) - SHOWN_MAX} more")
    return "\n".join(lines)


def last_line(missed: int, left: int) -> str:
    """Give the last line: `missed` is what may not be missed, `left` all of the code that was not noticed."""
    if missed:
        return f"{missed} were not noticed"
    return f"all but {left} that are explained were noticed" if left else "everything was noticed"
