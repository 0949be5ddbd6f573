"""An ACE of the tests' own: speaks `docs/ace-http.md` in JSON entries, and does what it is told."""

from __future__ import annotations

import asyncio
import base64
import json

from aiohttp import web


class FakeAce:
    """Keeps every transmission, answers each once, and misbehaves on demand."""

    def __init__(self):
        self.sent: list[tuple[str, bytes]] = []
        self.effects: dict[str, bytes] = {}
        self.outbox: list[dict] = []
        self.confirmed: set[int] = set()
        self.hold = False
        self.away = False
        self.statuses: list[int] = []
        self.meaning = "accepted"
        self._runner = None
        self.port = 0

    async def start(self, port=0):
        """Listen on the loopback address."""
        app = web.Application(client_max_size=100 * 1024 * 1024)
        app.router.add_post("/ace/batches", self._batches)
        app.router.add_get("/ace/outbox", self._outbox)
        app.router.add_post("/ace/outbox/confirm", self._confirm)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self):
        """Stop listening."""
        await self._runner.cleanup()

    @property
    def url(self):
        """The base address."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, data, meaning=None):
        """Put an answer into the outbox."""
        number = json.loads(data).get("number", "")
        said = {"number": number, "statuses": [{"code": "02", "meaning": meaning or self.meaning}]}
        self.say(json.dumps(said).encode())

    def say(self, body):
        """Put bytes into the outbox."""
        self.outbox.append(
            {
                "n": len(self.outbox) + 1,
                "batch": "",
                "kind": "SX",
                "media_type": "application/json",
                "at": "2026-01-15T14:00:00Z",
                "body": base64.b64encode(body).decode(),
            }
        )

    async def _batches(self, request):
        if self.away:
            request.transport.abort()
            return web.Response()
        data = await request.read()
        self.sent.append((request.headers["Idempotency-Key"], data))
        status = self.statuses.pop(0) if self.statuses else 202
        if status == 202 and self.effects.setdefault(request.headers["Idempotency-Key"], data) is data:
            self.answer(data)
        return web.json_response({"batch": f"b-{len(self.sent)}"}, status=status)

    async def _outbox(self, request):
        if self.away:
            request.transport.abort()
        for _ in range(20):
            found = [] if self.hold else [one for one in self.outbox if one["n"] not in self.confirmed]
            if found:
                break
            await asyncio.sleep(0.02)
        return web.json_response({"messages": found, "next": 0})

    async def _confirm(self, request):
        self.confirmed.update((await request.json())["n"])
        return web.json_response({"confirmed": True})
