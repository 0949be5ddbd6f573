"""`/v1/entries/{number}`: where an entry stands, from real answers of the simulator, in both stores."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from pathlib import Path

import aiohttp
import pytest

from gateway.cli.status import register
from gateway.shell.client import Client
from gateway.shell.config import key_hash
from gateway.shell.config_file import parse_config
from gateway.shell.server import start_gateway
from gateway.shell.simulator import start_simulator
from tests.shell import stores
from tests.shell.running import entry, running
from tests.shell.summaries import RECORDS as SUMMARY

FIXTURES = Path(__file__).parents[2] / "fixtures"
RELEASE = (FIXTURES / "catair" / "SE" / "three-bills.txt").read_bytes()
NUMBER = "Q7Z00010437"
BOTH = pytest.mark.usefixtures("each_store")


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


@contextlib.asynccontextmanager
async def system(folder):
    """Start a simulator and a gateway that files releases and summaries with it; gives client and controls."""
    simulator = await start_simulator()
    shared = (
        f'address: "{simulator.url}", poll_seconds: 0.05, pause_seconds: 0.3,'
        ' envelope: {site: "2704", filer: Q7Z, port: "2704"},'
        " retry: {first_seconds: 0.05, most_seconds: 0.2}"
    )
    config = parse_config(
        stores.setting(folder) + f"keys: {{folder: {folder}/keys}}\nwork: {{processes: 0}}\n"
        "partners: {LOCAL: {anonymous: true, operator: true}}\n"
        "endpoints:\n"
        f"  summaries: {{format: catair, message: AE, messages: [catair/AE], {shared}}}\n"
        f"  releases: {{format: catair, message: SE, messages: [catair/SE], {shared}}}\n"
    )
    gateway = await start_gateway(config, port=0)

    async def control(*commands):
        place = f"{simulator.url}/ace/control"
        async with aiohttp.ClientSession() as session, session.post(place, json=list(commands)) as response:
            assert response.status == 200, await response.text()

    try:
        async with Client(gateway.url) as client:
            yield client, control
    finally:
        await gateway.stop()
        await simulator.stop()


async def filed(client, data):
    """File something and wait until it is settled; gives its id."""
    submission = (await client.submit(data, media_type="text/plain"))["submission"]
    plain = await client.wait(submission, 60)
    assert plain["state"] in {"closed", "dead"}, plain
    return submission


async def standing(client, wanted):
    """Wait until the states of the entry are these; gives the entry."""
    plain, states = {}, {}
    async with asyncio.timeout(60):
        while states != wanted:
            plain = await client.entry("Q7Z-0001043-7")
            states = {name: one["state"] for name, one in plain["states"].items()}
            await asyncio.sleep(0.02)
    return plain


def command(*words):
    """Run `gateway status`, away from the loop; gives its exit status."""
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["status", *words])
    return asyncio.to_thread(args.run, args)


@BOTH
def test_release_and_summary_of_one_number_are_one_entry(tmp_path, capsys):
    """SE, SO, AE and UC of an entry stand side by side, each with the filing that it is about."""

    async def test():
        async with system(tmp_path) as (client, control):
            release = await filed(client, RELEASE)
            await control({"do": "advance", "seconds": 86400})
            plain = await standing(client, {"cargo_release": "accepted", "release_status": "released"})
            assert plain["number"] == NUMBER
            assert plain["next"] == []
            status = plain["states"]["release_status"]
            assert (status["code"], status["message"]) == ("98", "catair/SO")
            assert status["released_at"]
            assert status["submission"] == release
            data = SUMMARY.replace(b"00010429", NUMBER[3:].encode()).replace(b"GW0001   ", b"SIMUCD1  ")
            summary = await filed(client, data)
            await control({"do": "advance", "seconds": 86400 * 3})
            plain = await standing(
                client,
                {
                    "cargo_release": "accepted",
                    "release_status": "released",
                    "summary": "accepted",
                    "summary_status": "documents",
                },
            )
            assert plain["states"]["summary"]["on_file"] == "cbp-control"
            assert [one["submission"] for one in plain["filings"]] == [summary, release]
            assert [(one["who"], one["about"]) for one in plain["next"]] == [("filer", "summary_status")]
            assert await command("--entry", "q7z-0001043-7", "--to", client.url) == 0
            shown = capsys.readouterr().out
            assert "released" in shown
            assert "next: filer: send" in shown
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{client.url}/console/submissions/{summary}") as response,
            ):
                assert "Entry Q7Z00010437" in await response.text()

    go(test())


@BOTH
def test_a_rejected_replacement_is_off_the_file(tmp_path, capsys):
    """After a rejected replacement in trade control nothing is on file, and a person is next."""

    async def test():
        async with system(tmp_path) as (client, control):
            data = SUMMARY.replace(b"00010429", NUMBER[3:].encode())
            await filed(client, data)
            await standing(client, {"summary": "accepted"})
            await control({"do": "reject", "entry": NUMBER, "code": "101"})
            await filed(client, data.replace(b"10AQ7Z", b"10RQ7Z"))
            plain = await standing(client, {"summary": "rejected"})
            assert plain["states"]["summary"]["on_file"] == "nothing"
            assert {one["who"] for one in plain["next"]} == {"operator"}
            assert await command("--entry", NUMBER, "--to", client.url, "--json") == 1
            assert json.loads(capsys.readouterr().out)["number"] == NUMBER

    go(test())


@BOTH
def test_a_partner_sees_only_its_own_filings(tmp_path):
    """Two partners with one number see each their own filing, the operator both, a stranger nothing."""
    partners = "partners:\n"
    for name in ("ONE", "TWO", "OPS", "NONE"):
        operator = "operator: true, " if name == "OPS" else ""
        partners += f"  {name}: {{{operator}keys: [{{sha256: {key_hash(f'gw_{name}')}}}]}}\n"

    async def test():
        async with running(tmp_path, partners) as gateway:

            def key(name):
                return {"Authorization": f"Bearer gw_{name}"}

            for turn, name in enumerate(("ONE", "TWO")):
                # The same answer twice would be one answer.
                gateway.ace.meaning = ("accepted", "release")[turn]
                submission = await gateway.submit(entry(kind=f"0{turn + 1}"), **key(name))
                await gateway.closed(submission, headers=key(name))
            seen = {}
            for name in ("ONE", "TWO", "OPS"):
                for number in ("Q7Z00010429", "q7z-0001042-9", "Q7Z%200001042%209"):
                    plain = await gateway.get(f"/v1/entries/{number}", headers=key(name))
                    assert plain["number"] == "Q7Z00010429"
                seen[name] = [one["partner"] for one in plain["filings"]]
            assert seen == {"ONE": ["ONE"], "TWO": ["TWO"], "OPS": ["TWO", "ONE"]}
            assert plain["states"]["declaration"]["state"] == "release"
            listed = await gateway.get("/v1/submissions?entry_number=Q7Z00010429", headers=key("OPS"))
            assert len(listed["submissions"]) == 2
            for name, number in (("NONE", "Q7Z00010429"), ("OPS", "Q7Z00010437"), ("OPS", "%00" * 70)):
                status, headers, body = await gateway.call("GET", f"/v1/entries/{number}", headers=key(name))
                assert (status, headers["Content-Type"]) == (404, "application/problem+json")
                assert json.loads(body)["type"].endswith("not-found")

    go(test())
