"""AS2 out of the running service: answers and endpoints by AS2, receipts that hold and forged ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from gateway.shell.as2_partners import Partnerships
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.signing import Purpose, generate
from gateway.signing.as2 import mic
from gateway.signing.as2mdn import Unsupported
from gateway.signing.certificates import self_signed
from gateway.signing.mime import Entity
from gateway.signing.smime import Failure
from tests.shell.as2_partner import DECRYPT, NAME, SIGN, STRANGER, Partner, as2_settings, until
from tests.shell.running import entry, running
from tests.shell.test_as2 import both, go


async def messages(gateway, state=""):
    """List what goes out."""
    return (await gateway.get(f"/v1/as2/messages?state={state}"))["messages"]


async def in_state(gateway, state, count=1, seconds=90):
    """Wait until so many messages are in a state."""
    async with asyncio.timeout(seconds):
        while len(found := await messages(gateway, state)) < count:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)
    return found


def test_answers_go_to_the_partner_in_their_order_and_its_receipts_end_the_wait(tmp_path) -> None:
    """Technical and business answer arrive signed and encrypted, as they are stored; each is receipted once."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            await partner.delivered(gateway, entry())
            sent = await in_state(gateway, "done", 2)
            assert len(partner.messages) == 2
            shown = await gateway.get(f"/v1/submissions/{sent[0]['submission']}")
            stored = [(await gateway.call("GET", one["href"]))[2] for one in shown["acknowledgements"]]
            assert [opened.payload for _, opened, _, _ in partner.messages] == stored
            for asked, opened, _, _ in partner.messages:
                assert opened.layers == ("encrypted", "signed")
                assert opened.findings == ()
                assert asked.signed_mdn
            held = receipts(tmp_path)
            assert [(row["holds"], row["message"]) for row in held] == [
                (1, asked.message_id) for asked, _, _, _ in partner.messages
            ]

    go(test())


def receipts(folder):
    """Read the receipts that were kept, in order."""
    with contextlib.closing(sqlite3.connect(folder / "g.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        return list(connection.execute("SELECT * FROM as2_receipt ORDER BY id"))


def test_what_was_answered_before_as2_was_there_is_not_sent(tmp_path) -> None:
    """A store with answers of earlier days sends only those that come from now on."""

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
        async with both(tmp_path) as (gateway, partner):
            await partner.delivered(gateway, entry("Q7Z00010437"))
            await in_state(gateway, "done", 2)
            await asyncio.sleep(0.1)
            assert len(partner.messages) == 2

    go(test())


def test_a_message_is_sent_again_as_the_same_bytes_until_it_is_taken(tmp_path) -> None:
    """After a lost connection, 503 and 429 the same Message-ID and bytes come again; a restart changes nothing."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            seen = []
            partner.statuses = [0, 503, 429, 200, 503, 503]

            def takes(asked, opened):
                seen.append(asked.message_id)
                return partner.receipt_for(asked, opened)

            partner.answer_with = takes
            await partner.delivered(gateway, entry())
            await in_state(gateway, "done", 2)
            assert partner.posted == 7
            assert len(set(seen)) == len(seen) == 2
            rows = await messages(gateway)
            assert {row["message_id"] for row in rows} == set(seen)

    go(test())


def test_a_restart_sends_what_was_left_as_it_was_made(tmp_path) -> None:
    """A message that nobody took goes out from the next process with the same id and bytes."""

    async def test():
        partner = await Partner().start()
        wire = []
        try:
            async with gateway_of(tmp_path, partner) as gateway:
                partner.statuses = [503] * 1000
                await partner.delivered(gateway, entry())
                left = await in_state(gateway, "ready", 2)
            partner.statuses = []
            async with gateway_of(tmp_path, partner) as gateway:
                await in_state(gateway, "done", 2)
                wire = [asked.message_id for asked, _, _, _ in partner.messages]
            assert sorted(wire) == sorted(row["message_id"] for row in left)
        finally:
            await partner.stop()

    go(test())


@contextlib.asynccontextmanager
async def gateway_of(folder, partner, more="", **kwargs):
    """Start a gateway for a partner that stays."""
    from tests.shell.as2_partner import partner_settings

    async with running(folder, partner_settings(folder, partner, more), **kwargs) as gateway:
        await partner.meet(gateway)
        yield gateway


def unsigned(partner, asked, opened):
    """No signature at all."""
    return partner.receipt_for(asked, opened, key=None)


def second_report(partner, asked, opened):
    """A refusal that is signed, and behind it an unsigned report that says yes."""
    refusal = partner.receipt_for(asked, opened, outcome=Failure.PROCESSING)
    yes = partner.receipt_for(asked, opened, key=None)
    kind = refusal.headers["Content-Type"]
    mark = re.search('boundary="([^"]+)"', kind)[1].encode()
    more = b"Content-Type: " + yes.headers["Content-Type"].encode() + b"\r\n\r\n" + yes.body
    return Entity(
        refusal.headers,
        refusal.body.replace(b"--" + mark + b"--", b"--" + mark + b"\r\n" + more + b"\r\n--" + mark + b"--"),
    )


def wrapped(partner, asked, opened):
    """A receipt that holds, inside an unsigned report that says more."""
    inner = partner.receipt_for(asked, opened)
    body = (
        b"--w\r\nContent-Type: text/plain\r\n\r\nsee within\r\n--w\r\nContent-Type: "
        + inner.headers["Content-Type"].encode() + b"\r\n\r\n" + inner.body + b"\r\n--w--\r\n"
    )  # fmt: skip
    kind = 'multipart/report; report-type=disposition-notification; boundary="w"'
    return Entity({**inner.headers, "Content-Type": kind}, body)


def no_signer(partner, asked, opened):
    """The form of a signature with nobody in it."""
    good = partner.receipt_for(asked, opened)
    from gateway.signing import der
    from gateway.signing.mime import write_base64

    empty = der.sequence(
        der.oid("1.2.840.113549.1.7.2"),
        der.tlv(
            0xA0,
            der.sequence(
                der.integer(1), der.set_of(), der.sequence(der.oid("1.2.840.113549.1.7.1")), der.set_of()
            ),
        ),
    )
    start = good.body.index(b'filename="smime.p7s"\r\n\r\n') + len(b'filename="smime.p7s"\r\n\r\n')
    end = good.body.index(b"\r\n--", start)
    return Entity(good.headers, good.body[:start] + write_base64(empty).rstrip() + good.body[end:])


FORGED = {
    "unsigned": unsigned,
    "no signer": no_signer,
    "unsigned second report": second_report,
    "wrapped": wrapped,
    "missing MIC": lambda p, a, o: p.receipt_for(a, o, mic=""),
    "wrong MIC": lambda p, a, o: p.receipt_for(a, o, mic=mic(b"other")),
    "another's MIC algorithm": lambda p, a, o: p.receipt_for(a, o, mic=mic(o.mic_input, "sha-512")),
    "for another message": lambda p, a, o: p.receipt_for(a, o, original="<other@gateway.local>"),
    "unknown key": lambda p, a, o: p.receipt_for(a, o, key=STRANGER),
    "changed": lambda p, a, o: Entity(
        (r := p.receipt_for(a, o)).headers, r.body.replace(b"; processed", b"; failed")
    ),
    "not a receipt": lambda p, a, o: Entity({"Content-Type": "text/plain"}, b"OK"),
    "nothing": lambda p, a, o: None,
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_receipt_is_kept_and_ends_nothing(tmp_path, name) -> None:
    """A receipt that proves nothing does not end the wait; the message goes again, and one that holds ends it."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            seen = []

            def forges(asked, opened):
                seen.append(asked.message_id)
                good = len(seen) > 2
                return partner.receipt_for(asked, opened) if good else FORGED[name](partner, asked, opened)

            partner.answer_with = forges
            await partner.delivered(gateway, entry())
            await in_state(gateway, "done", 2)
            kept = receipts(tmp_path)
            assert [row["holds"] for row in kept] == [0, 0, 1, 1]
            assert all(json.loads(row["findings"]) for row in kept[:2])
            assert len(set(seen)) == 2

    go(test())


def test_a_receipt_of_an_expired_certificate_proves_nothing(tmp_path) -> None:
    """What a pinned certificate signs after its last day is refused."""
    day = datetime.now(UTC)
    old = self_signed(generate(Purpose.CMS), "PARTNER", 7, day - timedelta(days=400), day - timedelta(days=1))
    (tmp_path / "old.pem").write_bytes(old.certificates)

    async def test():
        async with both(tmp_path) as (gateway, partner):
            assert partner.ours is None
        partner = await Partner().start()
        settings = as2_settings(tmp_path, partner).replace("/sign.pem]", f"/sign.pem, {tmp_path}/old.pem]")
        extra = f"partners:\n  LOCAL: {{anonymous: true, operator: true}}\n  BROKER01: {{as2: {settings}}}\n"
        try:
            async with running(tmp_path, extra) as gateway:
                await partner.meet(gateway)
                partner.answer_with = lambda a, o: partner.receipt_for(a, o, key=old)
                await partner.delivered(gateway, entry())
                await until(lambda: len(receipts(tmp_path)) >= 1)
                assert {row["holds"] for row in receipts(tmp_path)} == {0}
                assert await messages(gateway, "done") == []
        finally:
            await partner.stop()

    go(test())


@pytest.mark.parametrize("outcome", [Failure.AUTHENTICATION, Failure.DECRYPTION, Unsupported.FORMAT])
def test_a_signed_no_waits_for_a_person(tmp_path, outcome) -> None:
    """A signed refusal parks the message and shows in troubles and metrics; an order sends the same again."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            partner.answer_with = lambda a, o: partner.receipt_for(a, o, outcome=outcome)
            await partner.delivered(gateway, entry())
            parked = await in_state(gateway, "parked", 2)
            assert str(outcome) in parked[0]["last_error"]
            assert any("as2" in name for name in (await gateway.get("/readyz"))["troubles"])
            _, _, text = await gateway.call("GET", "/metrics")
            assert b'gateway_as2_out{state="parked"} 2' in text
            partner.answer_with = partner.receipt_for
            for row, action in zip(parked, ("retry", "skip"), strict=True):
                number = row["message_id"][1:].partition("@")[0]
                place = f"/v1/as2/messages/{number}/orders"
                status, _, _ = await gateway.post(json.dumps({"do": action}).encode(), path=place)
                assert status == 202
                status, _, _ = await gateway.post(json.dumps({"do": "later"}).encode(), path=place)
                assert status == 400
            await in_state(gateway, "done", 2)
            assert [asked.message_id for asked, _, _, _ in partner.messages].count(
                parked[0]["message_id"]
            ) == 2

    go(test())


def test_an_order_for_nothing_is_404(tmp_path) -> None:
    """Only what is parked takes orders."""

    async def test():
        async with both(tmp_path) as (gateway, _):
            for number in ("01M89543N2MWPP5GZQDSWX2Y16", "x"):
                status, _, _ = await gateway.post(
                    b'{"do": "retry"}', path=f"/v1/as2/messages/{number}/orders"
                )
                assert status == 404
            assert (await gateway.call("GET", "/v1/as2/messages?state=lost"))[0] == 400

    go(test())


def test_a_plain_400_waits_for_a_person(tmp_path) -> None:
    """An answer below 500 that is no matter of time parks the message at once."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            partner.statuses = [403, 301]
            await partner.delivered(gateway, entry())
            parked = await in_state(gateway, "parked", 2)
            assert {row["last_error"] for row in parked} == {"answered 403", "answered 301"}

    go(test())


def test_an_asynchronous_receipt_ends_the_wait_and_a_forged_one_does_not(tmp_path) -> None:
    """Forged, repeated and foreign receipts are refused or change nothing; the right one ends the wait."""

    async def test():
        async with both(tmp_path, ", receipt: async") as (gateway, partner):
            partner.answer_with = lambda *_: None
            await partner.delivered(gateway, entry())
            await in_state(gateway, "waiting", 2)
            (first, opened, _, _), (second, _, _, _) = partner.messages
            assert first.async_url == f"{gateway.gateway.url}/v1/as2"

            async def given(receipt):
                status, _, body = await gateway.call(
                    "POST", "/v1/as2", data=receipt.body, headers=dict(receipt.headers)
                )
                return status, body

            for name in ("unsigned", "no signer", "missing MIC", "wrong MIC", "for another message", "unknown key",
                         "changed", "wrapped", "unsigned second report"):  # fmt: skip
                status, body = await given(FORGED[name](partner, first, opened))
                assert status == 422, (name, body)
            # The receipt of the first under the name of the second: its MIC is another's.
            assert (await given(partner.receipt_for(second, opened)))[0] == 422
            assert len(await messages(gateway, "waiting")) == 2
            right = partner.receipt_for(first, opened)
            assert (await given(right))[0] == 200
            assert len(await messages(gateway, "done")) == 1
            count = len(receipts(tmp_path))
            assert (await given(right))[0] == 200, "it says nothing new"
            assert len(receipts(tmp_path)) == count
            stranger = Entity({**right.headers, "AS2-From": "NOBODY"}, right.body)
            assert (await given(stranger))[0] == 403

    go(test())


def test_a_receipt_that_does_not_come_in_time_has_the_message_sent_again(tmp_path) -> None:
    """With asynchronous receipts the same message goes again after the agreed time."""

    async def test():
        async with both(tmp_path, ", receipt: async, receipt_seconds_max: 0.1") as (gateway, partner):
            partner.answer_with = lambda *_: None
            await partner.delivered(gateway, entry())
            await until(lambda: len(partner.messages) >= 6)
            assert len({asked.message_id for asked, _, _, _ in partner.messages}) == 2
            bodies = {asked.message_id: set() for asked, _, _, _ in partner.messages}
            for asked, _, _, body in partner.messages:
                bodies[asked.message_id].add(body)
            assert [len(one) for one in bodies.values()] == [1, 1]

    go(test())


# Endpoints


def endpoint_settings(folder, partner, more=""):
    """Give a configuration whose only endpoint is reached by AS2."""
    return (
        "partners: {LOCAL: {anonymous: true, operator: true}}\n"
        f"signing: {{responses: true}}\nendpoints:\n  customs: {{format: json, message: entry, transport: as2,"
        f" address: {partner.url}, poll_seconds: 0.05, answer_seconds_max: 30,"
        f" retry: {{first_seconds: 0.05, most_seconds: 0.2}}, as2: {as2_settings(folder, partner, more)}}}\n"
    )


@contextlib.asynccontextmanager
async def customs(folder, more=""):
    """Start a gateway whose endpoint is an AS2 partner."""
    from gateway.shell.server import start_gateway
    from tests.shell.running import Running

    partner = await Partner().start()
    text = endpoint_settings(folder, partner, more)
    text += f"store: {{path: {folder}/g.sqlite}}\nkeys: {{folder: {folder}/keys}}\nwork: {{processes: 0}}\n"
    try:
        gateway = await start_gateway(parse_config(text), port=0)
        try:
            async with aiohttp.ClientSession(auto_decompress=False) as session:
                running_ = Running(gateway, None, session)
                await partner.meet(running_)
                yield running_, partner
        finally:
            await gateway.stop()
    finally:
        await partner.stop()


def decision(data, meaning="accepted"):
    """Give what customs says of an entry."""
    number = json.loads(data)["number"]
    return json.dumps({"number": number, "statuses": [{"code": "02", "meaning": meaning}]}).encode()


@pytest.mark.parametrize("receipt", ["sync", "async"])
def test_an_endpoint_is_reached_by_as2_and_answers_by_as2(tmp_path, receipt) -> None:
    """The entry goes out as a message whose receipt holds; the answer comes as a message and is passed on."""

    async def test():
        async with customs(tmp_path, f", receipt: {receipt}") as (gateway, partner):
            waiting = []

            def answers(asked, opened):
                made = partner.receipt_for(asked, opened)
                if receipt == "sync":
                    return made
                waiting.append(
                    asyncio.create_task(
                        gateway.call("POST", "/v1/as2", data=made.body, headers=dict(made.headers))
                    )
                )
                return None

            partner.answer_with = answers
            submission = await gateway.submit(entry())
            await gateway.closed(submission, "waiting")
            ((asked, opened, _, _),) = partner.messages
            assert json.loads(opened.payload)["number"] == "Q7Z00010429"
            assert opened.layers == ("encrypted", "signed")
            status, _, _ = await partner.delivered(gateway, decision(opened.payload))
            assert status == 200
            shown = await gateway.closed(submission)
            assert shown["transactions"][0]["disposition"] == "accepted"
            assert [row["state"] for row in await messages(gateway)] == ["done"]
            assert asked.message_id.endswith("@gateway.local>")
            for task in waiting:
                assert (await task)[0] == 200

    go(test())


def test_an_answer_that_comes_twice_is_heard_once(tmp_path) -> None:
    """A copy of the endpoint's message gets the first receipt, and the entry is answered once."""

    async def test():
        async with customs(tmp_path) as (gateway, partner):
            submission = await gateway.submit(entry())
            await gateway.closed(submission, "waiting")
            headers, body, _ = partner.message(decision(entry()))
            first = await partner.send(gateway, headers, body)
            assert (await partner.send(gateway, headers, body))[2] == first[2]
            shown = await gateway.closed(submission)
            assert len((await gateway.get(f"/v1/submissions/{submission}/answers"))["answers"]) == 1
            assert [one["kind"] for one in shown["acknowledgements"]].count("business") == 1

    go(test())


def test_a_lane_sends_the_same_message_again(tmp_path) -> None:
    """A lost connection and a receipt that does not hold make the lane send the same Message-ID again."""

    async def test():
        async with customs(tmp_path) as (gateway, partner):
            partner.statuses = [0, 503]
            turns = []

            def answers(asked, opened):
                turns.append(asked.message_id)
                return (
                    partner.receipt_for(asked, opened, mic=mic(b"other"))
                    if len(turns) == 1
                    else partner.receipt_for(asked, opened)
                )

            partner.answer_with = answers
            await gateway.closed(await gateway.submit(entry()), "waiting")
            assert len(turns) == 2
            assert len(set(turns)) == 1

    go(test())


def test_a_signed_no_parks_the_lane_until_a_person_decides(tmp_path) -> None:
    """The endpoint's refusal parks the transmission; after the order the same message goes again."""

    async def test():
        async with customs(tmp_path) as (gateway, partner):
            partner.answer_with = lambda a, o: partner.receipt_for(a, o, outcome=Failure.AUTHENTICATION)
            submission = await gateway.submit(entry())
            shown = await gateway.closed(submission, "parked")
            assert "authentication-failed" in shown["waits"][0]["last_error"]
            partner.answer_with = partner.receipt_for
            order = f"/v1/submissions/{submission}/orders"
            assert (await gateway.post(b'{"do": "retry"}', path=order))[0] == 202
            await gateway.closed(submission, "waiting")
            assert len({asked.message_id for asked, _, _, _ in partner.messages}) == 1

    go(test())


BAD_SETTINGS = {
    "a name twice": "partners: {A: {as2: {name: X, requires: []}}, B: {as2: {name: X, requires: []}}}",
    "no certificates": "partners: {A: {as2: {name: X}}}",
    "transport without partnership": "endpoints: {a: {transport: as2, address: 'http://x/'}}",
    "a password in clear": "endpoints: {a: {transport: as2, address: 'http://x/', password: {env: P},"
    " as2: {name: X, requires: [], cipher: none}}}",
    "no address": "partners: {A: {as2: {name: X, requires: [], url: 'ftp://x/'}}}",
}


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_partnership_that_cannot_work_is_an_error_at_start(name) -> None:
    """Each is a `ConfigError` with its reason."""
    with pytest.raises(ConfigError):
        parse_config(BAD_SETTINGS[name])


def test_certificates_that_are_none_are_errors_at_start(tmp_path) -> None:
    """A bare key, a missing file and an EC certificate to encrypt for are refused."""
    (tmp_path / "bare.pem").write_bytes(SIGN.public_pem())
    ec = self_signed(
        generate(Purpose.CMS, algorithm="ES256"), "X", 1, datetime.now(UTC), datetime(2040, 1, 1, tzinfo=UTC)
    )
    (tmp_path / "ec.pem").write_bytes(ec.certificates)
    for file, more in (("bare.pem", ""), ("none.pem", ""), ("ec.pem", ", url: 'https://x/'")):
        text = f'partners: {{A: {{as2: {{name: "{NAME}", certificates: [{tmp_path}/{file}]{more}}}}}}}'
        with pytest.raises(ConfigError):
            Partnerships(parse_config(text))
    (tmp_path / "both.pem").write_bytes(SIGN.certificates + DECRYPT.certificates)
    found = Partnerships(
        parse_config(f"partners: {{A: {{as2: {{name: X, certificates: [{tmp_path}/both.pem]}}}}}}")
    )
    assert len(found.find("X", "GATEWAY").pinned) == 2
