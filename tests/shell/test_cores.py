"""The service keeps to its core where one is set, and the pool has the others."""

from __future__ import annotations

import asyncio
import os

import pytest

from gateway.shell.cores import keep_to
from tests.shell.running import entry, running

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SEVERAL = pytest.mark.skipif(len(CORES) < 2, reason="there is no choice of cores here")


@SEVERAL
def test_the_service_and_its_pool_have_cores_of_their_own(tmp_path):
    """Loop, writer and readers run on the core that is set, the pool on the others; after a stop all is as before."""
    core = CORES[-1]

    async def test():
        async with running(tmp_path, f"server: {{core: {core}}}\nwork: {{processes: 1}}\n") as gateway:
            await gateway.closed(await gateway.submit(entry()))
            assert os.sched_getaffinity(0) == {core}
            ledger = gateway.core.ledger
            assert await ledger.write(lambda _: os.sched_getaffinity(0)) == {core}
            assert await ledger.read(lambda _: os.sched_getaffinity(0)) == {core}
            assert await gateway.core.pool.run(os.sched_getaffinity, 0) == set(CORES) - {core}
        assert os.sched_getaffinity(0) == set(CORES)

    asyncio.run(test())


def test_a_core_that_is_not_here_is_passed_over(caplog):
    """The service runs all the same, and says so."""
    assert keep_to(99_999) == (frozenset(), frozenset())
    if hasattr(os, "sched_setaffinity"):
        assert "is passed over" in caplog.text


def test_without_a_core_set_nothing_is_touched():
    """By default the system chooses."""
    assert keep_to(None) == (frozenset(), frozenset())
    if CORES:
        assert sorted(os.sched_getaffinity(0)) == CORES
