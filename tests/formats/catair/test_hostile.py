"""No bytes break CATAIR: reading, writing and answering never raise, and strict bytes come back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import Answer, Disposition, Level
from gateway.formats.catair.format import FORMAT, redact
from gateway.specs import Limits
from tests.formats.catair.support import ENVELOPE, GOOD, SPECS, errors, read, records

SEEDS = [file.read_bytes() for file in GOOD]
LETTERS = b"ABYZSE10 \n\r\x00\xff-a9"


@st.composite
def mangled(draw) -> bytes:
    """Give a good fixture with bytes changed, cut out, put in, or records moved."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        what = draw(st.integers(0, 4))
        if what == 0 and data:
            data[at] = draw(st.sampled_from(LETTERS))
        elif what == 1:
            del data[at : at + draw(st.integers(1, 200))]
        elif what == 2:
            data[at:at] = draw(st.binary(max_size=90))
        elif what == 3:
            start = at - at % 80
            record = bytes(data[start : start + 80])
            to = draw(st.integers(0, len(data))) // 80 * 80
            data[to:to] = record
        else:
            start = at - at % 80
            del data[start : start + 80]
    return bytes(data)


def answers(data: bytes, *, lenient: bool) -> list[bytes]:
    """Give every kind of answer to some bytes."""
    found = read(data, lenient=lenient)
    findings = tuple(found.all_findings())
    said = (
        Disposition(code="98", meaning="release", at="2026-12-02T14:15:00Z"),
        Disposition(code="02", meaning="accepted"),
        Disposition(code="1H", meaning="hold", scope="bill", reference="H77120"),
    )
    return [
        FORMAT.acknowledge(found, answer, ENVELOPE, SPECS)
        for answer in (
            Answer(level=Level.SYNTAX, accepted=not errors(found), findings=findings),
            Answer(level=Level.CUSTOMS, accepted=False, findings=findings),
            Answer(level=Level.CUSTOMS, accepted=True, dispositions=said),
        )
    ]


@settings(max_examples=150, deadline=None)
@given(data=st.one_of(mangled(), st.binary(max_size=400)))
def test_any_bytes_are_read_and_come_back(data):
    """Whatever arrives is read without an exception, and strict reading gives the same bytes again."""
    found = read(data)
    assert FORMAT.write(found, SPECS) == data
    assert all(one.code.startswith("catair.") for one in found.all_findings())
    for one in found.all_findings():
        assert one.span is None or 0 <= one.span.start <= one.span.end <= len(data)


@settings(max_examples=100, deadline=None)
@given(data=st.one_of(mangled(), st.binary(max_size=400)))
def test_lenient_reading_gives_records_of_80(data):
    """What lenient reading writes is whole records without line ends, and reads the same again."""
    found = read(data, lenient=True)
    written = FORMAT.write(found, SPECS)
    assert len(written) % 80 == 0
    assert b"\n" not in written
    assert FORMAT.write(read(written), SPECS) == written


@settings(max_examples=60, deadline=None)
@given(data=st.one_of(mangled(), st.binary(max_size=200)), lenient=st.booleans())
def test_every_answer_is_whole_records(data, lenient):
    """Any bytes can be answered; an answer is nothing, or records of 80 that begin with A."""
    for answer in answers(data, lenient=lenient):
        assert len(answer) % 80 == 0
        assert not answer or answer.startswith(b"A")


@settings(max_examples=60, deadline=None)
@given(data=st.one_of(mangled(), st.binary(max_size=400)))
def test_redacting_keeps_every_offset(data):
    """Redacted bytes have the same length."""
    assert len(redact(data)) == len(data)


@settings(max_examples=40, deadline=None)
@given(data=mangled(), limit=st.integers(0, 5))
def test_limits_hold_for_any_bytes(data, limit):
    """However much is wrong, there are no more findings than the limit and one that says so."""
    found = read(data, limits=Limits(findings_max=limit, transactions_max=1, segments_max=20))
    assert len(found.all_findings()) <= limit + 1


def test_a_hundred_thousand_wrong_records_are_read_in_time():
    """Very many faults cost no more than very many records: the rest is cut."""
    rows = records(SEEDS[0])
    data = ("".join(rows[:2]) + ("SE99" + " " * 76) * 100_000 + "".join(rows[-2:])).encode()
    found = read(data)
    assert len(found.all_findings()) == Limits().findings_max + 1
