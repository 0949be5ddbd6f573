"""Faults: what a tester asks to go wrong, and what that does to answers.

Lives here: which fault is in force, and the faults of answers (delay, drop, twice,
overtake). Never here: closing a connection; the shell asks `take` and does that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.simulator.state import Fault, Pending, later, moment, ready

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.simulator.state import Message, State

# Faults of an answer on its way to the outbox; the others are faults of a call.
ON_ANSWERS = ("delay", "drop", "twice", "overtake")
ON_CALLS = ("slow", "lose", "error", "busy", "away")


def add(state: State, fault: Fault) -> State:
    """Give the state in which this fault is in force."""
    return replace(state, faults=(*state.faults, fault))


def take(state: State, name: str, on: str = "batches") -> tuple[State, Fault | None]:
    """Give the first fault of that name and the state in which it has struck once."""
    for turn, fault in enumerate(state.faults):
        if fault.name == name and fault.on == on:
            left = (replace(fault, times=fault.times - 1),) if fault.times > 1 else ()
            return replace(state, faults=(*state.faults[:turn], *left, *state.faults[turn + 1 :])), fault
    return state, None


def away(state: State, now: str) -> bool:
    """Tell whether the simulator pretends not to be there."""
    return any(fault.name == "away" and now < fault.until for fault in state.faults)


def over(state: State, now: str) -> State:
    """Give the state without the faults whose time is over."""
    kept = tuple(fault for fault in state.faults if not fault.until or now < fault.until)
    return state if len(kept) == len(state.faults) else replace(state, faults=kept)


def delayed(state: State, answers: Sequence[Pending]) -> State:
    """Let answers wait, each as much longer as a `delay` in force says."""
    if not state.faults:
        return state.wait(*answers)
    for answer in answers:
        state, fault = take(state, "delay", "answers")
        at = later(moment(answer.at), fault.seconds) if fault else answer.at
        state = state.wait(replace(answer, at=at))
    return state


def emitted(state: State, message: Message) -> tuple[State, tuple[Message, ...]]:
    """Give what really reaches the outbox when `message` is due, the answer held back included."""
    state, dropped = take(state, "drop", "answers")
    if dropped:
        return state, ()
    state, twice = take(state, "twice", "answers")
    out: tuple[Message, ...] = (message, message) if twice else (message,)
    if state.held is not None:
        return replace(state, held=None), (*out, state.held.message(message.at))
    state, overtaken = take(state, "overtake", "answers")
    if overtaken:
        return replace(state, held=ready(message)), ()
    return state, out


def line(fault: Fault) -> str:
    """Say a fault in words."""
    length = f" for {fault.seconds:g} s" if fault.seconds else ""
    return f"{fault.name} on {fault.on}{length}, {fault.times} more"
