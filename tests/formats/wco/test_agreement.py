"""The XSD, the reader and the explanation give one verdict over documents made from the grammar."""

from __future__ import annotations

from random import Random

import pytest
from lxml import etree

from gateway.finding import Layer, Severity, no_errors
from gateway.formats.wco.format import FORMAT
from gateway.formats.wco.grammar import Walk
from gateway.formats.wco.node import Document, XmlNode
from gateway.formats.wco.schema import compiled
from gateway.specs import Limits, Specs, data_root
from gateway.specs.wco import tables
from tests.formats.wco.changed import changed
from tests.formats.wco.generated import Generator

SPECS = Specs()
LIMITS = Limits()
FOLDER = data_root() / "fixtures" / "wco"


def walks_clean(root: etree._Element, data: bytes, message: str, profile: str) -> bool:
    """Tell whether the explanation has nothing to say of the message in a document."""
    grammar = tables(data_root())
    top = XmlNode(Document(data), root, None)
    walk = Walk("wco", grammar.profiles[profile], lenient=False, findings_max=10)
    walk.root(top.children[0], grammar.messages[message])  # type: ignore[arg-type]
    return not walk.findings


@pytest.mark.parametrize("profile", ["uk-cds", "neutral"])
@pytest.mark.parametrize("message", ["DEC", "RES", "CAN"])
def test_xsd_reader_and_explanation_agree(
    profile: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """For every rule of the schema the good and the bad document get the verdict that the rule says."""
    grammar = tables(data_root())
    schema = compiled(data_root(), profile, "MetaData" if message != "CAN" else "CAN")
    count = 0
    for case in Generator(grammar, grammar.profiles[profile], message).cases():
        count += 1
        root = etree.fromstring(case.data)
        assert schema.validate(root if message != "CAN" else root[0]) is case.valid, case.name
        assert walks_clean(root, case.data, message, profile) is case.valid, case.name
        if message == "CAN":
            continue
        found = FORMAT.read(case.data, SPECS, LIMITS).all_findings()
        said = [f for f in found if f.severity is Severity.ERROR and f.layer is Layer.SCHEMA]
        assert (not said) is case.valid, (case.name, said)
        assert all(finding.span is not None and finding.clause for finding in said), case.name
        assert "schema/other" not in {finding.problem for finding in said}, case.name
    with capsys.disabled():
        print(f"\n{profile} {message}: {count} generated documents, one verdict")
    assert count > (3000 if message == "DEC" else 100)


def test_random_changes_of_fixtures_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """However a fixture is changed, the reader's verdict is that of lxml, it has words for it and gives the bytes back."""
    random = Random(20260301)  # noqa: S311 - the same changes in every run
    files = sorted(file for file in FOLDER.glob("[DR]E?/*.xml") if file.stem != "items-999")
    schema = compiled(data_root(), "uk-cds", "MetaData")
    verdicts = {True: 0, False: 0}
    for _ in range(600):
        data = changed(random.choice(files).read_bytes(), random)
        valid = schema.validate(etree.fromstring(data))
        verdicts[valid] += 1
        interchange = FORMAT.read(data, SPECS, LIMITS)
        said = {finding.problem for finding in interchange.all_findings() if finding.layer is Layer.SCHEMA}
        assert (not said) is valid, (data, said)
        assert "schema/other" not in said
        assert FORMAT.write(interchange, SPECS) == data
    with capsys.disabled():
        print(f"\n600 changed fixtures, {verdicts[False]} invalid, one verdict")
    assert min(verdicts.values()) > 100


def test_a_valid_document_has_no_findings() -> None:
    """A document with nothing wrong has no finding at all."""
    grammar = tables(data_root())
    generator = Generator(grammar, grammar.profiles["uk-cds"], "DEC")
    root, _ = generator.document([])
    assert no_errors(FORMAT.read(etree.tostring(root), SPECS, LIMITS).all_findings())
