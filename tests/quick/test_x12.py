"""X12 in the compiled part: what it gives is what Python gives, or it gives nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.flow.translate import load_tables
from gateway.formats.x12 import FORMAT
from gateway.mapping import translate
from gateway.specs import Limits
from tests.bench.x12 import file
from tests.quick.twins import compiled, in_python, is_quick, said

if TYPE_CHECKING:
    from gateway.quick import Asked
    from gateway.tree import Node

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "x12"
FIXTURES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
TABLES = load_tables()


def pairs(data: bytes) -> list[bool]:
    """Hold every translation of some bytes to its twin; tell which the compiled part made."""
    found = []
    for one in FORMAT.read(data, TABLES.specs, Limits()).transactions:
        mapping = TABLES.mappings.get("x12", one.message, one.version)
        if mapping is not None:
            first = translate(mapping, one)
            assert said(first) == said(in_python(mapping, one))
            found.append(is_quick(first))
    return found


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_fixtures(path: Path) -> None:
    """Each fixture becomes the same entry, key by key, with the same findings."""
    made = pairs(path.read_bytes())
    assert all(one in {True, False} for one in made)


@compiled
@pytest.mark.parametrize("message", ["309", "810"])
def test_what_is_measured_is_quick(message: str) -> None:
    """The files of the benchmark are read by the compiled part, all of them."""
    made = pairs(file(message, 20_000))
    assert made
    assert all(made)


@compiled
def test_most_fixtures_are_quick() -> None:
    """Every table of a customs set is in the compiled part."""
    slow = [
        path.name
        for path in FIXTURES
        if path.parent.name != "bad"
        for one in FORMAT.read(path.read_bytes(), TABLES.specs, Limits()).transactions
        if (mapping := TABLES.mappings.get("x12", one.message, one.version)) is not None
        and mapping.quick is None
    ]
    assert slow == []


def shape(node: Node, asked: Asked) -> object:
    """Give of a node what a table asks, as `Tree.plain` does."""
    keys = asked.slots(node.name)
    return (
        node.name,
        tuple((key, node.get(key)) for key in keys if node.get(key)),
        tuple(shape(child, asked) for child in node.children if child.name in asked.names),
    )


@compiled
@pytest.mark.parametrize("path", [one for one in FIXTURES if one.parent.name != "bad"], ids=lambda p: p.name)
def test_the_tree_is_the_one_of_python(path: Path) -> None:
    """A cut tree has the nodes and leaves that a table asks, where the nodes of Python have them."""
    for one in FORMAT.read(path.read_bytes(), TABLES.specs, Limits()).transactions:
        mapping = TABLES.mappings.get("x12", one.message, one.version)
        quick = mapping.quick if mapping is not None else None
        tree = one.root.cut(quick.asked) if quick is not None else None
        if quick is not None and tree is not None:
            assert tree.plain(quick.asked)[1:] == shape(one.root, quick.asked)[1:]  # type: ignore[index]


SETS = {"309", "350", "355", "358", "810"}
GOOD = [path.read_bytes() for path in FIXTURES if path.parent.name in SETS and path.suffix == ".edi"]
TEXTS = st.text(alphabet=st.sampled_from("ABC xyz019.-/'\"\\\t&<>"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from(GOOD), seed=st.integers(0, 1 << 30), texts=st.lists(TEXTS, min_size=4, max_size=4)
)
def test_changed_messages(data: bytes, seed: int, texts: list[str]) -> None:
    """Elements that are replaced, left out or swapped, segments that come twice or not: both say the same."""
    chance = random.Random(seed)  # noqa: S311 - the choices of a test
    star, end = data[3:4], data[105:106]
    header, *segments = data.split(end)
    for text in texts:
        at = chance.randrange(len(segments))
        elements = segments[at].split(star)
        place = chance.randrange(len(elements))
        match chance.randrange(4):
            case 0:
                elements[place] = text.encode()
            case 1:
                elements[place] = b""
            case 2:
                segments.insert(at, segments[at])
            case _:
                del elements[place:]
        segments[at if at < len(segments) else -1] = star.join(elements)
    count = next((n for n, one in enumerate(segments) if one.strip().startswith(b"SE" + star)), None)
    if count is not None:
        # The trailer counts what there is now, so that more than the fault of counting is met.
        first = next((n for n, one in enumerate(segments) if one.strip().startswith(b"ST" + star)), 0)
        parts = segments[count].split(star)
        parts[1:2] = [str(count - first + 1).encode()]
        segments[count] = star.join(parts)
    assert pairs(end.join([header, *segments])) is not None


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_json_says_what_plain_says(text: str) -> None:
    """The JSON of an entry is its plain values, also where characters have to be escaped."""
    data = file("810", 500).replace(
        b"MOVEIS PINHAL EXPORTADORA", text.encode().replace(b"~", b"").replace(b"*", b"")
    )
    for one in FORMAT.read(data, TABLES.specs, Limits()).transactions:
        mapping = TABLES.mappings.get("x12", one.message, one.version)
        assert mapping is not None
        translation = translate(mapping, one)
        assert json.loads(translation.json) == translation.plain
