"""The name of the tables: it is another when one of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.shell import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = (
    "edi_specs/x12/309.toml",
    "edi_specs/clauses/ids.lock",
    "edi_specs/conformance/answers.lock",
    "mappings/a.map",
    "xsd/b/c.xsd",
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder of small tables, which are those of the gateway."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(evidence, "data_root", lambda: tmp_path)
    yield tmp_path
    evidence.tables.cache_clear()


def named() -> str:
    """Name the tables as they are now."""
    evidence.tables.cache_clear()
    return evidence.tables()


@pytest.mark.parametrize("name", FILES)
def test_what_judges_is_named_anew_when_it_changes(root: Path, name: str) -> None:
    """By its bytes and by its path; what the conformance suite expects of an answer judges nobody."""
    before = named()
    (root / name).write_text("another")
    aside = name.startswith(("edi_specs/clauses/", "edi_specs/conformance/"))
    assert (named() == before) is aside
    (root / name).write_text(name)
    assert named() == before
    (root / name).rename(root / f"{name}.old")
    assert (named() == before) is aside
