"""Simulator: the small ACE behind HTTP, as `docs/ace-http.md` says.

Lives here: sockets, the timer that lets answers fall due, and the faults of a call
(closing a connection, answering 500). Never here: what a transmission means.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from gateway.formats import formats
from gateway.shell.clock import SystemClock
from gateway.shell.simulator_store import Desk, KeyReusedError, StoreError
from gateway.simulator import assemble
from gateway.simulator.control import CommandError
from gateway.specs import Specs, data_root

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from gateway.shell.clock import Clock
    from gateway.simulator.state import Fault, Message

__all__ = ["Simulator", "StoreError", "start_simulator"]

BATCH_BYTES_MAX = 12 * 1024 * 1024
KEY_CHARS_MAX = 255
OUTBOX_LIMIT_MAX = 1000
NUMBER_MAX = 10**18
WAIT_SECONDS_MAX = 30.0
_XML = (b"<", b"\xef\xbb\xbf<")
_Result = TypeVar("_Result")


async def start_simulator(
    host: str = "127.0.0.1",
    port: int = 0,
    store: Path | str = ":memory:",
    scenario: str = "",
    *,
    token: str = "",
    clock: Clock | None = None,
    scenarios: Path | None = None,
) -> Simulator:
    """Start a simulator and give it, listening. `port` 0 takes a free one.

    `store` is a SQLite file that a later start goes on from; `scenarios` a folder in
    place of the shipped one. Raises `ScenarioError` for a folder or name that is wrong,
    `StoreError` for a store that cannot be used, `OSError` for an address that cannot be had.
    """
    folder = scenarios or data_root() / "fixtures" / "scenarios"
    ace = assemble(Specs(), folder, scenario)
    list(formats().values())  # now, not when the first transmission waits for it
    simulator = Simulator(Desk(store, ace, clock or SystemClock(), scenario), token)
    await simulator.listen(host, port)
    return simulator


class Simulator:
    """A running simulator. `url` is its base address."""

    def __init__(self, desk: Desk, token: str = "") -> None:
        """Wrap a desk. All its work is done in one thread, in the order in which it is asked."""
        self.url = ""
        self._desk = desk
        self._token = token
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ace")
        self._news = asyncio.Condition()
        self._woken = asyncio.Event()
        self._posts: list[tuple[bytes, str, asyncio.Future[str]]] = []
        self._posting: asyncio.Task[None] | None = None
        self._timer: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    async def listen(self, host: str, port: int) -> None:
        """Bind the address and begin to let answers fall due."""
        app = web.Application(middlewares=[self._guard], client_max_size=BATCH_BYTES_MAX)
        app.add_routes(
            [
                web.post("/ace/batches", self._batches),
                web.get("/ace/outbox", self._outbox),
                web.post("/ace/outbox/{n}/confirm", self._confirm),
                web.post("/ace/outbox/confirm", self._confirm_many),
                web.post("/ace/control", self._control),
                web.get("/ace/control", self._overview),
                web.get("/ace/entries/{number}", self._entry),
                web.get("/ace/agencies/{agency}", self._agency),
                web.get("/healthz", self._health),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError:
            await self.stop()
            raise
        bound = self._runner.addresses[0]
        name = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        self.url = f"http://{name}:{bound[1]}"
        self._timer = asyncio.create_task(self._run(), name="ace-timer")

    async def stop(self) -> None:
        """Stop listening and close the store. Whatever waits goes on at the next start."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        await self._do(self._desk.close)
        self._pool.shutdown()

    async def _do(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    async def _run(self) -> None:
        """Let answers fall due at their time, and tell those who wait for them."""
        while True:
            self._woken.clear()
            wait = await self._do(self._desk.tick)
            await self._tell()
            # Not `asyncio.wait_for`: before Python 3.12 it can lose the cancellation of `stop`.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Be away if a fault says so; else answer, every error as a problem document."""
        if self._desk.faulty and await self._do(self._desk.away):
            return _hang_up(request)
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return _problem(401, "a bearer token is wanted, and this is not it")
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return _problem(413, f"a transmission has at most {BATCH_BYTES_MAX} bytes")
        except web.HTTPException as error:
            return _problem(error.status, error.reason)

    async def _fault(self, name: str, on: str) -> Fault | None:
        """Give the fault of this name that strikes now. Without any in force nobody has to wait for the desk."""
        return await self._do(self._desk.take, name, on) if self._desk.faulty else None

    async def _strikes(self, request: web.Request, on: str) -> web.Response | None:
        """Give the answer of a fault that strikes before anything is done, None for no fault."""
        if fault := await self._fault("busy", on):
            answer = _problem(503, "a fault in force")
            answer.headers["Retry-After"] = f"{max(1, round(fault.seconds))}"
            return answer
        if on != "batches":
            if await self._fault("error", on):
                return _problem(500, "a fault in force")
            if await self._fault("lose", on):
                return _hang_up(request)
        return None

    async def _batches(self, request: web.Request) -> web.Response:
        if struck := await self._strikes(request, "batches"):
            return struck
        data = await request.read()
        batch = await self._keep(data, request.headers.get("Idempotency-Key", ""))
        if await self._fault("lose", "batches"):
            return _hang_up(request)
        if slow := await self._fault("slow", "batches"):
            await asyncio.sleep(slow.seconds)
        return _taken(batch, data)

    async def _keep(self, data: bytes, key: str) -> str:
        """Make a transmission durable and give its id. Raises the problem that hinders it."""
        if not data:
            raise web.HTTPBadRequest(reason="the body is empty")
        if len(key) > KEY_CHARS_MAX:
            raise web.HTTPBadRequest(reason=f"Idempotency-Key has at most {KEY_CHARS_MAX} characters")
        error = await self._fault("error", "batches")
        if error and not error.after:
            raise web.HTTPInternalServerError(reason="a fault in force; nothing was kept")
        try:
            batch = await self._post(data, key)
        except KeyReusedError as reused:
            raise web.HTTPUnprocessableEntity(
                reason="this Idempotency-Key came before with other bytes"
            ) from reused
        if error:
            raise web.HTTPInternalServerError(reason="a fault in force; the transmission was kept")
        return batch

    async def _post(self, data: bytes, key: str) -> str:
        """Have a transmission kept, with one commit for all that came while the last was made."""
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._posts.append((data, key, done))
        if self._posting is None or self._posting.done():
            self._posting = asyncio.create_task(self._post_waiting(), name="ace-post")
        return await done

    async def _post_waiting(self) -> None:
        while self._posts:
            posts, self._posts = self._posts, []
            found: Sequence[str | Exception]
            try:
                found = await self._do(self._desk.post_all, [(data, key) for data, key, _ in posts])
            except Exception as error:  # noqa: BLE001 - it goes to whoever asked
                found = [error] * len(posts)
            if self._desk.waits:
                self._woken.set()
            await self._tell()
            for (_, _, done), one in zip(posts, found, strict=True):
                if done.done():
                    continue
                if isinstance(one, Exception):
                    done.set_exception(one)
                else:
                    done.set_result(one)

    async def _outbox(self, request: web.Request) -> web.Response:
        if struck := await self._strikes(request, "outbox"):
            return struck
        after = _whole(request, "after", 0)
        limit = min(_whole(request, "limit", 100), OUTBOX_LIMIT_MAX)
        wait = min(float(_whole(request, "wait", 0)), WAIT_SECONDS_MAX)
        found = await self._do(self._desk.outbox, after, limit)
        if not found and wait:
            found = await self._waited(after, limit, wait)
        return web.json_response(
            {
                "messages": [_message(n, message) for n, message in found],
                "next": found[-1][0] if found else after,
            }
        )

    async def _waited(self, after: int, limit: int, wait: float) -> list[tuple[int, Message]]:
        """Give the outbox as soon as there is something, an empty list when the time is over."""
        found: list[tuple[int, Message]] = []
        try:
            async with asyncio.timeout(wait), self._news:
                while not (found := await self._do(self._desk.outbox, after, limit)):
                    await self._news.wait()
        except TimeoutError:
            return found
        return found

    async def _confirm(self, request: web.Request) -> web.Response:
        if struck := await self._strikes(request, "confirm"):
            return struck
        text = request.match_info["n"]
        missing = await self._do(self._desk.confirm, [int(text[:18])]) if text.isdigit() else [0]
        if missing:
            return _problem(404, f"no answer has the number {text[:18]}")
        return web.json_response({"n": int(text), "confirmed": True})

    async def _confirm_many(self, request: web.Request) -> web.Response:
        if struck := await self._strikes(request, "confirm"):
            return struck
        try:
            numbers = [int(one) for one in json.loads(await request.read())["n"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return _problem(400, 'the body is {"n": [...]}')
        if len(numbers) > OUTBOX_LIMIT_MAX or not all(0 < one < NUMBER_MAX for one in numbers):
            return _problem(400, f"n has at most {OUTBOX_LIMIT_MAX} numbers of answers")
        missing = await self._do(self._desk.confirm, numbers)
        if missing:
            return _problem(404, f"no answer has the number {missing[0]}")
        return web.json_response({"n": numbers, "confirmed": True})

    async def _control(self, request: web.Request) -> web.Response:
        try:
            commands = json.loads(await request.read())
        except (ValueError, RecursionError):
            return _problem(400, "the body is not JSON")
        try:
            done = await self._do(self._desk.command, commands)
        except CommandError as error:
            return _problem(400, str(error))
        self._woken.set()
        await self._tell()
        return web.json_response({"done": list(done)})

    async def _overview(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._do(self._desk.overview))

    async def _entry(self, request: web.Request) -> web.Response:
        found = await self._do(self._desk.entry, request.match_info["number"])
        if not found:
            return _problem(404, "nothing is on file under this number")
        return web.json_response({"filings": found})

    async def _agency(self, request: web.Request) -> web.Response:
        found = await self._do(self._desk.agency, request.match_info["agency"])
        return web.json_response({"entries": found})

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})


def _taken(batch: str, data: bytes) -> web.Response:
    """Answer 202. A declaration in XML also gets a conversation id, made from the batch id."""
    body: dict[str, str] = {"batch": batch}
    headers: Mapping[str, str] = {}
    if data.lstrip()[:4].startswith(_XML):
        body["conversation"] = str(uuid.UUID(batch.removeprefix("b-")))
        headers = {"X-Conversation-ID": body["conversation"]}
    return web.json_response(body, status=202, headers=headers)


def _message(number: int, message: Message) -> dict[str, Any]:
    return {
        "n": number,
        "batch": message.batch,
        "kind": message.kind,
        "media_type": message.media_type,
        "at": message.at,
        "body": b64encode(message.body).decode("ascii"),
    }


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isdigit() or len(text) > 18:
        raise web.HTTPBadRequest(reason=f"{name} is a whole number")
    return int(text)


def _problem(status: int, detail: str) -> web.Response:
    title = {400: "Bad request", 401: "Not authorised", 404: "Not found", 413: "Too large"}.get(
        status, "Error"
    )
    body = {"type": f"urn:gateway:ace:{status}", "title": title, "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
