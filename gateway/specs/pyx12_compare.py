"""Our findings and what pyx12 says of the same transaction, one beside the other.

Lives here: which remark answers to which finding, and what is known of the differences
(`edi_specs/x12/second_opinion.csv`). Never here: pyx12 itself (`pyx12_maps.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.specs import read_csv
from gateway.specs.x12_envelope import ack_codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.finding import Finding
    from gateway.specs.pyx12_maps import Remark

_LENGTHS = {"element/too-long", "element/too-short"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A finding of ours and a remark of theirs, or one of them alone.

    `kind` is agree, or the way in which they differ; `reason` says why, and is "" where
    nobody has looked into it yet.
    """

    ours: Finding | None
    theirs: Remark | None
    kind: str
    reason: str

    @property
    def agrees(self) -> bool:
        """Tell whether both say the same, or differ in a way that is understood."""
        return self.kind == "agree" or bool(self.reason)


def known(root: Path) -> Mapping[tuple[str, str], str]:
    """Load the table of differences: (our problem, kind) to the reason."""
    rows = read_csv(root / "edi_specs" / "x12" / "second_opinion.csv")
    return {(row["ours"], row["theirs"]): row["reason"] for _, row in rows}


def compare(findings: Sequence[Finding], remarks: Sequence[Remark], root: Path) -> list[Pair]:
    """Pair the findings of one transaction with what pyx12 said of it.

    Only what pyx12 can judge is compared: segments and elements between ST and SE.
    """
    codes, reasons = ack_codes(root), known(root)
    left = list(remarks)
    pairs: list[Pair] = []
    for one in findings:
        row = codes.get(one.problem)
        if row is None or row.level not in {"segment", "element"} or not one.position:
            continue
        kind, remark = _answer(one, row.level, row.older, left)
        if remark is not None:
            left.remove(remark)
        if kind == "agree" and one.problem in _LENGTHS:
            extra = _code_too(one, left)
            if extra is not None:
                left.remove(extra)
                kind = "also-code"
        if kind == "other":
            # It may have more than one word for a value that it does not cut.
            left = [rest for rest in left if (rest.segment, rest.element) != tuple(one.position[:2])]
        if kind == "unrecognised":
            # What follows in a loop that it did not enter is refused as well.
            left = [other for other in left if other.level != "segment" or other.segment < one.position[0]]
        if one.problem == "segment/order":
            left = _without_consequence(one, kind, left)
        pairs.append(Pair(one, remark, kind, reasons.get((one.problem, kind), "")))
    pairs.extend(Pair(None, remark, "only theirs", "") for remark in left)
    return pairs


def _without_consequence(finding: Finding, kind: str, remarks: list[Remark]) -> list[Remark]:
    """Leave out the second thing that it says of one segment out of order.

    Where the segment comes late it is missing before as well; where one came too early, the next that
    should have stood in front of it is not found.
    """
    here, name = finding.position[0], finding.place.rpartition("/")[2].partition("[")[0]
    if kind == "unrecognised":
        missing = [one for one in remarks if one.level == "segment" and one.code == "3" and one.name == name]
        return [one for one in remarks if one not in missing]
    behind = [one for one in remarks if one.level == "segment" and one.code == "1" and one.segment > here]
    return [one for one in remarks if kind != "nothing" or one not in behind[:1]]


def _answer(finding: Finding, level: str, code: str, remarks: Sequence[Remark]) -> tuple[str, Remark | None]:
    segment, element = finding.position[0], finding.position[1] if len(finding.position) > 1 else 0
    here = [one for one in remarks if one.segment == segment]
    for one in here:
        if (one.level, one.code) == (level, code) and (one.element == element or level == "segment"):
            return "agree", one
    for one in here:
        if one.level == "element" and one.code == code and finding.problem.startswith("relation/"):
            return "first-of-note", one
    for one in here:
        if one.level == "segment" and one.code == "1":
            return "unrecognised", one
    for one in here:
        if one.element == element and element:
            return "too-short" if one.code == "4" else "other", one
    return "nothing" if not _inside(finding) else "nothing-inside", None


def _inside(finding: Finding) -> bool:
    """Tell whether a finding says what a composite as a whole lacks."""
    component = finding.position[2] if len(finding.position) > 2 else 0
    return bool(component) and finding.problem.startswith(("relation/", "element/missing"))


def _code_too(finding: Finding, remarks: Sequence[Remark]) -> Remark | None:
    segment, element = finding.position[:2]
    return next(
        (one for one in remarks if (one.segment, one.element, one.code) == (segment, element, "7")), None
    )
