"""Forwarding: in order, once in effect, again when it failed, and a person for what will not go."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway.shell import server
from gateway.shell.config import Endpoint, Secret, key_hash
from gateway.shell.delivery import Delivery
from gateway.shell.endpoint import Directory, Http, dressed
from gateway.shell.lanes import Breaker, back_off
from tests.shell.running import entry, running

FAST = ", answer_seconds_max: 0.3"


pytestmark = pytest.mark.usefixtures("each_store")


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def test_entries_of_one_partner_keep_their_order(tmp_path):
    """Fifty entries filed one after the other arrive in that order, each once."""

    async def test():
        async with running(tmp_path) as gateway:
            numbers = [f"Q7Z0002{turn:04d}" for turn in range(50)]
            ids = [await gateway.submit(entry(number)) for number in numbers]
            for submission in ids:
                await gateway.closed(submission)
            assert [json.loads(data)["number"] for _, data in gateway.ace.sent] == numbers

    go(test())


def test_a_failure_that_may_pass_is_tried_again_under_the_same_key(tmp_path):
    """After three 500s the fourth attempt has the same bytes and key, and only one effect."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.statuses = [500, 503, 429]
            plain = await gateway.closed(await gateway.submit(entry()))
            assert plain["transactions"][0]["disposition"] == "accepted"
            assert len(gateway.ace.sent) == 4
            assert len(set(gateway.ace.sent)) == 1
            assert len(gateway.ace.effects) == 1

    go(test())


def test_what_the_endpoint_refuses_waits_for_a_person(tmp_path):
    """A 400 parks the lane: what is behind waits too, until a person skips or retries."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.statuses = [400]
            first = await gateway.submit(entry())
            plain = await gateway.closed(first, "parked")
            assert plain["waits"][0]["state"] == "parked"
            second = await gateway.submit(entry("Q7Z00010437"))
            await gateway.closed(second, "ready")
            parked = await gateway.get("/v1/parked")
            assert [one["submission"] for one in parked["parked"]] == [first]
            status, _, _ = await gateway.post(b'{"do": "retry"}', path=f"/v1/submissions/{first}/orders")
            assert status == 202
            assert (await gateway.closed(first))["transactions"][0]["disposition"] == "accepted"
            await gateway.closed(second)

    go(test())


def test_skipping_tells_the_sender(tmp_path):
    """What a person gives up is acknowledged as refused, with the reason, and the lane goes on."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.statuses = [400]
            first = await gateway.submit(entry())
            await gateway.closed(first, "parked")
            order = json.dumps({"do": "skip", "reason": "filed by hand"}).encode()
            place = f"/v1/submissions/{first}/orders"
            assert (await gateway.post(b'{"do": "skip"}', path=place))[0] == 400
            assert (await gateway.post(order, path=place))[0] == 202
            plain = await gateway.closed(first)
            assert plain["transactions"][0]["disposition"] == "rejected"
            _, _, body = await gateway.call("GET", plain["acknowledgements"][-1]["href"])
            assert b"filed by hand" in body
            assert (await gateway.post(order, path=place))[0] == 409

    go(test())


def test_without_an_answer_it_is_sent_again(tmp_path):
    """Waiting too long sends the same bytes under the same key; the late answer still closes it."""

    async def test():
        async with running(tmp_path, endpoint=FAST) as gateway:
            gateway.ace.hold = True
            submission = await gateway.submit(entry())
            await gateway.until(lambda: len(gateway.ace.sent) >= 2)
            gateway.ace.hold = False
            await gateway.closed(submission)
            assert len(set(gateway.ace.sent)) == 1
            assert len(gateway.ace.effects) == 1

    go(test())


def test_an_answer_said_twice_is_passed_on_once(tmp_path):
    """The same message under two numbers gives one acknowledgement."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            before = await gateway.closed(submission)
            gateway.ace.outbox.append({**gateway.ace.outbox[0], "n": 2})
            await gateway.until(lambda: 2 in gateway.ace.confirmed)
            after = await gateway.get(f"/v1/submissions/{submission}")
            assert len(after["acknowledgements"]) == len(before["acknowledgements"])

    go(test())


def test_later_statuses_are_acknowledged_too(tmp_path):
    """A release after the acceptance gives one more business acknowledgement."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            before = await gateway.closed(submission)
            gateway.ace.answer(entry(), "release")
            async with asyncio.timeout(90):
                while True:
                    after = await gateway.get(f"/v1/submissions/{submission}")
                    if len(after["acknowledgements"]) > len(before["acknowledgements"]):
                        break
                    await asyncio.sleep(0.02)
            said = [one["meaning"] for one in after["transactions"][0]["dispositions"]]
            assert said == ["accepted", "release"]

    go(test())


def test_answers_about_nothing_of_ours_are_kept_apart(tmp_path):
    """A message that cannot be related, or read, is confirmed, kept and counted; others go on."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.answer(entry("Q7Z00099999"))
            gateway.ace.say(b"\xff\x00 not a message")
            await gateway.closed(await gateway.submit(entry()))
            await gateway.until(lambda: len(gateway.ace.confirmed) >= 3)
            rows = await gateway.core.ledger.read(
                lambda ask: ask.execute("SELECT state FROM heard ORDER BY id").fetchall()
            )
            assert [row[0] for row in rows] == ["unrelated", "unrelated", "related"]

    go(test())


def test_a_connection_that_breaks_is_no_loss(tmp_path):
    """While the endpoint is away submissions are taken; when it is back they go out."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.away = True
            ids = [await gateway.submit(entry(f"Q7Z0003{turn:04d}")) for turn in range(3)]
            await asyncio.sleep(0.3)
            gateway.ace.away = False
            for submission in ids:
                await gateway.closed(submission)
            assert len(gateway.ace.effects) == 3

    go(test())


def test_pauses_grow_and_differ():
    """Each pause is about twice the one before, up to the bound, and no two are alike."""
    pauses = [back_off(turn, 1.0, 60.0, 0.2) for turn in range(12)]
    for turn, pause in enumerate(pauses):
        middle = min(60.0, 2.0**turn)
        assert middle * 0.8 <= pause <= middle * 1.2
    assert len({back_off(3, 1.0, 60.0, 0.2) for _ in range(20)}) > 1


def test_a_breaker_opens_after_so_many_failures():
    """The endpoint is left in peace only after failures in a row, and at once again when it works."""
    breaker = Breaker(2, 10.0)
    breaker.failed(100.0)
    assert breaker.closed_until == 0.0
    breaker.failed(101.0)
    assert breaker.closed_until == 111.0
    breaker.worked()
    assert (breaker.failures, breaker.closed_until) == (0, 0.0)


def test_a_password_is_put_in_on_the_way_out(monkeypatch):
    """The stored bytes have blanks in A 9-14; what is sent has the password there."""
    monkeypatch.setenv("ACE_WORD", "hush")
    endpoint = Endpoint(address="http://h", password=Secret(env="ACE_WORD"))
    record = b"A2704Q7Z      030126     SE".ljust(80)
    assert dressed(record, endpoint) == b"A2704Q7Zhush  030126     SE".ljust(80)
    assert dressed(record, Endpoint(address="http://h")) == record


def test_folders_carry_messages_too(tmp_path):
    """With the directory transport files appear whole, are read in order and move when confirmed."""

    async def test():
        carrier = Directory(Endpoint(transport="directory", address=str(tmp_path), poll_seconds=0.01))
        await carrier.send("GW01", b"data", "text/plain")
        assert (tmp_path / "out" / "GW01.msg").read_bytes() == b"data"
        assert list(await carrier.fetch()) == []
        (tmp_path / "in" / "b.msg").write_bytes(b"2")
        (tmp_path / "in" / "a.msg").write_bytes(b"1")
        (tmp_path / "in" / ".half").write_bytes(b"x")
        found = await carrier.fetch()
        assert [one.data for one in found] == [b"1", b"2"]
        await carrier.confirm([found[0].number])
        assert [one.data for one in await carrier.fetch()] == [b"2"]
        assert (tmp_path / "done" / "a.msg").read_bytes() == b"1"

    go(test())


@pytest.mark.parametrize("partner", ["A", "B"])
def test_lanes_do_not_wait_for_each_other(tmp_path, partner):
    """A parked lane of one partner leaves the other partner's entries alone."""
    keys = {"A": "gw_aaa", "B": "gw_bbb"}
    extra = "partners:\n" + "".join(
        f"  {name}: {{keys: [{{sha256: {key_hash(key)}}}]}}\n" for name, key in keys.items()
    )
    other = "B" if partner == "A" else "A"

    async def test():
        async with running(tmp_path, extra) as gateway:
            one = {"Authorization": f"Bearer {keys[partner]}"}
            two = {"Authorization": f"Bearer {keys[other]}"}
            gateway.ace.statuses = [400]
            first = await gateway.submit(entry(), **one)
            await gateway.closed(first, "parked", headers=one)
            status, _, plain = await gateway.post(entry("Q7Z00010437"), two | {"Prefer": "wait=60"})
            assert (status, plain["state"]) == (200, "closed")

    go(test())


def test_a_worker_that_dies_is_begun_again(tmp_path, monkeypatch):
    """A fault of ours in the delivery is a trouble that is said; the work goes on after it."""
    monkeypatch.setattr(server, "AGAIN_SECONDS", 0.05)
    run, died = Delivery.run, []

    async def dies_once(self):
        if not died:
            died.append(True)
            raise AssertionError("we are wrong")
        await run(self)

    monkeypatch.setattr(Delivery, "run", dies_once)

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            assert gateway.core.counts["workers_died"] == 1
            assert (await gateway.get("/readyz"))["troubles"]["worker deliver"] == "AssertionError"

    go(test())


def test_a_fault_in_one_lane_leaves_the_others_alone(tmp_path, monkeypatch):
    """A row that we cannot send for a fault of ours stops its lane, says so, and nothing else."""
    send = Http.send

    async def sometimes(self, key, data, media_type):
        if b"Q7Z00010429" in data:
            raise AssertionError("we are wrong")
        return await send(self, key, data, media_type)

    monkeypatch.setattr(Http, "send", sometimes)
    extra = "partners:\n" + "".join(
        f"  {name}: {{keys: [{{sha256: {key_hash(name)}}}]}}\n" for name in ("A", "B")
    )

    async def test():
        async with running(tmp_path, extra) as gateway:
            one, two = ({"Authorization": f"Bearer {name}"} for name in ("A", "B"))
            stuck = await gateway.submit(entry(), **one)
            await gateway.closed(stuck, "ready", headers=one)
            status, _, plain = await gateway.post(entry("Q7Z00010437"), two | {"Prefer": "wait=60"})
            assert (status, plain["state"]) == (200, "closed")
            assert "lane ace/A" in gateway.core.troubles

    go(test())
