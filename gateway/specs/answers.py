"""Answers that need no mapping to be understood, as two small tables in `edi_specs/`.

`technical_answers.csv` names those that speak of syntax alone, `customs_verdicts.csv` those
of customs that echo what was refused and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TechnicalAnswer:
    """Where an answer says that a transmission was rejected: some nodes, their leaf, the codes.

    `control` is the leaf that has our own control number, "" where there is none; it stands in one of
    the nodes `numbered`. `condition` is the leaf with the code of what is wrong, "" where none is read.
    """

    nodes: frozenset[str]
    leaf: str
    rejected: frozenset[str]
    control: str = ""
    numbered: frozenset[str] = frozenset()
    condition: str = ""


@cache
def technical_answers(root: Path) -> Mapping[tuple[str, str], TechnicalAnswer]:
    """Give the table by format and message."""
    found = {}
    for _, row in read_csv(root / "edi_specs" / "technical_answers.csv"):
        nodes = frozenset(row["node"].split())
        node, _, leaf = row["control"].rpartition("-")
        found[row["format"], row["message"]] = TechnicalAnswer(
            nodes,
            row["leaf"],
            frozenset(row["rejected"].split()),
            leaf,
            frozenset({node}) if node else nodes,
            row["condition"],
        )
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer rejects: a node of this name is there. `says` has the words, `accepted` the code."""

    rejects: str
    says: str
    accepted: str


@cache
def verdicts(root: Path) -> Mapping[tuple[str, str], Verdict]:
    """Give the table by format and message."""
    rows = read_csv(root / "edi_specs" / "customs_verdicts.csv")
    return {
        (row["format"], row["message"]): Verdict(row["rejects"], row["says"], row["accepted"])
        for _, row in rows
    }


@cache
def retries(root: Path) -> Mapping[tuple[str, str], str]:
    """Give what a rejection leaves behind, by answer (`catair/AX`) and condition code."""
    rows = read_csv(root / "edi_specs" / "catair" / "retries.csv")
    return {(row["message"], row["code"]): row["course"] for _, row in rows}


@cache
def summary_places(root: Path) -> Mapping[str, str]:
    """Give for each kind of place in an answer to an entry summary (E0) the record that it names."""
    rows = read_csv(root / "edi_specs" / "catair" / "error_places.csv")
    return {row["type"]: row["record"] for _, row in rows}


@dataclass(frozen=True, slots=True)
class Word:
    """What a code of customs means for an entry: of what it speaks, how late it is, what holds, who is next."""

    level: str
    turn: int = 0
    state: str = ""
    who: str = ""
    next: str = ""


@cache
def words(root: Path) -> Mapping[tuple[str, str], tuple[Word, ...]]:
    """Give by message (`catair/SO`) and code what customs' words mean; some codes speak of several things."""
    found: dict[tuple[str, str], tuple[Word, ...]] = {}
    for _, row in read_csv(root / "edi_specs" / "catair" / "standing.csv"):
        key = (row["message"], row["code"])
        word = Word(row["level"], int(row["turn"]), row["state"], row["who"], row["next"])
        found[key] = (*found.get(key, ()), word)
    return found


@cache
def census_warnings(root: Path) -> frozenset[str]:
    """Give the condition codes by which the Census Bureau warns."""
    return frozenset(
        row["code"] for _, row in read_csv(root / "edi_specs" / "catair" / "codes" / "census_warning.csv")
    )
