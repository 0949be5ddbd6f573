"""The ledger: one SQLite file, one thread that writes it, commits in groups.

Lives here: opening and checking the file, the writer, the readers. What is written
stands in `ledger_intake.py`, `ledger_flow.py` and `ledger_heard.py`, what is asked in
`ledger_query.py`; each is a function over an open transaction.

Nobody hears that something was written before the COMMIT that holds it has returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.shell.bodies import Bodies
from gateway.shell.clock import Clock, SystemClock, rfc3339_seconds
from gateway.shell.ledger_schema import migrate

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP_MAX = 512
GROUP_BYTES_MAX = 16 * 1024 * 1024
READERS = 2
CLOCK_BEHIND_SECONDS_MAX = 60
# Below these, rows that were committed can vanish when two connections are open.
SQLITE_SAFE = (3, 51, 3)
SQLITE_SAFE_BACKPORTS = ((3, 50, 7), (3, 44, 6))


class LedgerError(Exception):
    """The ledger cannot be opened as it stands. The message says what to do."""


class LedgerUnavailable(Exception):  # noqa: N818 - it is a state that passes, and callers name it so
    """What was asked was not committed, or it is not known. Nothing may be promised."""


@dataclass(slots=True)
class Transaction:
    """One open write transaction: its connection, counters, and whom to tell afterwards."""

    connection: sqlite3.Connection
    counters: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def next(self, name: str, count: int = 1) -> int:
        """Count on and give the first of `count` new numbers, from 1."""
        if name not in self.counters:
            row = self.connection.execute("SELECT last FROM control WHERE name = ?", (name,)).fetchone()
            self.counters[name] = row[0] if row else 0
        first = self.counters[name] + 1
        self.counters[name] += count
        return first


Operation = Callable[[Transaction], T]


@dataclass(slots=True)
class _Job:
    operation: Operation[Any]
    done: asyncio.Future[Any]
    size: int
    result: Any = None
    error: BaseException | None = None


class Ledger:
    """Everything that must not be lost, behind two calls: `write` and `read`."""

    def __init__(self, path: Path, clock: Clock, *, inline_bytes_max: int = 1024 * 1024) -> None:
        self.path = path
        self.clock = clock
        self.bodies = Bodies(path.with_name(path.name + ".bodies"), inline_bytes_max)
        self.warnings: list[str] = []
        self.commits = 0
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting_since: float | None = None
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock: Any = None

    # Opening and closing

    async def open(self) -> None:
        """Lock, check and migrate the file, then start the writer. Raises `LedgerError`."""
        self._loop = asyncio.get_running_loop()
        await self._loop.run_in_executor(None, self._prepare)
        self._thread = threading.Thread(target=self._write_loop, name="ledger-write", daemon=True)
        self._thread.start()

    def _prepare(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_name(self.path.name + ".lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise LedgerError(f"{self.path}: another gateway has this ledger open") from error
        try:
            with contextlib.closing(self._connect()) as connection:
                migrate(connection)
                self._check(connection)
        except (sqlite3.Error, ValueError) as error:
            lock.close()
            raise LedgerError(f"{self.path}: {error}") from error
        except LedgerError:
            lock.close()
            raise
        self._lock = lock

    @classmethod
    def upgrade(cls, path: Path) -> None:
        """Bring a file's tables forward while no gateway has it. Raises `LedgerError`."""
        ledger = cls(path, SystemClock())
        try:
            ledger._prepare()
        finally:
            if ledger._lock is not None:
                ledger._lock.close()
            ledger._readers.shutdown()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise LedgerError(f"{self.path}: the file is damaged ({verdict}); restore a copy")
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (level,) = connection.execute("PRAGMA synchronous").fetchone()
        if (mode, level) != ("wal", 2):
            raise LedgerError(f"{self.path}: journal_mode is {mode} and synchronous {level}, not wal and 2")
        row = connection.execute("SELECT at FROM event ORDER BY id DESC LIMIT 1").fetchone()
        now = self.clock.seconds()
        if row is not None and rfc3339_seconds(row[0]) > now + CLOCK_BEHIND_SECONDS_MAX:
            raise LedgerError(f"{self.path}: the clock is behind the last event of {row[0]}; set it first")
        version = sqlite3.sqlite_version_info
        if version < SQLITE_SAFE and not any(
            version[:2] == safe[:2] and version >= safe for safe in SQLITE_SAFE_BACKPORTS
        ):
            self.warnings.append(
                f"SQLite {sqlite3.sqlite_version} has a fault in WAL resets; 3.51.3 or newer is safer"
            )

    async def close(self) -> None:
        """Write what waits, stop the writer and let go of the file."""
        if self._thread is not None and self._loop is not None:
            self._queue.put(None)
            await self._loop.run_in_executor(None, self._thread.join)
            self._thread = None
        self._readers.shutdown(wait=True)
        while self._opened:
            self._opened.pop().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # Asking

    async def read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """Run a question on a reading connection, away from the event loop."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, self._asked, ask)
        except sqlite3.OperationalError as error:
            raise LedgerUnavailable(str(error)) from error

    def _asked(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            self._opened.append(connection)
        return ask(connection)

    async def load(self, digest: bytes) -> bytes:
        """Give the bytes of a digest. Raises `LookupError`."""
        return await self.read(lambda connection: self.bodies.load(connection, digest))

    # Writing

    @property
    def backlog(self) -> int:
        """How many operations wait for the writer."""
        return self._queue.qsize()

    @property
    def backlog_seconds(self) -> float:
        """How long the group that is being written has waited, in seconds."""
        since = self._waiting_since
        return 0.0 if since is None else time.monotonic() - since

    def listen(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Call on the event loop, after each commit, with the names that operations touched."""
        self._listeners.append(listener)

    def write(self, operation: Operation[T], size: int = 0) -> asyncio.Future[T]:
        """Run an operation in the next group. The future resolves after the COMMIT.

        Operations run in the order of their calls. One that raises is undone alone. The
        future fails with `LedgerUnavailable` when the group was not committed.
        """
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            raise LedgerUnavailable("the ledger is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Job(operation, done, size))
        return done

    def _write_loop(self) -> None:
        connection: sqlite3.Connection | None = None
        stopping = False
        while not stopping:
            group, stopping = self._gather()
            if not group:
                continue
            self._waiting_since = time.monotonic()
            touched: frozenset[str] = frozenset()
            try:
                if connection is None:
                    connection = self._connect()
                touched = self._commit(connection, group)
                self.commits += 1
            except sqlite3.Error as error:
                log.error("group of %d not committed: %s", len(group), error)  # noqa: TRY400 - one line
                for job in group:
                    job.error = LedgerUnavailable(str(error))
                connection = _reset(connection)
            self._waiting_since = None
            if self._loop is not None:
                with contextlib.suppress(RuntimeError):  # the loop was closed before us
                    self._loop.call_soon_threadsafe(self._resolve, group, touched)
        if connection is not None:
            connection.close()

    def _gather(self) -> tuple[list[_Job], bool]:
        first = self._queue.get()
        if first is None:
            return [], True
        group, size = [first], first.size
        while len(group) < GROUP_MAX and size < GROUP_BYTES_MAX:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
            size += job.size
        return group, False

    @staticmethod
    def _commit(connection: sqlite3.Connection, group: list[_Job]) -> frozenset[str]:
        connection.execute("BEGIN IMMEDIATE")
        transaction = Transaction(connection)
        touched: set[str] = set()
        for job in group:
            counters, transaction.touched = dict(transaction.counters), set()
            connection.execute("SAVEPOINT one")
            try:
                job.result = job.operation(transaction)
            except sqlite3.OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - it goes to whoever asked, undone
                connection.execute("ROLLBACK TO one")
                transaction.counters = counters
                job.error = error
            else:
                touched |= transaction.touched
            connection.execute("RELEASE one")
        connection.executemany(
            "INSERT INTO control(name, last) VALUES(?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            transaction.counters.items(),
        )
        connection.execute("COMMIT")
        return frozenset(touched)

    def _resolve(self, group: list[_Job], touched: frozenset[str]) -> None:
        for job in group:
            if job.done.done():
                continue
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)
        if touched:
            for listener in self._listeners:
                listener(touched)


def _reset(connection: sqlite3.Connection | None) -> sqlite3.Connection | None:
    """Undo what is open; a connection that cannot even do that is given up."""
    if connection is None:
        return None
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        connection.close()
        return None
    return connection
