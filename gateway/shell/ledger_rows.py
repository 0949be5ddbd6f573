"""Many rows with few statements.

A statement has its price whatever it writes: it is found among the prepared ones, and on SQLite
the interpreter changes hands twice while the event loop wants it too. So the rows of a group of
operations go out together. Counts are powers of two, so that there are few texts to prepare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from gateway.shell.ledger_store import Connection

T = TypeVar("T")

ROWS_MAX = 32
"""Rows in one statement. Of the widest table that is some 450 parameters; each database takes 999."""


def insert(connection: Connection, into: str, rows: Sequence[Sequence[Any]], otherwise: str = "") -> None:
    """Insert rows in their order. `into` is the table with its columns, `otherwise` an ON CONFLICT."""
    for some in portions(rows):
        text = _insert(into, len(some[0]), len(some), otherwise)
        connection.execute(text, [value for row in some for value in row])


def portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut rows into pieces of 32, 16, 8, 4, 2 and 1, in their order."""
    at, size = 0, ROWS_MAX
    while at < len(rows):
        while size > len(rows) - at:
            size //= 2
        yield rows[at : at + size]
        at += size


@lru_cache(maxsize=256)
def values(width: int, count: int) -> str:
    """Write `(?, ?), (?, ?)`: places for so many rows, each so wide."""
    row = f"({', '.join('?' * width)})"
    return ", ".join([row] * count)


@lru_cache(maxsize=256)
def _insert(into: str, width: int, count: int, otherwise: str) -> str:
    return f"INSERT INTO {into} VALUES{values(width, count)} {otherwise}"
