"""Reading: trees with byte spans, envelopes, profiles, versions, repairs."""

from __future__ import annotations

import pytest

from gateway.finding import Layer, Severity
from gateway.formats import sniff
from gateway.formats.wco.format import FORMAT
from gateway.specs import Limits, Specs, data_root
from gateway.tree import Envelope, Leaf, Node, walk

SPECS = Specs()
FOLDER = data_root() / "fixtures" / "wco"
HEADER = '<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">'


def small(inner: str, before: str = "") -> bytes:
    """Give a small declaration."""
    return f"{before}{HEADER}<Declaration><FunctionCode>9</FunctionCode>{inner}</Declaration></md:MetaData>".encode()


@pytest.mark.parametrize("file", sorted(FOLDER.glob("[DR]E?/*.xml")), ids=lambda file: file.stem)
def test_every_span_is_the_value(file) -> None:
    """The bytes of every leaf of a fixture are the leaf's text."""
    if file.stem == "items-999":
        pytest.skip("the same shapes as in the others")
    data = file.read_bytes()
    for transaction in FORMAT.read(data, SPECS, Limits()).transactions:
        for leaf in walk(transaction.root, ""):
            assert leaf.span is not None
            assert data[leaf.span.start : leaf.span.end].decode() == leaf.text.replace("&", "&amp;")


@pytest.mark.parametrize("name", ["every-element", "twelve-items"])
def test_a_span_asked_for_alone_is_the_same(name: str) -> None:
    """An element found by counting tags stands where the pass over all elements says."""
    data = (FOLDER / "DEC" / f"{name}.xml").read_bytes()

    def leaves() -> list[Leaf]:
        return list(walk(FORMAT.read(data, SPECS, Limits()).transactions[0].root, ""))

    spans = [leaf.span for leaf in leaves()]
    for start in range(0, len(spans), 97):
        alone = leaves()
        assert [leaf.span for leaf in alone[start : start + 5]] == spans[start : start + 5]


def test_spans_cover_markup_inside_a_value() -> None:
    """The span of a value goes from its first to its last visible character, markup between included."""
    data = small("<ID schemeID = 'a&amp;b' >\t 26<!-- cut --><![CDATA[G]]>&#66; </ID>", "\ufeff<!-- é -->")
    interchange = FORMAT.read(data, SPECS, Limits())
    assert interchange.all_findings() == []
    leaves = {leaf.address: leaf for leaf in walk(interchange.transactions[0].root, "")}
    assert leaves["ID"].text == "26GB"
    assert leaves["ID@schemeID"].text == "a&b"
    spans = {address: leaf.span for address, leaf in leaves.items()}
    assert data[slice(*spans["ID"])] == b"26<!-- cut --><![CDATA[G]]>&#66;"
    assert data[slice(*spans["ID@schemeID"])] == b"a&amp;b"
    assert data[slice(*spans["FunctionCode"])] == b"9"


def test_prefixes_do_not_matter() -> None:
    """Elements are known by namespace and name, whatever their prefixes."""
    data = (FOLDER / "DEC" / "simplified.xml").read_text()
    odd = (
        data.replace("<md:", "<n1:").replace("</md:", "</n1:").replace("xmlns:md", "xmlns:n1")
        .replace("xmlns:dt=", "xmlns:_2=").replace("dt:Date", "_2:Date")
    ).encode()  # fmt: skip
    interchange = FORMAT.read(odd, SPECS, Limits())
    assert interchange.all_findings() == []
    assert interchange.control == "GW-2026-000401"
    assert FORMAT.write(interchange, SPECS) == odd


def test_the_envelope_tells_sender_and_receiver() -> None:
    """Sender is who submits, receiver the agency, control the sender's reference."""
    interchange = FORMAT.read((FOLDER / "DEC" / "twelve-items.xml").read_bytes(), SPECS, Limits())
    assert (interchange.sender, interchange.receiver) == ("GB314159265358", "HMRC")
    assert interchange.control == "GW-2026-000412"
    response = FORMAT.read((FOLDER / "RES" / "duty.xml").read_bytes(), SPECS, Limits())
    assert (response.sender, response.receiver) == ("HMRC", "")
    assert response.transactions[0].message == "RES"


def test_several_responses_are_several_transactions() -> None:
    """Each Response of a document is a transaction of its own."""
    interchange = FORMAT.read((FOLDER / "RES" / "two-responses.xml").read_bytes(), SPECS, Limits())
    assert [transaction.control[-2:] for transaction in interchange.transactions] == ["21", "22"]


def test_a_submission_request_is_another_root() -> None:
    """A document wrapped in a submission request is read as the one inside."""
    inner = (FOLDER / "DEC" / "simplified.xml").read_text().partition("\n")[2]
    space = "http://uk/gov/hmrc/mdg/declarationmanagement/submitdeclaration/request/schema/v1"
    data = f'<s:submitDeclarationRequest xmlns:s="{space}"><s:requestDetail>{inner}</s:requestDetail></s:submitDeclarationRequest>'.encode()
    interchange = FORMAT.read(data, SPECS, Limits())
    assert interchange.all_findings() == []
    assert interchange.control == "GW-2026-000401"
    assert FORMAT.write(interchange, SPECS) == data


def test_the_neutral_profile_has_one_namespace() -> None:
    """A declaration written in the neutral profile is read in it, with the same tree."""
    interchange = FORMAT.read((FOLDER / "DEC" / "import-full.xml").read_bytes(), SPECS, Limits())
    root = interchange.transactions[0].root
    options = {"profile": "neutral"}
    envelope = Envelope(sender="", receiver="", control=1, at="", options=options)
    data = FORMAT.write(FORMAT.envelop("DEC", "3.6", [root], envelope, SPECS), SPECS)
    assert data.count(b"xmlns") == 1
    again = FORMAT.read(data, SPECS, Limits())
    assert again.all_findings() == []
    assert again.frame["profile"] == "neutral"
    pairs = [(leaf.address, leaf.text) for leaf in walk(root, "")]
    assert [(leaf.address, leaf.text) for leaf in walk(again.transactions[0].root, "")] == pairs


@pytest.mark.parametrize(("version", "findings"), [("3.6", 0), ("3.7", 0), ("", 0), ("9.1", 1)])
def test_versions_of_the_data_model(version: str, findings: int) -> None:
    """3.7 has the tables of 3.6; a version without tables is read with them and warned of."""
    data = small("").replace(
        b"<Declaration>",
        f"<md:WCODataModelVersionCode>{version}\n</md:WCODataModelVersionCode><Declaration>".encode(),
    )
    interchange = FORMAT.read(data, SPECS, Limits())
    assert [finding.severity for finding in interchange.all_findings()] == [Severity.WARNING] * findings
    assert interchange.transactions[0].version == "3.6"


def test_a_finding_names_class_element_and_expectation() -> None:
    """An explanation has the WCO ids, the place, the bytes, what is expected and what is there."""
    data = small("<TypeCode>IMPORT</TypeCode>")
    (finding,) = FORMAT.read(data, SPECS, Limits()).transactions[0].findings
    assert finding.code == "wco.DEC.3.6/TypeCode/length/long"
    assert finding.message == "TypeCode (42A/D013): the value is too long"
    assert (finding.clause, finding.place) == ("wco/42A/D013", "TypeCode")
    assert (finding.expected, finding.actual) == ("at most 3 characters", "6 characters")
    assert finding.span is not None
    assert data[slice(*finding.span)] == b"IMPORT"
    assert finding.layer is Layer.SCHEMA


def test_a_missing_element_is_placed_in_its_parent() -> None:
    """What is missing has the address where it would stand, and the bytes of its parent's start tag."""
    item = "<GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric></GovernmentAgencyGoodsItem>"
    data = small(f"<GoodsShipment>{item}<GovernmentAgencyGoodsItem/></GoodsShipment>")
    (finding,) = FORMAT.read(data, SPECS, Limits()).all_findings()
    assert finding.place == "GoodsShipment/GovernmentAgencyGoodsItem[2]/SequenceNumeric"
    assert finding.span is not None
    assert data[slice(*finding.span)] == b"<GovernmentAgencyGoodsItem/>"


def test_a_document_that_is_no_wco_is_said_to_be_none() -> None:
    """XML with another root has one finding and no transactions."""
    interchange = FORMAT.read(b"<html><body/></html>", SPECS, Limits())
    assert [finding.code for finding in interchange.all_findings()] == [
        "wco.envelope/MetaData/element/unknown"
    ]
    assert interchange.transactions == []


def test_another_name_of_the_envelope() -> None:
    """An envelope of another national subset is refused, and repaired in lenient mode."""
    data = small("").replace(b"md:MetaData", b"md:DocumentMetaData")
    strict = FORMAT.read(data, SPECS, Limits())
    assert [finding.code for finding in strict.all_findings()] == ["wco.envelope/MetaData/element/name"]
    lenient = FORMAT.read(data, SPECS, Limits(lenient=True))
    assert [finding.severity for finding in lenient.all_findings()] == [Severity.REPAIRED]


def test_a_repair_never_hides_another_fault() -> None:
    """In lenient mode what cannot be repaired is an error beside the repairs."""
    data = small("<TypeCode>IMPORT</TypeCode><ID>1</ID>")
    found = FORMAT.read(data, SPECS, Limits(lenient=True)).all_findings()
    assert {finding.severity for finding in found} == {Severity.REPAIRED, Severity.ERROR}


def test_sniffing() -> None:
    """What begins like XML is taken for WCO XML, in any encoding; other formats are not."""
    for text in ("<?xml version='1.0'?><a/>", "\ufeff<a/>", " \n<!-- x --><a/>"):
        assert FORMAT.sniff(text.encode())
    assert FORMAT.sniff("<a/>".encode("utf-16"))
    for data in (b"ISA*00*", b'{"a": 1}', b"UNB+UNOA", b"A  ", b"", b"< b"):
        assert not FORMAT.sniff(data)
    assert sniff((FOLDER / "DEC" / "simplified.xml").read_bytes()) is FORMAT


def test_nodes_are_made_when_asked_for() -> None:
    """A node's leaves and children are made once and stay; an unknown name is an AttributeError."""
    root = FORMAT.read(small("<ID>1</ID>"), SPECS, Limits()).transactions[0].root
    assert root.children is root.children
    assert isinstance(root.children[1], Node)
    assert root.children[1].values is root.children[1].values
    with pytest.raises(AttributeError, match="nothing"):
        _ = root.nothing  # type: ignore[attr-defined]
