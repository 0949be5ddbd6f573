"""AS2 into the running service: every combination of layers, receipts that prove, copies, forgeries."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json

import pytest

from gateway.shell import as2_ledger_in
from gateway.signing import KeyRing, digest, read_receipt, verify_receipt
from gateway.signing.smime import Compression
from tests.shell.as2_partner import NAME, STRANGER, Partner, partner_settings, until
from tests.shell.running import entry, running


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


@contextlib.asynccontextmanager
async def both(folder, more="", extra=""):
    """Start a partner and a gateway that know each other."""
    partner = await Partner().start()
    try:
        async with running(folder, partner_settings(folder, partner, more) + extra) as gateway:
            await partner.meet(gateway)
            yield gateway, partner
    finally:
        await partner.stop()


async def listed(gateway):
    """Give the submissions of the partner, newest first."""
    return (await gateway.get("/v1/submissions?partner=BROKER01"))["submissions"]


ANY_LAYERS = ", requires: []"
COMBINATIONS = [
    (sign, encrypt, compression)
    for sign in (True, False)
    for encrypt in ("aes128-cbc", "aes256-gcm", "")
    for compression in Compression
]


def test_every_combination_of_layers_is_taken_and_its_receipt_holds(tmp_path) -> None:
    """Signed or not, encrypted or not, compressed inside or outside: stored, and the MIC is the sender's."""

    async def test():
        async with both(tmp_path, ANY_LAYERS) as (gateway, partner):
            for number, (sign, cipher, compression) in enumerate(COMBINATIONS):
                data = entry(f"Q7Z0001{number:04}")
                how = {"compression": compression, "encrypt": bool(cipher), "cipher": cipher or None}
                if not sign:
                    how["sign"] = None
                await partner.delivered(gateway, data, **how)
                assert (await listed(gateway))[0]["digest"]
                newest = (await listed(gateway))[0]["id"]
                _, _, source = await gateway.call("GET", f"/v1/submissions/{newest}/source")
                assert source == data
            assert len(await listed(gateway)) == len(COMBINATIONS)

    go(test())


def test_the_receipt_of_an_as2_submission_names_message_mic_and_payload(tmp_path) -> None:
    """The receipt's content is the HTTP body; MIC, payload, signer and Message-ID stand beside it."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            data = entry()
            headers, body, stated = partner.message(data, message_id="<m1@partner.example>")
            status, found, mdn = await partner.send(gateway, headers, body)
            assert status == 200
            assert found["Content-Type"].startswith("multipart/signed")
            assert found["AS2-From"] == "GATEWAY"
            assert found["AS2-To"] == f'"{NAME}"'
            (row,) = await listed(gateway)
            assert row["id"].encode() in mdn
            shown = await gateway.closed(row["id"])
            assert shown["transactions"][0]["disposition"] == "accepted"
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            verdict = verify_receipt(shown["receipt"], ring, body)
            assert verdict.reasons == ()
            said = read_receipt(verdict.content)
            assert said.content.digest == digest(body)
            assert said.via["transport"] == "as2"
            assert (said.via["key"], said.via["from"]) == ("<m1@partner.example>", NAME)
            assert (said.via["mic"], said.via["payload"]) == (stated, digest(data))
            assert said.via["layers"] == "encrypted signed"
            assert verify_receipt(shown["receipt"], ring, data).ok, "what was inside is proved too"
            assert not verify_receipt(shown["receipt"], ring, data + b" ").ok
            _, kind, raw = await gateway.call("GET", f"/v1/submissions/{row['id']}/source?raw")
            assert raw == body
            assert "pkcs7-mime" in kind["Content-Type"]

    go(test())


def test_a_copy_gets_the_first_receipt_again(tmp_path) -> None:
    """The same Message-ID and bytes give the same receipt, byte for byte, and no second submission."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry())
            first = await partner.send(gateway, headers, body)
            answers = await asyncio.gather(*(partner.send(gateway, headers, body) for _ in range(10)))
            assert {answer[2] for answer in answers} == {first[2]}
            assert {answer[1]["Message-ID"] for answer in answers} == {first[1]["Message-ID"]}
            assert len(await listed(gateway)) == 1

    go(test())


def test_copies_that_come_at_once_are_one_submission(tmp_path) -> None:
    """Ten copies before the first is answered: one submission, ten equal receipts."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry())
            answers = await asyncio.gather(*(partner.send(gateway, headers, body) for _ in range(10)))
            assert [answer[0] for answer in answers] == [200] * 10
            assert len({answer[2] for answer in answers}) == 1
            assert len(await listed(gateway)) == 1

    go(test())


def test_a_resend_that_was_encrypted_anew_is_a_copy(tmp_path) -> None:
    """The same Message-ID with the same content under another key of the cipher is the same message."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry(), message_id="<same@partner.example>")
            again, other, _ = partner.message(entry(), message_id="<same@partner.example>")
            assert body != other
            first = await partner.send(gateway, headers, body)
            assert (await partner.send(gateway, again, other))[2] == first[2]

    go(test())


def test_other_content_under_the_same_id_is_refused(tmp_path) -> None:
    """A used Message-ID with other content gets an error, and the first message stands."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            first, body, _ = partner.message(entry(), message_id="<used@partner.example>")
            await partner.send(gateway, first, body)
            headers, other, stated = partner.message(
                entry("Q7Z00010437"), message_id="<used@partner.example>"
            )
            _, said = partner.judged(
                await partner.send(gateway, headers, other), "<used@partner.example>", stated
            )
            assert said.disposition.endswith("processed/error: unexpected-processing-error")
            assert len(await listed(gateway)) == 1

    go(test())


def test_a_copy_of_what_fails_meanwhile_is_no_copy(tmp_path, monkeypatch) -> None:
    """Content that failed after it was found to be known is taken anew, under an id of its own."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            await partner.delivered(gateway, b"[1]")
            (first,) = await listed(gateway)
            await gateway.closed(first["id"])
            real, asked = as2_ledger_in.first_copy, []

            def found(*what):
                asked.append(what)
                return first["id"] if len(asked) == 1 else real(*what)

            monkeypatch.setattr(as2_ledger_in, "first_copy", found)
            headers, body, stated = partner.message(b"[1]")
            answer = await partner.send(gateway, headers, body)
            verdict, said = partner.judged(answer, headers["Message-ID"], stated)
            assert verdict.ok, answer
            assert said.disposition.endswith("processed")
            assert len(await listed(gateway)) == 2
            assert len(asked) > 1

    go(test())


def test_the_same_content_under_a_new_id_counts_once(tmp_path) -> None:
    """A new Message-ID with known content is taken with a remark, and is no second submission; HTTP too."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            await partner.delivered(gateway, entry())
            headers, body, stated = partner.message(entry())
            verdict, said = partner.judged(
                await partner.send(gateway, headers, body), headers["Message-ID"], stated
            )
            assert verdict.ok
            assert said.disposition.endswith("processed/warning: duplicate-document")
            assert len(await listed(gateway)) == 1
            await gateway.closed((await listed(gateway))[0]["id"])
            assert len(gateway.ace.sent) == 1

    go(test())


def test_an_asynchronous_receipt_comes_after_204_and_again_for_a_copy(tmp_path) -> None:
    """204 first, then the receipt at the agreed address until it is taken; a copy has the same one sent."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            partner.statuses = [503, 0]
            headers, body, stated = partner.message(entry(), async_url=partner.url)
            status, _, answer = await partner.send(gateway, headers, body)
            assert (status, answer) == (204, b"")
            await until(lambda: len(partner.receipts) == 1)
            assert partner.posted >= 3
            verdict, _ = partner.judged((200, *partner.receipts[0]), headers["Message-ID"], stated)
            assert verdict.reasons == ()
            assert (await partner.send(gateway, headers, body))[0] == 204
            await until(lambda: len(partner.receipts) == 2)
            assert partner.receipts[0][1] == partner.receipts[1][1]
            assert len(await listed(gateway)) == 1

    go(test())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://169.254.169.254/latest", "file:///etc/passwd", "x"]
)
def test_an_address_that_was_not_agreed_is_never_called(tmp_path, url) -> None:
    """A receipt is sent to the address of the agreement or nowhere; nothing is stored."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry(), async_url=url)
            status, _, _ = await partner.send(gateway, headers, body)
            assert status == 403
            assert await listed(gateway) == []

    go(test())


def altered(data, place):
    """Change one byte."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def plain_signed(partner, **more):
    """Give a signed message without encryption."""
    headers, body, _ = partner.message(entry(), encrypt=False, **more)
    return headers, body


REFUSED = {
    "authentication-failed": lambda p: p.message(entry(), sign=STRANGER)[:2],
    "insufficient-message-security": lambda p: p.message(entry(), sign=None)[:2],
    "insufficient-message-security/encrypted": plain_signed,
    "integrity-check-failed": lambda p: (
        (made := plain_signed(p))[0], made[1].replace(b"Motors", b"Rotors"),
    ),
    "decryption-failed": lambda p: ((made := p.message(entry()))[0], altered(made[1], 400)),
    "decryption-failed/other": lambda p: ((made := p.message(entry()))[0], made[1][:200]),
    "unsupported MIC-algorithms": lambda p: (
        (made := p.message(entry()))[0]
        | {"Disposition-Notification-Options": "signed-receipt-protocol=required, pkcs7-signature;"
           " signed-receipt-micalg=required, md5"},
        made[1],
    ),
    "authentication-failed/names": lambda p: ((made := p.message(entry()))[0] | {"AS2-From": "NOBODY"}, made[1]),
    "authentication-failed/case": lambda p: ((made := p.message(entry()))[0] | {"AS2-To": "gateway"}, made[1]),
    "unexpected-processing-error": lambda p: p.message(b"")[:2],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_gets_a_signed_receipt_that_says_why(tmp_path, name) -> None:
    """HTTP 200, a signed receipt with the standard's word, the same one for a copy; nothing is taken."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body = REFUSED[name](partner)
            answer = await partner.send(gateway, headers, body)
            assert answer[0] == 200
            verdict, said = partner.judged(answer, headers["Message-ID"], "")
            assert [one.problem for one in verdict.findings] == ["disposition/error"], "the signature holds"
            assert said.disposition.rpartition(": ")[2] == name.partition("/")[0]
            assert (await partner.send(gateway, headers, body))[2] == answer[2]
            assert await listed(gateway) == []
            await partner.delivered(gateway, entry(), message_id=headers["Message-ID"])

    go(test())


BROKEN = {
    "no names": lambda h: {k: v for k, v in h.items() if not k.startswith("AS2-")},
    "no id": lambda h: {k: v for k, v in h.items() if k != "Message-ID"},
    "id with spaces": lambda h: h | {"Message-ID": "<a b@c>"},
    "id with SQL is one": lambda h: h | {"Message-ID": "<'; DROP TABLE as2_in;--@x>"},
    "name too long": lambda h: h | {"AS2-From": "A" * 129},
    "name half quoted": lambda h: h | {"AS2-From": '"PARTNER 1'},
    "version": lambda h: h | {"AS2-Version": "2.0"},
    "not ASCII": lambda h: h | {"AS2-From": "PÄRTNER"},
    "options": lambda h: h | {"Disposition-Notification-Options": '="'},
    "encoded": lambda h: h | {"Content-Encoding": "gzip"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_hostile_headers_are_problems(tmp_path, name) -> None:
    """Headers that cannot be read are 400 or 415 and store nothing; none makes a fault of ours."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry())
            status, _, _ = await partner.send(gateway, BROKEN[name](headers), body)
            assert status == (415 if name == "encoded" else 400)
            assert await listed(gateway) == []
            assert gateway.core.counts["internal_errors"] == 0

    go(test())


def test_a_header_that_stands_twice_is_refused(tmp_path) -> None:
    """Readers differ on which of two counts, so neither does."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry())
            twice = [*headers.items(), ("AS2-From", "OTHER")]
            status, _, plain = await gateway.call("POST", "/v1/as2", data=body, headers=twice)
            assert status == 400
            assert b"twice" in plain

    go(test())


def test_ids_without_at_and_brackets_are_echoed_as_they_are(tmp_path) -> None:
    """A Message-ID as some products write it is taken, and comes back exactly."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            for message_id in ("OPENAS2-10032026-1", "<no-at>", "a" * 998):
                number = f"Q7Z{len(message_id):08}"
                status, _, receipt = await partner.delivered(gateway, entry(number), message_id=message_id)
                assert status == 200
                assert message_id.encode() in receipt.replace(b"\r\n ", b"")

    go(test())


def test_without_a_wish_for_a_receipt_there_is_none(tmp_path) -> None:
    """A message that asks for no receipt is answered 200 without one, or with a problem when it is refused."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry(), receipt=False)
            assert (await partner.send(gateway, headers, body))[::2] == (200, b"")
            headers, body, _ = partner.message(entry("Q7Z00010437"), receipt=False, sign=STRANGER)
            status, _, plain = await partner.send(gateway, headers, body)
            assert (status, json.loads(plain)["type"].rpartition(":")[2]) == (422, "invalid")
            assert len(await listed(gateway)) == 1

    go(test())


def test_nothing_is_said_before_it_is_committed(tmp_path, monkeypatch) -> None:
    """When the ledger does not write there is no receipt, but 503; the copy afterwards is taken."""

    async def test():
        from gateway.shell.ledger import LedgerUnavailable

        async with both(tmp_path) as (gateway, partner):
            headers, body, stated = partner.message(entry())

            def fails(*_):
                raise LedgerUnavailable("disk full")

            with monkeypatch.context() as patch:
                patch.setattr(gateway.core.ledger, "write", fails)
                status, found, answer = await partner.send(gateway, headers, body)
            assert status == 503
            assert b"disposition" not in answer
            assert "Retry-After" in found
            answer = await partner.send(gateway, headers, body)
            assert partner.judged(answer, headers["Message-ID"], stated)[0].ok
            assert len(await listed(gateway)) == 1

    go(test())


def test_a_copy_after_a_restart_gets_the_first_receipt(tmp_path) -> None:
    """What was answered is on the disk: another process gives the same bytes."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(entry())
            first = await partner.send(gateway, headers, body)
        async with both(tmp_path) as (gateway, partner):
            assert (await partner.send(gateway, headers, body))[2] == first[2]
            assert len(await listed(gateway)) == 1

    go(test())


def test_strangers_are_few(tmp_path) -> None:
    """Names without an agreement are answered slowly: the fiftieth at once is told to wait."""

    async def test():
        async with both(tmp_path) as (gateway, partner):
            headers, body, _ = partner.message(b"x", sign=None, encrypt=False)
            answers = [
                await partner.send(
                    gateway, headers | {"AS2-From": "NOBODY", "Message-ID": f"<{number}@x>"}, body
                )
                for number in range(55)
            ]
            assert [answer[0] for answer in answers[:50]] == [200] * 50
            assert 429 in [answer[0] for answer in answers[50:]]
            await partner.delivered(gateway, entry())

    go(test())


def test_the_same_interchange_under_another_number_is_still_told_apart(tmp_path) -> None:
    """Two encryptions of one X12 interchange are one; another with the same ISA13 is refused by content."""

    async def test():
        from tests.shell.test_receipts import FIXTURES

        data = (FIXTURES / "x12" / "309" / "one-bill.edi").read_bytes()
        async with both(tmp_path) as (gateway, partner):
            await partner.delivered(gateway, data, kind="application/edi-x12")
            other = data.replace(b"~", b"~\n", 1) if b"~\n" not in data else data.replace(b"~\n", b"~", 1)
            assert hashlib.sha256(other).digest() != hashlib.sha256(data).digest()
            await partner.delivered(gateway, other, kind="application/edi-x12")
            await until(lambda: gateway.core.counts["read"] >= 2)
            newest = (await listed(gateway))[0]["id"]
            codes = [one["code"] for one in (await gateway.get(f"/v1/submissions/{newest}"))["findings"]]
            assert any(code.endswith("/duplicate") for code in codes), codes

    go(test())
