"""`gateway conformance coverage`: clauses against cases.

Lives here: counting, the check that every `must` clause has a good and a bad case or a written
reason, and the clauses as a table. Statements over the entry stand in `edi_specs/clauses/`; no
table of a wire format says them.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance import catalogue, ids, locked
from gateway.conformance.model import Clause
from gateway.conformance.results import ResultsError, compact
from gateway.conformance.selftest.scope import one_of_each
from gateway.conformance.targets.library import Library
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Case
    from gateway.conformance.selection import Selection

COLUMNS = ("id", "text", "source", "force", "who", "level", "pair", "reason", "good", "bad")
SHOWN_MAX = 20
_ONE_SIDE = "one side alone can be tested: nothing on the other is against the tables"
_LEVEL = {"cbp_arithmetic": 3}
_LEVEL_OTHERS = 4
AT_FAULT = 4


@dataclass(slots=True)
class Row:
    """One clause and its cases."""

    clause: Clause
    suite: str
    good: int = 0
    bad: int = 0

    @property
    def open(self) -> str:
        """Say what is missing, "" for nothing."""
        if self.clause.reason:
            return ""
        if not self.clause.pair and (self.good or self.bad):
            return ""
        lacking = [name for name, count in (("good", self.good), ("bad", self.bad)) if not count]
        return f"no {' and no '.join(lacking)} case" if lacking else ""


@dataclass(slots=True)
class Covered:
    """Everything that was counted."""

    rows: dict[str, Row] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def cover(selection: Selection, seed: int, root: Path | None = None) -> Covered:
    """Count the cases of each clause that is meant."""
    found = Covered()
    for suite in catalogue.chosen(selection, root, seed):
        for clause in suite.clauses():
            if clause.id in found.rows:
                found.faults.append(f"{clause.id} is stated twice")
            found.rows[clause.id] = Row(clause, suite.name)
        for case in suite.cases():
            if case.id in found.ids:
                found.faults.append(f"{case.id} is there twice")
            found.ids.add(case.id)
            _count(found, case)
    for clause in _entry_clauses(root):
        if selection.takes_clause(clause.id):
            found.rows.setdefault(clause.id, Row(clause, "entry"))
    return found


def _count(found: Covered, case: Case) -> None:
    for name in case.clauses:
        row = found.rows.get(name)
        if row is None:
            found.faults.append(f"{case.id} stands on {name}, which nobody states")
        elif case.good:
            row.good += 1
        else:
            row.bad += 1


def _entry_clauses(root: Path | None) -> Iterator[Clause]:
    """Yield the clauses that business rules obey."""
    for path in sorted(ids.folder(root).glob("*.csv")):
        if path.name == "ids_retired.csv":
            continue
        for _, row in read_csv(path):
            yield Clause(row["id"], row["text"], row["source"], row["level"], row["who"],
                         _LEVEL.get(path.stem, _LEVEL_OTHERS), row.get("reason") or "")  # fmt: skip


def coverage(selection: Selection, seed: int, *, check: bool, lock: bool, as_json: bool, table: str) -> int:
    """Print how clauses and cases stand; with `check` status 4 where something is missing."""
    found = cover(selection, seed)
    if table:
        _write(found, table)
    everything = not selection.ids and not selection.clauses
    drift = ids.drift(found.ids, ids.locked(), ids.retired()) if everything else ids.Drift((), (), ())
    if lock:
        return _lock(found, drift, everything=everything)
    open_rows = [row for row in found.rows.values() if row.open and row.clause.force == "must"]
    faults = list(found.faults)
    faults += [f"{row.clause.id} has {row.open} and no reason" for row in open_rows]
    faults += [f"{one} is lost; retire it with a reason in ids_retired.csv" for one in drift.lost]
    faults += [f"{one} is retired and must not be used again" for one in drift.reused]
    if table != "-":
        sys.stdout.write(f"{_plain(found, faults) if as_json else _words(found)}\n")
    if check and drift.new:
        sys.stderr.write(f"{len(drift.new)} ids are not in ids.lock yet; `coverage --lock` adds them\n")
    if check:
        sys.stderr.writelines(f"{fault}\n" for fault in faults[:SHOWN_MAX])
        if len(faults) > SHOWN_MAX:
            sys.stderr.write(f"and {len(faults) - SHOWN_MAX} more\n")
    return AT_FAULT if check and faults else 0


def _lock(found: Covered, drift: ids.Drift, *, everything: bool) -> int:
    """Add what is new to the lock; nothing may be lost by it."""
    if not everything:
        raise ids.LockError("ids.lock: it is written for all suites at once, without SELECT")
    if drift.lost or drift.reused:
        one = (*drift.lost, *drift.reused)[0]
        raise ids.LockError(f"ids.lock: {one} is lost or used again; see ids_retired.csv")
    path = ids.folder() / "ids.lock"
    kept = found.ids | {one for one in ids.locked() if one.startswith(ids.retired() or ("\0",))}
    path.write_text(ids.text_of(kept), encoding="utf-8")
    sys.stdout.write(f"{path}: {len(kept)} ids, {len(drift.new)} new\n")
    target = Library()
    answers = [(case.id, target.kept(case)) for case in one_of_each()]
    locked.write(answers)
    sys.stdout.write(f"{locked.path()}: {len(answers)} answers\n")
    return 0


def _groups(found: Covered) -> dict[str, Counter[str]]:
    groups: dict[str, Counter[str]] = {}
    for row in found.rows.values():
        count = groups.setdefault(row.suite.rpartition(".")[0] or row.suite, Counter())
        count["clauses"] += 1
        count["must"] += row.clause.force == "must"
        count["reason"] += bool(row.clause.reason)
        count["both"] += not row.clause.reason and not row.open
        count["open"] += bool(row.open)
    for one in found.ids:
        groups[one.partition("/")[0].rpartition(".")[0]]["cases"] += 1
    return groups


def _words(found: Covered) -> str:
    names = ("clauses", "must", "both", "reason", "open", "cases")
    titles = ("clauses", "must", "good+bad", "reason", "open", "cases")
    lines = [f"{'':<24}" + "".join(f"{title:>10}" for title in titles)]
    groups = _groups(found)
    for name, count in groups.items():
        lines.append(f"{name:<24}" + "".join(f"{count[key]:>10}" for key in names))
    total = sum(groups.values(), Counter[str]())
    lines.append(f"{'all':<24}" + "".join(f"{total[key]:>10}" for key in names))
    return "\n".join(lines)


def _plain(found: Covered, faults: list[str]) -> str:
    groups = {name: dict(count) for name, count in _groups(found).items()}
    return compact({"groups": groups, "faults": faults})


def _write(found: Covered, name: str) -> None:
    """Write every clause as a row."""
    try:
        file = sys.stdout if name == "-" else Path(name).open("w", encoding="utf-8", newline="")  # noqa: SIM115
    except OSError as error:
        raise ResultsError(f"{name}: {error.strerror}") from error
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in found.rows.values():
        one = row.clause
        pair = "yes" if one.pair else "no"
        reason = one.reason or ("" if one.pair else _ONE_SIDE)
        writer.writerow(
            (one.id, one.text, one.source, one.force, one.who, one.level, pair, reason, row.good, row.bad)
        )
    if file is not sys.stdout:
        file.close()
