"""Time-stamps (RFC 3161) of checkpoints: an outside clock says when the log was what it was.

Every so often the newest checkpoint goes to an authority; its reply is verified with the
pinned certificate and kept. Through the checkpoint it covers every receipt before it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

import aiohttp

from gateway.shell.clock import rfc3339
from gateway.shell.core import Core
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.shelf import read_keys

if TYPE_CHECKING:
    from gateway.shell.config_signing import Timestamps
    from gateway.shell.ledger import Transaction
    from gateway.shell.ledger_query import Ask
    from gateway.signing import KeyRing

log = logging.getLogger(__name__)

QUERY = "application/timestamp-query"
REPLY = "application/timestamp-reply"
REPLY_BYTES_MAX = 64 * 1024
RETRY_SECONDS_MAX = 600.0


class Stamper:
    """Has checkpoints stamped, for one core."""

    def __init__(self, core: Core, settings: Timestamps) -> None:
        """Read the authority's certificate. Raises `ConfigError`."""
        self._core = core
        self._settings = settings
        self._authority: KeyRing = read_keys(settings.certificate)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            async with self._core.news.about("checkpoint") as wait:
                done = await self._quietly()
                if done is None:
                    # The first checkpoint is not made to wait for the next day.
                    await wait(RETRY_SECONDS_MAX)
            if done is not None:
                every = self._settings.every_seconds
                await asyncio.sleep(every if done else min(every, RETRY_SECONDS_MAX))

    async def _quietly(self) -> bool | None:
        try:
            return await self.stamp()
        except LedgerUnavailable as error:
            log.warning("no time-stamp yet: %s", error)
            return False

    async def stamp(self) -> bool | None:
        """Have the newest checkpoint of the log stamped. False: nobody stamped it; None: there is none."""
        core, name = self._core, self._core.log
        newest = await core.ledger.read(lambda ask: checkpoint_of(ask, name))
        if newest is None:
            return None
        size, note = newest
        if await core.ledger.read(lambda ask: stamp_of(ask, name, size)) is not None:
            return True
        data, nonce = note.encode("utf-8"), secrets.randbits(63)
        from gateway.signing.timestamp import timestamp_request, verify_timestamp  # noqa: PLC0415 - few have one

        reply = await self._asked(timestamp_request(data, nonce))
        found = await asyncio.to_thread(verify_timestamp, data, reply, self._authority, nonce)
        at = found.at
        if not found.verdict.ok or at is None:
            reason = "; ".join(found.verdict.reasons) if reply else "nobody answered"
            core.troubles["time-stamps"] = reason[:300]
            core.counts["timestamps_failed"] += 1
            return False
        core.troubles.pop("time-stamps", None)
        core.counts["timestamps"] += 1
        await core.ledger.write(lambda tx: keep(tx, name, size, reply, rfc3339(at)))
        return True

    async def _asked(self, request: bytes) -> bytes:
        try:
            async with (
                aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
                session.post(
                    self._settings.url,
                    data=request,
                    headers={"Content-Type": QUERY, "Accept": REPLY},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=self._settings.seconds_max),
                ) as response,
            ):
                reply = await response.content.read(REPLY_BYTES_MAX)
                return reply if response.status == 200 else b""
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.info("the time-stamping authority: %s", str(error) or type(error).__name__)
            return b""


def keep(tx: Transaction, name: str, size: int, reply: bytes, at: str) -> None:
    """Keep a stamp of a checkpoint; `at` is the authority's time."""
    tx.connection.execute(
        "INSERT INTO stamp(log, size, reply, at) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (name, size, reply, at),
    )


def checkpoint_of(ask: Ask, name: str, size: int | None = None) -> tuple[int, str] | None:
    """Give size and note of a log's newest checkpoint, or of the one of that size."""
    row = ask.execute(
        "SELECT size, note FROM checkpoint WHERE log = ?1 AND size = coalesce(?2, size) ORDER BY size DESC LIMIT 1",
        (name, size),
    ).fetchone()
    return (int(row[0]), str(row[1])) if row is not None else None


def stamp_of(ask: Ask, name: str, size: int | None = None) -> tuple[int, bytes, str] | None:
    """Give size, reply and time of a log's newest stamp, or of that of a checkpoint."""
    row = ask.execute(
        "SELECT size, reply, at FROM stamp WHERE log = ?1 AND size = coalesce(?2, size) ORDER BY size DESC LIMIT 1",
        (name, size),
    ).fetchone()
    return (int(row[0]), bytes(row[1]), str(row[2])) if row is not None else None
