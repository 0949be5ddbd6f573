"""How a constraint is taken out of a folder of tables.

Lives here: what a removal is, and the ways to change a table. Never here: which there are (`removed.py`,
`removed_others.py`).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Removal:
    """One kind of constraint: how it is taken out of a folder of tables, and which cases it was for."""

    name: str
    change: Callable[[Path], None]
    cases: re.Pattern[str]


def rows(path: Path, change: Callable[[Row], None]) -> None:
    """Change each row of a table; its remarks stay."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    remarks = [line for line in lines if line.startswith("#")]
    reader = csv.DictReader(line for line in lines if line.strip() and not line.startswith("#"))
    rows = list(reader)
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(remarks)
        writer = csv.DictWriter(file, list(reader.fieldnames or ()), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tables(pattern: str, change: Callable[[Row], None], root: Path) -> None:
    """Change each row of every table that a pattern names."""
    for path in sorted(root.glob(pattern)):
        rows(path, change)


def lines(pattern: str, old: str, new: str, root: Path) -> None:
    """Change what a regular expression finds in every file that a pattern names."""
    for path in sorted(root.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(old, new, text, flags=re.MULTILINE), encoding="utf-8")
