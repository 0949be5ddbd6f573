"""Entries to judge: the shipped JSON fixtures, with single values changed by path."""

from __future__ import annotations

import copy
import itertools
import json
import re
from datetime import date
from functools import cache
from typing import Any

from gateway.entry import Entry
from gateway.finding import Finding
from gateway.rules import run_rules
from gateway.specs import data_root

TODAY = date(2026, 11, 2)
GONE = object()
_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")


@cache
def _fixture(name: str) -> dict[str, Any]:
    path = data_root() / "fixtures" / "json" / "entry" / f"{name}.json"
    plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return plain


def entry(base: str, changes: dict[str, Any]) -> Entry:
    """Give a fixture with values set by canonical path; `GONE` takes one away."""
    plain = copy.deepcopy(_fixture(base)) if base else {}
    for path, value in changes.items():
        _set(plain, path, value)
    return Entry.model_validate(plain)


def _set(plain: Any, path: str, value: Any) -> None:
    steps: list[str | int] = [name or int(turn) for name, turn in _STEP.findall(path)]
    place = plain
    for step, after in itertools.pairwise(steps):
        if isinstance(place, list) and len(place) == step:
            place.append([] if isinstance(after, int) else {})
        elif isinstance(place, dict):
            place.setdefault(step, [] if isinstance(after, int) else {})
        place = place[step]
    last = steps[-1]
    if value is GONE:
        del place[last]
    elif isinstance(place, list) and len(place) == last:
        place.append(value)
    else:
        place[last] = value


def judge(
    judged: Entry, rule_id: str, on: date = TODAY, profile: dict[str, str] | None = None
) -> list[Finding]:
    """Give what one rule finds in an entry."""
    return [finding for finding in run_rules(judged, on, profile or {}) if finding.code == rule_id]
