"""The shape of the X12 and EDIFACT tables: folders that inherit, rows under a head row, indented lines.

Lives here: what both read in the same way. Never here: what a column means (`x12_tables.py`,
`edifact_tables.py`) or a line (`x12.py`, `edifact.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.specs import SpecError, read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

_STEP = 2  # blanks of one level in a message's file

Row = tuple[int, dict[str, str]]
Line = tuple[int, int, list[str]]  # line number, level, words


def bases(table: Path, column: str) -> dict[str, tuple[str, str]]:
    """Give a table of releases or directories: name to (base, since). A base stands above what it is the base of."""
    found: dict[str, tuple[str, str]] = {}
    for line, row in read_csv(table):
        if row["base"] and row["base"] not in found:
            raise SpecError(table, line, f"the base {row['base']!r} stands not above it")
        found[row[column]] = (row["base"], row["since"])
    return found


def nearest(folder: Path, file: str, name: str, known: Mapping[str, tuple[str, str]]) -> Path | None:
    """Give a file of the release or directory `name`, or of its nearest base that has one."""
    if name not in known:
        return None
    while name:
        table = folder / name / file
        if table.is_file():
            return table
        name = known[name][0]
    return None


def grouped(chain: tuple[Path, ...], file: str, column: str) -> list[tuple[Path, str, Row, list[Row]]]:
    """Give each name's head row (position 00) and rows from the nearest folder that has it."""
    found: dict[str, tuple[Path, str, Row, list[Row]]] = {}
    for folder in chain:
        table = folder / file
        here: dict[str, tuple[Path, str, Row, list[Row]]] = {}
        for line, row in read_csv(table) if table.exists() else ():
            name = row[column]
            if row["position"] == "00":
                if name in here:
                    raise SpecError(table, line, f"{name} stands twice")
                here[name] = (table, name, (line, row), [])
                continue
            if name not in here or whole(table, line, row["position"]) != len(here[name][3]) + 1:
                raise SpecError(table, line, f"{name}-{row['position']} does not follow the row before it")
            here[name][3].append((line, row))
        found = {**here, **found}
    return list(found.values())


def whole(table: Path, line: int, text: str) -> int:
    """Give a whole number of a table."""
    if not text.isdecimal():
        raise SpecError(table, line, f"not a number: {text!r}")
    return int(text)


def indented(table: Path, heads: AbstractSet[str]) -> tuple[dict[str, str], list[Line]]:
    """Give a message's file: what its head lines say, and its lines with the level that blanks give them."""
    head: dict[str, str] = {}
    lines: list[Line] = []
    for number, raw in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        text = raw.split("#", 1)[0].rstrip()
        if not text:
            continue
        word, _, rest = text.partition(" ")
        if word in heads:
            head[word] = rest.strip()
            continue
        blanks = len(text) - len(text.lstrip())
        if blanks % _STEP:
            raise SpecError(table, number, f"indented by {blanks} blanks, a level is {_STEP}")
        lines.append((number, blanks // _STEP, text.split()))
    return head, lines
