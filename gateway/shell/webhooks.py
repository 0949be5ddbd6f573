"""Webhooks: a partner's own address is told when an acknowledgement is there.

The call is signed (RFC 9421), carries an Idempotency-Key and is made again until it is
answered with 2xx, for a day. It goes only to hosts that the partner's profile names, by
https, and never to an address that is not a public one: that is checked where the socket
is made, so neither a literal address nor a name that changes its mind gets past it.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import logging
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from gateway.shell.clock import rfc3339
from gateway.shell.config import Partner
from gateway.shell.core import Core
from gateway.shell.lanes import Lanes, Note, back_off
from gateway.shell.ledger_query import subscription_row, webhook_document
from gateway.shell.ledger_send import Item, Lease, failed, over
from gateway.shell.signed_requests import sign_webhook

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

log = logging.getLogger(__name__)

CONNECT_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 64 * 1024


class AddressError(ValueError):
    """A webhook may not go there. The message says why."""


def check_url(url: str, profile: Partner) -> None:
    """Hold an address to the partner's profile. Raises `AddressError`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressError("it is no address") from None
    host = (parts.hostname or "").lower()
    if len(url) > 2000 or not url.isascii() or any(ord(char) <= 32 for char in url):
        raise AddressError("it is too long, or has characters that an address has not")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressError("it has a user name, a password or a fragment")
    if host not in {one.lower() for one in profile.webhook_hosts}:
        raise AddressError("the partner's profile does not name this host")
    if parts.scheme != "https" and not profile.webhook_private:
        raise AddressError("it does not begin with https://")
    if parts.scheme not in {"http", "https"}:
        raise AddressError("it does not begin with https://")
    if port not in {None, 443} and not profile.webhook_private:
        raise AddressError("its port is not 443")


def public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return found.is_global and not found.is_multicast


def _guarded_socket(info: Any) -> socket.socket:
    family, kind, protocol, _, address = info
    if not public(str(address[0])):
        raise OSError(errno.EACCES, f"the address {address[0]} is not a public one")
    return socket.socket(family, kind, protocol)


class Webhooks:
    """The hand of the effect `webhook`: one lane for each subscription."""

    def __init__(self, core: Core, resolver: AbstractResolver | None = None) -> None:
        self._core = core
        self._resolver = resolver
        self._lanes = Lanes(core, "webhook", self, core.ledger.owner(core.ids()))
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await self._lanes.run()
        finally:
            for session in self._sessions.values():
                await session.close()

    def _session(self, *, private: bool) -> aiohttp.ClientSession:
        if private not in self._sessions:
            guard = None if private else _guarded_socket
            most = self._core.config.webhooks.call_seconds_max
            self._sessions[private] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=32, resolver=self._resolver, socket_factory=guard),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=most, connect=CONNECT_SECONDS_MAX),
                trust_env=False,
                auto_decompress=False,
            )
        return self._sessions[private]

    def ready_at(self, lane: str) -> float | None:  # noqa: ARG002 - every subscription may be called at once
        """Say when a subscription may be called."""
        return 0.0

    async def send(self, lease: Lease, item: Item) -> tuple[bool, Note]:
        """Call a subscription about one acknowledgement."""
        core = self._core
        row = await core.ledger.read(
            lambda ask: subscription_row(ask, json.loads(item.data)["subscription"], item.ref.partner)
        )
        if row is None:
            return True, core.ledger.write(lambda tx: over(tx, lease, item, "the subscription is gone"))
        profile = core.config.partner(item.ref.partner)
        try:
            check_url(row["url"], profile)
        except AddressError as error:
            reason = str(error)
            return True, core.ledger.write(lambda tx: over(tx, lease, item, reason))
        reason = await self._call(row["url"], item, private=profile.webhook_private)
        if not reason:
            core.counts["webhooks_sent"] += 1
            return True, core.ledger.write(lambda tx: over(tx, lease, item))
        core.counts["webhooks_failed"] += 1
        now, again = core.clock.seconds(), core.config.webhooks
        if item.first_at and now - item.first_at > again.limit_seconds:
            return True, core.ledger.write(lambda tx: over(tx, lease, item, reason))
        next_at = now + back_off(item.attempts, again.first_seconds, again.most_seconds, again.jitter)
        return False, core.ledger.write(lambda tx: failed(tx, lease, item, reason, now, next_at))

    async def _call(self, url: str, item: Item, *, private: bool) -> str:
        """Make the call; gives "" when it was taken, else why not."""
        core = self._core
        plain = await core.ledger.read(lambda ask: webhook_document(ask, item.ref.submission, item.ref.idx))
        body = json.dumps(plain, separators=(",", ":")).encode()
        sent = {"Content-Type": "application/json", "Idempotency-Key": f'"{item.send_key}"'}
        headers = sign_webhook(core, url, body, sent)
        try:
            async with self._session(private=private).post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await response.content.read(ANSWER_BYTES_MAX)
                return "" if response.status in range(200, 300) else f"answered {response.status}"
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.info(
                "webhook of %s at %s: %s",
                item.ref.submission,
                rfc3339(core.clock.now()),
                type(error).__name__,
            )
            return f"{type(error).__name__}: {error}"[:200]
