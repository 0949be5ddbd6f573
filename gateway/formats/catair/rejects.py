"""The rejected batch: A, one generated block of X0 and X1, Z (catair.md 3.3).

One fault of envelope or structure rejects the whole batch, and nothing in it is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.catair.record import compose
from gateway.specs import catair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.finding import Finding
    from gateway.formats.catair.locate import BatchRows, BlockRows, Row
    from gateway.specs import Specs

# Faults of A, Z or of a missing control record are told without a place.
_NO_PLACE = frozenset({"A", "Z"})
_CONDITIONS_MAX = 99
_NARRATIVE = 40


def code_of(finding: Finding, table: Mapping[str, str]) -> str:
    """Give the wire's code of a finding: by whole code, by address and problem, by problem."""
    parts = finding.code.rsplit("/", 3)
    for key in (finding.code, "/".join(parts[1:]), finding.problem):
        if key in table:
            return table[key]
    return ""


def is_structural(finding: Finding, specs: Specs) -> bool:
    """Tell whether a finding rejects the whole batch: envelope, or what X codes name."""
    if finding.severity is not Severity.ERROR:
        return False
    if finding.code.startswith("catair.envelope/"):
        return True
    return finding.code.startswith("catair.") and bool(code_of(finding, specs.ack_codes("catair")))


def rejected(batch: BatchRows, told: Sequence[tuple[Finding, Row | None]], specs: Specs) -> str:
    """Write the rejection of one batch, "" where there is no A to answer to."""
    if batch.begin is None:
        return ""
    table = specs.ack_codes("catair")
    texts = catair.conditions(specs.root, "*")
    records = catair.required(specs, "X1").records
    x0, x1 = records["X0"], records["X1"]
    lines: list[str] = []
    last: tuple[int, int, int] = (0, 0, 0)
    said: set[tuple[int, int, str]] = set()
    for finding, row in told[:_CONDITIONS_MAX]:
        if finding.severity is not Severity.ERROR:
            continue
        code = code_of(finding, table) or "X40"
        place = _place(row, finding)
        if (place[0], place[2], code) in said:
            continue
        said.add((place[0], place[2], code))
        if place[0] and place[0] != last[0]:
            lines.append(compose(x0, _x0("BLOCK", place[0], _block_text(batch.blocks[place[0] - 1]))))
        if place[1] and place != last:
            column = finding.position[1] if len(finding.position) > 1 else 0
            lines.append(compose(x0, _x0("TRNACT", place[1], f"{place[2]:07d} {column:02d}")))
        last = place
        lines.append(compose(x1, {"4": "F", "5-7": code, "11-50": texts.get(code, "")[:_NARRATIVE]}))
    end = {"3": "R", "4": "F", "5-7": "999", "11-50": texts["999"]}
    lines.append(compose(x1, end))
    control = catair.envelope(specs.root, "out")
    head = [_a(batch.begin.text), compose(control["B"], {"80": "B"})]
    tail = [
        compose(control["Y"], {"13-17": f"{len(lines):05d}", "80": "Y"}),
        compose(control["Z"], {"80": "Z"}),
    ]
    return "".join([*head, *lines, *tail])


def _a(text: str) -> str:
    """Give A as it was sent, without password and application id."""
    return text[:8] + " " * 6 + text[14:20] + " " * 17 + text[37:39] + " " * 20 + text[59:80].ljust(21)


def _place(row: Row | None, finding: Finding) -> tuple[int, int, int]:
    """Give block, transaction in the block and record of a fault, 0 where it has none."""
    missing = finding.problem.endswith("-record/missing")
    if row is None or row.name in _NO_PLACE or missing:
        return (0, 0, 0)
    return (row.block, row.turn, row.number if row.turn else 0)


def _x0(kind: str, occurrence: int, text: str) -> dict[str, str]:
    return {"4-9": kind, "11-16": f"{occurrence:06d}", "18-24": "REF ID:", "26-80": text}


def _block_text(block: BlockRows) -> str:
    """Repeat what names a block: port, filer, office, application, user text, preparer."""
    if block.begin is None:
        return ""
    b = block.begin.text.ljust(80)
    first = f"{b[3:7]} {b[7:10]} {b[44:46]} {b[10:12]} {b[59:80]}"
    return f"{first} {b[46:50]}{b[50:53]}{b[53:55]}{b[55]}".rstrip()
