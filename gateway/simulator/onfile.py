"""OnFile: what the small ACE knows beforehand: ports, filers, importers, fees.

Lives here: the tables of `fixtures/scenarios/on_file/`, which a tester may change, and
the arithmetic of identifiers. The check digit is computed here once more, on purpose,
so that the gateway's own rule is not its own judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_WEIGHTS = {"error": "F", "warning": "W"}
_FILER = re.compile(r"[A-Z0-9]{3}\Z")
_IMPORTER = {
    "EI": re.compile(r"\d{2}-\d{7}(?:[A-Z0-9]{2})?\Z"),
    "34": re.compile(r"\d{3}-\d{2}-\d{4}\Z"),
    "ANI": re.compile(r"\d{6}-\d{5}\Z"),
}


@dataclass(frozen=True, slots=True)
class OnFile:
    """The tables, by filer code, importer number and port."""

    filers: Mapping[str, Mapping[str, str]]
    importers: Mapping[str, Mapping[str, str]]
    ports: Mapping[str, str]
    fees: Sequence[tuple[date, Mapping[str, Decimal]]]
    refusals: Mapping[str, Mapping[str, str]]
    value_codes: Mapping[tuple[str, str, str], str]
    applications: frozenset[str]
    checks: Mapping[str, str]
    fee_origins: Mapping[str, str]

    def fees_on(self, day: date | None) -> Mapping[str, Decimal]:
        """Give rate, minimum, maximum and informal fee of a day, of the newest row without one."""
        for since, row in self.fees:
            if day is None or day >= since:
                return row
        return self.fees[-1][1]

    def weight(self, check: str) -> str:
        """Give the severity of a check that a tester may change: F or W, "" where it is off."""
        return _WEIGHTS.get(self.checks.get(check, "off"), "")

    def port_known(self, port: str) -> bool:
        """Tell whether a Schedule D code is one that this ACE knows."""
        code = port.strip()
        if not (len(code) == 4 and code.isdigit()):
            return False
        return self.ports.get(code, self.ports.get(code[:2], "unknown")) == "open"

    def filer_known(self, filer: str) -> bool:
        """Tell whether a filer code may file here."""
        if not _FILER.match(filer):
            return False
        return self.filers.get(filer, {}).get("state", "active") == "active"

    def offset(self, filer: str) -> int:
        """Give what CBP told this filer to add to its check digit."""
        return int(self.filers.get(filer, {}).get("offset") or 0)

    def in_bond_number_right(self, filer: str, number: str) -> bool:
        """Tell whether nine digits end with the first eight MOD 7 and the filer's own offset (unverified).

        Numbers of another form have no check digit.
        """
        if len(number) != 9 or not number.isdigit():
            return True
        offset = int(self.filers.get(filer, {}).get("in_bond_offset") or 0)
        return int(number[-1]) == int(number[:-1]) % 7 + offset

    def importer(self, number: str) -> Mapping[str, str]:
        """Give what is on file about an importer, `*` where nothing special is."""
        return self.importers.get(number.strip(), self.importers["*"])

    def entry_number_right(self, filer: str, number: str) -> bool:
        """Tell whether seven digits are followed by their check digit."""
        return (
            len(number) == 8
            and number.isdigit()
            and number[-1] == check_digit(filer, number[:7], self.offset(filer))
        )


def check_digit(filer: str, digits: str, offset: int = 0) -> str:
    """Give the check digit of an entry number, catair.md 4.1.

    A to I are 1 to 9, J to R are 1 to 9, S to Z are 2 to 9. Every second of the ten is
    doubled; a product over 9 gets 1 added and keeps its units digit.
    """
    total = 0
    for place, character in enumerate(f"{filer}{digits}"):
        value = int(character) if character.isdigit() else _letter(character)
        if place % 2:
            doubled = value * 2
            value = (doubled + 1) % 10 if doubled > 9 else doubled
        total += value
    return str(((10 - total % 10) % 10 + offset) % 10)


def _letter(character: str) -> int:
    if character <= "I":
        return ord(character) - ord("A") + 1
    if character <= "R":
        return ord(character) - ord("J") + 1
    return ord(character) - ord("S") + 2


def importer_kind(number: str) -> str:
    """Give the qualifier that the shape of an importer number says, "" for no known shape."""
    text = number.strip()
    return next((kind for kind, shape in _IMPORTER.items() if shape.match(text)), "")


def load(folder: Path, root: Path) -> OnFile:
    """Load the tables of one folder, and the application ids below `root`. Raises `SpecError`."""
    filers = {row["filer"]: row for _, row in read_csv(folder / "filers.csv")}
    importers = {row["number"]: row for _, row in read_csv(folder / "importers.csv")}
    ports = {row["port"]: row["state"] for _, row in read_csv(folder / "ports.csv")}
    fees = []
    for _, row in read_csv(folder / "fees.csv"):
        since = date.fromisoformat(row.pop("from"))
        fees.append((since, {name: Decimal(text) for name, text in row.items()}))
    applications = read_csv(root / "edi_specs" / "catair" / "applications.csv")
    return OnFile(
        filers=filers,
        importers=importers,
        ports=ports,
        fees=sorted(fees, key=lambda fee: fee[0], reverse=True),
        refusals={row["problem"]: row for _, row in read_csv(folder / "refusals.csv")},
        value_codes={
            (row["application"], row["place"], row["problem"]): row["code"]
            for _, row in read_csv(folder / "values.csv")
        },
        applications=frozenset(row["application"] for _, row in applications if row["direction"] == "in"),
        checks=_optional(folder / "checks.csv", "check", "answer"),
        fee_origins=_optional(folder / "fee_origins.csv", "origin", "exempt"),
    )


def _optional(path: Path, key: str, value: str) -> Mapping[str, str]:
    """Give two columns of a table, nothing where a tester's folder has no such table."""
    return {row[key]: row[value] for _, row in read_csv(path)} if path.is_file() else {}
