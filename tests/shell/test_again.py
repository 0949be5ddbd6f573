"""Rejections against the simulator: what goes again by itself, and what waits for a person."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from pathlib import Path

import aiohttp
import pytest

from gateway.cli.outbox import register
from gateway.flow.again import DELETED
from gateway.shell.client import Client
from gateway.shell.clock import SystemClock
from gateway.shell.config_file import parse_config
from gateway.shell.ledger import Ledger
from gateway.shell.ledger_again import decided
from gateway.shell.ledger_flow import Ref, append
from gateway.shell.server import start_gateway
from gateway.shell.simulator import start_simulator
from tests.shell import stores
from tests.shell.summaries import OBJECT as SUMMARY
from tests.shell.summaries import RECORDS

pytestmark = pytest.mark.usefixtures("each_store")

FIXTURES = Path(__file__).parents[2] / "fixtures"
DECLARATION = (FIXTURES / "wco" / "DEC" / "us-consumption.xml").read_bytes()


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


@contextlib.asynccontextmanager
async def system(folder, endpoint="", *, again_seconds=0.4, clock=None):
    """Start a simulator and a gateway that files summaries with it; gives client, gateway and controls."""
    simulator = await start_simulator()
    config = parse_config(
        stores.setting(folder) + f"keys: {{folder: {folder}/keys}}\nwork: {{processes: 0}}\n"
        "partners: {LOCAL: {anonymous: true, operator: true}}\n"
        "endpoints:\n"
        f'  ace: {{format: catair, message: AE, address: "{simulator.url}", poll_seconds: 0.05, pause_seconds: 0.3,'
        f' envelope: {{site: "2704", filer: Q7Z, port: "2704", signature: X, surety: "891"}},'
        " retry: {first_seconds: 0.05, most_seconds: 0.2, answered_times_max: 2,"
        f" answered_seconds: {again_seconds}}}"
        f"{endpoint}}}\n"
    )
    gateway = await start_gateway(config, port=0, clock=clock)

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


def changed(action, **more):
    """Give the summary with another action, and a reference that makes its bytes its own."""
    plain = json.loads(SUMMARY)
    plain["filing"] |= {"action": action} | more
    if action == "cancel":
        plain = {name: plain[name] for name in ("number", "kind", "filing", "port")}
        plain["filing"] = {"action": "cancel"}
    return json.dumps(plain).encode()


async def filed(client, data, seconds=60):
    """File something and wait until it is settled."""
    answer = await client.submit(data)
    return await client.wait(answer["submission"], seconds)


async def stories(gateway, submission):
    """Give the names of what happened to a submission."""
    ask = "SELECT name FROM event WHERE submission = ? ORDER BY id"
    rows = await gateway.service.core.ledger.read(lambda one: one.execute(ask, (submission,)).fetchall())
    return [name for (name,) in rows]


async def until(true):
    """Wait until something is true."""
    async with asyncio.timeout(60):
        while not await true():  # noqa: ASYNC110 - there is nothing to hear of
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("code", ["ZZZ", "B55"])
def test_what_ace_did_not_do_is_filed_again(tmp_path, code):
    """A system failure or a summary in use is sent again with another number, and then accepted once."""

    async def test():
        async with system(tmp_path) as (client, gateway, control):
            await control({"do": "reject", "entry": "Q7Z00010429", "code": code})
            plain = await filed(client, SUMMARY)
            assert plain["state"] == "closed"
            (part,) = plain["transactions"]
            assert part["disposition"] == "accepted"
            assert [one["meaning"] for one in part["dispositions"]] == ["accepted"]
            assert [one["disposition"] for one in plain["acknowledgements"] if one["kind"] == "business"] == [
                "accepted"
            ]
            names = await stories(gateway, plain["id"])
            assert names.count("Deferred") == 1
            assert names.count("Sent") == 2
            assert gateway.service.core.counts["renewed"] == 1

    go(test())


class Moved(SystemClock):
    """A clock that a test moves on."""

    ahead = 0.0

    def seconds(self):
        """Give the time of the test."""
        return super().seconds() + self.ahead


def test_what_waits_to_go_again_holds_up_its_own_entry_alone(tmp_path):
    """Other entries of the filer pass; a later filing of the same entry goes out after what waits."""

    def summary(number, action="add"):
        plain = json.loads(SUMMARY)
        plain["number"] = number
        plain["filing"] |= {"local_reference": f"GW{number[-5:]}{action[:2].upper()}", "action": action}
        return json.dumps(plain).encode()

    async def test():
        clock = Moved()
        async with system(tmp_path, again_seconds=600, clock=clock) as (client, gateway, control):
            await control({"do": "reject", "entry": "Q7Z00010429", "code": "ZZZ"})
            first = (await client.submit(SUMMARY))["submission"]

            async def renewed():
                return gateway.service.core.counts["renewed"] == 1

            await until(renewed)
            later = (await client.submit(changed("replace", local_reference="GW0001RE")))["submission"]
            for number in ("Q7Z00010437", "Q7Z00010445"):
                plain = await filed(client, summary(number))
                assert plain["transactions"][0]["disposition"] == "accepted", plain
            assert (await client.submission(first))["state"] == "ready"
            assert (await client.submission(later))["state"] == "ready"
            clock.ahead = 601.0
            await filed(client, summary("Q7Z00010452"))
            for submission in (first, later):
                plain = await client.wait(submission, 60)
                assert plain["transactions"][0]["disposition"] == "accepted", plain
            ask = "SELECT submission FROM event WHERE name = 'Sent' ORDER BY id"
            sent = await gateway.service.core.ledger.read(lambda one: one.execute(ask).fetchall())
            assert [one for (one,) in sent if one in {first, later}] == [first, first, later]

    go(test())


def test_after_a_few_times_the_failure_is_reported(tmp_path):
    """The third system failure in a row is passed on as a rejection, and nothing waits for a person."""

    async def test():
        async with system(tmp_path) as (client, gateway, control):
            await control({"do": "reject", "entry": "Q7Z00010429", "code": "ZZZ", "times": 3})
            plain = await filed(client, SUMMARY)
            assert (await stories(gateway, plain["id"])).count("Deferred") == 2
            assert plain["state"] == "closed"
            assert plain["transactions"][0]["disposition"] == "rejected"
            assert "ZZZ" in [one["code"] for one in plain["transactions"][0]["dispositions"]]
            assert await client.parked() == []

    go(test())


def test_another_code_is_not_tried_again(tmp_path):
    """A first filing that is rejected for its content is passed on at once."""

    async def test():
        async with system(tmp_path) as (client, gateway, control):
            await control({"do": "reject", "entry": "Q7Z00010429", "code": "101"})
            plain = await filed(client, SUMMARY)
            assert plain["state"] == "closed"
            assert plain["transactions"][0]["disposition"] == "rejected"
            assert gateway.service.core.counts["renewed"] == 0
            assert await client.parked() == []

    go(test())


@pytest.mark.parametrize("code", ["101", "ZZZ"])
def test_a_rejected_replacement_is_a_dead_letter(tmp_path, code, capsys):
    """The sender has the rejection and why it matters; only a person's order files it again."""

    async def test():
        async with system(tmp_path) as (client, gateway, control):
            assert (await filed(client, SUMMARY))["transactions"][0]["disposition"] == "accepted"
            await control({"do": "reject", "entry": "Q7Z00010429", "code": code})
            replacement = changed("replace")
            plain = await filed(client, replacement)
            assert plain["state"] == "dead"
            assert plain["transactions"][0]["disposition"] == "rejected"
            (wait,) = plain["waits"]
            assert (wait["effect"], wait["state"]) == ("dead", "parked")
            assert "implicit delete" in wait["last_error"]
            answers = await client.acknowledgements(plain)
            said = json.loads(answers[-1].body)["acknowledgement"]
            assert said["accepted"] is False
            assert [one["code"] for one in said["findings"]][-1:] == ["catair.AE/10/replacement/rejected"]
            (row,) = await client.parked()
            assert row["entry_number"] == "Q7Z00010429"
            assert row["finding"]["code"] == "catair.AE/10/replacement/rejected"
            parser = argparse.ArgumentParser()
            register(parser.add_subparsers())
            args = parser.parse_args(["outbox", "list", "--to", gateway.url])
            assert await asyncio.to_thread(args.run, args) == 0
            printed = capsys.readouterr().out
            assert "entry Q7Z00010429" in printed
            assert "implicit delete" in printed
            assert "catair.AE/10/replacement/rejected; wanted: a person" in printed
            # The same again by a program of the sender is the same submission, not another attempt.
            again = await client.submit(replacement)
            assert again["submission"] == plain["id"]
            # Another entry goes out: a dead letter holds nobody up.
            other = json.loads(SUMMARY)
            other["number"] = "Q7Z00010437"
            other["filing"]["local_reference"] = "GW0009"
            assert (await filed(client, json.dumps(other).encode()))["state"] == "closed"
            assert gateway.service.core.counts["renewed"] == 0
            # A person orders it, and it is added: ACE had nothing on file any more.
            await client.order(plain["id"], "retry", "", 0)
            plain = await client.wait(plain["id"], 60)
            assert plain["state"] == "closed"
            assert plain["transactions"][0]["disposition"] == "accepted"
            wanted = "996" if code == "ZZZ" else "995"
            assert plain["transactions"][0]["dispositions"][-1]["code"] == wanted
            assert await client.parked() == []

    go(test())


@pytest.mark.parametrize(
    ("data", "words"),
    [(RECORDS.replace(b"10AQ7Z", b"10RQ7Z"), "E1 I998   {}"), (DECLARATION, "<Description>{}</Description>")],
    ids=["catair", "wco"],
)
def test_each_sender_hears_of_the_dead_letter_in_its_own_format(tmp_path, data, words):
    """AX and RES say beside the rejection that the summary is off the file and a person has to file it again."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            plain = await filed(client, SUMMARY)
            assert plain["transactions"][0]["disposition"] == "accepted"
            await control({"do": "reject", "entry": "Q7Z00010429", "code": "101"})
            plain = await filed(client, data)
            assert plain["state"] == "dead", plain
            answers = await client.acknowledgements(plain)
            for said in DELETED:
                assert words.format(said) in answers[-1].body.decode()

    go(test())


def test_a_person_may_leave_it(tmp_path):
    """A dead letter that is given up closes its submission, and the sender is told nothing twice."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            await filed(client, SUMMARY)
            await control({"do": "reject", "entry": "Q7Z00010429", "code": "101"})
            plain = await filed(client, changed("replace"))
            answered = len(plain["acknowledgements"])
            await client.order(plain["id"], "skip", "filed by hand", 0)
            plain = await client.submission(plain["id"])
            assert plain["state"] == "closed"
            assert plain["transactions"][0]["disposition"] == "rejected"
            assert len(plain["acknowledgements"]) == answered
            assert await client.parked() == []

    go(test())


def test_a_deletion_without_an_answer_waits_for_a_person(tmp_path):
    """A deletion is not sent twice by itself; the same order for an addition needs nobody."""

    async def test():
        async with system(tmp_path, ", answer_seconds_max: 0.5") as (client, gateway, control):
            await filed(client, SUMMARY)
            await control({"do": "drop"})
            submission = (await client.submit(changed("cancel")))["submission"]

            async def parked():
                return (await client.submission(submission))["state"] == "parked"

            await until(parked)
            (row,) = await client.parked()
            assert row["finding"]["code"] == "catair.AE/10/deletion/unanswered"
            names = await stories(gateway, submission)
            assert names.count("Sent") == 1
            await client.order(submission, "skip", "deleted, as a query says", 0)
            plain = await client.wait(submission, 60)
            assert plain["state"] == "closed"
            assert await client.parked() == []

    go(test())


@pytest.mark.parametrize("overtaken", [False, True])
def test_answers_that_overtake_each_other_end_in_the_same_state(tmp_path, overtaken):
    """CBP rejects an accepted summary later: rejected is where it ends, whichever answer came first."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            if overtaken:
                await control({"do": "overtake"})
            submission = (await client.submit(changed("add", local_reference="SIMUCR1")))["submission"]
            await control({"do": "advance", "seconds": 86400})

            async def heard():
                plain = await client.submission(submission)
                said = [one["meaning"] for one in plain["transactions"][0]["dispositions"]]
                business = [one for one in plain["acknowledgements"] if one["kind"] == "business"]
                return {"accepted", "rejected"} <= set(said) and len(business) >= len(set(said))

            await until(heard)
            plain = await client.wait(submission, 60)
            (part,) = plain["transactions"]
            meanings = [one["meaning"] for one in part["dispositions"]]
            assert (meanings.index("accepted") > 0) is overtaken
            assert part["disposition"] == "rejected"

    go(test())


def test_a_replacement_of_what_cbp_rejected_deletes_nothing(tmp_path):
    """A summary that CBP has rejected is in its hands: when its replacement fails it stays, and nobody is asked."""

    async def test():
        async with system(tmp_path) as (client, _, control):
            first = await filed(client, changed("add", local_reference="SIMUCR1"))
            await control({"do": "advance", "seconds": 86400})

            async def rejected():
                plain = await client.submission(first["id"])
                return plain["transactions"][0]["disposition"] == "rejected"

            await until(rejected)
            await control({"do": "reject", "entry": "Q7Z00010429", "code": "101"})
            plain = await filed(client, changed("replace", local_reference="SIMUCR1"))
            assert plain["state"] == "closed"
            assert plain["transactions"][0]["disposition"] == "rejected"
            assert await client.parked() == []
            entry = await client.entry("Q7Z00010429")
            assert entry["states"]["summary"]["on_file"] == "cbp-control"

    go(test())


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_notices_of_one_day_the_later_word_decides(tmp_path, turned):
    """A correction that was reverted follows its rejection, whichever notice of the day came first."""
    notices = [
        {"code": "4", "meaning": "rejected", "at": "2026-01-20T00:00:00Z"},
        {"code": "R", "meaning": "correction-reverted", "at": "2026-01-20T00:00:00Z"},
    ]

    def heard(tx):
        ref = Ref("01M892G0WECT881TJWC8MHF1ZX", 0, "LOCAL")
        for said in notices[::-1] if turned else notices:
            note = {"accepted": said["meaning"] != "rejected", "message": "catair/UC", "dispositions": [said]}
            append(tx, ref, "Answered", "answered", "2026-01-21T00:00:00Z", note)
        return decided(tx, ref)

    async def test():
        ledger = Ledger(stores.store(tmp_path), SystemClock())
        await ledger.open()
        assert await ledger.write(heard) == "accepted"
        await ledger.close()

    go(test())
