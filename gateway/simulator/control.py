"""Control: the test instruments of `POST /ace/control`, as changes of the state.

Lives here: what a command needs and what it does to the state. Never here: HTTP.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.simulator import faults
from gateway.simulator.ace import unplanned
from gateway.simulator.state import Fault, Step, later

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.state import Message, State

TIMES_MAX = 10_000
SECONDS_MAX = 10 * 366 * 86400.0
_ENTRY = ("do", "entry", "reference")
# Which keys each command takes beside `do`.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "hold": (*_ENTRY, "status", "agency", "bill", "text", "code"),
    "release": (*_ENTRY, "text"),
    "reject": (*_ENTRY, "code", "text", "times"),
    "dispose": (*_ENTRY, "status", "code", "agency", "bill", "text"),
    "scenario": (*_ENTRY, "name"),
    "delay": ("do", "seconds", "times"),
    "drop": ("do", "times"),
    "twice": ("do", "times"),
    "overtake": ("do", "times"),
    "slow": ("do", "seconds", "times"),
    "lose": ("do", "times", "on"),
    "error": ("do", "times", "on", "after"),
    "busy": ("do", "seconds", "times", "on"),
    "away": ("do", "seconds"),
    "advance": ("do", "seconds"),
    "clear": ("do",),
}


class CommandError(Exception):
    """A command is not known or not complete. The text is for the person who sent it."""


def carry_out(ace: Ace, state: State, commands: Any, now: datetime, real: datetime) -> Step:
    """Carry out commands in order; all or, on a `CommandError`, none. `real` is the outer clock."""
    listed = commands if isinstance(commands, list) else [commands]
    if not listed:
        raise CommandError("no command")
    messages: list[Message] = []
    said: list[str] = []
    for command in listed:
        _check(ace, command)
        if command["do"] == "advance":
            ahead = _number(command, "seconds")
            state = replace(state, ahead=state.ahead + ahead)
            step = ace.due(state, now := _moved(now, ahead))
        else:
            step = _one(ace, state, command, now, real)
        state = step.state
        messages += step.messages
        said += step.said or (f"{command['do']}: done",)
    return Step(state, tuple(messages), tuple(said))


def _moved(now: datetime, seconds: float) -> datetime:
    from datetime import timedelta  # noqa: PLC0415 - used here only

    return now + timedelta(seconds=seconds)


def _check(ace: Ace, command: Any) -> None:
    if not isinstance(command, dict) or not isinstance(command.get("do"), str):
        raise CommandError('a command is an object with "do"')
    keys = COMMANDS.get(command["do"])
    if keys is None:
        raise CommandError(f"{command['do']!r} is none of {', '.join(COMMANDS)}")
    for key in command:
        if key not in keys:
            raise CommandError(f"{command['do']}: {key!r} is none of {', '.join(keys[1:])}")
    entry_given = bool(command.get("entry") or command.get("reference"))
    if command["do"] in {"hold", "release", "reject", "dispose"} and not entry_given:
        raise CommandError(f'{command["do"]}: needs "entry" or "reference"')
    if command["do"] == "scenario" and command.get("name") not in ace.scenarios.by_name:
        known = ", ".join(ace.scenarios.by_name)
        raise CommandError(f"scenario: {command.get('name')!r} is none of {known}")


def _one(ace: Ace, state: State, command: Mapping[str, Any], now: datetime, real: datetime) -> Step:
    name = str(command["do"])
    if name == "clear":
        return Step(replace(state, faults=()))
    if name == "scenario" and not (command.get("entry") or command.get("reference")):
        return Step(replace(state, scenario=str(command["name"])))
    if name in {"scenario", "reject"}:
        return _order(state, command)
    if name in {"hold", "release", "dispose"}:
        return _dispose(ace, state, command, now)
    return Step(faults.add(state, _fault(command, real)))


def _order(state: State, command: Mapping[str, Any]) -> Step:
    key = f"entry/{command['entry']}" if command.get("entry") else f"reference/{command['reference']}"
    if command["do"] == "scenario":
        wanted = {"scenario": str(command["name"])}
    else:
        wanted = {"reject": str(command.get("code") or "any"), "reject_text": str(command.get("text") or "")}
        if (times := _times(command)) > 1:
            wanted["reject_times"] = str(times)
    before = state.orders.get(key, {})
    kept = {name: value for name, value in before.items() if not name.startswith(str(command["do"]))}
    orders = {**state.orders, key: {**kept, **wanted}}
    return Step(replace(state, orders=orders))


def _dispose(ace: Ace, state: State, command: Mapping[str, Any], now: datetime) -> Step:
    """Give a status at once to every filing that the command names."""
    found = find(state, str(command.get("entry") or ""), str(command.get("reference") or ""))
    if not found:
        raise CommandError(
            f"{command['do']}: nothing on file as {command.get('entry') or command['reference']}"
        )
    messages: list[Message] = []
    for key in found:
        step = {name: str(command[name]) for name in ("code", "agency", "bill", "text") if name in command}
        step["status"] = _word(ace, command)
        state, told = ace.status(unplanned(state, key), key, step, now)
        for message in told:
            state, out = faults.emitted(state, message)
            messages += out
    return Step(state, tuple(messages), tuple(f"{command['do']}: {key}" for key in found))


def _word(ace: Ace, command: Mapping[str, Any]) -> str:
    given = str(command.get("status") or "")
    if not given and command["do"] == "release":
        given = "released"
    if not given and command["do"] == "hold":
        given = "agency-hold" if command.get("agency") else "hold"
    if not given:
        code = str(command.get("code") or "")
        found = next((s for r in ("SO60", "SO50") if (s := ace.scenarios.status_by_code(r, code))), None)
        if found is None:
            raise CommandError(f"dispose: {code!r} is no disposition code of statuses.csv")
        given = found.word
    if given not in ace.scenarios.statuses:
        raise CommandError(f"{command['do']}: {given!r} is none of {', '.join(ace.scenarios.statuses)}")
    return given


def find(state: State, number: str, reference: str) -> Sequence[str]:
    """Give the keys of the filings with this number (of the filing or a bill of it) or reference."""
    wanted = number.replace("-", "").replace(" ", "")
    found = []
    for key, filing in state.filings.items():
        bills = {row.get("number") for row in filing.row("bills")}
        if (wanted and (filing.number == wanted or wanted in bills)) or (
            reference and filing.reference == reference
        ):
            found.append(key)
    return found


def _fault(command: Mapping[str, Any], real: datetime) -> Fault:
    name = str(command["do"])
    on = str(command.get("on") or "batches")
    if on not in {"batches", "outbox", "confirm"}:
        raise CommandError(f"{name}: on is batches, outbox or confirm")
    seconds = _number(command, "seconds") if "seconds" in COMMANDS[name] else 0.0
    return Fault(
        name=name,
        times=_times(command),
        seconds=seconds,
        on="answers" if name in faults.ON_ANSWERS else on,
        after=bool(command.get("after")),
        until=later(real, seconds) if name == "away" else "",
    )


def _times(command: Mapping[str, Any]) -> int:
    value = command.get("times", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= TIMES_MAX:
        raise CommandError(f"{command['do']}: times is a whole number from 1 to {TIMES_MAX}")
    return value


def _number(command: Mapping[str, Any], key: str) -> float:
    value = command.get(key, 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= SECONDS_MAX:
        raise CommandError(f"{command['do']}: {key} is a number from 0 to {SECONDS_MAX:g}")
    return float(value)
