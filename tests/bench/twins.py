"""The same work with and without the compiled part, in one process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from gateway.flow.translate import take
from gateway.formats.edifact import matching as edifact
from gateway.formats.x12 import matching as x12
from gateway.mapping import engine
from gateway.specs import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.flow.translate import Tables

LIMITS = Limits(interchange_bytes_max=64 * 1024 * 1024, transactions_max=1_000_000)


def entries_of(data: bytes, tables: Tables) -> list[bytes]:
    """Give every entry of some bytes as JSON."""
    return [one.json for one in take(data, tables, LIMITS).translations]


@contextmanager
def plain_python() -> Iterator[None]:
    """Have everything read in Python meanwhile."""
    with (
        patch.object(engine, "_quick", lambda mapping, transaction: None),
        patch.object(edifact.PROGRAMS, "get", lambda *_: None),
        patch.object(x12.PROGRAMS, "get", lambda _: None),
    ):
        yield
