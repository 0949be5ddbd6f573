"""A client of the HTTP interface, for the command line and for programs.

What is sent has an Idempotency-Key, so a call whose answer was lost is made again and
counts once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from gateway.flow.submission import SETTLED

ATTEMPTS = 4
ANSWER_BYTES_MAX = 100 * 1024 * 1024
POLL_SECONDS = 20.0
AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class ClientError(Exception):
    """The gateway said no, or could not be reached. `status` 0: nobody answered."""

    def __init__(self, message: str, status: int = 0, errors: list[dict[str, Any]] | None = None) -> None:
        self.status = status
        self.errors = errors or []
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An acknowledgement as it was fetched, with what signs it."""

    n: int
    kind: str
    disposition: str
    media_type: str
    body: bytes
    signature: str
    receipt: str


class Client:
    """One gateway, by its address. Use it as an async context manager."""

    def __init__(self, url: str, key: str = "", secure: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=120, connect=10),
            connector=aiohttp.TCPConnector(ssl=secure if secure is not None else True),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def submit(self, data: bytes, *, media_type: str = "", key: str = "") -> dict[str, Any]:
        """File content; gives the answer of the 202. `key` is made up where none is given."""
        digest = hashlib.sha256(data).digest()
        headers = {
            "Idempotency-Key": f'"{key or secrets.token_hex(16)}"',
            "Content-Digest": f"sha-256=:{_base64(digest)}:",
            "Content-Type": media_type or "application/octet-stream",
        }
        return _plain(await self._call("POST", "/v1/submissions", headers, data))

    async def submission(self, submission: str) -> dict[str, Any]:
        """Show one submission."""
        return _plain(await self._call("GET", f"/v1/submissions/{submission}"))

    async def submissions(self, **query: str) -> list[dict[str, Any]]:
        """List submissions, newest first."""
        plain = _plain(await self._call("GET", "/v1/submissions", query=query))
        found: list[dict[str, Any]] = plain["submissions"]
        return found

    async def entry(self, number: str) -> dict[str, Any]:
        """Show where an entry stands, by its number with or without dashes."""
        return _plain(await self._call("GET", f"/v1/entries/{quote(number, safe='')}"))

    async def parked(self) -> list[dict[str, Any]]:
        """List what waits for a person."""
        found: list[dict[str, Any]] = _plain(await self._call("GET", "/v1/parked"))["parked"]
        return found

    async def order(self, submission: str, do: str, reason: str, transaction: int) -> dict[str, Any]:
        """Give an order on what waits for a person."""
        body = json.dumps({"do": do, "reason": reason, "transaction": transaction}).encode()
        return _plain(await self._call("POST", f"/v1/submissions/{submission}/orders", None, body))

    async def wait(
        self, submission: str, seconds: float, told: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Follow a submission's events until it is settled (closed, dead or stopped), so long at most; give it as it is then."""
        loop = asyncio.get_running_loop()
        end, seen = loop.time() + seconds, 0
        while True:
            plain = await self.submission(submission)
            if told is not None:
                told(plain)
            left = end - loop.time()
            if plain["state"] in SETTLED or left <= 0:
                return plain
            seen = await self._event(submission, seen, min(left, POLL_SECONDS))

    async def _event(self, submission: str, after: int, seconds: float) -> int:
        """Wait for an event after a number; gives the last number that was seen."""
        path = f"{self.url}/v1/submissions/{submission}/events"
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.get(path, headers={"Last-Event-ID": str(after)}) as response,
            ):
                async for line in response.content:
                    if line.startswith(b"id: "):
                        after = int(line[4:])
                    elif line == b"\n" and after:
                        return after
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            await asyncio.sleep(min(0.2, max(0.0, seconds)))
        return after

    async def acknowledgements(self, plain: dict[str, Any]) -> list[Acknowledgement]:
        """Fetch every acknowledgement of a submission as it was shown."""
        return [
            Acknowledgement(
                n=one["n"],
                kind=one["kind"],
                disposition=one["disposition"],
                media_type=one["media_type"],
                body=await self._call("GET", one["href"]),
                signature=(await self._call("GET", one["href"] + "?signature")).decode("ascii"),
                receipt=one["receipt"],
            )
            for one in plain["acknowledgements"]
        ]

    async def keys(self) -> dict[str, Any]:
        """Fetch the public key set."""
        return _plain(await self._call("GET", "/.well-known/jwks.json"))

    async def proof(self, receipt: str) -> str:
        """Fetch the log proof of a receipt id, "" while there is none."""
        try:
            data = await self._call("GET", "/v1/log/proof", query={"receipt": receipt})
        except ClientError as error:
            if error.status == 404:
                return ""
            raise
        return data.decode("utf-8")

    async def _call(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        query: dict[str, str] | None = None,
    ) -> bytes:
        failure = ClientError(f"{self.url} cannot be reached")
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(0.1 * 2**attempt)
            try:
                async with self._session.request(
                    method,
                    self.url + path,
                    headers=headers,
                    data=io.BytesIO(body) if body is not None else None,
                    params=query,
                    allow_redirects=False,
                ) as response:
                    data = await _bounded(response)
                    if response.status < 300:
                        return data
                    failure = _failure(response.status, data)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                failure = ClientError(f"{self.url} cannot be reached: {str(error) or type(error).__name__}")
                continue
            if failure.status not in AGAIN:
                break
        raise failure


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        found += piece
        if len(found) > ANSWER_BYTES_MAX:
            raise ClientError(f"the answer is longer than {ANSWER_BYTES_MAX} bytes", 502)
    return bytes(found)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _plain(data: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(data)
    except ValueError:
        plain = None
    if not isinstance(plain, dict):
        raise ClientError("the answer is not from a gateway", 502)
    return plain


def _failure(status: int, data: bytes) -> ClientError:
    try:
        plain = json.loads(data)
        text = f"{plain['title']}: {plain['detail']}" if plain.get("detail") else str(plain["title"])
        return ClientError(text, status, plain.get("errors"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ClientError(f"answered {status}", status)
