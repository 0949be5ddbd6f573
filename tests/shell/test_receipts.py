"""The receipts of the service prove the decision: by digest, and never more than was decided."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from pathlib import Path

import pytest

from gateway.shell.evidence import software, tables
from gateway.signing import Attests, Content, KeyRing, digest, read_receipt, verify_receipt
from tests.shell.ace import FakeAce
from tests.shell.running import entry, running

FIXTURES = Path(__file__).parents[2] / "fixtures"


BAD = (FIXTURES / "json" / "bad" / "check_digit.json").read_bytes()


async def said(gateway, submission):
    """Give the receipts of a submission, verified, with the acknowledgements' bytes."""
    plain = await gateway.closed(submission)
    ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
    found = []
    for one in plain["acknowledgements"]:
        _, _, body = await gateway.call("GET", one["href"])
        verdict = verify_receipt(one["receipt"], ring, None, body)
        assert verdict.reasons == ()
        found.append(read_receipt(verdict.content))
    return plain, found


def test_a_customs_decision_is_proved_with_all_that_led_to_it(tmp_path) -> None:
    """The receipt names input, entry, findings, answer, tables and numbers; each digest is of what is served."""

    async def run():
        async with running(tmp_path) as gateway:
            data = entry()
            submission = await gateway.submit(data)
            plain, receipts = await said(gateway, submission)
            technical, business = receipts
            place = f"/v1/submissions/{submission}"
            _, _, kept = await gateway.call("GET", f"{place}/entry")
            _, _, findings = await gateway.call("GET", f"{place}/findings")
            assert json.loads(findings) == plain["findings"]
            for one in receipts:
                assert one.submission == submission
                assert one.content == Content.of(data)
                assert one.entry == digest(kept)
                assert one.findings == Content(len(plain["findings"]), digest(findings))
                assert one.software == software()
                assert one.specs[-1] == tables()
                assert one.received_at <= one.at
                assert one.interchange["format"] == "json"
            assert (technical.kind, technical.attests, technical.disposition) == (
                "technical",
                "syntax",
                "accepted",
            )
            assert (business.kind, business.attests, business.disposition) == (
                "business",
                "customs",
                "accepted",
            )
            assert business.specs[:-1] == ("json/entry/1", "json/entry/1")[: len(business.specs) - 1]

    asyncio.run(run())


def test_our_own_refusal_is_no_word_of_customs(tmp_path) -> None:
    """An entry that breaks a rule is refused at the level of processing; customs is not named."""

    async def run():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(BAD)
            plain, receipts = await said(gateway, submission)
            assert gateway.ace.sent == []
            assert plain["findings"]
            refused = receipts[-1]
            assert (refused.kind, refused.attests, refused.disposition) == (
                "business",
                Attests.ACCEPTED,
                "rejected",
            )
            assert refused.findings.length == len(plain["findings"]) > 0
            assert refused.entry is not None

    asyncio.run(run())


def test_what_cannot_be_read_attests_syntax_alone(tmp_path) -> None:
    """A receipt about unreadable bytes says so at the level of syntax, and names no entry."""

    async def run():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(b'{"number": ')
            _, receipts = await said(gateway, submission)
            assert [(one.kind, one.attests, one.disposition) for one in receipts] == [
                ("technical", "syntax", "rejected")
            ]
            assert receipts[0].entry is None

    asyncio.run(run())


@pytest.mark.parametrize(
    ("meaning", "outcome"), [("hold", "pending"), ("release", "accepted"), ("rejected", "rejected")]
)
def test_an_open_decision_is_pending(tmp_path, meaning, outcome) -> None:
    """The outcome is what customs said: accepted, rejected, or still open."""

    async def run():
        ace = await FakeAce().start()
        ace.meaning = meaning
        try:
            async with running(tmp_path, ace=ace) as gateway:
                _, receipts = await said(gateway, await gateway.submit(entry()))
                assert (receipts[-1].attests, receipts[-1].disposition) == ("customs", outcome)
        finally:
            await ace.stop()

    asyncio.run(run())


def test_a_skipped_transmission_is_our_refusal(tmp_path) -> None:
    """What an operator gives up is refused by us, not by customs."""

    async def run():
        ace = await FakeAce().start()
        ace.statuses = [400]
        try:
            async with running(tmp_path, ace=ace) as gateway:
                submission = await gateway.submit(entry())
                await gateway.closed(submission, "parked")
                order = {"do": "skip", "reason": "filed by hand"}
                status, _, _ = await gateway.post(
                    json.dumps(order), path=f"/v1/submissions/{submission}/orders"
                )
                assert status == 202
                _, receipts = await said(gateway, submission)
                assert (receipts[-1].attests, receipts[-1].disposition) == ("accepted", "rejected")
        finally:
            await ace.stop()

    asyncio.run(run())


def test_control_numbers_of_interchange_and_transaction_stand_in_the_receipt(tmp_path) -> None:
    """A receipt of an X12 answer names sender, receiver, ISA13, and ST02 where it is about one transaction."""

    async def run():
        data = (FIXTURES / "x12" / "309" / "one-bill.edi").read_bytes()
        async with running(tmp_path, endpoint=", messages: [json/entry]") as gateway:
            status, _, plain = await gateway.post(data, {"Content-Type": "application/edi-x12"})
            assert status == 202
            _, receipts = await said(gateway, plain["submission"])
            assert (receipts[-1].attests, receipts[-1].disposition) == ("accepted", "rejected")
            named = receipts[-1].interchange
            isa = data.split(b"*")
            assert named["control"] == isa[13].decode()
            assert named["transaction"] == data.split(b"ST*309*")[1][:4].decode()
            assert receipts[0].specs[0].startswith("x12/309/")
            assert base64.b64encode(hashlib.sha256(data).digest()).decode() in receipts[0].content.digest

    asyncio.run(run())
