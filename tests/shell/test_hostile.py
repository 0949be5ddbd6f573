"""What strangers try: other partners' ids, foreign pages, strange framing, long things."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from gateway.shell.config import key_hash
from gateway.shell.masking import mask
from tests.shell.running import entry, running

KEYS = {"A": "gw_aaaaaaaa", "B": "gw_bbbbbbbb", "OPS": "gw_operator"}
TWO = (
    "partners:\n"
    f"  A: {{keys: [{{sha256: {key_hash(KEYS['A'])}}}]}}\n"
    f"  B: {{keys: [{{sha256: {key_hash(KEYS['B'])}}}], requests_per_second: 1, requests_burst: 3}}\n"
    f"  OPS: {{operator: true, keys: [{{sha256: {key_hash(KEYS['OPS'])}}}]}}\n"
)


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def as_(name):
    """Give the header of a partner."""
    return {"Authorization": f"Bearer {KEYS[name]}"}


async def raw(gateway, data, seconds=60):
    """Send raw bytes and read what comes back until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.gateway.url.rsplit(":", 1)[1]))
    writer.write(data)
    try:
        async with asyncio.timeout(seconds):
            await writer.drain()
            return await reader.read(65536)
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()


def test_nobody_comes_in_without_a_key(tmp_path):
    """No key, a wrong key and a key of another scheme all give the same 401."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            bodies = set()
            for headers in ({}, {"Authorization": "Bearer gw_wrong"}, {"Authorization": f"Basic {KEYS['A']}"},
                            {"Authorization": "Bearer "}, {"Authorization": "Bearer gw_\xff"}):  # fmt: skip
                for method, path in (("POST", "/v1/submissions"), ("GET", "/v1/events"), ("GET", "/metrics")):
                    status, found, body = await gateway.call(method, path, headers=headers)
                    assert status == 401
                    assert found["WWW-Authenticate"].startswith("Bearer")
                    bodies.add(body)
            assert len(bodies) == 1

    go(test())


def test_a_partner_sees_only_its_own(tmp_path):
    """Another partner's submission is not there, at any of its addresses; the operator sees both."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            submission = await gateway.submit(entry(), **as_("A"))
            await gateway.closed(submission, headers=as_("A"))
            place = f"/v1/submissions/{submission}"
            unknown = "/v1/submissions/" + "0" * 26
            for tail in ("", "/source", "/entry", "/lineage", "/residue", "/forwarded", "/answers",
                         "/acknowledgements/0", "/acknowledgements/1?signature"):  # fmt: skip
                assert (await gateway.call("GET", place + tail, headers=as_("OPS")))[0] == 200
            for tail in ("", "/source", "/entry", "/answers", "/acknowledgements/1", "/events"):
                status, _, body = await gateway.call("GET", place + tail, headers=as_("B"))
                nothing = await gateway.call("GET", unknown + tail, headers=as_("OPS"))
                assert (status, body) == (404, nothing[2])
            assert (await gateway.get("/v1/submissions?partner=A", headers=as_("B")))["submissions"] == []
            assert len((await gateway.get("/v1/submissions", headers=as_("OPS")))["submissions"]) == 1
            assert (await gateway.call("GET", "/metrics", headers=as_("A")))[0] == 403

    go(test())


def test_the_same_bytes_of_two_partners_are_two_submissions(tmp_path):
    """A duplicate is looked for among the sender's own only."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            key = {"Idempotency-Key": '"same"'}
            first = await gateway.submit(entry(), **as_("A"), **key)
            second = await gateway.submit(entry(), **as_("B"), **key)
            assert first != second

    go(test())


@pytest.mark.parametrize(
    "submission", ["0" * 25, "0" * 27, "I" * 26, "..%2f..%2fetc", "%00", "9" + "0" * 25, "'--"]
)
def test_forged_ids_are_not_there(tmp_path, submission):
    """An id that is no ULID is 404, whatever is in it."""

    async def test():
        async with running(tmp_path) as gateway:
            assert (await gateway.call("GET", f"/v1/submissions/{submission}"))[0] == 404
            assert (await gateway.call("GET", f"/v1/submissions/{submission}/source"))[0] == 404

    go(test())


def test_too_many_requests_are_told_when_to_come_back(tmp_path):
    """Above its rate a partner gets 429 with Retry-After; others are served."""

    async def test():
        async with running(tmp_path, TWO) as gateway:
            answers = [await gateway.post(entry(f"Q7Z0006{turn:04d}"), as_("B")) for turn in range(5)]
            refused = [(status, headers) for status, headers, _ in answers if status == 429]
            assert refused
            assert int(refused[0][1]["Retry-After"]) >= 1
            assert (await gateway.post(entry(), as_("A")))[0] == 202

    go(test())


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8080"},
        {"Host": ""},
        {"Host": "["},
        {"Host": "[::1"},
    ],
)
def test_a_foreign_page_does_not_pass_for_a_local_caller(tmp_path, headers):
    """On the loopback without keys, what a browser sends for another site is refused."""

    async def test():
        async with running(tmp_path) as gateway:
            status, _, body = await gateway.call("POST", "/v1/submissions", data=entry(), headers=headers)
            assert status in {400, 403}, body
            own = {"Origin": gateway.gateway.url, "Sec-Fetch-Site": "same-origin"}
            assert (await gateway.call("POST", "/v1/submissions", data=entry(), headers=own))[0] == 202

    go(test())


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +4\r\n\r\nabcd",
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4_0\r\n\r\nabcd",
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/submissions HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\nabcd\r\n0\r\n\r\n",
        b"GET /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 20000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: a\r\n" % turn for turn in range(5000)) + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"GET http://[::1 HTTP/1.1\r\nHost: [::1\r\n\r\n",
    ],
)
def test_strange_framing_is_refused(tmp_path, request_):
    """Shapes that two readers could take for different requests store nothing, and cost nothing."""

    async def test():
        async with running(tmp_path) as gateway:
            begun = time.monotonic()
            answer = await raw(gateway, request_, seconds=2)
            assert time.monotonic() - begun < 60
            status = answer.split(b" ", 2)[1:2]
            assert not status or status[0][:1] == b"4", answer[:200]
            assert (await gateway.get("/v1/submissions"))["submissions"] == []
            assert (await gateway.get("/healthz"))["ok"] is True

    go(test())


def test_half_a_body_does_not_hold_a_place(tmp_path):
    """A sender that stops in the middle of its content is cut off, and others are served."""

    async def test():
        async with running(tmp_path, "server: {body_seconds_max: 0.3}\n") as gateway:
            head = b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhalf"
            begun = time.monotonic()
            answers = await asyncio.gather(*(raw(gateway, head) for _ in range(50)), gateway.post(entry()))
            assert time.monotonic() - begun < 60
            assert {answer.split(b" ", 2)[1] for answer in answers[:-1]} == {b"408"}
            assert answers[-1][0] == 202

    go(test())


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "application/xml"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "application/xml"),
        (b"[" * 100_000, "application/json"),
        (b'{"a":' * 50_000, "application/json"),
        (b'{"number": NaN}', "application/json"),
        (b'{"number": "\xff\xfe"}', "application/json"),
        (b'{"number": "1", "number": "2"}', "application/json"),
        (b"ISA*00", "application/edi-x12"),
        (b"ISA" + b"*" * 5000, "application/edi-x12"),
        (b"A" * 80, "text/plain"),
        (b"\x00" * 1000, ""),
        (b" \r\n\t ", ""),
        (b"\xef\xbb\xbf", ""),
    ],
)
def test_hostile_content_is_refused_and_signed(tmp_path, data, media_type):
    """Whatever it is, it is stored, refused with a finding, and the refusal is signed."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(data, **{"Content-Type": media_type} if media_type else {})
            plain = await gateway.closed(submission)
            assert any(one["severity"] == "error" for one in plain["findings"])
            assert [part["disposition"] for part in plain["transactions"]] == ["rejected"]
            assert plain["acknowledgements"]
            assert gateway.ace.sent == []
            assert gateway.core.counts["stopped"] == 0

    go(test())


def test_a_fault_of_ours_shows_nothing_of_the_inside(tmp_path):
    """When a call fails on our side the answer is a problem without a reason of ours in it."""

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.core.ledger.write(lambda tx: tx.connection.execute("DROP TABLE heard_part"))
            submission = await gateway.submit(entry())
            status, headers, body = await gateway.call("GET", f"/v1/submissions/{submission}/answers")
            assert status in {500, 503}
            assert headers["Content-Type"] == "application/problem+json"
            assert b"heard_part" not in body
            assert b"Traceback" not in body

    go(test())


def test_passwords_are_not_kept(tmp_path):
    """The password of an envelope is in no table, no log, no answer; the receipt is of what came."""
    isa = b"ISA*00*          *01*SESAME2026*ZZ*BROKER01       *ZZ*GATEWAY        *260301*0900*U*00401*000000125*0*T*>~"

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(isa, **{"Content-Type": "application/edi-x12"})
            plain = await gateway.closed(submission)
            _, headers, body = await gateway.call("GET", f"/v1/submissions/{submission}/source")
            assert b"SESAME" not in body
            assert json.loads(headers["Gateway-Masked"]) == [[21, 31]]
            assert plain["bytes"] == len(isa)
        for file in tmp_path.rglob("*"):
            if file.is_file():
                assert b"SESAME2026" not in file.read_bytes(), file

    go(test())


def test_masking_keeps_every_other_byte():
    """Only the password's own columns change, and only where there is a password."""
    record = b"A2704Q7ZSECRET030126     SE".ljust(80) + b"B".ljust(80)
    kept, spans = mask(record)
    assert spans == [[8, 14]]
    assert kept == record.replace(b"SECRET", b"XXXXXX")
    for data in (record.replace(b"SECRET", b"      "), b"{}", b"<a/>", b"", b"ISA", b"A"):
        assert mask(data) == (data, [])
