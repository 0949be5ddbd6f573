"""The state table of a submission."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.flow.submission import (
    EFFECTS,
    ORDER,
    TRANSITIONS,
    Effect,
    Event,
    State,
    TransitionError,
    allows,
    mermaid,
    overall,
    replay,
    step,
)

GOOD = [Event.RECEIVED, Event.TRANSLATED, Event.SENT, Event.ANSWERED, Event.ACKNOWLEDGED]


def test_the_good_way_closes():
    """A submission that is forwarded, answered and acknowledged is closed, each effect caused once."""
    state, effects = replay(GOOD)
    assert state is State.CLOSED
    assert effects == (Effect.PROCESS, Effect.SEND, Effect.AWAIT, Effect.ACKNOWLEDGE, Effect.REPLY)


def test_a_refusal_closes_without_a_send():
    """A refused transaction is acknowledged and never sent."""
    state, effects = replay([Event.RECEIVED, Event.REFUSED, Event.ACKNOWLEDGED])
    assert state is State.CLOSED
    assert Effect.SEND not in effects


def test_a_time_out_sends_again():
    """Waiting too long leads back to ready, and the send is caused again."""
    assert step(State.WAITING, Event.TIMED_OUT) == (State.READY, (Effect.SEND,))


def test_a_persons_order_depends_on_the_place():
    """Retried means send again for a parked transaction and read again for a stopped one."""
    assert step(State.PARKED, Event.RETRIED) == (State.READY, (Effect.SEND,))
    assert step(State.STOPPED, Event.RETRIED) == (State.READ, (Effect.PROCESS,))


def test_release_follows_acceptance():
    """A closed transaction is answered and acknowledged again when customs speaks again."""
    state, effects = replay([*GOOD, Event.ANSWERED, Event.ACKNOWLEDGED])
    assert state is State.CLOSED
    assert effects.count(Effect.ACKNOWLEDGE) == 2


@given(st.sampled_from(State), st.sampled_from(Event))
def test_an_unknown_pair_is_an_error(state, event):
    """A pair that is not in the table raises, and one that is there gives its state."""
    if allows(state, event):
        assert step(state, event)[0] is TRANSITIONS[state, event]
    else:
        with pytest.raises(TransitionError, match=state.value):
            step(state, event)


def test_every_state_is_reached_and_left():
    """Each state but the first is the end of an arrow, and each has an arrow out of it."""
    assert set(TRANSITIONS.values()) == set(State) - {State.NEW}
    assert {before for before, _ in TRANSITIONS} == set(State)


def test_every_event_has_an_effect_or_a_choice():
    """No event is without consequence."""
    assert set(EFFECTS) | {Event.RETRIED, Event.SKIPPED} == set(Event)


def test_a_submission_shows_its_least_advanced_transaction():
    """Closed means that every transaction is closed."""
    assert set(ORDER) == set(State)
    assert overall([State.CLOSED, State.WAITING, State.ANSWERED]) is State.WAITING
    assert overall([State.CLOSED, State.CLOSED]) is State.CLOSED
    assert overall([]) is State.NEW


def test_the_drawing_has_every_arrow():
    """The diagram names each pair of states once, with every event between them."""
    drawing = mermaid()
    assert drawing.startswith("stateDiagram-v2\n")
    for (before, event), after in TRANSITIONS.items():
        lines = [line for line in drawing.splitlines() if f" {before.value} --> {after.value}:" in line]
        assert len(lines) == 1
        assert event.value in lines[0]
