"""Taking content in: durable first, once, within bounds."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from types import SimpleNamespace

import pytest

from gateway.shell.config_file import parse_config
from gateway.shell.intake import inflate, shed
from gateway.shell.problems import Problem
from gateway.signing import KeyRing, verify_receipt
from tests.shell import stores
from tests.shell.running import entry, running, sha256

pytestmark = pytest.mark.usefixtures("each_store")
FULL = {
    "sqlite": "BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    "apsw": "BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    "postgresql": "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
}
"""A trigger that fails: on PostgreSQL one that is only meant for updates."""


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def test_a_submission_goes_all_the_way(tmp_path):
    """Content is received, forwarded once, answered, acknowledged, and every answer is signed."""

    async def test():
        async with running(tmp_path) as gateway:
            data = entry()
            status, headers, plain = await gateway.post(data, {"Prefer": "wait=60"})
            assert status == 200
            assert headers["Preference-Applied"] == "wait=60"
            assert plain["state"] == "closed"
            (part,) = plain["transactions"]
            assert part["disposition"] == "accepted"
            assert part["dispositions"][0]["meaning"] == "accepted"
            assert len(gateway.ace.effects) == 1
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            assert verify_receipt(plain["receipt"], ring, data).ok
            last = plain["acknowledgements"][-1]
            _, _, body = await gateway.call("GET", last["href"])
            assert verify_receipt(last["receipt"], ring, data, body).ok
            assert not verify_receipt(last["receipt"], ring, data, body + b" ").ok

    go(test())


def test_the_first_acknowledgement_can_be_waited_for(tmp_path):
    """With `until=acknowledged` the call ends with the technical answer, while the authority has not answered yet."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.hold = True
            status, headers, plain = await gateway.post(entry(), {"Prefer": "wait=60; until=acknowledged"})
            assert status == 200
            assert headers["Preference-Applied"] == "wait=60; until=acknowledged"
            assert plain["acknowledgements"][0]["kind"] == "technical"
            assert plain["state"] != "closed"

    go(test())


def test_the_202_comes_after_the_commit(tmp_path):
    """What a 202 names is in the ledger, with receipt, log leaf and outbox row of one commit."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            rows = await gateway.core.ledger.read(
                lambda ask: [
                    ask.execute(
                        f"SELECT count(*) FROM {table} WHERE {column} = ?",  # noqa: S608
                        (submission,),
                    ).fetchone()[0]
                    for table, column in (
                        ("submission", "id"),
                        ("answer", "submission"),
                        ("outbox", "submission"),
                        ("event", "submission"),
                    )
                ]
            )
            assert all(rows)

    go(test())


def test_a_failed_commit_is_never_a_202(tmp_path, each_store):
    """When the ledger cannot commit, the answer is 503 and no receipt leaves."""

    async def test():
        async with running(tmp_path) as gateway:
            stores.change(
                tmp_path, f"CREATE TRIGGER full_disk BEFORE INSERT ON submission {FULL[each_store]}"
            )
            status, _headers, plain = await gateway.post(entry())
            assert status in {500, 503}
            assert "receipt" not in plain
            stores.change(
                tmp_path, f"DROP TRIGGER full_disk{'' if each_store != 'postgresql' else ' ON submission'}"
            )
            assert (await gateway.post(entry()))[0] == 202

    go(test())


def test_the_same_content_gets_the_first_answer(tmp_path):
    """A copy from the same sender is answered byte for byte like the first, and forwarded once."""

    async def test():
        async with running(tmp_path) as gateway:
            first = await gateway.call("POST", "/v1/submissions", data=entry())
            again = await gateway.call("POST", "/v1/submissions", data=entry())
            assert first[0] == again[0] == 202
            assert first[2] == again[2]
            assert first[1]["Location"] == again[1]["Location"]
            assert again[1]["Gateway-Duplicate"] == "true"
            await gateway.closed(json.loads(first[2])["submission"])
            assert len(gateway.ace.sent) == 1

    go(test())


def test_a_hundred_copies_at_once_are_one_submission(tmp_path):
    """Concurrent copies under one key give one submission and equal answers."""

    async def test():
        async with running(tmp_path) as gateway:
            key = {"Idempotency-Key": '"k-1"'}
            answers = await asyncio.gather(*(gateway.post(entry(), key) for _ in range(100)))
            assert {status for status, _, _ in answers} == {202}
            assert len({json.dumps(plain) for _, _, plain in answers}) == 1
            assert len((await gateway.get("/v1/submissions"))["submissions"]) == 1

    go(test())


def test_a_key_with_other_content_is_refused(tmp_path):
    """The same Idempotency-Key with other bytes gives 422 and names the first submission."""

    async def test():
        async with running(tmp_path) as gateway:
            key = {"Idempotency-Key": '"k-1"'}
            _, _, first = await gateway.post(entry(), key)
            status, _, plain = await gateway.post(entry("Q7Z00010437"), key)
            assert status == 422
            assert plain["type"].endswith(":idempotency-key-reused")
            assert plain["submission"] == first["submission"]

    go(test())


def test_what_had_failed_may_be_sent_again(tmp_path):
    """The same bytes are a new submission when the first was rejected."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.meaning = "rejected"
            first = await gateway.submit(entry())
            plain = await gateway.closed(first)
            assert plain["transactions"][0]["disposition"] == "rejected"
            gateway.ace.meaning = "accepted"
            second = await gateway.submit(entry())
            assert second != first
            assert (await gateway.closed(second))["transactions"][0]["disposition"] == "accepted"
            assert await gateway.submit(entry()) == second

    go(test())


@pytest.mark.parametrize("key", ["unquoted", '"a" "b"', '""', '"' + "x" * 129 + '"', '"a\\"'])
def test_a_malformed_key_is_a_problem(tmp_path, key):
    """An Idempotency-Key that is not one quoted string gives 400 and stores nothing."""

    async def test():
        async with running(tmp_path) as gateway:
            status, headers, plain = await gateway.post(entry(), {"Idempotency-Key": key})
            assert status == 400
            assert headers["Content-Type"] == "application/problem+json"
            assert "Idempotency-Key" in plain["detail"]
            assert (await gateway.get("/v1/submissions"))["submissions"] == []

    go(test())


def test_a_wrong_digest_stores_nothing(tmp_path):
    """Content that does not fit its Content-Digest gives 400; a right one and a strange one pass."""

    async def test():
        async with running(tmp_path) as gateway:
            status, _, plain = await gateway.post(entry(), {"Content-Digest": sha256(b"other")})
            assert status == 400
            assert plain["type"].endswith(":digest-mismatch")
            assert (await gateway.get("/v1/submissions"))["submissions"] == []
            for value in (sha256(entry()), "md5=:AAAA:, " + sha256(entry())):
                assert (await gateway.post(entry(), {"Content-Digest": value}))[0] == 202
            assert (await gateway.post(entry(), {"Content-Digest": "sha-256=nonsense"}))[0] == 400

    go(test())


def test_after_a_time_out_content_is_found_by_its_digest(tmp_path):
    """Whoever lost the answer asks by SHA-256 and gets the submission."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            import hashlib

            for digest in (hashlib.sha256(entry()).hexdigest(), sha256(entry()).replace("+", "%2B")):
                found = await gateway.get(f"/v1/submissions?digest={digest}")
                assert [one["id"] for one in found["submissions"]] == [submission]
            assert (await gateway.get(f"/v1/submissions?digest={'0' * 64}"))["submissions"] == []

    go(test())


def test_compressed_content_is_taken_within_bounds(tmp_path):
    """Gzip is undone, a bomb is refused, half a stream and other codings too."""

    async def test():
        extra = "server: {body_bytes_max: 100000}\n"
        async with running(tmp_path, extra) as gateway:
            packed = gzip.compress(entry())
            coding = {"Content-Encoding": "gzip", "Content-Digest": sha256(packed)}
            submission = await gateway.submit(packed, **coding)
            plain = await gateway.closed(submission)
            assert plain["transactions"][0]["entry_number"] == "Q7Z00010429"
            status, headers, body = await gateway.call("GET", f"/v1/submissions/{submission}/source")
            assert (status, headers["Content-Encoding"], body) == (200, "gzip", packed)
            bomb = gzip.compress(b" " * 5_000_000)
            assert (await gateway.post(bomb, {"Content-Encoding": "gzip"}))[0] == 413
            assert (await gateway.post(packed[:-5], {"Content-Encoding": "gzip"}))[0] == 400
            assert (await gateway.post(packed + b"x", {"Content-Encoding": "gzip"}))[0] == 400
            assert (await gateway.post(packed, {"Content-Encoding": "br"}))[0] == 415

    go(test())


def test_content_that_is_too_long_is_refused_early(tmp_path):
    """A length over the bound is 413 before the content is read; so is a stream that runs over."""

    async def test():
        async with running(tmp_path, "server: {body_bytes_max: 1000}\n") as gateway:
            assert (await gateway.post(b"x" * 1001))[0] == 413

            async def endless():
                for _ in range(100):
                    yield b"x" * 1000

            status, _, _ = await gateway.call("POST", "/v1/submissions", data=endless())
            assert status == 413
            assert (await gateway.post(b""))[0] == 400
            assert (await gateway.get("/v1/submissions"))["submissions"] == []

    go(test())


def test_inflating_stops_at_the_bound():
    """No more than the bound is ever unpacked."""
    packed = gzip.compress(b"a" * 1000)
    assert inflate(packed, 1000) == b"a" * 1000
    with pytest.raises(Problem, match="after decompression"):
        inflate(packed, 999)
    with pytest.raises(Problem, match="not gzip"):
        inflate(b"\x00\x01", 10)


def test_what_no_format_knows_is_refused_with_a_signature(tmp_path):
    """Bytes of no format get a receipt, then a signed refusal as a problem document."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(
                b"no format has this", **{"Content-Type": "application/octet-stream"}
            )
            plain = await gateway.closed(submission)
            assert plain["findings"][0]["code"].endswith("format/unknown")
            (answer,) = plain["acknowledgements"]
            assert (answer["kind"], answer["disposition"]) == ("technical", "rejected")
            _status, headers, body = await gateway.call("GET", answer["href"])
            assert headers["Content-Type"] == "application/problem+json"
            assert json.loads(body)["errors"]
            assert gateway.ace.sent == []

    go(test())


@pytest.mark.parametrize(
    ("backlog", "seconds", "limits", "refused"),
    [
        (2, 0.0, "queue_max: 2", False),
        (3, 0.0, "queue_max: 2", True),
        (0, 2.5, "queue_max: 2", True),
        (1, 2.5, "queue_seconds_max: 3", False),
        (1, 3.5, "queue_seconds_max: 3", True),
    ],
)
def test_load_is_shed_before_it_is_read(backlog, seconds, limits, refused):
    """When the ledger is behind, by number or by time, new content is refused with Retry-After."""
    core = SimpleNamespace(
        ledger=SimpleNamespace(backlog=backlog, backlog_seconds=seconds),
        config=parse_config(f"server: {{{limits}}}"),
        halted="",
        counts=Counter(),
    )
    if not refused:
        assert shed(core) is None
        return
    with pytest.raises(Problem) as caught:
        shed(core)
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
