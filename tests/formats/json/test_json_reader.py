"""What the JSON reader makes of good and bad bytes."""

from __future__ import annotations

import pytest

from gateway.finding import Severity
from gateway.formats.json.format import FORMAT
from gateway.specs import Limits, Specs
from gateway.tree import Interchange, walk

SPECS = Specs()


def read(data: bytes, **limits: int) -> Interchange:
    """Read with the shipped tables."""
    return FORMAT.read(data, SPECS, Limits(**limits))


def codes(data: bytes, **limits: int) -> list[str]:
    """Give the codes of all findings."""
    return [finding.code for finding in read(data, **limits).all_findings()]


def test_an_object_is_one_transaction_with_a_span_for_each_value() -> None:
    """Every leaf's span cuts its own text out of the bytes."""
    data = '{"number":"ÄB","lines":[{"number":7},{"bills":["X","Y"]}]}'.encode()
    interchange = read(data)
    assert [transaction.message for transaction in interchange.transactions] == ["entry"]
    found = {
        leaf.address: data[slice(*leaf.span)].decode() for leaf in walk(interchange.root, "/") if leaf.span
    }
    assert found == {"/number": "ÄB", "lines/number": "7", "lines[2]/bills": "X", "lines[2]/bills#2": "Y"}


def test_a_list_of_objects_is_one_transaction_each() -> None:
    """Findings of the second document carry its index."""
    interchange = read(b'[{"number": "1"}, {"colour": "red"}]')
    assert len(interchange.transactions) == 2
    [finding] = interchange.transactions[1].findings
    assert (finding.code, finding.transaction) == ("json.entry.1/colour/field/unknown", 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json.envelope/document/content/empty"),
        (b" \n", "json.envelope/document/content/empty"),
        (b"17", "json.envelope/document/content/type"),
        (b"[17]", "json.envelope/document/content/type"),
        (b"[[]]", "json.envelope/document/content/type"),
        (b'{"number": "1"', "json.envelope/document/syntax/truncated"),
        (b'{"number": "1', "json.envelope/document/syntax/truncated"),
        (b'{"number": tru', "json.envelope/document/syntax/truncated"),
        (b'{"number": -', "json.envelope/document/syntax/truncated"),
        (b'{"number": "1"} {}', "json.envelope/document/syntax/trailing-data"),
        (b'{"number": "a\x01"}', "json.envelope/document/syntax/control"),
        (b'{"number": NaN}', "json.envelope/document/syntax/nan"),
        (b'{"number": -Infinity}', "json.envelope/document/syntax/nan"),
        (b'{"number": 01}', "json.envelope/document/syntax/number"),
        (b'{"number": None}', "json.envelope/document/syntax/word"),
        (b"{'number': 1}", "json.envelope/document/syntax/unexpected"),
        (b'{"number" "1"}', "json.envelope/document/syntax/unexpected"),
        (b'{"lines": [{},]}', "json.envelope/document/syntax/unexpected"),
        (b'\xef\xbb\xbf{"number": "1"}', "json.envelope/document/encoding/bom"),
        ('{"number": "1"}'.encode("utf-16"), "json.envelope/document/encoding/utf-16"),
        (b'{"number": "\xff"}', "json.entry.1/number/string/utf-8"),
        (b'{"number": "\xed\xa0\x80"}', "json.entry.1/number/string/utf-8"),
        (b'{"number": "\\ud800"}', "json.entry.1/number/string/surrogate"),
        (b'{"number": "\\q"}', "json.entry.1/number/string/escape"),
        (b'{"number": "1", "number": "2"}', "json.entry.1/number/field/duplicate"),
        (b'{"colour": "red"}', "json.entry.1/colour/field/unknown"),
        (b'{"colour": []}', "json.entry.1/colour/field/unknown"),
        (b'{"colour": {"deep": [1]}}', "json.entry.1/colour/field/unknown"),
        (b'{"a b/c": "red"}', "json.entry.1/?/field/unknown"),
        (b'{"number": 1}', "json.entry.1/number/field/type"),
        (b'{"number": {}}', "json.entry.1/number/field/type"),
        (b'{"number": ["1"]}', "json.entry.1/number/field/type"),
        (b'{"filing": "add"}', "json.entry.1/filing/field/type"),
        (b'{"filing": [{}]}', "json.entry.1/filing/field/type"),
        (b'{"lines": {}}', "json.entry.1/lines/field/type"),
        (b'{"lines": null}', "json.entry.1/lines/field/type"),
        (b'{"lines": [{"number": 1.5}]}', "json.entry.1/lines/number/integer/shape"),
        (b'{"lines": [{"number": 1' + b"0" * 30 + b"}]}", "json.entry.1/lines/number/integer/range"),
        (b'{"lines": [{"gross": {"value": 1e5}}]}', "json.entry.1/lines/gross/value/decimal/exponent"),
        (b'{"lines": [{"gross": {"value": "x"}}]}', "json.entry.1/lines/gross/value/decimal/shape"),
        (
            b'{"lines": [{"gross": {"value": ' + b"9" * 99 + b"}}]}",
            "json.entry.1/lines/gross/value/decimal/range",
        ),
        (b'{"lines": [{"gross": {}}]}', "json.entry.1/lines/gross/value/required/missing"),
        (b'{"number": ""}', "json.entry.1/number/string/empty"),
        (b'{"lines": [{"origin": {"country": "usa"}}]}', "json.entry.1/lines/origin/country/string/pattern"),
        (
            b'{"lines": [{"origin": {"country": "US\\n"}}]}',
            "json.entry.1/lines/origin/country/string/pattern",
        ),
        (b'{"entered": "7 May"}', "json.entry.1/entered/date/shape"),
        (b'{"entered": "2026-02-30"}', "json.entry.1/entered/date/calendar"),
        (b'{"filing": {"filed": "2026-01-01"}}', "json.entry.1/filing/filed/date-time/shape"),
        (b'{"filing": {"filed": "2026-01-01T10:00:00"}}', "json.entry.1/filing/filed/date-time/offset"),
        (b'{"filing": {"filed": "2026-01-01T25:00:00Z"}}', "json.entry.1/filing/filed/date-time/calendar"),
    ],
)
def test_one_fault_is_one_finding(data: bytes, code: str) -> None:
    """Each way to be wrong has its own code, and brings no second one with it."""
    interchange = read(data)
    assert codes(data) == [code]
    assert interchange.all_findings()[0].span is not None
    assert FORMAT.write(interchange, SPECS) == data


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"interchange_bytes_max": 5}, "limit/interchange_bytes_max"),
        ({"depth_max": 2}, "limit/depth_max"),
        ({"segments_max": 1}, "limit/segments_max"),
        ({"value_chars_max": 5}, "limit/value_chars_max"),
    ],
)
def test_every_limit_has_its_finding(limits: dict[str, int], code: str) -> None:
    """A document over a limit says which."""
    data = b'{"number": "long text", "lines": [{"number": 1}]}'
    assert [found.problem for found in read(data, **limits).all_findings()] == [code]


def test_too_many_documents_and_too_many_findings_are_cut() -> None:
    """The list of findings ends with the one that says so."""
    assert codes(b"[{}, {}]", transactions_max=1) == ["json.envelope/document/limit/transactions_max"]
    many = b"{" + b",".join(b'"x%d": 1' % number for number in range(50)) + b"}"
    found = read(many, findings_max=10).all_findings()
    assert len(found) == 11
    assert found[0].problem == "limit/findings_max"


def test_depth_is_bounded_without_recursion() -> None:
    """A hundred thousand open brackets are one finding."""
    assert codes(b"[" * 100_000) == ["json.envelope/document/content/type"]
    assert codes(b'{"a":' * 100_000) == ["json.envelope/document/limit/depth_max"]
    assert codes(b'{"a":[' + b"[" * 100_000, depth_max=10**9) == ["json.envelope/document/limit/depth_max"]


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf{"number": "1"}',
        b'{"number": 1}',
        b'{"lines": [{"number": "1"}]}',
        b'{"lines": {"number": 1}}',
        b'{"lines": null}',
        b'{"lines": [{"number": 1},]}',
        b'{"number": "1", "number": "2"}',
    ],
)
def test_lenient_takes_what_has_one_reading_and_says_so(data: bytes) -> None:
    """Each repair is a finding of severity repaired, and the strict reader calls it an error."""
    lenient = FORMAT.read(data, SPECS, Limits(lenient=True)).all_findings()
    assert [finding.severity for finding in lenient] == [Severity.REPAIRED]
    assert [finding.severity for finding in read(data).all_findings()] == [Severity.ERROR]


def test_unknown_fields_stay_in_the_tree_and_are_warnings_when_lenient() -> None:
    """Coverage can list them, whatever their names."""
    interchange = FORMAT.read(b'{"a/b": {"": "x", "#": ["y"]}}', SPECS, Limits(lenient=True))
    assert [finding.severity for finding in interchange.all_findings()] == [Severity.WARNING]
    assert [leaf.address for leaf in walk(interchange.root, "/")] == ["a~2fb/~", "a~2fb/~23"]


def test_sender_and_control_are_told_by_the_entry() -> None:
    """The broker is the sender, its reference the control number."""
    data = (
        b'{"number": "Q7Z00010429", "filing": {"local_reference": "GW-1"}, '
        b'"broker": {"identifiers": [{"scheme": "filer", "value": "Q7Z"}]}}'
    )
    interchange = read(data)
    assert (interchange.sender, interchange.control) == ("Q7Z", "GW-1")


def test_a_canonical_document_is_read_plainly() -> None:
    """It is a message of its own, judged by nobody here."""
    interchange = read(b'{"canonical": "1", "entry": {"anything": [[1, 2], [{"x": null}]]}}')
    [transaction] = interchange.transactions
    assert (transaction.message, transaction.version) == ("canonical", "1")
    assert interchange.all_findings() == []


@pytest.mark.parametrize(
    ("head", "is_json"),
    [
        (b" \n{", True),
        (b"\xef\xbb\xbf[", True),
        (b"{\x00", True),
        (b"ISA*", False),
        (b"<a/>", False),
        (b"", False),
    ],
)
def test_sniffing_looks_at_the_first_letter(head: bytes, is_json: bool) -> None:
    """A bracket is JSON, anything else is not."""
    assert FORMAT.sniff(head) is is_json


def test_an_acknowledgement_that_is_a_text_is_refused() -> None:
    """Only `canonical` names its version in its first field; a text for an answer is of the wrong type."""
    assert codes(b'{"acknowledgement": "2"}') == ["json.acknowledgement.1/acknowledgement/field/type"]
    assert read(b'{"canonical": "2"}').transactions[0].version == "2"
