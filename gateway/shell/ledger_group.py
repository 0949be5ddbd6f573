"""Groups: operations that are committed together, and what a failure of one or of all means.

Lives here: the open transaction, and whose fault an exception is. Never here: threads, and who
waits for what (`ledger.py`). One group at a time; its statements and its COMMIT may be run by
different threads, one after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.shell.ledger_store import Blame, Connection, LedgerUnavailable, Store, Writer
from gateway.shell.ledger_together import run

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger(__name__)

T = TypeVar("T")


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
class Job:
    """An operation that somebody waits for; `size` are the bytes of content in it."""

    operation: Operation[Any]
    done: asyncio.Future[Any]
    size: int = 0
    calm: bool = False
    short: bool = False
    result: Any = None
    error: BaseException | None = None


class Groups:
    """Commits groups of jobs to one store. Each job has its result or its error afterwards."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writer: Writer | None = None
        self.commits = 0
        self.refused_bytes = 0
        """So much content was not committed, and none has been since."""

    def write(self, group: Sequence[Job]) -> frozenset[str]:
        """Run and commit a group; gives what was touched. Blocks."""
        return self._write(group)

    def prepare(self, group: Sequence[Job]) -> frozenset[str] | None:
        """Run a group up to its COMMIT; gives what was touched. Blocks for no lock and for no disk.

        None: it cannot be done so, and nothing is open; `write` does it, or says what is wrong.
        """
        if self._writer is None:
            return None
        try:
            self._writer.begin(wait=False)
            return self._run(self._writer, group, wait=False)
        except Exception:  # noqa: BLE001 - whatever it is, it comes again where all is run again
            self._undo()
            return None

    def commit(self, group: Sequence[Job], touched: frozenset[str]) -> frozenset[str]:
        """Commit what was prepared; gives what was touched. Blocks."""
        writer = self._writer
        if writer is None:
            raise RuntimeError("nothing is prepared")
        try:
            writer.commit(touched)
        except Exception as error:  # noqa: BLE001 - it goes to whoever waits
            return self._failed(group, error, stale=False)
        self._committed(group)
        return touched

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, group: Sequence[Job], *, again: bool = True) -> frozenset[str]:
        stale = again and self._writer is not None and self._store.shared
        try:
            if self._writer is None:
                self._writer = self._store.writer()
            self._writer.begin()
            touched = self._run(self._writer, group)
            self._writer.commit(touched)
        except Exception as error:  # noqa: BLE001 - it goes to whoever waits
            return self._failed(group, error, stale=stale)
        self._committed(group)
        return touched

    def _committed(self, group: Sequence[Job]) -> None:
        self.commits += 1
        if any(job.size for job in group):
            self.refused_bytes = 0

    def _failed(self, group: Sequence[Job], error: Exception, *, stale: bool) -> frozenset[str]:
        """Undo a group, and do it again in another way where that may help. Gives what was touched."""
        blame = self._store.blame(error)
        sure = self._writer is None or not self._writer.committing
        self._undo()
        if blame is not Blame.DATABASE:
            return self._write_alone(group, error)
        if stale and sure:
            # The connection may have died unseen; nothing was committed on it.
            self.close()
            return self._write(group, again=False)
        log.error("group of %d not committed: %s", len(group), error)
        for job in group:
            job.error = LedgerUnavailable(str(error))
        self.refused_bytes = max(self.refused_bytes, *(job.size for job in group))
        return frozenset()

    def _undo(self) -> None:
        if self._writer is not None and not self._writer.reset():
            self._writer = None

    def _write_alone(self, group: Sequence[Job], error: Exception) -> frozenset[str]:
        """Run each operation of a group by itself: one of them failed in a way that undid all."""
        if len(group) == 1:
            group[0].error = error
            return frozenset()
        touched: set[str] = set()
        for job in group:
            job.result = job.error = None
            touched |= self._write([job])
        return frozenset(touched)

    def _run(self, writer: Writer, group: Sequence[Job], *, wait: bool = True) -> frozenset[str]:
        """Run operations in the transaction that was begun; gives what they touched."""
        # Operations that fail are few: only when one has are all run again, each behind a mark.
        connection = writer.connection
        transaction = Transaction(connection, lambda: self._store.members(connection))
        try:
            for job in group:
                job.error = None
            run(transaction, group)
        except Exception as error:
            if self._store.blame(error) is not Blame.OPERATION or not writer.reset():
                raise
            writer.begin(wait=wait)
            transaction = Transaction(connection, transaction.members)
            self._run_marked(writer, transaction, group)
        connection.executemany(
            "INSERT INTO control(name, last) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET last = excluded.last",
            transaction.counters.items(),
        )
        return frozenset(transaction.touched)

    def _run_marked(self, writer: Writer, transaction: Transaction, group: Sequence[Job]) -> None:
        """Run operations so that one that fails is undone alone."""
        for job in group:
            counters, touched = dict(transaction.counters), set(transaction.touched)
            job.error = None
            writer.mark()
            try:
                job.result = job.operation(transaction)
            except Exception as error:
                if self._store.blame(error) is not Blame.OPERATION:
                    raise
                writer.back()
                transaction.counters, transaction.touched = counters, touched
                job.error = error
            else:
                writer.keep()
