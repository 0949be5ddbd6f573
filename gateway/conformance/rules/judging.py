"""How this library judges an entry by its rules, for the cases about them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gateway.conformance import locked
from gateway.conformance.model import Seen, Spot
from gateway.entry import Entry
from gateway.finding import Layer, no_errors
from gateway.rules import run_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.conformance.model import Built
    from gateway.finding import Finding


def judged(built: Built) -> tuple[Seen, str]:
    """Judge; give what was found, and its digests for `answers.lock`."""
    steps = built.steps
    entry = Entry.model_validate_json(built.data)
    found = run_rules(entry, date.fromisoformat(steps["on"]), steps["profile"])
    seen = Seen(
        disposition="accepted" if no_errors(found) else "rejected",
        findings=tuple(Spot(one.code, (one.place,)) for one in found),
        flaws=tuple(_flaws(found)),
    )
    return seen, locked.said(built.data, found)


def _flaws(found: Iterable[Finding]) -> Iterator[str]:
    """Yield what is wrong with the telling: a finding of a rule has words, a clause and its layer."""
    for one in found:
        message: object = one.message
        if not message or not isinstance(message, str) or not one.clause:
            yield f"{one.code}: no words or no clause"
        if one.layer is not Layer.BUSINESS:
            yield f"{one.code}: the layer is {one.layer}"
