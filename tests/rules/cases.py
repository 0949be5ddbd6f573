"""What each rule finds, and what it takes: the cases of the conformance suite, `fixtures/conformance/rules.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.specs import data_root
from tests.rules.samples import GONE

# Used by tests that change an entry in their own way.
IDS = "importer.identifiers[0]"
CASE = [{"number": "A570123000"}]


@dataclass(frozen=True)
class Case:
    """A rule with a change that it finds at `place`, and one that it takes; `names` are those of the two."""

    rule: str
    names: tuple[str, str]
    place: str
    bad: dict[str, Any]
    good: dict[str, Any]
    base: str
    on: date
    profile: dict[str, str]


def _changes(side: dict[str, Any]) -> dict[str, Any]:
    return {**side.get("set", {}), **dict.fromkeys(side.get("gone", ()), GONE)}


def _cases() -> list[Case]:
    path = data_root() / "fixtures" / "conformance" / "rules.json"
    return [
        Case(
            one["rule"],
            (one["wrong"]["name"], one["right"]["name"]),
            one["place"],
            _changes(one["wrong"]),
            _changes(one["right"]),
            one["base"],
            date.fromisoformat(one["on"]),
            one.get("profile", {}),
        )
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]


CASES = _cases()
