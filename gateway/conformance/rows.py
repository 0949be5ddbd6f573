"""The rows of a table, read for the suite alone: by a reader that shares nothing with the product's."""

from __future__ import annotations

import csv
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV; lines that begin with # are comments."""
    with path.open(encoding="utf-8", newline="") as file:
        read = csv.reader(line for line in file if line.strip() and not line.startswith("#"))
        head = next(read, [])
        # What a row lacks at its end is None.
        return [
            dict(zip_longest(head, row)) if len(row) < len(head) else dict(zip(head, row, strict=False))
            for row in read
            if row
        ]
