"""The running service is held to its own description by schemathesis, which none of us wrote.

`GATEWAY_SCHEMATHESIS_EXAMPLES=500 pytest tests/shell/test_contract.py` runs as long as one likes.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import sys
from pathlib import Path

import pytest

from gateway.shell.config import key_hash
from gateway.shell.logs import JsonLines
from gateway.shell.openapi import OPERATIONS, description
from gateway.shell.openapi_shapes import ANSWERS, BODIES, COMPONENTS
from tests.shell.running import entry, running

EXAMPLES = int(os.environ.get("GATEWAY_SCHEMATHESIS_EXAMPLES", "6"))
SECONDS = 120 + 10 * EXAMPLES
KEY = {"Authorization": "Bearer gw_operator"}
KEYED = (
    "partners:\n"
    "  OPS: {operator: true, requests_per_second: 100000, requests_burst: 100000, webhook_hosts: [hooks.example],"
    f" keys: [{{sha256: {key_hash('gw_operator')}}}]}}\n"
)
# An event stream has no end, so a caller that waits for one waits for ever; test_api.py reads them.
ENDLESS = "/events$"


async def contract(url, folder, *more):
    """Run schemathesis on a service and give its report."""
    program = Path(sys.executable).with_name("schemathesis")
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        program, "--config-file", Path(__file__).with_name("schemathesis.toml"),
        "run", f"{url}/openapi.json", "--exclude-path-regex", ENDLESS, "--checks", "all",
        "--max-examples", str(EXAMPLES), "--seed", "20261125", "--generation-database", "none",
        "--continue-on-failure", "--no-color", "--report", "json", "--report-json-path", report, *more,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    said = output.decode("utf-8", "replace")
    assert process.returncode == 0, said[-8000:]
    return json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("who", ["anonymous", "keyed"])
def test_the_service_keeps_its_description(tmp_path, who):
    """No call of any shape gives a 5xx, and no answer is other than the description says."""

    async def test():
        more, auth, headers = "", (), None
        if who == "keyed":
            more, auth, headers = KEYED, ("-H", f"Authorization: {KEY['Authorization']}"), KEY
        async with running(tmp_path, more, headers=headers) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            phases = "examples,coverage,fuzzing,stateful" if who == "keyed" else "coverage"
            report = await contract(gateway.gateway.url, tmp_path, "--phases", phases, *auth)
            assert (report["failures"], report["errors"]) == ([], [])
            endless = sum(operation.path.endswith("/events") for operation in OPERATIONS)
            # The description itself is read, not called again.
            assert report["operations"]["tested"] == len(OPERATIONS) - endless - 1
            assert report["test_cases"]["generated"] > 400
            assert gateway.core.counts["internal_errors"] == 0
            assert gateway.core.counts["stopped"] == 0
            assert gateway.core.troubles == {}

    asyncio.run(test())


def test_every_answer_in_json_has_a_shape():
    """A call that answers with JSON says which, a call that takes a body says which; no shape is idle."""
    json_answers = {
        (one.handler, status) for one in OPERATIONS for status, kind in one.gives.items() if "/json" in kind
    }
    assert json_answers <= set(ANSWERS)
    assert {one.handler for one in OPERATIONS if one.body} == set(BODIES)
    text = json.dumps(description())
    assert [name for name in COMPONENTS if f'#/components/schemas/{name}"' not in text] == []


def test_the_description_says_who_may_call(tmp_path):
    """With keys alone no call is described as open to strangers; what can be translated to is listed."""

    async def test():
        async with running(tmp_path, KEYED, headers=KEY) as gateway:
            paths = (await gateway.get("/openapi.json"))["paths"]
            assert paths["/v1/submissions"]["get"]["security"] == [{"key": []}]
            (to, *_) = paths["/v1/translations"]["post"]["parameters"]
            assert {"canonical", "catair/SE"} <= set(to["schema"]["enum"])

    asyncio.run(test())


@pytest.mark.parametrize(
    "order",
    [
        {"do": {}}, {"do": ["retry"]}, {"do": "skip"}, {"do": "skip", "reason": 5}, {"do": "retry", "transaction": "0"},
        {"do": "retry", "transaction": -1}, {"do": "retry", "transaction": 2**70}, {"do": "retry", "transaction": True},
        {"do": "retry", "transaction": 0.5}, {"do": "retry", "reason": "x" * 501}, [], None, "retry",
    ],
)  # fmt: skip
def test_an_order_that_is_none_is_refused(tmp_path, order):
    """Whatever stands in the place of an order is 400, never a fault of ours."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            place = f"/v1/submissions/{submission}/orders"
            status, _, plain = await gateway.post(json.dumps(order).encode(), path=place)
            assert (status, plain["type"]) == (400, "urn:customs-gateway:problem:bad-request")

    asyncio.run(test())


def test_what_could_not_be_read_is_not_logged(tmp_path):
    """A request that is none leaves one short line in the log, without a byte of it."""
    found = io.StringIO()
    handler = logging.StreamHandler(found)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("aiohttp.server")
    logger.addHandler(handler)

    async def test():
        async with running(tmp_path) as gateway:
            port = int(gateway.gateway.url.rsplit(":", 1)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer gw_SESAME\x00\r\n\r\n")
            assert b" 400 " in await reader.read(100)
            writer.close()

    try:
        asyncio.run(test())
    finally:
        logger.removeHandler(handler)
    (line,) = found.getvalue().splitlines()
    assert "SESAME" not in line
    assert json.loads(line)["message"] == "Error handling request from 127.0.0.1"


def test_the_interface_is_described_to_people(tmp_path):
    """`/docs` names every call and every shape, leads to each, and needs no key."""

    async def test():
        async with running(tmp_path, KEYED) as gateway:
            status, headers, body = await gateway.call("GET", "/docs")
            assert status == 200
            assert headers["Content-Type"].startswith("text/html")
            page = body.decode()
            for operation in OPERATIONS:
                assert f">{operation.method} {operation.path}<" in page
            ids = set(re.findall(r' id="([^"]+)"', page))
            assert {f"shape-{name}" for name in COMPONENTS} <= ids
            assert set(re.findall(r'href="#([^"]+)"', page)) <= ids

    asyncio.run(test())
