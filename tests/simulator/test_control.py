"""Test instruments: orders for entries, faults, the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.simulator import control, faults
from gateway.simulator.control import CommandError, carry_out
from gateway.simulator.state import State, Step, instant
from tests.simulator.samples import AE, AT, SE, ace, batch, said, send

NUMBER = "Q7Z00010429"


def order(state: State, *commands: dict[str, Any]) -> Step:
    """Carry out commands at the instant of the samples."""
    return carry_out(ace(), state, list(commands), AT, AT)


def test_a_hold_stops_the_release_until_it_is_ordered() -> None:
    """Hold says SO 53 at once and the planned release goes; release says 98."""
    state = send(batch("SE", SE)).state
    held = order(state, {"do": "hold", "entry": "Q7Z-0001042-9", "text": "look at it"})
    assert said(held.messages[0], "SO50")[0][14:56].rstrip() == "53LOOK AT IT"
    assert ace().due(held.state, AT + timedelta(days=30)).messages == ()
    freed = order(held.state, {"do": "release", "reference": "GW42"})
    assert said(freed.messages[0], "SO60")[0][14:16] == "98"
    assert freed.state.filings[f"entry/{NUMBER}"].release == "released"


def test_a_hold_of_an_agency_names_it() -> None:
    """With an agency the hold is told in SO70."""
    state = send(batch("SE", SE)).state
    step = order(state, {"do": "hold", "entry": NUMBER, "agency": "FDA"})
    assert said(step.messages[0], "SO70")[0][4:7] == "FDA"


def test_any_disposition_can_be_said() -> None:
    """Dispose takes a code of SO60 or SO50, or a word of the table, for a bill that is named by it."""
    state = send(batch("SE", SE)).state
    step = order(state, {"do": "dispose", "entry": NUMBER, "code": "96"})
    assert said(step.messages[0], "SO60")[0][14:16] == "96"
    step = order(state, {"do": "dispose", "entry": "FWDXH77120", "status": "hold", "bill": "FWDX*"})
    assert [line[9:15] for line in said(step.messages[0], "SO40")] == ["H77120"]


def test_the_next_filing_can_be_rejected_before_it_came() -> None:
    """A rejection ordered by number or reference strikes once, with its code."""
    state = order(State(), {"do": "reject", "entry": NUMBER, "code": "013"}).state
    step = send(batch("SE", SE), state)
    assert any(line.startswith("SE9011013") for line in said(step.messages[0], "SE90"))
    assert said(send(batch("SE", SE), step.state).messages[0], "SE90")[-1].startswith("SE9002")
    state = order(State(), {"do": "reject", "reference": "GW42"}).state
    assert "101" in [line[4:7] for line in said(send(batch("AE", AE), state).messages[0], "E1")]


def test_one_entry_can_follow_a_scenario_of_its_own() -> None:
    """A scenario ordered for a number goes before its marks and the default."""
    state = order(State(), {"do": "scenario", "entry": NUMBER, "name": "exam"}).state
    step = send(batch("SE", SE), state)
    assert step.state.filings[f"entry/{NUMBER}"].scenario == "exam"
    assert order(State(), {"do": "scenario", "name": "hold"}).state.scenario == "hold"


WRONG = [
    ([], "no command"),
    ("hold", 'a command is an object with "do"'),
    ({"do": "explode"}, "'explode' is none of"),
    ({"do": "hold"}, 'needs "entry" or "reference"'),
    ({"do": "hold", "entry": "X", "colour": "red"}, "'colour' is none of"),
    ({"do": "hold", "entry": "X"}, "nothing on file as X"),
    ({"do": "scenario", "name": "nope"}, "'nope' is none of"),
    ({"do": "delay", "seconds": -1}, "seconds is a number"),
    ({"do": "delay", "seconds": "2"}, "seconds is a number"),
    ({"do": "twice", "times": 0}, "times is a whole number"),
    ({"do": "twice", "times": True}, "times is a whole number"),
    ({"do": "error", "on": "mars"}, "on is batches, outbox or confirm"),
]


@pytest.mark.parametrize(("command", "reason"), WRONG)
def test_a_wrong_command_says_why(command: Any, reason: str) -> None:
    """A command that is not known or not complete is refused with a reason."""
    with pytest.raises(CommandError) as caught:
        carry_out(ace(), State(), command, AT, AT)
    assert reason in str(caught.value)


def test_unknown_dispositions_are_refused() -> None:
    """A code or word that the table does not have is no disposition."""
    state = send(batch("SE", SE)).state
    for command in ({"code": "ZZ"}, {"status": "melted"}):
        with pytest.raises(CommandError):
            order(state, {"do": "dispose", "entry": NUMBER, **command})


def test_answers_can_be_late() -> None:
    """A delay moves the next answer; the status behind it keeps its own time."""
    state = order(State(), {"do": "delay", "seconds": 10}).state
    step = send(batch("SE", SE), state)
    assert step.messages == ()
    kinds = [message.kind for message in ace().due(step.state, AT + timedelta(seconds=10)).messages]
    assert kinds == ["SO", "SO", "SX"]


def test_answers_can_be_doubled_dropped_and_swapped() -> None:
    """Each fault strikes as often as it was asked for, and then no more."""
    doubled = send(batch("SE", SE), order(State(), {"do": "twice"}).state)
    assert [message.kind for message in doubled.messages] == ["SX", "SX"]
    dropped = send(batch("SE", SE), order(State(), {"do": "drop"}).state)
    assert dropped.messages == ()
    assert [m.kind for m in ace().due(dropped.state, AT + timedelta(seconds=9)).messages] == ["SO", "SO"]
    swapped = send(batch("SE", SE), order(State(), {"do": "overtake"}).state)
    assert swapped.messages == ()
    later = ace().due(swapped.state, AT + timedelta(seconds=9))
    assert [message.kind for message in later.messages] == ["SO", "SX", "SO"]
    assert later.state.held is None


def test_the_clock_can_be_set_forward() -> None:
    """Advance lets everything fall due that would have by then, in order."""
    state = send(batch("SE", SE)).state
    step = order(state, {"do": "advance", "seconds": 3600})
    assert [message.kind for message in step.messages] == ["SO", "SO"]
    assert step.state.ahead == 3600


def test_faults_end() -> None:
    """Clear takes all back; away is over when its time is."""
    state = order(State(), {"do": "away", "seconds": 5}, {"do": "error", "times": 2}).state
    assert faults.away(state, instant(AT + timedelta(seconds=4)))
    assert not faults.away(state, instant(AT + timedelta(seconds=5)))
    assert [fault.name for fault in faults.over(state, instant(AT + timedelta(seconds=6))).faults] == [
        "error"
    ]
    state, fault = faults.take(state, "error")
    assert fault is not None
    assert faults.line(fault) == "error on batches, 2 more"
    assert order(state, {"do": "clear"}).state.faults == ()


def test_every_command_is_documented() -> None:
    """docs/ace-http.md names each command that the simulator knows."""
    text = (ace().specs.root / "docs" / "ace-http.md").read_text(encoding="utf-8")
    for name in control.COMMANDS:
        assert f'{{"do": "{name}"' in text, name
