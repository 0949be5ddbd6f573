"""What the tables ask of a summary of its type and mode, record by record (catair.md 6.4, 6.5).

Lives here: the reading of `edi_specs/catair/summary_matrix.csv` and `transport_matrix.csv` by columns of the wire.
The gateway's rules read the same tables by fields of the entry; what is found is found apart. Never here:
what stands on a condition.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.simulator.catair.conditions import Found, of
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gateway.simulator.catair.batch import Record

# More than the type decides about these; the other checks know.
_NOT_ASKED = frozenset({"line", "bond", "waiver-reason", "manifest"})
_TOTALS = ("88", "89", "90")


class _Row(NamedTuple):
    """One row: record, its columns ("" the record itself), a kind in column 3, codes, and letters by type or mode."""

    record: str
    columns: str
    kind: str
    missing: str
    refused: str
    says: Mapping[str, str]


@cache
def _rows(root: Path, table: str) -> tuple[_Row, ...]:
    found = []
    for _, row in read_csv(root / "edi_specs" / "catair" / f"{table}.csv"):
        if row["name"] in _NOT_ASKED and table == "summary_matrix":
            continue
        place, _, kind = row["record"].partition("=")
        record, _, columns = place.partition(":")
        found.append(_Row(record, columns, kind, row["missing"], row["refused"], row))
    return tuple(found)


def conditions(
    root: Path, transaction: Sequence[Record], lines: Sequence[Sequence[Record]]
) -> Iterator[Found]:
    """Yield what is missing and what may not stand, first by type, then by mode."""
    head = transaction[0]
    for row in _rows(root, "summary_matrix"):
        yield from _asked(row, row.says.get(head.cut("34-35"), ""), transaction, lines)
    mode = head.cut("36-37") or "none"
    for row in _rows(root, "transport_matrix"):
        yield from _asked(row, row.says.get(mode, ""), transaction, lines)


def _asked(
    row: _Row, word: str, transaction: Sequence[Record], lines: Sequence[Sequence[Record]]
) -> Iterator[Found]:
    if word not in {"M", "N"} or not (row.missing if word == "M" else row.refused):
        return
    by_line = row.record.startswith(("4", "5")) and row.record != "53"
    for group in lines if by_line else (transaction,):
        standing = [one for one in _records(row, group) if not row.columns or _value(row, one)]
        if word == "M" and not standing:
            yield Found((_records(row, group) or group)[0].number, row.missing, column=_column(row))
        elif word == "N" and standing:
            yield Found(standing[0].number, row.refused, column=_column(row))


def _records(row: _Row, group: Sequence[Record]) -> list[Record]:
    return [one for one in of(group, row.record) if not row.kind or one.cut("3") == row.kind]


def _value(row: _Row, record: Record) -> str:
    """Give what stands there; a case total of zeros says nothing."""
    text = record.cut(row.columns)
    return text.strip("0") if row.record in _TOTALS else text


def _column(row: _Row) -> int:
    return int(row.columns.partition("-")[0]) if row.columns else 0
