"""The WCO tables at work: declarations and responses to entries and back, alone and to other formats."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

import pytest

from gateway.entry import entry_of, plain_of
from gateway.finding import Severity, no_errors
from gateway.flow.decide import dispositions
from gateway.flow.translate import load_tables, outgoing, outgoing_many, take
from gateway.formats.wco.format import FORMAT
from gateway.mapping import coverage, write
from gateway.specs import Limits, data_root
from gateway.tree import Envelope, walk

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.flow.translate import Taken

FOLDER = data_root() / "fixtures" / "wco"
FILES = [file for file in sorted(FOLDER.glob("[DR]E?/*.xml")) if file.stem != "items-999"]
ENVELOPE = Envelope(
    sender="A",
    receiver="B",
    control=7,
    at="2026-03-01T09:30:00Z",
    options={"filer": "XYA", "site": "2704", "port": "2704"},
)
# An air waybill is a simple bill to the entry, which is written as a bill of lading.
NEAR = {"740": "705"}


def taken(file: Path) -> Taken:
    """Read and map a fixture."""
    return take(file.read_bytes(), load_tables(), Limits())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_leaf_is_mapped_or_ignored_with_a_reason(file: Path) -> None:
    """No leaf of a fixture is left over, and the mapping has nothing to say against it."""
    result = taken(file)
    assert no_errors(result.findings)
    for one in result.translations:
        assert [leaf.address for leaf in one.unmapped] == []
        assert all(row.why for row in one.coverage if row.category == coverage.IGNORED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_entry_alone_gives_the_message_again(file: Path) -> None:
    """Written from the entry without anything kept, a message is valid and has all that was mapped."""
    result = taken(file)
    message = result.translations[0].transaction.message
    sent = outgoing_many(
        [one.entry for one in result.translations], f"wco/{message}", ENVELOPE, load_tables()
    )
    assert no_errors(sent.findings), sent.findings[:3]
    assert sent.unwritten == ()
    again = FORMAT.read(sent.data, load_tables().specs, Limits())
    for one, transaction in zip(result.translations, again.transactions, strict=True):
        written = {leaf.address: leaf.text for leaf in walk(transaction.root, "")}
        there = {row.leaf.address: NEAR.get(row.leaf.text, row.leaf.text) for row in one.coverage}
        ignored = {row.leaf.address for row in one.coverage if row.category == coverage.IGNORED}
        assert {
            address: text for address, text in there.items() if address not in ignored
        }.items() <= written.items()
        assert written.items() <= there.items()


def test_plain_fixtures_are_the_same_bytes() -> None:
    """Fixtures without anything ignored come back byte for byte from their entries alone."""
    same = []
    for file in FILES:
        result = taken(file)
        if any(
            row.category == coverage.IGNORED or row.leaf.text in NEAR
            for one in result.translations
            for row in one.coverage
        ):
            continue
        message = result.translations[0].transaction.message
        entries = [one.entry for one in result.translations]
        assert outgoing_many(entries, f"wco/{message}", ENVELOPE, load_tables()).data == file.read_bytes(), (
            file
        )
        same.append(file)
    assert len(same) >= 18


def test_a_declaration_becomes_a_cargo_release() -> None:
    """The ocean declaration is a cargo release of its bills and lines, each value with its bytes in the declaration."""
    file = FOLDER / "DEC" / "ocean-import.xml"
    data = file.read_bytes()
    result = taken(file)
    sent = outgoing_many([one.entry for one in result.translations], "catair/SE", ENVELOPE, load_tables())
    records = sent.data.decode("ascii").replace("\r", "").replace("\n", "")
    assert len(records) % 80 == 0
    found = [records[at : at + 80] for at in range(0, len(records), 80)]
    assert any(record.startswith("SE10AXYA  10000011 01") for record in found)
    assert sum(record.startswith("SE15M") for record in found) == 2
    assert sum(record.startswith("SE60") for record in found) == 3
    sources = {
        origin.path: leaf for one in result.translations for origin in one.lineage for leaf in origin.leaves
    }
    checked = 0
    for placed in sent.placed:
        leaf = sources.get(placed.path)
        if leaf is not None and leaf.span is not None:
            assert unescape(data[leaf.span.start : leaf.span.end].decode()) == leaf.text
            checked += 1
    assert checked > 30


@pytest.mark.parametrize(
    ("name", "meanings"),
    [
        ("accepted", ["accepted"]),
        ("rejected", ["rejected", "", "", "", ""]),
        ("cleared", ["cleared", ""]),
        ("released", ["release"]),
        ("controlled", ["exam"]),
        ("cancelled", ["cancelled"]),
    ],
)
def test_a_response_says_its_verdict(name: str, meanings: list[str]) -> None:
    """FunctionCode gives the meaning of a Response; Errors and Statuses stand behind it with their codes."""
    result = taken(FOLDER / "RES" / f"{name}.xml")
    said = dispositions(result.translations[0].entry)
    assert [one.meaning for one in said] == meanings
    assert all(one.code for one in said)


def test_an_unpadded_nine_is_no_clearance() -> None:
    """A FunctionCode 9 is kept as it is and has no meaning."""
    data = (FOLDER / "RES" / "cleared.xml").read_bytes().replace(b">09<", b">9<")
    result = take(data, load_tables(), Limits())
    assert not [finding for finding in result.findings if finding.severity is Severity.ERROR]
    status = result.translations[0].entry.statuses[0]
    assert (status.code, status.meaning) == ("9", None)


@pytest.mark.parametrize("role", ["importer", "buyer", "exporter", "declarant"])
def test_a_party_of_two_numbers_is_written_with_one(role: str) -> None:
    """A class has one ID: the first number that the table knows goes there, the other is told as left over."""
    numbers = [
        {"scheme": "irs", "value": "36-441027500"},
        {"scheme": "eori", "value": "GB314159265358"},
    ]
    entry, misfits = entry_of({"kind": "IMA", "filing": {"action": "add"}, role: {"identifiers": numbers}})
    assert misfits == []
    sent = outgoing(entry, "wco/DEC", ENVELOPE, load_tables())
    assert [one.code for one in sent.findings if one.severity is Severity.ERROR] == []
    assert sent.data.count(b"<ID") == 1
    assert b">GB314159265358</ID>" in sent.data
    assert sent.unwritten == (f"{role}.identifiers[0].scheme", f"{role}.identifiers[0].value")


def test_a_second_number_never_pushes_out_the_one_that_was_sent() -> None:
    """In a declaration that is written back the sender's own ID stays, with its scheme."""
    file = FOLDER / "DEC" / "ocean-import.xml"
    (translation,) = taken(file).translations
    importer = translation.entry.importer
    assert importer is not None
    plain = plain_of(translation.entry)
    plain["importer"]["identifiers"].append({"scheme": "eori", "value": "GB314159265358"})
    written = write(translation.mapping, plain, translation.residue)
    ids = [
        (leaf.address, leaf.text)
        for leaf in walk(written.root, "")
        if leaf.address.startswith("GoodsShipment/Importer/ID")
    ]
    assert [text for _, text in ids] == ["12-345678900", "irs"]
    assert "importer.identifiers[1].value" in written.unwritten
