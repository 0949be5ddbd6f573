"""Pipelines: rows of the outbox that are worked on side by side and settled in order.

Within a lane the results are handed to the ledger in the order of the rows, however long
each one took; lanes do not wait for each other. A row stays ready until its result is
committed, so what a crash interrupts is done again, and done once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.shell.core import Core, until
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.ledger_query import Waiting, waiting

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
RESCAN_SECONDS = 5.0


class Turn:
    """A row's place in its lane."""

    def __init__(self, before: asyncio.Event | None) -> None:
        self._before = before
        self.over = asyncio.Event()

    async def wait(self) -> None:
        """Wait until every row before this one has handed its result to the ledger."""
        if self._before is not None:
            await self._before.wait()

    def pass_on(self) -> None:
        """Let the next row hand over its result."""
        self.over.set()


Handler = Callable[[Waiting, Turn], Awaitable[None]]
Stopper = Callable[[Waiting, str], Awaitable[None]]


class Pipeline:
    """Does the work of one effect. `stop` puts a row aside that we cannot do."""

    def __init__(self, core: Core, effect: str, handle: Handler, stop: Stopper) -> None:
        self._core = core
        self._effect = effect
        self._handle = handle
        self._stop = stop
        self._most = core.config.work.in_flight_max
        self._running: set[int] = set()
        self._tails: dict[str, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; what is in work then is given a moment to end."""
        wake = self._core.news.topic(f"outbox:{self._effect}")
        try:
            while True:
                wake.clear()
                begun = await self._begin_some()
                if begun == 0 or len(self._running) >= self._most:
                    await until(wake, RESCAN_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _begin_some(self) -> int:
        room = self._most - len(self._running)
        if room < self._most // 2:
            return 0
        known = len(self._running)
        try:
            rows = await self._core.ledger.read(lambda ask: waiting(ask, self._effect, 0, known + room))
        except LedgerUnavailable as error:
            log.warning("cannot look for work: %s", error)
            await asyncio.sleep(PAUSE_SECONDS)
            return 0
        fresh = [row for row in rows if row.id not in self._running][:room]
        for row in fresh:
            self._begin(row)
        return len(fresh)

    def _begin(self, row: Waiting) -> None:
        last = self._tails.get(row.lane)
        turn = Turn(last.over if last is not None else None)
        self._tails[row.lane] = turn
        self._running.add(row.id)
        task = asyncio.create_task(self._do(row, turn), name=f"{self._effect} {row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, row: Waiting, turn: Turn) -> None:
        try:
            await self._handle(row, turn)
        except LedgerUnavailable as error:
            log.warning("%s of row %d waits: %s", self._effect, row.id, error)
            await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:
            # We are wrong: this row stops, the ledger keeps its bytes, the others go on.
            log.exception("%s of row %d (%s) stops", self._effect, row.id, row.submission)
            self._core.counts["stopped"] += 1
            await self._set_aside(row, error)
        finally:
            turn.pass_on()
            self._running.discard(row.id)
            if self._tails.get(row.lane) is turn:
                del self._tails[row.lane]
            if len(self._running) <= self._most // 2:
                # Not at each end: one look at the ledger brings half of what fits.
                self._core.news.topic(f"outbox:{self._effect}").set()

    async def _set_aside(self, row: Waiting, error: Exception) -> None:
        try:
            await self._stop(row, f"{type(error).__name__}: {error}"[:500])
        except LedgerUnavailable as again:
            log.warning("row %d cannot be put aside yet: %s", row.id, again)
            await asyncio.sleep(PAUSE_SECONDS)
