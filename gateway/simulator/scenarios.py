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
    from collections.abc import Iterator, Mapping
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
    """A scenario file is wrong. The message begins with the file's name, the line and the place."""


class _Wrong(Exception):  # noqa: N818 - becomes a ScenarioError, which knows the file
    """Something in a scenario is wrong: its place, as `then[0].after`, what, and a place below whose line it is."""

    def __init__(self, place: str, what: str, at: str = "") -> None:
        super().__init__(place, what)
        self.place = place
        self.what = what
        self.at = at or place


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
    try:
        return _scenario(name, tree, statuses)
    except _Wrong as wrong:
        lines = dict(_lines(yaml.compose(text, Loader=yaml.BaseLoader), ""))
        number = lines.get(wrong.at) or lines.get(wrong.place, 1)
        place = f" {wrong.place}:" if wrong.place else ""
        raise ScenarioError(f"{name}.yaml:{number}:{place} {wrong.what}") from wrong


def _lines(node: yaml.Node | None, path: str) -> Iterator[tuple[str, int]]:
    """Yield each place of a file with its line."""
    if node is None:
        return
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else str(key.value)
            yield from _lines(value, inner)
            # A value that begins a line below its key is looked for at the key.
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for turn, value in enumerate(node.value):
            yield from _lines(value, f"{path}[{turn}]")


def _scenario(name: str, tree: Any, statuses: Mapping[str, Status]) -> Scenario:
    if not isinstance(tree, dict):
        raise _Wrong("", "must be a mapping with title, answer, then")
    _known("", tree, ("title", "when", "answer", "conditions", "then"))
    answer = _text("answer", tree.get("answer", "accepted"))
    if answer not in ANSWERS:
        raise _Wrong("answer", f"{answer!r} is none of {', '.join(ANSWERS)}")
    return Scenario(
        name=name,
        title=_text("title", tree.get("title", name)),
        answer=answer,
        when=_when(tree.get("when", {})),
        conditions=tuple(
            _condition(f"conditions[{turn}]", item)
            for turn, item in enumerate(_list("conditions", tree.get("conditions", [])))
        ),
        then=tuple(
            _step(f"then[{turn}]", item, statuses)
            for turn, item in enumerate(_list("then", tree.get("then", [])))
        ),
    )


def seconds(text: str) -> float:
    """Read `0.5s`, `2m`, `1h`, `314d`; -1 for anything else."""
    found = _WAIT.match(text)
    return float(found[1]) * _UNITS[found[2]] if found else -1.0


def _when(tree: Any) -> dict[str, tuple[str, ...]]:
    _known("when", tree, MATCHES)
    found = {}
    for key, patterns in tree.items():
        listed = patterns if isinstance(patterns, list) else [patterns]
        found[key] = tuple(_text(f"when.{key}", pattern) for pattern in listed)
    return found


def _condition(place: str, tree: Any) -> Condition:
    _known(place, tree, CONDITION_KEYS)
    plain = {key: _text(f"{place}.{key}", value) for key, value in tree.items()}
    if not plain.get("code"):
        raise _Wrong(place, "a condition needs a code")
    return Condition(**plain)


def _step(place: str, tree: Any, statuses: Mapping[str, Status]) -> tuple[float, Mapping[str, str]]:
    _known(place, tree, STEP_KEYS)
    plain = {key: _text(f"{place}.{key}", value) for key, value in tree.items()}
    wait = seconds(plain.pop("after", "0s"))
    if wait < 0:
        raise _Wrong(f"{place}.after", "write a number and s, m, h or d, such as 2s")
    if plain.get("status") not in statuses:
        known = ", ".join(statuses)
        raise _Wrong(f"{place}.status", f"{plain.get('status')!r} is none of {known}")
    return wait, plain


def _known(place: str, tree: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(tree, dict):
        raise _Wrong(place, f"must be a mapping with {', '.join(keys)}")
    for key in tree:
        if key not in keys:
            at = f"{place}.{key}" if place else str(key)
            raise _Wrong(place, f"{key!r} is none of {', '.join(keys)}", at)


def _list(place: str, tree: Any) -> list[Any]:
    if not isinstance(tree, list):
        raise _Wrong(place, "must be a list")
    return tree


def _text(place: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong(place, "must be one value")
    return value
