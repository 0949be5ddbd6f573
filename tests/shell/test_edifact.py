"""A CUSDEC through the running service: filed in every format, answered as CONTRL and CUSRES, signed."""

from __future__ import annotations

import contextlib

import aiohttp
import pytest

from gateway.flow.heard import heard
from gateway.flow.translate import load_tables, take
from gateway.formats import sniff
from gateway.specs import Limits
from tests.shell.ace import FakeAce
from tests.shell.test_simulated import FIXTURES, go, system, verified

TRUCK = (FIXTURES / "edifact" / "CUSDEC" / "import-us-truck.edi").read_bytes()
CONSUMPTION = (FIXTURES / "edifact" / "CUSDEC" / "import-us-consumption.edi").read_bytes()
# A summary of a formal entry asks what no declaration has room for (are the parties related?); an informal one does not.
# Its signature is the filer's own setting.
INFORMAL = CONSUMPTION
for formal, small in (
    (b"CST++01:105", b"CST++11:105"), (b"48000", b"1480"), (b"40:16000:", b"40:600:"), (b"66:16000.00", b"66:600.00"),
    (b"39:64000.00", b"39:2080.00"), (b"43:64000:", b"43:2080:"), (b"55:3216.00", b"55:99.16"),
):  # fmt: skip
    INFORMAL = INFORMAL.replace(formal, small)
SIGNED = ', signature: X, surety: "001"'
OCEAN = (FIXTURES / "edifact" / "CUSDEC" / "import-us-ocean-d13a.edi").read_bytes()
WAIT_SECONDS = 60


def segments(body):
    """Cut an answer into its segments."""
    return [one for one in body.decode("utf-8").split("'") if one]


def meanings(body):
    """Read an answer as its receiver does, and give what it says of the declaration."""
    tables = load_tables()
    taken = take(body, tables, Limits())
    assert [one.code for one in taken.findings if one.severity.value == "error"] == []
    return {said.meaning for one in heard(taken, tables) for said in one.dispositions}


@pytest.mark.parametrize(
    ("source", "directory", "number"),
    [(TRUCK, "D:96B", "Q7Z01045119"), (OCEAN, "D:13A", "Q7Z01045127")],
    ids=["D96B", "D13A"],
)
def test_a_declaration_is_filed_as_cargo_release_and_answered_as_cusres(tmp_path, source, directory, number):
    """First CONTRL in the sender's syntax, then CUSRES in its directory; every one is signed and holds."""

    async def test():
        async with system(tmp_path) as (client, _, _):
            answer = await client.submit(source)
            plain = await client.wait(answer["submission"], WAIT_SECONDS)
            assert plain["state"] == "closed"
            assert [(part["message"], part["disposition"]) for part in plain["transactions"]] == [
                ("CUSDEC", "accepted")
            ]
            answers = await verified(client, plain, source)
            assert {one.media_type.partition(";")[0] for one in answers} == {"application/edifact"}
            first, last = answers[0], answers[-1]
            assert any(one.startswith("UCI+") and one.endswith("+7") for one in segments(first.body))
            assert any(f"CUSRES:{directory}:UN" in one for one in segments(last.body))
            assert f"RFF+ABT:{number}" in segments(last.body)
            assert "accepted" in meanings(last.body)

    go(test())


@pytest.mark.parametrize("target", ["catair/SE", "catair/AE", "wco/DEC", "json/entry"])
def test_a_declaration_goes_out_in_every_format_and_comes_back_as_cusres(tmp_path, target):
    """Whatever the authority is spoken to in, the sender hears CUSRES in its own directory, signed."""
    source = INFORMAL if target == "catair/AE" else CONSUMPTION

    async def test():
        async with (
            speaking(target) as address,
            system(tmp_path, "", target, SIGNED, address) as (client, gateway, _),
        ):
            answer = await client.submit(source)
            plain = await client.wait(answer["submission"], WAIT_SECONDS)
            assert plain["state"] == "closed"
            assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
            last = (await verified(client, plain, source))[-1]
            assert any("CUSRES:D:96B:UN" in one for one in segments(last.body))
            assert "accepted" in meanings(last.body)
            assert sniff(await fetched(gateway, plain["links"]["forwarded"])).name == target.partition("/")[0]

    go(test())


async def fetched(gateway, place):
    """GET bytes that are there."""
    async with aiohttp.ClientSession() as session, session.get(gateway.url + place) as response:
        assert response.status == 200
        return await response.read()


@contextlib.asynccontextmanager
async def speaking(target):
    """Start what answers in JSON, which the simulator has no words for; "" where the simulator answers."""
    if not target.startswith("json"):
        yield ""
        return
    ace = await FakeAce().start()
    try:
        yield ace.url
    finally:
        await ace.stop()


def test_a_rejection_comes_back_as_cusres(tmp_path):
    """BGM 963 with 27, and the authority's words."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            await control({"do": "reject", "entry": "Q7Z01045119"})
            answer = await client.submit(TRUCK)
            plain = await client.wait(answer["submission"], WAIT_SECONDS)
            assert [part["disposition"] for part in plain["transactions"]] == ["rejected"]
            last = (await verified(client, plain, TRUCK))[-1]
            assert (last.kind, last.disposition) == ("business", "rejected")
            assert "BGM+963+BRK-2026-0417+27" in segments(last.body)
            assert "rejected" in meanings(last.body)

    go(test())


def test_what_is_wrong_in_syntax_is_answered_by_contrl_alone(tmp_path):
    """Nothing is filed; the CONTRL points at the segment and element, and is signed."""
    wrong = TRUCK.replace(b"MOA+39:9600.00:USD", b"MOA+39:9600.00:USDOLLAR")

    async def test():
        async with system(tmp_path) as (client, _, _):
            answer = await client.submit(wrong)
            plain = await client.wait(answer["submission"], WAIT_SECONDS)
            assert [part["disposition"] for part in plain["transactions"]] == ["rejected"]
            (only,) = await verified(client, plain, wrong)
            assert (only.kind, only.disposition) == ("technical", "rejected")
            said = segments(only.body)
            assert said[said.index("UCM+1+CUSDEC:D:96B:UN+4") + 1 :][:2] == ["UCS+28", "UCD+39+2:3"]

    go(test())


def test_a_broken_rule_is_answered_at_the_senders_own_place(tmp_path):
    """A wrong check digit is found in the entry, and CUSRES points at the reference that has it."""
    wrong = TRUCK.replace(b"Q7Z01045119", b"Q7Z01045118")

    async def test():
        async with system(tmp_path) as (client, _, _):
            answer = await client.submit(wrong)
            plain = await client.wait(answer["submission"], WAIT_SECONDS)
            assert [part["disposition"] for part in plain["transactions"]] == ["rejected"]
            last = (await verified(client, plain, wrong))[-1]
            said = segments(last.body)
            assert any(one.startswith("BGM+963+") for one in said)
            assert any(one.startswith("ERP+1+RFF:") for one in said)
            assert "ERC+G201::86" in said

    go(test())


def test_the_same_interchange_is_not_taken_twice(tmp_path):
    """The reference of UNB with other content is refused, as the standard's code 26."""
    other = TRUCK.replace(b"BRK-2026-0417", b"BRK-2026-0418")

    async def test():
        async with system(tmp_path) as (client, _, _):
            first = await client.submit(TRUCK)
            await client.wait(first["submission"], WAIT_SECONDS)
            answer = await client.submit(other)
            plain = await client.wait(answer["submission"], WAIT_SECONDS)
            assert "edifact.envelope/UNB:0020/sequence/duplicate" in [
                one["code"] for one in plain["findings"]
            ]
            last = (await verified(client, plain, other))[-1]
            assert "UCI+20260000132+QUAYLINE:ZZZ+GATEWAY:ZZZ+4+26+UNB" in segments(last.body)

    go(test())
