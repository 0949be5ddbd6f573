"""PG00: groups of agency records written once, put in where a message set names them."""

from __future__ import annotations

from gateway.formats.catair.substitution import expanded
from gateway.tree import walk
from tests.formats.catair.support import case, change, errors, read, records

TEXT = case("AE/epa-substitution.txt")


def test_a_reference_is_replaced_by_the_records_of_its_group():
    """The expanded tree has the party of the group where PG00 R stood, with the spans of the group."""
    root = read(TEXT).transactions[0].root
    before = [
        leaf.address for leaf in walk(root, ":") if "40/50/OI" in leaf.address and "PG19" in leaf.address
    ]
    after = [
        leaf for leaf in walk(expanded(root), ":") if "40/50/OI" in leaf.address and "PG19" in leaf.address
    ]
    assert before == []
    assert {"KITAHAMA OPTICAL WORKS KK", "OSAKA"} <= {leaf.text for leaf in after}
    for leaf in after:
        assert leaf.span is not None
        assert TEXT[leaf.span.start : leaf.span.end] == leaf.text
    assert not any(leaf.address.endswith("PG02/PG00:5") for leaf in walk(expanded(root), ":"))


def test_the_tree_that_was_read_stays_as_it_was():
    """Expanding makes a copy; what was read is still what was sent."""
    found = read(TEXT)
    expanded(found.transactions[0].root)
    assert any(leaf.text == "R" for leaf in walk(found.transactions[0].root, ":"))


def test_a_reference_needs_its_group():
    """A number that no group before it has is an error, and the reference stays in the expanded tree."""
    text = change(TEXT, "PG00R", 6, "0007")
    found = read(text)
    assert errors(found) == ["catair.AE.v109/PG00:6-9/substitution/unknown"]
    assert any(leaf.text == "R" for leaf in walk(expanded(found.transactions[0].root), ":"))


def test_groups_rise():
    """A second group with the same number is an error."""
    rows = records(TEXT)
    first = next(index for index, row in enumerate(rows) if row.startswith("PG00S"))
    last = next(index for index, row in enumerate(rows) if row.startswith("PG00E"))
    text = "".join([*rows[: last + 1], *rows[first : last + 1], *rows[last + 1 :]])
    assert errors(read(text)) == ["catair.AE.v109/PG00:6-9/substitution/order"]


def test_a_group_ends():
    """A group without PG00 E lacks a record."""
    text = "".join(row for row in records(TEXT) if not row.startswith("PG00E"))
    assert "catair.AE.v109/PG00/record/missing" in errors(read(text))
