"""Cargo release: SE in, SX and SO out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.simulator.onfile import check_digit
from gateway.simulator.state import State
from tests.simulator.samples import AT, SE, USER_DATA, ace, batch, records, said, send

ACCEPTED = "SE9002   SE DATA ACCEPTED".ljust(80)
REJECTED = "SE9001   SE DATA REJECTED".ljust(80)


def test_a_good_filing_is_accepted_with_header_and_bills() -> None:
    """SX returns SE10 and each SE15 as they were sent, then one accepting SE90."""
    (message,) = send(batch("SE", SE)).messages
    lines = [line.ljust(80) for line in SE.splitlines()]
    assert message.kind == "SX"
    assert records(message)[2:-2] == [lines[0], lines[2], lines[3], ACCEPTED]


def test_the_password_never_comes_back() -> None:
    """Columns 9 to 14 of A are blank in every answer and in what is kept."""
    step = send(batch("SE", SE))
    later = ace().due(step.state, AT + timedelta(seconds=5))
    for message in (*step.messages, *later.messages):
        assert b"SECRET" not in message.body
    assert "SECRET" not in str(step.state.filings)


@pytest.mark.parametrize("user_data", [USER_DATA, "X", "A BROKER'S OWN NUMBER"])
def test_user_data_comes_back_in_every_answer(user_data: str) -> None:
    """B 60 to 80 of the filing stands in SX and in every SO."""
    step = send(batch("SE", SE, user_data))
    later = ace().due(step.state, AT + timedelta(seconds=5))
    assert [message.kind for message in (*step.messages, *later.messages)] == ["SX", "SO", "SO"]
    for message in (*step.messages, *later.messages):
        assert said(message, "B ")[0][59:80] == user_data.ljust(21)


def test_the_release_comes_later_and_names_the_entry() -> None:
    """By default SO says that the bills are on file, then 98 with release date and origin."""
    step = send(batch("SE", SE))
    assert ace().due(step.state, AT + timedelta(seconds=0.4)).messages == ()
    on_file, released = ace().due(step.state, AT + timedelta(seconds=1)).messages
    assert [line[14:16] for line in said(on_file, "SO50")] == ["93", "93"]
    assert said(released, "SO10")[0][:36] == "SO102704Q7Z  00010429 0112-3456789  "
    assert said(released, "SO20")[0].rstrip() == "SO20CR GW42"
    assert said(released, "SO60")[0].rstrip() == "SO60011526140098RELEASED" + " " * 32 + "01152601"


WRONG = [
    ("SE10A", "SE10 ", "SE10", "001"),
    ("SE10AQ7Z", "SE10XQ7Z", "SE10", "002"),
    ("SE10AQ7Z", "SE10A   ", "SE10", "003"),
    ("SE10AQ7Z", "SE10AABC", "SE10", "004"),
    ("00010429", "        ", "SE10", "005"),
    ("00010429", "00010428", "SE10", "006"),
    (" 01EI ", "   EI ", "SE10", "009"),
    (" 01EI ", " 99EI ", "SE10", "010"),
    (" 01EI ", " 01   ", "SE10", "011"),
    (" 01EI ", " 01XX ", "SE10", "012"),
    ("12-3456789  11", "            11", "SE10", "013"),
    ("12-3456789  118", "99-9999999  118", "SE10", "014"),
    ("00000120     N", "00000000     N", "SE15", "030"),
]


@pytest.mark.parametrize(("good", "bad", "record", "code"), WRONG)
def test_each_fault_gets_its_code_at_its_record(good: str, bad: str, record: str, code: str) -> None:
    """A bad value rejects the transaction; the record comes back with an SE90 11 and the code."""
    (message,) = send(batch("SE", SE.replace(good, bad, 1))).messages
    told = records(message)
    place = next(turn for turn, line in enumerate(told) if line.startswith(f"SE9011{code}"))
    leader = next(line for line in reversed(told[:place]) if not line.startswith("SE90"))
    assert leader.startswith(record)
    assert told[-3] == REJECTED


WORDED = [
    ("00002704", "00009999", "PORT OF ENTRY UNKNOWN"),
    ("  11800", "    800", "MOT CODE MISSING"),
    ("SE15MABCU900012345 ", "SE15MABCU9000*2345 ", "BILL OF LADING NUMBER NOT VALID"),
    ("SE15MABCU", "SE15RABCU", "HOUSE BILL WITHOUT MASTER BILL"),
    ("SE15MABCU", "SE15MUNKN", "ISSUER CODE MISSING OR UNKNOWN"),
    ("SE40001TW", "SE40001QQ", "COUNTRY OF ORIGIN UNKNOWN"),
    ("SE40001TW", "SE40002TW", "LINE ITEM IDENTIFIER OUT OF ORDER"),
    ("SE608473301180", "SE60847330118 ", "HTS NUMBER UNKNOWN"),
    ("SE608473301180", "SE607773301180", "HTS NUMBER UNKNOWN"),
    ("SE30BY ", "SE30LG ", "ENTITY BY MISSING"),
    ("11800000", "11900000", "SINGLE TRANSACTION BOND DATA MISSING"),
    ("  11800", "  60800", "PORT OF UNLADING REQUIRED FOR MOT"),
    ("  11800", "  60800", "BILL NUMBER NOT VALID FOR MOT"),
    ("  11800", "  33800", "BILL MUST BE NON-AMS"),
    ("  11800", "  40800", "ISSUER CODE NOT ALLOWED FOR MOT"),
    ("SE15MABCU", "SE15TABCU", "TRACKING NUMBER NOT ALLOWED"),
    ("SE13A", "SE11W\nSE13A", "WEEKLY ENTRY NOT ALLOWED FOR ENTRY TYPE"),
    (" 01EI ", " 23EI ", "HTS 9813 REQUIRED FIRST FOR TIB"),
    (" 01EI ", " 86EI ", "ENTITY NOT ALLOWED FOR ENTRY TYPE"),
    ("CN                                    EI 12-3456789", "CN A GOOD NAME", "CONSIGNEE NUMBER REQUIRED"),
    ("SE50MF ", "SE41D      00000005\nSE50MF ", "ZONE STATUS NOT ALLOWED"),
    ("SE50MF ", "SE41N      00000000\nSE50MF ", "FTZ LINE QTY MUST BE GT ZERO"),
]


@pytest.mark.parametrize(("good", "bad", "text"), WORDED)
def test_a_fault_without_a_known_code_is_told_in_words(good: str, bad: str, text: str) -> None:
    """Where the list of codes is not at hand, SE90 says what is wrong and leaves the code blank."""
    (message,) = send(batch("SE", SE.replace(good, bad, 1))).messages
    assert any(line.startswith(f"SE9011   {text}") for line in said(message, "SE90"))
    assert said(message, "SE90")[-1] == REJECTED


@pytest.mark.parametrize(
    ("contact", "more", "text"),
    [
        ("", "", "CANCEL REASON MISSING OR UNKNOWN"),
        ("13", "", "CANCEL REASON MISSING OR UNKNOWN"),
        ("03", "", "REPLACEMENT REFERENCE MISSING"),
        ("03", "\nSE20EN Q7Z00010437", ""),
        ("11", "", ""),
    ],
)
def test_a_cancellation_says_why(contact: str, more: str, text: str) -> None:
    """It has a reason of the list, and for some reasons the number of what came in its place."""
    state = send(batch("SE", SE)).state
    head, person = SE.splitlines()[:2]
    cancel = f"{head.replace('SE10A', 'SE10D')}\n{person.ljust(59)}{contact}{more}"
    (message,) = send(batch("SE", cancel), state).messages
    told = [line[9:].strip() for line in said(message, "SE90") if line.startswith("SE9011")]
    assert told == ([text] if text else [])


def test_an_entry_number_is_used_once() -> None:
    """A second A is refused with 007, R, U and D of an unknown number with 008."""
    state = send(batch("SE", SE)).state
    (again,) = send(batch("SE", SE), state).messages
    assert "SE9011007ENTRY NUMBER ALREADY ON FILE".ljust(80) in records(again)
    for action in "RUD":
        (unknown,) = send(batch("SE", SE.replace("SE10A", f"SE10{action}"))).messages
        assert any(line.startswith(("SE9011008", "X1")) for line in records(unknown))


def test_a_rejected_filing_is_not_on_file() -> None:
    """What was rejected can be filed again with the same number."""
    state = send(batch("SE", SE.replace("SE40001TW", "SE40001QQ"))).state
    (message,) = send(batch("SE", SE), state).messages
    assert records(message)[-3] == ACCEPTED


def test_a_replacement_is_taken_until_the_entry_is_released() -> None:
    """Until then R replaces a filing at once; after the release it is refused."""
    state = send(batch("SE", SE)).state
    changed = batch("SE", SE.replace("SE10A", "SE10R").replace("00000120", "00000130"))
    step = send(changed, state)
    assert records(step.messages[0])[-3] == ACCEPTED
    assert step.state.filings["entry/Q7Z00010429"].row("bills")[1]["quantity"] == "00000130"
    released = ace().due(step.state, AT + timedelta(seconds=3)).state
    (late,) = send(changed, released).messages
    assert any("REPLACE NOT ALLOWED" in line for line in said(late, "SE90"))


def test_a_replacement_under_review_is_a_request() -> None:
    """While a person looks at the entry, SX refers R and an SO 88 grants it."""
    state = replace(send(batch("SE", SE)).state, pending={})
    held = ace().status(state, "entry/Q7Z00010429", {"status": "hold"}, AT)[0]
    step = send(batch("SE", SE.replace("SE10A", "SE10R")), held)
    assert said(step.messages[0], "SE90")[-1].startswith("SE9004")
    later = ace().due(step.state, AT + timedelta(seconds=1)).messages
    assert any(line[14:16] == "88" for message in later for line in said(message, "SO60"))


def test_a_cancelled_number_is_lost() -> None:
    """D is accepted, SO 23 follows, no release comes, and the number is never used again."""
    step = send(batch("SE", SE))
    head, contact = SE.splitlines()[:2]
    cancel = f"{head.replace('SE10A', 'SE10D')}\n{contact.ljust(59)}01"
    step = send(batch("SE", cancel), step.state)
    assert said(step.messages[0], "SE90")[-1] == ACCEPTED
    later = ace().due(step.state, AT + timedelta(days=9))
    assert [line[14:16] for message in later.messages for line in said(message, "SO60")] == ["23"]
    (again,) = send(batch("SE", SE), later.state).messages
    assert any(line.startswith("SE9011007") for line in records(again))


def test_two_transactions_are_judged_apart() -> None:
    """One bad value in a block rejects its transaction and not the one beside it."""
    other = SE.replace("00010429", "0001043" + check_digit("Q7Z", "0001043"))
    (message,) = send(batch("SE", f"{SE.replace('SE40001TW', 'SE40001QQ')}\n{other}")).messages
    final = [line for line in said(message, "SE90") if line[4] == "0"]
    assert final == [REJECTED, ACCEPTED]


def test_two_batches_get_two_answers() -> None:
    """A transmission of two batches is answered batch by batch."""
    other = SE.replace("00010429", "0001043" + check_digit("Q7Z", "0001043"))
    step = send(batch("SE", SE) + batch("SE", other, "GW-2"))
    assert [said(message, "B ")[0][59:80].strip() for message in step.messages] == [USER_DATA, "GW-2"]


AGENCY = [
    (["OI        BOARDS"], "OI", "P03"),
    (["OI", "PG01001FDARAD", "PG02P"], "OI", "P02"),
    (["PG01001FDARAD", "PG02P"], "PG01", "P01"),
    (["OI        BOARDS", "PG01   FDARAD", "PG02P"], "PG01", "P04"),
    (["OI        BOARDS", "PG01001   RAD", "PG02P"], "PG01", "P05"),
    (["OI        BOARDS", "PG01001FDARAD"], "PG01", "P54"),
]


@pytest.mark.parametrize(("lines", "record", "code"), AGENCY)
def test_agency_data_gets_its_own_codes(lines: list[str], record: str, code: str) -> None:
    """A broken agency set is told by P-codes at its record and rejects its transaction only."""
    (message,) = send(batch("SE", "\n".join([SE, *lines]))).messages
    told = records(message)
    place = next(turn for turn, line in enumerate(told) if line.startswith(f"SE9011{code}"))
    assert next(line for line in reversed(told[:place]) if not line.startswith("SE90")).startswith(record)
    assert told[-3] == REJECTED


def test_disclaimed_agency_data_needs_no_more() -> None:
    """PG01 with a disclaimer stands alone."""
    lines = ["OI        BOARDS", "PG01001FDARAD".ljust(79) + "A"]
    (message,) = send(batch("SE", "\n".join([SE, *lines]))).messages
    assert records(message)[-3] == ACCEPTED


def test_the_state_of_another_entry_is_never_touched() -> None:
    """A filing changes its own entry only."""
    state = send(batch("SE", SE)).state
    other = SE.replace("00010429", "0001043" + check_digit("Q7Z", "0001043"))
    step = send(batch("SE", other), state)
    assert step.state.filings["entry/Q7Z00010429"] == state.filings["entry/Q7Z00010429"]
    assert len(step.state.filings) == 2
    assert State().filings == {}
