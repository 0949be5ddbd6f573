"""What ACE found wrong, told to each submitter at the place where it was written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.flow.decide import dispositions
from gateway.flow.located import located
from gateway.flow.translate import load_tables, outgoing, take
from gateway.shell.work_answer import answer
from gateway.shell.work_jobs import AnswerJob
from gateway.specs import Limits
from gateway.tree import Envelope

FIXTURES = Path(__file__).parents[2] / "fixtures"
TABLES = load_tables()
PROFILE = {
    "contact_name": "Dana Okafor",
    "contact_phone": "3105550100",
    "bond_type": "8",
    "surety": "891",
    "correlation": "GW-1",
}
ENVELOPE = Envelope(sender="2704Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z", options=PROFILE)
SOURCES = {
    "json": ("json/entry/ocean_consumption.json", "lines[2]"),
    "wco": ("wco/DEC/ocean-import.xml", "GovernmentAgencyGoodsItem"),
    "x12": ("x12/309/ten-bills.edi", "LX"),
}


def records(data: bytes) -> list[str]:
    """Cut a batch into records."""
    return [data[at : at + 80].decode("latin-1") for at in range(0, len(data), 80)]


def batch(name: str, rows: list[str]) -> bytes:
    """Make an answer of ACE around some records."""
    frame = [f"A2704Q7Z      112526     {name}".ljust(59) + "GW-1", f"B  2704Q7Z{name}".ljust(59) + "GW-1"]
    end = [f"Y  2704Q7Z{name}{len(rows):05d}", "Z2704Q7Z      112526"]
    return "".join(row.ljust(80) for row in (*frame, *rows, *end)).encode("latin-1")


def refused(file: str, target: str, begins: str, turn: int):
    """File a source, have ACE refuse the `turn`-th record that begins like this, and give all that happened."""
    source = (FIXTURES / file).read_bytes()
    own = take(source, TABLES, Limits()).translations[0]
    sent = outgoing(own.entry, target, ENVELOPE, TABLES).data
    rows = records(sent)
    wrong = [row for row in rows if row.startswith(begins)][turn]
    if target == "catair/SE":
        header = next(row for row in rows if row.startswith("SE10"))
        heard = batch("SX", [header, wrong, "SE9011046INVALID HTS NUMBER", "SE9001   SE DATA REJECTED"])
    else:
        number = own.entry.number or ""
        way = [f"E0 SUMMRY 000001 REF ID: {number[:3]} {number[3:]}", f"E0 LINITM {turn + 1:06d} REF ID: {turn + 1:03d}",
               f"E0 TARIFF 000001 REF ID: {wrong[2:12]}"]  # fmt: skip
        decision = f"E1RF998   TRANSACTION DATA REJECTED               {number[:3]}  {number[3:]}"
        heard = batch("AX", [*way, "E1 F431   HTS NUMBER UNKNOWN", decision])
    said = dispositions(take(heard, TABLES, Limits()).translations[0].entry)
    return source, own, sent, heard, said


@pytest.mark.parametrize("name", SOURCES)
def test_a_refused_tariff_number_of_a_release_is_found_where_it_was_written(name):
    """ACE echoes the tariff record of the second line; the finding's bytes are that number in the source."""
    file, place = SOURCES[name]
    source, own, sent, heard, said = refused(file, "catair/SE", "SE60", 1)
    (found,) = located(heard, said, sent, own, TABLES, Limits()).values()
    assert found.code.endswith("/SE60/customs/046")
    assert found.path.startswith("lines[1].tariffs[0].number")
    assert found.span is not None
    wrong = own.entry.lines[1].tariffs[0].number
    assert wrong.startswith(source[found.span.start : found.span.end].decode().replace(".", ""))
    assert place in found.place


@pytest.mark.parametrize("name", ["json", "wco"])
def test_a_refused_tariff_number_of_a_summary_is_found_by_its_way(name):
    """AX says LINITM 2, TARIFF 1; the finding's bytes are the second line's number in the source."""
    file, place = SOURCES[name]
    source, own, sent, heard, said = refused(file, "catair/AE", "50", 1)
    found = next(iter(located(heard, said, sent, own, TABLES, Limits()).values()))
    assert found.code.endswith("/50/customs/431")
    assert found.span is not None
    assert own.entry.lines[1].tariffs[0].number.startswith(source[found.span.start : found.span.end].decode())
    assert place in found.place


@pytest.mark.parametrize(("turn", "number"), [(1, "9802008068"), (2, "99030124"), (3, "7326908688")])
def test_a_tariff_number_that_was_put_in_order_is_found_where_it_was_written(turn, number):
    """The writer orders the numbers of a line; AX counts them as they were filed, and the sender is shown its own."""
    entry = json.loads((FIXTURES / "json/entry/summary_informal.json").read_bytes())
    entry["lines"][0]["tariffs"] = [
        {"number": "7326908688"},
        {"number": "99030124"},
        {"number": "9802008068"},
    ]
    source = json.dumps(entry).encode()
    own = take(source, TABLES, Limits()).translations[0]
    sent = outgoing(own.entry, "catair/AE", ENVELOPE, TABLES).data
    filer, serial = own.entry.number[:3], own.entry.number[3:]
    way = [f"E0 SUMMRY 000001 REF ID: {filer} {serial}", "E0 LINITM 000001 REF ID: 001",
           f"E0 TARIFF {turn:06d} REF ID: {number}"]  # fmt: skip
    decision = f"E1RF998   TRANSACTION DATA REJECTED               {filer}  {serial}"
    heard = batch("AX", [*way, "E1 F852   HTS OUT OF SEQUENCE", decision])
    said = dispositions(take(heard, TABLES, Limits()).translations[0].entry)
    (found,) = located(heard, said, sent, own, TABLES, Limits()).values()
    assert found.code.endswith("/50/customs/852")
    assert source[found.span.start : found.span.end] == number.encode()


@pytest.mark.parametrize("name", SOURCES)
def test_the_submitter_is_told_in_its_own_format_at_its_own_place(name):
    """The acknowledgement of a 309 is a 355 behind the segment, of a DEC an Error with pointers, of JSON a path."""
    source, _, sent, heard, said = refused(SOURCES[name][0], "catair/SE", "SE60", 1)
    job = AnswerJob(
        data=source, format=name, limits=Limits(), idx=0, said=[one.as_json() for one in said], refused="",
        control=5, name="GATEWAY", options={}, at="2026-11-25T10:00:05Z", heard=heard, sent=sent,
    )  # fmt: skip
    reply = answer(job)
    assert not reply.accepted
    text = reply.data.decode("latin-1")
    if name == "json":
        assert '"place": "lines[2]/tariffs/number"' in text
        assert "INVALID HTS NUMBER" in text
    elif name == "wco":
        (error,) = [part for part in text.split("<Error>")[1:] if "INVALID HTS NUMBER" in part]
        pointers = error.split("</Error>")[0]
        assert "<SequenceNumeric>2</SequenceNumeric>" in pointers
        assert "<DocumentSectionCode>68A</DocumentSectionCode>" in pointers
        assert "<DocumentSectionCode>21A</DocumentSectionCode>" in pointers
    else:
        rows = text.replace("\n", "").split("~")
        at = next(turn for turn, row in enumerate(rows) if row.startswith("K1*INVALID HTS NUMBER"))
        assert rows[at - 1].startswith("N10*")


def test_what_has_no_place_is_said_without_one():
    """An answer to other bytes, an accepted one or none at all gives no place, and no exception."""
    _, own, sent, heard, said = refused(SOURCES["json"][0], "catair/SE", "SE60", 1)
    assert located(heard, said[:1], sent, own, TABLES, Limits()) == {}
    assert located(b"", said, sent, own, TABLES, Limits()) == {}
    assert located(heard, said, b"junk", own, TABLES, Limits()) == {}
