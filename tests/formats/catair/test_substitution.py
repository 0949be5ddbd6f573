"""PG00: groups of agency records written once, put in where a message set names them."""

from __future__ import annotations

from gateway.flow.canonical import document, read_document
from gateway.flow.translate import load_tables, outgoing, restore, take
from gateway.formats.catair.substitution import expanded
from gateway.specs import Limits
from gateway.tree import Envelope, walk
from tests.formats.catair.support import case, change, errors, read, records

TEXT = case("AE/epa-substitution.txt")
TABLES = load_tables()
ENVELOPE = Envelope(sender="2704Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")


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


def test_what_a_group_says_is_in_the_entry_where_it_is_meant():
    """The party of the group is the agency's, its bytes those of the group; nothing of it stays unmapped."""
    data = case("AE/epa-substitution.txt").encode()
    (translation,) = take(data, TABLES, Limits()).translations
    party = translation.entry.lines[0].tariffs[0].agencies[0].products[0].items[0].party
    assert (party.role, party.name) == ("manufacturer", "KITAHAMA OPTICAL WORKS KK")
    leaf = translation.place("lines[0].tariffs[0].agencies[0].products[0].items[0].party.name")
    assert leaf is not None
    assert data[leaf.span.start : leaf.span.end] == b"KITAHAMA OPTICAL WORKS KK"
    assert leaf.address.startswith("PG00/PG19")
    assert not [leaf.address for leaf in translation.unmapped if "PG00" in leaf.address]


def test_a_group_is_written_back_once_and_anew_where_it_is_used():
    """On the kept message the group stays where it was said; a new message says its records in place."""
    data = case("AE/epa-substitution.txt").encode()
    taken = take(data, TABLES, Limits())
    kept = read_document(document(taken).encode())
    (translation,) = taken.translations
    sent = restore(translation.mapping, kept.interchange, kept.roots, kept.entries, TABLES)
    assert sent.data == data
    anew = outgoing(translation.entry, "catair/AE", ENVELOPE, TABLES)
    assert b"PG00" not in anew.data
    assert anew.data.count(b"KITAHAMA OPTICAL WORKS KK") == 1


def test_a_party_that_was_changed_is_written_in_place():
    """Where the entry's party is no longer that of the group it is said by itself."""
    taken = take(case("AE/epa-substitution.txt").encode(), TABLES, Limits())
    kept = read_document(document(taken).encode())
    (entry,) = kept.entries
    product = entry["lines"][0]["tariffs"][0]["agencies"][0]["products"][0]
    product["items"][0]["party"]["name"] = "OTHER WORKS"
    sent = restore(taken.translations[0].mapping, kept.interchange, kept.roots, [entry], TABLES)
    assert b"OTHER WORKS" in sent.data
