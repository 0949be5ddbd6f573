"""The pool: work that costs time, away from the event loop and within a budget.

In processes each piece of work has so many seconds of CPU and so much memory; what goes
over stops with `BudgetError` and the process lives on. A process that hangs or dies is
replaced; what hangs fails with `BudgetError`, and so does what makes its processes die. With 0 processes the work
runs in threads, without a budget: for trying things out, and for tests.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import multiprocessing
import os
import resource
import select
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from gateway.shell import work

P = ParamSpec("P")
T = TypeVar("T")

WALL_FACTOR = 4
"""How many times its CPU budget a piece of work may take by the clock on the wall."""

TOGETHER_MAX = 2
ALONE_MAX = 2
"""How many times work whose process died is begun, beside other work and by itself."""

PARENT_SECONDS = 1.0
START_SECONDS = 30
"""What a new process may take to load its tables before that."""


class BudgetError(Exception):
    """The work took more time or memory than it may; the message says which."""


class _HangError(Exception):
    """The work did not end within its time by the clock on the wall."""


class Pool:
    """Runs functions of `gateway.shell.work`."""

    def __init__(self, processes: int, *, seconds_max: float, bytes_max: int) -> None:
        self.processes = processes
        self.seconds_max = seconds_max
        self.bytes_max = bytes_max
        self._places = max(2, 2 * processes)
        self._room = asyncio.Semaphore(self._places)
        self._renewing = asyncio.Lock()
        self._alone = asyncio.Lock()
        self._executor = self._make()

    def _make(self, processes: int = 0) -> concurrent.futures.Executor:
        if self.processes == 0:
            return concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="work")
        return concurrent.futures.ProcessPoolExecutor(
            processes or self.processes,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_begin,
            initargs=(self.bytes_max, os.getpid()),
        )

    async def warm(self) -> None:
        """Load the tables in every process. Raises what is wrong with them."""
        await asyncio.gather(*(self.run(work.loaded) for _ in range(max(1, self.processes))))

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one function in the pool and give its result. Raises `BudgetError`, or what it raised.

        When a process dies, all that the pool was doing is lost with it. It is done again, the
        last times in a process of its own: so nothing is refused for what other work did.
        """
        async with self._room:
            if self.processes == 0:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._executor, lambda: function(*args, **kwargs))
            for _ in range(TOGETHER_MAX):
                executor = self._executor
                try:
                    return await self._run(executor, function, args, kwargs)
                except (_HangError, BrokenProcessPool) as error:
                    self._replace(executor)
                    if isinstance(error, _HangError):
                        raise BudgetError("the work hangs") from None
            return await self._run_alone(function, args, kwargs)

    async def _run(
        self, executor: concurrent.futures.Executor, function: Callable[P, T], args: Any, kwargs: Any
    ) -> T:
        running: asyncio.Future[T] = asyncio.get_running_loop().run_in_executor(
            executor, _bounded, self.seconds_max, function, args, kwargs
        )
        try:
            async with asyncio.timeout(self.seconds_max * WALL_FACTOR + START_SECONDS):
                return await running
        except TimeoutError:
            raise _HangError from None

    async def _run_alone(self, function: Callable[P, T], args: Any, kwargs: Any) -> T:
        async with self._alone:
            for _ in range(ALONE_MAX):
                executor = self._make(1)
                try:
                    return await self._run(executor, function, args, kwargs)
                except _HangError:
                    raise BudgetError("the work hangs") from None
                except BrokenProcessPool:
                    pass
                finally:
                    _end(executor)
            raise BudgetError("the process that did the work is gone")

    async def renew(self, between: Callable[[], object], check: Callable[[], object] = work.checked) -> None:
        """Read the tables anew in new processes, and use these when `check` finds every table right.

        `between` is called when no work is running: what was begun has ended with the old
        tables. Raises what is wrong with a table; then the old processes stay.
        """
        loop = asyncio.get_running_loop()
        async with self._renewing:
            fresh = self._make()
            try:
                checks = (loop.run_in_executor(fresh, check) for _ in range(self.processes))
                await asyncio.gather(*checks)
            except BaseException:
                _end(fresh)
                raise
            taken = 0
            try:
                while taken < self._places:
                    await self._room.acquire()
                    taken += 1
                old, self._executor = self._executor, fresh
                between()
            finally:
                for _ in range(taken):
                    self._room.release()
            _end(old)

    def _replace(self, broken: concurrent.futures.Executor) -> None:
        if self._executor is broken:
            self._executor = self._make()
            _end(broken)

    def close(self) -> None:
        """Stop the processes; what they are doing is lost, and is done again after a start."""
        _end(self._executor)


def _end(executor: concurrent.futures.Executor) -> None:
    processes = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=not processes, cancel_futures=True)
    for process in processes:
        with contextlib.suppress(ProcessLookupError, ValueError):
            process.terminate()


def _begin(bytes_max: int, gateway: int) -> None:
    # The parent alone decides when to stop; a Ctrl-C at the terminal reaches us as well.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _over)
    threading.Thread(target=_end_with, args=(gateway,), daemon=True).start()
    work.tables()
    resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))


def _end_with(gateway: int) -> None:
    """End when the gateway is gone: after a kill nobody else would tell us.

    Our parent is not the gateway but the process that forks for it, and that one lives for as
    long as we do.
    """
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "pidfd_open"):
            select.select([os.pidfd_open(gateway)], [], [])
        else:
            while True:
                os.kill(gateway, 0)
                time.sleep(PARENT_SECONDS)
    os._exit(1)


def _over(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    raise BudgetError("the work took more CPU time than it may")


def _bounded(seconds: float, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*args, **kwargs)
    except MemoryError:
        raise BudgetError("the work took more memory than it may") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
