"""Ace: the small ACE itself. Bytes or a due instant in, new state and answers out.

Lives here: what is the same for every format: choosing the reader, following scenarios,
telling statuses, keeping an entry's two states. Never here: any wire (one module for
each format), any clock (time is an argument), any IO.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from gateway.formats import Format, formats, sniff
from gateway.simulator import faults
from gateway.simulator.state import Event, Filing, Pending, State, Step, instant, later, moment
from gateway.specs import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.simulator.onfile import OnFile
    from gateway.simulator.scenarios import Scenario, Scenarios, Status
    from gateway.simulator.state import Message
    from gateway.specs import Specs
    from gateway.tree import Interchange

# A filing in one of these states hears no more of its release.
_ENDED = ("cancelled", "rejected")


class Handler(Protocol):
    """What the simulator asks of each format it understands."""

    def claims(self, data: bytes) -> bool:
        """Tell whether broken bytes that no format knows are still of this one."""

    def receive(
        self, ace: Ace, state: State, batch: str, interchange: Interchange, at: datetime
    ) -> tuple[State, Sequence[Pending]]:
        """Judge a transmission: the new state, and the answers at once."""

    def tell(
        self, ace: Ace, state: State, filing: Filing, status: Status, step: Mapping[str, str], at: datetime
    ) -> tuple[State, Sequence[Message]]:
        """Write one status of one filing. No message where the format has no word for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ace:
    """What does not change while the simulator runs: tables, scenarios, what is on file."""

    specs: Specs
    scenarios: Scenarios
    onfile: OnFile
    handlers: Mapping[str, Handler]
    limits: Limits = field(default_factory=Limits)

    def receive(self, state: State, batch: str, data: bytes, at: datetime) -> Step:
        """Take one transmission. Bytes of no known format are kept and never answered."""
        form = sniff(data) or self._claimed(data)
        handler = self.handlers.get(form.name) if form else None
        if form is None or handler is None:
            return Step(state, said=(f"{batch}: no format that is known here",))
        interchange = form.read(data, self.specs, self.limits)
        state, answers = handler.receive(self, state, batch, interchange, at)
        state = faults.delayed(state, answers)
        step = self.due(state, at)
        kinds = " ".join(answer.kind for answer in answers) or "no answer"
        return replace(step, said=(f"{batch}: {form.name} {kinds}", *step.said))

    def _claimed(self, data: bytes) -> Format | None:
        return next(
            (formats()[name] for name, handler in self.handlers.items() if handler.claims(data)), None
        )

    def due(self, state: State, now: datetime) -> Step:
        """Give everything whose time has come, oldest first."""
        at = instant(now)
        due = {number: answer for number, answer in state.pending.items() if answer.at <= at}
        if not due:
            return Step(state)
        state = state.without(set(due))
        messages: list[Message] = []
        said: list[str] = []
        for _, answer in sorted(due.items(), key=lambda item: (item[1].at, item[0])):
            if answer.key:
                state, told = self.status(state, answer.key, answer.step, moment(answer.at))
                said += [f"{answer.key}: {answer.step['status']}"]
            else:
                told = (answer.message(answer.at),)
            for message in told:
                state, out = faults.emitted(state, message)
                messages += out
        return Step(state, tuple(messages), tuple(said))

    def status(
        self, state: State, key: str, step: Mapping[str, str], now: datetime
    ) -> tuple[State, Sequence[Message]]:
        """Give a filing a status: the new state and what its filer is told."""
        filing = state.filings.get(key)
        status = self.scenarios.statuses.get(step.get("status", ""))
        if filing is None or status is None or (filing.release in _ENDED and status.record != "UC"):
            return state, ()
        status = replace(
            status,
            code=step.get("code") or status.code,
            text=(step.get("text") or status.text).upper(),
            x12=step.get("x12") or status.x12,
            res=step.get("res") or status.res,
        )
        event = Event(
            word=status.word,
            code=status.code,
            at=instant(now),
            text=status.text,
            target=step.get("bill", "") or step.get("line", ""),
            agency=step.get("agency", ""),
        )
        filing = replace(
            filing,
            release=status.release or filing.release,
            summary=status.summary or filing.summary,
            history=(*filing.history, event),
        )
        state = state.put(filing)
        return self.handlers[filing.format].tell(self, state, filing, status, step, now)

    def scenario_for(self, state: State, filing: Filing) -> Scenario:
        """Choose what becomes of a filing: an order first, then its own marks, then the default."""
        order = order_for(state, filing)
        if name := order.get("scenario"):
            return self.scenarios.by_name[name]
        return self.scenarios.choose(marks(filing), state.scenario)

    def follow(
        self,
        state: State,
        filing: Filing,
        scenario: Scenario,
        at: datetime,
        parts: tuple[str, ...] = ("release",),
    ) -> State:
        """Put a filing on file and let its scenario run.

        `parts` says which of an entry's two lives begin: `release`, `summary` or both. What
        an earlier filing had planned for the same part is gone.
        """
        gone = {
            number
            for number, answer in state.pending.items()
            if answer.key == filing.key and self.part(answer.step) in parts
        }
        steps = [
            Pending(at=later(at, after), batch=filing.batch, kind="", key=filing.key, step=step)
            for after, step in scenario.then
            if self.part(step) in parts
        ]
        return state.without(gone).put(replace(filing, scenario=scenario.name)).wait(*steps)

    def part(self, step: Mapping[str, str]) -> str:
        """Tell whether a step is about the release or about the summary."""
        status = self.scenarios.statuses.get(step.get("status", ""))
        return "summary" if status is not None and status.record in {"UC", "none"} else "release"


def unplanned(state: State, key: str) -> State:
    """Give the state in which nothing is planned for this filing any more."""
    return state.without({number for number, answer in state.pending.items() if answer.key == key})


def order_for(state: State, filing: Filing) -> Mapping[str, str]:
    """Give what a tester ordered for this filing, by its number or its reference."""
    found: dict[str, str] = {}
    if filing.reference:
        found.update(state.orders.get(f"reference/{filing.reference}", {}))
    found.update(state.orders.get(f"entry/{filing.number}", {}))
    return found


def without_order(state: State, filing: Filing, word: str) -> State:
    """Give the state in which an order that has been carried out is taken back."""
    kept: dict[str, Mapping[str, str]] = {}
    for key, order in state.orders.items():
        if key in {f"reference/{filing.reference}", f"entry/{filing.number}"}:
            times = int(order.get(f"{word}_times", "1"))
            left = {name: value for name, value in order.items() if not name.startswith(word)}
            if times > 1:
                left = {**order, f"{word}_times": str(times - 1)}
            if left:
                kept[key] = left
        else:
            kept[key] = order
    return replace(state, orders=kept)


def marks(filing: Filing) -> Mapping[str, tuple[str, ...]]:
    """Give what a scenario's `when` is compared with."""
    return {
        "reference": (filing.reference,),
        "entry": (filing.number,),
        "importer": (filing.fact("importer"),),
        "bill": tuple(row.get("number", "") for row in filing.row("bills")),
        "port": (filing.fact("port"),),
        "type": (filing.fact("type"),),
        "user_data": (filing.frame.get("user_data", "").strip(),),
    }
