"""Business rules over the canonical entry, by authority.

Each folder has the name of who made the rules in it, each file a topic. A file is found
by existing. Rules know the entry, the date and the partner's profile; no format, no wire.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

from gateway.entry import Entry, plain_of
from gateway.rules.places import Places
from gateway.rules.registry import Given, Rule, doubtful, missing, registered, rule, wrong
from gateway.rules.views import view_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.finding import Finding

__all__ = ["Given", "Rule", "doubtful", "missing", "rule", "rules", "run_rules", "wrong"]

DAYS_REMEMBERED = 64


@cache
def rules() -> Mapping[str, Rule]:
    """Give every rule by id, sorted."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    return registered()


@lru_cache(maxsize=DAYS_REMEMBERED)
def _in_force(on: date) -> tuple[Rule, ...]:
    return tuple(each for each in rules().values() if each.holds(on))


def run_rules(entry: Entry | dict[str, Any], on: date, profile: Mapping[str, str]) -> tuple[Finding, ...]:
    """Judge an entry, or its plain values, as of a date; findings come in the order of the rules' ids.

    `place` of a finding is a canonical path (`lines[0].tariffs[0].number`), `code` the
    rule's id. Profile keys that rules read: `check_digit_offset`,
    `check_digit_offset.<filer>`, `stage` (see `docs/architecture.md`).
    """
    plain = plain_of(entry) if isinstance(entry, Entry) else entry
    places = Places(plain)
    given, exact = Given(on, profile, places.rough), Given(on, profile, places.exact)
    seen = view_of(plain)
    found: list[Finding] = []
    for each in _in_force(on):
        places.asked = False
        said = list(each.check(seen, given))
        if said and places.asked:
            # It objects to something: now with every value at its own place.
            said = list(each.check(seen, exact))
        found.extend(map(each.signed, said))
    return tuple(found)
