"""The standards as data: finds, loads and keeps what `edi_specs/` and `xsd/` say.

Lives here: loaders that turn tables into `MessageSpec`, code lists, clause texts.
Never here: reading a message. A table that is wrong stops the program at start with
file and line (`SpecError`).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.specs.part import LeafSpec, MessageSpec, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LeafSpec", "Limits", "MessageSpec", "Part", "SpecError", "Specs", "data_root", "read_csv"]

from gateway.specs.limits import Limits

# format name -> module with `load(root, message, version) -> MessageSpec` and
# `versions(root) -> Mapping[message, tuple[version, ...]]`
LOADERS: Mapping[str, str] = {
    "x12": "gateway.specs.x12",
    "wco": "gateway.specs.wco",
    "catair": "gateway.specs.catair",
    "edifact": "gateway.specs.edifact",
    "json": "gateway.specs.json",
}


class SpecError(Exception):
    """A table of ours is wrong. The message begins with `file:line:`."""

    def __init__(self, file: Path | str, line: int, reason: str) -> None:
        super().__init__(file, line, reason)

    def __str__(self) -> str:
        return "{}:{}: {}".format(*self.args)


@cache
def data_root() -> Path:
    """Give the folder that holds `mappings/ edi_specs/ xsd/ fixtures/`.

    In an install it lies inside the package, in a checkout beside it.
    """
    package = Path(__file__).resolve().parent.parent
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent


def read_csv(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Read a CSV table with a header line as (line number, row) pairs; `#` lines are comments."""
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError as error:
        raise SpecError(path, 0, f"cannot be read: {error.strerror}") from error
    kept = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")
    ]
    reader = csv.reader((line for _, line in kept), strict=True)
    names = next(reader, [])
    for fields in reader:
        # A quoted field may hold line ends, so the reader's own count leads.
        number = kept[min(reader.line_num, len(kept)) - 1][0]
        if len(fields) != len(names):
            raise SpecError(path, number, "this row has not as many fields as the header")
        rows.append((number, dict(zip(names, fields, strict=True))))
    return rows


class Specs:
    """Every message spec of one data folder, loaded when first asked for, then kept."""

    def __init__(self, root: Path | None = None) -> None:
        """Look for tables below `root`, by default below `data_root()`."""
        self.root = root if root is not None else data_root()
        self._messages: dict[tuple[str, str, str], MessageSpec | None] = {}

    def message(self, format_name: str, message: str, version: str) -> MessageSpec | None:
        """Give the spec of one message, None where there is no table for it."""
        key = (format_name, message, version)
        if key not in self._messages:
            module = LOADERS.get(format_name)
            self._messages[key] = import_module(module).load(self.root, message, version) if module else None
        return self._messages[key]

    def versions(self, format_name: str) -> Mapping[str, tuple[str, ...]]:
        """Give the versions of each message that a format has tables for."""
        found: Mapping[str, tuple[str, ...]] = import_module(LOADERS[format_name]).versions(self.root)
        return found

    def ack_codes(self, name: str) -> Mapping[str, str]:
        """Give `edi_specs/ack_codes/<name>.csv`: `Finding.problem` to the wire's own code."""
        return _ack_codes(self.root, name)


@cache
def _ack_codes(root: Path, name: str) -> Mapping[str, str]:
    rows = read_csv(root / "edi_specs" / "ack_codes" / f"{name}.csv")
    return {row["problem"]: row["code"] for _, row in rows}
