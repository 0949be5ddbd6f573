"""X12 in the compiled part: what it gives is what Python gives, or it gives nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping import emit_quick, translate
from gateway.mapping.emit_quick import quick
from tests.bench.x12 import file
from tests.quick.twins import FIXTURES, changed, compiled, counted, pairs, transactions, trees

FOLDER = FIXTURES / "x12"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
GOOD = [path for path in FILES if path.parent.name != "bad"]
SETS = {"309", "350", "355", "358", "810"}
CHANGED = [path.read_bytes() for path in GOOD if path.parent.name in SETS and path.suffix == ".edi"]
TEXTS = st.text(alphabet=st.sampled_from("ABC xyz019.-/'\"\\\t&<>:^"), max_size=12)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_fixtures(path) -> None:
    """Each fixture becomes the same entry, key by key, with the same findings."""
    made = pairs("x12", path.read_bytes())
    assert all(one in {True, False} for one in made)


@compiled
@pytest.mark.parametrize("message", ["309", "810"])
def test_what_is_measured_is_quick(message) -> None:
    """The files of the benchmark are read by the compiled part, all of them."""
    made = pairs("x12", file(message, 20_000))
    assert made
    assert all(made)


@compiled
def test_every_table_is_quick() -> None:
    """No set has a row that the compiled part does not do."""
    found = [(one.id, one.quick) for path in GOOD for one, _ in transactions("x12", path.read_bytes())]
    assert [name for name, quick in found if quick is None] == []


@compiled
def test_a_class_with_too_many_fields_leaves_its_table_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bits do not do for a class's fields, the table is not quick, and reads as before."""
    (mapping, _), *_ = transactions("x12", file("810", 5_000))
    assert quick(mapping) is not None
    monkeypatch.setattr(emit_quick, "FIELDS_MAX", 3)
    assert quick(mapping) is None


@compiled
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_the_tree_is_the_one_of_python(path) -> None:
    """A cut tree has the nodes and leaves that a table asks, where the nodes of Python have them."""
    assert [one for one, other in trees("x12", path.read_bytes()) if one != other] == []


@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from(CHANGED), seed=st.integers(0, 1 << 30), texts=st.lists(TEXTS, min_size=4, max_size=4)
)
def test_changed_messages(data, seed, texts) -> None:
    """Elements that are replaced or left out, segments that come twice: both say the same."""
    star, end = data[3:4], data[105:106]
    header, *segments = data.split(end)
    changed(segments, star, [one.encode() for one in texts], seed)
    counted(segments, star, b"ST", b"SE", 1)
    made = pairs("x12", end.join([header, *segments]))
    assert all(one in {True, False} for one in made)


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_json_says_what_plain_says(text) -> None:
    """The JSON of an entry is its plain values, also where characters have to be escaped."""
    raw = text.encode().replace(b"~", b"").replace(b"*", b"")
    data = file("810", 500).replace(b"MOVEIS PINHAL EXPORTADORA", raw)
    for mapping, one in transactions("x12", data):
        translation = translate(mapping, one)
        assert json.loads(translation.json) == translation.plain
