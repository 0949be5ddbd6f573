"""Two gateways and a worker on one PostgreSQL database, killed under load. The longer one is `crash_table`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.shell.ace import FakeAce
from tests.shell.crash_table import crash
from tests.shell.process import Process, children

ROUNDS = 4
SENDERS = 8


@pytest.mark.usefixtures("shared")
def test_processes_on_one_database_are_killed_in_turn(tmp_path):
    """What was acknowledged is stored, delivered once in effect and in order, accepted and acknowledged."""
    table = crash(tmp_path, store="postgresql", rounds=ROUNDS, senders=SENDERS, pause=(0.2, 0.6))
    print(table.line("postgresql"))
    assert table.faults == []
    assert sum(table.kills.values()) == ROUNDS
    assert len(table.acknowledged) == table.stored == table.delivered == table.closed > SENDERS


def test_a_kill_leaves_no_process_behind(tmp_path):
    """The processes that work for a gateway end when it is killed."""

    async def test():
        ace = await FakeAce().start()
        gateway = await Process(tmp_path, ace.url, "work: {processes: 2}\n").start()
        found = children(gateway.process.pid)
        assert len(found) >= 3
        await gateway.kill()
        async with asyncio.timeout(90):
            while any(Path(f"/proc/{pid}").exists() for pid in found):  # noqa: ASYNC110, ASYNC240 - not our own
                await asyncio.sleep(0.05)
        await ace.stop()

    asyncio.run(test())
