"""What the cases about the structures of a message are made with.

Lives here: `Shape`, and a message with or without a fault. Never here: which constraints there are (`structure.py`,
`counts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance.catair.expectation import fault
from gateway.conformance.catair.order import legal
from gateway.conformance.model import Built

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.conformance.catair.draft import Composer, Draft, Way
    from gateway.conformance.model import Operator


@dataclass(frozen=True, slots=True)
class Shape:
    """One constraint on one place, and (variant, problem, maker)."""

    name: str
    text: str
    tried: tuple[tuple[str, str, Callable[[int], Built]], ...]
    level: int = 1
    reason: str = ""


def way_of(way: Way) -> str:
    """Give the address of a place: `SE40/SE60/PG00[5=R]`."""
    return "/".join(slot.step for slot in way)


class Making:
    """Makes the messages of one suite."""

    def __init__(self, suite: str, composer: Composer) -> None:
        """Keep what they are made from."""
        self.suite = suite
        self.composer = composer
        self.application = composer.message.application

    def opener(self, way: Way) -> str:
        """Say why a record cannot be left out alone: it opens or ends the transaction."""
        opens = {name for name, _ in self.application.opens}
        final = self.application.final[0] if self.application.final is not None else ""
        first = self.composer.section(way).slots[0]
        if way[-1].name in opens or way[-1].name == final or way[-1] is first:
            return "a transaction is known by this record; without it, it is none"
        return ""

    def right(self, way: Way, number: int) -> Built:
        """Give a message with this place in it."""
        return Built(self.composer.compose(way, number).written())

    def bad(
        self,
        draft: Draft,
        problem: str,
        name: str,
        at: tuple[str, ...],
        span: tuple[int, int] | None,
        operator: Operator,
    ) -> Built:
        """Give a message with a fault, and what is expected of it."""
        expect = fault(self.composer.root, self.application, problem, name, at, span)
        return Built(draft.written(), expect, operator)

    def illegal(self, draft: Draft) -> None:
        """LookupError where a change has left the order legal."""
        if legal(draft.section, draft.lines):
            raise LookupError(f"{self.suite}: the change leaves the order legal")
