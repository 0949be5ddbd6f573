"""The suites about business rules, read from `fixtures/conformance/rules.json`.

Lives here: cases made of the JSON samples, each with one change that a rule finds and one that it takes. Never
here: any rule. A case is a JSON entry; a target that shows no findings on entries is not asked.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KIND = "rules"
_LEVEL, _LEVEL_SUMS = 4, 3
_SUMS = re.compile(r"entry\.totals\.|cbp\.ae\.")
_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")


@dataclass(frozen=True)
class RuleSuite:
    """The rules of one authority."""

    root: Path
    name: str
    said: tuple[Mapping[str, Any], ...]

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses that its rules obey."""
        wanted = dict.fromkeys(one["clause"] for one in self.said)
        for row in _clauses(self.root):
            if row["id"] in wanted:
                level = max(_level(one["rule"]) for one in self.said if one["clause"] == row["id"])
                yield Clause(row["id"], row["text"], row["source"], row["level"], row["who"], level)

    def cases(self) -> Iterator[Case]:
        """Yield the cases of its rules. What is right for several wrong ones is asked once."""
        right = set()
        force = {row["id"]: row["level"] for row in _clauses(self.root)}
        for one in self.said:
            for side in ("right", "wrong"):
                name = f"{self.name}/{one['rule']}/{one['base'] or 'summary'}/{side}/{one[side]['name']}"
                if name in right:
                    continue
                right.add(name)
                yield Case(
                    name, self.name, (one["clause"],), _level(one["rule"]), force[one["clause"]],
                    side == "right", partial(_make, self.root, one, side), KIND,
                )  # fmt: skip


def _level(rule: str) -> int:
    return _LEVEL_SUMS if _SUMS.match(rule) else _LEVEL


def _make(root: Path, one: Mapping[str, Any], side: str) -> Built:
    changes = one[side]
    plain = copy.deepcopy(_sample(root, one["base"])) if one["base"] else {}
    for path, value in changes.get("set", {}).items():
        _set(plain, path, value)
    for path in changes.get("gone", ()):
        _drop(plain, path)
    others = tuple(_spot(code) for code in changes.get("others", ()))
    data = json.dumps(plain, ensure_ascii=False, indent=1).encode()
    steps = {"on": one["on"], "profile": one.get("profile", {})}
    if side == "right":
        return Built(data, Expect("" if others else "accepted", also=others), steps=steps)
    spot = _spot(one["rule"], one["place"])
    disposition = "" if others else "accepted" if one.get("severity") else "rejected"
    return Built(
        data,
        Expect(disposition, (spot,), None, one["place"], others),
        Operator("entry.change", one["place"]),
        steps,
    )


def _spot(rule: str, place: str = "") -> Spot:
    return Spot(rule, (place,) if place else ())


def _steps(path: str) -> list[str | int]:
    return [name or int(turn) for name, turn in _STEP.findall(path)]


def _set(plain: Any, path: str, value: Any) -> None:
    """Put a value at a canonical path; what leads there is made."""
    steps = _steps(path)
    for step, after in itertools.pairwise(steps):
        if isinstance(plain, list) and len(plain) == step:
            plain.append([] if isinstance(after, int) else {})
        elif isinstance(plain, dict):
            plain.setdefault(step, [] if isinstance(after, int) else {})
        plain = plain[step]
    if isinstance(plain, list) and len(plain) == steps[-1]:
        plain.append(value)
    else:
        plain[steps[-1]] = value


def _drop(plain: Any, path: str) -> None:
    *lead, last = _steps(path)
    for step in lead:
        plain = plain[step]
    del plain[last]


@cache
def _sample(root: Path, name: str) -> Any:
    return json.loads((root / "fixtures" / "json" / "entry" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def _clauses(root: Path) -> tuple[dict[str, str], ...]:
    paths = sorted((root / "edi_specs" / "clauses").glob("*.csv"))
    return tuple(row for path in paths for _, row in read_csv(path) if "text" in row)


def suites(root: Path, _seed: int) -> list[RuleSuite]:
    """Give a suite for each authority in order."""
    path = root / "fixtures" / "conformance" / "rules.json"
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for one in json.loads(path.read_text(encoding="utf-8")):
        # `cbp.ae.balance` is a clause of cbp, and `duns/shape` one of duns.
        name = f"rules.{re.split('[./]', one['clause'])[0]}"
        found[name] = (*found.get(name, ()), one)
    return [RuleSuite(root, name, said) for name, said in found.items()]
