"""WCO documents through the compiled part, held to what Python reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats.wco.format import FORMAT
from gateway.formats.wco.node import XmlNode
from gateway.mapping import translate
from gateway.specs import Limits
from tests.quick.twins import FIXTURES, TABLES, compiled, in_python, pairs, said, transactions

pytestmark = compiled

FILES = sorted((FIXTURES / "wco").glob("[DR]E[CS]/*.xml"))
SMALL_MAX = 40_000
SMALL = [path for path in FILES if path.stat().st_size < SMALL_MAX]
LEAF = re.compile(rb">([^<>]+)</")
ELEMENT = re.compile(rb"[ \t]*<([A-Za-z:]+)(?:[ \t][^<>]*)?>[^<>]*</\1>\r?\n")
TEXTS = (
    b"",
    b" ",
    b"0",
    b"1",
    b"-3.50",
    b"0.10",
    b"1e3",
    b"A00",
    b"GB",
    b"EUR",
    b"20261125",
    b"&#8364;",
    b"x&amp;y",
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixtures(path: Path) -> None:
    """Every fixture has the same entry and the same findings; declarations are read by the compiled part."""
    answered = pairs("wco", path.read_bytes())
    assert answered
    assert all(answered) or path.parent.name == "RES"


def taken(data: bytes) -> list[bool]:
    """Hold every message of a document to its twin, as if the schema had accepted it."""
    found = []
    for one in FORMAT.read(data, TABLES.specs, Limits()).transactions:
        mapping = TABLES.mappings.get("wco", one.message, one.version)
        assert mapping is not None
        assert isinstance(one.root, XmlNode)
        # The schema would refuse most changes.
        one.root._document.valid = True
        first = translate(mapping, one)
        assert said(first) == said(in_python(mapping, one))
        found.append(not isinstance(first.held, dict))
    return found


@given(st.sampled_from(SMALL), st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=60)
def test_changed_leaves(path: Path, chance: object, changes: int) -> None:
    """With other texts in some leaves both give the same, or the compiled part leaves it to Python."""
    data = path.read_bytes()
    for _ in range(changes):
        found = list(LEAF.finditer(data))
        one, other = chance.choice(found), chance.choice(found)  # type: ignore[attr-defined]
        text = chance.choice((*TEXTS, other[1]))  # type: ignore[attr-defined]
        data = b"".join((data[: one.start(1)], text, data[one.end(1) :]))
    taken(data)


@given(st.sampled_from(SMALL), st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=60)
def test_leaves_that_are_there_twice_or_not(path: Path, chance: object, changes: int) -> None:
    """With leaves left out, doubled and moved both give the same."""
    data = path.read_bytes()
    for _ in range(changes):
        found = list(ELEMENT.finditer(data))
        one, other = chance.choice(found), chance.choice(found)  # type: ignore[attr-defined]
        put = chance.choice((b"", one[0] * 2, one[0] + other[0]))  # type: ignore[attr-defined]
        data = b"".join((data[: one.start()], put, data[one.end() :]))
    taken(data)


def test_texts_with_references_outlive_what_they_were_cut_from() -> None:
    """An entry has its texts when the tree's nodes have gone and their memory is another tree's."""
    data = (FIXTURES / "wco" / "DEC" / "import-full.xml").read_bytes()
    [(mapping, one)] = transactions(
        "wco", re.sub(rb"(<Description(?: [^<>]*)?>)", rb"\1A&#x20ac;&amp;", data, count=1)
    )
    held = translate(mapping, one)
    assert not isinstance(held.held, dict)
    for path in SMALL:
        assert pairs("wco", path.read_bytes())
    assert held.plain == in_python(mapping, one).plain


def test_the_compiled_part_answers() -> None:
    """Among the fixtures with a changed number there are enough that are not left to Python."""
    declarations = [path for path in SMALL if path.parent.name == "DEC"]
    answered = [
        all(taken(re.sub(rb"(Amount[^<>]*>)[0-9.]+<", rb"\g<1>%d.5<" % number, path.read_bytes())))
        for number, path in enumerate(declarations)
    ]
    assert sum(answered) == len(declarations) > 10
