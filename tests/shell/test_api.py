"""The reading calls, events, tools, and the description of it all."""

from __future__ import annotations

import asyncio
import base64
import json
import re

import pytest

from gateway.shell.openapi import OPERATIONS, description
from gateway.shell.work_tools import targets
from gateway.signing import KeyRing, verify_detached
from gateway.signing.checkpoint import log_verifier, verify_proof
from tests.shell.running import entry, running

pytestmark = pytest.mark.usefixtures("each_store")


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def test_each_stage_can_be_read_as_it_is_stored(tmp_path):
    """Source, entry, lineage, residue, forwarded bytes and answers of a closed submission are there."""

    async def test():
        async with running(tmp_path) as gateway:
            data = entry()
            submission = await gateway.submit(data)
            await gateway.closed(submission)
            place = f"/v1/submissions/{submission}"
            assert (await gateway.call("GET", f"{place}/source"))[2] == data
            found = await gateway.get(f"{place}/entry")
            assert found["number"] == "Q7Z00010429"
            lineage = await gateway.get(f"{place}/lineage")
            for origin in lineage:
                for leaf in origin.get("source", ()):
                    start, end = leaf["span"]
                    assert leaf["text"] in data[start:end].decode()
            assert {origin["path"] for origin in lineage} >= {"number"}
            await gateway.get(f"{place}/residue")
            _, _, forwarded = await gateway.call("GET", f"{place}/forwarded")
            assert forwarded == gateway.ace.sent[0][1]
            (answer,) = (await gateway.get(f"{place}/answers"))["answers"]
            assert json.loads(base64.b64decode(answer["body"]))["number"] == "Q7Z00010429"
            status, _, plain = await gateway.call("GET", f"{place}/entry?transaction=7")
            assert (status, json.loads(plain)["type"].rsplit(":", 1)[1]) == (404, "not-found")

    go(test())


def test_an_acknowledgement_comes_with_its_signature(tmp_path):
    """`?signature` gives the detached JWS over the exact bytes, `?receipt` the receipt."""

    async def test():
        async with running(tmp_path) as gateway:
            plain = await gateway.closed(await gateway.submit(entry()))
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            for one in plain["acknowledgements"]:
                _, headers, body = await gateway.call("GET", one["href"])
                _, _, token = await gateway.call("GET", one["href"] + "?signature")
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert verify_detached(body, token.decode(), ring).ok
                assert not verify_detached(body + b"x", token.decode(), ring).ok
                _, _, receipt = await gateway.call("GET", one["href"] + "?receipt")
                assert receipt.decode() == one["receipt"]
            assert (await gateway.call("GET", f"/v1/submissions/{plain['id']}/acknowledgements/99"))[0] == 404

    go(test())


def test_a_list_goes_page_by_page(tmp_path):
    """Newest first, every submission once, the next page named in Link; filters narrow it."""

    async def test():
        async with running(tmp_path) as gateway:
            ids = [await gateway.submit(entry(f"Q7Z0005{turn:04d}")) for turn in range(7)]
            for submission in ids:
                await gateway.closed(submission)
            seen, path = [], "/v1/submissions?limit=3"
            while path:
                _, headers, body = await gateway.call("GET", path)
                seen += [one["id"] for one in json.loads(body)["submissions"]]
                link = re.fullmatch(r'<(.+)>; rel="next"', headers.get("Link", ""))
                path = link[1] if link else ""
            assert seen == ids[::-1]
            for query, count in (
                ("state=closed", 7), ("state=waiting", 0), ("format=json", 7), ("format=x12", 0),
                ("entry_number=Q7Z00050003", 1), ("sender=nobody", 0),
            ):  # fmt: skip
                found = await gateway.get(f"/v1/submissions?{query}")
                assert len(found["submissions"]) == count, query
            for wrong in ("limit=0x10", "limit=201", "after=-1", "colour=red", "digest=zz"):
                assert (await gateway.call("GET", f"/v1/submissions?{wrong}"))[0] == 400, wrong

    go(test())


async def read_events(gateway, path, count, after=None, opened=None):
    """Read so many events of a stream. `opened` is set when it is open."""
    headers = {"Last-Event-ID": str(after)} if after is not None else {}
    found: list[dict] = []
    async with (
        asyncio.timeout(90),
        gateway.session.get(gateway.gateway.url + path, headers=headers) as stream,
    ):
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        if opened is not None:
            opened.set()
        one: dict = {}
        async for line in stream.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                one[name] = value
            elif one:
                found.append(one)
                one = {}
                if len(found) == count:
                    break
    return found


def test_events_resume_where_a_reader_left_off(tmp_path):
    """A reader that comes back with the last number gets exactly what it missed."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
            path = f"/v1/submissions/{submission}/events"
            every = await read_events(gateway, path, 5)
            names = [one["event"] for one in every]
            assert names == ["Received", "Translated", "Sent", "Answered", "Acknowledged"]
            rest = await read_events(gateway, path, 3, after=every[1]["id"])
            assert [one["id"] for one in rest] == [one["id"] for one in every[2:]]
            assert json.loads(rest[0]["data"])["submission"] == submission
            assert await read_events(gateway, f"/v1/events?after={every[3]['id']}", 1) == every[4:]
            assert (await gateway.call("GET", path, headers={"Last-Event-ID": "x"}))[0] == 400

    go(test())


def test_events_come_as_they_happen(tmp_path):
    """A reader of all events that is there first sees a submission being received."""

    async def test():
        async with running(tmp_path) as gateway:
            opened = asyncio.Event()
            reading = asyncio.create_task(read_events(gateway, "/v1/events", 1, opened=opened))
            await opened.wait()
            submission = await gateway.submit(entry())
            (first,) = await reading
            assert json.loads(first["data"]) == {
                "submission": submission, "transaction": 0, "event": "Received", "state": "read",
                "at": json.loads(first["data"])["at"],
            }  # fmt: skip

    go(test())


def test_tools_keep_nothing(tmp_path):
    """Validating and translating give findings and output, and leave no submission behind."""

    async def test():
        async with running(tmp_path) as gateway:
            status, _, plain = await gateway.post(entry(), path="/v1/validations")
            assert (status, plain["ok"], plain["format"]) == (200, True, "json")
            status, _, plain = await gateway.post(b"{", path="/v1/validations?from=json")
            assert (status, plain["ok"]) == (200, False)
            assert plain["findings"]
            status, _, plain = await gateway.post(entry(), path="/v1/translations?to=canonical&lineage")
            assert json.loads(plain["output"])["entries"][0]["number"] == "Q7Z00010429"
            assert {one["path"] for one in plain["lineage"]} >= {"number"}
            status, _, plain = await gateway.post(entry(), path="/v1/translations?to=nowhere/X")
            assert (status, "canonical" in plain["detail"]) == (400, True)
            assert (await gateway.post(entry(), path="/v1/translations"))[0] == 400
            status, _, plain = await gateway.post(b"junk", path="/v1/translations?to=json")
            assert status == 422
            assert plain["errors"]
            assert (await gateway.get("/v1/submissions"))["submissions"] == []

    go(test())


def test_the_receipt_log_proves_a_receipt(tmp_path):
    """A checkpoint is signed, and the proof of a receipt leads to it."""

    async def test():
        async with running(tmp_path) as gateway:
            assert (await gateway.call("GET", "/v1/log/checkpoint"))[0] == 404
            plain = await gateway.closed(await gateway.submit(entry()))
            await gateway.gateway.service.logbook.sign()
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            _, _, note = await gateway.call("GET", "/v1/log/checkpoint")
            origin = note.decode().split("\n")[0]
            verifier = log_verifier(origin, ring, note.decode())
            for token in [plain["receipt"], *(one["receipt"] for one in plain["acknowledgements"])]:
                payload = token.split(".")[1]
                claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
                status, _, proof = await gateway.call("GET", f"/v1/log/proof?receipt={claims['receipt']}")
                assert status == 200
                assert verify_proof(token.encode(), proof.decode(), verifier).ok
            assert (await gateway.call("GET", "/v1/log/tile/0/000.p/3"))[0] in {200, 404}
            assert (await gateway.call("GET", "/v1/log/proof?receipt=nonsense"))[0] == 400
            assert (await gateway.call("GET", "/v1/log/proof?receipt=" + "0" * 26))[0] == 404

    go(test())


def test_a_log_that_was_changed_stops_the_start(tmp_path):
    """When the leaves do not lead to the kept checkpoint any more, the gateway does not start."""
    from gateway.shell.ledger import LedgerError

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            await gateway.gateway.service.logbook.sign()
            zeros = bytes(32)
            await gateway.core.ledger.write(
                lambda tx: tx.connection.execute("UPDATE leaf SET hash = ? WHERE idx = 0", (zeros,))
            )
        with pytest.raises(LedgerError, match="not what it was"):
            async with running(tmp_path):
                raise AssertionError

    go(test())


def test_what_is_served_is_described(tmp_path):
    """The description names every call with its method, and every call of it is served."""

    async def test():
        async with running(tmp_path) as gateway:
            plain = await gateway.get("/openapi.json")
            assert plain == json.loads(json.dumps(description(targets=targets())))
            assert plain["openapi"] == "3.1.0"
            for operation in OPERATIONS:
                assert operation.method.lower() in plain["paths"][operation.path]
                if operation.method == "GET" and "events" not in operation.path:
                    path = (
                        operation.path.format(id="0" * 26, n="0", path="0/000", number="NONE")
                        if "{" in operation.path
                        else operation.path
                    )
                    status, headers, _ = await gateway.call("GET", path)
                    assert status in {*operation.gives, *operation.fails, 401, 403}, operation.path
                    if status >= 400:
                        assert headers["Content-Type"].startswith("application/problem+json")

    go(test())


def test_health_and_metrics(tmp_path):
    """The process says that it lives, that it takes work, and what it counted."""

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            assert (await gateway.get("/healthz")) == {"ok": True}
            assert (await gateway.get("/readyz"))["ok"] is True
            _, _, body = await gateway.call("GET", "/metrics")
            lines = dict(line.rsplit(" ", 1) for line in body.decode().splitlines() if line[0] != "#")
            assert lines['gateway_submissions{state="closed"}'] == "1"
            assert lines["gateway_sent_total"] == "1"

    go(test())
