"""The CATAIR tables load, cover every column and agree with each other."""

from __future__ import annotations

import pytest

from gateway.specs import SpecError, Specs
from gateway.specs.catair import CatairSpec, applications, envelope
from gateway.specs.catair_structure import load_structure

SPECS = Specs()
MESSAGES = sorted(SPECS.versions("catair"))


def spec_of(message: str) -> CatairSpec:
    """Load the newest version of a message."""
    found = SPECS.message("catair", message, SPECS.versions("catair")[message][-1])
    assert isinstance(found, CatairSpec)
    return found


@pytest.mark.parametrize("message", MESSAGES)
def test_layouts_cover_the_record(message):
    """Every layout covers columns 1 to 80 once and begins with its record id."""
    for record in spec_of(message).records.values():
        for _, layout in record.layouts:
            columns = [column for field in layout.fields for column in range(field.start, field.end + 1)]
            assert columns == list(range(1, 81))
            told = "".join(field.constant for field in layout.fields if field.end <= len(layout.wire))
            assert told == layout.wire


@pytest.mark.parametrize("message", MESSAGES)
def test_every_record_of_a_structure_has_leaves(message):
    """Every part of the tree is a loop with a leader or a record with leaves."""
    for address, part in spec_of(message).root.walk():
        if part.loop:
            assert part.leader is not None, address
            assert part.leader.name == part.name
        else:
            assert part.leaves, address
            assert all(leaf.length_max for leaf in part.leaves.values())


def test_the_envelope_has_four_records_each_way():
    """A, B, Y and Z have layouts for both directions."""
    for direction in ("in", "out"):
        assert {"A", "B", "Y", "Z"} <= set(envelope(SPECS.root, direction))


def test_answers_are_applications():
    """The answer of every application is an application of the other direction."""
    known = applications(SPECS.root)
    for each in known.values():
        if each.answer:
            assert known[each.answer].direction == "out"


def test_record_ids_are_told_apart_by_the_application():
    """SE60 is a tariff line in cargo release and a sanctions flag in the summary."""
    assert "5-14" in spec_of("SE").records["SE60"].leaves()
    assert "5" in spec_of("AE").records["SE60"].leaves()


def test_a_variant_has_its_own_columns():
    """Record 54 of type 05 has a group name where type 01 has a yes or no."""
    record = spec_of("AE").records["54"]
    assert "5" in record.choose("5401Y").by_key
    assert "5-14" in record.choose("5405XXXXXXXXXX").by_key


def test_the_version_in_an_agency_status_chooses_its_columns():
    """SO70 of version 04 has lines of three digits, what was sent before has four."""
    record = spec_of("SO").records["SO70"]
    new, old = record.choose("SO70".ljust(78) + "04"), record.choose("SO70".ljust(78) + "03")
    assert {"57-59", "60-61"} <= set(new.by_key)
    assert {"57-60", "61"} <= set(old.by_key)
    assert record.choose("SO70".ljust(80)) is old


def test_a_number_of_several_kinds_says_its_kind_in_the_key():
    """The importer of a summary is an employer, social security or CBP-assigned number by its shape."""
    field = spec_of("AE").records["11"].layout.by_key["3-14"]
    shapes = ["12-3456789", "123-45-6789", "262704-00001", "WHAT"]
    assert [field.leaf_key(text) for text in shapes] == ["3-14#irs", "3-14#ssn", "3-14#cbp", "3-14"]


def test_an_unknown_version_has_no_table():
    """A version that is not written down gives nothing rather than another version."""
    assert SPECS.message("catair", "SE", "v39") is None
    assert SPECS.message("catair", "ZZ", "v1") is None


def test_a_wrong_structure_names_file_and_line(tmp_path):
    """A row that is no row stops loading with the file and the line."""
    (tmp_path / "XX.v1.txt").write_text("SE10  M  1\nSE11  Q  1\n")
    with pytest.raises(SpecError, match=r"XX\.v1\.txt:2:"):
        load_structure(tmp_path, "XX.v1")
