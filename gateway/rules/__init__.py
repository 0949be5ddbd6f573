"""Business rules over the canonical entry, by authority.

Each folder has the name of who made the rules in it, each file a topic. A file is found
by existing. Rules know the entry, the date and the partner's profile; no format, no wire.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.entry import Entry, plain_of
from gateway.rules.places import Places, fields_with
from gateway.rules.registry import Given, Rule, doubtful, missing, registered, rule, wrong
from gateway.rules.views import view_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.finding import Finding
    from gateway.rules.registry import Scope

__all__ = ["Given", "Rule", "doubtful", "missing", "rule", "rules", "run_rules", "wrong"]

PLANS_REMEMBERED = 1024


@cache
def rules() -> Mapping[str, Rule]:
    """Give every rule by id, sorted."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    return registered()


@cache
def _scopes() -> tuple[Scope, ...]:
    """Give what rules are asked of, each once."""
    return tuple(dict.fromkeys(each.of for each in rules().values() if each.of is not None))


@cache
def _deeper() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the fields inside of fields that rules are about, as they name them and as names on the way."""
    told = {about for each in rules().values() for about in each.about if isinstance(about, str)}
    return tuple((about, tuple(about.split("."))) for about in sorted(told) if "." in about)


def _stands(plain: Mapping[str, Any], way: Sequence[str]) -> bool:
    """Tell whether a field is there, in one of the items where lists are on the way."""
    inside = plain.get(way[0])
    if inside is None or len(way) == 1:
        return inside is not None
    if isinstance(inside, list):
        return any(_stands(one, way[1:]) for one in inside)
    return _stands(inside, way[1:])


class _Asked(NamedTuple):
    """The rules that are asked about an entry, in the order of their ids, and the kinds of value they look at."""

    rules: tuple[Rule, ...]
    kinds: frozenset[Any]


@lru_cache(maxsize=PLANS_REMEMBERED)
def _asked(on: date, names: tuple[str, ...], fits: tuple[bool, ...]) -> _Asked:
    """Choose the rules for entries that have these fields and fit these scopes."""
    fitting = {scope for scope, fit in zip(_scopes(), fits, strict=True) if fit}
    chosen = tuple(
        each
        for each in rules().values()
        if each.holds(on) and (each.of is None or each.of in fitting) and _speaks(each, frozenset(names))
    )
    kinds = frozenset(about for each in chosen for about in each.about if not isinstance(about, str))
    return _Asked(chosen, kinds)


def _speaks(each: Rule, names: frozenset[str]) -> bool:
    """Tell whether anything that a rule is about may be there."""
    return not each.about or any(
        about in names if isinstance(about, str) else fields_with(about) & names for about in each.about
    )


def run_rules(entry: Entry | dict[str, Any], on: date, profile: Mapping[str, str]) -> tuple[Finding, ...]:
    """Judge an entry, or its plain values, as of a date; findings come in the order of the rules' ids.

    `place` of a finding is a canonical path (`lines[0].tariffs[0].number`), `code` the
    rule's id. Profile keys that rules read: `check_digit_offset`,
    `check_digit_offset.<filer>`, `stage` (`edi_specs/options.csv`).
    """
    plain = plain_of(entry) if isinstance(entry, Entry) else entry
    seen, unplaced = view_of(plain), Given(on, profile)
    names = (*plain, *(about for about, way in _deeper() if _stands(plain, way)))
    asked, kinds = _asked(on, names, tuple(scope(seen, unplaced) for scope in _scopes()))
    places = Places(plain, kinds)
    given = Given(on, profile, places.rough)
    found: list[Finding] = []
    for each in asked:
        places.asked = False
        said = list(each.check(seen, given))
        if said and places.asked:
            # It objects to something: now with every value at its own place.
            said = list(each.check(seen, Given(on, profile, places.exact)))
        if said:
            found.extend(map(each.signed, said))
    return tuple(found)
