"""Code lists that rules ask, from `edi_specs/codes/`; each is read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Code:
    """One row: what else the table says of the code, and the dates between which it stands."""

    row: Mapping[str, str]
    since: date | None
    until: date | None

    def stands(self, on: date) -> bool:
        """Tell whether the code is in use on that date."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def says(self, column: str) -> bool:
        """Tell whether a yes-or-no column says yes."""
        return self.row.get(column) == "yes"


@cache
def codes(name: str) -> Mapping[str, Code]:
    """Give `edi_specs/codes/<name>.csv` by code; `SpecError` where the table is wrong."""
    path = data_root() / "edi_specs" / "codes" / f"{name}.csv"
    return {
        row["code"]: Code(row, _date(row.get("since", "")), _date(row.get("until", "")))
        for _, row in read_csv(path)
    }


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
