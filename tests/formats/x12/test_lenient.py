"""Files that break the rules as real ones do: strict reading says what is wrong, lenient repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.finding import Answer, Level, Severity, no_errors
from gateway.formats.x12.format import FORMAT
from gateway.tree import Envelope, walk
from tests.formats.x12.support import FIXTURES, SPECS, read

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(FIXTURES.glob("lenient/*.edi"))
GOOD = read((FIXTURES / "309" / "one-bill.edi").read_bytes())


def expected(file: Path) -> list[str]:
    """Give the codes that stand beside a fixture."""
    return file.with_suffix(".expect").read_text().split()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_strict_reading_says_what_is_wrong(file: Path) -> None:
    """Strict reading names each fault of the file, and nothing else."""
    found = read(file.read_bytes()).all_findings()
    assert [one.code for one in found] == expected(file)
    assert not any(one.severity is Severity.REPAIRED for one in found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_lenient_reading_repairs_and_lists_it(file: Path) -> None:
    """Lenient reading gives the values of the good file, and each repair is a finding."""
    data = file.read_bytes()
    result = read(data, lenient=True)
    assert [one.code for one in result.all_findings()] == expected(file)
    assert {one.severity for one in result.all_findings()} == {Severity.REPAIRED}
    good = {leaf.address: leaf.text for leaf in walk(GOOD.transactions[0].root, "-")}
    mine = {leaf.address: leaf.text for leaf in walk(result.transactions[0].root, "-")}
    assert {name: text for name, text in mine.items() if name != "SE-01"} == {
        name: text for name, text in good.items() if name != "SE-01"
    }
    assert FORMAT.write(result, SPECS) == data


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_repaired_file_is_accepted_with_its_repairs_noted(file: Path) -> None:
    """The answer to what lenient reading repaired accepts it, and is without fault itself."""
    result = read(file.read_bytes(), lenient=True)
    found = tuple(result.all_findings())
    assert no_errors(found)
    envelope = Envelope(sender="", receiver="", control=1, at="2026-11-25T12:00:00+00:00")
    answer = Answer(level=Level.SYNTAX, accepted=True, findings=found)
    said = FORMAT.acknowledge(result, answer, envelope, SPECS)
    assert read(said).all_findings() == []
    assert b"R" not in {line.split(b"*")[1] for line in said.split(b"~") if line.startswith((b"AK5", b"AK9"))}
