"""Each set has a good message in each release; it reads without a fault and comes back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.finding import Severity
from gateway.formats.x12.format import FORMAT
from gateway.specs import Limits, Specs, data_root

if TYPE_CHECKING:
    from pathlib import Path

SPECS = Specs()
FOLDER = data_root() / "fixtures" / "x12"
FILES = [file for file in sorted(FOLDER.glob("*/*.edi")) if file.parent.name not in {"bad", "lenient"}]
RELEASES = ("004010", "005010", "005020")
SETS = (
    "309",
    "350",
    "352",
    "353",
    "354",
    "355",
    "356",
    "357",
    "358",
    "601",
    "810",
    "824",
    "856",
    "997",
    "TA1",
)
BY_MODE = (
    ("309", "004040"), ("309", "007010"), ("309", "004060"), ("309", "006050"), ("350", "004060"),
    ("350", "006050"), ("353", "006050"), ("355", "004060"), ("355", "007010"), ("358", "004060"),
    ("601", "004050"), ("999", "005010"), ("999", "005020"),
)  # fmt: skip


def label(file: Path) -> str:
    """Name a fixture in test ids."""
    return f"{file.parent.name}/{file.stem}"


def releases(message: str) -> set[str]:
    """List the releases in which a set has a fixture; a TA1 has the version of its ISA."""
    found = set()
    for file in (FOLDER / message).glob("*.edi"):
        read = FORMAT.read(file.read_bytes(), SPECS, Limits())
        found |= {one.version for one in read.transactions} or {f"0{file.read_bytes()[84:89].decode()[1:]}0"}
    return found


@pytest.mark.parametrize("message", SETS)
def test_every_set_and_release_has_a_fixture(message: str) -> None:
    """The three releases have a good message of the set."""
    assert releases(message) >= set(RELEASES)


@pytest.mark.parametrize(("message", "release"), BY_MODE)
def test_every_mode_has_a_fixture(message: str, release: str) -> None:
    """What customs uses by mode has a good message too."""
    assert release in releases(message)


@pytest.mark.parametrize("file", FILES, ids=label)
def test_reads_without_a_fault(file: Path) -> None:
    """A good message has neither errors nor warnings."""
    read = FORMAT.read(file.read_bytes(), SPECS, Limits())
    assert [one for one in read.all_findings() if one.severity in {Severity.ERROR, Severity.WARNING}] == []


@pytest.mark.parametrize("file", FILES, ids=label)
def test_comes_back_as_it_was(file: Path) -> None:
    """Read and written, a message has the same bytes."""
    data = file.read_bytes()
    assert FORMAT.write(FORMAT.read(data, SPECS, Limits()), SPECS) == data
