"""The place of one value, found alone: the same as the whole reading gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway.mapping.engine import Translation
from gateway.mapping.narrow import UnsureError, mapped_of
from gateway.mapping.path import leaf_paths
from tests.laws.fixtures import good, label, taken

if TYPE_CHECKING:
    from pathlib import Path

PATHS_MAX = 60


def paths(plain: dict[str, object]) -> list[str]:
    """Name some values of an entry and the objects around them, spread over the whole of it."""
    found = dict.fromkeys(
        path[:end]
        for path, _ in leaf_paths(plain)
        for end in [*(match.start() for match in re.finditer(r"[.\[]", path)), len(path)]
    )
    every = [*found, "lines[9999].origin", "nothing"]
    return every[:: max(1, len(every) // PATHS_MAX)]


@pytest.mark.parametrize("file", good(), ids=label)
def test_a_place_found_alone_is_the_one_of_the_whole_reading(file: Path) -> None:
    """Each value, object and list of an entry has one place, however it is looked for."""
    for one in taken(file).translations:
        whole = Translation(one.transaction, one.mapping, (), one.plain)
        assert whole.reading.plain
        for path in paths(one.plain):
            alone = Translation(one.transaction, one.mapping, (), one.plain)
            assert alone.place(path) == whole.place(path), path


def test_of_a_declaration_nearly_every_place_is_found_alone() -> None:
    """Lists that loops make are counted; the whole message is read for few of the others."""
    file = next(file for file in good() if file.name == "twelve-items.xml")
    [one] = taken(file).translations
    unsure = []
    for path in paths(one.plain):
        try:
            mapped_of(one.mapping, one.transaction.root, one.plain, path)
        except UnsureError:
            unsure.append(path)
    assert unsure == []
