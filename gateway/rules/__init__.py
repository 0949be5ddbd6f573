"""Business rules over the canonical entry, by authority.

Each folder has the name of who made the rules in it, each file a topic. A file is found
by existing. Rules know the entry, the date and the partner's profile; no format, no wire.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING

from gateway.rules.places import index
from gateway.rules.registry import Given, Rule, doubtful, missing, registered, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.entry import Entry
    from gateway.finding import Finding

__all__ = ["Given", "Rule", "doubtful", "missing", "rule", "rules", "run_rules", "wrong"]


@cache
def rules() -> Mapping[str, Rule]:
    """Give every rule by id, sorted."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    return registered()


def run_rules(entry: Entry, on: date, profile: Mapping[str, str]) -> tuple[Finding, ...]:
    """Judge an entry as of a date; findings come in the order of the rules' ids.

    `place` of a finding is a canonical path (`lines[0].tariffs[0].number`), `code` the
    rule's id. Profile keys that rules read: `check_digit_offset`,
    `check_digit_offset.<filer>`, `stage` (see `docs/architecture.md`).
    """
    given = Given(on, profile, index(entry))
    found: list[Finding] = []
    for each in rules().values():
        if each.holds(on):
            found.extend(each.run(entry, given))
    return tuple(found)
