"""Files of any size: the same messages and findings as read whole, in little memory."""

from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from gateway.formats.edifact.format import iter_transactions
from gateway.segments import window
from gateway.specs import Limits
from gateway.tree import walk
from tests.formats.edifact.support import FIXTURES, SMALL, SPECS, read

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(FIXTURES.glob("*/*.edi"))


class Drip(io.BytesIO):
    """A file that gives few bytes at a time, however many are asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size if size is None or size < 0 else min(size, self.size))


def summary(transactions: list) -> list[tuple]:
    """Give what must not depend on how a file is read."""
    found = []
    for one in transactions:
        leaves = [(leaf.address, leaf.text, leaf.span) for leaf in walk(one.root, ":")]
        if one.message:
            found.append((one.message, one.version, one.control, leaves))
    return found


@pytest.mark.parametrize("chunk", [7, 97, 1 << 20])
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_streamed_file_is_the_same(file: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a file arrives, its messages, leaves, spans and findings are those of the whole."""
    data = file.read_bytes()
    monkeypatch.setattr(window, "CHUNK_BYTES", min(chunk * 10, 1 << 20))
    whole = read(data)
    streamed = list(iter_transactions(Drip(data, chunk), SPECS, Limits()))
    assert summary(streamed) == summary(whole.transactions)
    found = [one for transaction in streamed for one in transaction.findings]
    assert sorted(found, key=str) == sorted(whole.all_findings(), key=str)


def test_several_interchanges_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interchanges with characters of their own follow each other; a released terminator ends nothing."""
    monkeypatch.setattr(window, "CHUNK_BYTES", 16)
    other = SMALL.replace(b"ICR1", b"ICR2").replace(b"UNA:+.? '", b"UNA:^.? ~").replace(b"+", b"^")
    other = other.replace(b"'", b"~").replace(b"A REMARK", b"A ?~REMARK")
    streamed = list(iter_transactions(Drip(SMALL + b"\r\n" + other + SMALL, 5), SPECS, Limits()))
    assert len(streamed) == 3
    assert [one.code for one in streamed[-1].findings] == ["edifact.envelope/UNB:0020/envelope/duplicate"]


@pytest.mark.parametrize("data", [b"", b"nothing of the kind", b"UNB+", b"UNA:+.? 'UNB+UNOC:3'"])
def test_what_is_no_file_of_ours_says_so(data: bytes) -> None:
    """A file without a message yields one without name that has the findings."""
    (one,) = iter_transactions(io.BytesIO(data), SPECS, Limits())
    assert one.message == ""
    assert one.findings


def test_memory_does_not_grow_with_the_file() -> None:
    """A file of many messages is held one part at a time."""
    head, _, rest = SMALL.partition(b"UNH+1")
    body = rest[: rest.index(b"UNT+13")]
    messages = b"".join(b"UNH+%d%bUNT+13+%d'\n" % (turn, body, turn) for turn in range(1, 20_001))
    data = head + messages + b"UNZ+20000+ICR1'\n"
    assert len(data) > 4_000_000
    count = 0
    tracemalloc.start()
    for one in iter_transactions(io.BytesIO(data), SPECS, Limits()):
        count += 1
        assert one.findings == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 15_000_000


def test_a_cut_file_ends_with_findings() -> None:
    """A file that ends in the middle yields what there is, with what is missing on the last one."""
    streamed = list(iter_transactions(io.BytesIO(SMALL[:200]), SPECS, Limits()))
    problems = [one.problem for transaction in streamed for one in transaction.findings]
    assert "message/trailer-missing" in problems
    assert "envelope/trailer-missing" in problems
