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
from gateway.conformance.targets.library import Library
from gateway.specs import Specs, data_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.model import Case


def _segments(change: Callable[[Row], None], root: Path) -> None:
    tables("edi_specs/x12/*/segments.csv", change, root)
    tables("edi_specs/x12/*/composites.csv", change, root)


def _any_length(row: Row) -> None:
    row["min"], row["max"] = "1", "9999"


def _any_type(row: Row) -> None:
    if row["type"] not in {"AN", "ID"}:
        row["type"] = "AN"


def _any_code(row: Row) -> None:
    row["codes"] = ""
    if row["type"] == "ID":
        row["type"] = "AN"


def _optional(row: Row) -> None:
    if row["usage"] in {"M", "X", "N"}:
        row["usage"] = "O"


def _unrelated(row: Row) -> None:
    row["notes"] = ""


def _repeating(row: Row) -> None:
    if row["repeat"] == "1":
        row["repeat"] = "99"


def _any_class(row: Row) -> None:
    if row["usage"] and row["class"].rstrip("?") in {"A", "AN", "N", "SN"}:
        row["class"] = "X"


def _any_field_code(row: Row) -> None:
    if not row["codes"].startswith("="):
        row["codes"] = ""


def _free_field(row: Row) -> None:
    if row["usage"] == "M" and not row["codes"].startswith("="):
        row["usage"] = "O"


def _x12(name: str, files: str, change: Callable[[Row], None], cases: str) -> Removal:
    return Removal(f"x12/{name}", partial(tables, f"edi_specs/x12/*/{files}", change), re.compile(cases))


_SET = r"x12\.\d{3}\.\d{6}/"
_ELEMENT = _SET + r"(?!S[TE]-).*-\d\d(?:-\d+)?/"
_PLACE = _SET + r"(?!.*-\d\d(?:-\d+)?/)"
_KINDS = (
    r"type/(?:letter-in-number|point-in-integer|two-points|no-leap-day|30-february|month-13|letter-in-date"
    r"|hour-24|minute-60|second-60|letter-in-time)"
)
REMOVALS = (
    _x12("length", "elements.csv", _any_length, _ELEMENT + "length/"),
    _x12("type", "elements.csv", _any_type, _ELEMENT + _KINDS),
    Removal(
        "x12/relation",
        partial(_segments, _unrelated),
        re.compile(_SET + r".*/(?:paired|required|exclusive|conditional|list)/"),
    ),
    Removal(
        "x12/element-usage",
        partial(_segments, _optional),
        re.compile(_ELEMENT + "usage/"),
    ),
    _x12("repeat", "segments.csv", _repeating, _ELEMENT + "repeats/"),
    Removal(
        "x12/segment-usage",
        partial(lines, "edi_specs/x12/*/*.set", r"^(\s*\w+\s+)M(\s+\d)", r"\1O\2"),
        re.compile(_PLACE + ".*usage/missing"),
    ),
    Removal(
        "x12/maximum",
        partial(lines, "edi_specs/x12/*/*.set", r"^(\s*\w+\s+[MO]\s+)\d+(\b)", r"\g<1>99999\2"),
        re.compile(_PLACE + ".*maximum/"),
    ),
    Removal("catair/class", partial(tables, "edi_specs/catair/layouts/*.csv", _any_class),
            re.compile(r"catair\.(?!envelope).*/class/(?!control|lower)")),
    Removal("catair/codes", partial(tables, "edi_specs/catair/layouts/*.csv", _any_field_code),
            re.compile(r"catair\.(?!envelope).*/code/")),
    Removal("catair/field-usage", partial(tables, "edi_specs/catair/layouts/*.csv", _free_field),
            re.compile(r"catair\.(?!envelope).*:[\d-]+/usage/")),
    Removal("catair/relation", partial(lines, "edi_specs/catair/relations.csv", r"^(?!#|layouts).*\n", ""),
            re.compile(r"catair\..*/(?:paired|needs|any|exclusive)/")),
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
