"""Several processes on one PostgreSQL database: they share the work, hear each other, replace each other."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from gateway.shell import ledger_claims, ledger_query
from gateway.shell.clock import SystemClock
from gateway.shell.duty import on_duty
from gateway.shell.ledger import Ledger, LedgerUnavailable
from gateway.shell.ledger_flow import Ref, Work, finish, queue
from gateway.shell.ledger_query import Waiting
from gateway.shell.ledger_telling import PAYLOAD_BYTES_MAX, payloads
from tests.shell import stores
from tests.shell.ace import FakeAce
from tests.shell.postgresql import server
from tests.shell.running import entry, running

COUNT = 24


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


pytestmark = pytest.mark.usefixtures("shared")


@contextlib.asynccontextmanager
async def ledgers(folder, count=2):
    """Open the same database several times, as processes would."""
    opened = [Ledger(stores.store(folder), SystemClock()) for _ in range(count)]
    for ledger in opened:
        ledger.store.lock_seconds_max = 1
    try:
        for ledger in opened:
            await ledger.open()
        yield opened
    finally:
        for ledger in opened:
            await ledger.close()


@contextlib.asynccontextmanager
async def gateways(folder, ace=None):
    """Run two gateways on one database, with one ACE."""
    ace = ace or await FakeAce().start()
    try:
        async with running(folder, ace=ace) as first, running(folder, ace=ace) as second:
            yield first, second
    finally:
        await ace.stop()


async def until(true, seconds=90):
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


def test_numbers_are_given_once_and_without_gaps(tmp_path):
    """Two processes that count at the same time get each number once, in the order of their commits."""

    async def test():
        async with ledgers(tmp_path) as (one, other):
            taken = await asyncio.gather(
                *(ledger.write(lambda tx: tx.next("n")) for _ in range(200) for ledger in (one, other))
            )
            assert sorted(taken) == list(range(1, 401))
            assert one.commits < 200

    go(test())


def test_commits_are_heard_by_the_others(tmp_path):
    """Names that one process touched wake those who wait in the other, and nobody twice."""

    async def test():
        async with ledgers(tmp_path) as (one, other):
            heard, own = [], []
            other.listen(heard.append)
            one.listen(own.append)
            names = {f"name-{turn:04d}-{'x' * 40}" for turn in range(400)}
            await one.write(lambda tx: tx.touched.update(names))

            async def all_heard():
                return frozenset().union(*heard) == names

            await until(all_heard)
            await asyncio.sleep(0.4)
            assert own == [frozenset(names)]
            assert len(heard) < 10

    go(test())


def test_notifications_fit_into_their_bounds():
    """However many names there are, each notification is short enough, and none is lost."""
    names = frozenset(f"n{turn}" * (turn % 30 + 1) for turn in range(3000)) | {"é" * 1000}
    made = list(payloads("12", names))
    assert all(len(one.encode()) <= PAYLOAD_BYTES_MAX for one in made)
    assert {name for one in made for name in one.split("\n")[1:]} == names
    assert list(payloads("12", frozenset())) == []


def test_work_is_shared_and_done_once(tmp_path):
    """Entries given to two gateways are read by both, sent once each, in the order of their intake."""

    async def test():
        async with gateways(tmp_path) as (first, second):
            ids = await asyncio.gather(
                *((first, second)[turn % 2].submit(entry(f"Q7Z0100{turn:04d}")) for turn in range(COUNT))
            )
            for turn, submission in enumerate(ids):
                plain = await (second, first)[turn % 2].closed(submission)
                assert plain["transactions"][0]["disposition"] == "accepted"
                assert [one["kind"] for one in plain["acknowledgements"]].count("business") == 1
            numbers = [json.loads(data)["number"] for data in first.ace.effects.values()]
            assert len(numbers) == len(set(numbers)) == COUNT
            assert len(first.ace.sent) == COUNT
            assert first.core.counts["read"] + second.core.counts["read"] == COUNT
        sent = stores.rows(tmp_path, "SELECT send_key FROM outbox WHERE effect = 'send' ORDER BY id")
        assert [key for key, _ in first.ace.sent] == [row[0] for row in sent]
        seen = stores.rows(
            tmp_path,
            "SELECT s.seq FROM outbox o JOIN submission s ON s.id = o.submission WHERE o.effect = 'send'"
            " ORDER BY o.id",
        )
        assert [row[0] for row in seen] == list(range(1, COUNT + 1))

    go(test())


def test_an_answer_is_waited_for_wherever_it_is_made(tmp_path):
    """`Prefer: wait` and event streams of one process see what the other does."""

    async def test():
        async with gateways(tmp_path) as (first, second):
            calls = [
                one.call(
                    "POST", "/v1/submissions", data=entry(f"Q7Z0200{turn:04d}"), headers={"Prefer": "wait=60"}
                )
                for turn, one in enumerate((first, second) * 4)
            ]
            async with asyncio.timeout(90):
                answers = await asyncio.gather(*calls)
            assert [status for status, _, _ in answers] == [200] * 8
            submission = json.loads(answers[0][2])["id"]
            address = f"{second.gateway.url}/v1/submissions/{submission}/events"
            async with second.session.get(address) as stream:
                text = b""
                async with asyncio.timeout(90):
                    while b"event: Acknowledged" not in text:
                        text += await stream.content.readany()

    go(test())


def test_what_a_process_held_is_taken_over_when_it_is_gone(tmp_path):
    """Leases and claims of a process that died are free long before they run out."""

    async def test():
        async with running(tmp_path) as gateway:
            gone = Ledger(stores.store(tmp_path), SystemClock())
            await gone.open()
            owner, now = gone.owner("worker"), gone.clock.seconds()
            await gone.write(lambda tx: ledger_claims.hold(tx, "ace/LOCAL", owner, now, 3600))
            members = await gateway.core.ledger.read(gateway.core.ledger.store.members)
            assert {gone.store.member, gateway.core.ledger.store.member} <= members
            submission = await gateway.submit(entry())
            await gateway.closed(submission, state="ready")
            await asyncio.sleep(1.5)
            assert (await gateway.get(f"/v1/submissions/{submission}"))["state"] == "ready"
            await gone.close()
            await gateway.closed(submission)

    go(test())


def test_a_duty_is_one_process_s_at_a_time(tmp_path):
    """Of two that want a duty one has it; the other has it soon after the first lets go."""

    async def test():
        ace = await FakeAce().start()
        log = []

        def work(name):
            async def run():
                log.append(name)
                await asyncio.Event().wait()

            return run

        async with running(tmp_path, ace=ace) as first, running(tmp_path, ace=ace) as second:
            one = asyncio.create_task(on_duty(first.core, "t", work("one")))
            await first.until(lambda: log == ["one"])
            other = asyncio.create_task(on_duty(second.core, "t", work("other")))
            await asyncio.sleep(1.5)
            assert log == ["one"]
            one.cancel()
            await second.until(lambda: log == ["one", "other"])
            other.cancel()
            await asyncio.gather(one, other, return_exceptions=True)
        await ace.stop()

    go(test())


def test_a_result_that_comes_too_early_waits_for_its_turn(tmp_path):
    """A row's result is taken when no row before it in its lane waits; rows nobody works on are handed over."""

    async def test():
        async with ledgers(tmp_path) as (one, other):
            now = one.clock.seconds()

            def fill(tx):
                for _ in range(4):
                    queue(tx, Ref("", 0, ""), "process", Work(lane="L"))
                queue(tx, Ref("", 0, ""), "process", Work(lane="M"))

            await one.write(fill)
            rows = await one.read(lambda ask: ledger_query.waiting(ask, "process", 0, 10))
            assert [row.lane for row in rows] == ["L"] * 4 + ["M"]
            mine, theirs = one.owner("p"), other.owner("p")
            assert await one.write(lambda tx: ledger_claims.claim(tx, [rows[0].id], mine, now)) == {
                rows[0].id
            }
            ids = [row.id for row in rows]
            taken = await other.write(lambda tx: ledger_claims.claim(tx, ids[:3], theirs, now))
            assert taken == set(ids[1:3])

            def early(row: Waiting, owner):
                return one.write(lambda tx: ledger_claims.early(tx, row, owner, now))

            assert await early(rows[0], mine) is None
            assert await early(rows[4], theirs) is None
            found = await early(rows[2], theirs)
            assert [row.id for row in found.free] == [ids[1]]
            await one.write(lambda tx: ledger_claims.release(tx, mine))
            found = await early(rows[3], theirs)
            assert [row.id for row in found.free] == ids[:3]
            for number in ids[:3]:
                assert await one.write(lambda tx, number=number: finish(tx, number))
            assert await early(rows[3], theirs) is None

    go(test())


def test_a_lost_connection_is_made_again(tmp_path):
    """When the database drops every connection, the gateway connects again and nothing is lost."""

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry("Q7Z03000001")))
            for turn in range(3):
                server().run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
                    stores.address(tmp_path),
                )
                plain = await gateway.get("/v1/submissions")
                assert len(plain["submissions"]) == turn + 1
                await gateway.closed(await gateway.submit(entry(f"Q7Z0300001{turn}")))
            await until(lambda: _alone(gateway))

    async def _alone(gateway):
        return gateway.core.ledger.store.member in await gateway.core.ledger.read(
            gateway.core.ledger.store.members
        )

    go(test())


def test_a_process_that_hangs_does_not_stop_the_others(tmp_path):
    """Who has the writing lock and does nothing is put off by the database."""

    async def test():
        async with ledgers(tmp_path) as (one, other):
            import threading

            hang, has = threading.Event(), threading.Event()
            held = one.write(lambda _tx: (_tx.next("n"), has.set(), hang.wait(20)))
            assert await asyncio.to_thread(has.wait, 90)
            later = other.write(lambda tx: tx.next("n"))
            with pytest.raises(LedgerUnavailable, match="lock timeout"):
                await later
            hang.set()
            await held
            assert await other.write(lambda tx: tx.next("n")) == 2

    go(test())


def test_text_that_postgresql_cannot_hold_is_held_as_it_can(tmp_path):
    """NUL and half a surrogate pair in a sender's text become signs that stand for them."""

    async def test():
        async with ledgers(tmp_path, 1) as (one,):
            text = "a\x00b\ud800c"
            await one.write(
                lambda tx: tx.connection.execute("INSERT INTO meta(name, value) VALUES('t', ?)", (text,))
            )
            value = await one.read(
                lambda ask: ask.execute("SELECT value FROM meta WHERE name = 't'").fetchone()[0]
            )
            assert value == "a\N{SYMBOL FOR NULL}b?c"

    go(test())
