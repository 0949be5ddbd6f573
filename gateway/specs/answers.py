"""Which answers speak of syntax alone, from `edi_specs/technical_answers.csv`."""

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
    """Where an answer says that a transmission was rejected: a node, its leaf, the codes."""

    node: str
    leaf: str
    rejected: frozenset[str]


@cache
def technical_answers(root: Path) -> Mapping[tuple[str, str], TechnicalAnswer]:
    """Give the table by format and message."""
    rows = read_csv(root / "edi_specs" / "technical_answers.csv")
    return {
        (row["format"], row["message"]): TechnicalAnswer(
            row["node"], row["leaf"], frozenset(row["rejected"].split())
        )
        for _, row in rows
    }
