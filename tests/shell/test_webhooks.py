"""Webhooks: signed, retried, and only to where they may go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from gateway.shell.config import Partner
from gateway.shell.signed_requests import WEBHOOK_TAG
from gateway.shell.webhooks import AddressError, Webhooks, check_url, public
from gateway.signing import KeyRing
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import content_digest, verify_http
from tests.shell.running import entry, running

LOCAL = "partners: {LOCAL: {anonymous: true, operator: true, webhook_hosts: [127.0.0.1], webhook_private: true}}\n"
SOON = "webhooks: {first_seconds: 0.05}\n"


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


@contextlib.asynccontextmanager
async def listener(statuses=(), slow=0.0):
    """Listen for calls; gives the address and what came. A call beyond the statuses is answered slowly."""
    calls, waiting = [], list(statuses)

    async def take(request):
        calls.append(
            (
                {name.title(): text for name, text in request.headers.items()},
                await request.read(),
                str(request.url),
            )
        )
        if not waiting:
            await asyncio.sleep(slow)
        return web.Response(status=waiting.pop(0) if waiting else 204)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", calls
    finally:
        await runner.cleanup()


def test_a_subscriber_is_told_with_a_signature_that_holds(tmp_path):
    """After two failures the third call has the same key; digest and signature verify with the public keys."""

    async def test():
        async with running(tmp_path, LOCAL + SOON) as gateway, listener([500, 302]) as (url, calls):
            status, headers, plain = await gateway.post(
                json.dumps({"url": url}).encode(), path="/v1/subscriptions"
            )
            assert status == 201
            found = await gateway.get("/v1/subscriptions")
            assert [one["id"] for one in found["subscriptions"]] == [plain["id"]]
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
            await gateway.until(lambda: len(calls) >= 3)
            assert len({call[0]["Idempotency-Key"] for call in calls}) == 1
            headers, body, target = calls[-1]
            told = json.loads(body)
            assert (told["submission"], told["disposition"]) == (submission, "accepted")
            assert told["acknowledgements"][-1]["href"].startswith(f"/v1/submissions/{submission}/")
            assert headers["Content-Digest"] == content_digest(body)
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            assert checked(headers, body, target, ring) == ()
            assert checked(headers, b"other", target, ring)
            assert checked(headers, body, target + "?more", ring)
            assert checked({**headers, "Content-Digest": content_digest(b"other")}, b"other", target, ring)
            assert (await gateway.call("DELETE", f"/v1/subscriptions/{plain['id']}"))[0] == 200
            assert (await gateway.call("DELETE", f"/v1/subscriptions/{plain['id']}"))[0] == 404

    go(test())


def test_an_address_that_takes_nothing_is_called_until_the_limit_is_over(tmp_path):
    """A call that gets no answer ends after `call_seconds_max` and is made again until `limit_seconds` are over."""
    settings = (
        "webhooks: {first_seconds: 0.05, most_seconds: 0.1, limit_seconds: 0.4, call_seconds_max: 0.2}\n"
    )

    async def test():
        async with (
            running(tmp_path, LOCAL + settings) as gateway,
            listener([500, 500], slow=1) as (url, calls),
        ):
            await gateway.post(json.dumps({"url": url}).encode(), path="/v1/subscriptions")
            await gateway.closed(await gateway.submit(entry()))
            await gateway.until(lambda: calls)
            async with asyncio.timeout(30):
                while not (row := await gateway.core.ledger.read(given_up)):  # noqa: ASYNC110 - the ledger is asked
                    await asyncio.sleep(0.02)
            assert row[0].startswith("TimeoutError")
            assert 2 <= row[1] <= 8
            assert gateway.core.counts["webhooks_sent"] == 0

    def given_up(ask):
        rows = "SELECT last_error, attempts FROM outbox WHERE effect = 'webhook' AND state = 'done'"
        return ask.execute(rows).fetchone()

    go(test())


def checked(headers, body, target, ring):
    """Verify as a receiver does, by RFC 9421; gives what speaks against it."""
    message = Message(fields=list(headers.items()), method="POST", target_uri=target)
    covers = ("@method", "@target-uri", "content-digest", "content-type", "idempotency-key")
    now = int(time.time())
    found = verify_http(
        message, ring, now, tag=WEBHOOK_TAG, covers=covers, body=body, parameters=("created", "nonce")
    )
    return found.verdict.reasons


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "https://other.example/x",
        "https://hooks.example@evil.example/",
        "https://user:pass@hooks.example/",
        "https://hooks.example:8443/x",
        "https://hooks.example/x#y",
        "https://hooks.example.evil.example/",
        "ftp://hooks.example/",
        "//hooks.example/",
        "https://[::1/",
        "https://hooks.example/\nHost: x",
        "https://hööks.example/",
        "",
        "https://" + "a" * 3000,
    ],
)
def test_an_address_outside_the_profile_is_refused(url):
    """Only https, only named hosts, the usual port, nothing hidden in it."""
    with pytest.raises(AddressError):
        check_url(url, Partner(webhook_hosts=("hooks.example",)))


def test_an_address_of_the_profile_is_taken():
    """A host that the profile names may be subscribed, however its letters are written."""
    assert check_url("https://Hooks.example/x?y=1", Partner(webhook_hosts=("hooks.example",))) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "224.0.0.1", "ff02::1", "100.64.0.1",
        "not an address", "2130706433",
    ],
)  # fmt: skip
def test_private_addresses_are_no_place_for_a_webhook(address):
    """Loopback, private, link-local, shared and multicast addresses are not public, in any spelling."""
    assert not public(address)


def test_public_addresses_are_taken():
    """An address of the public internet is one."""
    assert public("93.184.215.14")
    assert public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


class Rebound(AbstractResolver):
    """A resolver whose every name means this machine."""

    def __init__(self, port):
        self.port = port

    async def resolve(self, host, port=0, family=socket.AF_INET):
        """Say the loopback address."""
        return [
            {"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}
        ]

    async def close(self):
        """Hold nothing."""


def test_a_name_that_turns_into_a_private_address_is_not_called(tmp_path):
    """The check is made where the socket is made: a name that means the loopback gets no call."""

    async def test():
        async with running(tmp_path) as gateway, listener() as (url, calls):
            port = int(url.rsplit(":", 1)[1].split("/")[0])
            hooks = Webhooks(gateway.core, Rebound(port))
            item = type(
                "Item", (), {"ref": type("Ref", (), {"submission": "0" * 26, "idx": 0}), "send_key": "k"}
            )
            reason = await hooks._call(f"http://hooks.example:{port}/hook", item, private=False)
            assert "not a public one" in reason
            assert calls == []
            for session in hooks._sessions.values():
                await session.close()

    go(test())


def test_a_partner_without_hosts_cannot_subscribe(tmp_path):
    """The profile has to name the host first; what is no address is a bad request."""

    async def test():
        async with running(tmp_path) as gateway:
            status, _, plain = await gateway.post(
                b'{"url": "https://hooks.example/"}', path="/v1/subscriptions"
            )
            assert (status, "profile" in plain["detail"]) == (403, True)
            assert (await gateway.post(b'{"url": 7}', path="/v1/subscriptions"))[0] == 400
            assert (await gateway.post(b"[", path="/v1/subscriptions"))[0] == 400

    go(test())
