"""A corpus of HTTP abuse, each case within a bound of time and memory: what the service never does for it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
import resource
import time
import zlib
from pathlib import Path

import aiohttp
import pytest

from gateway.shell import intake, webhooks
from gateway.shell.auth import Caller
from gateway.shell.config import Partner, key_hash
from gateway.shell.problems import Problem
from tests.shell.running import entry, running

MIB = 1024 * 1024
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /v1/submissions HTTP/1.1\r\n" + HOST


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def resident(process="self"):
    """Give the memory of a process, in bytes."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


async def opened(gateway):
    """Open a connection."""
    return await asyncio.open_connection("127.0.0.1", int(gateway.gateway.url.rsplit(":", 1)[1]))


async def said(gateway, data, seconds=3):
    """Send bytes; give everything that comes back until the end or the time is over."""
    reader, writer = await opened(gateway)
    found = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(seconds):
            writer.write(data)
            await writer.drain()
            while piece := await reader.read(65536):
                found += piece
    writer.close()
    return found


def statuses(answer):
    """Give the status of each answer in a stream of them."""
    return [int(found) for found in re.findall(rb"(?m)^HTTP/1\.[01] (\d{3}) ", answer)]


SMUGGLED = b"GET /v1/submissions HTTP/1.1\r\n" + HOST + b"\r\n"
SMUGGLING = {
    "both lengths, chunked last": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    "both lengths, chunked first": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX",
    "two equal lengths": POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": POST + b"Content-Length: 4, 4\r\n\r\nabcd",
    "hexadecimal length": POST + b"Content-Length: 0x4\r\n\r\nabcd",
    "negative length": POST + b"Content-Length: -1\r\n\r\nabcd",
    "length with blank": POST + b"Content-Length: 4 4\r\n\r\nabcd",
    "length of huge": POST + b"Content-Length: 99999999999999999999999\r\n\r\nabcd",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked, then identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two codings in two fields": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding with a control": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "coding in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "field name with a blank": POST + b"Content-Length : 4\r\n\r\nabcd",
    "folded field": POST + b"X: a\r\n Content-Length: 4\r\n\r\n",
    "bare line feeds": b"POST /v1/submissions HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 4\n\nabcd",
    "bare carriage return": POST + b"X: a\rContent-Length: 4\r\n\r\n",
    "chunk size with sign": POST + b"Transfer-Encoding: chunked\r\n\r\n+4\r\nabcd\r\n0\r\n\r\n",
    "chunk size in hexadecimal marks": POST + b"Transfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
    "chunk size too long": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabcd\r\n0\r\n\r\n",
    "chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcdX0\r\n\r\n",
    "chunk with a bare line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n4\nabcd\n0\n\n",
    "no host": b"POST /v1/submissions HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd",
    "two hosts": POST + b"Host: other.example\r\nContent-Length: 4\r\n\r\nabcd",
    "another version": b"POST /v1/submissions HTTP/1.9\r\n" + HOST + b"Content-Length: 4\r\n\r\nabcd",
    "no version": b"GET /v1/submissions\r\n\r\n",
    "HTTP/2 by knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9,
    "a name in NUL": POST + b"Content-Length\x00: 4\r\n\r\nabcd",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_two_readers_cannot_disagree(tmp_path, name):
    """A request that two readers may cut in two ways is refused, or ends the connection: what follows is not obeyed."""

    async def test():
        async with running(tmp_path) as gateway:
            begun = time.monotonic()
            answer = await said(gateway, SMUGGLING[name] + SMUGGLED)
            assert time.monotonic() - begun < 60
            found = statuses(answer)
            # One request went in, so at most one answer comes out, and no list of submissions.
            assert len(found) <= 1 or (found[0] in {202, 400} and b'"submissions"' not in answer), answer
            assert b'"submissions"' not in answer
            kept = (await gateway.get("/v1/submissions"))["submissions"]
            assert all(one["bytes"] <= 4 for one in kept)

    go(test())


BOMBS = {
    "a thousandfold": lambda: gzip.compress(b"\x00" * (64 * MIB), 9),
    "many members": lambda: gzip.compress(b"\x00" * MIB, 9) * 200,
    "gzip in gzip": lambda: gzip.compress(gzip.compress(b"\x00" * (64 * MIB), 9), 9),
    "no end": lambda: gzip.compress(b"\x00" * MIB, 9)[:-8],
    "a long name": lambda: b"\x1f\x8b\x08\x08" + b"\x00" * 6 + b"n" * MIB,
    "a long extra field": lambda: (
        b"\x1f\x8b\x08\x04" + b"\x00" * 6 + b"\xff\xff" + b"x" * 65535 + b"\x03\x00"
    ),
    "deflate called gzip": lambda: zlib.compress(b"\x00" * MIB),
    "nothing": lambda: b"\x1f\x8b",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_no_more_than_their_bound(tmp_path, name):
    """Whatever is packed, no more than the bound is unpacked, and not for long."""
    data = BOMBS[name]()

    async def test():
        async with running(tmp_path, "server: {body_bytes_max: 4194304}\n") as gateway:
            before, begun = resident(), time.monotonic()
            status, _, plain = await gateway.post(data, {"Content-Encoding": "gzip"})
            assert time.monotonic() - begun < 60
            assert resident() - before < 64 * MIB
            assert status in {202, 400, 413}, plain
            if status == 202:
                # A gzip file is content like any other; it is not unpacked a second time.
                assert name == "gzip in gzip"
                await gateway.closed(plain["submission"])
            assert gateway.core.counts["internal_errors"] == 0

    go(test())


@pytest.mark.parametrize(
    "encoding", ["deflate", "br", "zstd", "compress", "gzip, gzip", "gzip,deflate", "x-gzip", "*"]
)
def test_other_encodings_are_not_unpacked(tmp_path, encoding):
    """What is not identity or gzip alone is 415, with what is taken, before any of it is looked at."""

    async def test():
        async with running(tmp_path) as gateway:
            status, headers, _ = await gateway.post(zlib.compress(entry()), {"Content-Encoding": encoding})
            assert (status, headers["Accept-Encoding"]) == (415, "gzip")
            assert (await gateway.get("/v1/submissions"))["submissions"] == []

    go(test())


@pytest.mark.parametrize("bound", [1, 1000, 65536])
def test_inflating_never_makes_more_than_a_byte_beyond_the_bound(bound):
    """The bound holds to the byte, for every size of it."""
    assert intake.inflate(gzip.compress(b"a" * bound), bound) == b"a" * bound
    with pytest.raises(Problem, match="after decompression"):
        intake.inflate(gzip.compress(b"a" * (bound + 1)), bound)


DRIPPED = {
    "a head that never ends": b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\r\n",
    "a body by drops": POST + b"Content-Length: 100000\r\n\r\n",
    "chunks of one byte": POST + b"Transfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("name", DRIPPED)
def test_drops_hold_nobody_up(tmp_path, name):
    """Fifty callers that send a drop at a time keep no other caller waiting, and their bodies are cut off."""
    drop = {"chunks of one byte": b"1\r\na\r\n", "a head that never ends": b"X-B: b\r\n"}.get(name, b"a")

    async def dripping(gateway):
        reader, writer = await opened(gateway)
        found = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            writer.write(DRIPPED[name])
            # Such a head is cut off by its length or by its time, which nobody waits for here.
            async with asyncio.timeout(2 if name == "a head that never ends" else 90):
                while not reader.at_eof():
                    writer.write(drop)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            found += await reader.read(4096)
        writer.close()
        return found

    async def test():
        async with running(tmp_path, "server: {body_seconds_max: 0.5}\n") as gateway:
            drops = [asyncio.create_task(dripping(gateway)) for _ in range(50)]
            await asyncio.sleep(0.2)
            begun = time.monotonic()
            assert (await gateway.post(entry()))[0] == 202
            assert time.monotonic() - begun < 30
            answers = await asyncio.gather(*drops)
            if name != "a head that never ends":
                assert {answer.split(b" ", 2)[1] for answer in answers} == {b"408"}
            assert (await gateway.get("/healthz"))["ok"] is True

    go(test())


HEADS = {
    "one long field": POST + b"X: " + b"a" * (64 * 1024) + b"\r\n\r\n",
    "many fields": POST + b"".join(b"X-%d: a\r\n" % turn for turn in range(20_000)) + b"\r\n",
    "a long name": POST + b"X" * (64 * 1024) + b": a\r\n\r\n",
    "a long address": b"GET /" + b"a" * (64 * 1024) + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long method": b"A" * (64 * 1024) + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long query": b"GET /v1/submissions?" + b"a=b&" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long cookie": b"GET /console HTTP/1.1\r\n" + HOST + b"Cookie: " + b"a=b; " * 20_000 + b"\r\n\r\n",
    "a long key": POST + b"Authorization: Bearer " + b"k" * 65_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "many digests": POST
    + b"Content-Digest: "
    + b"sha-256=:AA==:," * 4000
    + b"\r\nContent-Length: 1\r\n\r\na",
}


@pytest.mark.parametrize("name", HEADS)
def test_huge_heads_are_refused_at_once(tmp_path, name):
    """A head beyond its bound is 4xx or the end of the connection, within a second and little memory."""

    async def test():
        async with running(tmp_path) as gateway:
            before, begun = resident(), time.monotonic()
            answers = await asyncio.gather(*(said(gateway, HEADS[name]) for _ in range(10)))
            assert time.monotonic() - begun < 60
            assert resident() - before < 48 * MIB
            assert {status // 100 for answer in answers for status in statuses(answer)} <= {4}
            assert (await gateway.post(entry()))[0] == 202

    go(test())


PROFILE = Partner(
    webhook_hosts=("hooks.example", "127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "localhost")
)
REQUESTED = [
    "http://hooks.example/", "https://hooks.example:8443/", "https://user@hooks.example/", "https://hooks.example@evil.example/",
    "https://evil.example#@hooks.example/", "https://hooks.example.evil.example/", "https://hooks.example%00.evil.example/",
    "https://hooks.example\\@evil.example/", "https://hooks.example\n.evil.example/", "https:///hooks.example/", "https:hooks.example",
    "file:///etc/passwd", "gopher://hooks.example/", "ftp://hooks.example/", "//hooks.example/", "https://\uff48ooks.example/",
    "https://hooks.example:99999/", "https://hooks.example:0x1bb/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/",
]  # fmt: skip


@pytest.mark.parametrize("url", REQUESTED)
def test_addresses_in_disguise_are_not_subscribed(url):
    """An address that only looks like one of the profile's, or is of another kind, is refused by its form."""
    with pytest.raises(webhooks.AddressError):
        webhooks.check_url(url, PROFILE)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0", "localhost", "[::1]", "[::]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254", "[fe80::1]", "10.0.0.1", "100.64.0.1", "[fd00::1]",
     "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"],
)  # fmt: skip
def test_no_form_of_a_private_address_is_called(host):
    """Even where a profile names it, the socket to an address that is not public is never made."""
    called = []

    async def listening():
        server = await asyncio.start_server(lambda *_: called.append(1), "127.0.0.1", 0)
        connector = aiohttp.TCPConnector(socket_factory=webhooks._guarded_socket)
        async with aiohttp.ClientSession(connector=connector) as session:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises((aiohttp.ClientError, OSError, ValueError, TimeoutError)):
                await session.get(f"http://{host}:{port}/", timeout=aiohttp.ClientTimeout(total=3))
        server.close()

    go(listening())
    assert called == []


def test_a_redirect_is_not_followed_to_a_private_address(tmp_path):
    """An answer that leads elsewhere counts as a failure; nobody goes there."""
    seen = []

    async def test():
        async def serve(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append(head.split(b" ", 2)[1])
            writer.write(
                b"HTTP/1.1 307 See\r\nLocation: /secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        more = "partners: {LOCAL: {anonymous: true, operator: true, webhook_hosts: [127.0.0.1], webhook_private: true}}\n"
        async with running(tmp_path, more) as gateway:
            status, _, _ = await gateway.post(
                json.dumps({"url": f"http://127.0.0.1:{port}/hook"}).encode(), path="/v1/subscriptions"
            )
            assert status == 201
            await gateway.closed(await gateway.submit(entry()))
            await gateway.until(lambda: gateway.core.counts["webhooks_failed"] >= 1)
        server.close()

    go(test())
    assert seen
    assert set(seen) == {b"/hook"}


TWO = (
    "partners:\n"
    f"  A: {{keys: [{{sha256: {key_hash('gw_a')}}}], webhook_hosts: [hooks.example]}}\n"
    f"  B: {{keys: [{{sha256: {key_hash('gw_b')}}}]}}\n"
    f"  OPS: {{operator: true, keys: [{{sha256: {key_hash('gw_ops')}}}]}}\n"
)


def as_(key):
    """Give the header of a key."""
    return {"Authorization": f"Bearer {key}"}


def test_ids_of_others_are_no_ids(tmp_path):
    """With another partner's id nothing is read, ordered, deleted, streamed or even said to exist."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            submission = await gateway.submit(entry(), **as_("gw_a"))
            await gateway.closed(submission, headers=as_("gw_a"))
            _, _, made = await gateway.post(
                b'{"url": "https://hooks.example/x"}', as_("gw_a"), path="/v1/subscriptions"
            )
            place, nowhere = f"/v1/submissions/{submission}", "/v1/submissions/" + "0" * 26
            for method, tail in (("GET", "/lineage"), ("GET", "/residue"), ("GET", "/findings"), ("GET", "/forwarded"),
                                 ("GET", "/acknowledgements/1?receipt"), ("POST", "/orders")):  # fmt: skip
                theirs = await gateway.call(
                    method, place + tail, headers=as_("gw_b"), data=b'{"do": "retry"}'
                )
                none = await gateway.call(
                    method, nowhere + tail, headers=as_("gw_b"), data=b'{"do": "retry"}'
                )
                assert (theirs[0], theirs[2]) == (none[0], none[2])
                assert theirs[0] in {403, 404}
            gone = await gateway.call("DELETE", f"/v1/subscriptions/{made['id']}", headers=as_("gw_b"))
            assert gone[0] == 404
            listed = await gateway.get("/v1/subscriptions", headers=as_("gw_a"))
            assert [one["id"] for one in listed["subscriptions"]] == [made["id"]]
            shown = (await gateway.get("/v1/submissions", headers=as_("gw_a")))["submissions"]
            digest = shown[0]["digest"].replace("+", "%2B")
            found = await gateway.get(f"/v1/submissions?digest={digest}", headers=as_("gw_b"))
            assert found["submissions"] == []
            for path in ("/v1/rechecks", "/v1/as2/messages", "/metrics"):
                assert (await gateway.call("GET", path, headers=as_("gw_b")))[0] == 403
            assert (await gateway.get("/v1/parked", headers=as_("gw_b"))) == {"parked": []}

    go(test())


def test_a_replayed_request_is_the_first_one(tmp_path):
    """The same request ten times, key and all, is one submission; the receipt is the first, byte for byte."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            headers = as_("gw_a") | {"Idempotency-Key": '"HPB-88"'}
            answers = [
                await gateway.call("POST", "/v1/submissions", data=entry(), headers=headers)
                for _ in range(10)
            ]
            assert {status for status, _, _ in answers} == {202}
            assert len({body for _, _, body in answers}) == 1
            assert len((await gateway.get("/v1/submissions", headers=as_("gw_a")))["submissions"]) == 1
            assert len(gateway.ace.sent) <= 1

    go(test())


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer gw_a, Bearer gw_ops"}, {"Authorization": "bearer  gw_A"}, {"Authorization": "Bearer gw_a\t"},
        {"Authorization": "Basic Z3dfYTo="}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Original-URL": "/v1/submissions"},
        {"Cookie": "gateway_key=gw_a"}, {"X-Partner": "A"}, {"Forwarded": "for=127.0.0.1;host=localhost"},
    ],
)  # fmt: skip
def test_forged_callers_file_nothing(tmp_path, headers):
    """What pretends to be a partner by other means than its key files nothing."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            status, _, _ = await gateway.post(entry(), headers)
            trimmed = headers.get("Authorization", "").strip() == "Bearer gw_a"
            assert status == (202 if trimmed else 401)

    go(test())


def test_a_partner_that_is_unknown_has_no_rights():
    """A caller is what the configuration says and no more."""
    assert Caller("A", Partner()).sees == "A"
    assert Caller("OPS", Partner(operator=True)).sees is None
