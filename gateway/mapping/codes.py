"""Code tables: `mappings/codes/t.csv`, one wire code to one or more canonical values.

The first column is `code`, the next ones stand for the paths of the row that uses the
table, in order; an empty cell is an absent value. `use` says `read` where a code is
never written (two codes for one value would be ambiguous otherwise) and `write` where a
value is never read (two values for one code); `note` is free. A row `*` says that any other
code stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.mapping.convert import type_word
from gateway.mapping.table import MappingError
from gateway.specs import SpecError, read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as File

    from gateway.mapping.path import Path

OTHERS = "*"
"""A row with this code: whatever the table does not name stands for itself."""

_META = ("code", "use", "note", "meaning", "source", "since", "until")


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Both directions of one table."""

    name: str
    to_entry: Mapping[str, tuple[Any, ...]]
    to_wire: Mapping[tuple[Any, ...], str]
    others: bool = False
    rest: tuple[None, ...] = ()

    def read(self, code: str) -> tuple[Any, ...]:
        """Give the values of a code; `ValueError` where the table does not know it."""
        found = self.to_entry.get(code)
        if found is not None:
            return found
        if self.others:
            return (code, *self.rest)
        raise ValueError(f"{code!r} is not in the table {self.name}")

    def write(self, values: tuple[Any, ...]) -> str:
        """Give the code of some values; `ValueError` where there is none."""
        found = self.to_wire.get(values)
        if found is not None:
            return found
        if self.others and values[0] is not None and values[1:] == self.rest:
            return str(values[0])
        shown = ", ".join(str(value) for value in values)
        raise ValueError(f"({shown}) has no code in the table {self.name}")


def load_codes(folder: File, name: str, paths: tuple[Path, ...], asked_in: tuple[File, int]) -> CodeTable:
    """Load a table for the paths of one row; `MappingError` where it is ambiguous or does not fit."""
    file = folder / f"{name}.csv"
    try:
        rows = read_csv(file)
    except SpecError as error:
        raise MappingError(*asked_in, f"codes {name}: {error}") from error
    to_entry: dict[str, tuple[Any, ...]] = {}
    to_wire: dict[tuple[Any, ...], str] = {}
    others = False
    for number, row in rows:
        columns = [column for column in row if column not in _META]
        if len(columns) != len(paths):
            raise MappingError(file, number, f"{len(columns)} value columns for {len(paths)} paths")
        values = tuple(_value(row[c], p, file, number) for c, p in zip(columns, paths, strict=True))
        code = row["code"]
        if code == OTHERS:
            if type_word(paths[0].type) != "Text":
                raise MappingError(file, number, "other codes stand for themselves in a text only")
            others = True
            continue
        if row.get("use") != "write":
            if code in to_entry:
                raise MappingError(file, number, f"code {code!r} stands twice")
            to_entry[code] = values
        if row.get("use") == "read":
            continue
        if values in to_wire:
            raise MappingError(
                file, number, f"{code!r} and {to_wire[values]!r} mean the same: mark one of them 'read'"
            )
        to_wire[values] = code
    return CodeTable(name, to_entry, to_wire, others, (None,) * (len(paths) - 1))


def _value(text: str, path: Path, file: File, number: int) -> Any:
    if text == "":
        return None
    kind = type_word(path.type)
    if kind == "bool":
        if text not in ("true", "false"):
            raise MappingError(file, number, f"{text!r} is neither true nor false")
        return text == "true"
    if kind == "int":
        return int(text)
    return text
