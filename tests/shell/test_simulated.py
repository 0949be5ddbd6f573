"""The gateway against the ACE simulator: CATAIR out and in, and everything that can go wrong between."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import aiohttp
import pytest

from gateway.flow.translate import load_tables, take
from gateway.shell.client import Client
from gateway.shell.config_file import parse_config
from gateway.shell.delivery import listeners, sharing
from gateway.shell.server import start_gateway
from gateway.shell.simulator import start_simulator
from gateway.signing import KeyRing, ReceiptFile
from gateway.specs import Limits

FIXTURES = Path(__file__).parents[2] / "fixtures"
ENTRY = (FIXTURES / "catair" / "SE" / "three-bills.txt").read_bytes()
JSON = (FIXTURES / "json" / "entry" / "fda.json").read_bytes()


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


@contextlib.asynccontextmanager
async def system(folder, endpoint="", target="catair/SE", envelope="", address=""):
    """Start a simulator and a gateway in front of it; gives client, gateway and a way to control.

    The gateway files `target`, with the simulator where no other address is given; `envelope` goes with CATAIR.
    """
    form, _, message = target.partition("/")
    told = f' envelope: {{site: "2704", filer: Q7Z, port: "2704"{envelope}}},' if form == "catair" else ""
    simulator = await start_simulator()
    config = parse_config(
        f"store: {{path: {folder}/g.sqlite}}\nkeys: {{folder: {folder}/keys}}\nwork: {{processes: 0}}\n"
        "partners: {LOCAL: {anonymous: true, operator: true}}\n"
        "endpoints:\n"
        f'  ace: {{format: {form}, message: {message}, address: "{address or simulator.url}", poll_seconds: 0.05,'
        f" pause_seconds: 0.3,{told}"
        f" retry: {{first_seconds: 0.05, most_seconds: 0.2}}{endpoint}}}\n"
    )
    gateway = await start_gateway(config, port=0)

    async def control(*commands):
        place = f"{simulator.url}/ace/control"
        async with aiohttp.ClientSession() as session, session.post(place, json=list(commands)) as response:
            assert response.status == 200, await response.text()

    try:
        async with Client(gateway.url) as client:
            yield client, gateway, control
    finally:
        await gateway.stop()
        await simulator.stop()


async def verified(client, plain, source):
    """Every acknowledgement of a submission holds, with its receipt and signature."""
    ring = KeyRing.from_jwks(await client.keys())
    answers = await client.acknowledgements(plain)
    for one in answers:
        file = ReceiptFile(
            receipt=one.receipt, acknowledgement=one.body, media_type=one.media_type, signature=one.signature
        )
        assert file.verify(ring, source).reasons == ()
    return answers


@pytest.mark.parametrize("source", [ENTRY, JSON], ids=["catair", "json"])
def test_an_entry_is_filed_and_answered_in_its_own_format(tmp_path, source):
    """What the simulator accepts comes back to the sender as an acceptance in the sender's format."""

    async def test():
        async with system(tmp_path) as (client, gateway, _):
            answer = await client.submit(source)
            plain = await client.wait(answer["submission"], 90)
            assert plain["state"] == "closed"
            assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
            last = (await verified(client, plain, source))[-1]
            taken = take(last.body, load_tables(), Limits(lenient=True))
            assert taken.format == plain["format"]
            rows = await gateway.service.core.ledger.read(
                lambda ask: ask.execute("SELECT correlation FROM part").fetchall()
            )
            assert all(len(row[0]) == 21 for row in rows)

    go(test())


def test_a_rejection_is_passed_on(tmp_path):
    """What the simulator rejects is rejected to the sender, with its reason."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            await control({"do": "reject", "entry": "Q7Z00010437"})
            answer = await client.submit(ENTRY)
            plain = await client.wait(answer["submission"], 90)
            assert [part["disposition"] for part in plain["transactions"]] == ["rejected"]
            last = (await verified(client, plain, ENTRY))[-1]
            assert (last.kind, last.disposition) == ("business", "rejected")
            assert b"REJECTED" in last.body

    go(test())


def test_a_release_after_the_acceptance_is_one_more_acknowledgement(tmp_path):
    """When the cargo is released later, the sender is told, signed like the first."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            answer = await client.submit(ENTRY)
            before = await client.wait(answer["submission"], 90)
            await control({"do": "release", "entry": "Q7Z00010437"})
            async with asyncio.timeout(90):
                while True:
                    after = await client.submission(answer["submission"])
                    if len(after["acknowledgements"]) > len(before["acknowledgements"]):
                        break
                    await asyncio.sleep(0.05)
            assert {one["meaning"] for one in after["transactions"][0]["dispositions"]} >= {
                "accepted",
                "release",
            }
            await verified(client, after, ENTRY)

    go(test())


@pytest.mark.parametrize(
    "faults",
    [
        [{"do": "lose"}],
        [{"do": "twice"}],
        [{"do": "error"}, {"do": "error", "after": True}],
        [{"do": "busy", "seconds": 1}],
        [{"do": "error", "on": "outbox"}, {"do": "error", "on": "confirm"}],
        [{"do": "away", "seconds": 1}],
        [{"do": "overtake"}],
    ],
    ids=["lose", "twice", "error", "busy", "outbox", "away", "overtake"],
)
def test_what_goes_wrong_on_the_way_changes_nothing(tmp_path, faults):
    """Whatever the other side does to a call, each entry ends accepted, filed and answered once."""

    async def test():
        async with system(tmp_path) as (client, gateway, control):
            await control(*faults)
            answers = [await client.submit(one) for one in (ENTRY, JSON)]
            for answer in answers:
                plain = await client.wait(answer["submission"], 90)
                assert plain["state"] == "closed", plain
                assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
                said = [one["meaning"] for one in plain["transactions"][0]["dispositions"]]
                assert said.count("accepted") == 1
            filed = await gateway.service.core.ledger.read(
                lambda ask: ask.execute("SELECT count(*) FROM heard").fetchone()[0]
            )
            assert filed >= 2

    go(test())


def test_endpoints_that_share_an_outbox_do_not_take_each_others_answers(tmp_path):
    """With the shipped configuration every format is answered, though all endpoints lead to one place."""
    text = (FIXTURES.parent / "config.yaml").read_text(encoding="utf-8")
    names = [
        "x12/309/ten-bills.edi", "x12/309/one-bill.edi", "wco/DEC/twelve-items.xml", "wco/DEC/ocean-import.xml",
        "catair/SE/three-bills.txt", "catair/SE/air-fda.txt", "json/entry/fda.json",
    ]  # fmt: skip

    async def test():
        simulator = await start_simulator()
        here = text.replace("http://127.0.0.1:8700", simulator.url).replace("var/", f"{tmp_path}/")
        gateway = await start_gateway(parse_config(here + "work: {processes: 0}\n"), port=0)
        try:
            async with Client(gateway.url) as client:
                sources = {}
                for name in names:
                    data = (FIXTURES / name).read_bytes()
                    sources[(await client.submit(data))["submission"]] = data
                for submission, data in sources.items():
                    plain = await client.wait(submission, 90)
                    assert [part["disposition"] for part in plain["transactions"]] == ["accepted"], plain
                    answers = await verified(client, plain, data)
                    assert answers[-1].kind == "business"
        finally:
            await gateway.stop()
            await simulator.stop()

    go(test())


def test_one_endpoint_listens_for_all_that_share_a_mailbox():
    """Of endpoints with one address the first listens; what it hears may be about any of them."""
    config = parse_config(
        'endpoints: {a: {address: "http://x/"}, b: {address: "http://x"}, c: {address: "http://y"}}'
    )
    assert listeners(config) == ["a", "c"]
    assert sharing(config, "b") == ("a", "b")
    assert sharing(config, "c") == ("c",)
    assert sharing(config, "gone") == ("gone",)


MANIFEST = (FIXTURES / "x12" / "309" / "ten-bills.edi").read_bytes()
MANIFESTS = "  manifest: {{format: x12, message: '309', receiver: CBP, address: \"{0}\", messages: [x12/309], poll_seconds: 0.05}}\n"


@contextlib.asynccontextmanager
async def manifests(folder, partner=""):
    """Start a simulator and a gateway that takes manifests; gives the client."""
    simulator = await start_simulator()
    config = parse_config(
        f"store: {{path: {folder}/g.sqlite}}\nkeys: {{folder: {folder}/keys}}\nwork: {{processes: 0}}\n"
        f"partners: {{LOCAL: {{anonymous: true, operator: true{partner}}}}}\n"
        "endpoints:\n" + MANIFESTS.format(simulator.url)
    )
    gateway = await start_gateway(config, port=0)
    try:
        async with Client(gateway.url) as client:
            yield client
    finally:
        await gateway.stop()
        await simulator.stop()


def test_a_control_number_with_other_content_is_refused_as_the_standard_says(tmp_path):
    """The same ISA13 with other bytes gets a TA1 with 025 and names the first submission; nothing goes out."""

    async def test():
        async with manifests(tmp_path) as client:
            first = await client.submit(MANIFEST)
            plain = await client.wait(first["submission"], 90)
            assert plain["transactions"][0]["disposition"] == "accepted"
            second = await client.submit(MANIFEST.replace(b"NORDIC", b"NORDIK"))
            plain = await client.wait(second["submission"], 90)
            assert plain["transactions"][0]["disposition"] == "rejected"
            (found,) = [one for one in plain["findings"] if one["severity"] == "error"]
            assert first["submission"] in found["message"]
            (answer,) = await client.acknowledgements(plain)
            assert b"TA1*" in answer.body
            assert b"*R*025~" in answer.body

    go(test())


def test_a_profile_may_take_control_numbers_again(tmp_path):
    """With duplicates reported the second is forwarded too, and carries a warning."""

    async def test():
        async with manifests(tmp_path, ", duplicates: report") as client:
            first = await client.submit(MANIFEST)
            await client.wait(first["submission"], 90)
            second = await client.submit(MANIFEST.replace(b"NORDIC", b"NORDIK"))
            plain = await client.wait(second["submission"], 90)
            assert "warning" in {
                one["severity"] for one in plain["findings"] if first["submission"] in one["message"]
            }
            assert plain["transactions"][0]["dispositions"]

    go(test())


def test_one_duplicate_does_not_stop_its_batch(tmp_path):
    """Of three entries in one interchange, the second a copy of the first, the two others are filed."""
    one, two = (FIXTURES / "json" / "entry" / name for name in ("fda.json", "informal.json"))
    batch = b"[" + b",".join(file.read_bytes() for file in (one, one, two)) + b"]"

    async def test():
        async with system(tmp_path) as (client, _, _):
            answer = await client.submit(batch)
            plain = await client.wait(answer["submission"], 90)
            results = [part["disposition"] for part in plain["transactions"]]
            assert results == ["accepted", "rejected", "accepted"], plain["findings"]
            (found,) = [one for one in plain["findings"] if one["severity"] == "error"]
            assert (found["code"], found["transaction"]) == ("profile/json/transaction/duplicate", 1)
            await verified(client, plain, batch)

    go(test())
