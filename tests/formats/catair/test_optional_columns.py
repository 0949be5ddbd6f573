"""Columns that few filings use: written from an entry, read back as the same, with nothing left over."""

from __future__ import annotations

import json

import pytest

from gateway.flow.translate import load_tables, outgoing_plain, take
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.formats.catair.support import FIXTURES, errors, read, records

TABLES = load_tables()
ENTRIES = FIXTURES.parent / "json" / "entry"


def there_and_back(name, target, change):
    """Write a changed entry and read it; gives its records and the entry that they make."""
    plain = json.loads((ENTRIES / f"{name}.json").read_bytes())
    change(plain)
    (first,) = take(json.dumps(plain).encode(), TABLES, Limits()).translations
    envelope = Envelope(sender="2704Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")
    sent = outgoing_plain((first.plain,), f"catair/{target}", envelope, TABLES)
    assert errors(read(sent.data)) == []
    (again,) = take(sent.data, TABLES, Limits()).translations
    assert [leaf.address for leaf in again.unmapped] == []
    assert outgoing_plain((again.plain,), f"catair/{target}", envelope, TABLES).data == sent.data
    return records(sent.data), json.loads(json.dumps(again.plain, default=str))


def product_of(plain):
    """Give the product of the first agency line of a plain entry."""
    return plain["lines"][0]["tariffs"][0]["agencies"][0]["products"][0]


ITEMS = [
    ("PG22", {"record": "document", "value": "944", "role": "2B", "entity": "IM", "declaration": "EP1",
              "certified": True, "signed": True, "dated": "2026-11-24", "invoice": "KOW-2026-118",
              "text": "CLASS 3"}),
    ("PG27", {"record": "container", "value": "ABCU2704419", "role": "1", "length": 40,
              "beside": [{"number": "ABCU2704424", "role": "2", "length": 20},
                         {"number": "ABCU2704430", "role": "2", "length": 45}]}),
    ("PG29", {"record": "quantity", "quantity": {"value": "3000.00", "unit": "KGM"},
              "gross": {"value": "3200.00", "unit": "KGM"}, "unit_net": {"value": "20.00", "unit": "KGM"},
              "unit_gross": {"value": "21.33", "unit": "KGM"}}),
    ("PG28", {"record": "can", "dimensions": ["0211", "0400", "0308"], "role": "ABCU", "value": "1Z999AA1"}),
    ("PG60", {"record": "identity", "text": "KITAHAMA", "value": "X-7",
              "additions": [{"record": "identity", "kind": "TBN", "text": "CLEARVIEW"}]}),
    ("PG24", {"record": "document", "value": "944", "role": "2B", "entity": "IM",
              "items": [{"record": "remark", "role": "GEN", "value": "A1", "text": "SIGNED IN OSAKA"}]}),
    ("PG55", {"record": "document", "value": "944", "role": "2B", "entity": "IM", "items": [
        {"record": "contact", "contact": {
            "name": "ROSA LINDQVIST", "role": "CI", "phone": "5625550144", "roles": ["IM", "UC"],
            "additions": [{"record": "remark", "kind": "GEN", "text": "MORNINGS"},
                          {"record": "contact", "kind": "TEL", "text": "EXT 12"}]}}]}),
    ("PG20", {"record": "document", "value": "944", "role": "2B", "entity": "IM", "items": [
        {"record": "party", "party": {
            "name": "MERIDIAN LENS SUPPLY INC", "role": "delivered-to", "roles": ["IM"],
            "address": {"lines": ["88 HARBOR WAY"], "city": "LONG BEACH", "country": "US"},
            "additions": [{"record": "party", "kind": "ENA", "text": "OF LONG BEACH"},
                          {"record": "address", "kind": "AD3", "text": "BUILDING 7"}]}}]}),
    ("PG34", {"record": "inspection", "role": "R", "dated": "2026-12-01", "items": [
        {"record": "party", "party": {"name": "JONAS HALVORSEN", "role": "delivered-to", "additions": [
            {"record": "travel-document", "kind": "1", "country": "NO", "text": "N1234567"}]}}]}),
    ("PG21", {"record": "inspection", "role": "R", "dated": "2026-12-01", "items": [
        {"record": "contact", "contact": {"name": "ROSA LINDQVIST", "phone": "5625550144"}}]}),
]  # fmt: skip


@pytest.mark.parametrize("target", ["AE", "SE"])
@pytest.mark.parametrize(("record", "item"), ITEMS, ids=[name for name, _ in ITEMS])
def test_what_an_agency_is_told_goes_through_every_column(record, item, target):
    """Each field of an item has its columns, in a summary and in a release."""

    def change(plain):
        product_of(plain)["items"] = [item]

    rows, again = there_and_back("epa", target, change)
    assert any(row.startswith(record) for row in rows)
    assert product_of(again)["items"] == [item]


GROUP = {
    "record": "group",
    "items": [
        {"record": "scientific-name", "text": "THUNNUS", "value": "ALBACARES"},
        {"record": "source", "role": "262", "place": {"scheme": "country", "code": "JP"}},
        {"record": "document", "value": "944", "role": "2B"},
        {"record": "quantity", "quantity": {"value": "3000.00", "unit": "KGM"}},
        {"record": "route", "role": "1", "place": {"scheme": "country", "code": "JP", "name": "JAPAN"}},
        {"record": "permit", "permit": {"kind": "prior-notice", "number": "LIC-77"}},
        {"record": "party", "party": {"name": "MERIDIAN LENS SUPPLY INC", "role": "delivered-to"}},
    ],
}


@pytest.mark.parametrize("target", ["AE", "SE"])
def test_what_belongs_together_stands_between_pg50_and_pg51(target):
    """Two groups of an agency keep their records apart, and each opens and closes."""
    groups = [
        GROUP,
        {
            "record": "group",
            "items": [{"record": "source", "role": "262", "place": {"scheme": "country", "code": "TH"}}],
        },
    ]

    def change(plain):
        product_of(plain)["items"] = groups

    rows, again = there_and_back("epa", target, change)
    assert [row[:4] for row in rows if row.startswith(("PG50", "PG51"))] == ["PG50", "PG51"] * 2
    assert product_of(again)["items"] == groups


@pytest.mark.parametrize("target", ["AE", "SE"])
def test_a_party_of_an_agency_has_a_passport_and_its_person_a_role_and_a_remark(target):
    """PG34 stands under its PG19, PG24 under the PG21 of the person, whose role is in PG21."""
    party = {
        "name": "JONAS HALVORSEN", "role": "delivered-to", "contact_role": "CI",
        "contact": {"name": "ROSA LINDQVIST"},
        "additions": [
            {"record": "remark", "kind": "GEN", "value": "A1", "text": "MORNINGS"},
            {"record": "travel-document", "kind": "1", "country": "NO", "text": "N1234567"},
        ],
    }  # fmt: skip

    def change(plain):
        product_of(plain)["items"] = [{"record": "party", "party": party}]

    _, again = there_and_back("epa", target, change)
    assert product_of(again)["items"] == [{"record": "party", "party": party}]


@pytest.mark.parametrize("target", ["AE", "SE"])
@pytest.mark.parametrize("contact", [None, {"name": "ROSA LINDQVIST", "phone": "5625550144"}])
def test_the_further_roles_and_additions_of_a_party_keep_their_place(target, contact):
    """PG55 and PG60 follow the record that they add to: the party, its address or its contact."""
    roles = ["IM", "CN", "FD1", "UC", "BY", "SE", "DP", "LG", "ST", "PK"]
    party = {"name": "MERIDIAN LENS SUPPLY INC", "role": "delivered-to", "address": {"lines": ["88 HARBOR WAY"],
             "city": "LONG BEACH", "country": "US"}}  # fmt: skip
    additions = [
        {"record": "party", "kind": "ENA", "text": "OF LONG BEACH AND SAN PEDRO"},
        {"record": "address", "kind": "AD3", "text": "BUILDING 7"},
    ]
    if contact is None:
        party |= {"roles": roles, "additions": additions[:1]}
    else:
        additions.append({"record": "contact", "kind": "TEL", "text": "EXT 12"})
        party |= {"contact": contact, "contact_roles": roles, "additions": additions}

    def change(plain):
        product_of(plain)["items"] = [{"record": "party", "party": party}]

    _, again = there_and_back("epa", target, change)
    if contact is None:
        # A record belongs to the nearest one above: roles after an address are still the party's.
        assert product_of(again)["items"][0]["party"]["roles"] == roles
    assert product_of(again)["items"] == [{"record": "party", "party": party}]


def test_four_ranges_of_invoice_lines_stand_beside_each_other():
    """AE 42 has room for four ranges; an entry holds them as first and last line."""

    def change(plain):
        plain["filing"]["electronic_invoice"] = True
        plain["lines"][0] |= {"invoice": "KOW-2026-118", "invoice_line": "00010003"}
        supplier = {"role": "supplier", "identifiers": [{"scheme": "mid", "value": "JPKITOPT4OSA"}]}
        plain["lines"][0]["parties"].append(supplier)
        plain["lines"][0]["invoice_more"] = ["00050005", "00070009", "00120020"]

    rows, again = there_and_back("epa", "AE", change)
    (row,) = [row for row in rows if row.startswith("42")]
    assert row[35:74] == "0001 0003 0005 0005 0007 0009 0012 0020"[:39]
    assert again["lines"][0]["invoice_more"] == ["00050005", "00070009", "00120020"]


def test_a_line_may_have_several_invoices():
    """Each AE 42 is an invoice with its ranges, its ruling and its words; the first is the line's own."""
    further = [
        {"supplier": "JPKITOPT4OSA", "number": "KOW-2026-119", "ranges": ["00010003", "00050005"],
         "descriptions": ["LENS CLEANER", "IN CANS"], "ruling": "123456", "ruling_kind": "binding-ruling"},
        *({"supplier": "JPKITOPT4OSA", "number": f"KOW-2026-{turn}", "ranges": ["00010001"],
           "descriptions": [f"PIECE {piece}" for piece in range(7)]} for turn in range(120, 132)),
    ]  # fmt: skip

    def change(plain):
        plain["filing"]["electronic_invoice"] = True
        plain["lines"][0] |= {"invoice": "KOW-2026-118", "invoice_line": "00010003"}
        supplier = {"role": "supplier", "identifiers": [{"scheme": "mid", "value": "JPKITOPT4OSA"}]}
        plain["lines"][0]["parties"].append(supplier)
        plain["lines"][0]["further_invoices"] = further

    rows, again = there_and_back("epa", "AE", change)
    assert [row[17:34].strip() for row in rows if row.startswith("42")] == [
        f"KOW-2026-{turn}" for turn in range(118, 132)
    ]
    assert again["lines"][0]["invoice"] == "KOW-2026-118"
    assert again["lines"][0]["further_invoices"] == further


def test_the_words_and_the_ruling_of_the_first_invoice_are_the_line_s():
    """What stands under the first 42 is read as the line's own, and goes back to its place."""

    def change(plain):
        plain["filing"]["electronic_invoice"] = True
        plain["lines"][0] |= {"invoice": "KOW-2026-118", "invoice_line": "00010003"}
        supplier = {"role": "supplier", "identifiers": [{"scheme": "mid", "value": "JPKITOPT4OSA"}]}
        plain["lines"][0]["parties"].append(supplier)

    rows, _ = there_and_back("epa", "AE", change)
    at = next(turn for turn, row in enumerate(rows) if row.startswith("42")) + 1
    rest = [row for row in rows[at:] if not row.startswith(("43", "44"))]
    below = [f"{row:80}" for row in ("43R     123456", "44LENS CLEANER", "44IN CANS")]
    data = "".join([*rows[:at], *below, *rest]).encode()
    taken = take(data, TABLES, Limits())
    assert errors(taken.interchange) == []
    (again,) = taken.translations
    assert [leaf.address for leaf in again.unmapped] == []
    line = again.entry.lines[0]
    assert (line.description, line.descriptions) == ("LENS CLEANER", ("IN CANS",))
    assert [(one.kind, one.number) for one in line.permits] == [("binding-ruling", "123456")]


def test_what_kind_of_party_it_is_goes_on_in_further_records():
    """SE32 and SE52 take 75 characters each, in the order of their numbers."""
    words = ["MAKER OF LENSES AND OF THE LIQUIDS WITH WHICH THEY ARE CLEANED", "SINCE 1921, IN OSAKA"]
    words += [f"PIECE {turn}" for turn in range(3, 10)]

    def change(plain):
        plain["filing"]["certify_release"] = True
        plain["seller"]["description"] = words
        plain["lines"][0]["parties"][0]["description"] = words

    rows, again = there_and_back("epa", "AE", change)
    numbers = [row[:5] for row in rows if row.startswith(("SE32", "SE52"))]
    assert numbers == [f"SE{record}{turn}" for record in (32, 52) for turn in range(1, 10)]
    assert again["seller"]["description"] == words
    assert (
        next(one for one in again["lines"][0]["parties"] if one["role"] == "manufacturer")["description"]
        == words
    )


def test_dangerous_goods_of_an_in_bond_movement_are_told():
    """QP75 has the good, QP76 what more there is to say; from the entry alone come the same records."""
    good = "75UN1263    3   IPAINT                         8005550199              005CEY"
    more = "76PAINT RELATED MATERIAL       FLAMMABLE LIQUID"
    data = (FIXTURES / "QP" / "long-truck.txt").read_bytes()
    at = data.index(b"72BRAVO") + 80
    data = data[:at] + f"{good:80}{more:80}".encode() + data[at:]
    data = data.replace(b"QP00016", b"QP00018")
    assert errors(read(data)) == []
    (first,) = take(data, TABLES, Limits()).translations
    assert [leaf.address for leaf in first.unmapped] == []
    (dangerous,) = first.entry.lines[0].dangerous
    assert (dangerous.number, dangerous.flashpoint_below_zero) == ("UN1263", True)
    envelope = Envelope(sender="2704Q7Z", receiver="CBP", control=1, at="2026-11-25T10:00:00Z")
    sent = outgoing_plain((first.plain,), "catair/QP", envelope, TABLES)
    rows = [row.rstrip() for row in records(sent.data)]
    assert rows[rows.index(good) + 1] == more
    assert rows[2:-2] == [row.rstrip() for row in records(data)][2:-2]


def test_a_security_filing_goes_with_a_release():
    """SF10 to SF36 are part of the entry: header, references, containers, parties with their addresses."""
    security = {
        "shipment": "01", "action": "A", "reason": "CT", "importer": {"scheme": "EI", "value": "12-3456789"},
        "mode": "11", "carrier": "ABCU", "references": [{"kind": "CR", "value": "GW61"}],
        "equipment": [{"kind": "CN", "initial": "ABCU", "number": 270441, "check_digit": "9", "size": "4500"}],
        "parties": [
            {"name": "KITAHAMA OPTICAL WORKS KK", "role": "MF", "names": [{"kind": "DH", "value": "OSAKA PLANT"}],
             "address": {"lines": ["4 CHOME KITAHAMA"], "city": "OSAKA", "postcode": "5410041", "country": "JP"}},
            {"identifiers": [{"scheme": "EI", "value": "12-3456789"}], "role": "CN"},
        ],
    }  # fmt: skip

    def change(plain):
        plain["security"] = security

    rows, again = there_and_back("epa", "SE", change)
    assert [row[:4] for row in rows if row.startswith("SF")] == [
        "SF10", "SF20", "SF25", "SF30", "SF31", "SF35", "SF36", "SF30",
    ]  # fmt: skip
    assert again["security"] == security
