"""Known failures: id, reason, expiry date.

A CSV with these three columns. An entry keeps a failure from counting until its date; one whose
case passes, or whose date is over, has to be looked at.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.model import Verdict
from gateway.conformance.results import why

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = ["id", "reason", "expires"]


class BaselineError(ValueError):
    """A baseline that cannot be used. The message begins with file and line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One failure that is known, why, and until when."""

    reason: str
    expires: date


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known to fail."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def weigh(self, case_id: str, verdict: Verdict, today: date) -> tuple[Verdict, str]:
        """Give the verdict in the light of the baseline, and what it says."""
        entry = self.entries.get(case_id)
        if entry is None:
            return verdict, ""
        if verdict is Verdict.PASS:
            return Verdict.FIXED, f"listed as failing: {entry.reason}"
        if verdict is Verdict.FAIL and entry.expires < today:
            return Verdict.FAIL, f"the baseline's entry expired on {entry.expires}: {entry.reason}"
        if verdict is Verdict.FAIL:
            return Verdict.KNOWN, f"until {entry.expires}: {entry.reason}"
        return verdict, ""


def load(name: str) -> Baseline:
    """Read a baseline. BaselineError says what is wrong and where."""
    entries: dict[str, Entry] = {}
    try:
        with Path(name).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(line for line in file if line.strip() and not line.startswith("#"))
            if reader.fieldnames != _COLUMNS:
                raise BaselineError(f"{name}:1: the columns are {','.join(_COLUMNS)}")
            for row in reader:
                if not row["id"] or not row["reason"]:
                    raise BaselineError(f"{name}:{reader.line_num}: an entry has an id and a reason")
                try:
                    expires = date.fromisoformat(row["expires"] or "")
                except ValueError as error:
                    raise BaselineError(f"{name}:{reader.line_num}: expires is YYYY-MM-DD") from error
                entries[row["id"]] = Entry(row["reason"], expires)
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"{name}: {why(error)}") from error
    return Baseline(entries)
