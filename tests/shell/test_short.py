"""Operations that the event loop runs by itself: the same order, the same promises, and nobody waits for a lock."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from gateway.shell import sqlite
from gateway.shell.ledger import LedgerUnavailable
from tests.shell import stores
from tests.shell.test_ledger import BOTH, go, names, opened, put


@BOTH
def test_short_and_other_operations_keep_the_order_of_their_calls(tmp_path):
    """Whoever runs an operation, it sees what those before it wrote."""

    async def test():
        ledger = await opened(tmp_path)
        waiting = [
            ledger.write(lambda tx: tx.next("n"), short=turn % 3 > 0, calm=turn % 2 > 0)
            for turn in range(300)
        ]
        assert await asyncio.gather(*waiting) == list(range(1, 301))
        await ledger.close()

    go(test())


@BOTH
def test_a_short_operation_that_fails_is_undone_alone(tmp_path):
    """The others of its group are committed, and its counters are given back."""

    def fails(tx):
        put(tx, "half")
        tx.next("n", 10)
        raise ValueError("no")

    async def test():
        ledger = await opened(tmp_path)
        await ledger.write(lambda tx: put(tx, "first"))
        good, bad, after = await asyncio.gather(
            ledger.write(lambda tx: put(tx, "good"), short=True),
            ledger.write(fails, short=True),
            ledger.write(lambda tx: tx.next("n"), short=True),
            return_exceptions=True,
        )
        assert (good, after) == ("good", 1)
        assert isinstance(bad, ValueError)
        assert await ledger.read(names, short=True) == ["first", "good"]
        await ledger.close()

    go(test())


def test_a_lock_of_another_process_does_not_hold_the_event_loop(tmp_path):
    """A short operation waits for it in the writer's thread, and is committed when it is free."""

    async def test():
        ledger = await opened(tmp_path)
        await ledger.write(lambda tx: put(tx, "first"))
        uri = (tmp_path / "g.sqlite").resolve().as_uri()
        with contextlib.closing(sqlite.library().connect(uri)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = ledger.write(lambda tx: put(tx, "second"), short=True)
            # The group is begun in this turn of the loop, and we go on: nobody waits here.
            await asyncio.sleep(0)
            assert not writing.done()
            other.execute("ROLLBACK")
            assert await writing == "second"
        assert await ledger.read(names) == ["first", "second"]
        await ledger.close()

    go(test())


def test_a_short_operation_is_not_promised_when_its_commit_is_in_doubt(tmp_path):
    """The file went away between the last statement and COMMIT: whoever waits hears it, and later ones work."""
    place, away = tmp_path / "g.sqlite", tmp_path / "away.sqlite"

    def lost(tx):
        put(tx, "lost")
        place.rename(away)

    async def test():
        ledger = await opened(tmp_path)
        await ledger.write(lambda tx: put(tx, "first"))
        with pytest.raises(LedgerUnavailable, match="gone from its place"):
            await ledger.write(lost, 7, short=True)
        assert ledger.refused_bytes == 7
        with pytest.raises(LedgerUnavailable):
            await ledger.write(lambda tx: put(tx, "too early"), short=True)
        away.rename(place)
        await ledger.write(lambda tx: put(tx, "after"), 1, short=True)
        assert ledger.refused_bytes == 0
        assert "after" in await ledger.read(names)
        await ledger.close()

    go(test())


@BOTH
def test_closing_writes_what_waits(tmp_path):
    """What was handed over before is committed, and what comes afterwards is refused."""

    async def test():
        ledger = await opened(tmp_path)
        waiting = [
            ledger.write(lambda tx, name=f"n{turn}": put(tx, name), short=turn % 2 > 0, calm=True)
            for turn in range(6)
        ]
        await ledger.close()
        assert await asyncio.gather(*waiting) == [f"n{turn}" for turn in range(6)]
        with pytest.raises(LedgerUnavailable):
            ledger.write(lambda tx: put(tx, "late"), short=True)
        assert len(stores.rows(tmp_path, "SELECT name FROM meta WHERE name LIKE 'n%'")) == 6

    go(test())
