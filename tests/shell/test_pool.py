"""The pool: a budget for each piece of work, and a pool that outlives whatever happens in it."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from gateway.shell.config_file import parse_config
from gateway.shell.pool import BudgetError, Pool
from gateway.shell.pool_member import NICER
from gateway.shell.server import start_gateway


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def add(one, two):
    """Do some work."""
    return one + two


def burn():
    """Take CPU time for ever."""
    while True:
        sum(range(1000))


def eat():
    """Take memory for ever."""
    found = []
    while True:
        found.append(bytes(16 * 1024 * 1024))


def die():
    """End the process in the middle of the work."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    """Raise an error of the work's own."""
    raise ValueError("no")


@pytest.fixture(scope="module")
def loop():
    """Give one event loop, so that one pool serves all tests."""
    runner = asyncio.Runner()
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def pool(loop):
    """Give a pool of one process with a small budget."""

    async def made():
        return Pool(1, seconds_max=0.3, bytes_max=1024 * 1024 * 1024)

    found = loop.run(made())
    yield found
    found.close()


def test_work_is_done_in_another_process(loop, pool):
    """The result comes back, and the work was not done here."""
    assert loop.run(pool.run(add, 1, two=2)) == 3
    assert loop.run(pool.run(os.getpid)) != os.getpid()


def test_work_gives_way_to_what_is_not_acknowledged_yet(loop, pool):
    """A process of the pool stands lower than the gateway, as far as the system has room below."""
    assert loop.run(pool.run(os.nice, 0)) == min(19, os.nice(0) + NICER)


@pytest.mark.parametrize(("work", "reason"), [(burn, "CPU time"), (eat, "memory"), (die, "gone")])
def test_what_goes_over_its_budget_is_stopped(loop, pool, work, reason):
    """Time, memory and a dead process each end that work alone; the next is done."""
    begun = time.monotonic()
    with pytest.raises(BudgetError, match=reason):
        loop.run(pool.run(work))
    assert time.monotonic() - begun < 120
    assert loop.run(pool.run(add, 2, 3)) == 5


def test_an_error_of_the_work_comes_through(loop, pool):
    """What the work raises is raised to whoever asked."""
    with pytest.raises(ValueError, match="no"):
        loop.run(pool.run(fail))


def test_without_processes_work_runs_in_threads():
    """With 0 processes the same calls are served in this process."""

    async def test():
        threads = Pool(0, seconds_max=1, bytes_max=1024 * 1024 * 1024)
        assert await threads.run(add, 1, 2) == 3
        assert await threads.run(os.getpid) == os.getpid()
        threads.close()

    go(test())


def test_tables_are_loaded_before_anybody_can_call_or_by_the_first_work(tmp_path, monkeypatch):
    """A service is told at once what is wrong with its tables, unless it was started without them."""

    async def broken(_):
        raise RuntimeError("no table can be read")

    async def test():
        config = parse_config(
            f"store: {{path: {tmp_path}/a.sqlite}}\nkeys: {{folder: {tmp_path}/keys}}\nwork: {{processes: 0}}\n"
        )
        with pytest.raises(RuntimeError, match="no table"):
            await start_gateway(config, port=0)
        gateway = await start_gateway(config, port=0, warm=False)
        await gateway.stop()

    monkeypatch.setattr(Pool, "warm", broken)
    go(test())
