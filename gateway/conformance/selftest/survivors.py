"""Faults in the code that nobody notices, each with the reason: `edi_specs/conformance/survivors.csv`.

`equivalent`: the spoilt code does the same. `unseen`: it does something else that no verdict, place or answer
shows. `gap`: a case could notice and none does; it counts against the suite. A row is about one change; when
the code there is written anew it no longer counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import SpecError, data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gateway.conformance.selftest.faults import Fault

KINDS = ("equivalent", "unseen", "gap")


@dataclass(frozen=True, slots=True)
class Survivor:
    """One fault that is explained."""

    fault: str
    change: str
    kind: str
    why: str


def path() -> Path:
    """Give the file."""
    return data_root() / "edi_specs" / "conformance" / "survivors.csv"


@cache
def survivors() -> Mapping[str, Survivor]:
    """Give every explained fault by its name. SpecError for a row without kind or reason, or one that is there twice."""
    found: dict[str, Survivor] = {}
    for number, row in read_csv(path()):
        if row["kind"] not in KINDS or not row["why"]:
            raise SpecError(path(), number, f"a survivor is {', '.join(KINDS)}, and has a reason")
        if row["fault"] in found:
            raise SpecError(path(), number, f"{row['fault']} is there twice")
        found[row["fault"]] = Survivor(row["fault"], row["change"], row["kind"], row["why"])
    return found


def explained(fault: str, change: str) -> Survivor | None:
    """Give the row about a fault, None where there is none or the code has changed since."""
    row = survivors().get(fault)
    return row if row is not None and row.change == change else None


def stale(modules: Iterable[str], faults: Iterable[Fault]) -> Iterator[str]:
    """Say of each row about these modules that is about none of these faults, as they are now, that it is stale."""
    there, meant = {fault.name: fault.change for fault in faults}, set(modules)
    for row in survivors().values():
        if row.fault.partition(":")[0] in meant and there.get(row.fault) != row.change:
            what = (
                "the code there is another since" if row.fault in there else "there is no such place any more"
            )
            yield f"{row.fault} is listed, but {what}"
