"""The pool: CPU work away from the event loop, in processes with a budget.

In processes each piece of work has so many seconds of CPU and so much memory; what goes
over stops with `BudgetError` and the process lives on. A process that hangs or dies is
replaced; what hangs fails with `BudgetError`, and so does what makes its processes die. With 0 processes the work
runs in threads, without a budget: for trying things out, and for tests.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from gateway.shell.cores import Cores
from gateway.shell.pool_member import BudgetError, GoneError, HangError, Member
from gateway.shell.work_names import CHECKED, LOADED

__all__ = ["BudgetError", "Pool"]

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

WALL_FACTOR = 4
"""How many times its CPU budget a piece of work may take by the clock on the wall."""

DEATHS_MAX = 4
"""How many processes may die of a piece of work before it is given up."""

START_SECONDS = 30
"""What a new process may take to load its tables before that."""


class Pool:
    """Runs what `gateway.shell.work_names` has, or any other function."""

    def __init__(
        self, processes: int, *, seconds_max: float, bytes_max: int, cores: Cores = frozenset()
    ) -> None:
        self.processes = processes
        self.cores = cores
        self.seconds_max = seconds_max
        self.bytes_max = bytes_max
        # While a process works, its next work already lies at its door, and that of a moment in which we are busy.
        self._places = max(2, 4 * processes)
        self._room = asyncio.Semaphore(self._places)
        self._renewing = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._members: list[Member] = []
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        if processes == 0:
            self._threads = concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="work")

    async def warm(self) -> None:
        """Load the tables in every process. Raises what is wrong with them."""
        await self.everywhere(LOADED)

    async def everywhere(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Run one function in each process, and give what each gives. Raises what one raised."""
        if self._threads is not None:
            return [await self.run(function, *args, **kwargs)]
        await self._full()
        found: list[T] = await asyncio.gather(
            *(member.ask(function, args, kwargs) for member in self._members)
        )
        return found

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one function in the pool and give its result. Raises `BudgetError`, or what it raised.

        When a process dies, its work is done again by another.
        """
        async with self._room:
            if self._threads is not None:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
            deaths = 0
            while deaths < DEATHS_MAX:
                member = await self._member()
                try:
                    found: T = await member.ask(function, args, kwargs)
                except HangError:
                    raise BudgetError("the work hangs") from None
                except GoneError as error:
                    deaths += error.guilty
                else:
                    return found
            raise BudgetError("the process that did the work is gone")

    async def _member(self) -> Member:
        """Give the process that has least to do."""
        if len(self._members) < self.processes or any(member.gone for member in self._members):
            await self._full()
        return min(self._members, key=lambda member: member.load)

    async def _full(self) -> None:
        """Start as many processes as are missing."""
        async with self._starting:
            if gone := sum(member.gone for member in self._members):
                log.warning("%d processes that do the work are gone and replaced", gone)
            self._members = [member for member in self._members if not member.gone]
            self._members += await self._started(self.processes - len(self._members))

    async def _started(self, count: int) -> list[Member]:
        members = [
            Member(
                seconds_max=self.seconds_max,
                wall_seconds_max=self.seconds_max * WALL_FACTOR + START_SECONDS,
                bytes_max=self.bytes_max,
                cores=self.cores,
            )
            for _ in range(count)
        ]
        try:
            await asyncio.gather(*(member.start() for member in members))
        except BaseException:
            for member in members:
                member.end()
            raise
        return members

    async def renew(self, between: Callable[[], object], check: Callable[[], object] = CHECKED) -> None:
        """Read the tables anew in new processes, and use these when `check` finds every table right.

        `between` is called when no work is running: what was begun has ended with the old
        tables. Raises what is wrong with a table; then the old processes stay.
        """
        async with self._renewing:
            fresh = await self._started(self.processes)
            try:
                await asyncio.gather(*(member.ask(check, (), {}) for member in fresh))
            except BaseException:
                _end(fresh)
                raise
            taken = 0
            try:
                while taken < self._places:
                    await self._room.acquire()
                    taken += 1
                old, self._members = self._members, fresh
                between()
            except BaseException:
                if self._members is not fresh:
                    _end(fresh)
                raise
            finally:
                for _ in range(taken):
                    self._room.release()
            _end(old)

    def close(self) -> None:
        """Stop the processes; what they are doing is lost, and is done again after a start."""
        _end(self._members)
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


def _end(members: list[Member]) -> None:
    for member in members:
        member.end()
