"""A batch that breaks the structure is refused as a whole."""

from __future__ import annotations

import pytest

from gateway.simulator.state import Message
from tests.simulator.samples import AE, AT, QP, SE, ace, batch, records, said, send


def refused(data: bytes) -> Message:
    """Give the one answer of a refused batch; nothing is put on file."""
    step = send(data)
    (message,) = step.messages
    assert step.state.filings == {}
    return message


def changed(letter: str, columns: str, text: str, records_: str = SE) -> bytes:
    """Overwrite columns of one control record."""
    start = int(columns.split("-", maxsplit=1)[0]) - 1
    data = bytearray(batch("SE", records_))
    place = {"A": 0, "B": 80, "Y": len(data) - 160, "Z": len(data) - 80}[letter]
    data[place + start : place + start + len(text)] = text.encode()
    return bytes(data)


CONTROL = [
    ("A", "2-5", "    ", "X07"),
    ("A", "15-20", "139926", "X10"),
    ("A", "26-27", "  ", "X11"),
    ("B", "4-7", "    ", "X15"),
    ("B", "8-10", "   ", "X16"),
    ("B", "8-10", "ZZZ", "X17"),
    ("B", "11-12", "AE", "X19"),
    ("B", "56", "1", "X24"),
    ("Y", "4-7", "2709", "X32"),
    ("Z", "2-5", "5301", "X14"),
    ("A", "28", "Q", "X39"),
]


@pytest.mark.parametrize(("letter", "columns", "text", "code"), CONTROL)
def test_a_fault_in_a_control_record_gets_its_code(letter: str, columns: str, text: str, code: str) -> None:
    """X1 carries the code; the last one is 999; the blocks are generated."""
    message = refused(changed(letter, columns, text))
    told = [line[4:7] for line in said(message, "X1")]
    assert code in told
    assert told[-1] == "999"
    cut = records(message)
    assert cut[0][25:27] == "  "
    assert [cut[1][79], cut[-2][79], cut[-1][79]] == ["B", "Y", "Z"]
    assert cut[-2][12:17] == f"{len(cut) - 4:05d}"


def test_a_fault_in_a_block_names_the_block() -> None:
    """X0 BLOCK gives port, filer, application and user data of the block."""
    place = said(refused(changed("Y", "4-7", "2709")), "X0")[0]
    assert place.rstrip() == "X0 BLOCK  000001 REF ID: 2704 Q7Z    SE GW-0000017"


def test_a_fault_in_a_transaction_names_record_and_column() -> None:
    """X0 TRNACT counts records from A; data in filler is X39 at its column."""
    filed = SE.replace(
        "SE13A CLERK                                 3105550100",
        "SE13A CLERK".ljust(44) + "3105550100".ljust(20) + "Q",
    )
    message = refused(batch("SE", filed))
    places = [line.rstrip() for line in said(message, "X0")]
    assert places[1] == "X0 TRNACT 000001 REF ID: 0000004 65"
    assert [line[4:7] for line in said(message, "X1")] == ["X39", "999"]


STRUCTURE = [
    (SE.replace("SE13A CLERK", "SEXXA CLERK"), "X34"),
    (f"{SE}\nSE13A CLERK".ljust(44) + "3105550100", "X35"),
    ("\n".join(line for line in SE.splitlines() if not line.startswith("SE13")), "X37"),
    ("\n".join(line for line in SE.splitlines() if not line.startswith("SE10")), "X33"),
    ("", "X04"),
]


@pytest.mark.parametrize(("filed", "code"), STRUCTURE)
def test_broken_structure_gets_its_code(filed: str, code: str) -> None:
    """An unknown, misplaced or missing record refuses every transaction of the batch."""
    assert code in [line[4:7] for line in said(refused(batch("SE", filed)), "X1")]


def test_one_broken_transaction_refuses_the_other_too() -> None:
    """Two transactions, one with an unknown record: neither is put on file."""
    message = refused(batch("SE", f"{SE}\n{SE.replace('SE13A', 'SEXXA')}"))
    assert said(message, "X0")[1].startswith("X0 TRNACT 000002")


@pytest.mark.parametrize(("cut", "code"), [(-80, "X06"), (-160, "X05"), (-1, "X42")])
def test_a_truncated_batch_is_refused(cut: int, code: str) -> None:
    """Without Z, without Y, or with a short last record."""
    assert code in [line[4:7] for line in said(refused(batch("SE", SE)[:cut]), "X1")]


def test_applications_that_are_not_here() -> None:
    """An unknown id is X12; one that ACE knows and this simulator does not is X13."""
    assert "X12" in [line[4:7] for line in said(refused(batch("ZZ", SE)), "X1")]
    assert "X13" in [line[4:7] for line in said(refused(batch("DE", "10B8")), "X1")]


def test_line_ends_are_refused() -> None:
    """A file with line ends is no batch."""
    data = batch("SE", SE)
    lines = b"\n".join(data[start : start + 80] for start in range(0, len(data), 80))
    assert [line[4:7] for line in said(refused(lines), "X1")][-1] == "999"


def test_without_an_a_record_there_is_no_answer() -> None:
    """Nobody can be answered; the bytes are kept by the shell."""
    assert send(batch("SE", SE)[80:]).messages == ()
    assert send(b"").messages == ()
    assert send(b"hello").messages == ()


def test_a_summary_tells_broken_structure_in_its_own_way() -> None:
    """AE gives E1 with A-codes in a mirrored envelope, the last E1RF999."""
    message = refused(batch("AE", AE.replace("47S12", "99S12")))
    assert message.kind == "AE"
    told = said(message, "E1")
    assert told[0][:7] == "E1 FA02"
    assert told[-1].startswith("E1RF999   BATCH REJECTED")
    assert said(message, "E0")[1].rstrip() == "E0 LINITM 000001 REF ID: 001"


def test_data_in_filler_of_a_summary_is_a03() -> None:
    """A03 names record and position in its text."""
    message = refused(batch("AE", AE.replace("21012E", "21012E  Q")))
    assert said(message, "E1")[0][:50].rstrip() == "E1 FA03   RECORD: 2101 STARTING POSITION: 08"


def test_in_bond_control_errors_are_records_of_their_own() -> None:
    """A wrong count in Y of QP gives EY, and A and Z return the password."""
    data = batch("QP", QP).replace(b"Y  2704Q7ZQP00002", b"Y  2704Q7ZQP00009")
    (message,) = ace().receive(send(b"").state, "b-1", data, AT).messages
    cut = records(message)
    assert any(line.startswith("EY") for line in cut)
    assert cut[0][8:14] == "SECRET"
    assert cut[0][25:27] == "  "


@pytest.mark.parametrize(
    ("application", "code"), [("DE", "X13"), ("SF", "X13"), ("EI", "X12"), ("ZQ", "X12")]
)
def test_an_application_that_is_not_here_is_told_once(application: str, code: str) -> None:
    """One that ACE has and the simulator has not is X13, one that ACE does not know (any more) X12; nothing else."""
    (message,) = send(batch(application, SE)).messages
    assert [line[4:7] for line in said(message, "X1")] == [code, "999"]
