"""RES documents as answers, and as findings on the document that they answer."""

from __future__ import annotations

import pytest

from gateway.finding import Answer, Disposition, Finding, Level, Severity, Span
from gateway.formats.wco.acks import findings_of
from gateway.formats.wco.format import FORMAT
from gateway.formats.wco.pointers import Step, compact, read_steps, steps_of, target
from gateway.specs import Limits, Specs, data_root
from gateway.specs.wco import tables
from gateway.tree import Envelope, Interchange, Node, walk

SPECS = Specs()
DEC = data_root() / "fixtures" / "wco" / "DEC"
RES = data_root() / "fixtures" / "wco" / "RES"
ENVELOPE = Envelope(sender="GATEWAY", receiver="X", control=255, at="2026-03-01T10:30:04+01:00")


def read(name: str) -> Interchange:
    """Read a declaration of the fixtures."""
    return FORMAT.read((DEC / f"{name}.xml").read_bytes(), SPECS, Limits())


def answer(interchange: Interchange, said: Answer) -> list[Node]:
    """Acknowledge, read the answer back without findings, and give its Responses."""
    data = FORMAT.acknowledge(interchange, said, ENVELOPE, SPECS)
    back = FORMAT.read(data, SPECS, Limits())
    assert back.all_findings() == []
    return [transaction.root for transaction in back.transactions]


def texts(node: Node) -> dict[str, str]:
    """Give every leaf of a node by its address."""
    return {leaf.address: leaf.text for leaf in walk(node, "")}


def finding(**fields: object) -> Finding:
    """Make an error."""
    return Finding(**{"code": "wco.DEC.3.6/x/value/blank", "message": "odd", "transaction": 0, **fields})  # type: ignore[arg-type]


def test_a_syntax_answer_says_received_and_never_accepted() -> None:
    """A syntax answer without errors has FunctionCode 02, with the sender's reference and our message id."""
    (response,) = answer(read("twelve-items"), Answer(level=Level.SYNTAX, accepted=True))
    said = texts(response)
    assert said["FunctionCode"] == "02"
    assert said["Declaration/FunctionalReferenceID"] == "GW-2026-000412"
    assert said["FunctionalReferenceID"] == f"{255:026x}{1:06x}"
    assert said["IssueDateTime/DateTimeString"] == "20260301093004Z"
    assert "Declaration/AcceptanceDateTime/DateTimeString" not in said


def test_an_answer_of_customs_accepts_with_the_date() -> None:
    """Acceptance by customs has FunctionCode 01 and the acceptance date."""
    (response,) = answer(read("twelve-items"), Answer(level=Level.CUSTOMS, accepted=True))
    assert texts(response)["FunctionCode"] == "01"
    assert texts(response)["Declaration/AcceptanceDateTime/DateTimeString"] == "20260301093004Z"


def test_each_error_has_its_code_and_its_pointer() -> None:
    """A rejection has one Error for each finding, with the class path, occurrences and tag of its place."""
    item = "GoodsShipment/GovernmentAgencyGoodsItem[3]"
    errors = (
        finding(
            code="wco.DEC.3.6/a/presence/missing", place=f"{item}/Commodity/GoodsMeasure/NetNetWeightMeasure"
        ),
        finding(code="wco.DEC.3.6/a/count/exceeded", place=f"{item}/Commodity/Classification[2]/ID@schemeID"),
        finding(code="wco.DEC.3.6/a/date/impossible", place="AcceptanceDateTime/DateTimeString"),
        finding(code="entry.totals.lines", place="GoodsItemQuantity"),
        finding(code="some.rule", place="lines[0].origin"),
        finding(code="wco.DEC.3.6/a/element/unknown", place="Declarant/Odd"),
    )
    (response,) = answer(read("twelve-items"), Answer(level=Level.CUSTOMS, accepted=False, findings=errors))
    found = [child for child in response.children if child.name == "Error"]
    assert [compact(read_steps(error)) for error in found] == [
        "42A/67A/68A[3]/23A/65A@128",
        "42A/67A/68A[3]/23A/21A[2]@145",
        "42A@023",
        "42A@228",
        "",
        "42A/57B",
    ]
    codes = [texts(error)["ValidationCode"] for error in found]
    assert codes == ["CDS10001", "CDS10003", "CDS10020", "CDS11003", "CDS19999", "CDS10002"]
    assert texts(response)["FunctionCode"] == "03"
    assert "Declaration/RejectionDateTime/DateTimeString" in texts(response)


def test_a_canonical_place_is_found_by_its_span() -> None:
    """A finding whose place is no address of the document is pointed at by its bytes."""
    interchange = read("twelve-items")
    data = interchange.data
    start = data.index(b"Spirit levels")
    error = finding(place="lines[6].description", span=Span(start, start + 5))
    (response,) = answer(interchange, Answer(level=Level.CUSTOMS, accepted=False, findings=(error,)))
    assert (
        compact(read_steps(next(c for c in response.children if c.name == "Error")))
        == "42A/67A/68A[7]/23A@137"
    )


def test_a_refusal_without_reason_is_a_rejection() -> None:
    """A refusal that gives no finding has one Error of the last resort."""
    (response,) = answer(read("simplified"), Answer(level=Level.CUSTOMS, accepted=False))
    assert texts(response)["Error/ValidationCode"] == "CDS19999"


def test_warnings_of_an_accepted_declaration_reject_nothing() -> None:
    """Warnings are Errors of an acceptance, with their text pointed at them."""
    warnings = (finding(severity=Severity.WARNING, message="far from similar goods", place="GoodsShipment"),)
    (response,) = answer(read("simplified"), Answer(level=Level.CUSTOMS, accepted=True, findings=warnings))
    said = texts(response)
    assert said["FunctionCode"] == "01"
    assert said["AdditionalInformation/StatementCode"] == "smartErrorMsg"
    assert said["AdditionalInformation/StatementDescription"] == "far from similar goods"
    information = next(child for child in response.children if child.name == "AdditionalInformation")
    assert compact(read_steps(information)) == "07B[1]/53A[1]"


@pytest.mark.parametrize(
    ("meaning", "function"),
    [("cleared", "09"), ("hold", "05"), ("release", "08"), ("documents-asked", "06"), ("cancelled", "10"),
     ("denied", "11"), ("detained", "52"), ("something else", "02")],
)  # fmt: skip
def test_each_disposition_is_a_response(meaning: str, function: str) -> None:
    """A disposition has the FunctionCode of its meaning, with code, text, agency and time beside it."""
    said = Disposition(
        code="1C", meaning=meaning, text="after exam", at="2026-03-02T12:00:00Z", agency="FDA", quantity="4"
    )
    first = Disposition(code="98", meaning="accepted")
    responses = answer(
        read("twelve-items"), Answer(level=Level.CUSTOMS, accepted=True, dispositions=(first, said))
    )
    assert len(responses) == 2
    found = texts(responses[1])
    assert found["FunctionCode"] == function
    assert found["AdditionalInformation/StatementCode"] == "1C"
    assert found["AdditionalInformation/StatementDescription"] == "after exam; quantity 4"
    assert found["ContactOffice/ID"] == "FDA"
    assert found["Status/EffectiveDateTime/DateTimeString"] == "20260302120000Z"
    assert found["Status/NameCode"] == ("41" if meaning == "denied" else "1C")
    assert found["FunctionalReferenceID"] != texts(responses[0])["FunctionalReferenceID"]


def test_a_disposition_of_a_bill_points_at_its_document() -> None:
    """What is said of a bill points at the previous document with its number."""
    said = Disposition(code="1H", meaning="hold", scope="bill", reference="CSTLYTN0081291")
    (response,) = answer(
        read("ocean-import"), Answer(level=Level.CUSTOMS, accepted=True, dispositions=(said,))
    )
    status = next(child for child in response.children if child.name == "Status")
    assert compact(read_steps(status)) == "42A/67A/99A[2]"


def test_a_refused_disposition_is_an_error() -> None:
    """A rejection said by the authority is an Error with the authority's own code and text."""
    said = Disposition(code="S0171234567", meaning="rejected", text="UNKNOWN PORT", reference="XYA10000011")
    (response,) = answer(
        read("ocean-import"), Answer(level=Level.CUSTOMS, accepted=False, dispositions=(said,))
    )
    assert texts(response)["Error/ValidationCode"] == "S0171234"
    assert texts(response)["Error/Description"] == "UNKNOWN PORT"


def test_a_rejection_with_reasons_has_the_reasons_only() -> None:
    """A bare rejection beside the errors that the authority named is no error of its own."""
    said = (
        Disposition(code="03", meaning="rejected"),
        Disposition(code="CDS12005", meaning="", text="not known"),
    )
    (response,) = answer(read("simplified"), Answer(level=Level.CUSTOMS, accepted=False, dispositions=said))
    codes = [texts(child)["ValidationCode"] for child in response.children if child.name == "Error"]
    assert codes == ["CDS12005"]


def test_a_cancelled_declaration_is_not_rejected() -> None:
    """A cancellation ends a filing without success, and has a FunctionCode of its own."""
    said = Disposition(code="10", meaning="cancelled")
    (response,) = answer(
        read("simplified"), Answer(level=Level.CUSTOMS, accepted=False, dispositions=(said,))
    )
    assert texts(response)["FunctionCode"] == "10"


def test_what_cannot_be_parsed_is_rejected_with_its_reference() -> None:
    """A broken document is rejected, with the sender's reference where it can be seen in the bytes."""
    data = (DEC / "simplified.xml").read_bytes()[:1500]
    interchange = FORMAT.read(data, SPECS, Limits())
    said = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(interchange.all_findings()))
    (response,) = answer(interchange, said)
    assert texts(response)["Declaration/FunctionalReferenceID"] == "GW-2026-000401"
    assert texts(response)["Error/ValidationCode"] == "CDS10010"


def test_responses_are_not_answered() -> None:
    """A Response gets no acknowledgement."""
    interchange = FORMAT.read((RES / "accepted.xml").read_bytes(), SPECS, Limits())
    assert FORMAT.acknowledge(interchange, Answer(level=Level.SYNTAX, accepted=True), ENVELOPE, SPECS) == b""


def test_one_value_refused_twice_is_one_error() -> None:
    """What a mapping says of bytes that the schema has refused is not said again."""
    errors = (
        finding(code="wco.DEC.3.6/FunctionCode/code/unknown", place="FunctionCode", span=Span(9, 10)),
        finding(code="mapping.wco.DEC.3.6/FunctionCode/convert/failed", span=Span(9, 10)),
    )
    (response,) = answer(read("simplified"), Answer(level=Level.SYNTAX, accepted=False, findings=errors))
    assert [child.name for child in response.children].count("Error") == 1


def test_errors_become_findings_on_the_original() -> None:
    """The Errors of a rejection are findings on the leaves that their Pointers mean."""
    original = read("twelve-items")
    response = FORMAT.read((RES / "rejected.xml").read_bytes(), SPECS, Limits()).transactions[0].root
    found = findings_of(response, original, SPECS)
    assert [one.place for one in found] == [
        "GoodsShipment/GovernmentAgencyGoodsItem[3]/Commodity/GoodsMeasure/NetNetWeightMeasure",
        "GoodsShipment/GovernmentAgencyGoodsItem[5]/Commodity/Classification[2]/ID",
        "GoodsShipment/GovernmentAgencyGoodsItem[5]/Commodity/Classification[2]/IdentificationTypeCode",
        "AuthorisationHolder/ID",
    ]
    spans = [original.data[one.span.start : one.span.end] for one in found if one.span is not None]
    assert spans == [b"54.900", b"10", b"TRC", b"GB271828182845"]
    assert {one.severity for one in found} == {Severity.ERROR}
    warned = (
        FORMAT.read((RES / "accepted-with-warnings.xml").read_bytes(), SPECS, Limits()).transactions[0].root
    )
    (warning,) = findings_of(warned, original, SPECS)
    assert warning.severity is Severity.WARNING
    assert warning.place == "GoodsShipment/GovernmentAgencyGoodsItem[5]"


def test_pointers_and_addresses_are_each_other() -> None:
    """Every leaf of a declaration has a pointer that leads back to it."""
    element = tables(data_root()).messages["DEC"]
    for name in ("import-full", "every-element", "amendment"):
        root = read(name).transactions[0].root
        for leaf in walk(root, ""):
            place = leaf.address.partition("@")[0]
            steps = steps_of(finding(place=leaf.address), root, element)
            found = target(steps, root, element)
            assert found is not None
            assert found.place == place
            assert found.node is leaf.node


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([Step("42A"), Step("67A", "1"), Step("56A", "", "G005")], "42A/67A[1]/56A@G005"),
        ([Step("42A", "", "999")], "42A@999"),
        ([Step("07B", "1"), Step("53A", "1")], "07B[1]/53A[1]"),
        ([], ""),
    ],
)
def test_pointers_that_lead_nowhere_stay_readable(steps: list[Step], shown: str) -> None:
    """A path that the schema does not have leads nowhere, and is shown as it was received."""
    element = tables(data_root()).messages["DEC"]
    assert target(steps, Node("Declaration"), element) is None
    assert compact(steps) == shown


def test_an_index_beyond_the_items_has_no_node() -> None:
    """A business number as index gives the address, and no node."""
    element = tables(data_root()).messages["DEC"]
    root = read("twelve-items").transactions[0].root
    found = target([Step("42A"), Step("67A", "1"), Step("68A", "1000", "006")], root, element)
    assert found is not None
    assert found.place == "GoodsShipment/GovernmentAgencyGoodsItem[1000]/SequenceNumeric"
    assert found.node is None
