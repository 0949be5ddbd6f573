"""Endpoints: how bytes get to the other side, and how its answers come back.

Two carriers, one shape: `http` speaks `docs/ace-http.md`, `directory` is a pair of
folders, `out/` for what goes and `in/` for what comes, with files that appear whole.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from gateway.shell.config import Endpoint

ANSWER_BYTES_MAX = 100 * 1024 * 1024
FETCH_MAX = 100
NAME_CHARS_MAX = 128
LONG_POLL_SECONDS = 20
DIRECTORY_POLL_SECONDS_MAX = 5.0
PASSWORD = slice(8, 14)
"""CATAIR A 9-14: put in on the way out, so that it is in no stored copy."""

# Answers of a server that mean: not now. Everything else below 500 means: not at all.
TEMPORARY = frozenset({408, 421, 425, 429})


class Away(Exception):  # noqa: N818 - a state of the endpoint, not a fault of ours
    """The endpoint did not take it, or we do not know. `seconds` is its own wish, or 0."""

    def __init__(self, reason: str, seconds: float = 0) -> None:
        self.seconds = seconds
        super().__init__(reason)


class Denied(Exception):  # noqa: N818 - the same
    """The endpoint said no, and will say so again."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of the endpoint. `number` is its own name for it."""

    number: str
    batch: str
    media_type: str
    data: bytes


class Carrier(Protocol):
    """What both carriers do. Failures are `Away` or `Denied`."""

    async def send(self, key: str, data: bytes, media_type: str) -> str:
        """Give bytes to the endpoint under a key; the same key and bytes again are no second message.

        Gives what the endpoint calls them, "" where it says nothing.
        """

    async def fetch(self) -> Sequence[Incoming]:
        """Give what is not confirmed, in order; waits for a while when there is nothing."""

    async def confirm(self, numbers: Sequence[str]) -> None:
        """Say that messages are safe with us."""

    async def close(self) -> None:
        """Let go of connections."""


def carrier(endpoint: Endpoint) -> Carrier:
    """Make the carrier that an endpoint's settings ask for."""
    return Http(endpoint) if endpoint.transport == "http" else Directory(endpoint)


def dressed(data: bytes, endpoint: Endpoint) -> bytes:
    """Put the endpoint's password where its format has a place for it."""
    if endpoint.password is None or endpoint.format != "catair" or not data.startswith(b"A"):
        return data
    word = endpoint.password.reveal().encode("ascii", "replace")[:6].ljust(6)
    return data[: PASSWORD.start] + word + data[PASSWORD.stop :]


class Http:
    """The ACE side over HTTP."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._base = endpoint.address.rstrip("/")
        self._made: aiohttp.ClientSession | None = None

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._made is None:
            headers = {}
            if self._endpoint.token is not None:
                headers["Authorization"] = f"Bearer {self._endpoint.token.reveal()}"
            self._made = aiohttp.ClientSession(
                headers=headers,
                connector=aiohttp.TCPConnector(limit=64),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._made

    async def send(self, key: str, data: bytes, media_type: str) -> str:
        """POST one transmission. 2xx: it is durable there."""
        headers = {"Idempotency-Key": key, "Content-Type": media_type}
        body = dressed(data, self._endpoint)
        text = await self._call("POST", "/ace/batches", self._endpoint.send_seconds_max, headers, body)
        try:
            return str(json.loads(text)["batch"])[:NAME_CHARS_MAX]
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""

    async def fetch(self) -> Sequence[Incoming]:
        """GET the outbox from its beginning: what was confirmed is not there any more."""
        path = f"/ace/outbox?after=0&limit={FETCH_MAX}&wait={LONG_POLL_SECONDS}"
        text = await self._call("GET", path, LONG_POLL_SECONDS + self._endpoint.send_seconds_max)
        try:
            plain = json.loads(text)
            return [
                Incoming(
                    number=str(int(one["n"])),
                    batch=str(one.get("batch", "")),
                    media_type=str(one.get("media_type", "")),
                    data=base64.b64decode(one["body"], validate=True),
                )
                for one in plain["messages"]
            ]
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
            raise Away(f"the outbox cannot be read: {error}") from error

    async def confirm(self, numbers: Sequence[str]) -> None:
        """POST one confirmation for all."""
        body = json.dumps({"n": [int(number) for number in numbers]}).encode("ascii")
        headers = {"Content-Type": "application/json"}
        await self._call("POST", "/ace/outbox/confirm", self._endpoint.send_seconds_max, headers, body)

    async def _call(
        self,
        method: str,
        path: str,
        seconds: float,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> bytes:
        try:
            async with self._session.request(
                method,
                self._base + path,
                data=io.BytesIO(body) if body is not None else None,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=5),
            ) as response:
                text = await _bounded(response)
                if response.status in range(200, 300):
                    return text
                reason = f"{method} {path.split('?', 1)[0]} was answered {response.status}"
                if response.status >= 500 or response.status in TEMPORARY:
                    raise Away(reason, _retry_after(response.headers.get("Retry-After", "")))
                raise Denied(f"{reason}: {text[:200].decode('utf-8', 'replace')}")
        except TimeoutError:
            raise Away(f"{method} {path.split('?', 1)[0]} took longer than {seconds:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Away(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        made, self._made = self._made, None
        if made is not None:
            await made.close()


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        found += piece
        if len(found) > ANSWER_BYTES_MAX:
            raise Away(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")
    return bytes(found)


def _retry_after(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0


class Directory:
    """The ACE side as a pair of folders."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        base = Path(endpoint.address)
        self._out, self._in, self._done = base / "out", base / "in", base / "done"

    async def send(self, key: str, data: bytes, media_type: str) -> str:  # noqa: ARG002 - a file has no type
        """Write a file that appears whole, under the key's own name."""
        await self._off(self._write, self._out / f"{key}.msg", dressed(data, self._endpoint))
        return ""

    async def fetch(self) -> Sequence[Incoming]:
        """Read the files of `in/`, oldest name first. Names that begin with a dot are still being written."""
        for turn in (0, 1):
            found: list[Incoming] = await self._off(self._read)
            if found:
                return found
            if turn == 0:
                await asyncio.sleep(min(self._endpoint.poll_seconds, DIRECTORY_POLL_SECONDS_MAX))
        return []

    async def confirm(self, numbers: Sequence[str]) -> None:
        """Move files to `done/`."""
        await self._off(self._move, numbers)

    async def close(self) -> None:
        """Do nothing: no file is left open."""

    async def _off(self, function: Any, *args: Any) -> Any:
        try:
            return await asyncio.to_thread(function, *args)
        except OSError as error:
            raise Away(f"{error.filename or self._endpoint.address}: {error.strerror}") from error

    @staticmethod
    def _write(target: Path, data: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)

    def _read(self) -> list[Incoming]:
        self._in.mkdir(parents=True, exist_ok=True)
        files = sorted(file for file in self._in.iterdir() if file.is_file() and file.name[0] != ".")
        return [Incoming(file.name, "", "", file.read_bytes()) for file in files[:FETCH_MAX]]

    def _move(self, numbers: Sequence[str]) -> None:
        self._done.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            source = self._in / number
            if source.is_file():
                source.replace(self._done / number)
