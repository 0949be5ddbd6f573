"""The ledger in one SQLite file, which one process has alone.

A lock file keeps a second process out for as long as the first lives, however it ends. The
file is made at opening and never later: one that was moved away or replaced while the
service runs takes no commits, and nothing is acknowledged, until it is back.
"""

from __future__ import annotations

import contextlib
import fcntl
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gateway.shell.ledger_schema import STEPS, migrate
from gateway.shell.ledger_store import Blame, LedgerError, check_clock
from gateway.shell.sqlite import AUTO, BUSY_SECONDS_MAX, library

if TYPE_CHECKING:
    from gateway.shell.clock import Clock
    from gateway.shell.ledger_store import Connection, Told
    from gateway.shell.sqlite import SqliteConnection


class SqliteStore:
    """One file. Long bodies lie in a folder beside it."""

    shared = False

    def __init__(self, path: Path, choice: str = AUTO) -> None:
        """Take a file, and by which library it is opened. Raises `LedgerError` where that is missing."""
        self.path = path
        self.library = library(choice)
        self.name = self.place = str(path)
        self.environment: dict[str, str] = {}
        self.member = secrets.token_hex(8)
        self.bodies = path.with_name(f"{path.name}.bodies"), True
        self._lock: IO[str] | None = None
        self._identity: tuple[int, int] | None = None

    # Opening and closing

    def open(self, clock: Clock, told: Told) -> list[str]:  # noqa: ARG002 - nobody else is there to be heard
        """Lock, bring forward, check. Gives warnings. Raises `LedgerError`."""
        with contextlib.ExitStack() as stack:
            lock = stack.enter_context(self._locked())
            try:
                with contextlib.closing(self._connect(make=True)) as connection:
                    migrate(connection)
                    self._check(connection, clock)
                self._identity = self._seen()
            except (sqlite3.Error, OSError, ValueError) as error:
                raise LedgerError(f"{self.path}: {error}") from error
            stack.pop_all()
        self._lock = lock
        if self.library.safe:
            return []
        return [
            f"{self.library} has a fault in WAL resets; 3.51.3 or newer is safer, and the extra apsw brings it"
        ]

    def _locked(self) -> IO[str]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(f"{self.path.name}.lock").open("a+")
        except OSError as error:
            raise LedgerError(f"{self.path}: cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise LedgerError(f"{self.path}: another gateway has this ledger open") from error
        return lock

    def _check(self, connection: SqliteConnection, clock: Clock) -> None:
        if damage := self.damage(connection, quick=True):
            raise LedgerError(f"{self.path}: the file is damaged ({damage}); restore a copy")
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (level,) = connection.execute("PRAGMA synchronous").fetchone()
        if (mode, level) != ("wal", 2):
            raise LedgerError(f"{self.path}: journal_mode is {mode} and synchronous {level}, not wal and 2")
        # A file that may only be read says so at the first write; better now than then.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO meta(name, value) VALUES('probe', '') ON CONFLICT DO NOTHING")
        connection.execute("ROLLBACK")
        check_clock(connection, clock, self.name)

    def close(self) -> None:
        """Let go of the file."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables forward; gives the steps before and after. Raises `LedgerError`."""
        with self._locked():
            try:
                with contextlib.closing(self._connect(make=False)) as connection:
                    before = migrate(connection)
            except (sqlite3.Error, ValueError) as error:
                raise LedgerError(f"{self.path}: {error}") from error
        return before, len(STEPS)

    # Connections

    def _connect(self, *, make: bool) -> SqliteConnection:
        mode = "rwc" if make else "rw"
        connection = self.library.connect(f"{self.path.resolve().as_uri()}?mode={mode}")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _seen(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino

    def check_place(self) -> None:
        """Raise `sqlite3.OperationalError` where the file is not the one that was opened."""
        try:
            if self._seen() == self._identity:
                return
        except OSError:
            pass
        raise sqlite3.OperationalError("the file is gone from its place, or another lies there")

    def writer(self) -> SqliteWriter:
        """Open the connection that writes."""
        self.check_place()
        return SqliteWriter(self, self._connect(make=False))

    def reader(self) -> SqliteConnection:
        """Open a connection for questions."""
        self.check_place()
        connection = self._connect(make=False)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def members(self, connection: Connection) -> frozenset[str]:  # noqa: ARG002 - the lock says it
        """Name this process: whoever holds the lock is alone."""
        return frozenset({self.member})

    @staticmethod
    def blame(error: BaseException) -> Blame:
        """Tell whose fault an exception is."""
        if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
            return Blame.DATABASE
        return Blame.OPERATION

    # From outside

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[SqliteConnection]:
        """Give all that is stored as it is at one moment, beside a service that runs."""
        uri = f"{self.path.resolve().as_uri()}?mode=ro"
        try:
            with contextlib.closing(self.library.connect(uri)) as connection:
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                yield connection
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: cannot be read: {error}") from error

    @staticmethod
    def damage(connection: Connection, *, quick: bool = False) -> str:
        """Give what SQLite finds wrong with the file, "" where it finds nothing."""
        question = "PRAGMA quick_check(1)" if quick else "PRAGMA integrity_check(1)"
        (verdict,) = connection.execute(question).fetchone()
        return "" if verdict == "ok" else str(verdict)


class SqliteWriter:
    """The one connection that writes."""

    def __init__(self, store: SqliteStore, connection: SqliteConnection) -> None:
        self._store = store
        self.connection = connection
        self.committing = False
        self._waits = True

    def begin(self, *, wait: bool = True) -> None:
        """Open a transaction."""
        self.committing = False
        self._store.check_place()
        if wait is not self._waits:
            self.connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS_MAX * 1000 if wait else 0}")
            self._waits = wait
        self.connection.execute("BEGIN IMMEDIATE")

    def mark(self) -> None:
        """Begin an operation that may be undone alone."""
        self.connection.execute("SAVEPOINT one")

    def back(self) -> None:
        """Undo the operation since the mark."""
        self.connection.execute("ROLLBACK TO one")
        self.connection.execute("RELEASE one")

    def keep(self) -> None:
        """Let go of the mark."""
        self.connection.execute("RELEASE one")

    def commit(self, touched: frozenset[str]) -> None:  # noqa: ARG002 - nobody else is there to be told
        """Make it durable, in the file that was opened."""
        self.committing = True
        self.connection.execute("COMMIT")
        self._store.check_place()

    def reset(self) -> bool:
        """Undo what is open. False: the connection is closed."""
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
