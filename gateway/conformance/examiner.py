"""Judges what a sender sends, task by task, and answers as a receiver would.

Lives here: the state of each task and the choice which one a message is for. Pure: bytes in, an
answer out. Never here: sockets (`sender.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gateway
from gateway.conformance.model import Verdict
from gateway.finding import Severity
from gateway.flow.decide import technical
from gateway.formats import formats
from gateway.specs import Specs
from gateway.tree import Envelope

if TYPE_CHECKING:
    from gateway.conformance.tasks import Task, Tasks
    from gateway.finding import Finding
    from gateway.tree import Interchange

AT = "2026-03-02T10:15:00+00:00"
_LEVEL = 8


@dataclass(slots=True)
class State:
    """How far one task is: the last message that was for it, and what was said of it."""

    task: Task
    verdict: str = ""
    data: bytes = b""
    number: str = ""
    actual: str = ""
    findings: tuple[Finding, ...] = ()
    lost: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: the acknowledgement; `dropped` where nothing does. `task` is what the message was for."""

    body: bytes = b""
    media_type: str = "text/plain"
    accepted: bool = False
    dropped: bool = False
    task: str = ""
    said: str = ""


@dataclass(slots=True)
class Examiner:
    """Works through one list of tasks."""

    tasks: Tasks
    specs: Specs = field(default_factory=Specs)
    states: dict[str, State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open every task."""
        self.states = {one.id: State(one) for one in self.tasks.tasks}

    @property
    def open(self) -> list[State]:
        """Give the tasks that are not done."""
        return [one for one in self.states.values() if one.verdict != Verdict.PASS]

    def take(self, data: bytes, named: str = "") -> Reply:
        """Judge one message; `named` is the task that the sender says it is for."""
        interchange = gateway.read(data)
        findings = tuple(one for one in gateway.validate(data).findings if one.severity is Severity.ERROR)
        messages = tuple(f"{interchange.format}/{one.message}" for one in interchange.transactions)
        entry = _entry(data)
        state = self._chosen(data, messages, entry, named)
        if state is None:
            none = f"there is no task `{named}`" if named else "for no open task"
            return self._answer(interchange, findings, "", none)
        state.attempts += 1
        digest = hashlib.sha256(data).hexdigest()
        if state.task.lose and not state.lost and not findings:
            state.lost = digest
            return Reply(dropped=True, task=state.task.id, said="taken; the answer is lost on purpose")
        state.data, state.findings = data, findings
        state.number = str(entry.get("number", ""))
        state.actual = self._wrong(state, messages, entry, digest)
        state.verdict = Verdict.FAIL if state.actual else Verdict.PASS
        return self._answer(interchange, findings, state.task.id, state.actual or "done")

    def _chosen(
        self, data: bytes, messages: tuple[str, ...], entry: dict[str, Any], named: str
    ) -> State | None:
        if named:
            return self.states.get(named)
        digest = hashlib.sha256(data).hexdigest()
        waiting = [one for one in self.open if one.lost]
        fitting = [one for one in self.open if one.task.fits(messages, entry)]
        again = [one for one in waiting if one.lost == digest]
        # What waits for the same bytes again has the next word; then the first that fits.
        return next(iter([*again, *(one for one in fitting if not one.lost)]), None)

    def _wrong(self, state: State, messages: tuple[str, ...], entry: dict[str, Any], digest: str) -> str:
        if state.findings:
            first = state.findings[0]
            more = f", and {len(state.findings) - 1} more" if len(state.findings) > 1 else ""
            return f"{first.code}: {first.message}{more}"
        if not state.task.fits(messages, entry):
            return f"the message ({', '.join(messages) or 'unknown'}) is not what the task asks for"
        if state.lost and state.lost != digest:
            return "other bytes came where the lost ones had to come again"
        if state.task.after and self.states[state.task.after].number != state.number:
            return f"entry {state.number} is not the entry of {state.task.after}"
        return ""

    def _answer(self, interchange: Interchange, findings: tuple[Finding, ...], task: str, said: str) -> Reply:
        form = formats().get(interchange.format)
        if form is None:
            return Reply(said=said, task=task)
        answer = technical(interchange.all_findings())
        envelope = Envelope(sender="", receiver="", control=1, at=AT)
        body = form.acknowledge(interchange, answer, envelope, self.specs)
        return Reply(body, form.media_type, accepted=not findings, task=task, said=said)

    def lines(self) -> list[dict[str, Any]]:
        """Give the lines of the results, in the order of the list."""
        return [self._line(one) for one in self.states.values()]

    def _line(self, state: State) -> dict[str, Any]:
        task = state.task
        line: dict[str, Any] = {
            "case": f"task.{self.tasks.name}/{task.id}",
            "verdict": state.verdict or Verdict.ERROR.value,
            "force": task.force,
            "level": _LEVEL,
            "good": True,
            "clauses": [task.clause] if task.clause else [],
            "text": task.text,
            "source": f"tasks {self.tasks.name}",
        }
        if not state.verdict:
            waits = (
                "the answer was lost, and nothing came again"
                if state.lost
                else "nothing was sent for this task"
            )
            return {**line, "expected": "a message", "actual": waits}
        line["input"] = f"sha256:{hashlib.sha256(state.data).hexdigest()}"
        line["view"] = "findings"
        if state.verdict == Verdict.PASS:
            return line
        spots = [
            {"code": one.problem.replace("/", "."), "at": one.place, "span": [one.span.start, one.span.end]}
            for one in state.findings
            if one.span is not None
        ]
        return {
            **line,
            "expect": {"disposition": "accepted", "findings": spots[:1]},
            "expected": "a message without a fault that does what the task says",
            "actual": state.actual,
            "bytes": len(state.data),
            "data": base64.b64encode(state.data).decode("ascii"),
        }


def _entry(data: bytes) -> dict[str, Any]:
    """Give the first entry as plain values, {} where there is none."""
    output = gateway.translate(data, to="json").output
    if not output:
        return {}
    plain = json.loads(output)
    first = plain[0] if isinstance(plain, list) and plain else plain
    return first if isinstance(first, dict) else {}
