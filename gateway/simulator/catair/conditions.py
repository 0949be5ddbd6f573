"""Found: one condition at one record; and the texts CBP has for condition codes.

Lives here: the vocabulary of what a check reports. Never here: a check.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.simulator.catair.batch import Transaction
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.simulator.catair.batch import Record

TEXT_CHARS = 40


class Found(NamedTuple):
    """One condition. `record` is its number in the batch, `severity` F, W, P or I.

    `column` is the first column of the field it is about, 0 for the whole record. A code
    of "" stands where the list of today is not at hand; the text says what is wrong.
    """

    record: int
    code: str
    text: str = ""
    severity: str = "F"
    column: int = 0


@cache
def _texts(root: Path) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for _, row in read_csv(root / "edi_specs" / "catair" / "conditions.csv"):
        for application in row["application"].split():
            found.setdefault((application, row["code"]), row["text"])
    return found


def text_of(root: Path, answer: str, code: str, chars_max: int = TEXT_CHARS) -> str:
    """Give CBP's text of a code in one answer (`SX`, `AX`), cut to what a record holds."""
    table = _texts(root)
    text = table.get((answer, code)) or table.get(("*", code)) or ""
    return text.upper()[:chars_max]


@cache
def codes_of(root: Path, name: str) -> Mapping[str, str]:
    """Give one code list of `edi_specs/catair/codes/`: code to meaning."""
    rows = read_csv(root / "edi_specs" / "catair" / "codes" / f"{name}.csv")
    return {row["code"]: row["meaning"] for _, row in rows}


def of(transaction: Sequence[Record], *wires: str) -> list[Record]:
    """Give the records of a transaction whose text begins with one of these ids."""
    if len(wires) == 1 and isinstance(transaction, Transaction):
        return transaction.of(wires[0])
    return [record for record in transaction if record.text.startswith(wires)]


def first(transaction: Sequence[Record], wire: str) -> Record | None:
    """Give the first record of that id, None where there is none."""
    return next(iter(of(transaction, wire)), None)


def worst(conditions: Sequence[Found]) -> str:
    """Give the severity of the final record: F, else P, else W, else I, else none."""
    present = {condition.severity for condition in conditions}
    return next((severity for severity in "FPWI" if severity in present), " ")
