"""Real processes, killed: what was acknowledged is stored, forwarded once, answered.

`GATEWAY_CRASH_ROUNDS` makes the last test longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sqlite3

import aiohttp
import pytest

from gateway.signing import KeyRing, verify_receipt
from gateway.simulator.onfile import check_digit
from gateway.specs import data_root
from tests.shell.ace import FakeAce
from tests.shell.process import Process, Simulator
from tests.shell.running import entry

ROUNDS = int(os.environ.get("GATEWAY_CRASH_ROUNDS", "3"))
SENDERS = 16
FIXTURES = data_root() / "fixtures"


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


async def post(session, url, data, key):
    """Submit; gives the answer of a 202, or None when there was none."""
    try:
        async with session.post(
            f"{url}/v1/submissions", data=data, headers={"Idempotency-Key": f'"{key}"'}
        ) as response:
            body = await response.read()
            return json.loads(body) if response.status == 202 else None
    except (aiohttp.ClientError, OSError):
        return None


async def get(session, url, path):
    """GET JSON."""
    async with session.get(url + path) as response:
        assert response.status == 200
        return await response.json()


async def all_closed(session, url, submissions, seconds=90):
    """Wait until every submission is closed; gives them."""
    found = []
    async with asyncio.timeout(seconds):
        for submission in submissions:
            while True:
                plain = await get(session, url, f"/v1/submissions/{submission}")
                if plain["state"] == "closed":
                    break
                await asyncio.sleep(0.05)
            found.append(plain)
    return found


async def check(session, url, plains, sources, ace):
    """Each was accepted, forwarded once in effect, acknowledged once by customs, all signatures hold."""
    ring = KeyRing.from_jwks(await get(session, url, "/.well-known/jwks.json"))
    for plain in plains:
        assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
        business = [one for one in plain["acknowledgements"] if one["kind"] == "business"]
        assert len(business) == 1
        assert verify_receipt(plain["receipt"], ring, sources[plain["id"]]).ok
        async with session.get(url + business[0]["href"]) as response:
            body = await response.read()
        assert verify_receipt(business[0]["receipt"], ring, sources[plain["id"]], body).ok
    numbers = [json.loads(data)["number"] for data in ace.effects.values()]
    assert sorted(numbers) == sorted(json.loads(data)["number"] for data in sources.values())


def check_order(ledger, delivered):
    """What arrived first arrived in the order of the lane, which is the order of intake."""
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        rows = connection.execute(
            "SELECT o.send_key, s.seq FROM outbox o JOIN submission s ON s.id = o.submission"
            " WHERE o.effect = 'send' ORDER BY o.id"
        ).fetchall()
    assert delivered == [key for key, _ in rows]
    seen = [seq for _, seq in rows]
    assert seen == sorted(seen)


@pytest.mark.parametrize("window", ["between the 202 and the forward", "between the forward and the answer"])
def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path, window):
    """After `kill -9` and a restart every submission ends as it would have, once."""

    async def test():
        ace = await FakeAce().start()
        ace.away = window.endswith("the forward")
        ace.hold = not ace.away
        gateway = await Process(tmp_path, ace.url).start()
        async with aiohttp.ClientSession() as session:
            sources = {}
            for turn in range(10):
                data = entry(f"Q7Z0004{turn:04d}")
                plain = await post(session, gateway.url, data, f"key-{turn}")
                sources[plain["submission"]] = data
            if ace.hold:
                async with asyncio.timeout(90):
                    while len(ace.effects) < 10:  # noqa: ASYNC110 - the other side is a process
                        await asyncio.sleep(0.01)
            assert ace.confirmed == set()
            await gateway.kill()
            await gateway.start()
            states = {
                one["state"] for one in (await get(session, gateway.url, "/v1/submissions"))["submissions"]
            }
            assert states <= {"read", "ready", "waiting"}
            ace.away = ace.hold = False
            plains = await all_closed(session, gateway.url, sources)
            await check(session, gateway.url, plains, sources, ace)
            assert await gateway.stop() == 0
        await ace.stop()
        check_order(tmp_path / "g.sqlite", list(ace.effects))

    go(test())


def test_kills_at_random_moments_under_load(tmp_path):
    """Killed again and again under load: acknowledged is stored is delivered once, every receipt valid."""

    async def test():
        ace = await FakeAce().start()
        gateway = await Process(tmp_path, ace.url).start()
        chance = random.Random(20260301)  # noqa: S311 - moments, not secrets
        sources, answers, running = {}, {}, True

        async def sender(session, name):
            turn = 0
            while running:
                number = f"Q7Z{name:02d}{turn:06d}"
                data = entry(number)
                plain = None
                while plain is None and running:
                    plain = await post(session, gateway.url, data, number)
                    if plain is None:
                        await asyncio.sleep(0.02)
                if plain is not None:
                    sources[plain["submission"]] = data
                    answers[plain["submission"]] = plain
                turn += 1

        async with aiohttp.ClientSession() as session:
            senders = [asyncio.create_task(sender(session, name)) for name in range(SENDERS)]
            for _ in range(ROUNDS):
                await asyncio.sleep(chance.uniform(0.2, 1.0))
                await gateway.kill()
                await gateway.start()
            running = False
            await asyncio.gather(*senders)
            plains = await all_closed(session, gateway.url, sources, 60 + 20 * ROUNDS)
            # What was sent without an answer for the sender was stored too: it counts for the other side.
            everything = {data["number"] for data in map(json.loads, ace.effects.values())}
            assert everything >= {json.loads(data)["number"] for data in sources.values()}
            assert len(everything) == len(ace.effects)
            for plain in plains:
                assert plain["receipt"] == answers[plain["id"]]["receipt"]
                assert len([one for one in plain["acknowledgements"] if one["kind"] == "business"]) == 1
            print(
                f"{ROUNDS} kills, {len(sources)} acknowledged, {len(ace.effects)} delivered, {len(ace.sent)} sent"
            )
            assert await gateway.stop() == 0
        await ace.stop()
        check_order(tmp_path / "g.sqlite", list(ace.effects))

    go(test())


def test_gateway_and_simulator_are_killed_in_turn(tmp_path):
    """With CATAIR, a pool of processes and the real simulator: every entry is filed and accepted once."""
    numbers = [f"{turn:07d}" for turn in range(1, 13)]
    template = (FIXTURES / "catair" / "SE" / "three-bills.txt").read_bytes()
    filings = [
        template.replace(b"00010437", f"{number}{check_digit('Q7Z', number)}".encode()) for number in numbers
    ]

    async def test():
        simulator = await Simulator(tmp_path).start()
        gateway = Process(tmp_path, simulator.url, "work: {processes: 2}\n")
        text = gateway.config.read_text(encoding="utf-8")
        site = 'format: catair, message: SE, envelope: {site: "2704", filer: Q7Z, port: "2704"}'
        gateway.config.write_text(text.replace("format: json, message: entry", site), encoding="utf-8")
        await gateway.start()
        async with aiohttp.ClientSession() as session:
            sources = {}
            for turn, data in enumerate(filings):
                plain = None
                while plain is None:
                    plain = await post(session, gateway.url, data, f"key-{turn}")
                sources[plain["submission"]] = data
                if turn == 3:
                    await gateway.kill()
                    await gateway.start()
                if turn == 7:
                    await simulator.kill()
                    await simulator.start()
            plains = await all_closed(session, gateway.url, sources, 60)
            for plain in plains:
                (part,) = plain["transactions"]
                said = [one["meaning"] for one in part["dispositions"]]
                assert (part["disposition"], said.count("accepted")) == ("accepted", 1), plain
            assert await gateway.stop() == 0
        await simulator.kill()

    go(test())
