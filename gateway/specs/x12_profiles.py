"""What an authority or a partner asks of X12 sets beyond the standard, as data.

Lives here: `edi_specs/x12/profiles/<name>.csv` as rules, checked against the sets that they
speak of. Never here: judging a message by them (`gateway.formats.x12.profile`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.specs import SpecError, read_csv

if TYPE_CHECKING:
    from pathlib import Path

RULES = frozenset({"usage", "max_length", "codes", "pattern", "count_max", "count_of", "hierarchy", "group"})
ANY = "*"
# For each transaction the profile that fits its mode, set and release.
AUTO = "auto"
_STEP = re.compile(r"([A-Z][A-Z0-9]{1,2})(?:\[(\d\d)=([^\]]+)\])?")


class Step(NamedTuple):
    """One step of an address: a segment or loop, and the codes that its element `key` may have."""

    name: str
    key: str = ""
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place in a set. `leaf` is "" where it names a segment or loop."""

    text: str
    steps: tuple[Step, ...]
    leaf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The condition of a rule: the place has one of the values, or with `negated` none of them."""

    address: Address
    values: frozenset[str]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a profile. `counted` is what a `count_of` counts, from the loop of the address on."""

    profile: str
    message: str
    release: str
    rule: str
    value: str
    severity: str
    text: str
    source: str
    address: Address | None = None
    when: When | None = None
    since: str = ""
    until: str = ""
    counted: Address | None = None

    def holds(self, message: str, release: str, on: str) -> bool:
        """Tell whether the row speaks of a set on a day; "" is no day: every row holds."""
        if self.message not in {ANY, message} or self.release not in {ANY, release}:
            return False
        return not on or ((not self.since or self.since <= on) and (not self.until or on <= self.until))


def profiles(root: Path) -> tuple[str, ...]:
    """Name every profile there is."""
    return tuple(sorted(path.stem for path in (root / "edi_specs" / "x12" / "profiles").glob("*.csv")))


@cache
def profile(root: Path, name: str) -> tuple[Rule, ...] | None:
    """Load one profile, None where there is none of that name."""
    table = root / "edi_specs" / "x12" / "profiles" / f"{name}.csv"
    if not re.fullmatch(r"[a-z0-9_]{1,40}", name) or not table.is_file():
        return None
    found = []
    for line, row in read_csv(table):
        if row["rule"] not in RULES or row["severity"] not in {"error", "warning"}:
            raise SpecError(table, line, f"no such rule or severity: {row['rule']!r}, {row['severity']!r}")
        if row["rule"] in {"max_length", "count_max"} and not row["value"].isdecimal():
            raise SpecError(table, line, f"{row['rule']} wants a number")
        found.append(
            Rule(
                profile=name,
                message=row["set"],
                release=row["release"],
                rule=row["rule"],
                value=_pattern(table, line, row["value"]) if row["rule"] == "pattern" else row["value"],
                severity=row["severity"],
                text=row["text"],
                source=row["source"],
                address=_address(table, line, row["address"]) if row["address"] else None,
                when=_when(table, line, row["when"]) if row["when"] else None,
                counted=_address(table, line, row["value"]) if row["rule"] == "count_of" else None,
                since=row["since"],
                until=row["until"],
            )
        )
    return tuple(found)


def _pattern(table: Path, line: int, text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise SpecError(table, line, f"not a pattern: {text!r}, {error}") from error
    return text


def _when(table: Path, line: int, text: str) -> When:
    negated = "!=" in text
    address, _, values = text.partition("!=" if negated else "=")
    if not values:
        raise SpecError(table, line, f"not a condition: {text!r}")
    return When(address=_address(table, line, address), values=frozenset(values.split("|")), negated=negated)


def _address(table: Path, line: int, text: str) -> Address:
    way, _, leaf = text.rpartition("-") if re.search(r"-\d\d(?:-\d+)?$", text) else (text, "", "")
    if re.search(r"-\d\d$", way):  # a component: `N9-07-1`
        way, _, element = way.rpartition("-")
        leaf = f"{element}-{leaf}"
    steps = []
    for word in way.split("/"):
        match = _STEP.fullmatch(word)
        if match is None:
            raise SpecError(table, line, f"not an address: {text!r}")
        codes = frozenset(match[3].split("|")) if match[3] else frozenset[str]()
        steps.append(Step(match[1], match[2] or "", codes))
    return Address(text=text, steps=tuple(steps), leaf=leaf)
