"""Pipelines: rows of the outbox that are worked on side by side and settled in order.

Within a lane the results are handed to the ledger in the order of the rows, however long
each one took; lanes do not wait for each other. A row stays ready until its result is
committed, so what a crash interrupts is done again, and done once. The order is held to
when the ledger commits (`ledger_claims.early`): across failures, and across processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from gateway.shell.core import Core, until
from gateway.shell.ledger import LedgerUnavailable, Operation, Transaction
from gateway.shell.ledger_claims import Early, claim, early, free, release, unsettled
from gateway.shell.ledger_query import Waiting, waiting
from gateway.shell.ledger_store import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")

PAUSE_SECONDS = 1.0
RESCAN_SECONDS = 5.0


class Turn:
    """A row's place in its lane."""

    def __init__(self, pipeline: Pipeline, row: Waiting, before: Turn | None, brought: Any = None) -> None:
        self._pipeline = pipeline
        self._row = row
        self._before = before
        # What the look at the ledger that found the row has read for it already, None for nothing.
        self.brought = brought
        # What a trace tells of the work: counts and names, and the submissions where the row names none.
        self.notes: dict[str, str | int] = {}
        self.about: tuple[str, ...] = ()
        self.over = asyncio.Event()
        self.done = asyncio.Event()

    async def settle(self, operation: Operation[T], size: int = 0) -> T:
        """Commit a row's result when every row before it in its lane has committed its own.

        Raises `LedgerUnavailable`.
        """
        while True:
            if self._before is not None:
                await self._before.over.wait()
            writing = self._pipeline.core.ledger.write(
                self._pipeline.in_turn(self._row, operation), size, calm=True, short=True
            )
            # The next may be handed over while this is committed: operations are run in order.
            self.over.set()
            outcome = await writing
            if not isinstance(outcome, Early):
                return outcome
            # So was every row behind this one; they are handed over again behind it.
            self.over.clear()
            self._pipeline.adopt(outcome.free)
            await self._later()

    def end(self) -> None:
        """Let those go on who wait for this one, and let go of all that it held.

        A lane that is never empty would else keep every row that ever was in it.
        """
        self.over.set()
        self.done.set()
        self._before = self.brought = None

    async def _later(self) -> None:
        """Wait until it is worth while to try again."""
        if self._before is None or self._before.done.is_set():
            await self._pipeline.turn_of(self._row)
        elif self._before.over.is_set():
            await until(self._before.done, PAUSE_SECONDS)


Handler = Callable[[Waiting, Turn], Awaitable[None]]
Stopper = Callable[[Waiting, str], Awaitable[None]]
Bringer = Callable[[Connection, Waiting], Any]


def traced(core: Core, name: str, handle: Handler) -> Handler:
    """Give a handler of which a trace tells, where there are traces."""
    if core.tracing is None:
        return handle

    async def watched(row: Waiting, turn: Turn) -> None:
        with core.step(name, row.submission, transaction=row.idx) as step:
            await handle(row, turn)
            step.submissions = turn.about or step.submissions
            step.notes |= turn.notes

    return watched


class Pipeline:
    """Does the work of one effect. `stop` puts a row aside that we cannot do.

    `bring` reads what the handler needs of a row, for many rows in one look at the ledger. It
    runs on a reading connection, and gives None for what is too much to hold.
    """

    def __init__(self, core: Core, effect: str, handle: Handler, stop: Stopper, bring: Bringer) -> None:
        self.core = core
        self._effect = effect
        self._owner = core.ledger.owner(core.ids())
        self._handle = handle
        self._stop = stop
        self._bring = bring
        self._most = core.config.work.in_flight_max
        self._running: set[int] = set()
        self._more = False
        self._tails: dict[str, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; what is in work then is given a moment to end."""
        wake = self.core.news.topic(f"outbox:{self._effect}")
        try:
            while True:
                wake.clear()
                await self._begin_some()
                await until(wake, RESCAN_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self.core.ledger.shared:
                with contextlib.suppress(LedgerUnavailable):
                    await asyncio.shield(self.core.ledger.write(lambda tx: release(tx, self._owner)))

    async def _begin_some(self) -> None:
        """Begin what fits, one row at a time while more comes in than can be worked on."""
        self._more = True
        # What is not acknowledged yet goes first: somebody waits for it.
        most = 1 if self.core.pressed else self._most
        room = most - len(self._running)
        if room < most // 2 or room < 1:
            return
        try:
            fresh = await (self._taken(room) if self.core.ledger.shared else self._found(room))
        except LedgerUnavailable as error:
            log.warning("cannot look for work: %s", error)
            await asyncio.sleep(PAUSE_SECONDS)
            return
        for row, brought in fresh:
            self._begin(row, brought)

    async def _found(self, room: int) -> list[tuple[Waiting, Any]]:
        """Find rows that wait, with what is needed to work on them."""
        running = frozenset(self._running)

        def look(ask: Connection) -> list[tuple[Waiting, Any]]:
            rows = waiting(ask, self._effect, 0, len(running) + room)
            return [(row, self._brought(ask, row)) for row in rows if row.id not in running][:room]

        fresh = await self.core.ledger.read(look, short=True)
        # A look that was not full has seen all that there was; what comes later wakes us.
        self._more = len(fresh) >= room
        return fresh

    async def _taken(self, room: int) -> list[tuple[Waiting, Any]]:
        """Take rows that wait before another process does."""
        core, now = self.core, self.core.clock.seconds()
        limit = len(self._running) + room
        rows = await core.ledger.read(lambda ask: free(ask, self._effect, self._owner, now, limit))
        fresh = [row for row in rows if row.id not in self._running][:room]
        self._more = len(fresh) >= room
        if not fresh:
            return []
        numbers = [row.id for row in fresh]
        taken = await core.ledger.write(lambda tx: claim(tx, numbers, self._owner, now))
        ours = [row for row in fresh if row.id in taken]
        return await core.ledger.read(lambda ask: [(row, self._brought(ask, row)) for row in ours])

    def _brought(self, ask: Connection, row: Waiting) -> Any:
        try:
            return self._bring(ask, row)
        except (LookupError, ValueError):
            return None  # this row's own fault: it will be said when the row is worked on

    def topic(self, row: Waiting) -> str:
        """Name the news that a lane has gone on."""
        return f"turn:{self._effect}/{row.lane}"

    def in_turn(self, row: Waiting, operation: Operation[T]) -> Operation[T | Early]:
        """Make an operation that is not run while rows before it in its lane wait."""
        now, topic = self.core.clock.seconds(), self.topic(row) if row.lane != row.submission else ""

        def run(tx: Transaction) -> T | Early:
            found = early(tx, row, self._owner, now)
            if found is None and topic:
                tx.touched.add(topic)
            return operation(tx) if found is None else found

        return run

    async def turn_of(self, row: Waiting) -> None:
        """Wait while rows before this one in its lane wait, and somebody works on all of them."""
        core = self.core
        while True:
            async with core.news.about(self.topic(row)) as news:
                now = core.clock.seconds()
                before = await core.ledger.read(lambda ask: unsettled(ask, row, self._owner, now))  # noqa: B023 - awaited
                if not before or any(free and number not in self._running for number, free in before):
                    return
                await news(PAUSE_SECONDS)

    def adopt(self, rows: Sequence[Waiting]) -> None:
        """Begin rows that nobody works on and that others wait for, whether they fit or not."""
        before: Turn | None = None
        for row in rows:
            if row.id not in self._running:
                before = self._start(row, Turn(self, row, before))

    def _begin(self, row: Waiting, brought: Any) -> None:
        turn = Turn(self, row, self._tails.get(row.lane), brought)
        self._tails[row.lane] = self._start(row, turn)

    def _start(self, row: Waiting, turn: Turn) -> Turn:
        self._running.add(row.id)
        task = asyncio.create_task(self._do(row, turn), name=f"{self._effect} {row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return turn

    async def _do(self, row: Waiting, turn: Turn) -> None:
        try:
            while not await self._done(row, turn):  # noqa: ASYNC110 - there is nothing to hear of
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            turn.end()
            self._running.discard(row.id)
            if self._tails.get(row.lane) is turn:
                del self._tails[row.lane]
            if self._more and len(self._running) <= self._most // 2:
                # Not at each end: one look at the ledger brings half of what fits.
                self.core.news.topic(f"outbox:{self._effect}").set()

    async def _done(self, row: Waiting, turn: Turn) -> bool:
        """Work on a row. False: the ledger did not take it, and it keeps its place."""
        try:
            await self._handle(row, turn)
        except LedgerUnavailable as error:
            log.warning("%s of row %d waits: %s", self._effect, row.id, error)
            return False
        except Exception as error:
            # We are wrong: this row stops, the ledger keeps its bytes, the others go on.
            log.exception("%s of row %d (%s) stops", self._effect, row.id, row.submission)
            self.core.counts["stopped"] += 1
            await self._set_aside(row, error)
        return True

    async def _set_aside(self, row: Waiting, error: Exception) -> None:
        try:
            await self._stop(row, f"{type(error).__name__}: {error}"[:500])
        except LedgerUnavailable as again:
            log.warning("row %d cannot be put aside yet: %s", row.id, again)
            await asyncio.sleep(PAUSE_SECONDS)
