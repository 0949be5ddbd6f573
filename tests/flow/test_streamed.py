"""A file as a caller reads it: transaction by transaction, with all that is said of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import gateway

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = [
    "x12/309/one-bill.edi",
    "edifact/CUSDEC/groups.edi",
    "catair/SE/cancel.txt",
    "json/entry/informal.json",
    "wco/DEC/amendment.xml",
    *sorted(str(file.relative_to(FIXTURES)) for file in FIXTURES.glob("*/bad/*[!tk]")),
]
NOTHING = [b"", b"no format of ours\n", b"UNX+UNOA:3+A+B+1'\n", b"<a/>"]


@pytest.mark.parametrize("data", NOTHING)
def test_what_is_no_message_is_told_without_a_name(data: bytes) -> None:
    """A file that no format reads has one transaction without name or entry, which says what is wrong."""
    (one,) = gateway.iter_transactions(io.BytesIO(data))
    assert (one.message, one.findings) == ("", gateway.read(data).all_findings())
    assert list(gateway.iter_translations(io.BytesIO(data))) == []


@pytest.mark.parametrize("name", FILES)
def test_whoever_reads_one_by_one_is_told_the_same(name: str) -> None:
    """The findings of a whole reading come with transactions, of a file without any with one that has no name."""
    data = (FIXTURES / name).read_bytes()
    whole = gateway.read(data)
    found = list(gateway.iter_transactions(io.BytesIO(data)))
    told = sorted((one.code, str(one.span)) for transaction in found for one in transaction.findings)
    assert told == sorted((one.code, str(one.span)) for one in whole.all_findings())
    named = [one.message for one in found if one.message]
    assert named == [one.message for one in whole.transactions]
