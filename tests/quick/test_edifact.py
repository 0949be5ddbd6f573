"""EDIFACT in the compiled part: what it gives is what Python gives, or it gives nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.edifact import file
from tests.quick.twins import FIXTURES, changed, compiled, counted, pairs, transactions, trees

FOLDER = FIXTURES / "edifact"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
GOOD = [path for path in FILES if path.parent.name != "bad"]
CHANGED = [path.read_bytes() for path in GOOD if path.suffix == ".edi" and b"UNH+" in path.read_bytes()]
TEXTS = st.text(alphabet=st.sampled_from('ABC xyz019.,-/?"\\&<>:+*\u00e9\u0142'), max_size=12)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_fixtures(path) -> None:
    """Each fixture becomes the same entry, key by key, with the same findings."""
    made = pairs("edifact", path.read_bytes())
    assert all(one in {True, False} for one in made)


@compiled
@pytest.mark.parametrize("message", ["CUSDEC", "CUSCAR"])
def test_what_is_measured_is_quick(message) -> None:
    """The files of the benchmark are read by the compiled part, all of them."""
    made = pairs("edifact", file(message, 20_000))
    assert made
    assert all(made)


@compiled
def test_every_table_is_quick() -> None:
    """No message has a row that the compiled part does not do."""
    found = [(one.id, one.quick) for path in GOOD for one, _ in transactions("edifact", path.read_bytes())]
    assert [name for name, quick in found if quick is None] == []


@compiled
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_the_tree_is_the_one_of_python(path) -> None:
    """A cut tree has the nodes and leaves that a table asks, where the nodes of Python have them."""
    assert [one for one, other in trees("edifact", path.read_bytes()) if one != other] == []


@pytest.mark.parametrize(
    ("syntax", "text"), [("UNOC:3", "latin-1"), ("UNOW:4", "utf-8"), ("UNOD:3", "iso8859-2")]
)
@pytest.mark.parametrize(
    "name", ["B\u00e9b\u00e9 SA", "\u00a0SA\u00a0", "O?'NEIL ?+ CO ??", "A?:B", "\u00e9?+", "GMBH  "]
)
def test_letters(syntax, text, name) -> None:
    """Letters beyond ASCII, blanks beyond ASCII and released characters are what Python reads."""
    data = file("CUSDEC", 1000).replace(b"UNOB:3", syntax.encode())
    named = data.replace(b"VAN DIJK KEUKENS BV", name.encode(text, "replace"))
    assert named != data
    assert pairs("edifact", named) != []


@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from(CHANGED), seed=st.integers(0, 1 << 30), texts=st.lists(TEXTS, min_size=4, max_size=4)
)
def test_changed_messages(data, seed, texts) -> None:
    """Elements that are replaced or left out, segments that come twice: both say the same."""
    start = data.index(b"UNH+")
    segments = data[start:].split(b"'")
    changed(segments, b"+", [one.encode() for one in texts], seed)
    counted(segments, b"+", b"UNH", b"UNT", 1)
    made = pairs("edifact", data[:start] + b"'".join(segments))
    assert all(one in {True, False} for one in made)
