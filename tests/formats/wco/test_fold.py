"""The folded tree: values read from the text are those of the parsed elements, however it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway.flow.translate import load_tables
from gateway.formats.wco.fold import fold
from gateway.formats.wco.format import FORMAT
from gateway.specs import Limits, data_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER = data_root() / "fixtures" / "wco"
FILES = sorted([*FOLDER.glob("DEC/*.xml"), *FOLDER.glob("RES/*.xml")])
TABLES = load_tables()
_TEXT = re.compile(rb"(<(Description|StatementDescription)>)([^<]+)(</)")


def compared(data: bytes) -> bool:
    """Hold both readings of each message against each other; tell whether any was folded."""
    read = FORMAT.read(data, TABLES.specs, Limits())
    assert read.transactions
    some = False
    for transaction in read.transactions:
        mapping = TABLES.mappings.get("wco", transaction.message, transaction.version)
        assert mapping is not None
        assert mapping.folding is not None
        folded = transaction.root.folded(mapping.folding.kept)
        if folded is not None:
            some = True
            assert mapping.folding.read(folded).root == mapping.reader(transaction.root).root
    return some


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_both_trees_give_the_same_entry(file: Path) -> None:
    """Every fixture is read to the same values from either tree; of several messages there is no folded one."""
    assert compared(file.read_bytes()) is (file.stem != "two-responses")


def _inside(text: bytes) -> Callable[[bytes], bytes]:
    return lambda data: _TEXT.sub(rb"\g<1>" + text + rb"\g<3>\g<4>", data)


def _cdata(data: bytes) -> bytes:
    return _TEXT.sub(rb"\g<1><![CDATA[\g<3>]]>\g<4>", data)


WAYS: dict[str, tuple[Callable[[bytes], bytes], bool]] = {
    "as it is": (lambda data: data, True),
    "comments": (_inside(b"<!-- <ID>1</ID> > -->"), True),
    "instructions": (_inside(b"<?p <a> ?>"), True),
    "comment first": (lambda data: data.replace(b"<md:MetaData", b"<!-- > --><md:MetaData", 1), True),
    "references": (_inside(b"&#65;&amp;&lt;b&gt;"), True),
    "blanks": (lambda data: data.replace(b">GBP<", b"> GBP <").replace(b"<ID>", b"<ID >"), True),
    "line ends": (lambda data: data.replace(b"\n", b"\r\n"), True),
    "quotes": (
        lambda data: data.replace(b'"EUR"', b"'EUR'").replace(b" currencyID=", b"\n currencyID = "),
        True,
    ),
    "mark": (lambda data: b"\xef\xbb\xbf" + data, True),
    "no declaration": (lambda data: re.sub(rb"^<\?xml.*?\?>\s*", b"", data), True),
    "letters": (_inside("Öl ".encode()), True),
    "sections": (_cdata, False),
    "bracket in a text": (_inside(b"a>b"), False),
    "brackets like tags": (_inside(b"x>y>"), False),
    "brackets like an end tag": (_inside(b"a>/Description>"), False),
}


@pytest.mark.parametrize("way", WAYS)
def test_however_it_is_written(way: str) -> None:
    """Comments, references, line ends and brackets change no value; what is not sure to be cut right is not cut."""
    change, folds = WAYS[way]
    before = (FOLDER / "DEC" / "twelve-items.xml").read_bytes()
    data = change(before)
    assert (data != before) is (way != "as it is")
    assert compared(data) is folds


def test_an_invalid_document_is_not_cut() -> None:
    """Only what the schema accepts is known to have its tags where they belong."""
    data = (FOLDER / "DEC" / "twelve-items.xml").read_bytes().replace(b"<Description>", b"<Descriptio>", 1)
    assert not any(one.root.folded({}) for one in FORMAT.read(data, TABLES.specs, Limits()).transactions)


def test_bytes_without_an_element_fold_to_nothing() -> None:
    """There is no tree where there is no element."""
    assert fold(b"", {}) is None
    assert fold(b"<?xml version='1.0'?>", {}) is None


def test_a_bracket_in_an_attribute_is_not_cut() -> None:
    """A tag ends at a bracket only where there is no other one."""
    assert fold(b'<a b="x>y"><c>1</c></a>', {}) is None
    folded = fold(b'<a b="x"><c d="e">1</c></a>', {})
    assert folded is not None
    assert folded.values == {"@b": "x", "c": "1", "c@d": "e"}
