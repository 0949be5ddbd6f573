"""TA1, 997 and 999: whether what was received can be read (x12-customs.md 10).

Lives here: which finding is said in which segment. Never here: customs' own checks.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.finding import Finding
    from gateway.simulator.x12.compose import Segment
    from gateway.tree import Interchange, Node, Transaction

_FIRST_999 = "005010"
_COPY_CHARS = 99


@cache
def _table(root: Path) -> Mapping[str, Mapping[str, str]]:
    rows = read_csv(root / "edi_specs" / "ack_codes" / "x12.csv")
    return {row["problem"]: row for _, row in rows}


def _code(root: Path, finding: Finding, release: str) -> tuple[str, str]:
    """Give level and code of a problem; what the table does not know is a segment in error."""
    row = _table(root).get(finding.problem, {})
    older = row.get("older", "")
    code = older if older and release < _FIRST_999 else row.get("code", "")
    return row.get("level", "segment"), code or "8"


def refusal(root: Path, interchange: Interchange) -> str:
    """Give the TA105 note that refuses a whole interchange, "" where nothing does."""
    for finding in interchange.findings:
        if finding.severity is Severity.ERROR:
            level, code = _code(root, finding, "")
            if level == "interchange":
                return code
    return ""


def note(head: Node, code: str, at: datetime) -> Segment:
    """Give the TA1 of one interchange."""
    del at
    return ("TA1", head.get("13"), head.get("09"), head.get("10"), "R" if code else "A", code or "000")


def group_answer(
    root: Path, group: Node, sets: Sequence[Transaction], findings: Sequence[Finding]
) -> tuple[str, Sequence[Segment]]:
    """Give 997 or 999 for one group: set id and segments. `findings` are those of the group."""
    gs = group.children[0]
    release = gs.get("08")[:6]
    newer = release >= _FIRST_999
    name = "999" if newer else "997"
    out: list[Segment] = [("AK1", gs.get("01"), gs.get("06"), gs.get("08") if newer else "")]
    accepted = 0
    for transaction in sets:
        errors = [finding for finding in transaction.findings if finding.severity is Severity.ERROR]
        accepted += not errors
        out += _set_answer(root, transaction, errors, release, name)
    codes = [_code(root, finding, release)[1] for finding in findings]
    verdict = "A" if accepted == len(sets) and not codes else "R" if not accepted or codes else "P"
    stated = group.children[-1].get("01") if group.children[-1].name == "GE" else str(len(sets))
    out.append(("AK9", verdict, stated or str(len(sets)), str(len(sets)), str(accepted), *codes[:5]))
    return name, out


def _set_answer(
    root: Path, transaction: Transaction, errors: Sequence[Finding], release: str, name: str
) -> Iterator[Segment]:
    segment, element, close = ("IK3", "IK4", "IK5") if name == "999" else ("AK3", "AK4", "AK5")
    yield ("AK2", transaction.message, transaction.control)
    set_codes: list[str] = []
    told: tuple[str, int] = ("", 0)
    for finding in sorted(errors, key=lambda finding: finding.position[:1]):
        level, code = _code(root, finding, release)
        if level == "set":
            set_codes.append(code)
            continue
        place = (_segment_id(finding), finding.position[0] if finding.position else 1)
        if level == "segment":
            yield (segment, place[0], str(place[1]), "", code)
            told = ("", 0)
            continue
        if place != told:
            yield (segment, place[0], str(place[1]), "", "8")
            told = place
        number = str(finding.position[1]) if len(finding.position) > 1 else ""
        yield (element, number, "", code, finding.actual[:_COPY_CHARS])
    if errors and not set_codes:
        set_codes = ["5"]
    yield (close, "R" if errors else "A", *set_codes[:5])


def _segment_id(finding: Finding) -> str:
    """Give the segment of a code such as `x12.309.004010/P4/LX/M11-01/element/too-long`."""
    steps = finding.code.split("/")[1:-2]
    return steps[-1].split("-")[0] if steps else "ST"
