"""Profiles: what an implementation claims, how it is reached, how much of it can be seen.

A profile is a TOML file. Those that are shipped are in `edi_specs/conformance/profiles/` and may be
named without a path. `docs/conformance.md` describes every key.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import View
from gateway.conformance.results import why
from gateway.conformance.selection import FORCES
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conformance.model import Case

_KEYS = {
    "name",
    "version",
    "see",
    "claims",
    "except",
    "force",
    "exec",
    "http",
    "exchange",
    "signing",
    "tasks",
}
# What may stand in a table by which a target is reached: its type, that of what is in a list, and both in words.
_KINDS: Mapping[str, tuple[type, type, str]] = {
    "flag": (bool, object, "true or false"),
    "number": (int, object, "a number"),
    "text": (str, object, "a text"),
    "table": (dict, object, "a table"),
    "list": (list, object, "a list"),
    "numbers": (list, int, "a list of numbers"),
    "texts": (list, str, "a list of texts"),
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "exec": {"lines": "flag", "accepted": "numbers", "rejected": "numbers", "disposition": "text"},
    "http": {
        **dict.fromkeys(("headers", "types", "done", "counts", "as2"), "table"),
        **dict.fromkeys(("layers", "also", "codes", "overtime", "mixed"), "texts"),
        **dict.fromkeys(("post", "until", "poll", "disposition", "answer", "findings", "errors"), "text"),
        **dict.fromkeys(("listen", "cafile", "certificate", "key"), "text"),
        "accepted": "numbers", "rejected": "numbers", "connections": "number", "takes": "list", "exchange": "flag",
    },
}  # fmt: skip


class ProfileError(ValueError):
    """A profile that cannot be used. The message begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was claimed. `claims` and `excepts` are beginnings of case ids; no claim claims everything.

    `force` changes how much a clause weighs, by the beginning of its id. `exec`, `http`,
    `exchange` and `signing` are what those targets need to know; `tasks` names the list a sender works
    through.
    """

    name: str = "everything"
    version: str = "1"
    see: View = View.FINDINGS
    claims: tuple[str, ...] = ()
    excepts: Mapping[str, str] = field(default_factory=dict)
    force: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tasks: str = ""

    def excludes(self, case: Case) -> str:
        """Say why a case is not asked of this implementation, "" where it is."""
        for start, reason in self.excepts.items():
            if case.id.startswith(start):
                return reason
        if self.claims and not case.id.startswith(self.claims):
            return "not claimed by the profile"
        return ""

    def weighs(self, case: Case) -> str:
        """Give must, should or may for a case."""
        best = ("", case.force)
        for start, force in self.force.items():
            if len(start) >= len(best[0]) and any(clause.startswith(start) for clause in case.clauses):
                best = (start, force)
        return best[1]

    def about(self, what: str) -> Mapping[str, Any]:
        """Give the table `[http]`, `[exec]`, `[exchange]` or `[signing]`."""
        return self.options.get(what, {})

    def reached(self, **more: Any) -> Profile:
        """Give the profile with more said of how the address is reached; headers are added to those there are."""
        http = dict(self.about("http"))
        headers = {**http.get("headers", {}), **more.pop("headers", {})}
        http |= more | ({"headers": headers} if headers else {})
        return replace(self, options={**self.options, "http": http})

    def as_json(self) -> dict[str, Any]:
        """Give what stands in a header; addresses and credentials are left out."""
        return {"name": self.name, "version": self.version, "see": self.see.value}


def folder() -> Path:
    """Give the folder of the profiles that are shipped."""
    return data_root() / "edi_specs" / "conformance" / "profiles"


def load(name: str) -> Profile:
    """Read a profile by path, or by name where it is a shipped one. ProfileError says what is wrong."""
    path = Path(name)
    if not path.is_file() and (folder() / f"{name}.toml").is_file():
        path = folder() / f"{name}.toml"
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        shipped = ", ".join(sorted(one.stem for one in folder().glob("*.toml")))
        raise ProfileError(
            f"{name}: there is no such file, and no such profile; shipped are {shipped}"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{name}: {why(error)}") from error
    unknown = sorted(plain.keys() - _KEYS)
    if unknown:
        raise ProfileError(f"{path}: `{unknown[0]}` is no key of a profile")
    try:
        return _profile(plain)
    except (ValueError, TypeError, AttributeError) as error:
        raise ProfileError(f"{path}: {error}") from error


def _profile(plain: dict[str, Any]) -> Profile:
    see = plain.get("see", View.FINDINGS.value)
    if see not in set(View):
        raise ValueError(f"see is one of {', '.join(View)}")
    force = {str(key): str(value) for key, value in plain.get("force", {}).items()}
    if wrong := sorted(set(force.values()) - set(FORCES)):
        raise ValueError(f"a force is must, should or may, not {wrong[0]}")
    return Profile(
        name=str(plain.get("name", "unnamed")),
        version=str(plain.get("version", "1")),
        see=View(see),
        claims=tuple(str(one) for one in plain.get("claims", ())),
        excepts={str(key): str(value) for key, value in plain.get("except", {}).items()},
        force=force,
        options={
            key: _fitting(key, dict(plain[key]))
            for key in ("exec", "http", "exchange", "signing")
            if key in plain
        },
        tasks=str(plain.get("tasks", "")),
    )


def _fitting(table: str, plain: dict[str, Any]) -> dict[str, Any]:
    """Give a table as it is. ValueError names a key that is none, or that says something else than it can."""
    if table not in TABLES:
        return plain
    for key, value in plain.items():
        if key not in TABLES[table]:
            raise ValueError(f"[{table}]: `{key}` is no key")
        kind, inside, words = _KINDS[TABLES[table][key]]
        # A truth is a number to Python, and none to whoever writes a profile.
        parts = value if isinstance(value, list) and inside is not object else ()
        if type(value) is not kind or any(type(one) is not inside for one in parts):
            raise ValueError(f"[{table}]: `{key}` is {words}")
    return plain
