"""Scenario: what becomes of a filing, written by a tester as a YAML file.

Lives here: the shape of a scenario, its checks, and which scenario a filing follows.
Never here: what a status is called on a wire beyond the table `statuses.csv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import yaml

from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT = "released"
ANSWERS = ("accepted", "warned", "referred", "rejected", "silent")
MATCHES = ("reference", "entry", "importer", "bill", "port", "type", "user_data")
STEP_KEYS = ("after", "status", "text", "code", "agency", "bill", "line", "reason", "x12", "res")
CONDITION_KEYS = ("code", "record", "text")
RECORDS = ("SO50", "SO60", "SO70", "UC", "none")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WAIT = re.compile(r"(\d+(?:\.\d+)?)([smhd])\Z")


class ScenarioError(Exception):
    """A scenario file is wrong. The message begins with the file's name and the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One word of `statuses.csv` and what it is called in each format."""

    word: str
    record: str
    code: str
    text: str
    release: str = ""
    summary: str = ""
    x12: str = ""
    res: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition that a scenario reports: its code, the record it is about, its text."""

    code: str
    record: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is answered, and what is said afterwards. Seconds count from the acceptance."""

    name: str
    title: str
    answer: str = "accepted"
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    then: tuple[tuple[float, Mapping[str, str]], ...] = ()

    def fits(self, facts: Mapping[str, tuple[str, ...]]) -> bool:
        """Tell whether a filing carries what `when` asks for: one match for each key."""
        return bool(self.when) and all(
            any(fnmatchcase(value, pattern) for value in facts.get(key, ()) for pattern in patterns)
            for key, patterns in self.when.items()
        )


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Every scenario of one folder, and the words they may use."""

    by_name: Mapping[str, Scenario]
    statuses: Mapping[str, Status]

    def choose(self, facts: Mapping[str, tuple[str, ...]], preferred: str) -> Scenario:
        """Give the first scenario (by name) that fits the filing, else the preferred one."""
        for scenario in self.by_name.values():
            if scenario.fits(facts):
                return scenario
        return self.by_name[preferred if preferred in self.by_name else DEFAULT]

    def status_by_code(self, record: str, code: str) -> Status | None:
        """Give the status that a record calls by this code."""
        for status in self.statuses.values():
            if (status.record, status.code) == (record, code):
                return status
        return None


def load(folder: Path) -> Scenarios:
    """Load `statuses.csv` and every `*.yaml` of a folder. Raises `ScenarioError`, `SpecError`."""
    statuses = statuses_of(folder / "statuses.csv")
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        found[path.stem] = parse(path.stem, path.read_text(encoding="utf-8"), statuses)
    if DEFAULT not in found:
        raise ScenarioError(f"{folder}: has no {DEFAULT}.yaml, the scenario of everything else")
    return Scenarios(found, statuses)


def statuses_of(path: Path) -> dict[str, Status]:
    """Read the table of words."""
    found: dict[str, Status] = {}
    for line, row in read_csv(path):
        if row["record"] not in RECORDS:
            raise ScenarioError(f"{path.name}:{line}: {row['record']!r} is none of {', '.join(RECORDS)}")
        if row["word"] in found:
            raise ScenarioError(f"{path.name}:{line}: {row['word']!r} stands here a second time")
        names = ("word", "record", "code", "text", "release", "summary", "x12", "res")
        found[row["word"]] = Status(**{name: row[name] for name in names})
    return found


def parse(name: str, text: str, statuses: Mapping[str, Status]) -> Scenario:
    """Read one scenario. Every scalar is text, so that a code 010 keeps its zero."""
    try:
        tree = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes text only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ScenarioError(f"{name}.yaml{line}: is not YAML") from error
    if not isinstance(tree, dict):
        raise ScenarioError(f"{name}.yaml: must be a mapping with title, answer, then")
    _known(name, "", tree, ("title", "when", "answer", "conditions", "then"))
    answer = _text(name, "answer", tree.get("answer", "accepted"))
    if answer not in ANSWERS:
        raise ScenarioError(f"{name}.yaml: answer: {answer!r} is none of {', '.join(ANSWERS)}")
    return Scenario(
        name=name,
        title=_text(name, "title", tree.get("title", name)),
        answer=answer,
        when=_when(name, tree.get("when", {})),
        conditions=tuple(
            _condition(name, f"conditions[{turn}]", item)
            for turn, item in enumerate(_list(name, "conditions", tree.get("conditions", [])))
        ),
        then=tuple(
            _step(name, f"then[{turn}]", item, statuses)
            for turn, item in enumerate(_list(name, "then", tree.get("then", [])))
        ),
    )


def seconds(text: str) -> float:
    """Read `0.5s`, `2m`, `1h`, `314d`; -1 for anything else."""
    found = _WAIT.match(text)
    return float(found[1]) * _UNITS[found[2]] if found else -1.0


def _when(name: str, tree: Any) -> dict[str, tuple[str, ...]]:
    _known(name, "when", tree, MATCHES)
    found = {}
    for key, patterns in tree.items():
        listed = patterns if isinstance(patterns, list) else [patterns]
        found[key] = tuple(_text(name, f"when.{key}", pattern) for pattern in listed)
    return found


def _condition(name: str, place: str, tree: Any) -> Condition:
    _known(name, place, tree, CONDITION_KEYS)
    plain = {key: _text(name, f"{place}.{key}", value) for key, value in tree.items()}
    if not plain.get("code"):
        raise ScenarioError(f"{name}.yaml: {place}: a condition needs a code")
    return Condition(**plain)


def _step(
    name: str, place: str, tree: Any, statuses: Mapping[str, Status]
) -> tuple[float, Mapping[str, str]]:
    _known(name, place, tree, STEP_KEYS)
    plain = {key: _text(name, f"{place}.{key}", value) for key, value in tree.items()}
    wait = seconds(plain.pop("after", "0s"))
    if wait < 0:
        raise ScenarioError(f"{name}.yaml: {place}.after: write a number and s, m, h or d, such as 2s")
    if plain.get("status") not in statuses:
        known = ", ".join(statuses)
        raise ScenarioError(f"{name}.yaml: {place}.status: {plain.get('status')!r} is none of {known}")
    return wait, plain


def _known(name: str, place: str, tree: Any, keys: tuple[str, ...]) -> None:
    where = f"{name}.yaml: {place}".rstrip(": ")
    if not isinstance(tree, dict):
        raise ScenarioError(f"{where}: must be a mapping with {', '.join(keys)}")
    for key in tree:
        if key not in keys:
            raise ScenarioError(f"{where}: {key!r} is none of {', '.join(keys)}")


def _list(name: str, place: str, tree: Any) -> list[Any]:
    if not isinstance(tree, list):
        raise ScenarioError(f"{name}.yaml: {place}: must be a list")
    return tree


def _text(name: str, place: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ScenarioError(f"{name}.yaml: {place}: must be one value")
    return value
