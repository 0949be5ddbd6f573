"""One process of the pool, and what runs in it.

Work goes over a pair of sockets and is answered in the order in which it came, so when the
process dies it is known which work it died of: the first that is not answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import resource
import select
import signal
import socket
import struct
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, cast

from gateway.shell.cores import Cores, spread_over
from gateway.shell.memory import all_loaded, search_seldom

PARENT_SECONDS = 1.0
PRELOADED = ("gateway.shell.pool_member", "gateway.shell.work_code")

NICER = 2
"""How much lower a process of the pool stands than the gateway: what is not acknowledged yet goes first.

Lower still, it is interrupted at each word that the gateway hears, and both are slower for it. Beside a
process that never rests it gets more than a third of a core, so that work within its CPU budget
ends within its time by the clock on the wall.
"""
_LENGTH = struct.Struct("!i")


class BudgetError(Exception):
    """The work took more time or memory than it may; the message says which."""


class HangError(Exception):
    """The work did not end within its time by the clock on the wall."""


class GoneError(Exception):
    """The process died. `guilty`: of this work, as far as anybody can tell."""

    def __init__(self, *, guilty: bool) -> None:
        self.guilty = guilty
        super().__init__("the process that did the work is gone")


def expect_members() -> None:
    """Start what forks our processes, unless it runs, and do not wait for it. Raises OSError.

    It loads the code of all work, but no table: those are read anew in each process.
    """
    forkserver.set_forkserver_preload([*PRELOADED])
    forkserver.ensure_running()


@dataclass(slots=True)
class _Asked:
    done: asyncio.Future[Any]


class Member(asyncio.Protocol):
    """A process that does work, seen from the gateway. Used on the event loop."""

    def __init__(self, *, seconds_max: float, wall_seconds_max: float, bytes_max: int, cores: Cores) -> None:
        self._cores = cores
        self._seconds_max = seconds_max
        self._wall_seconds_max = wall_seconds_max
        self._bytes_max = bytes_max
        self._process: multiprocessing.process.BaseProcess | None = None
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._waiting: deque[_Asked] = deque()
        self._unsent: list[bytes] = []
        self._found = bytearray()
        self._hung = False
        self.gone = False

    @property
    def load(self) -> int:
        """How much work it has."""
        return len(self._waiting)

    async def start(self) -> None:
        """Start the process."""
        ours, theirs = socket.socketpair()
        try:
            context = multiprocessing.get_context("forkserver")
            expect_members()
            self._process = context.Process(
                target=_serve,
                args=(theirs, self._bytes_max, os.getpid(), self._cores),
                name="work",
                daemon=True,
            )
            await asyncio.to_thread(self._process.start)
            await self._loop.create_unix_connection(lambda: self, sock=ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    def ask(self, function: Callable[..., Any], args: Any, kwargs: Any) -> asyncio.Future[Any]:
        """Have one function run. The future gives its result or what it raised, `HangError` or `GoneError`."""
        done: asyncio.Future[Any] = self._loop.create_future()
        if self.gone or self._transport is None:
            done.set_exception(GoneError(guilty=False))
            return done
        data = pickle.dumps((self._seconds_max, function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        self._waiting.append(_Asked(done))
        if not self._unsent:
            # What is asked in the same moment goes over with one call of the system.
            self._loop.call_soon(self._send)
        self._unsent += (_LENGTH.pack(len(data)), data)
        if len(self._waiting) == 1:
            self._watch()
        return done

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is not None and not self.gone:
            self._transport.write(b"".join(unsent))

    def end(self) -> None:
        """Stop the process; what it is doing is lost."""
        self.gone = True
        if self._process is not None and self._process.pid is not None:
            with contextlib.suppress(ProcessLookupError, ValueError):
                self._process.terminate()
        if self._transport is not None:
            self._transport.close()

    def _watch(self) -> None:
        """Give the first in line its time."""
        self._since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._wall_seconds_max, self._look)

    def _look(self) -> None:
        """See whether the first in line has had its time; one timer serves for all who come after it."""
        self._timer = None
        if not self._waiting or self.gone:
            return
        left = self._since + self._wall_seconds_max - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
            return
        self._hung = self.gone = True
        if self._process is not None:
            self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take answers, each with its length before it."""
        self._found += data
        while len(self._found) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._found)
            end = _LENGTH.size + length
            if len(self._found) < end:
                return
            answer = bytes(memoryview(self._found)[_LENGTH.size : end])
            del self._found[:end]
            self._answered(answer)

    def _answered(self, data: bytes) -> None:
        asked = self._waiting.popleft()
        self._watch()
        worked, found = pickle.loads(data)  # noqa: S301 - from our own process
        if asked.done.done():
            return
        if worked:
            asked.done.set_result(found)
        else:
            asked.done.set_exception(found)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the signature of a protocol
        """Tell everybody who waits."""
        self.gone = True
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._waiting = self._waiting, deque()
        for turn, asked in enumerate(waiting):
            if not asked.done.done():
                first = turn == 0
                asked.done.set_exception(HangError() if first and self._hung else GoneError(guilty=first))


# What runs in the process


def _serve(ours: socket.socket, bytes_max: int, gateway: int, cores: Cores) -> None:
    """Do work until the gateway closes its end."""
    # The parent alone decides when to stop; a Ctrl-C at the terminal reaches us as well.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _over)
    threading.Thread(target=_end_with, args=(gateway,), daemon=True).start()
    search_seldom()
    with contextlib.suppress(OSError):
        spread_over(cores)
        os.nice(NICER)
    line = Connection(ours.detach())
    loaded = False
    while True:
        try:
            data = line.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            if not loaded:
                from gateway.shell.work_tables import tables  # noqa: PLC0415 - not in the gateway

                # Here, not before: a table that is wrong is told to whoever asks.
                tables()
                all_loaded()
                resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))
                loaded = True
            answer = pickle.dumps((True, _bounded(*pickle.loads(data))), pickle.HIGHEST_PROTOCOL)  # noqa: S301 - from the gateway
        except BaseException as error:  # noqa: BLE001 - it goes to whoever asked
            answer = _failure(error)
        try:
            line.send_bytes(answer)
        except OSError:
            return


def _failure(error: BaseException) -> bytes:
    """Write an exception with its traceback, or what can be said of it."""
    text = "".join(traceback.format_exception(error))
    try:
        error.add_note(text)
        found = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(found)  # noqa: S301 - our own; some exceptions can only be written
    except Exception:  # noqa: BLE001 - it was the exception's own fault
        return pickle.dumps((False, RuntimeError(text)), pickle.HIGHEST_PROTOCOL)
    return found


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
