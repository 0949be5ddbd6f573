"""The X12 envelope and the words of its acknowledgements, as data.

Lives here: `edi_specs/x12/envelope.csv` and `edi_specs/ack_codes/x12.csv` as classes.
Never here: reading an envelope or writing an acknowledgement (`gateway.formats.x12`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeRow:
    """One element of an envelope segment; `problem` names the finding when it is wrong."""

    name: str
    kind: str
    length_min: int
    length_max: int
    codes: frozenset[str]
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AckCode:
    """What an acknowledgement calls a problem: its level and code there.

    `level` is interchange (TA105), group (AK905), set (AK502), segment (AK304) or
    element (AK403). `older` is the code before 005010. `severity` and `lenient` are ""
    or the severity of the finding in strict and in lenient reading.
    """

    level: str
    code: str
    older: str
    severity: str
    lenient: str
    meaning: str


@cache
def envelope(root: Path) -> Mapping[str, tuple[EnvelopeRow, ...]]:
    """Give the elements of ISA, IEA, GS, GE and TA1 by segment id."""
    found: dict[str, list[EnvelopeRow]] = {}
    for _, row in read_csv(root / "edi_specs" / "x12" / "envelope.csv"):
        found.setdefault(row["segment"], []).append(
            EnvelopeRow(
                name=row["name"],
                kind=row["type"],
                length_min=int(row["min"]),
                length_max=int(row["max"]),
                codes=frozenset(row["codes"].split()),
                problem=row["problem"],
            )
        )
    return {name: tuple(rows) for name, rows in found.items()}


@cache
def ack_codes(root: Path) -> Mapping[str, AckCode]:
    """Give `edi_specs/ack_codes/x12.csv`: `Finding.problem` to level and code."""
    return {
        row["problem"]: AckCode(
            level=row["level"],
            code=row["code"],
            older=row["older"] or row["code"],
            severity=row["severity"],
            lenient=row["lenient"],
            meaning=row["meaning"],
        )
        for _, row in read_csv(root / "edi_specs" / "ack_codes" / "x12.csv")
    }
