"""Results files: whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.conformance.results import ResultsError, read
from tests.conformance.commands import ENVELOPE, judged


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A results file that is whole."""
    out = tmp_path / "r.jsonl"
    judged(out, f"{ENVELOPE}/ISA-0")
    return out


def test_a_whole_file_is_read(whole: Path) -> None:
    """Header, cases and footer come back, and the counts are those of the lines."""
    found = read(whole)
    assert found.header["target"] == {
        "name": "library",
        "address": "library",
        "version": found.header["suite"],
    }
    assert found.header["seed"] == 1
    assert found.header["specs"]
    assert len(list(found.cases())) == found.footer["counts"]["total"] > 0


def test_a_truncated_file_is_refused(whole: Path) -> None:
    """Cut anywhere, no report is drawn from it."""
    data = whole.read_bytes()
    rows = data.splitlines(keepends=True)
    for cut in (b"".join(rows[:-1]), data[:-1], data[:-40], b"".join(rows[:1]), b"", rows[0][:30]):
        whole.write_bytes(cut)
        with pytest.raises(ResultsError):
            read(whole)


def test_a_changed_file_is_refused(whole: Path) -> None:
    """A verdict changed, a line lost, two lines swapped or the header's seed changed is noticed."""
    rows = whole.read_bytes().splitlines(keepends=True)
    changed = [
        [rows[0], rows[1].replace(b'"pass"', b'"fail"'), *rows[2:]],
        [rows[0], *rows[2:]],
        [rows[0], rows[2], rows[1], *rows[3:]],
        [rows[0].replace(b'"seed":1', b'"seed":2'), *rows[1:]],
        [*rows[:-1], rows[-1].replace(b'"fail":0', b'"fail":1')],
    ]
    for one in changed:
        whole.write_bytes(b"".join(one))
        with pytest.raises(ResultsError):
            read(whole)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[]\n", b'{"conformance":2}\n{"end":true}\n', b"\x00" * 100])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    """What is no results file is told as such."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(data)
    with pytest.raises(ResultsError):
        read(path)
