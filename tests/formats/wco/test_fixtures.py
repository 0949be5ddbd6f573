"""The fixtures: the good ones are valid and complete, the bad ones get the finding beside them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from gateway.finding import Answer, Level, Severity, no_errors
from gateway.flow.translate import load_tables, take
from gateway.formats.wco.format import FORMAT
from gateway.formats.wco.schema import compiled
from gateway.specs import Limits, Specs, data_root
from gateway.specs.wco import tables
from gateway.tree import Envelope, walk

if TYPE_CHECKING:
    from pathlib import Path

SPECS = Specs()
FOLDER = data_root() / "fixtures" / "wco"
GOOD = sorted((*FOLDER.glob("DEC/*.xml"), *FOLDER.glob("RES/*.xml")))
BAD = sorted(FOLDER.glob("bad/*.xml"))
LENIENT = sorted(FOLDER.glob("lenient/*.xml"))
ENVELOPE = Envelope(sender="GATEWAY", receiver="", control=1, at="2026-03-01T09:30:04Z")


def expected(file: Path) -> set[str]:
    """Give the codes beside a fixture."""
    return set(file.with_suffix(".expect").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("file", GOOD, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_good_fixtures_have_no_findings(file: Path) -> None:
    """A good fixture is valid against the schema, has no finding and comes back as it was."""
    data = file.read_bytes()
    interchange = FORMAT.read(data, SPECS, Limits())
    assert interchange.all_findings() == []
    assert compiled(data_root(), "uk-cds", "MetaData").validate(etree.fromstring(data))
    assert FORMAT.write(interchange, SPECS) == data
    assert all(transaction.control for transaction in interchange.transactions)


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_bad_fixtures_have_their_finding(file: Path) -> None:
    """A bad fixture fails for the one reason that stands beside it."""
    taken = take(file.read_bytes(), load_tables(), Limits(), on=date(2026, 3, 10))
    errors = {finding.code for finding in taken.findings if finding.severity is Severity.ERROR}
    # What a mapping says of a value that the format has refused is the same fault again.
    assert {code for code in errors if not code.startswith(("mapping.", "entry.1/"))} == expected(file)


@pytest.mark.parametrize("file", LENIENT, ids=lambda file: file.stem)
def test_lenient_fixtures_are_repaired(file: Path) -> None:
    """What a tolerant reader puts right is refused by the strict one, and each repair is a finding."""
    data = file.read_bytes()
    found = FORMAT.read(data, SPECS, Limits(lenient=True))
    assert {finding.code for finding in found.all_findings()} == expected(file)
    assert {finding.severity for finding in found.all_findings()} == {Severity.REPAIRED}
    assert not no_errors(FORMAT.read(data, SPECS, Limits()).all_findings())
    assert FORMAT.write(found, SPECS) == data


@pytest.mark.parametrize("message", ["DEC", "RES"])
def test_every_element_and_attribute_stands_in_a_fixture(message: str) -> None:
    """Every element of the trees and every attribute of their families occurs in a fixture."""
    seen: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    element = tables(data_root()).messages[message]
    families = {address: one.family for address, one in element.walk()}
    for file in FOLDER.glob(f"{message}/*.xml"):
        for transaction in FORMAT.read(file.read_bytes(), SPECS, Limits()).transactions:
            for leaf in walk(transaction.root, ""):
                plain = "/".join(step.partition("[")[0] for step in leaf.address.split("/"))
                address, _, attribute = plain.partition("@")
                seen.update(address[: i or None] for i in _cuts(address))
                attributes.add((families.get(address, ""), attribute))
    assert not [address for address in families if address not in seen]
    for name, (_, allowed) in tables(data_root()).families.items():
        if name in set(families.values()):
            assert not [one for one in allowed if (name, one) not in attributes], name


def _cuts(address: str) -> list[int]:
    return [index for index, char in enumerate(address) if char == "/"] + [0]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*/*.ack")), ids=lambda file: file.stem)
def test_golden_acknowledgements(file: Path) -> None:
    """The technical acknowledgement of a fixture is byte for byte the one beside it."""
    interchange = FORMAT.read(file.with_suffix(".xml").read_bytes(), SPECS, Limits())
    findings = tuple(interchange.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=no_errors(findings), findings=findings)
    assert FORMAT.acknowledge(interchange, answer, ENVELOPE, SPECS) == file.read_bytes()
