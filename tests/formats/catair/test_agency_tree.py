"""What agencies are told is a tree in the entry: order and nesting go both ways, byte for byte."""

from __future__ import annotations

import json
from random import Random

import pytest

from gateway.flow.canonical import document, read_document
from gateway.flow.translate import load_tables, outgoing_plain, restore, take
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.formats.catair.agency_sets import agency_set
from tests.formats.catair.support import FIXTURES, case, errors, records

TABLES = load_tables()
ENVELOPE = Envelope(sender="2704Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")
BASES = {"SE": ("v40", "SE/fda-prior-notice.txt"), "AE": ("v109", "AE/fda-summary.txt")}


def with_set(target, made):
    """Put a message set in the place of those of a fixture's first line."""
    rows = records(case(BASES[target][1]))
    at = next(turn for turn, row in enumerate(rows) if row.startswith("OI"))
    end = next(turn for turn in range(at, len(rows)) if not rows[turn].startswith(("OI", "PG")))
    return "".join([*rows[:at], *made, *rows[end:]]).encode(), slice(at, at + len(made))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("target", ["AE", "SE"])
def test_any_set_of_the_grammar_goes_both_ways(target, seed):
    """Nothing is left over; on what was kept and from the entry alone come the same bytes."""
    made = agency_set(target, BASES[target][0], Random(seed))  # noqa: S311 - the same sets each time
    data, place = with_set(target, made)
    taken = take(data, TABLES, Limits())
    assert errors(taken.interchange) == []
    (first,) = taken.translations
    assert first.findings == ()
    assert [leaf.address for leaf in first.unmapped] == []
    kept = read_document(document(taken).encode())
    assert restore(first.mapping, kept.interchange, kept.roots, kept.entries, TABLES).data == data
    sent = outgoing_plain((first.plain,), f"catair/{target}", ENVELOPE, TABLES)
    assert records(sent.data)[place] == made
    (again,) = take(sent.data, TABLES, Limits()).translations
    assert again.plain["lines"] == first.plain["lines"]


def tree_entry():
    """Give the plain entry with an agency tree, and the product of its first agency line."""
    plain = json.loads((FIXTURES.parent / "json" / "entry" / "agency_tree.json").read_bytes())
    return plain, plain["lines"][0]["tariffs"][1]["agencies"][0]["products"][0]


def there_and_back(plain, target="SE"):
    """Write an entry as a message and read it; gives its agency records and the product's items."""
    (first,) = take(json.dumps(plain).encode(), TABLES, Limits()).translations
    sent = outgoing_plain((first.plain,), f"catair/{target}", ENVELOPE, TABLES)
    taken = take(sent.data, TABLES, Limits())
    assert errors(taken.interchange) == []
    (again,) = taken.translations
    assert [leaf.address for leaf in again.unmapped] == []
    rows = [row.rstrip() for row in records(sent.data) if row.startswith(("OI", "PG"))]
    return rows, again.plain["lines"][0]["tariffs"][1]["agencies"][0]["products"][0]["items"]


@pytest.mark.parametrize("target", ["AE", "SE"])
def test_a_set_belongs_to_its_tariff_number(target):
    """What stands below the second number of a line is that number's, with its own description."""
    (first,) = take(case(f"{target}/agency-tree.txt").encode(), TABLES, Limits()).translations
    bare, told = first.plain["lines"][0]["tariffs"]
    assert "agencies" not in bare
    assert told["agency_description"] == "TRIPODS OF ASH AND MAPLE"
    assert [one["agency"] for one in told["agencies"]] == ["APH", "EPA"]


def test_nesting_says_what_belongs_to_what():
    """Names and sources of a constituent are its own, groups stay apart, a component has its own names."""
    (first,) = take(case("SE/agency-tree.txt").encode(), TABLES, Limits()).translations
    lacey = first.entry.lines[0].tariffs[1].agencies[0]
    legs, plate = (item for item in lacey.products[0].items if item.record == "constituent")
    assert [(one.record, one.text or one.place.code) for one in legs.items] == [
        ("scientific-name", "FRAXINUS"), ("source", "DE"), ("source", "PL"),
    ]  # fmt: skip
    assert [[one.record for one in group.items] for group in plate.items] == [
        ["scientific-name", "source"]
    ] * 2
    assert [(one.kind, len(one.items)) for one in lacey.products] == [("product", 11), ("component", 2)]
    path = "lines[0].tariffs[1].agencies[0].products[0].items[2].items[1].items[0].value"
    leaf = first.place(path)
    assert leaf is not None
    assert leaf.text == "SACCHARUM"


def test_what_a_record_before_it_would_take_goes_in_front():
    """An entry may say a party after a document; in the message it would be the document's, so it stands first."""
    plain, product = tree_entry()
    document = {"record": "document", "value": "944", "items": [{"record": "remark", "text": "OURS"}]}
    party = {"record": "party", "party": {"role": "manufacturer", "name": "KITAHAMA"}}
    lot = {"record": "lot", "value": "LOT-1"}
    remark = {"record": "remark", "text": "THE PRODUCT'S"}
    product["items"] = [document, party, lot, remark]
    rows, items = there_and_back(plain)
    assert [row[:4] for row in rows[3:8]] == ["PG19", "PG22", "PG24", "PG25", "PG24"]
    assert items == [party, document, lot, remark]


def test_a_group_that_is_closed_takes_nothing():
    """A name behind PG51 is the product's again, and stays behind the group."""
    plain, product = tree_entry()
    name = {"record": "scientific-name", "text": "ACER"}
    product["items"] = [{"record": "group", "items": [name]}, name]
    rows, items = there_and_back(plain, "AE")
    assert [row[:4] for row in rows[3:7]] == ["PG50", "PG05", "PG51", "PG05"]
    assert items == product["items"]


def test_a_record_that_is_added_to_a_kept_message_finds_its_place():
    """On the message that it was read from a further source of a constituent stands with it, the rest as it was."""
    data = case("SE/agency-tree.txt").encode()
    taken = take(data, TABLES, Limits())
    kept = read_document(document(taken).encode())
    (entry,) = kept.entries
    items = entry["lines"][0]["tariffs"][1]["agencies"][0]["products"][0]["items"]
    items[1]["items"].append(
        {"record": "source", "role": "HRV", "place": {"scheme": "country", "code": "CZ"}}
    )
    sent = restore(taken.translations[0].mapping, kept.interchange, kept.roots, [entry], TABLES)
    before, after = records(data), records(sent.data)
    at = next(turn for turn, row in enumerate(after) if row.startswith("PG06HRVCZ"))
    assert after[at - 1].startswith("PG06HRVPL")
    assert [*after[:at], *after[at + 1 :]] == before


def test_the_tables_of_release_and_summary_have_the_same_blocks():
    """An agency gets the same records with a release and with a summary."""
    blocks = []
    for name in ("SE.v40", "AE.v109"):
        text = (FIXTURES.parents[1] / "mappings" / "catair" / f"{name}.map").read_text(encoding="utf-8")
        parts, lines = text.split("\nblock agency\n")
        blocks.append((parts[parts.index("block agency-contact") :], lines[: lines.index("\n\n")]))
    assert blocks[0] == blocks[1]
