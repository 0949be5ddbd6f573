"""Book: writes 80-character records from the layout tables, and nothing else.

Lives here: a composer of the simulator's own, straight from `edi_specs/catair/layouts/`,
so that what the gateway reads from it was not written by the gateway's own writer.
Never here: which records an answer has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RECORD_CHARS = 80
_NOT_ASCII = re.compile(r"[^ -~\xa2]")
_NOT_PRINTABLE = re.compile(r"[^A-Z0-9 !@#$%^&*()\-_=+\[{\]}\\|;:'\",<.>/?`~]")


class Field(NamedTuple):
    """Columns `start` to `end` (from 1, both in), padding class and constant of one field.

    `key` names the columns, as in `5-6` or `3`; `echo` marks what CBP gives back as it came.
    """

    key: str
    start: int
    end: int
    kind: str
    constant: str
    echo: bool


class ComposeError(Exception):
    """The simulator asks for something that the layout does not have: its own mistake."""


@dataclass(frozen=True, slots=True)
class Book:
    """The layouts of one application in one direction."""

    name: str
    records: Mapping[str, Sequence[Field]]

    def record(self, record: str, values: Mapping[str, str], select: str = "") -> str:
        """Write one record. `values` go by columns (`5-6`, `3`); too long a text is cut.

        A field without a value is blank, or its constant. Raises `ComposeError` for
        columns that are no field of the layout.
        """
        fields = self.records.get(f"{record}?{select}" if select else record)
        if fields is None:
            raise ComposeError(f"{self.name}: no layout for {record} {select}")
        left = dict(values)
        out = [" "] * RECORD_CHARS
        for field in fields:
            text = left.pop(field.key, "") or field.constant
            if text:
                out[field.start - 1 : field.end] = _padded(text, field)
        if left:
            raise ComposeError(f"{self.name}: {record} has no field at {', '.join(left)}")
        return "".join(out)


def _padded(text: str, field: Field) -> str:
    width = field.end - field.start + 1
    if field.echo:
        return _NOT_ASCII.sub(" ", text[:width]).ljust(width)
    clean = _NOT_PRINTABLE.sub(" ", text.upper())[:width]
    if not clean.strip():
        return " " * width
    if field.kind.startswith("N") and clean.strip().isdigit():
        return clean.strip().rjust(width, "0")
    if field.kind.startswith("SN"):
        return clean.strip().rjust(width)
    return clean.ljust(width)


@cache
def book(folder: Path, application: str) -> Book:
    """Load the newest layouts of one application. Raises `ComposeError` where there are none."""
    files = sorted(folder.glob(f"{application}.v*.csv"), key=_version)
    if not files:
        raise ComposeError(f"{folder}: no layouts of {application}")
    records: dict[str, list[Field]] = {}
    for _, row in read_csv(files[-1]):
        key = f"{row['wire']}?{row['select']}" if row["select"] else row["wire"]
        constant = row["codes"][1:] if row["codes"].startswith("=") else ""
        echo = row["format"] == "echo"
        start, end = int(row["start"]), int(row["end"])
        columns = f"{start}-{end}" if end > start else f"{start}"
        field = Field(columns, start, end, row["class"], constant, echo)
        records.setdefault(key, []).append(field)
        # The first variant of a record also answers to its plain name.
        if row["select"] and (row["wire"] not in records or records[row["wire"]] is records[key]):
            records[row["wire"]] = records[key]
    return Book(application, records)


@cache
def layouts(root: Path) -> Path:
    """Give the folder of the layout tables."""
    return root / "edi_specs" / "catair" / "layouts"


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", path.name.split(".v", 1)[1]))


@cache
def between(columns: str) -> tuple[int, int]:
    """Give where a slice of these columns (`5-6`, from 1, both in) begins and ends."""
    start, _, end = columns.partition("-")
    return int(start) - 1, int(end or start)
