"""`apsw`, behind the calls and the exceptions of the interpreter's own `sqlite3`.

It brings a SQLite of its own, so that a ledger need not live with the one of the system. Only
what the ledger calls is here. Every statement commits by itself unless a transaction was begun
in SQL, as with `isolation_level=None`, and a connection may go from one thread to another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import apsw

VERSION = apsw.sqlite_lib_version()
_FLAGS = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
# As `sqlite3` sorts SQLite's result codes; what is in none of these is a `DatabaseError`.
_CLASSES: tuple[tuple[type[sqlite3.Error], frozenset[int]], ...] = (
    (sqlite3.InternalError, frozenset({apsw.SQLITE_INTERNAL, apsw.SQLITE_NOTFOUND})),
    (sqlite3.DataError, frozenset({apsw.SQLITE_TOOBIG})),
    (sqlite3.IntegrityError, frozenset({apsw.SQLITE_CONSTRAINT, apsw.SQLITE_MISMATCH})),
    (sqlite3.InterfaceError, frozenset({apsw.SQLITE_MISUSE, apsw.SQLITE_RANGE})),
    (
        sqlite3.OperationalError,
        frozenset(
            {
                apsw.SQLITE_ERROR, apsw.SQLITE_PERM, apsw.SQLITE_ABORT, apsw.SQLITE_BUSY, apsw.SQLITE_LOCKED,
                apsw.SQLITE_READONLY, apsw.SQLITE_INTERRUPT, apsw.SQLITE_IOERR, apsw.SQLITE_FULL,
                apsw.SQLITE_CANTOPEN, apsw.SQLITE_PROTOCOL, apsw.SQLITE_EMPTY, apsw.SQLITE_SCHEMA,
            }
        ),
    ),
)  # fmt: skip


@lru_cache(maxsize=1024)
def _changing(sql: str) -> bool:
    return sql.lstrip()[:7].rstrip().upper() in _CHANGES


def translated(error: apsw.Error) -> Exception:
    """Give the exception that `sqlite3` has for one of `apsw`."""
    code = getattr(error, "result", None)
    if not isinstance(code, int) or code <= 0:
        # The library's own: too many or too few parameters, a closed connection, two threads at once.
        return sqlite3.ProgrammingError(str(error))
    if code & 0xFF == apsw.SQLITE_NOMEM:
        return MemoryError(str(error))
    found = next((kind for kind, codes in _CLASSES if code & 0xFF in codes), sqlite3.DatabaseError)
    made = found(str(error))
    made.sqlite_errorcode = getattr(error, "extendedresult", code)
    return made


class Cursor:
    """What a statement gave."""

    def __init__(self, raw: apsw.Cursor, rowcount: int) -> None:
        self._raw = raw
        self.rowcount = rowcount

    @property
    def description(self) -> Any:
        """Its columns, the name of each in front; none where no row is left."""
        try:
            return self._raw.getdescription()
        except apsw.ExecutionCompleteError:
            return ()

    def fetchone(self) -> Any:
        """Give the next row, None after the last."""
        return next(self, None)

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        try:
            return self._raw.fetchall()
        except apsw.Error as error:
            raise translated(error) from error
        except UnicodeDecodeError as error:
            raise sqlite3.OperationalError(f"could not decode to UTF-8: {error}") from error

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._raw)
        except apsw.Error as error:
            raise translated(error) from error
        except UnicodeDecodeError as error:
            raise sqlite3.OperationalError(f"could not decode to UTF-8: {error}") from error


class Connection:
    """An open connection."""

    def __init__(self, uri: str, *, seconds: float, kept: int) -> None:
        """Open a file by its URI. A statement waits for a lock so long; `kept` are held prepared."""
        try:
            self._raw = apsw.Connection(uri, flags=_FLAGS, statementcachesize=kept)
            self._raw.set_busy_timeout(int(seconds * 1000))
            # Else a statement with a join is prepared anew for each set of values, in case another plan
            # fits these better. Nothing here is chosen by them.
            self._raw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        except apsw.Error as error:
            raise translated(error) from error

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        try:
            return self._raw.in_transaction
        except apsw.Error as error:
            raise translated(error) from error

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Run one statement. Raises `sqlite3.Error`."""
        try:
            raw = self._raw.execute(sql, parameters)
            # Asked at once: the next statement has its own count.
            changes = self._raw.changes() if _changing(sql) else -1
        except apsw.Error as error:
            raise translated(error) from error
        return Cursor(raw, changes)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        """Run one statement for each set of parameters. Raises `sqlite3.Error`."""
        try:
            before = self._raw.total_changes()
            raw = self._raw.executemany(sql, parameters)
            return Cursor(raw, self._raw.total_changes() - before)
        except apsw.Error as error:
            raise translated(error) from error

    def executescript(self, sql: str, /) -> Cursor:
        """Run statements one after the other. Raises `sqlite3.Error`."""
        try:
            return Cursor(self._raw.execute(sql), -1)
        except apsw.Error as error:
            raise translated(error) from error

    def close(self) -> None:
        """Close it, and what was being read from it."""
        try:
            self._raw.close()
        except apsw.Error as error:
            raise translated(error) from error
