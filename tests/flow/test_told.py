"""SX, AX and SO told to the submitter of a manifest, a declaration and an entry, each in its own format."""

from __future__ import annotations

import json

import pytest

from gateway.finding import Severity
from gateway.flow.decide import customs, dispositions
from gateway.flow.translate import outgoing, take
from gateway.formats import formats
from gateway.specs import Limits, data_root, read_csv
from tests.flow.test_located import ENVELOPE, FIXTURES, SOURCES, TABLES, batch, records


def _made(name: str):
    """File a source as a release; give what was read and the records that answers need."""
    own = take((FIXTURES / SOURCES[name][0]).read_bytes(), TABLES, Limits())
    rows = records(outgoing(own.translations[0].entry, "catair/SE", ENVELOPE, TABLES).data)
    head = next(row for row in rows if row.startswith("SE10"))
    bills = [row for row in rows if row.startswith("SE15")]
    return own, head, bills


def _heard(what: str, head: str, bills: list[str]) -> bytes:
    """Make what ACE says: SX accepted, AX rejected, SO about one bill, SO about the entry."""
    filer, number = head[5:8], head[10:18]
    notice = f"SO102704{filer}  {number} 0112-3456789"
    if what == "SX":
        return batch("SX", [head, *bills, "SE9002   SE DATA ACCEPTED"])
    if what == "AX":
        way = f"E0 SUMMRY 000001 REF ID: {filer} {number}"
        final = f"E1RF998   {'TRANSACTION DATA REJECTED':40}{filer}  {number}"
        return batch("AX", [way, "E1 F101   IMPORTER UNKNOWN", final])
    if what == "hold":
        bill = f"SO40{bills[0][4:59]}"
        return batch("SO", [notice, bill, f"SO50112526140053{'CBP HOLD':40}N"])
    return batch("SO", [notice, f"SO60112526150098{'RELEASED':40}11252601"])


def _told(name: str, what: str):
    """Give what the submitter is told, read back."""
    own, head, bills = _made(name)
    answer = take(_heard(what, head, bills), TABLES, Limits()).translations[0]
    said = customs(dispositions(answer.entry))
    data = formats()[own.format].acknowledge(own.interchange, said, ENVELOPE, TABLES.specs)
    if name == "json":
        return data, [], bills
    again = take(data, TABLES, Limits())
    assert [one.code for one in again.findings if one.severity is Severity.ERROR] == []
    return data, [status for one in again.translations for status in one.entry.statuses], bills


WANTED = {
    ("json", "SX"): {"accepted"},
    ("json", "AX"): {"rejected"},
    ("json", "hold"): {"hold"},
    ("json", "release"): {"release"},
    ("wco", "SX"): {"accepted"},
    ("wco", "AX"): {"rejected"},
    ("wco", "hold"): {"exam"},
    ("wco", "release"): {"release"},
    ("x12", "hold"): {"hold"},
    ("x12", "release"): {"released"},
}


@pytest.mark.parametrize(("name", "what"), WANTED)
def test_each_submitter_reads_it_as_its_own_format_says_it(name, what):
    """JSON has the meaning, RES its function code, 350 the code of its own list, whatever ACE's was."""
    data, statuses, _ = _told(name, what)
    if name == "json":
        said = json.loads(data)["acknowledgement"]["dispositions"]
        assert {one["meaning"] for one in said} >= WANTED[name, what]
    else:
        assert {status.meaning for status in statuses} >= WANTED[name, what]


def test_a_manifest_is_accepted_or_refused_as_a_whole():
    """355 says how many bills were taken and refused."""
    accepted, _, bills = _told("x12", "SX")
    assert f"K3*BILLS REJECTED [0], BILLS ACCEPTED [{len(bills)}]~".encode() in accepted
    refused, _, _ = _told("x12", "AX")
    assert b"ST*355*" in refused
    assert f"K3*BILLS REJECTED [{len(bills)}], BILLS ACCEPTED [0]~".encode() in refused


def test_a_hold_of_one_bill_is_told_of_that_bill():
    """Of a manifest of ten bills one is held: one X4, with its number; a release of the entry is told of all."""
    held, statuses, bills = _told("x12", "hold")
    assert [status.bill for status in statuses] == [bills[0][9:59].strip()]
    assert held.count(b"*1H*") == 1
    released, statuses, _ = _told("x12", "release")
    assert len(statuses) == len(bills) > 1
    assert released.count(b"*1C*") == len(bills)


def test_codes_of_a_350_mean_what_its_mapping_says():
    """The table by which a code is known as a 350's own has the meanings of the mapping."""
    own = TABLES.specs.ack_codes("x12_350_own")
    rows = [row for _, row in read_csv(data_root() / "mappings" / "codes" / "x12_35.csv")]
    meanings: dict[str, str] = {}
    for row in rows:
        if row["use"] in {"", "read"}:
            meanings.setdefault(row["code"], row["means"])
    assert own == meanings
