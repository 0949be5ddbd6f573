"""The ledger: one database, one writer, commits in groups.

Lives here: who waits for what, the threads of the writer and of the readers. What a group is,
and what a failure means, stands in `ledger_group.py`. Which database it is, is known to `ledger_sqlite.py` and `ledger_postgresql.py` alone. What is
written stands in `ledger_intake.py`, `ledger_flow.py` and `ledger_heard.py`, what is asked in
`ledger_query.py`; each is a function over an open transaction.

Nobody hears that something was written before the COMMIT that holds it has returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from gateway.shell.bodies import Bodies
from gateway.shell.clock import Clock
from gateway.shell.ledger_group import Groups, Job, Operation, Transaction
from gateway.shell.ledger_store import (
    Blame,
    Connection,
    LedgerError,
    LedgerUnavailable,
    Reader,
    Store,
    store_at,
)

__all__ = ["Ledger", "LedgerError", "LedgerUnavailable", "Operation", "Transaction"]

T = TypeVar("T")

GROUP_MAX = 512
GROUP_BYTES_MAX = 16 * 1024 * 1024
READERS = 2
CALM_SECONDS = 0.004
"""How long a group waits for company in which nobody is kept waiting by it."""
# PostgreSQL keeps values of less than a gigabyte.
INLINE_BYTES_MAX = 1 << 29


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
        self._groups = Groups(self.store)
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting: deque[Job] = deque()
        self._work: queue.SimpleQueue[tuple[list[Job], frozenset[str] | None] | None] = queue.SimpleQueue()
        self._busy = False
        self._timer: asyncio.Handle | None = None
        self._timer_calm = False
        self._drained: asyncio.Event | None = None
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
        self._thread = threading.Thread(
            target=self._write_loop if self.shared else self._commit_loop, name="ledger-write", daemon=True
        )
        self._thread.start()

    async def close(self) -> None:
        """Write what waits, stop the writer and let go of the database."""
        loop = asyncio.get_running_loop()
        thread, self._thread = self._thread, None
        if thread is not None:
            if self._busy or self._waiting:
                self._drained = asyncio.Event()
                await self._drained.wait()
            (self._queue if self.shared else self._work).put(None)
            await loop.run_in_executor(None, thread.join)
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

    async def read(self, ask: Callable[[Connection], T], *, short: bool = False) -> T:
        """Run a question on a reading connection, away from the event loop.

        One that is `short` looks at few rows, each by its key: of a file it is answered at once.
        """
        if short and not self.shared:
            return self._asked(ask)
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
    def commits(self) -> int:
        """How many groups were committed."""
        return self._groups.commits

    @property
    def refused_bytes(self) -> int:
        """So much content was not committed, and none has been since."""
        return self._groups.refused_bytes

    @property
    def backlog(self) -> int:
        """How many operations wait for the writer."""
        return self._queue.qsize() + len(self._waiting)

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

    def write(
        self, operation: Operation[T], size: int = 0, *, calm: bool = False, short: bool = False
    ) -> asyncio.Future[T]:
        """Run an operation in the next group. The future resolves after the COMMIT.

        Operations run in the order of their calls. One that raises is undone alone. It may be
        run more than once, and only the last run counts. The future fails with
        `LedgerUnavailable` when the group was not committed. One that is `calm` may wait some
        milliseconds for others: nobody outside is kept waiting, and a commit costs the same for all.
        One that is `short` looks at few rows, each by its key.
        """
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            raise LedgerUnavailable("the ledger is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        job = Job(operation, done, size, calm, short)
        if self.shared:
            self._queue.put(job)
        else:
            self._waiting.append(job)
            self._soon(calm=calm)
        return done

    # Groups that the writing thread gathers by itself: a shared store, where each statement waits

    def _write_loop(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._gather()
            if not group:
                continue
            self._waiting_since = time.monotonic()
            touched = self._groups.write(group)
            self._waiting_since = None
            self._on_loop(self._resolve, group, touched)
        self._groups.close()

    def _gather(self) -> tuple[list[Job], bool]:
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

    # Groups that the event loop gathers: a file of our own. Two threads that run statements and
    # requests beside each other hand the interpreter over at each of them, so what is short is run
    # here, and the thread waits for the disk.

    def _soon(self, *, calm: bool) -> None:
        """Begin the next group when those who are awake have had their turn."""
        if self._busy or self._loop is None:
            return
        if self._timer is not None:
            if calm or not self._timer_calm:
                return
            self._timer.cancel()
        self._timer_calm = calm
        later = self._loop.call_later
        self._timer = later(CALM_SECONDS, self._begin) if calm else self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._timer = None
        if self._busy or not self._waiting:
            return
        group = self._next_group()
        self._busy = True
        self._waiting_since = time.monotonic()
        touched = self._groups.prepare(group) if group[0].short else None
        self._work.put((group, touched))

    def _next_group(self) -> list[Job]:
        short, size = self._waiting[0].short, 0
        group: list[Job] = []
        while (
            self._waiting
            and self._waiting[0].short is short
            and len(group) < GROUP_MAX
            and size < GROUP_BYTES_MAX
        ):
            job = self._waiting.popleft()
            group.append(job)
            size += job.size
        return group

    def _commit_loop(self) -> None:
        while (work := self._work.get()) is not None:
            group, touched = work
            touched = self._groups.write(group) if touched is None else self._groups.commit(group, touched)
            self._on_loop(self._ended, group, touched)
        self._groups.close()

    def _ended(self, group: list[Job], touched: frozenset[str]) -> None:
        self._busy, self._waiting_since = False, None
        self._resolve(group, touched)
        if self._waiting:
            # One that may wait does so when it is alone; a commit was long enough for the company of others.
            self._soon(calm=len(self._waiting) == 1 and self._waiting[0].calm)
        elif self._drained is not None:
            self._drained.set()

    # Telling

    def _told(self, touched: frozenset[str]) -> None:
        self._on_loop(self._tell, touched)

    def _on_loop(self, call: Callable[..., None], *arguments: Any) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed before us
                self._loop.call_soon_threadsafe(call, *arguments)

    def _resolve(self, group: list[Job], touched: frozenset[str]) -> None:
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
