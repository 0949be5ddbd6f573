"""Queries tell what is on file and change nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from gateway.simulator.state import State
from tests.simulator.samples import AE, AT, SE, ace, batch, records, send


@cache
def filed() -> State:
    """Give a state with one entry, released, and its summary."""
    state = send(batch("SE", SE)).state
    state = send(batch("AE", AE), state).state
    return ace().due(state, AT + timedelta(seconds=5)).state


def ask(application: str, text: str) -> list[str]:
    """Put one query and give the records between B and Y."""
    step = send(batch(application, text), filed(), AT + timedelta(seconds=9))
    assert step.state.filings == filed().filings
    (message,) = step.messages
    return records(message)[2:-2]


def test_a_summary_is_told_by_number() -> None:
    """J1 gives JB to JL, a number that is not on file a JZ 013."""
    told = ask("EQ", "J1   Q7Z  00010429Q7Z  00010437")
    assert [line[:2] for line in told] == ["JB", "JC", "JD", "JE", "JF", "JG", "JH", "JI", "JK", "JL", "JZ"]
    assert told[0][:20] == "JBQ7Z  0001042900100"
    assert told[3][28:41] == "4714".rjust(13)
    assert told[-1][2:5] == "013"


def test_the_filed_records_come_back_on_request() -> None:
    """With J0 every AE record returns, a 4A before the line."""
    told = ask("EQ", "J0Y\nJ1   Q7Z  00010429")
    kept = [line.ljust(80) for line in AE.splitlines()]
    assert [line for line in told if line in kept] == kept
    assert told[told.index(kept[7]) - 1].rstrip() == "4A    1"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("J2 AII 021526010101AM031626010101AM", "017"),
        ("J2 AII 011626010101AM011526010101AM", "011"),
        ("J2 AII 011025010101AM011626010101AM", "012"),
        ("J2 LIQ 011526010101AM011626010101AM", "015"),
        ("J2 AII 011526010101AM011626010101AM", "JB"),
        ("J2 NLQ 011526010101AM011626010101AM", "JB"),
    ],
)
def test_criteria_choose_by_time_and_state(query: str, code: str) -> None:
    """J2 gives JA and the summaries, or a JZ with the reason."""
    told = ask("EQ", query)
    if code == "JB":
        assert [line[:2] for line in told[:2]] == ["JA", "JB"]
    else:
        assert told[-1][:5] == f"JZ{code}"


def test_a_release_is_told_in_wo_records() -> None:
    """CQ by entry number gives WO10 to WO60 with all that happened, and bills on request."""
    told = ask("CQ", "WR1    Q7Z 00010429" + " " * 52 + "Y")
    assert [line[:4] for line in told[:4]] == ["WO10", "WO20", "WO30", "WO40"]
    assert any(line.startswith("WO60") and line[14:16] == "98" for line in told)
    assert [line[:3] for line in told if line.startswith("WR")] == ["WR1", "WR4", "WR4", "WR5", "WR5"]


@pytest.mark.parametrize(
    ("query", "record", "code"),
    [
        ("WR1    Q7Z 00010437", "WR0", "950"),
        ("WR1    K4M 00010437", "WR0", "X17"),
        ("WR1    Q7Z", "WR0", "B14"),
        ("WR1" + " " * 16 + "999999999", "WSA", "123"),
        ("WR1" + " " * 28 + "ABCU999", "WSA", "122"),
        ("WR1" + " " * 44 + "12345678901", "WSB", "122"),
        ("WR1", "WR0", "INE"),
    ],
)
def test_what_is_not_on_file_gets_its_code(query: str, record: str, code: str) -> None:
    """Each kind of question has its own error record."""
    (line,) = ask("CQ", query)
    assert line.startswith(record)
    assert code in line[26:35]


def test_a_bill_is_told_with_its_events() -> None:
    """CQ by bill gives WR1, the bill and what happened."""
    told = ask("CQ", "WR1" + " " * 28 + "ABCU900012345")
    assert [line[:3] for line in told] == ["WR1", "WR4", "WR5", "WR5"]


def test_importers_are_told_with_bond_and_address() -> None:
    """KI gives K1 and K2 for each number, K3 and K4 where the address is asked for."""
    told = ask("KI", "K 12-3456789  199-9999999  199-6666666")
    assert [line[:2] for line in told] == ["K1", "K2", "K3", "K4", "K7", "K1", "K1", "K2", "K7"]
    assert [line[14] for line in told if line.startswith("K1")] == ["1", "0", "2"]
