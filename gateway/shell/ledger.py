"""The ledger: one database, one thread that writes it, commits in groups.

Lives here: the writer, the readers, and what a failure means for whoever waits. Which
database it is, is known to `ledger_sqlite.py` and `ledger_postgresql.py` alone. What is
written stands in `ledger_intake.py`, `ledger_flow.py` and `ledger_heard.py`, what is asked in
`ledger_query.py`; each is a function over an open transaction.

Nobody hears that something was written before the COMMIT that holds it has returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.shell.bodies import Bodies
from gateway.shell.clock import Clock
from gateway.shell.ledger_store import (
    Blame,
    Connection,
    LedgerError,
    LedgerUnavailable,
    Reader,
    Store,
    Writer,
    store_at,
)
from gateway.shell.ledger_together import run

__all__ = ["Ledger", "LedgerError", "LedgerUnavailable", "Operation", "Transaction"]

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP_MAX = 512
GROUP_BYTES_MAX = 16 * 1024 * 1024
READERS = 2
CALM_SECONDS = 0.004
"""How long a group waits for company in which nobody is kept waiting by it."""
# PostgreSQL keeps values of less than a gigabyte.
INLINE_BYTES_MAX = 1 << 29


@dataclass(slots=True)
class Transaction:
    """One open write transaction: its connection, counters, and whom to tell afterwards.

    `members` names the processes that have the ledger open now; an owner is a member's name, a
    dot, and more.
    """

    connection: Connection
    members: Callable[[], frozenset[str]]
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
    calm: bool = False
    result: Any = None
    error: BaseException | None = None


class Ledger:
    """Everything that must not be lost, behind two calls: `write` and `read`.

    `store` is a database, or the path of a SQLite file.
    """

    def __init__(self, store: Store | Path, clock: Clock, *, inline_bytes_max: int = 1024 * 1024) -> None:
        self.store = store_at(store) if isinstance(store, Path) else store
        self.clock = clock
        folder, used = self.store.bodies
        self.bodies = Bodies(folder, inline_bytes_max if used else INLINE_BYTES_MAX)
        self.warnings: list[str] = []
        self.commits = 0
        self.refused_bytes = 0
        """So much content was not committed, and none has been since."""
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting_since: float | None = None
        self._local = threading.local()
        self._opened: set[Reader] = set()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # Opening and closing

    async def open(self) -> None:
        """Lock, check and bring forward the database, then start the writer. Raises `LedgerError`."""
        self._loop = asyncio.get_running_loop()
        self.warnings += await self._loop.run_in_executor(None, self.store.open, self.clock, self._told)
        self._thread = threading.Thread(target=self._write_loop, name="ledger-write", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Write what waits, stop the writer and let go of the database."""
        loop = asyncio.get_running_loop()
        if self._thread is not None:
            self._queue.put(None)
            await loop.run_in_executor(None, self._thread.join)
            self._thread = None
        self._readers.shutdown(wait=True)
        while self._opened:
            self._opened.pop().close()
        await loop.run_in_executor(None, self.store.close)

    @property
    def shared(self) -> bool:
        """Tell whether other processes may write this ledger too."""
        return self.store.shared

    def owner(self, name: str) -> str:
        """Give the name under which a part of this process holds leases."""
        return f"{self.store.member}.{name}"

    # Asking

    async def read(self, ask: Callable[[Connection], T]) -> T:
        """Run a question on a reading connection, away from the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._asked, ask)

    def _asked(self, ask: Callable[[Connection], T]) -> T:
        # A connection may have died unseen while nobody used it: then a new one is tried.
        fresh = getattr(self._local, "connection", None) is None or not self.shared
        try:
            return ask(self._reader())
        except Exception as error:
            if self.store.blame(error) is not Blame.DATABASE:
                raise
            self._drop_reader()
            if not fresh:
                return self._asked(ask)
            raise LedgerUnavailable(str(error)) from error

    def _reader(self) -> Reader:
        connection: Reader | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self.store.reader()
            self._local.connection = connection
            self._opened.add(connection)
        return connection

    def _drop_reader(self) -> None:
        connection: Reader | None = getattr(self._local, "connection", None)
        if connection is not None:
            self._local.connection = None
            self._opened.discard(connection)
            connection.close()

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
        """Call on the event loop, after each commit, with the names that operations touched.

        Commits of other processes count too. `ledger_store.EVERYTHING` means that some were missed.
        """
        self._listeners.append(listener)

    def write(self, operation: Operation[T], size: int = 0, *, calm: bool = False) -> asyncio.Future[T]:
        """Run an operation in the next group. The future resolves after the COMMIT.

        Operations run in the order of their calls. One that raises is undone alone. It may be
        run more than once, and only the last run counts. The future fails with
        `LedgerUnavailable` when the group was not committed. One that is `calm` may wait some
        milliseconds for others: nobody outside is kept waiting, and a commit costs the same for all.
        """
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            raise LedgerUnavailable("the ledger is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Job(operation, done, size, calm))
        return done

    def _write_loop(self) -> None:
        writer: Writer | None = None
        stopping = False
        while not stopping:
            group, stopping = self._gather()
            if not group:
                continue
            self._waiting_since = time.monotonic()
            writer, touched = self._write_group(writer, group)
            self._waiting_since = None
            self._on_loop(self._resolve, group, touched)
        if writer is not None:
            writer.close()

    def _gather(self) -> tuple[list[_Job], bool]:
        first = self._queue.get()
        if first is None:
            return [], True
        if first.calm and self._queue.empty():
            time.sleep(CALM_SECONDS)
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

    def _write_group(
        self, writer: Writer | None, group: list[_Job], *, again: bool = True
    ) -> tuple[Writer | None, frozenset[str]]:
        """Commit a group. Gives the connection for the next, and what was touched."""
        stale = writer is not None and self.shared
        try:
            if writer is None:
                writer = self.store.writer()
            touched = self._commit(writer, group)
        except Exception as error:  # noqa: BLE001 - it goes to whoever waits
            blame = self.store.blame(error)
            sure = writer is None or not writer.committing
            if writer is not None and not writer.reset():
                writer = None
            if blame is not Blame.DATABASE:
                return self._write_alone(writer, group, error)
            if stale and sure and again:
                # The connection may have died unseen; nothing was committed on it.
                if writer is not None:
                    writer.close()
                return self._write_group(None, group, again=False)
            log.error("group of %d not committed: %s", len(group), error)  # noqa: TRY400 - one line
            for job in group:
                job.error = LedgerUnavailable(str(error))
            self.refused_bytes = max(self.refused_bytes, *(job.size for job in group))
            return writer, frozenset()
        self.commits += 1
        if any(job.size for job in group):
            self.refused_bytes = 0
        return writer, touched

    def _write_alone(
        self, writer: Writer | None, group: list[_Job], error: Exception
    ) -> tuple[Writer | None, frozenset[str]]:
        """Run each operation of a group by itself: one of them failed in a way that undid all."""
        if len(group) == 1:
            group[0].error = error
            return writer, frozenset()
        touched: set[str] = set()
        for job in group:
            job.result = job.error = None
            writer, some = self._write_group(writer, [job])
            touched |= some
        return writer, frozenset(touched)

    def _commit(self, writer: Writer, group: list[_Job]) -> frozenset[str]:
        # Operations that fail are few: only when one has are all run again, each behind a mark.
        writer.begin()
        connection = writer.connection
        transaction = Transaction(connection, lambda: self.store.members(connection))
        try:
            for job in group:
                job.error = None
            run(transaction, group)
        except Exception as error:
            if self.store.blame(error) is not Blame.OPERATION or not writer.reset():
                raise
            writer.begin()
            transaction = Transaction(connection, transaction.members)
            self._run_marked(writer, transaction, group)
        touched = transaction.touched
        connection.executemany(
            "INSERT INTO control(name, last) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET last = excluded.last",
            transaction.counters.items(),
        )
        writer.commit(frozenset(touched))
        return frozenset(touched)

    def _run_marked(self, writer: Writer, transaction: Transaction, group: list[_Job]) -> None:
        """Run operations so that one that fails is undone alone."""
        for job in group:
            counters, touched = dict(transaction.counters), set(transaction.touched)
            job.error = None
            writer.mark()
            try:
                job.result = job.operation(transaction)
            except Exception as error:
                if self.store.blame(error) is not Blame.OPERATION:
                    raise
                writer.back()
                transaction.counters, transaction.touched = counters, touched
                job.error = error
            else:
                writer.keep()

    # Telling

    def _told(self, touched: frozenset[str]) -> None:
        self._on_loop(self._tell, touched)

    def _on_loop(self, call: Callable[..., None], *arguments: Any) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed before us
                self._loop.call_soon_threadsafe(call, *arguments)

    def _resolve(self, group: list[_Job], touched: frozenset[str]) -> None:
        for job in group:
            if job.done.done():
                continue
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)
        self._tell(touched)

    def _tell(self, touched: frozenset[str]) -> None:
        if touched:
            for listener in self._listeners:
                listener(touched)
