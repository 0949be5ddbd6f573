"""Syntax versions, character repertoires and the words of acknowledgements, as data.

Lives here: `syntax.csv` and `charsets.csv` of `edi_specs/edifact/`, and
`edi_specs/ack_codes/edifact.csv`, as classes. Never here: reading an envelope or writing an
acknowledgement (`gateway.formats.edifact`).
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
class Syntax:
    """One syntax version of ISO 9735.

    `directory` has its service segments, `contrl` the version of its CONTRL. `date_chars`
    is the length of a date in UNB and UNG. `repeats`: it has a repetition separator.
    `any_mark`: comma and point are decimal marks, whatever UNA says.
    """

    version: str
    directory: str
    contrl: str
    date_chars: int
    repeats: bool
    any_mark: bool

    @property
    def old(self) -> bool:
        """Tell whether it is a version before 4, whose error codes differ."""
        return not self.repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Charset:
    """One repertoire: `codec` is Python's, "" where an agreement would be needed.

    `letters` is upper (ISO 646 without lower case), ascii or all.
    """

    code: str
    codec: str
    letters: str
    since: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AckCode:
    """What CONTRL calls a problem. `older` is the code of syntax 1 to 3.

    `severity` and `lenient` are "" or the severity of the finding in strict and in lenient reading.
    """

    code: str
    older: str
    severity: str
    lenient: str
    meaning: str


@cache
def syntaxes(root: Path) -> Mapping[str, Syntax]:
    """Give `syntax.csv`: 0002 to syntax version."""
    return {
        row["version"]: Syntax(
            version=row["version"],
            directory=row["directory"],
            contrl=row["contrl"],
            date_chars=len(row["date"]),
            repeats=row["repetition"] == "yes",
            any_mark=row["marks"] == "both",
        )
        for _, row in read_csv(root / "edi_specs" / "edifact" / "syntax.csv")
    }


@cache
def charsets(root: Path) -> Mapping[str, Charset]:
    """Give `charsets.csv`: 0001 to repertoire."""
    return {
        row["code"]: Charset(
            code=row["code"],
            codec=row["codec"],
            letters=row["letters"],
            since=row["since"],
            meaning=row["meaning"],
        )
        for _, row in read_csv(root / "edi_specs" / "edifact" / "charsets.csv")
    }


@cache
def ack_codes(root: Path) -> Mapping[str, AckCode]:
    """Give `edi_specs/ack_codes/edifact.csv`: `Finding.problem` to its words."""
    return {
        row["problem"]: AckCode(
            code=row["code"],
            older=row["older"] or row["code"],
            severity=row["severity"],
            lenient=row["lenient"],
            meaning=row["meaning"],
        )
        for _, row in read_csv(root / "edi_specs" / "ack_codes" / "edifact.csv")
    }
