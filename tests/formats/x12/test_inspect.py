"""A manifest as a broker reads it: names, meanings, dates and amounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.cli import main
from gateway.specs.x12_tables import meanings
from tests.formats.x12.support import FIXTURES, SPECS

if TYPE_CHECKING:
    import pytest


def test_a_manifest_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Each segment has its name, each element its name and what customs means by it, each code its meaning."""
    assert main(["inspect", "--verbose", str(FIXTURES / "309" / "in-bond.edi")]) == 0
    said = capsys.readouterr().out
    for line in (
        "fits the profile cbp_ocean",
        "M10  Manifest Identifying Information",
        "M10-02  Transportation Method/Type Code (mode of transport): O = containerised ocean",
        "M10-06  Flight/Voyage Number (voyage, train or trip): ",
        "P4-01  Location Identifier (port, Schedule D): ",
        "M11  Manifest Bill of Lading Details",
        "M11-12  Standard Carrier Alpha Code (issuer of the bill): ",
        "N1-01  Entity Identifier Code: SH = shipper",
        "M12-01  Customs Entry Type Code (type of in-bond entry): ",
        "N10-05  Commodity Code (commodity code): ",
    ):
        assert line in said, line
    assert "not in the tables" not in said


def test_dates_and_amounts_are_written_as_people_do(capsys: pytest.CaptureFixture[str]) -> None:
    """A date has its hyphens, an amount with implied decimals its point."""
    main(["inspect", "-v", str(FIXTURES / "309" / "truck-005020.edi")])
    said = capsys.readouterr().out
    assert "P4-02  Date (estimated date of arrival): 20260712 = 2026-07-12" in said
    assert "CII-05  Amount: 100000000 = 1000000.00" in said


def test_a_manifest_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose the JSON has each value with address, name and meaning."""
    main(["inspect", "-v", "--json", str(FIXTURES / "309" / "one-bill.edi")])
    (one,) = json.loads(capsys.readouterr().out)["transactions"]
    assert one["profile"] == "cbp_ocean"
    values = {value["address"]: value for value in one["values"]}
    assert values["M10-09"]["meaning"] == "original import manifest"
    assert values["P4/LX/N1[2]/N1-02"]["text"] == "BLUE HERON FURNITURE CO"
    assert values["P4/P4-02"] == {
        "address": "P4/P4-02", "text": "20261209", "name": "Date", "meaning": "2026-12-09",
        "customs": "estimated date of arrival",
    }  # fmt: skip
    main(["inspect", "--json", str(FIXTURES / "309" / "one-bill.edi")])
    assert "values" not in json.loads(capsys.readouterr().out)["transactions"][0]


def test_every_meaning_is_of_an_element_that_there_is() -> None:
    """No row of the table of meanings names an element that no release has."""
    known = {
        (segment.name, f"{number:02}")
        for release in ("004010", "007010")
        for spec in [SPECS.message("x12", "309", release)]
        if spec is not None
        for segment in spec.dictionary.segments.values()  # type: ignore[attr-defined]
        for number in range(1, len(segment.positions) + 1)
    }
    assert set(meanings(SPECS.root / "edi_specs" / "x12")) <= known
