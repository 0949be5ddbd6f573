"""A limit adds what it says itself, and nothing else.

Behind a limit nothing is read. What is said of the part before it is what is said without a limit: that a trailer
or a segment is missing may not be said because it was not looked for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gateway.formats import NAMES, named
from gateway.specs import Limits, Specs
from tests.laws.fixtures import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.finding import Span
    from gateway.formats import Format

SPECS = Specs()
SIZE_MAX = 20_000
SEGMENTS = (1, 2, 3, 4, 5, 7, 11, 16, 23, 40)


def found(form: Format, data: bytes, limits: Limits) -> Counter[tuple[str, Span | None]]:
    """Count what is found, by code and bytes."""
    read = form.read(data, SPECS, limits)
    every = [*read.findings, *(one for each in read.transactions for one in each.findings)]
    return Counter((one.code, one.span) for one in every)


def files(name: str) -> list[Path]:
    """Give every sample of a format, good, bad and lenient."""
    every = sorted(path for path in (ROOT / name).rglob("*") if path.is_file())
    return [path for path in every if path.stat().st_size <= SIZE_MAX]


@pytest.mark.parametrize("name", NAMES)
def test_behind_a_limit_nothing_is_missed(name: str) -> None:
    """With fewer segments than a sample has, nothing is found beside the limit that is not found without it."""
    form, limited = named(name), 0
    assert form is not None
    for path in files(name):
        data = path.read_bytes()
        whole = found(form, data, Limits())
        for most in SEGMENTS:
            more = found(form, data, Limits(segments_max=most)) - whole
            own = [code for code, _ in more if code.endswith("limit/segments_max")]
            assert len(more) == len(own) <= 1, (path.name, most, more)
            limited += len(own)
    assert limited
