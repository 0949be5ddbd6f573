"""Asked: one transaction and what it is judged with. What a tester wants to be found in it.

Lives here: what every application's receiver is given, and the conditions that an order or a scenario
adds. Never here: any application's own checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.simulator.ace import order_for
from gateway.simulator.catair.conditions import Found, first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Batch, Block, Record
    from gateway.simulator.scenarios import Scenario
    from gateway.simulator.state import Filing, State


@dataclass(frozen=True, slots=True)
class Asked:
    """One transaction of a batch. `identity` is the batch's, `bad` what the reader found in it."""

    ace: Ace
    identity: str
    batch: Batch
    block: Block
    transaction: Sequence[Record]
    bad: Sequence[Found]
    at: datetime

    @property
    def head(self) -> Record:
        """The first record."""
        return self.transaction[0]

    def found(self, checked: Iterator[Found]) -> list[Found]:
        """Put the checks before the reader's findings, which count only where no check speaks.

        Both look at the same field in their own way; the checks know the code of the day.
        """
        found = list(checked)
        said = {(condition.record, condition.column) for condition in found}
        return [*found, *(one for one in self.bad if (one.record, one.column) not in said)]

    def ordered(
        self, state: State, filing: Filing, scenario: Scenario, rejection: str, own: tuple[str, ...] = ("",)
    ) -> list[Found]:
        """Give the conditions that a tester wants, by an order or by the scenario.

        `rejection` is the code where none is named; a scenario's conditions are for records that begin with `own`.
        """
        order = order_for(state, filing)
        if code := order.get("reject"):
            wanted = rejection if code == "any" else code
            return [Found(self.head.number, wanted, order.get("reject_text", ""))]
        severity = {"rejected": "F", "warned": "W"}.get(scenario.answer, "I")
        found = []
        for condition in scenario.conditions:
            record = first(self.transaction, condition.record) if condition.record else self.head
            if record is not None and record.text.startswith(own):
                found.append(Found(record.number, condition.code, condition.text, severity))
        if scenario.answer == "rejected" and not found:
            found.append(Found(self.head.number, rejection))
        return found
