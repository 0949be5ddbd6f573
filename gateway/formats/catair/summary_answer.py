"""AX: the answer to an entry summary, each condition under the path that leads to it.

catair.md 6.12: E0 SUMMRY, then for each place E0s and its E1s, last the E1 that decides.
Structure faults of a summary come back here too, as A codes and `E1RF999`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.catair.record import compose
from gateway.formats.catair.rejects import code_of
from gateway.formats.catair.text import transliterate
from gateway.specs import catair, read_csv
from gateway.specs.letters import letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.finding import Disposition, Finding
    from gateway.formats.catair.locate import BatchRows, BlockRows, Filed, Row
    from gateway.specs import Specs

# Texts of the decisions (catair.md 6.12.2).
_ADDED, _REPLACED, _DELETED, _REJECTED, _BATCH = "995", "996", "997", "998", "999"
_FIRST_VERSION = "00100"
# What a disposition that decides nothing weighs (E1 4): a condition is fatal, a notice of ours informs.
_WEIGHTS = {"condition": "F", "notice": "I"}


def answers_structure(batch: BatchRows, errors: Sequence[Finding]) -> bool:
    """Tell whether structure faults are all in summaries, which answer them with A codes."""
    if any(finding.code.startswith("catair.envelope/") for finding in errors):
        return False
    filed = [each for block in batch.blocks for each in block.filed]
    return bool(filed) and all(each.transaction.message == "AE" for each in filed)


def lines(
    filed: Filed,
    block: BlockRows,
    own: Sequence[tuple[Finding, Row | None]],
    about: Sequence[Disposition],
    verdict: str,
    specs: Specs,
) -> list[str]:
    """Write the answer to one summary."""
    records = catair.required(specs, "AX").records
    e0, e1 = records["E0"], records["E1"]
    texts = catair.conditions(specs.root, "AX")
    table = specs.ack_codes("catair_ae")
    places = _places(specs.root)
    turn = next((n for n, each in enumerate(block.filed, 1) if each is filed), 1)
    head = filed.rows[0]
    out = [compose(e0, _e0("SUMMRY", turn, _text_of(head, places)))]
    codes: list[str] = []
    for row in filed.rows:
        faults = [finding for finding, at in own if at is row and finding.severity is Severity.ERROR]
        if not faults:
            continue
        for kind, occurrence, text in _path(row, filed, places):
            out.append(compose(e0, _e0(kind, occurrence, text)))
        for finding in faults:
            code = code_of(finding, table)
            codes.append(code)
            text = _a03(row, finding) if code == "A03" else texts.get(code) or finding.message
            out.append(compose(e1, {"4": "F", "5-7": code or _REJECTED, "11-50": _plain(text, specs)}))
    for each in about:
        if each.meaning in _WEIGHTS:
            code = each.code if len(each.code) == 3 else ""
            text = each.text or texts.get(code, "")
            out.append(
                compose(
                    e1, {"4": _WEIGHTS[each.meaning], "5-7": code or _REJECTED, "11-50": _plain(text, specs)}
                )
            )
    out.append(compose(e1, _decision(head, about, verdict, codes, texts)))
    return out


def _decision(
    head: Row, about: Sequence[Disposition], verdict: str, codes: Sequence[str], texts: Mapping[str, str]
) -> dict[str, str]:
    text = head.text.ljust(80)
    action = text[2:3]
    if verdict == "rejected":
        code = _BATCH if any(code.startswith("A") for code in codes) else _REJECTED
    else:
        said = next((each.code for each in reversed(about) if each.code in {_ADDED, _REPLACED, _DELETED}), "")
        code = said or (_DELETED if action == "D" else _ADDED)
    values = {
        "3": "R" if verdict == "rejected" else "A",
        "5-7": code,
        "11-50": texts.get(code, ""),
        "51-53": text[3:6].strip(),
        "56-63": text[8:16].strip(),
        "69-77": text[21:30].strip(),
    }
    if verdict == "rejected":
        values["4"] = "F"
    elif action in {"A", "R"}:
        values["64-68"] = _FIRST_VERSION
    return values


def _e0(kind: str, occurrence: int, text: str) -> dict[str, str]:
    return {"4-9": kind, "11-16": f"{occurrence:06d}", "18-24": "REF ID:", "26-80": text}


def _path(row: Row, filed: Filed, places: Mapping[str, tuple[str, str]]) -> list[tuple[str, int, str]]:
    """Give the E0s that lead to a record: its line, then itself."""
    at = filed.rows.index(row)
    before = filed.rows[: at + 1]
    line = next((each for each in reversed(before) if each.name == "40"), None)
    in_line = line is not None and row.name not in {"88", "89", "90"}
    path: list[tuple[str, int, str]] = []
    if in_line and line is not None:
        number = sum(1 for each in before if each.name == "40")
        path.append(("LINITM", number, _text_of(line, places)))
    kind = places.get(row.name, ("", ""))[0]
    if kind == "TOTALS":
        return [(kind, 1, _text_of(filed.rows[0], places))]
    if not kind or kind in {"SUMMRY", "LINITM"}:
        return path
    start = before.index(line) if in_line and line is not None else 0
    occurrence = sum(1 for each in before[start:] if each.name == row.name)
    if row.name.startswith("PG"):
        occurrence = int(row.text[4:7]) if row.name == "PG01" and row.text[4:7].isdigit() else 0
    return [*path, (kind, occurrence, _text_of(row, places))]


def _text_of(row: Row, places: Mapping[str, tuple[str, str]]) -> str:
    columns = places.get(row.name, ("", ""))[1]
    parts = []
    for word in columns.split():
        start, _, end = word.partition("-")
        parts.append(row.text[int(start) - 1 : int(end or start)])
    return " ".join(parts).rstrip()


def _a03(row: Row, finding: Finding) -> str:
    column = finding.position[1] if len(finding.position) > 1 else 0
    return f"RECORD: {row.name} STARTING POSITION: {column:02d}"


def _plain(text: str, specs: Specs) -> str:
    return transliterate(text, letters(specs.root))[:40]


@cache
def _places(root: Path) -> Mapping[str, tuple[str, str]]:
    rows = read_csv(root / "edi_specs" / "catair" / "error_places.csv")
    return {row["record"]: (row["type"], row["columns"]) for _, row in rows}
