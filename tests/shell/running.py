"""A gateway in the test's own process, with a client session on it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json

import aiohttp

from gateway.shell.config_file import parse_config
from gateway.shell.server import start_gateway
from tests.shell import stores
from tests.shell.ace import FakeAce

ENTRY = {"number": "Q7Z00010429", "lines": [{"number": 1, "description": "Motors"}]}
# A disk that stands still for a moment, as others' work makes it, is nothing that these tests are about.
QUEUE_SECONDS = 60
JSON = {"Content-Type": "application/json"}


def entry(number="Q7Z00010429", **more):
    """Give the bytes of a JSON entry."""
    return json.dumps({**ENTRY, "number": number, **more}).encode()


def settings(folder, ace_url, extra="", endpoint=""):
    """Give the configuration text of a gateway that keeps everything in a folder."""
    partners = "" if "partners:" in extra else "partners: {LOCAL: {anonymous: true, operator: true}}\n"
    return (
        stores.setting(folder)
        + ("" if "\nkeys:" in f"\n{extra}" else f"keys: {{folder: {folder}/keys}}\n")
        + ("" if "work:" in extra else "work: {processes: 0}\n")
        + partners
        + "endpoints:\n"
        f'  ace: {{format: json, message: entry, address: "{ace_url}", poll_seconds: 0.05,'
        f" retry: {{first_seconds: 0.05, most_seconds: 0.2}}{endpoint}}}\n" + extra
    )


class Running:
    """A gateway, its ACE, and a session."""

    def __init__(self, gateway, ace, session):
        self.gateway = gateway
        self.ace = ace
        self.session = session

    @property
    def core(self):
        """The gateway's parts."""
        return self.gateway.service.core

    async def call(self, method, path, **kwargs):
        """Make one call; gives status, headers and body."""
        if isinstance(kwargs.get("data"), bytes):
            kwargs["data"] = io.BytesIO(kwargs["data"])
        async with self.session.request(method, self.gateway.url + path, **kwargs) as response:
            return response.status, response.headers, await response.read()

    async def get(self, path, **kwargs):
        """GET JSON; asserts that it is there."""
        status, _, body = await self.call("GET", path, **kwargs)
        assert status == 200, body
        return json.loads(body)

    async def post(self, data, headers=None, path="/v1/submissions"):
        """POST content; gives status, headers and JSON."""
        status, found, body = await self.call("POST", path, data=data, headers=JSON | (headers or {}))
        return status, found, json.loads(body)

    async def submit(self, data, **headers):
        """Submit content and give its id."""
        status, _, plain = await self.post(data, headers)
        assert status == 202, plain
        return plain["submission"]

    async def until(self, true, seconds=90):
        """Wait until something is true."""
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)

    async def closed(self, submission, state="closed", seconds=90, **kwargs):
        """Wait until a submission is in a state; gives it."""
        plain = {}
        async with asyncio.timeout(seconds):
            while plain.get("state") != state:
                plain = await self.get(f"/v1/submissions/{submission}", **kwargs)
                await asyncio.sleep(0.01)
        return plain


@contextlib.asynccontextmanager
async def running(folder, extra="", endpoint="", ace=None, headers=None, clock=None):
    """Start an ACE and a gateway; stop both."""
    own = ace is None
    ace = ace or await FakeAce().start()
    config = parse_config(settings(folder, ace.url, extra, endpoint))
    server = config.server.model_copy(update={"queue_seconds_max": QUEUE_SECONDS})
    config = config.model_copy(update={"server": server})
    try:
        gateway = await start_gateway(config, port=0, clock=clock)
        try:
            async with aiohttp.ClientSession(headers=headers, auto_decompress=False) as session:
                yield Running(gateway, ace, session)
        finally:
            await gateway.stop()
    finally:
        if own:
            await ace.stop()


def sha256(data):
    """Give a Content-Digest member."""
    import base64

    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"
