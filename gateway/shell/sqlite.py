"""Which SQLite a ledger in a file runs on: the interpreter's own, or the one that `apsw` brings.

The interpreter's is often the system's, and old. Where it has the fault in WAL resets and the
extra `apsw` is installed, that is taken. A process opens one file by one of them only: locks on
a file belong to the process, and where one library closes it, the other's locks are gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.shell.ledger_store import LedgerError, Reader

AUTO = "auto"

BUSY_SECONDS_MAX = 10
# Each text is there for six counts of rows (`ledger_rows.py`).
STATEMENTS_KEPT = 512
# Below these, rows that were committed can vanish when two connections are open.
SQLITE_SAFE = (3, 51, 3)
SQLITE_SAFE_BACKPORTS = ((3, 50, 7), (3, 44, 6))


def is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether a version of SQLite is free of the fault in WAL resets."""
    return version >= SQLITE_SAFE or any(
        version[:2] == safe[:2] and version >= safe for safe in SQLITE_SAFE_BACKPORTS
    )


class SqliteConnection(Reader, Protocol):
    """An open connection to a file, by either library. Errors are those of `sqlite3`."""

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""

    def executescript(self, sql_script: str, /) -> Any:
        """Run statements one after the other."""


@dataclass(frozen=True, slots=True)
class Library:
    """One way to open a file: by which package, and the version of SQLite in it."""

    name: str
    version: str
    connect: Callable[[str], SqliteConnection]
    """Open a file by its URI; every statement commits by itself. Raises `sqlite3.Error`."""

    @property
    def safe(self) -> bool:
        """Tell whether its SQLite is free of the fault in WAL resets."""
        return is_safe(tuple(int(number) for number in self.version.split(".")))

    def __str__(self) -> str:
        return f"SQLite {self.version} of {'Python' if self.name == 'sqlite3' else self.name}"


def library(choice: str = AUTO) -> Library:
    """Give the library of a name; for `auto` the one that suits. Raises `LedgerError`."""
    if choice == "sqlite3":
        return Library("sqlite3", sqlite3.sqlite_version, _own)
    if choice == AUTO:
        return suits()
    try:
        from gateway.shell import sqlite_apsw  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise LedgerError(
            "store.library is apsw, which is an extra: pip install 'customs-gateway[apsw]'"
        ) from error

    def connect(uri: str) -> SqliteConnection:
        return sqlite_apsw.Connection(uri, seconds=BUSY_SECONDS_MAX, kept=STATEMENTS_KEPT)

    return Library("apsw", sqlite_apsw.VERSION, connect)


def suits() -> Library:
    """Give the interpreter's own SQLite, or that of `apsw` where only that is free of the fault."""
    own = library("sqlite3")
    if own.safe:
        return own
    try:
        other = library("apsw")
    except LedgerError:
        return own
    return other if other.safe else own


def _own(uri: str) -> SqliteConnection:
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS_MAX,
        cached_statements=STATEMENTS_KEPT,
    )  # fmt: skip
