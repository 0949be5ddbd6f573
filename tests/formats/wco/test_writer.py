"""Writing: the same bytes for what was read, strict documents for what is new."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import no_errors
from gateway.formats.wco.format import FORMAT
from gateway.specs import Limits, SpecError, Specs, data_root
from gateway.tree import Draft, Envelope, Interchange, Node, Transaction, walk

SPECS = Specs()
FOLDER = data_root() / "fixtures" / "wco"
SAMPLE = (FOLDER / "DEC" / "import-full.xml").read_bytes()
ENVELOPE = Envelope(sender="", receiver="", control=1, at="")


def kept(interchange: Interchange) -> Interchange:
    """Copy a tree as a residue keeps it: names, texts and layouts, no bytes."""
    transactions = []

    def copy(node: Node) -> Draft:
        draft = Draft(node.name, layout=node.layout, fresh=False)
        draft.values.update(node.values)
        draft.children = [copy(child) for child in node.children]
        transactions.extend(
            Transaction(message=one.message, version=one.version, control=one.control, root=draft)
            for one in interchange.transactions
            if one.root is node
        )
        return draft

    root = copy(interchange.root)
    frame = dict(interchange.frame)
    return Interchange(format="wco", root=root, transactions=transactions, separator="", frame=frame)


def find(interchange: Interchange, *names: str) -> Node:
    """Give the first node at a path of names below the first message."""
    node = interchange.transactions[0].root
    for name in names:
        node = next(child for child in node.children if child.name == name)
    return node


@pytest.mark.parametrize(
    "file", sorted(FOLDER.glob("*/*.xml")), ids=lambda file: f"{file.parent.name}/{file.stem}"
)
@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_a_kept_tree_gives_the_same_bytes(file, lenient: bool) -> None:
    """What is kept of a message, without its bytes, is enough to write it as it was."""
    if file.stem == "items-999":
        pytest.skip("the same shapes as in the others")
    data = file.read_bytes()
    interchange = FORMAT.read(data, SPECS, Limits(lenient=lenient))
    assert FORMAT.write(interchange, SPECS) == data
    if interchange.root.children:
        assert FORMAT.write(kept(interchange), SPECS) == data


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_other_ways_of_writing_are_kept(data: st.DataObject) -> None:
    """Blanks, comments, quotes and character references of the sender come back from a kept tree."""
    text = SAMPLE.decode()
    for _ in range(data.draw(st.integers(1, 6))):
        old, new = data.draw(
            st.sampled_from([
                ("\n", "\r\n"), ("  <", "<"), ("<ID>", "<ID  >"), ("<Name>", "<!-- & --><Name>"), (">1<", ">&#49;<"),
                ('"USD"', " 'USD'".strip()), ("<Line>", "<Line languageID = \n'en'>"), ("Boot", "B<!---->oot"),
                ("</md:MetaData>", "</md:MetaData >\n<!-- end -->"), ("<?xml", "\ufeff<?xml"), ("12", "<![CDATA[12]]>"),
            ])
        )  # fmt: skip
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + text[at:].replace(old, new, data.draw(st.integers(1, 3)))
    raw = text.encode()
    interchange = FORMAT.read(raw, SPECS, Limits())
    assert FORMAT.write(interchange, SPECS) == raw
    if interchange.root.children:
        assert FORMAT.write(kept(interchange), SPECS) == raw


def test_a_changed_leaf_changes_its_bytes_only() -> None:
    """A new value is written where the old one stood; all else stays as the sender wrote it."""
    interchange = kept(FORMAT.read(SAMPLE, SPECS, Limits()))
    find(interchange, "GoodsShipment", "Importer", "Name").values[""] = "Fell & Co <new>"
    find(interchange, "InvoiceAmount").values["@currencyID"] = "CHF"
    changed = FORMAT.write(interchange, SPECS)
    at = SAMPLE.rindex(b"Coppice Trail Outfitters Ltd")
    assert changed == (
        SAMPLE[:at].replace(b'<InvoiceAmount currencyID="USD">', b'<InvoiceAmount currencyID="CHF">')
        + b"Fell &amp; Co &lt;new&gt;"
        + SAMPLE[at + len(b"Coppice Trail Outfitters Ltd") :]
    )


def test_a_new_element_stands_in_schema_order() -> None:
    """An element put into a kept tree is written where the schema wants it, with the sender's prefixes."""
    odd = SAMPLE.replace(b"<dt:", b"<q:").replace(b"</dt:", b"</q:").replace(b"xmlns:dt", b"xmlns:q")
    interchange = kept(FORMAT.read(odd, SPECS, Limits()))
    root = interchange.transactions[0].root
    day = Node("DateTimeString", {"": "20260301093000Z", "@formatCode": "304"})
    root.children.append(Node("AcceptanceDateTime", children=[day]))
    find(interchange, "GoodsShipment", "Importer").children.append(
        Node("Contact", children=[Node("Name", {"": "A"})])
    )
    data = FORMAT.write(interchange, SPECS)
    again = FORMAT.read(data, SPECS, Limits())
    assert again.all_findings() == []
    assert again.transactions[0].root.children[0].name == "AcceptanceDateTime"
    assert b'<q:DateTimeString formatCode="304">20260301093000Z</q:DateTimeString>' in data


def test_a_removed_value_takes_its_element_with_it() -> None:
    """An element whose value is gone is not written."""
    interchange = kept(FORMAT.read(SAMPLE, SPECS, Limits()))
    for leaf in walk(find(interchange, "Agent"), ""):
        leaf.node.values[leaf.key] = ""
    data = FORMAT.write(interchange, SPECS)
    assert b"<Agent>" not in data
    assert FORMAT.read(data, SPECS, Limits()).all_findings() == []


def test_new_documents_are_strict() -> None:
    """A new declaration has the profile's header, order and namespaces, and is valid."""
    body = Node(
        "Declaration",
        children=[
            Node("TypeCode", {"": "IMA"}),
            Node("FunctionCode", {"": "9"}),
            Node("GoodsItemQuantity", {"": ""}),
            Node("IssueDateTime", children=[Node("DateTimeString", {"": "20260301", "@formatCode": "102"})]),
            Node("Consignment", children=[Node("Itinerary", children=[Node("RoutingCountryCode", {"": code})])
                                          for code in ("NL", "GB")]),
        ],
    )  # fmt: skip
    interchange = FORMAT.envelop("DEC", "3.6", [body], ENVELOPE, SPECS)
    data = FORMAT.write(interchange, SPECS)
    again = FORMAT.read(data, SPECS, Limits())
    assert no_errors(again.all_findings())
    addresses = [leaf.address for leaf in walk(again.transactions[0].root, "")]
    assert addresses == [
        "FunctionCode",
        "IssueDateTime/DateTimeString",
        "IssueDateTime/DateTimeString@formatCode",
        "TypeCode",
        "Consignment/Itinerary/SequenceNumeric",
        "Consignment/Itinerary/RoutingCountryCode",
        "Consignment/Itinerary[2]/SequenceNumeric",
        "Consignment/Itinerary[2]/RoutingCountryCode",
    ]
    assert find(again, "Consignment").children[1].children[0].get("") == "2"
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<md:MetaData ')
    assert b"\n    <TypeCode>IMA</TypeCode>\n" in data


def test_header_values_can_be_given() -> None:
    """An option `header.<element>` replaces a header value of the profile; an empty one leaves it out."""
    options = {"header.ResponsibleAgencyName": "CBP", "header.ResponsibleCountryCode": ""}
    body = Node("Declaration", children=[Node("FunctionCode", {"": "9"})])
    envelope = Envelope(sender="", receiver="", control=1, at="", options=options)
    data = FORMAT.write(FORMAT.envelop("DEC", "3.6", [body], envelope, SPECS), SPECS)
    assert b"<md:ResponsibleAgencyName>CBP</md:ResponsibleAgencyName>" in data
    assert b"ResponsibleCountryCode" not in data


def test_an_unknown_profile_is_our_own_fault() -> None:
    """A profile that no table has stops with the table's name."""
    envelope = Envelope(sender="", receiver="", control=1, at="", options={"profile": "mars"})
    with pytest.raises(SpecError, match="there is no profile mars"):
        FORMAT.envelop("DEC", "3.6", [], envelope, SPECS)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(max_size=20))
def test_any_value_that_xml_can_hold_is_written(text: str, scheme: str) -> None:
    """A written value is read back as it was, but for what XML cannot hold."""
    clean = "".join(
        c for c in text if (c >= " " or c in "\t\n\r") and not "\ud800" <= c <= "\udfff" and c < "\ufffe"
    )
    scheme = "".join(
        c for c in scheme if (c >= " " or c in "\t\n\r") and not "\ud800" <= c <= "\udfff" and c < "\ufffe"
    )
    body = Node(
        "Declaration",
        children=[Node("FunctionCode", {"": "9"}), Node("ID", {"": clean, "@schemeID": scheme})],
    )
    data = FORMAT.write(FORMAT.envelop("DEC", "3.6", [body], ENVELOPE, SPECS), SPECS)
    root = FORMAT.read(data, SPECS, Limits()).transactions[0].root
    found = next((child for child in root.children if child.name == "ID"), Node("ID"))
    assert found.get("") == clean.strip(" \t\r\n")
    # An element without text is not written, whatever its attributes.
    assert found.get("@schemeID") == (scheme if clean else "")
