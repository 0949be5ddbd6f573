"""Entries of EDIFACT messages, and what they become: CATAIR, WCO, JSON, the other directory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from gateway.flow.translate import Taken, load_tables, outgoing, take
from gateway.formats import sniff
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.formats.edifact.support import FIXTURES, found, read

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.flow.translate import Outgoing

ON = date(2026, 11, 2)
ENVELOPE = Envelope(
    sender="GATEWAY", receiver="ACE", control=7, at="2026-11-09T10:00:00+00:00",
    options={"site": "2704", "filer": "Q7Z", "port": "2704", "signature": "X", "surety": "891"},
)  # fmt: skip
FILES = [
    file
    for file in sorted(FIXTURES.glob("*/*.edi"))
    if file.parent.name in {"CUSDEC", "CUSCAR", "CUSREP", "CUSRES"}
]


def taken(name: str) -> Taken:
    """Read and map a fixture."""
    return take((FIXTURES / f"{name}.edi").read_bytes(), load_tables(), Limits(), on=ON)


def sent(name: str, target: str) -> Outgoing:
    """Translate the first message of a fixture to another."""
    return outgoing(taken(name).translations[0].entry, target, ENVELOPE, load_tables(), near=True)


def plain(data: bytes) -> dict[str, object]:
    """Read some bytes of any format to a plain entry."""
    return take(data, load_tables(), Limits(), on=ON).translations[0].plain


@pytest.mark.parametrize("name", ["import-us-truck", "import-us-ocean", "import-us-ocean-d13a"])
@pytest.mark.parametrize("target", ["catair/SE", "catair/AE", "json"])
def test_a_declaration_becomes_a_cargo_release_and_an_entry_summary(name: str, target: str) -> None:
    """SE, AE and JSON written from a CUSDEC read without an error."""
    out = sent(f"CUSDEC/{name}", target)
    assert found_errors(out) == []
    form = sniff(out.data)
    assert form is not None
    assert form.name == target.partition("/")[0]


@pytest.mark.parametrize("name", ["import-us-truck", "import-eu-ocean", "export-air-d13a", "groups"])
def test_a_declaration_becomes_a_wco_declaration(name: str) -> None:
    """A DEC written from a CUSDEC reads without an error, and has its number, goods and parties."""
    out = sent(f"CUSDEC/{name}", "wco/DEC")
    assert found_errors(out) == []
    ours, theirs = taken(f"CUSDEC/{name}").translations[0].plain, plain(out.data)
    for field in ("number", "importer", "exporter", "seller"):
        assert bool(ours.get(field)) == bool(theirs.get(field)), field
    assert [line["tariffs"][0]["number"] for line in theirs["lines"]] == [  # type: ignore[attr-defined,index]
        line["tariffs"][0]["number"] for line in ours["lines"]
    ]


def found_errors(out: Outgoing) -> list[str]:
    """List the codes of errors in what goes out."""
    return [one.code for one in out.findings if one.severity.value == "error"]


def test_the_same_values_go_to_cargo_release() -> None:
    """Entry number, filer, importer, bill, goods, value and origin of the CUSDEC stand in the SE."""
    ours = taken("CUSDEC/import-us-truck").translations[0].entry
    back = plain(sent("CUSDEC/import-us-truck", "catair/SE").data)
    assert back["number"] == ours.number == "Q7Z01045119"
    assert back["importer"]["identifiers"] == [{"scheme": "irs", "value": "12-3456789AB"}]  # type: ignore[index]
    assert back["bills"][0]["number"] == "600822199A"  # type: ignore[index]
    (line,) = back["lines"]  # type: ignore[misc]
    assert line["tariffs"][0]["number"] == "7219130051"
    assert line["tariffs"][0]["value"] == {"amount": "9600", "currency": "USD"}
    assert line["origin"] == {"country": "MX"}


def test_a_cargo_release_becomes_a_declaration() -> None:
    """The way back: a CUSDEC written from an SE reads without an error in both directories."""
    tables = load_tables()
    data = (FIXTURES.parent / "catair" / "SE" / "master-house.txt").read_bytes()
    entry = take(data, tables, Limits(), on=ON).translations[0].entry
    for target in ("edifact/CUSDEC", "edifact/CUSDEC/D13A"):
        out = outgoing(entry, target, ENVELOPE, tables, near=True)
        assert found_errors(out) == []
        assert plain(out.data)["number"] == entry.number


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_entry_says_the_same_written_anew(file: Path) -> None:
    """Written as a new message of its own directory and read again, an entry says all that it said."""
    tables = load_tables()
    for one in take(file.read_bytes(), tables, Limits(), on=ON).translations:
        spec = one.mapping.spec
        out = outgoing(one.entry, f"edifact/{spec.message}/{spec.version}", ENVELOPE, tables, near=True)
        assert found_errors(out) == []
        assert out.unwritten == ()
        assert within(one.plain, take(out.data, tables, Limits(), on=ON).translations[0].plain)


def within(said: object, again: object) -> bool:
    """Tell whether everything that an entry says is said again; a count may have been added on the way."""
    if isinstance(said, dict) and isinstance(again, dict):
        return all(key in again and within(value, again[key]) for key, value in said.items())
    if isinstance(said, list) and isinstance(again, list):
        return len(said) == len(again) and all(map(within, said, again))
    return said == again


def test_both_directories_say_the_same() -> None:
    """The same declaration in D.96B and D.13A is the same entry, its own numbers apart."""
    old = taken("CUSDEC/import-us-ocean").translations[0].plain
    new = taken("CUSDEC/import-us-ocean-d13a").translations[0].plain
    for one in (old, new):
        one.pop("number")
        one["filing"] = {**one["filing"], "local_reference": ""}
    assert new == old


def test_a_decimal_comma_is_a_number_all_the_same() -> None:
    """12480,75 is 12480.75 in the entry, and goes out as the envelope's own decimal mark has it."""
    one, tables = taken("CUSDEC/import-decimal-comma").translations[0], load_tables()
    price = {"amount": "12480.75", "currency": "EUR"}
    assert price in [line["price"] for line in one.plain["lines"]]
    for mark, other in ((",", "."), (".", ",")):
        envelope = replace(ENVELOPE, options={**ENVELOPE.options, "mark": mark})
        out = outgoing(one.entry, "edifact/CUSDEC/D96B", envelope, tables, near=True)
        assert found_errors(out) == []
        assert f":12480{mark}75:EUR'".encode() in out.data
        assert f":12480{other}75:EUR'".encode() not in out.data
        assert price in [line["price"] for line in plain(out.data)["lines"]]  # type: ignore[attr-defined]


def test_a_manifest_has_bills_equipment_and_parties() -> None:
    """Each bill knows its containers through its goods, each container its seals."""
    entry = taken("CUSCAR/ocean-us").translations[0].entry
    assert [bill.number for bill in entry.bills] == ["SHA26118044", "SHA26118051"]
    assert [one.number for one in entry.equipment] == ["LKFU7712049", "QTZU4401283"]
    assert [seal.number for one in entry.equipment for seal in one.seals] == ["SL998877", "SL998878"]
    assert [(line.bills, line.equipment) for line in entry.lines] == [
        (("SHA26118044",), ("LKFU7712049",)), (("SHA26118051",), ("QTZU4401283",)),
    ]  # fmt: skip
    first = entry.bills[0]
    assert first.shipper is not None
    assert first.consignee is not None
    assert first.consignee.name == "BRIAR AND WREN HOUSEWARES INC"
    assert [party.name for party in first.notify] == ["QUAYLINE CUSTOMS BROKERS INC"]


def test_an_answer_has_statuses_errors_and_duties() -> None:
    """A CUSRES is read into statuses, each with its list, and what is to be paid."""
    refused = taken("CUSRES/rejected").translations[0].entry
    assert [(one.list, one.code, one.meaning) for one in refused.statuses] == [
        ("answer", "96327", "rejected"), ("indicator", "2", "rejected"),
        ("error", "E1210", None), ("item-error", "E3301", None),
    ]  # fmt: skip
    assert refused.statuses[-1].pointers[0].sequence == 1
    paid = taken("CUSRES/released").translations[0].entry
    assert paid.totals is not None
    assert [str(one.amount.amount) for one in paid.totals.levies if one.amount] == ["2023.89", "5990.71"]


def test_the_fixtures_are_without_findings() -> None:
    """No good file has so much as a warning from the grammar."""
    for file in FILES:
        assert [one.code for one in read(file.read_bytes()).all_findings()] == [], file.name
    assert found(read(FILES[0].read_bytes())) == []
