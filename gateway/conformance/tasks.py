"""Tasks that a sender works through: what a message has to hold, read from TOML.

Lives here: the list and how a message is told to belong to a task. Conditions are about the entry that
every format becomes, so a task asks for the meaning and not for a format. Never here: sockets.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.results import why
from gateway.conformance.selection import FORCES
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEYS = {"id", "text", "message", "when", "least", "after", "lose", "clause", "force"}


class TaskError(ValueError):
    """A list of tasks that cannot be used. The message begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `message` names what may do it (`catair/SE`), empty for anything."""

    id: str
    text: str
    clause: str = ""
    force: str = "must"
    message: tuple[str, ...] = ()
    when: Mapping[str, str] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    after: str = ""
    lose: bool = False

    def fits(self, messages: tuple[str, ...], entry: Mapping[str, Any]) -> bool:
        """Tell whether a message is about this task, right or wrong."""
        if self.message and not set(self.message) & set(messages):
            return False
        if any(sum(1 for _ in _found(entry, path)) < most for path, most in self.least.items()):
            return False
        return all(
            any(fnmatchcase(text, one) for text in _texts(entry, path) for one in pattern.split("|"))
            for path, pattern in self.when.items()
        )


@dataclass(frozen=True, slots=True)
class Tasks:
    """A list with its name."""

    name: str
    tasks: tuple[Task, ...]


def _found(plain: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path; every item of a list on the way, and each item of one at its end."""
    name, _, rest = path.partition(".")
    for one in plain if isinstance(plain, list) else [plain]:
        inner = one.get(name) if isinstance(one, dict) else None
        if inner is None:
            continue
        if rest:
            yield from _found(inner, rest)
        elif isinstance(inner, list):
            yield from inner
        else:
            yield inner


def _texts(entry: Mapping[str, Any], path: str) -> Iterator[str]:
    for value in _found(entry, path):
        yield str(value).lower() if isinstance(value, bool) else str(value)


def load(name: str) -> Tasks:
    """Read a list by path, or by name where it is a shipped one. TaskError says what is wrong."""
    path = Path(name)
    if not path.is_file():
        path = data_root() / "edi_specs" / "conformance" / "tasks" / f"{name}.toml"
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
        tasks = tuple(_task(one) for one in plain["task"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise TaskError(f"{name}: {why(error)}") from error
    ids = [one.id for one in tasks]
    if len(set(ids)) != len(ids) or any(one.after and one.after not in ids for one in tasks):
        raise TaskError(f"{name}: an id is there twice, or `after` names none")
    return Tasks(str(plain.get("name", path.stem)), tasks)


def _task(plain: dict[str, Any]) -> Task:
    unknown = sorted(plain.keys() - _KEYS)
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no key of a task")
    if plain.get("force", "must") not in FORCES or "/" not in plain["id"]:
        raise ValueError(f"{plain['id']}: force is must, should or may, and an id has a slash")
    return Task(
        id=str(plain["id"]),
        text=str(plain["text"]),
        clause=str(plain.get("clause", "")),
        force=str(plain.get("force", "must")),
        message=tuple(str(one) for one in plain.get("message", ())),
        when={str(key): str(value) for key, value in plain.get("when", {}).items()},
        least={str(key): int(value) for key, value in plain.get("least", {}).items()},
        after=str(plain.get("after", "")),
        lose=bool(plain.get("lose", False)),
    )
