"""SELECT: which cases are meant.

Lives here: prefixes of ids and clauses, levels, forces, and what failed in an earlier run. Several
prefixes add up; a level or a force narrows what they chose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.conformance.model import Case

FORCES = ("must", "should", "may")
_LEVELS = re.compile(r"level:([1-9])(?:-([1-9]))?")


class SelectionError(ValueError):
    """A SELECT that cannot be read."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for. Empty fields narrow nothing."""

    ids: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    exact: frozenset[str] | None = None
    levels: frozenset[int] = field(default_factory=frozenset)
    forces: frozenset[str] = field(default_factory=frozenset)

    def takes(self, case: Case) -> bool:
        """Tell whether a case is meant."""
        if self.levels and case.level not in self.levels:
            return False
        if self.forces and case.force not in self.forces:
            return False
        if not self.ids and not self.clauses and self.exact is None:
            return True
        return (
            case.id.startswith(self.ids)
            or any(clause.startswith(self.clauses) for clause in case.clauses)
            or (self.exact is not None and case.id in self.exact)
        )

    @property
    def narrow(self) -> bool:
        """Tell whether only places of a suite are meant, which are few cases."""
        if self.clauses or self.levels or self.forces:
            return False
        return self.exact is not None or (bool(self.ids) and all("/" in one for one in self.ids))

    def takes_clause(self, clause_id: str) -> bool:
        """Tell whether a clause that has no case is meant."""
        if not self.ids and not self.clauses:
            return self.exact is None
        return clause_id.startswith((*self.ids, *self.clauses))

    def takes_suite(self, name: str) -> bool:
        """Tell whether a suite can have cases that are meant."""
        if self.clauses or (not self.ids and self.exact is None):
            return True
        if any(wanted.startswith(name) or name.startswith(wanted) for wanted in self.ids):
            return True
        return self.exact is not None and any(case.partition("/")[0] == name for case in self.exact)


def select(words: Iterable[str], failed: Callable[[str], Iterable[str]]) -> Selection:
    """Read SELECT words; `failed` gives the ids that did not pass in a results file."""
    ids: list[str] = []
    clauses: list[str] = []
    exact: set[str] | None = None
    levels: set[int] = set()
    forces: set[str] = set()
    for word in words:
        if word in FORCES:
            forces.add(word)
        elif word.startswith("level:"):
            match = _LEVELS.fullmatch(word)
            if match is None or int(match[2] or match[1]) < int(match[1]):
                raise SelectionError(f"{word}: a level is level:5 or level:1-5")
            levels |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
        elif word.startswith("clause:"):
            clauses.append(word.removeprefix("clause:"))
        elif word.startswith("failed:"):
            exact = (exact or set()) | set(failed(word.removeprefix("failed:")))
        else:
            ids.append(word)
    return Selection(
        tuple(ids),
        tuple(clauses),
        None if exact is None else frozenset(exact),
        frozenset(levels),
        frozenset(forces),
    )
