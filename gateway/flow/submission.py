"""The conversation about one transaction, as a table: state and event to state and effects.

Lives here: the states, the events, the transitions, what each one causes, and the
drawing of it. Never here: carrying anything out. The shell appends an event to the
ledger, then does what `step` says; replaying a ledger gives the same effects.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class State(StrEnum):
    """Where one transaction of a submission stands."""

    NEW = "new"
    READ = "read"
    REFUSED = "refused"
    READY = "ready"
    WAITING = "waiting"
    PARKED = "parked"
    ANSWERED = "answered"
    STOPPED = "stopped"
    DEAD = "dead"
    CLOSED = "closed"


class Event(StrEnum):
    """What happened to it."""

    RECEIVED = "Received"
    REFUSED = "Refused"
    TRANSLATED = "Translated"
    SENT = "Sent"
    TIMED_OUT = "TimedOut"
    GIVEN_UP = "GivenUp"
    RETRIED = "Retried"
    SKIPPED = "Skipped"
    ANSWERED = "Answered"
    DEFERRED = "Deferred"
    BURIED = "Buried"
    ACKNOWLEDGED = "Acknowledged"
    FAILED = "Failed"


class Effect(StrEnum):
    """What has to be done because of it."""

    PROCESS = "process"
    REFUSE = "refuse"
    SEND = "send"
    RENEW = "renew"
    AWAIT = "await"
    ACKNOWLEDGE = "acknowledge"
    ALARM = "alarm"
    REPLY = "reply"


S, E = State, Event

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (S.NEW, E.RECEIVED): S.READ,
    (S.READ, E.REFUSED): S.REFUSED,
    (S.READ, E.TRANSLATED): S.READY,
    (S.READ, E.FAILED): S.STOPPED,
    (S.READY, E.SENT): S.WAITING,
    # The endpoint refused the transmission for good, or was away for too long.
    (S.READY, E.GIVEN_UP): S.PARKED,
    # The send was in doubt, and the answer shows that it had arrived.
    (S.READY, E.ANSWERED): S.ANSWERED,
    (S.PARKED, E.RETRIED): S.READY,
    (S.PARKED, E.SKIPPED): S.REFUSED,
    (S.PARKED, E.ANSWERED): S.ANSWERED,
    (S.WAITING, E.ANSWERED): S.ANSWERED,
    # Same idempotency key, same bytes, next attempt.
    (S.WAITING, E.TIMED_OUT): S.READY,
    # Answered, but nothing was done: the same filing goes again, under a number of its own.
    (S.WAITING, E.DEFERRED): S.READY,
    (S.READY, E.DEFERRED): S.READY,
    (S.PARKED, E.DEFERRED): S.READY,
    # No answer, and not safe to send twice.
    (S.WAITING, E.GIVEN_UP): S.PARKED,
    # Rejected, and what was on file may be gone with it: a dead letter.
    (S.CLOSED, E.BURIED): S.DEAD,
    (S.DEAD, E.ANSWERED): S.ANSWERED,
    (S.DEAD, E.RETRIED): S.READY,
    (S.DEAD, E.SKIPPED): S.CLOSED,
    (S.ANSWERED, E.ACKNOWLEDGED): S.CLOSED,
    # Release status follows acceptance, and more may follow that.
    (S.ANSWERED, E.ANSWERED): S.ANSWERED,
    (S.CLOSED, E.ANSWERED): S.ANSWERED,
    # Two answers came before the first was passed on.
    (S.CLOSED, E.ACKNOWLEDGED): S.CLOSED,
    (S.REFUSED, E.ACKNOWLEDGED): S.CLOSED,
    (S.STOPPED, E.RETRIED): S.READ,
}

EFFECTS: Mapping[Event, tuple[Effect, ...]] = {
    E.RECEIVED: (Effect.PROCESS,),
    E.REFUSED: (Effect.REFUSE,),
    E.TRANSLATED: (Effect.SEND,),
    E.SENT: (Effect.AWAIT,),
    E.TIMED_OUT: (Effect.SEND,),
    E.GIVEN_UP: (Effect.ALARM,),
    E.ANSWERED: (Effect.ACKNOWLEDGE,),
    E.DEFERRED: (Effect.RENEW,),
    E.BURIED: (Effect.ALARM,),
    E.ACKNOWLEDGED: (Effect.REPLY,),
    E.FAILED: (Effect.ALARM,),
}

# A person's order means something else for each of the places that wait for a person.
ORDERED: Mapping[tuple[State, Event], tuple[Effect, ...]] = {
    (S.PARKED, E.RETRIED): (Effect.SEND,),
    (S.PARKED, E.SKIPPED): (Effect.REFUSE,),
    (S.STOPPED, E.RETRIED): (Effect.PROCESS,),
    (S.DEAD, E.RETRIED): (Effect.RENEW,),
    # The sender has heard the rejection.
    (S.DEAD, E.SKIPPED): (),
}

# Where nothing more comes by itself: the sender has its answer, or a person of ours has to look.
SETTLED = frozenset({S.CLOSED, S.DEAD, S.STOPPED})

# How far along, for the state that a whole submission shows: the least advanced one.
ORDER = (S.NEW, S.READ, S.STOPPED, S.READY, S.PARKED, S.WAITING, S.REFUSED, S.ANSWERED, S.DEAD, S.CLOSED)


class TransitionError(Exception):
    """An event came in a state that has no place for it: our fault, not the sender's."""


def step(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Give the next state and the effects of one event on one transaction."""
    try:
        after = TRANSITIONS[state, event]
    except KeyError:
        raise TransitionError(f"{event.value} cannot follow in state {state.value}") from None
    return after, ORDERED[state, event] if event in {E.RETRIED, E.SKIPPED} else EFFECTS[event]


def allows(state: State, event: Event) -> bool:
    """Tell whether the event has a place in this state."""
    return (state, event) in TRANSITIONS


def replay(events: Iterable[Event]) -> tuple[State, tuple[Effect, ...]]:
    """Give the state after these events, from new, and every effect on the way."""
    state = S.NEW
    effects: list[Effect] = []
    for event in events:
        state, caused = step(state, event)
        effects.extend(caused)
    return state, tuple(effects)


def overall(states: Iterable[State]) -> State:
    """Give the state of a submission: that of its least advanced transaction."""
    return min(states, key=ORDER.index, default=S.NEW)


def mermaid() -> str:
    """Draw the table as a Mermaid state diagram, without a fence."""
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {S.NEW.value}"]
    arrows: dict[tuple[State, State], list[str]] = {}
    for (before, event), after in TRANSITIONS.items():
        arrows.setdefault((before, after), []).append(event.value)
    lines += [f"    {a.value} --> {b.value}: {', '.join(names)}" for (a, b), names in arrows.items()]
    lines.append(f"    {S.CLOSED.value} --> [*]")
    return "\n".join(lines) + "\n"
