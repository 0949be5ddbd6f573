"""In-bond movements: QP and WP in, QT, WT and NS out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.simulator.state import State
from tests.simulator.samples import AT, QP, ace, batch, records, said, send

ARRIVE = "101123456789".ljust(47) + "W123\n202601161200002709"
EXPORT = "105123456789".ljust(47) + "\n202601171200002709"


def event(text: str, state: State) -> tuple[State, list[str]]:
    """Send one WP and give the state and the type codes of its 95 records."""
    step = send(batch("WP", text), state)
    return step.state, [line[2:7] for line in said(step.messages[0], "95")]


def test_a_movement_is_authorised() -> None:
    """QT returns 10 and 30, then the accepting 95."""
    step = send(batch("QP", QP))
    told = records(step.messages[0])[2:-2]
    assert [line[:2] for line in told] == ["10", "30", "95"]
    assert told[-1][2:4] == "02"
    assert step.state.filings["inbond/123456789"].release == "accepted"


def test_those_who_are_named_hear_of_it() -> None:
    """A record 32 makes an NS with 1J for the bill, its date as YYMMDD."""
    step = send(batch("QP", f"{QP}\n322704Q7Z"))
    (notice,) = ace().due(step.state, AT + timedelta(seconds=1)).messages
    assert notice.kind == "NS"
    line = said(notice, "30")[0]
    assert line[2:4] == "1J"
    assert line[63:69] == "260115"


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ("ABCT2709", "ABCT9999", "033"),
        ("00010000", "00000000", "020"),
        ("10A61", "10A62", "033"),
        ("ABCU900012345", "ABCU9*0012345", "017"),
        ("ABCT2709     ", "ABCT270958201", "033"),
        (
            "10A61123456789   ABCT2709     00010000",
            "10A63123456789   ABCT27095820100010000             Y",
            "011",
        ),
    ],
)
def test_each_fault_gets_its_code(good: str, bad: str, code: str) -> None:
    """A bad value gives a 95 of type 01 with its code, and nothing is put on file."""
    step = send(batch("QP", QP.replace(good, bad)))
    assert f"01{code}" in [line[2:7] for line in said(step.messages[0], "95")]
    assert step.state.filings == {}


def test_a_movement_arrives_and_type_61_is_never_exported() -> None:
    """Arrival is accepted once the movement is on file; the export of a 61 is refused."""
    state = send(batch("QP", QP)).state
    state, told = event(ARRIVE, state)
    assert told == ["02000"]
    assert state.filings["inbond/123456789"].release == "arrived"
    assert event(EXPORT, state)[1] == ["01032", "01999"]
    assert event(ARRIVE, State())[1] == ["01008", "01999"]


def test_type_62_arrives_then_is_exported() -> None:
    """The export before the arrival is refused."""
    filed = QP.replace("10A61", "10A62").replace("ABCT2709     ", "ABCT270958201")
    head, bill = filed.splitlines()
    state = send(batch("QP", f"{head.ljust(51)}N\n{bill}")).state
    assert event(EXPORT, state)[1] == ["01032", "01999"]
    state = event(ARRIVE, state)[0]
    state, told = event(EXPORT, state)
    assert told == ["02000"]
    assert state.filings["inbond/123456789"].release == "exported"


def test_a_transfer_and_a_diversion_name_the_bonded_carrier() -> None:
    """A and Z need the bonded carrier's id; with it the diversion changes the port of the movement."""
    state = send(batch("QP", QP)).state
    divert = "10Z123456789".ljust(80) + "\n202601161200002720    "
    assert event(divert, state)[1] == ["01033", "01999"]
    state, told = event(f"{divert}12-3456789", state)
    assert told == ["02000"]
    assert state.filings["inbond/123456789"].fact("port") == "2720"


def test_a_deleted_movement_is_gone() -> None:
    """D takes the movement off file; a second D is refused with 008."""
    state = send(batch("QP", QP)).state
    delete = QP.splitlines()[0].replace("10A", "10D")
    step = send(batch("QP", delete), state)
    assert [line[2:4] for line in said(step.messages[0], "95")] == ["02"]
    again = send(batch("QP", delete), step.state)
    assert [line[2:7] for line in said(again.messages[0], "95")] == ["01008", "01999"]
