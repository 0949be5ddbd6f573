"""The part `code:` of the selftest: seeds a sample of faults in one kind of code and says how it went.

Lives here: the sums, and the file in which a run is kept so that it can be taken up: a line for each fault in the
code, and one for each whole part of another kind. Never here: how a fault is
seeded (`mutant.py`), and which cases are asked (`seeding.py`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance import catalogue
from gateway.conformance.results import compact
from gateway.conformance.selection import SelectionError
from gateway.conformance.selftest.outcome import Outcome, drawn
from gateway.conformance.selftest.scope import scope, scopes
from gateway.conformance.selftest.seeding import Seeding, Verdict
from gateway.conformance.selftest.survivors import explained, stale
from gateway.conformance.selftest.survivors import path as explanations
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Callable

SHARE_MIN = 0.95
SITES = 40


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: so many faults of each kind of code (0 for all), one in so many of them, from a seed.

    `out` is the file in which verdicts are kept; with `resume` those that it has are not sought again.
    """

    sites: int = SITES
    one_in: int = 1
    seed: int = catalogue.DEFAULT_SEED
    jobs: int = 1
    out: str = ""
    resume: bool = False


def names() -> tuple[str, ...]:
    """Give the parts: `code:x12`, `code:edifact` ..."""
    return tuple(f"code:{name}" for name in scopes())


@dataclass(slots=True)
class Kept:
    """The verdicts of a run, in a file that grows as they come; no file for ""."""

    file: str
    head: str
    known: dict[str, Verdict] = field(default_factory=dict)
    parts: dict[str, Outcome] = field(default_factory=dict)

    def add(self, one: Verdict | Outcome) -> None:
        """Keep one verdict, or the outcome of a whole part."""
        if self.file:
            with Path(self.file).open("a", encoding="utf-8") as out:
                out.write(f"{compact(asdict(one))}\n")

    def take(self, line: str) -> bool:
        """Read a line that was kept; False for one that is cut off."""
        try:
            plain = json.loads(line)
            if "fault" in plain:
                self.known[plain["fault"]] = Verdict(**plain)
            else:
                self.parts[plain["name"]] = Outcome(**plain)
        except (ValueError, TypeError, KeyError):
            return False
        return True


def keep(plan: Plan) -> Kept:
    """Begin a file, or take up one that was begun over the same code, tables and seed."""
    kept = Kept(
        plan.out, compact({"selftest": "code", "seed": plan.seed, "of": _version()}) if plan.out else ""
    )
    if not plan.out:
        return kept
    try:
        lines = Path(plan.out).read_text(encoding="utf-8").splitlines() if plan.resume else []
    except OSError as error:
        raise SelectionError(f"{plan.out}: {error.strerror}") from error
    if plan.resume:
        if lines[:1] != [kept.head]:
            raise SelectionError(f"{plan.out}: it was begun over other code, other tables or another seed")
        for line in lines[1:]:
            if not kept.take(line):
                break
    there: list[Verdict | Outcome] = [*kept.known.values(), *kept.parts.values()]
    text = "".join(f"{compact(asdict(one))}\n" for one in there)
    try:
        Path(plan.out).write_text(f"{kept.head}\n{text}", encoding="utf-8")
    except OSError as error:
        raise SelectionError(f"{plan.out}: {error.strerror}") from error
    return kept


def _version() -> str:
    """Give a digest of the code and of the tables: what a verdict holds for."""
    total = hashlib.sha256()
    package = Path(__file__).resolve().parents[2]
    tables = [path for name in ("edi_specs", "xsd", "fixtures") for path in (data_root() / name).rglob("*")]
    for path in sorted([*package.rglob("*.py"), *tables]):
        # An explanation that is written meanwhile changes no verdict.
        if path.is_file() and path != explanations():
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def run(name: str, plan: Plan, kept: Kept, step: Callable[[bool], None] = lambda _: None) -> Outcome:
    """Seed a sample of the faults of one kind of code; `step` is told of each whether it was noticed."""
    form = name.partition(":")[2]
    seeding = Seeding(form, plan.seed, plan.jobs)
    try:
        faults = [one for one in seeding.sample(plan.sites) if drawn(one.name, plan.one_in)]
        verdicts = {one.name: kept.known[one.name] for one in faults if one.name in kept.known}
        left = [one for one in faults if one.name not in verdicts]
        if left:
            seeding.trace()
        for one in seeding.judge(left):
            kept.add(one)
            verdicts[one.fault] = one
            step(bool(one.by))
    finally:
        seeding.close()
    found = Outcome(name, share_min=SHARE_MIN)
    one_scope = scope(form)
    found.counts = {"sites": len(one_scope.faults()), "outside": one_scope.outside_total,
                    "sampled": len(faults), "equivalent": 0, "unseen": 0, "gap": 0}  # fmt: skip
    for fault in faults:
        count(found, verdicts[fault.name])
    found.notes += stale(one_scope.modules, one_scope.faults())
    return found


def count(found: Outcome, one: Verdict) -> None:
    """Count what became of one fault; a survivor by its explanation."""
    row = explained(one.fault, one.change)
    if one.by:
        found.total += 1
        found.caught += 1
        if row is not None:
            found.notes.append(f"{one.fault} is listed as {row.kind}, and is noticed by {one.by}")
        return
    if row is not None:
        found.counts[row.kind] += 1
        if row.kind != "gap":
            return
    found.total += 1
    said = "no case comes near" if not one.near else f"{one.near} cases come near"
    found.survivors.append(f"{one.fault}: {one.change} ({row.why if row is not None else said})")
    if row is None:
        found.unexplained += 1
