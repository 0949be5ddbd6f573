"""A carrier that files an X12 309: 997, then 355, then 350, each relating to what it sent."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway.finding import Answer, Disposition, Level
from gateway.flow.translate import load_tables, take
from gateway.formats.x12.format import FORMAT
from gateway.shell.client import Client
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.shell.server import start_gateway
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.shell.running import running
from tests.shell.test_simulated import FIXTURES, MANIFEST, go, manifests, verified


async def answers(client, data, count):
    """File a manifest; give its state and its acknowledgements once there are `count`."""
    filed = await client.submit(data)
    plain = await client.wait(filed["submission"], 90)
    async with asyncio.timeout(90):
        while len(plain["acknowledgements"]) < count:
            await asyncio.sleep(0.05)
            plain = await client.submission(filed["submission"])
    return plain, await verified(client, plain, data)


def segments(body, *names):
    """Give the segments of some names."""
    found = [one.split("*") for one in body.decode("latin-1").split("~")]
    return [one for one in found if one[0] in names]


def readable(body):
    """An answer reads without an error, and its entry names the conveyance."""
    taken = take(body, load_tables(), Limits())
    assert taken.ok, taken.findings
    return taken.translations[0].entry


def test_syntax_then_acceptance_then_statuses(tmp_path):
    """997 says the syntax is good, 355 that customs took all ten bills, 350 what became of each bill."""

    async def test():
        async with manifests(tmp_path) as client:
            _, said = await answers(client, MANIFEST, 4)
            sets = [segments(one.body, "ST")[0][1] for one in said]
            assert sets == ["997", "355", "350", "350"]
            assert [one.kind for one in said] == ["technical", "business", "business", "business"]
            assert segments(said[0].body, "AK9") == [["AK9", "A", "1", "1", "1"]]
            assert segments(said[1].body, "K3") == [["K3", "BILLS REJECTED [0], BILLS ACCEPTED [10]"]]
            assert [one[7] for one in segments(said[2].body, "X4")] == ["69"] * 10
            assert [one[7] for one in segments(said[3].body, "X4")] == ["1C"] * 10
            for one in said[1:]:
                entry = readable(one.body)
                assert (entry.transport.carrier, entry.transport.voyage) == ("NVLN", "052E")
                assert entry.transport.unlading.code == "1303"
                assert segments(one.body, "ISA")[0][8].strip() == "NVLN"

    go(test())


def test_a_bill_that_customs_refuses_is_told_behind_its_segment(tmp_path):
    """The K1 of what customs refused stands behind the bill of the sender's own manifest."""

    async def test():
        async with manifests(tmp_path) as client:
            data = MANIFEST.replace(b"N1*SH*CERAMICA DO VALE LTDA~", b"N1*FW*CERAMICA DO VALE LTDA~", 1)
            plain, said = await answers(client, data, 2)
            assert plain["transactions"][0]["disposition"] == "rejected"
            last = said[-1]
            assert (segments(last.body, "ST")[0][1], last.disposition) == ("355", "rejected")
            assert [one[1] for one in segments(last.body, "M11")] == ["JOI260001"]
            names = [one[0] for one in segments(last.body, "LX", "M11", "K1", "K3")]
            assert names.index("K1") > names.index("M11")
            assert segments(last.body, "K1")[0][2] == "004"
            assert segments(last.body, "K3")[0][1] == "BILLS REJECTED [1], BILLS ACCEPTED [9]"

    go(test())


def test_a_partner_is_held_to_its_profile(tmp_path):
    """What the profile refuses is a 355 at the sender's own segment, and nothing goes to customs."""

    async def test():
        wrong = MANIFEST.replace(b"24500*K*28", b"24500*G*28", 1)
        async with manifests(tmp_path, ", profiles: [auto]") as client:
            plain, said = await answers(client, wrong, 2)
            assert plain["transactions"][0]["disposition"] == "rejected"
            assert [one["code"] for one in plain["findings"] if one["severity"] == "error"] == [
                "x12.309.004010/P4/LX/M11-06/profile/code"
            ]
            assert segments(said[0].body, "AK9")[0][1] == "A"
            told = segments(said[1].body, "LX", "M11", "K1", "K3")
            assert [one[0] for one in told] == ["LX", "M11", "K1", "K3"]
            assert (told[1][1], told[2][2]) == ("JOI260001", "021")
            assert told[3][1] == "BILLS REJECTED [1], BILLS ACCEPTED [9]"
            plain, said = await answers(client, MANIFEST.replace(b"000004101", b"000004199"), 2)
            assert plain["transactions"][0]["disposition"] == "accepted"

    go(test())


def test_answers_in_a_folder_find_their_manifest(tmp_path):
    """Without any number of ours, a 355 and a 350 from a folder belong to the manifest that they are about."""
    config = parse_config(
        f"store: {{path: {tmp_path}/g.sqlite}}\nkeys: {{folder: {tmp_path}/keys}}\nwork: {{processes: 0}}\n"
        "partners: {LOCAL: {anonymous: true, operator: true}}\n"
        "endpoints:\n"
        f"  cbp: {{format: x12, message: '309', transport: directory, address: '{tmp_path}/cbp',"
        " receiver: USCSTEST, messages: [x12/309], poll_seconds: 0.05}\n"
    )
    one = (FIXTURES / "x12" / "309" / "one-bill.edi").read_bytes()

    async def heard(client, answer, name, count):
        envelope = Envelope(sender="USCSTEST", receiver="NVLN", control=count, at="2026-11-25T12:00:00+00:00")
        read = FORMAT.read(one, load_tables().specs, Limits())
        said = FORMAT.acknowledge(read, answer, envelope, load_tables().specs)
        (tmp_path / "cbp" / "in").mkdir(parents=True, exist_ok=True)
        (tmp_path / "cbp" / "in" / name).write_bytes(said)
        async with asyncio.timeout(90):
            plain = await client.submission(client.filed)
            while len(plain["acknowledgements"]) < count:
                await asyncio.sleep(0.05)
                plain = await client.submission(client.filed)
        return plain

    async def test():
        gateway = await start_gateway(config, port=0)
        try:
            async with Client(gateway.url) as client:
                other = await client.submit(MANIFEST)
                client.filed = (await client.submit(one))["submission"]
                async with asyncio.timeout(90):
                    sent = []
                    while len(sent) < 2:
                        await asyncio.sleep(0.05)
                        sent = list((tmp_path / "cbp" / "out").glob("*"))
                plain = await heard(client, Answer(level=Level.CUSTOMS, accepted=True), "1.edi", 2)
                assert plain["transactions"][0]["disposition"] == "accepted"
                released = Disposition(code="1C", meaning="released", scope="bill", reference="JOI260231")
                answer = Answer(level=Level.CUSTOMS, accepted=True, dispositions=(released,))
                plain = await heard(client, answer, "2.edi", 3)
                assert [one["code"] for one in plain["transactions"][0]["dispositions"]] == ["02", "1C"]
                untouched = await client.submission(other["submission"])
                assert len(untouched["acknowledgements"]) == 1
        finally:
            await gateway.stop()

    go(test())


def test_a_profile_in_the_configuration_is_one_that_there_is():
    """A name that is not known is an error with its line."""
    assert parse_config("partners: {P: {profiles: [cbp_ocean, auto]}}").partners["P"].settings == {
        "profiles": "cbp_ocean auto"
    }
    with pytest.raises(ConfigError, match=r"c.yaml:2: .*there is no profile cbp_air; there are auto, "):
        parse_config("partners:\n  P: {profiles: [cbp_air]}\n", "c.yaml")


def test_a_call_may_name_profiles(tmp_path):
    """`?profile=` holds one validation to profiles; an unknown name is a problem that lists the known ones."""
    wrong = MANIFEST.replace(b"24500*K*28", b"24500*G*28", 1)
    kind = {"Content-Type": "application/edi-x12"}

    async def test():
        async with running(tmp_path) as gateway:
            for query, ok in (("", True), ("?profile=cbp_ocean", False), ("?profile=auto", False)):
                path = f"/v1/validations{query}"
                status, _, body = await gateway.call("POST", path, data=wrong, headers=kind)
                assert (status, json.loads(body)["ok"]) == (200, ok)
            status, _, body = await gateway.call(
                "POST", "/v1/validations?profile=cbp_air", data=wrong, headers=kind
            )
            assert status == 400
            assert "cbp_ocean" in json.loads(body)["detail"]

    go(test())
