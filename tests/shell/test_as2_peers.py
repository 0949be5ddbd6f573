"""AS2 of the running service with partners that we did not write, over HTTP, both ways.

pyas2lib and BouncyCastle; every combination of signed, encrypted, compressed, synchronous and
asynchronous receipts.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from dataclasses import replace

import pytest
from aiohttp import web

from gateway.signing import Purpose
from gateway.signing.as2 import read_request, request_headers
from gateway.signing.mime import Entity, read_entity, write_entity
from tests.shell.as2_partner import until
from tests.shell.running import entry, running
from tests.signing.authority import alone
from tests.signing.peers.partners import arrived, bouncy, pyas2, text64

SIGN, DECRYPT = alone(Purpose.CMS, "RS256", "PARTNER"), alone(Purpose.AS2, "RS256", "PARTNER-D")
EC = alone(Purpose.CMS, "ES256", "PARTNER-EC")
LAYERS = [
    (sign, encrypt, compress)
    for sign in (True, False)
    for encrypt in (True, False)
    for compress in (True, False)
]


class Listener:
    """The partner's address: messages go to `takes`, which gives the receipt; receipts are kept."""

    def __init__(self):
        self.takes = None
        self.receipts = []
        self.messages = 0
        self.runner = None

    async def start(self):
        """Listen on the loopback address."""
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/as2", self._post)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, auto_decompress=False)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/as2"
        return self

    async def _post(self, request):
        body = await request.read()
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in {"Host", "Accept", "Content-Length"}
        }
        if b"disposition-notification" in body[:800] or "report" in headers["Content-Type"]:
            self.receipts.append(Entity({name.lower(): value for name, value in headers.items()}, body))
            return web.Response()
        self.messages += 1
        made = await asyncio.to_thread(self.takes, write_entity(headers, body), headers)
        asked = read_request(headers)
        if asked.async_url:
            task = asyncio.create_task(self._later(asked.async_url, made))
            self.receipts.append(task)
            return web.Response(status=202)
        return web.Response(body=made.body, headers=dict(made.headers))

    @staticmethod
    async def _later(url, made):
        import aiohttp

        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=made.body, headers=dict(made.headers)) as response,
        ):
            return response.status


@contextlib.asynccontextmanager
async def service(folder, *, sign=True, encrypt=True, compress="none", receipt="sync"):
    """Start a gateway with the partnership; answers go out with these layers."""
    listener = await Listener().start()
    for name, key in (("sign", SIGN), ("ec", EC), ("decrypt", DECRYPT)):
        (folder / f"{name}.cert").write_bytes(key.certificates)
    settings = (
        "partners:\n  LOCAL: {anonymous: true, operator: true}\n  BROKER01:\n    as2:\n      name: PARTNER\n"
        f"      certificates: [{folder}/sign.cert, {folder}/ec.cert]\n      encrypt_for: {folder}/decrypt.cert\n"
        f"      requires: []\n      url: {listener.url}\n      receipt_url: {listener.url}\n"
        f"      sign: {str(sign).lower()}\n      compression: {compress}\n      receipt: {receipt}\n"
        f"      retry: {{first_seconds: 0.2}}\n" + ("" if encrypt else "      cipher: none\n")
    )
    try:
        async with running(folder, settings) as gateway:
            pems = {}
            for purpose in ("cms", "as2"):
                _, _, pem = await gateway.call("GET", f"/.well-known/certificates.pem?purpose={purpose}")
                pems[purpose] = pem.decode()
            yield gateway, listener, pems
    finally:
        await listener.runner.cleanup()


async def taken(gateway, count):
    """Wait until so many submissions are there; give the source of the newest."""
    async with asyncio.timeout(90):
        while True:
            found = (await gateway.get("/v1/submissions?partner=BROKER01"))["submissions"]
            if len(found) >= count:
                break
            await asyncio.sleep(0.02)
    _, _, source = await gateway.call("GET", f"/v1/submissions/{found[0]['id']}/source")
    return source


async def done(gateway, count):
    """Wait until so many messages of ours have a receipt that holds."""
    async with asyncio.timeout(90):
        while len((await gateway.get("/v1/as2/messages?state=done"))["messages"]) < count:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)


def test_pyas2lib_sends_in_every_combination_and_takes_our_receipt(tmp_path) -> None:
    """Signed, encrypted, compressed or not, receipt at once or later: the content arrives and pyas2lib is content."""

    async def test():
        with pyas2(SIGN, DECRYPT) as job:
            async with service(tmp_path) as (gateway, listener, pems):
                known = {"verify_cert": pems["cms"], "encrypt_cert": pems["as2"]}
                number = 0
                for later in (False, True):
                    for sign, encrypt, compress in LAYERS:
                        number += 1
                        data = entry(f"Q7Z0002{number:04}")
                        made = job(
                            "send", payload=text64(data), sign=sign, compress=compress, content_type="application/json",
                            cipher="aes_128_cbc" if encrypt else None, mdn_url=listener.url if later else None, **known,
                        )  # fmt: skip
                        entity = arrived(made)
                        status, headers, body = await gateway.call(
                            "POST", "/v1/as2", data=entity.body, headers=dict(entity.headers)
                        )
                        assert status == (204 if later else 200), body
                        assert await taken(gateway, number) == data
                        receipt = Entity(dict(headers), body)
                        if later:
                            await until(lambda: listener.receipts)
                            receipt = listener.receipts.pop()
                        if sign:  # without a signature pyas2lib has no MIC to compare
                            raw = text64(write_entity(receipt.headers, receipt.body))
                            assert job("mdn", raw=raw, **known)["status"] == "processed"

    asyncio.run(test())


@pytest.mark.parametrize("receipt", ["sync", "async"])
@pytest.mark.parametrize("encrypt", [True, False])
@pytest.mark.parametrize("compress", ["none", "inside", "outside"])
def test_our_answers_are_taken_by_pyas2lib_and_its_receipts_hold(
    tmp_path, compress, encrypt, receipt
) -> None:
    """Both answers of an entry go to pyas2lib, which opens them; its receipts end the wait."""

    async def test():
        with pyas2(SIGN, DECRYPT) as job:
            async with service(tmp_path, encrypt=encrypt, compress=compress, receipt=receipt) as parts:
                gateway, listener, pems = parts
                known = {"verify_cert": pems["cms"], "encrypt_cert": pems["as2"]}
                opened = []

                def takes(raw, _):
                    answer = job("receive", raw=text64(raw), sign=True, **known)
                    assert answer["status"] == "processed", answer["error"]
                    opened.append(base64.b64decode(answer["payload"]))
                    return arrived(answer)

                listener.takes = takes
                made = arrived(
                    job(
                        "send",
                        payload=text64(entry()),
                        sign=True,
                        cipher="aes_256_cbc",
                        content_type="application/json",
                        **known,
                    )
                )
                await gateway.call("POST", "/v1/as2", data=made.body, headers=dict(made.headers))
                await done(gateway, 2)
                (row,) = (await gateway.get("/v1/submissions?partner=BROKER01"))["submissions"]
                shown = await gateway.get(f"/v1/submissions/{row['id']}")
                stored = [(await gateway.call("GET", one["href"]))[2] for one in shown["acknowledgements"]]
                assert opened == stored
                assert [json.loads(one)["acknowledgement"]["level"] for one in opened] == [
                    "syntax",
                    "customs",
                ]

    asyncio.run(test())


BOUNCY = [
    (sign, compress, encrypt)
    for sign in ("rsa", "ec", "none")
    for compress in ("none", "inside", "outside")
    for encrypt in ("none", "aes128", "aes256")
]


def test_bouncy_castle_sends_in_every_combination_and_verifies_our_receipt(tmp_path) -> None:
    """BER as Java writes it, every combination, receipts at once and later: each arrives, each receipt verifies."""
    (tmp_path / "java").mkdir()
    folder = tmp_path / "java"

    async def test():
        async with service(tmp_path) as (gateway, listener, pems):
            keys = {"sign": SIGN, "ec": EC, "decrypt": DECRYPT}
            (folder / "our-sign.pem").write_text(pems["cms"])
            (folder / "our-decrypt.pem").write_text(pems["as2"])
            with bouncy(folder, **keys) as tell:
                for number, (sign, compress, encrypt) in enumerate(BOUNCY, 1):
                    data, later = entry(f"Q7Z0003{number:04}"), number % 2 == 0
                    (folder / "payload").write_bytes(data)
                    tell("make", "out", sign, compress, encrypt)
                    entity = read_entity((folder / "out.eml").read_bytes())
                    message_id = f"<b{number}@partner.example>"
                    headers = request_headers(
                        "PARTNER", "GATEWAY", message_id, async_url=listener.url if later else ""
                    )
                    status, found, body = await gateway.call(
                        "POST", "/v1/as2", data=entity.body, headers=headers | dict(entity.headers)
                    )
                    assert status == (204 if later else 200), body
                    assert (await taken(gateway, number)).rstrip() == data.rstrip()
                    receipt = Entity(dict(found), body)
                    if later:
                        await until(lambda: listener.receipts)
                        receipt = listener.receipts.pop()
                    (folder / "mdn.eml").write_bytes(write_entity(receipt.headers, receipt.body))
                    told = tell("check", "mdn", "our-sign")
                    assert told.startswith("verified ")
                    assert told.endswith("; processed")
                    assert f"Original-Message-ID: {message_id}|" in told

    asyncio.run(test())


@pytest.mark.parametrize("receipt", ["sync", "async"])
def test_our_answers_are_opened_by_bouncy_castle_and_its_receipts_hold(tmp_path, receipt) -> None:
    """BouncyCastle opens and verifies both answers; the receipts that it signs end the wait."""
    folder = tmp_path / "java"
    folder.mkdir()

    async def test():
        async with service(tmp_path, compress="inside", receipt=receipt) as (gateway, listener, pems):
            keys = {"sign": SIGN, "ec": EC, "decrypt": DECRYPT}
            (folder / "our-sign.pem").write_text(pems["cms"])
            (folder / "our-decrypt.pem").write_text(pems["as2"])
            with bouncy(folder, **keys) as tell:
                opened = []

                def takes(raw, headers):
                    (folder / "in.eml").write_bytes(raw)
                    by, value = tell("open", "in", "our-sign").split()
                    assert by == "verified"
                    opened.append((folder / "in.out").read_bytes())
                    asked = read_request(headers)
                    tell("mdn", "receipt", asked.message_id, value)
                    made = read_entity((folder / "receipt.eml").read_bytes())
                    names = {"AS2-From": "PARTNER", "AS2-To": "GATEWAY", "AS2-Version": "1.2",
                             "Message-ID": f"<r{len(opened)}@partner.example>"}  # fmt: skip
                    return replace(made, headers=names | dict(made.headers))

                listener.takes = takes
                (folder / "payload").write_bytes(entry())
                tell("make", "out", "ec", "none", "aes256")
                entity = read_entity((folder / "out.eml").read_bytes())
                headers = request_headers("PARTNER", "GATEWAY", "<b1@partner.example>") | dict(entity.headers)
                await gateway.call("POST", "/v1/as2", data=entity.body, headers=headers)
                await done(gateway, 2)
                assert [json.loads(one)["acknowledgement"]["level"] for one in opened] == [
                    "syntax",
                    "customs",
                ]

    asyncio.run(test())
