"""Files of any size: the same transactions and findings as read whole, in little memory."""

from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from gateway.formats.x12.format import iter_transactions
from gateway.segments import window
from gateway.specs import Limits
from gateway.tree import walk
from tests.formats.x12.support import (
    FIXTURES,
    MANIFEST,
    SPECS,
    group,
    interchange,
    manifest,
    read,
    transaction,
)

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
        leaves = [(leaf.address, leaf.text, leaf.span) for leaf in walk(one.root, "-")]
        if one.message:
            found.append((one.message, one.version, one.control, leaves))
    return found


@pytest.mark.parametrize("chunk", [1, 97, 1 << 20])
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_streamed_file_is_the_same(file: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a file arrives, its transactions, leaves, spans and findings are those of the whole."""
    data = file.read_bytes()
    if chunk == 1 and len(data) > 1000:
        pytest.skip("byte by byte is for the small files")
    monkeypatch.setattr(window, "CHUNK_BYTES", min(chunk * 10, 1 << 20))
    whole = read(data)
    streamed = list(iter_transactions(Drip(data, chunk), SPECS, Limits()))
    assert summary(streamed) == summary(whole.transactions)
    found = [one for transaction in streamed for one in transaction.findings]
    assert sorted(found, key=str) == sorted(whole.all_findings(), key=str)


def test_several_interchanges_stream() -> None:
    """Interchanges with delimiters of their own follow each other in a stream."""
    first = interchange(group(transaction("309", MANIFEST)), control=1)
    second = interchange(group(transaction("309", MANIFEST)), control=2).replace("*", "|").replace("~", "!")
    data = (first + "\r\n" + second + first).encode()
    streamed = list(iter_transactions(Drip(data, 64), SPECS, Limits()))
    assert len(streamed) == 3
    assert [one.code for one in streamed[-1].findings] == ["x12.envelope/ISA-13/envelope/duplicate"]


@pytest.mark.parametrize("data", [b"", b"nothing of the kind", b"ISA*"])
def test_what_is_no_file_of_ours_says_so(data: bytes) -> None:
    """A file without a transaction yields one without message that has the findings."""
    (one,) = iter_transactions(io.BytesIO(data), SPECS, Limits())
    assert one.message == ""
    assert one.findings


def test_memory_does_not_grow_with_the_file() -> None:
    """A file of many transactions is held one part at a time."""
    body = list(MANIFEST) * 1
    sets = [transaction("309", body, f"{number:09}") for number in range(1, 20_001)]
    data = interchange(group(*sets)).encode()
    assert len(data) > 8_000_000
    count = 0
    tracemalloc.start()
    for one in iter_transactions(io.BytesIO(data), SPECS, Limits()):
        count += 1
        assert one.findings == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 20_000_000


def test_a_cut_file_ends_with_findings() -> None:
    """A file that ends in the middle yields what there is, with what is missing on the last one."""
    data = manifest()[:300]
    streamed = list(iter_transactions(io.BytesIO(data), SPECS, Limits()))
    problems = [one.problem for transaction in streamed for one in transaction.findings]
    assert "set/trailer-missing" in problems
    assert "envelope/end-of-file" in problems
