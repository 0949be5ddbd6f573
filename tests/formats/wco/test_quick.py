"""The compiled part cuts a document into the tree that folding it in Python gives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.flow.translate import load_tables
from gateway.formats.wco import fold, quick
from gateway.formats.wco.format import FORMAT
from gateway.formats.wco.node import XmlNode
from gateway.quick import COMPILED, Asked
from gateway.specs import Limits, Specs, data_root

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.tree import Node

pytestmark = pytest.mark.skipif(not COMPILED, reason="the compiled part was not built")

Plain = tuple[str, tuple[tuple[str, str], ...], tuple["Plain", ...]]

GOOD = sorted((data_root() / "fixtures" / "wco").glob("[DR]E[CS]/*.xml"))
KEPT = {"Root": frozenset({"Kept"}), "Other": frozenset({"Kept", "Leaf"})}
NAMES = ("Root", "Other", "Leaf", "Kept", "Strange", "LeafOfALongerName")


def plain(node: Node, asked: Asked) -> Plain:
    """Give of a folded tree what is asked for."""
    slots = asked.slots(node.name)
    children = (plain(child, asked) for child in node.children if child.name in asked.names)
    values = tuple((key, node.values[key]) for key in slots if key in node.values)
    return node.name, values, tuple(children)


def ask(node: Node, asked: Asked) -> None:
    """Ask for everything that a folded tree has."""
    asked.name(node.name)
    for key in node.values:
        asked.key(node.name, key)
    for child in node.children:
        ask(child, asked)


def message(root: Node | None, name: str) -> Node | None:
    """Find the message in a folded tree, the envelope or the message itself."""
    if root is None or root.name == name:
        return root
    return next((child for child in root.children if child.name == name), None)


@pytest.mark.parametrize("file", GOOD, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_fixtures(file: Path) -> None:
    """Every fixture's message has the same tree, whole and of what one message of all asks for."""
    tables = load_tables()
    interchange = FORMAT.read(file.read_bytes(), Specs(), Limits())
    for one in interchange.transactions if len(interchange.transactions) == 1 else ():
        mapping = tables.mappings.get("wco", one.message, one.version)
        assert mapping is not None
        assert mapping.folding is not None
        assert isinstance(one.root, XmlNode)
        folded = one.root.folded(mapping.folding.kept)
        assert folded is not None
        asked = Asked(mapping.folding.kept)
        ask(folded, asked)
        tree = one.root.cut(asked)
        assert tree is not None
        assert tree.plain(asked) == plain(folded, asked)


TEXTS = st.text(st.sampled_from("ab \n\t<&>\"'é€𝄞\x96"), max_size=6)
REFERENCES = st.sampled_from(
    ["&#65;", "&#x41;", "&#150;", "&#xe9;", "&#x1D11E;", "&amp;lt;", "&quot;", "&apos;", "x", ""]
)
WRITTEN = st.builds(lambda text, reference: f"{escape(text)}{reference}", TEXTS, REFERENCES)
ATTRIBUTE_NAMES = ("a", "id", "xml:lang", "xmlns:p", "xsi:type")


@st.composite
def attributes(draw: st.DrawFn) -> str:
    """Write some attributes in either quotes."""
    written = ""
    for name in draw(st.lists(st.sampled_from(ATTRIBUTE_NAMES), unique=True, max_size=3)):
        quote = draw(st.sampled_from("\"'"))
        value = draw(WRITTEN).replace('"', "").replace("'", "").replace(">", "")
        before, equals = draw(st.sampled_from([" ", "\n "])), draw(st.sampled_from(["=", " = "]))
        written += f"{before}{name}{equals}{quote}{value}{quote}"
    return written


@st.composite
def elements(draw: st.DrawFn, depth: int = 0, names: tuple[str, ...] = NAMES) -> str:
    """Write an element and what is in it."""
    name = draw(st.sampled_from(("", "p:"))) + draw(st.sampled_from(names))
    opened = f"<{name}{draw(attributes())}{draw(st.sampled_from(['', ' ']))}"
    if draw(st.booleans()) and depth:
        return f"{opened}/>" if draw(st.booleans()) else f"{opened}>{draw(WRITTEN)}</{name}>"
    inner = draw(st.lists(elements(depth + 1), max_size=3)) if depth < 4 else []
    rare = draw(st.sampled_from(["", "", "", "<!-- < -->", "<![CDATA[x]]>", "<?x y?>"]))
    return "".join((opened, ">", rare, *(f"\n{one}" for one in inner), f"</{name}>"))


@given(elements(names=("Root",)), st.sampled_from(["", '<?xml version="1.0"?>\n', "<!-- one -->", "\r\n"]))
def test_any_markup(markup: str, head: str) -> None:
    """Whatever is well-formed has the same tree, or the compiled part leaves it to the other."""
    data = f"{head}{markup}".encode()
    folded = fold.fold(data, KEPT)
    asked = Asked(KEPT)
    asked.name("Root")
    if folded is not None:
        ask(folded, asked)
    tree = quick.cut(data, asked, "Root")
    if tree is not None and folded is not None:
        assert tree.plain(asked) == plain(folded, asked)


@given(elements(names=("Root",)), st.data())
def test_what_is_not_asked_is_left_out(markup: str, data: st.DataObject) -> None:
    """A tree has what is asked for and nothing else."""
    folded = fold.fold(markup.encode(), KEPT)
    every, asked = Asked(KEPT), Asked(KEPT)
    asked.name("Root")
    if folded is not None:
        ask(folded, every)
    for name, keys in zip(every.names, every.keys, strict=True):
        if data.draw(st.booleans()):
            asked.name(name)
            for key in keys:
                if data.draw(st.booleans()):
                    asked.key(name, key)
    tree = quick.cut(markup.encode(), asked, "Root")
    if tree is not None and folded is not None:
        assert tree.plain(asked) == plain(folded, asked)


@given(elements(names=("Root",)), st.data())
def test_broken_markup_ends(markup: str, data: st.DataObject) -> None:
    """Markup that breaks off or has a wrong byte gives some tree or none, and nothing else happens."""
    asked = Asked(KEPT)
    for name in NAMES:
        for key in ("", "@a", "Leaf", "Leaf@id", "Kept", "LeafOfALongerName"):
            asked.key(name, key)
    broken = bytearray(markup.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from([b"", b"<", b">", b"&", b'"', b"/", b"=", b"\x00", b"</", b"<a", b"&#x"])
        )
        broken = broken or bytearray(b"<")
    tree = quick.cut(bytes(broken), asked, "Root")
    assert tree is None or tree.data


def test_a_leaf_again_is_the_last_one() -> None:
    """Of two leaves of one name the later text is kept, and the attributes of both."""
    asked = Asked(KEPT)
    for key in ("Leaf", "Leaf@a", "Leaf@id"):
        asked.key("Root", key)
    data = b'<Root><Leaf a="1" id="2">first</Leaf><Leaf a="3"/></Root>'
    tree = quick.cut(data, asked, "Root")
    assert tree is not None
    assert tree.plain(asked) == ("Root", (("Leaf", ""), ("Leaf@a", "3"), ("Leaf@id", "2")), ())
    folded = fold.fold(data, KEPT)
    assert folded is not None
    assert tree.plain(asked) == plain(folded, asked)


@pytest.mark.parametrize(
    "data",
    [
        b"<Root><Leaf><![CDATA[x]]></Leaf></Root>",
        b'<Root><Leaf p:a="1"/></Root>',
        b"<Other/>",
        b"<Envelope><Root><Leaf/></Root><Root><Leaf/></Root></Envelope>",
        b"<Root>" * 70 + b"</Root>" * 70,
        b"<Root><Leaf>&nbsp;</Leaf></Root>",
        b"<Root><Leaf>",
    ],
)
def test_the_rest_is_left_to_python(data: bytes) -> None:
    """CDATA, foreign attributes, several messages, depth, entities and what does not end are not done here."""
    asked = Asked(KEPT)
    asked.key("Root", "Leaf")
    assert quick.cut(data, asked, "Root") is None


def test_a_table_that_does_not_fold_gets_no_folded_tree() -> None:
    """What asks for nodes as they stand is left to Python."""
    asked = Asked()
    asked.key("Root", "Leaf")
    assert quick.cut(b"<Root><Leaf>x</Leaf></Root>", asked, "Root") is None


def test_a_document_in_another_encoding_is_left_to_python() -> None:
    """What was read as Latin is no UTF-8."""
    data = (data_root() / "fixtures" / "wco" / "DEC" / "twelve-items.xml").read_bytes()
    latin = data.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')
    assert latin != data
    interchange = FORMAT.read(latin, Specs(), Limits(lenient=True))
    root = interchange.transactions[0].root
    assert isinstance(root, XmlNode)
    assert root.cut(Asked({})) is None
    assert root.folded({}) is None
