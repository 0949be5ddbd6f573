"""Every suite there is, in the order of results.

Lives here: the list, and how a case is found by its id without listing everything. Never here:
how any suite makes its cases.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.conformance.catair.suites import suites as catair_suites
from gateway.conformance.x12.suites import suites as x12_suites
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Case, Clause
    from gateway.conformance.selection import Selection

DEFAULT_SEED = 1
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


@cache
def suites(root: Path | None = None, seed: int = DEFAULT_SEED) -> tuple[Suite, ...]:
    """Give every suite over the tables of a folder."""
    folder = root or data_root()
    return (*x12_suites(folder, seed), *catair_suites(folder, seed))


def chosen(selection: Selection, root: Path | None = None, seed: int = DEFAULT_SEED) -> Iterator[Suite]:
    """Yield the suites that can have cases that are meant."""
    for suite in suites(root, seed):
        if selection.takes_suite(suite.name):
            yield suite


def find(case_id: str, root: Path | None = None, seed: int = DEFAULT_SEED) -> Case | None:
    """Give a case by its id, None where there is none."""
    name = case_id.partition("/")[0]
    for suite in suites(root, seed):
        if suite.name == name:
            return next((case for case in suite.cases() if case.id == case_id), None)
    return None


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
