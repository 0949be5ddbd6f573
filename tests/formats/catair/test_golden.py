"""Whole filings from other formats to golden bytes, each value traced from source bytes to columns."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from gateway.flow.translate import load_tables, outgoing_many, take
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.formats.catair.support import FIXTURES, errors, read, records

TABLES = load_tables()


class Case(NamedTuple):
    """A source below `fixtures/`, the message it is filed as, the golden message below `fixtures/catair/`."""

    source: str
    target: str
    golden: str


CASES = [
    Case("json/entry/summary_three_lines_mpf_minimum.json", "AE", "three-lines-mpf-minimum"),
    Case("json/entry/summary_informal.json", "AE", "informal"),
    Case("json/entry/summary_antidumping.json", "AE", "antidumping"),
    Case("json/entry/summary_zone.json", "AE", "zone"),
    Case("json/entry/summary_warehouse.json", "AE", "warehouse"),
    Case("json/entry/summary_withdrawal.json", "AE", "withdrawal"),
    Case("json/entry/summary_quota_license.json", "AE", "quota-license"),
    Case("json/entry/summary_certified.json", "AE", "certified"),
    Case("json/entry/summary_set_32_tariffs.json", "AE", "set-32-tariffs"),
    Case("json/entry/summary_consolidated_air.json", "AE", "consolidated-air"),
    Case("json/entry/summary_correction.json", "AE", "correction"),
    Case("json/entry/summary_delete.json", "AE", "delete"),
    Case("json/entry/in_bond_61.json", "QP", "in-bond-61"),
    Case("json/entry/in_bond_arrival.json", "WP", "in-bond-arrival"),
    Case("json/entry/in_bond_61.json", "AE", "after-in-bond-61"),
    Case("json/entry/in_bond_61.json", "SE", "after-in-bond-61"),
    Case("json/entry/fda.json", "SE", "fda-prior-notice"),
    Case("json/entry/summary_fda.json", "AE", "fda-summary"),
    Case("json/entry/epa.json", "SE", "epa-release"),
    Case("json/entry/epa.json", "AE", "epa-summary"),
    Case("json/entry/agency_tree.json", "SE", "agency-tree"),
    Case("json/entry/agency_tree.json", "AE", "agency-tree"),
    Case("wco/DEC/us-consumption.xml", "AE", "from-wco-consumption"),
    Case("wco/DEC/us-consumption.xml", "SE", "from-wco-consumption"),
    Case("wco/DEC/us-informal.xml", "AE", "from-wco-informal"),
    Case("wco/DEC/us-warehouse.xml", "AE", "from-wco-warehouse"),
]


# What a declaration has no place for and the filer's profile has.
PROFILE = {
    "signature": "X",
    "surety": "891",
    "bond_type": "8",
    "contact_name": "Dana Okafor",
    "contact_phone": "3105550100",
}


def filed(case: Case):
    """Read a source and write it as the golden message's batch says."""
    golden = (FIXTURES / case.target / f"{case.golden}.txt").read_bytes()
    first, second = records(golden)[:2]
    taken = take((FIXTURES.parent / case.source).read_bytes(), TABLES, Limits())
    day = first[14:20]
    envelope = Envelope(
        sender=first[1:8],
        receiver="CBP",
        control=1,
        at=f"20{day[4:]}-{day[:2]}-{day[2:4]}T10:00:00Z",
        options={"correlation": second[59:].strip()} | (PROFILE if case.source.startswith("wco") else {}),
    )
    sent = outgoing_many([one.entry for one in taken.translations], f"catair/{case.target}", envelope, TABLES)
    return taken, sent, golden


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}-{case.target}")
def test_a_filing_has_its_golden_bytes(case):
    """A source becomes exactly the message that is on file for it, and that message has no fault."""
    _, sent, golden = filed(case)
    assert records(sent.data) == records(golden)
    assert errors(read(golden)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}-{case.target}")
def test_each_placed_value_is_traced_to_the_bytes_it_came_from(case):
    """What stands in a column came from a path, and that path from bytes of the source that say the same."""
    taken, sent, _ = filed(case)
    data = (FIXTURES.parent / case.source).read_bytes()
    origins = {one.path: one for translation in taken.translations for one in translation.lineage}
    traced = 0
    for placed in sent.placed:
        below = [path for path in origins if path == placed.path or path.startswith(f"{placed.path}.")]
        assert below, placed.path
        for leaf in (leaf for path in below for leaf in origins[path].leaves):
            assert leaf.span is not None
            assert data[leaf.span.start : leaf.span.end], leaf.address
            traced += 1
    assert traced >= len(sent.placed) > 3


def test_totals_that_no_source_gives_are_made():
    """The sources have no totals: fees in all, the least processing fee and the cases are added up here."""
    for case in (case for case in CASES if case.source.startswith("json")):
        source = json.loads((FIXTURES.parent / case.source).read_bytes())
        assert "levies" not in source.get("totals", {})
    _, sent, _ = filed(CASES[0])
    assert any(row.startswith("8949900000003358") for row in records(sent.data))


def test_tariff_numbers_stand_in_the_prescribed_order():
    """Chapter 98, chapter 99, then the goods, in whatever order the entry has them (852)."""
    entry = json.loads((FIXTURES.parent / "json/entry/summary_informal.json").read_bytes())
    entry["lines"][0]["tariffs"] = [
        {"number": "7326908688", "value": {"amount": "2140", "currency": "USD"}},
        {"number": "99030124"},
        {"number": "9802008068"},
    ]
    taken = take(json.dumps(entry).encode(), TABLES, Limits())
    envelope = Envelope(sender="2304Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")
    for target, record in (("catair/AE", "50"), ("catair/SE", "SE60")):
        rows = records(outgoing_many([taken.translations[0].entry], target, envelope, TABLES).data)
        numbers = [row[len(record) :][:10].strip() for row in rows if row.startswith(record)]
        assert [number[:2] for number in numbers] == ["98", "99", "73"], target


def test_a_cancellation_through_json_is_the_same_records():
    """A release's cancellation, written as JSON and filed from that, is the records that are on file for it."""
    golden = (FIXTURES / "SE" / "cancel.txt").read_bytes()
    (read_once,) = take(golden, TABLES, Limits()).translations
    taken = take(json.dumps(read_once.plain, default=str).encode(), TABLES, Limits())
    assert taken.format == "json"
    envelope = Envelope(sender="2704Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")
    sent = outgoing_many([one.entry for one in taken.translations], "catair/SE", envelope, TABLES)
    assert records(sent.data)[2:-2] == records(golden)[2:-2]
