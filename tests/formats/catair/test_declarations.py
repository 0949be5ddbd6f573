"""Which filings a WCO declaration can hold: the table in `docs/integrators.md`, held to the truth."""

from __future__ import annotations

import re

import pytest

from gateway.flow.translate import outgoing_many, take
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.formats.catair.support import FIXTURES
from tests.formats.catair.test_golden import CASES, TABLES

DOCS = FIXTURES.parents[1] / "docs" / "integrators.md"
ROW = re.compile(
    r"^\| (?P<case>[^|]+) \| `(?P<source>[a-z0-9_]+)` \| (?P<fields>(?:`[^`|]+`(?:, )?)+) \|$", re.MULTILINE
)
ROWS = {
    row["source"]: row["fields"].replace("`", "").split(", ") for row in ROW.finditer(DOCS.read_text("utf-8"))
}


def unwritten(source):
    """Give the fields of a JSON entry that a declaration has no place for, without turns."""
    taken = take((FIXTURES.parent / "json" / "entry" / f"{source}.json").read_bytes(), TABLES, Limits())
    envelope = Envelope(sender="GATEWAY", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")
    sent = outgoing_many([one.entry for one in taken.translations], "wco/DEC", envelope, TABLES)
    return {re.sub(r"\[\d*\]", "", path) for path in sent.unwritten}


@pytest.mark.parametrize("source", ROWS)
def test_what_makes_the_case_has_no_place_in_a_declaration(source):
    """Each field that the table names is in the entry, and a declaration cannot say it."""
    fields = unwritten(source)
    for field in ROWS[source]:
        assert any(path == field or path.startswith(f"{field}.") for path in fields), (field, sorted(fields))


def test_every_case_is_in_the_table():
    """Each case that has golden bytes from JSON names what a declaration cannot say of it; three are written all the same."""
    cases = {
        case.source.removeprefix("json/entry/").removesuffix(".json")
        for case in CASES
        if "json/" in case.source
    }
    assert cases - {"in_bond_arrival"} == set(ROWS)
    written = [case.target for case in CASES if case.source.startswith("wco/")]
    assert sorted(written) == ["AE", "AE", "AE", "SE"]
