"""The ledger: groups, order, failures, what a restart finds."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from gateway.flow.submission import Event, State, replay
from gateway.shell.clock import Ids, SystemClock, rfc3339
from gateway.shell.ledger import Ledger, LedgerError, LedgerUnavailable
from gateway.shell.ledger_schema import STEPS
from tests.shell import stores
from tests.shell.running import entry, running


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


BOTH = pytest.mark.usefixtures("each_store")


async def opened(folder, clock=None, **more):
    """Open the ledger of a folder."""
    ledger = Ledger(stores.store(folder), clock or SystemClock(), **more)
    try:
        await ledger.open()
    except LedgerError:
        await ledger.close()
        raise
    return ledger


def put(tx, name):
    """Write one row."""
    tx.connection.execute("INSERT INTO meta(name, value) VALUES(?, 'x')", (name,))
    return name


def names(ask):
    """Read the rows back."""
    return [row[0] for row in ask.execute("SELECT name FROM meta ORDER BY name")]


@BOTH
def test_operations_are_written_in_order_and_in_groups(tmp_path):
    """Many operations take few commits, and each sees what those before it wrote."""

    async def test():
        ledger = await opened(tmp_path)
        release = threading.Event()
        held = ledger.write(lambda tx: release.wait(60))
        waiting = [ledger.write(lambda tx: tx.next("n")) for _ in range(1000)]
        release.set()
        assert await held
        assert await asyncio.gather(*waiting) == list(range(1, 1001))
        # The one that was held is alone, or had company; a group has 512 operations at most.
        assert ledger.commits <= 3
        await ledger.close()
        again = await opened(tmp_path)
        assert await again.write(lambda tx: tx.next("n")) == 1001
        await again.close()

    go(test())


@BOTH
def test_an_operation_that_fails_is_undone_alone(tmp_path):
    """The others of its group are committed, and its counters are given back."""

    def fails(tx):
        put(tx, "half")
        tx.next("n", 10)
        raise ValueError("no")

    async def test():
        ledger = await opened(tmp_path)
        good, bad, after = await asyncio.gather(
            ledger.write(lambda tx: put(tx, "good")),
            ledger.write(fails),
            ledger.write(lambda tx: tx.next("n")),
            return_exceptions=True,
        )
        assert good == "good"
        assert isinstance(bad, ValueError)
        assert after == 1
        assert await ledger.read(names) == ["good"]
        await ledger.close()

    go(test())


@BOTH
def test_what_the_database_refuses_is_undone_alone(tmp_path):
    """A row that is there already fails its operation; those before and after it are committed."""

    async def test():
        ledger = await opened(tmp_path)
        await ledger.write(lambda tx: put(tx, "there"))
        outcomes = await asyncio.gather(
            ledger.write(lambda tx: (put(tx, "before"), tx.next("n"))),
            ledger.write(lambda tx: (tx.next("n", 5), put(tx, "there"))),
            ledger.write(lambda tx: (put(tx, "after"), tx.next("n"))),
            return_exceptions=True,
        )
        assert outcomes[0] == ("before", 1)
        assert isinstance(outcomes[1], Exception)
        assert not isinstance(outcomes[1], LedgerUnavailable)
        assert outcomes[2] == ("after", 2)
        assert await ledger.read(names) == ["after", "before", "there"]
        await ledger.close()

    go(test())


@BOTH
def test_a_failed_group_promises_nothing(tmp_path, each_store):
    """When the database gives out, every operation of the group fails and none is kept; the next works."""
    import psycopg

    failure = sqlite3.OperationalError if each_store != "postgresql" else psycopg.OperationalError

    def gives_out(_tx):
        raise failure("database or disk is full")

    async def test():
        ledger = await opened(tmp_path)
        outcomes = await asyncio.gather(
            ledger.write(lambda tx: put(tx, "a")), ledger.write(gives_out), return_exceptions=True
        )
        assert [type(one) for one in outcomes[1:]] == [LedgerUnavailable]
        kept = await ledger.read(names)
        assert kept == ([] if isinstance(outcomes[0], LedgerUnavailable) else ["a"])
        assert await ledger.write(lambda tx: put(tx, "b")) == "b"
        await ledger.close()

    go(test())


@BOTH
def test_readers_cannot_write(tmp_path):
    """A question that writes is refused."""

    async def test():
        ledger = await opened(tmp_path)
        with pytest.raises(LedgerUnavailable):
            await ledger.read(lambda ask: ask.execute("DELETE FROM meta"))
        await ledger.close()

    go(test())


def test_two_gateways_cannot_have_one_file(tmp_path):
    """The second start on one ledger is refused with a reason."""

    async def test():
        ledger = await opened(tmp_path)
        with pytest.raises(LedgerError, match="another gateway"):
            await opened(tmp_path)
        await ledger.close()
        await (await opened(tmp_path)).close()

    go(test())


@BOTH
def test_a_newer_ledger_is_not_touched(tmp_path, each_store):
    """A ledger with tables that this program does not know is refused."""

    async def test():
        await (await opened(tmp_path)).close()
        newer = len(STEPS) + 1
        if each_store != "postgresql":
            stores.change(tmp_path, f"PRAGMA user_version = {newer}")
        else:
            stores.change(tmp_path, f"UPDATE ledger_step SET step = {newer}")  # noqa: S608 - a number
        with pytest.raises(LedgerError, match="step"):
            await opened(tmp_path)

    go(test())


@BOTH
def test_a_clock_that_went_back_stops_the_start(tmp_path):
    """A clock behind the last event is said before anything is written."""

    class Yesterday(SystemClock):
        def seconds(self):
            return super().seconds() - 86400

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
        with pytest.raises(LedgerError, match="clock"):
            await opened(tmp_path, Yesterday())

    go(test())


def test_a_damaged_file_stops_the_start(tmp_path):
    """A ledger that SQLite finds damaged is refused, not used."""

    async def test():
        ledger = await opened(tmp_path)
        for turn in range(300):
            await ledger.write(lambda tx, turn=turn: put(tx, f"{turn:05d}" * 50))
        await ledger.close()
        file = tmp_path / "g.sqlite"
        data = bytearray(file.read_bytes())
        data[8192:12288] = b"\x55" * 4096
        file.write_bytes(bytes(data))
        broken = Ledger(file, SystemClock())
        with pytest.raises(LedgerError):
            await broken.open()
        await broken.close()

    go(test())


@BOTH
def test_bodies_are_kept_once_under_their_digest(tmp_path, each_store):
    """Short bytes lie in the database, long ones of a SQLite ledger in a file of their name; all come back."""

    async def test():
        ledger = await opened(tmp_path, inline_bytes_max=10)
        from gateway.shell.bodies import put as keep

        for data in (b"short", b"long" * 100, b"long" * 100):
            body = ledger.bodies.prepare(data)
            assert body.digest == hashlib.sha256(data).digest()
            await ledger.write(lambda tx, body=body: keep(tx.connection, body))
            assert await ledger.load(body.digest) == data
        files = [file for file in (tmp_path / "g.sqlite.bodies").rglob("*") if file.is_file()]
        wanted = [hashlib.sha256(b"long" * 100).hexdigest()] if each_store != "postgresql" else []
        assert [file.name for file in files] == wanted
        with pytest.raises(LookupError):
            await ledger.load(b"\x00" * 32)
        await ledger.close()

    go(test())


@BOTH
def test_replaying_a_ledger_gives_the_same_states(tmp_path):
    """The events of each transaction lead, through the table, to the state that is stored."""

    async def test():
        async with running(tmp_path) as gateway:
            ids = [await gateway.submit(entry(f"Q7Z0001{turn:04d}")) for turn in range(5)]
            ids.append(await gateway.submit(b"junk", **{"Content-Type": "text/plain"}))
            for submission in ids:
                await gateway.closed(submission)
            rows = await gateway.core.ledger.read(
                lambda ask: (
                    ask.execute("SELECT submission, idx, name FROM event ORDER BY id").fetchall(),
                    ask.execute("SELECT submission, idx, state FROM part").fetchall(),
                )
            )
        told: dict = {}
        for submission, idx, name in rows[0]:
            told.setdefault((submission, idx), []).append(Event(name))
        assert len(rows[1]) == len(ids)
        for submission, idx, state in rows[1]:
            assert replay(told[submission, idx])[0] is State(state)

    go(test())


def test_ids_sort_by_time_and_never_repeat():
    """A thousand ids in one millisecond are different and in order."""

    class Still(SystemClock):
        def seconds(self):
            return 1_770_000_000.0

    make = Ids(Still())
    made = [make() for _ in range(1000)]
    assert made == sorted(set(made))
    assert all(len(one) == 26 for one in made)


def test_calm_operations_wait_for_company(tmp_path):
    """What keeps nobody waiting is committed together with what comes a moment later, in the order of the calls."""

    async def test():
        ledger = Ledger(tmp_path / "calm.sqlite", SystemClock())
        await ledger.open()
        before, waiting = ledger.commits, []
        for number in range(3):
            waiting.append(ledger.write(lambda tx: tx.next("calm"), calm=number < 2))
            await asyncio.sleep(0)
        assert await asyncio.gather(*waiting) == [1, 2, 3]
        assert ledger.commits == before + 1
        await ledger.close()

    asyncio.run(test())


def test_times_sort_as_text():
    """Instants are written with six digits, in UTC."""
    text = rfc3339(SystemClock().now())
    assert len(text) == 27
    assert text.endswith("Z")
    for moment in ("2026-03-10T09:16:03+00:00", "2026-03-10T09:16:03.000120-05:00"):
        at = datetime.fromisoformat(moment)
        assert rfc3339(at) == at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
