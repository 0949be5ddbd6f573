"""Rule, Given, `@rule`: how a business rule says who made it, since when, and what it found.

A rule is a generator function over the entry, with its sentence as docstring. It yields
findings made by `missing`, `wrong` and `doubtful`, which know a place and a value; the
registry adds the rule's id as code, its clause, its layer. A rule says nothing about an
entry that lacks the value it speaks of, unless it is a rule about presence. `of` and `about` say
which entries those are, so that a rule is not asked about the others at all.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.finding import Finding, Layer, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from gateway.entry import Entry
    from gateway.rules.looking import Found

    Scope = Callable[[Entry, "Given"], bool]


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule may know beside the entry: the date it is judged on, the partner's profile.

    `every(Party)` gives the values of a kind with their paths. What a rule says of one of them
    may not depend on another one: a value that comes again in a field is shown once as long as
    the rule has nothing to say.
    """

    on: date
    profile: Mapping[str, str] = field(default_factory=dict)
    places: Callable[[Any], Sequence[Found]] = lambda _kind: ()

    def every(self, kind: Any) -> Sequence[Found]:
        """Give the values of a model class or scalar of the model, in the entry's order."""
        return self.places(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One business rule. It holds on dates from `since` (inclusive) to `until` (exclusive).

    `of` tells of which entries it speaks, None of all. `about` are fields of the entry (`lines.levies`:
    of any of its lines) and kinds of its values: where none of them is there, the rule has nothing to say; empty where it always may.
    """

    id: str
    clause: str
    title: str
    module: str
    check: Callable[[Entry, Given], Iterator[Finding]]
    of: Scope | None = None
    about: tuple[Any, ...] = ()
    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Tell whether the rule is in force on that date."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def signed(self, found: Finding) -> Finding:
        """Give one of the rule's findings with the rule's id, clause and layer."""
        return replace(found, code=self.id, clause=self.clause, layer=Layer.BUSINESS)


_RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    *,
    clause: str,
    of: Scope | None = None,
    about: Any = (),
    since: date | None = None,
    until: date | None = None,
) -> Callable[[Callable[..., Iterator[Finding]]], Callable[..., Iterator[Finding]]]:
    """Enter a function as a rule: `check(entry)`, or `check(entry, given)` where it needs date or profile."""

    def enter(check: Callable[..., Iterator[Finding]]) -> Callable[..., Iterator[Finding]]:
        if rule_id in _RULES:
            raise ValueError(f"two rules are called {rule_id}")
        alone = check.__code__.co_argcount == 1

        def run(entry: Entry, _given: Given) -> Iterator[Finding]:
            return check(entry)

        title = (inspect.getdoc(check) or "").partition("\n")[0]
        _RULES[rule_id] = Rule(
            id=rule_id,
            clause=clause,
            title=title,
            module=check.__module__,
            check=run if alone else check,
            of=of,
            about=about if isinstance(about, tuple) else (about,),
            since=since,
            until=until,
        )
        return check

    return enter


def registered() -> Mapping[str, Rule]:
    """Give every rule that was entered, by id, sorted."""
    return {rule_id: _RULES[rule_id] for rule_id in sorted(_RULES)}


def missing(place: str, what: str, *, severity: Severity = Severity.ERROR) -> Finding:
    """Make the finding that a value is not there."""
    return Finding(code="", message=f"{what} is missing", severity=severity, place=place, expected=what)


def wrong(place: str, message: str, *, expected: Any = "", actual: Any = "") -> Finding:
    """Make the finding that a value cannot be right."""
    return Finding(code="", message=message, place=place, expected=str(expected), actual=str(actual))


def doubtful(place: str, message: str, *, expected: Any = "", actual: Any = "") -> Finding:
    """Make the finding that a value is probably wrong: a warning."""
    return replace(wrong(place, message, expected=expected, actual=actual), severity=Severity.WARNING)
