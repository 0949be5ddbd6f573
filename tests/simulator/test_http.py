"""The simulator over HTTP, as docs/ace-http.md says."""

from __future__ import annotations

import asyncio
import io
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.shell.simulator import Simulator, StoreError, start_simulator
from tests.simulator.samples import SE, batch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


class Caller:
    """A client of one simulator; every answer is (status, JSON body)."""

    def __init__(self, simulator: Simulator, http: aiohttp.ClientSession) -> None:
        self.url = simulator.url
        self.http = http

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Make one call."""
        async with self.http.request(method, f"{self.url}{path}", **options) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, data: bytes, **headers: str) -> tuple[int, Any]:
        """Send one batch."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call("POST", "/ace/batches", data=data, headers=named)

    async def order(self, *commands: dict[str, Any]) -> tuple[int, Any]:
        """Give commands."""
        return await self.call("POST", "/ace/control", data=json.dumps(list(commands)))

    async def kinds(self, after: int = 0) -> list[str]:
        """Give the kinds of what is in the outbox."""
        status, body = await self.call("GET", f"/ace/outbox?after={after}")
        assert status == 200
        return [message["kind"] for message in body["messages"]]


def run(work: Callable[[Caller], Awaitable[None]], **options: Any) -> None:
    """Start a simulator, do some work as its client, stop it."""

    async def whole() -> None:
        simulator = await start_simulator(**options)
        try:
            async with aiohttp.ClientSession() as http:
                await work(Caller(simulator, http))
        finally:
            await simulator.stop()

    asyncio.run(whole())


def test_the_same_bytes_are_processed_once() -> None:
    """Bytes or key again give the same id and no second answer; the key with other bytes is 422."""

    async def work(caller: Caller) -> None:
        status, first = await caller.post(batch("SE", SE), Idempotency_Key="k1")
        assert status == 202
        assert await caller.post(batch("SE", SE)) == (202, first)
        assert await caller.post(batch("SE", SE), Idempotency_Key="k2") == (202, first)
        assert await caller.post(batch("SE", SE), Idempotency_Key="k1") == (202, first)
        assert (await caller.post(b"other", Idempotency_Key="k1"))[0] == 422
        assert (await caller.kinds()).count("SX") == 1

    run(work)


def test_answers_stand_in_order_until_they_are_confirmed() -> None:
    """The outbox gives what is not confirmed, from `after` on, at most `limit`."""

    async def work(caller: Caller) -> None:
        await caller.post(batch("SE", SE))
        await caller.order({"do": "advance", "seconds": 5})
        _, body = await caller.call("GET", "/ace/outbox")
        assert [(m["n"], m["kind"]) for m in body["messages"]] == [(1, "SX"), (2, "SO"), (3, "SO")]
        assert body["next"] == 3
        assert b64decode(body["messages"][0]["body"]).startswith(b"A2704Q7Z      011526     SX")
        assert body["messages"][0]["media_type"] == "text/plain"
        assert (await caller.call("GET", "/ace/outbox?after=1&limit=1"))[1]["next"] == 2
        for _ in range(2):
            confirmed = await caller.call("POST", "/ace/outbox/2/confirm")
            assert confirmed == (200, {"n": 2, "confirmed": True})
        assert await caller.kinds() == ["SX", "SO"]
        many = json.dumps({"n": [1, 3]}).encode()
        for _ in range(2):
            assert await caller.call("POST", "/ace/outbox/confirm", data=many) == (
                200, {"n": [1, 3], "confirmed": True},
            )  # fmt: skip
        assert await caller.kinds() == []
        for body, status in ((b'{"n": [9]}', 404), (b'{"n": 9}', 400), (b"[", 400), (b'{"n": [-1]}', 400)):
            assert (await caller.call("POST", "/ace/outbox/confirm", data=body))[0] == status
        assert (await caller.call("POST", "/ace/outbox/9/confirm"))[0] == 404
        assert (await caller.call("POST", "/ace/outbox/x/confirm"))[0] == 404
        assert (await caller.call("GET", "/ace/outbox?after=3")) == (200, {"messages": [], "next": 3})

    run(work)


def test_a_call_can_wait_for_an_answer() -> None:
    """With `wait` the outbox answers as soon as there is something, and empty when the time is over."""

    async def work(caller: Caller) -> None:
        assert (await caller.call("GET", "/ace/outbox?wait=1"))[1]["messages"] == []
        waiting = asyncio.create_task(caller.call("GET", "/ace/outbox?wait=20"))
        await asyncio.sleep(0.05)
        await caller.post(batch("SE", SE))
        _, body = await asyncio.wait_for(waiting, 5)
        assert [message["kind"] for message in body["messages"]] == ["SX"]

    run(work)


def test_releases_come_by_themselves() -> None:
    """The default scenario releases after a second without anybody asking."""

    async def work(caller: Caller) -> None:
        await caller.post(batch("SE", SE))
        _, body = await caller.call("GET", "/ace/outbox?after=2&wait=10")
        assert [message["kind"] for message in body["messages"]] == ["SO"]
        _, entry = await caller.call("GET", "/ace/entries/Q7Z00010429")
        assert entry["filings"][0]["release"] == "released"

    run(work)


def test_faults_of_a_call() -> None:
    """Lost answers, 500 before and after, 503, and being away; nothing is processed twice."""

    async def work(caller: Caller) -> None:
        data = batch("SE", SE)
        await caller.order({"do": "error"}, {"do": "busy", "seconds": 2})
        async with caller.http.post(f"{caller.url}/ace/batches", data=data) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert (await caller.post(data))[0] == 500
        assert await caller.kinds() == []
        await caller.order({"do": "lose"})
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await caller.post(data)
        assert await caller.kinds() == ["SX"]
        await caller.order({"do": "error", "after": True}, {"do": "error", "on": "outbox"})
        assert (await caller.post(data))[0] == 500
        assert (await caller.call("GET", "/ace/outbox"))[0] == 500
        assert (await caller.post(data))[0] == 202
        assert await caller.kinds() == ["SX"]
        await caller.order({"do": "away", "seconds": 0.2})
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await caller.call("GET", "/healthz")
        await asyncio.sleep(0.3)
        assert await caller.call("GET", "/healthz") == (200, {"ok": True})

    run(work)


def test_a_slow_answer_is_still_an_answer() -> None:
    """The batch is kept at once, and the caller hears later."""

    async def work(caller: Caller) -> None:
        await caller.order({"do": "slow", "seconds": 0.2})
        posting = asyncio.create_task(caller.post(batch("SE", SE)))
        await asyncio.sleep(0.1)
        assert not posting.done()
        assert await caller.kinds() == ["SX"]
        assert (await posting)[0] == 202

    run(work)


def test_half_a_batch_leaves_nothing() -> None:
    """A connection that breaks inside the body keeps nothing; the whole batch is then taken."""

    async def work(caller: Caller) -> None:
        data = batch("SE", SE)
        host, port = caller.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /ace/batches HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data[: len(data) // 2])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert await caller.kinds() == []
        assert (await caller.post(data))[0] == 202
        assert await caller.kinds() == ["SX"]

    run(work)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/ace/batches", b"", 400),
        ("POST", "/ace/control", b"{", 400),
        ("POST", "/ace/control", b"[" * 100_000, 400),
        ("POST", "/ace/control", b'{"do": "explode"}', 400),
        ("GET", "/ace/outbox?after=-1", b"", 400),
        ("GET", "/ace/outbox?limit=a", b"", 400),
        ("GET", "/ace/entries/NOPE", b"", 404),
        ("GET", "/nowhere", b"", 404),
    ],
)
def test_a_wrong_call_gets_a_problem_document(method: str, path: str, body: bytes, status: int) -> None:
    """Every error has type, title, status and detail."""

    async def work(caller: Caller) -> None:
        got, problem = await caller.call(method, path, data=body)
        assert got == status
        assert problem["status"] == status
        assert problem["type"].endswith(str(status))
        assert problem["detail"]

    run(work)


def test_more_than_12_mib_is_too_much() -> None:
    """The largest transmission of ACE is the largest here."""

    async def work(caller: Caller) -> None:
        body = io.BytesIO(b"A" * (12 * 1024 * 1024 + 1))
        assert (await caller.call("POST", "/ace/batches", data=body))[0] == 413

    run(work)


def test_a_token_is_asked_for_if_there_is_one() -> None:
    """Without the right bearer token nothing is taken."""

    async def work(caller: Caller) -> None:
        assert (await caller.post(batch("SE", SE)))[0] == 401
        assert (await caller.post(batch("SE", SE), Authorization="Bearer secret"))[0] == 202

    run(work, token="secret")


def test_an_agency_has_a_view_of_its_own() -> None:
    """GET /ace/agencies/FDA gives the entries with FDA sets, an empty list for others."""

    async def work(caller: Caller) -> None:
        await caller.post(batch("SE", f"{SE}\nOI        BOARDS\nPG01001FDARAD\nPG02P"))
        _, body = await caller.call("GET", "/ace/agencies/fda")
        assert body["entries"][0]["entry"] == "Q7Z00010429"
        assert await caller.call("GET", "/ace/agencies/EPA") == (200, {"entries": []})

    run(work)


def test_bytes_of_no_format_are_kept() -> None:
    """They are taken and never answered."""

    async def work(caller: Caller) -> None:
        assert (await caller.post(b"hello"))[0] == 202
        assert await caller.kinds() == []

    run(work)


def test_a_store_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Entries, outbox numbers, faults and what waits survive a restart; keys are still known."""
    store = tmp_path / "ace.db"

    async def before(caller: Caller) -> None:
        await caller.order({"do": "scenario", "name": "exam"}, {"do": "twice", "times": 5})
        await caller.post(batch("SE", SE), Idempotency_Key="k1")
        await caller.call("POST", "/ace/outbox/1/confirm")

    async def after(caller: Caller) -> None:
        assert await caller.kinds() == ["SX"]
        assert (await caller.post(batch("SE", SE), Idempotency_Key="k1"))[0] == 202
        assert (await caller.post(b"other", Idempotency_Key="k1"))[0] == 422
        await caller.order({"do": "advance", "seconds": 60})
        assert await caller.kinds() == ["SX", "SO", "SO", "SO", "SO", "SO", "SO"]
        _, body = await caller.call("GET", "/ace/control")
        assert body["scenario"] == "exam"
        assert body["faults"] == ["twice on answers, 1 more"]

    run(before, store=store)
    run(after, store=store)


def test_a_store_belongs_to_one_simulator(tmp_path: Path) -> None:
    """A second simulator on the same file, or a file that is no store, is refused."""
    store = tmp_path / "ace.db"

    async def work(_: Caller) -> None:
        with pytest.raises(StoreError):
            await start_simulator(store=store)

    run(work, store=store)
    other = tmp_path / "other.db"
    other.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError):
        run(work, store=other)
