"""The laws that every mapping keeps on every fixture, by existing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gateway.entry import entry_of, plain_of
from gateway.flow.canonical import document, read_document
from gateway.flow.translate import load_tables, restore, take
from gateway.mapping import coverage
from gateway.specs import Limits
from gateway.tree import walk
from tests.laws.fixtures import good, label, taken

if TYPE_CHECKING:
    from pathlib import Path

FILES = good()


@pytest.mark.parametrize("file", FILES, ids=label)
def test_conservation(file: Path) -> None:
    """Mapped, ignored, control and unmapped leaves are together all leaves, each once."""
    result = taken(file)
    assert result.interchange is not None
    for one in result.translations:
        leaves = list(walk(one.transaction.root, one.mapping.spec.separator))
        covered = [row.leaf for row in one.coverage]
        assert [leaf.address for leaf in covered] == [leaf.address for leaf in leaves]
        assert sum(coverage.count(one.coverage).values()) == len(leaves)
        assert [leaf.address for leaf in one.unmapped] == [
            row.leaf.address for row in one.coverage if row.category == coverage.UNMAPPED
        ]


@pytest.mark.parametrize("file", FILES, ids=label)
def test_one_pass(file: Path) -> None:
    """Read to the canonical document and written back, a message has the same bytes."""
    data = file.read_bytes()
    tables = load_tables()
    result = taken(file)
    if not result.translations:
        pytest.skip("no mapping carries this message")
    kept = read_document(document(result).encode())
    assert kept.interchange is not None
    plains = [plain_of(entry_of(entry)[0]) for entry in kept.entries]
    sent = restore(result.translations[0].mapping, kept.interchange, kept.roots, plains, tables)
    assert sent.data == data


@pytest.mark.parametrize("file", FILES, ids=label)
def test_two_pass(file: Path) -> None:
    """Read, written and read again, a message gives the same entry."""
    tables = load_tables()
    result = taken(file)
    if not result.translations:
        pytest.skip("no mapping carries this message")
    kept = read_document(document(result).encode())
    assert kept.interchange is not None
    plains = [one.plain for one in result.translations]
    sent = restore(result.translations[0].mapping, kept.interchange, kept.roots, plains, tables)
    again = take(sent.data, tables, Limits())
    assert [one.plain for one in again.translations] == plains


@pytest.mark.parametrize("file", FILES, ids=label)
def test_provenance(file: Path) -> None:
    """Every canonical value has the leaf it came from, or the mapping's rule that made it."""
    result = taken(file)
    data = file.read_bytes()
    for one in result.translations:
        made = [origin for origin in one.lineage if not origin.leaves]
        # A rule makes what stands nowhere on the wire: an ordinal, a link, a scheme.
        assert len(made) <= len(one.lineage)
        for origin in one.lineage:
            for leaf in origin.leaves:
                assert leaf.span is not None
                assert 0 <= leaf.span.start < leaf.span.end <= len(data)


@pytest.mark.parametrize("file", FILES, ids=label)
def test_good_fixtures_are_good(file: Path) -> None:
    """A good fixture has no finding of severity error, from the grammar or from the mapping."""
    result = taken(file)
    errors = [finding for finding in result.findings if finding.severity.value == "error"]
    assert not errors, errors[:3]


def test_coverage_of_mapped_leaves() -> None:
    """In every format at least 95 % of the data leaves of our fixtures are mapped or ignored with a reason."""
    total: dict[str, Counter[str]] = {}
    for file in FILES:
        for one in taken(file).translations:
            total.setdefault(one.mapping.id, Counter()).update(coverage.count(one.coverage))
    for name, counts in total.items():
        data = counts[coverage.MAPPED] + counts[coverage.IGNORED] + counts[coverage.UNMAPPED]
        assert counts[coverage.MAPPED] + counts[coverage.IGNORED] >= 0.95 * data, (name, counts)
