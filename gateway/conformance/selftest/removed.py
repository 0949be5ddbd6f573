"""Constraints taken out of the tables: the library reads the spoilt tables, the cases come from the right ones.

A kind of constraint is taken out everywhere at once, and each clause of that kind is looked at by
itself: since a bad case is bad once, what else was taken out cannot be what makes it pass. A clause is
caught if one of its bad cases fails.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance import catalogue
from gateway.conformance.judge import judge
from gateway.conformance.model import Verdict, View
from gateway.conformance.selftest.outcome import Outcome, drawn
from gateway.conformance.selftest.removal import Removal, Row, lines, tables
from gateway.conformance.selftest.removed_others import REMOVALS as OTHERS
from gateway.conformance.selftest.removed_segments import REMOVALS as SEGMENTS
from gateway.conformance.targets.library import Library
from gateway.specs import Specs, data_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Case


def _any_class(row: Row) -> None:
    if row["usage"] and row["class"].rstrip("?") in {"A", "AN", "N", "SN"}:
        row["class"] = "X"


def _any_field_code(row: Row) -> None:
    if not row["codes"].startswith("="):
        row["codes"] = ""


def _free_field(row: Row) -> None:
    if row["usage"] == "M" and not row["codes"].startswith("="):
        row["usage"] = "O"


REMOVALS = (
    *SEGMENTS,
    Removal("catair/class", partial(tables, "edi_specs/catair/layouts/*.csv", _any_class),
            re.compile(r"catair\.(?!envelope).*/class/(?!control|lower)")),
    Removal("catair/codes", partial(tables, "edi_specs/catair/layouts/*.csv", _any_field_code),
            re.compile(r"catair\.(?!envelope).*/code/")),
    Removal("catair/field-usage", partial(tables, "edi_specs/catair/layouts/*.csv", _free_field),
            re.compile(r"catair\.(?!envelope).*:[\d-]+/usage/")),
    Removal("catair/relation", partial(lines, "edi_specs/catair/relations.csv", r"^(?!#|layouts).*\n", ""),
            re.compile(r"catair\..*/(?:paired|needs|any|exclusive)/")),
    Removal("catair/order", partial(lines, "edi_specs/catair/orders.csv", r"^(?:AE|SE),.*\n", ""),
            re.compile(r"catair\..*/order-of/")),
    *OTHERS,
)  # fmt: skip


def spoilt(removal: Removal, root: Path, folder: Path) -> Path:
    """Copy the tables and take the constraint out of the copy."""
    target = folder / removal.name.replace("/", "-")
    shutil.copytree(root / "edi_specs", target / "edi_specs")
    (target / "mappings").symlink_to(root / "mappings")
    shutil.copytree(root / "xsd", target / "xsd")
    removal.change(target)
    return target


def bad_cases(removal: Removal, one_in: int, suites: str) -> Iterator[Case]:
    """Yield the bad cases of the clauses that are meant, all of a clause or none."""
    for suite in catalogue.suites():
        if not suite.name.startswith((removal.name.partition("/")[0], suites or "\0")):
            continue
        if not suite.name.startswith(suites):
            continue
        for case in suite.cases():
            if not case.good and drawn(case.clauses[0], one_in) and removal.cases.match(case.id):
                yield case


def run(removal: Removal, one_in: int = 1, suites: str = "", root: Path | None = None) -> Outcome:
    """Take one kind of constraint out and look at each clause of it."""
    found = Outcome(f"removed:{removal.name}")
    noticed: dict[str, bool] = {}
    with tempfile.TemporaryDirectory(prefix="selftest-") as folder:
        target = Library(Specs(spoilt(removal, root or data_root(), Path(folder))))
        for case in bad_cases(removal, one_in, suites):
            built = case.make()
            verdict = judge(built.expect, target.send(case, built), View.FINDINGS).verdict
            clause = case.clauses[0]
            noticed[clause] = noticed.get(clause, False) or verdict is Verdict.FAIL
    found.total = len(noticed)
    found.caught = sum(noticed.values())
    found.survivors = [clause for clause, seen in noticed.items() if not seen]
    return found
