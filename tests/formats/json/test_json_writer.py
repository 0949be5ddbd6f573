"""What the JSON writer makes of trees that were read, changed, or made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import Answer, Disposition, Finding, Level
from gateway.formats.json.format import FORMAT
from gateway.specs import Limits, Specs
from gateway.tree import Draft, Envelope, Interchange, Node, Transaction

SPECS = Specs()
ENVELOPE = Envelope(sender="GW", receiver="Q7Z", control=7, at="2026-07-01T12:00:00Z")


def read(data: bytes) -> Interchange:
    """Read with the shipped tables."""
    return FORMAT.read(data, SPECS, Limits())


def draft(node: Node) -> Draft:
    """Copy a node the way a translation keeps it: names, texts, layout, no spans."""
    copy = Draft(node.name, layout=node.layout, fresh=False)
    copy.values.update(node.values)
    copy.children.extend(draft(child) for child in node.children)
    return copy


def again(interchange: Interchange) -> bytes:
    """Write a copy that has no bytes behind it."""
    root = draft(interchange.root)
    first = interchange.transactions[0]
    transaction = Transaction(message=first.message, version=first.version, control="", root=root)
    copy = Interchange(
        format="json", root=root, transactions=[transaction], separator="/", frame=interchange.frame
    )
    return FORMAT.write(copy, SPECS)


ODD = [
    b"{}",
    b"[]",
    b'{ "number" : "1" }  ',
    b'{"lines":[{"number":1},{"bills":["A",null,"B"]},{}],"number":null,"kind":"01"}',
    b'{\n  "kind": "01",\n  "number": "\\u0041"\n}\n',
    b'{"totals": {"gross": {"value": 12.50, "unit": "KGM"}}}\r\n',
    b'[{"number": "1"},\n{"number": "2"}]',
    b'{"x": [[1, [2, {"y": "z"}]], []], "": {"#": 1}}',
]


@pytest.mark.parametrize("data", ODD)
def test_what_was_read_is_written_as_it_was(data: bytes) -> None:
    """Blanks, order, escapes, nulls and empty things come back."""
    assert FORMAT.write(read(data), SPECS) == data


@pytest.mark.parametrize("data", [data for data in ODD if not data.startswith(b"[")])
def test_layouts_alone_are_enough(data: bytes) -> None:
    """A copy of the tree with its layouts gives the same bytes."""
    assert again(read(data)) == data


def test_a_changed_value_leaves_its_neighbours_alone() -> None:
    """Only the value is written anew."""
    interchange = read(b'{"number":"1",  "kind":"\\u0030"}')
    interchange.root.values["number"] = '2"'
    assert FORMAT.write(interchange, SPECS) == b'{"number":"2\\"",  "kind":"\\u0030"}'


def test_a_changed_shape_is_laid_out_anew() -> None:
    """A node whose layout no longer fits takes the canonical one; its children keep theirs."""
    interchange = read(b'{"kind":"01","port":{ "scheme":"schedule-d" }}')
    interchange.root.values["number"] = "1"
    assert FORMAT.write(interchange, SPECS) == (
        b'{\n  "number": "1",\n  "kind": "01",\n  "port": { "scheme":"schedule-d" }\n}'
    )


def test_new_documents_are_canonical_with_types_of_the_spec() -> None:
    """Order and types come from the schema: integers and booleans bare, decimals as text."""
    line = Node("lines", {"bills": "A", "bills#2": "B", "number": "3"})
    line.children.append(Node("gross", {"unit": "KGM", "value": "12.50"}))
    body = Node("entry", {"kind": "01"}, [line, Node("transport", {"containerized": "true", "mode": "10"})])
    written = FORMAT.write(FORMAT.envelop("entry", "1", [body], ENVELOPE, SPECS), SPECS)
    document = {
        "kind": "01",
        "transport": {"mode": "10", "containerized": True},
        "lines": [{"number": 3, "gross": {"value": "12.50", "unit": "KGM"}, "bills": ["A", "B"]}],
    }
    assert written.decode() == json.dumps(document, indent=2) + "\n"
    assert read(written).all_findings() == []


def test_several_bodies_make_a_list() -> None:
    """A list of documents reads as as many transactions."""
    bodies = [Node("entry", {"number": str(number)}) for number in (1, 2)]
    written = FORMAT.write(FORMAT.envelop("entry", "1", bodies, ENVELOPE, SPECS), SPECS)
    assert written == b'[\n  {\n    "number": "1"\n  },\n  {\n    "number": "2"\n  }\n]\n'
    assert [transaction.control for transaction in read(written).transactions] == ["1", "2"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), st.sampled_from([None, 0, 2]), st.booleans())
def test_any_object_comes_back_from_its_tree(
    value: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    """Whatever fields a document has, and however it is laid out, the bytes are the same."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    data = text.encode("utf-8", "replace")
    interchange = read(data)
    assert FORMAT.write(interchange, SPECS) == data
    assert again(interchange) == data


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*(b'{}[]:,"\\ntfau0-1.eE \n\xff\xc3\xa9')]), max_size=30))
def test_any_bytes_are_read_and_given_back(letters: list[int]) -> None:
    """No text breaks the reader, and nothing of it is lost."""
    data = bytes(letters)
    assert FORMAT.write(read(data), SPECS) == data


def test_an_acknowledgement_says_everything_and_reads_back() -> None:
    """It is a message with a schema of its own."""
    finding = Finding(code="json.entry.1/number/string/empty", message="empty", place="number", transaction=0)
    said = Disposition(code="1C", meaning="release", reference="Q7Z00010429", at="2026-07-02T08:00:00Z")
    answer = Answer(level=Level.CUSTOMS, accepted=False, findings=(finding,), dispositions=(said,))
    written = FORMAT.acknowledge(read(b'{"number": "Q7Z00010429"}'), answer, ENVELOPE, SPECS)
    document = json.loads(written)["acknowledgement"]
    assert document["accepted"] is False
    assert document["answers"] == [{"message": "entry", "version": "1", "control": "Q7Z00010429"}]
    assert document["findings"][0]["code"] == finding.code
    assert document["dispositions"][0]["meaning"] == "release"
    back = read(written)
    assert [transaction.message for transaction in back.transactions] == ["acknowledgement"]
    assert back.all_findings() == []
    assert FORMAT.write(back, SPECS) == written
