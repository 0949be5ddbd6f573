"""Every suite there is, in the order of results.

Lives here: the list, and how a case is found by its id without listing everything. Never here:
how any suite makes its cases.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.conformance.model import Case, Clause
    from gateway.conformance.selection import Selection

DEFAULT_SEED = 1
# Where suites are, in the order of results, and a word that the names of theirs have: by it a replay finds one
# without loading the others.
_MODULES: Mapping[str, tuple[str, ...]] = {
    "segments.suites": ("x12", "edifact"),
    "catair.suites": ("catair",),
    "wco.suites": ("wco",),
    "json.suites": ("json",),
    "samples": ("samples",),
    "written": ("cases",),
    "mixed.suites": ("mixed", "mended", "lenient", "profile"),
    "odd.suites": ("odd",),
    "ways.suites": ("limits", "customs", "kept", "translated", "ruled", "pointed", "streamed", "made"),
    "framed.suites": ("framed",),
    "framed.varied": ("varied",),
    "framed.answered": ("answered",),
    "exchange.suites": ("exchange",),
    "exchange.as2_suite": ("as2",),
    "signing.suites": ("signing",),
    "rules.suites": ("rules",),
}
# What the cases are made from; a change of any of it is another version of the suite.
_TABLES = ("edi_specs", "fixtures/conformance", "xsd")


class Suite(Protocol):
    """The cases of one message or one exchange pattern."""

    @property
    def name(self) -> str:
        """What every id of it begins with, up to the first slash."""

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements it tests, and those that nothing can test, with the reason."""

    def cases(self) -> Iterator[Case]:
        """Yield its cases, always in the same order."""


@runtime_checkable
class Searched(Protocol):
    """A suite in which a case is found without making all that stand before it."""

    def near(self, case_id: str, /) -> Iterator[Case]:
        """Yield cases among which the one with an id is, if there is one: fewer, or what is made soon first."""


@cache
def suites(root: Path | None = None, seed: int = DEFAULT_SEED) -> tuple[Suite, ...]:
    """Give every suite over the tables of a folder."""
    folder = root or data_root()
    return tuple(suite for name in _MODULES for suite in _of(name, folder, seed))


@cache
def _of(module: str, folder: Path, seed: int) -> tuple[Suite, ...]:
    return tuple(import_module(f"gateway.conformance.{module}").suites(folder, seed))


def _named(name: str, folder: Path, seed: int) -> Suite | None:
    """Give a suite by its name; of the other modules no more is loaded than stands before its own."""
    words = name.split(".")

    def nearness(module: str) -> int:
        """`x12.kept` is of the module of `kept`, before that of `x12`."""
        return max((at for at, word in enumerate(words) if word in _MODULES[module]), default=-1)

    for module in sorted(_MODULES, key=nearness, reverse=True):
        one = getattr(import_module(f"gateway.conformance.{module}"), "suite", None)
        there = [one(folder, name, seed)] if one is not None else _of(module, folder, seed)
        found = next((suite for suite in there if suite is not None and suite.name == name), None)
        if found is not None:
            return found
    return None


def chosen(selection: Selection, root: Path | None = None, seed: int = DEFAULT_SEED) -> Iterator[Suite]:
    """Yield the suites that can have cases that are meant."""
    for suite in suites(root, seed):
        if selection.takes_suite(suite.name):
            yield suite


def find(case_id: str, root: Path | None = None, seed: int = DEFAULT_SEED) -> Case | None:
    """Give a case by its id, None where there is none."""
    suite = _named(case_id.partition("/")[0], root or data_root(), seed)
    if suite is None:
        return None
    cases = suite.near(case_id) if isinstance(suite, Searched) else suite.cases()
    return next((case for case in cases if case.id == case_id), None)


def unknown(selection: Selection, root: Path | None = None, seed: int = DEFAULT_SEED) -> str:
    """Give the first SELECT word that nothing begins with, "" where each means something."""
    for word in selection.ids:
        if not any(_begins(suite, word, clauses=False) for suite in suites(root, seed)):
            return word
    for word in selection.clauses:
        if not any(_begins(suite, word, clauses=True) for suite in suites(root, seed)):
            return f"clause:{word}"
    return ""


def _begins(suite: Suite, word: str, *, clauses: bool) -> bool:
    if suite.name.startswith(word):
        return True
    if clauses:
        return any(clause.id.startswith(word) for clause in suite.clauses())
    return word.startswith(f"{suite.name}/") and any(case.id.startswith(word) for case in suite.cases())


def lost(ids: Iterable[str], root: Path | None = None, seed: int = DEFAULT_SEED) -> list[str]:
    """Give those of some ids that no case has, sorted."""
    left = set(ids)
    names = {one.partition("/")[0] for one in left}
    for suite in suites(root, seed):
        if suite.name in names:
            left -= {case.id for case in suite.cases()}
    return sorted(left)


def tables_digest(root: Path | None = None) -> str:
    """Give a digest of the tables that the cases are made from: the version of the specs."""
    folder = root or data_root()
    total = hashlib.sha256()
    for name in _TABLES:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and path.name != "ids.lock":
                total.update(str(path.relative_to(folder)).encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]
