"""Answers to CATAIR senders: rejected batches, SX, AX, SO, UC."""

from __future__ import annotations

import pytest

from gateway.finding import Answer, Disposition, Finding, Level
from gateway.formats.catair.format import FORMAT
from tests.formats.catair.support import (
    BAD,
    ENVELOPE,
    SPECS,
    case,
    change,
    errors,
    read,
    records,
)

MASTER_HOUSE = case("SE/master-house.txt")


def syntax_answer(data: bytes) -> bytes:
    """Give the technical answer to some bytes."""
    found = read(data)
    findings = tuple(found.all_findings())
    accepted = not errors(found)
    answer = Answer(level=Level.SYNTAX, accepted=accepted, findings=findings)
    return FORMAT.acknowledge(found, answer, ENVELOPE, SPECS)


def customs_answer(text: str, *said: Disposition, findings: tuple[Finding, ...] = ()) -> bytes:
    """Give the answer that passes on what customs said."""
    accepted = not findings and all(one.meaning != "rejected" for one in said)
    answer = Answer(level=Level.CUSTOMS, accepted=accepted, findings=findings, dispositions=said)
    return FORMAT.acknowledge(read(text), answer, ENVELOPE, SPECS)


def test_an_accepted_envelope_has_no_answer():
    """ACE says nothing where the envelope is right; acceptance is the answer to the transaction."""
    assert syntax_answer(MASTER_HOUSE.encode()) == b""


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_bad_fixtures_have_their_golden_answer(file):
    """The answer to a bad fixture is the golden one beside it, byte for byte, and reads back."""
    golden = file.with_suffix(".ack")
    got = syntax_answer(file.read_bytes())
    assert got == (golden.read_bytes() if golden.exists() else b"")
    if got:
        assert errors(read(got)) == []
        assert len(got) % 80 == 0


def test_a_structure_fault_rejects_the_batch_with_its_place():
    """The rejection names block, transaction, record, and the X code, and ends with 999."""
    rows = records(MASTER_HOUSE)
    text = "".join([*rows[:8], "SE99".ljust(80), *rows[8:]])
    got = [row.rstrip() for row in records(syntax_answer(text.encode()))]
    assert got == [
        "A2704Q7Z      112526                                       GW-0000017",
        "B" + " " * 78 + "B",
        "X0 BLOCK  000001 REF ID: 2704 Q7Z    SE GW-0000017",
        "X0 TRNACT 000001 REF ID: 0000009 00",
        "X1 FX34   UNKNOWN RECORD ID FOUND IN GROUPING",
        "X1RF999   BATCH REJECTED",
        "Y           00004" + " " * 62 + "Y",
        "Z" + " " * 78 + "Z",
    ]


def test_a_bad_value_rejects_only_its_transaction():
    """The answer to a wrong number is SX with the record, its condition code and 01."""
    text = change(MASTER_HOUSE, "SE10", 11, "0001042A")
    got = [row.rstrip() for row in records(syntax_answer(text.encode()))]
    assert got[2:6] == [
        "SE10AQ7Z  0001042A 01EI 12-3456789  11800000100002704",
        "SE9011006INVALID ENTRY NUMBER",
        "SE15MABCU900012345                                                      N",
        "SE15HFWDXH77120                                            00000120     N",
    ]
    assert got[6] == "SE9001   SE DATA REJECTED"


def test_the_password_does_not_come_back():
    """An answer mirrors A without the password."""
    text = change(MASTER_HOUSE, "A2704", 9, "HUSH42")
    for got in (
        syntax_answer(change(text, "Z2704", 6, "Q7Y").encode()),
        customs_answer(text, Disposition(code="02", meaning="accepted")),
        customs_answer(text, Disposition(code="98", meaning="release", at="2026-12-02T14:15:00Z")),
    ):
        assert got
        assert b"HUSH42" not in got


def test_accepted_and_rejected_by_customs():
    """SX mirrors the batch and ends with what customs decided."""
    accepted = customs_answer(MASTER_HOUSE, Disposition(code="02", meaning="accepted"))
    assert accepted == case("SX/accepted.txt").encode()
    rejected = customs_answer(MASTER_HOUSE, Disposition(code="01", meaning="rejected"))
    assert b"SE9001   SE DATA REJECTED" in rejected
    assert errors(read(rejected)) == []


def test_a_business_rule_is_told_at_its_record():
    """A rule's finding comes back as the condition code of the record that it points at."""
    found = read(MASTER_HOUSE)
    span = found.transactions[0].root.children[0].span("11-18")
    rule = Finding(code="cbp.entry-number.check-digit", message="wrong check digit", span=span, transaction=0)
    got = customs_answer(MASTER_HOUSE, findings=(rule,))
    assert b"SE9011006INVALID ENTRY NUMBER" in got
    assert b"SE9001   SE DATA REJECTED" in got


def test_later_dispositions_come_as_notices():
    """Hold, exam and release are SO with their own date and time; bills have their own record."""
    got = customs_answer(
        MASTER_HOUSE,
        Disposition(code="1H", meaning="hold", at="2026-12-01T08:15:00Z", scope="bill", reference="H77120"),
        Disposition(code="98", meaning="release", at="2026-12-02T14:15:00Z", reference="Q7Z00010429"),
        Disposition(
            code="07", meaning="may-proceed", text="MAY PROCEED", agency="FDA", at="2026-12-02T14:00:00Z"
        ),
    )
    rows = [row.rstrip() for row in records(got)]
    assert errors(read(got)) == []
    assert rows[1] == "B  2704Q7ZSO                                               GW-0000017"
    assert rows[2].startswith("SO102704Q7Z  00010429 0112-3456789")
    assert rows[3] == "SO20CR GW42"
    assert rows[4] == "SO40HFWDXH77120"
    assert rows[5].startswith("SO50120126081553CBP HOLD")
    assert rows[6].startswith("SO60120226141598RELEASED")
    assert rows[7].startswith("SO70FDA")


def test_no_answer_without_a():
    """Where A is missing there is nobody to answer to."""
    text = "".join(records(MASTER_HOUSE)[1:])
    assert syntax_answer(text.encode()) == b""
    assert syntax_answer(b"") == b""
