"""An AS2 partner of the tests' own: sends, listens, gives receipts, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime

from aiohttp import web

from gateway.signing import KeyRing, Purpose
from gateway.signing.as2 import mic, read_request, request_headers
from gateway.signing.as2mdn import Mdn, accept_mdn, make_mdn
from gateway.signing.mime import Entity
from gateway.signing.smime import Compression, make_message, open_message
from tests.signing.authority import alone

NAME, GATEWAY = "PARTNER 1", "GATEWAY"
SIGN, DECRYPT = alone(Purpose.CMS, "RS256", "PARTNER"), alone(Purpose.AS2, "RS256", "PARTNER-D")
STRANGER = alone(Purpose.CMS, "RS256", "STRANGER")
_turn = itertools.count(1)


def now():
    """Give the instant."""
    return datetime.now(UTC)


class Partner:
    """Both halves of a partner: `send` and a listener at `url`."""

    def __init__(self):
        self.messages = []
        self.receipts = []
        self.statuses = []
        self.answer_with = self.receipt_for
        self.posted = 0
        self._runner = None
        self.url = ""
        self.ours = None
        self.theirs = None

    async def start(self):
        """Listen on the loopback address."""
        app = web.Application(client_max_size=100 * 1024 * 1024)
        app.router.add_post("/as2", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/as2"
        return self

    async def stop(self):
        """Stop listening."""
        await self._runner.cleanup()

    async def meet(self, gateway):
        """Fetch the gateway's certificates: to verify with, to encrypt for."""
        for name, purpose in (("theirs", "cms"), ("recipient", "as2")):
            _, _, pem = await gateway.call("GET", f"/.well-known/certificates.pem?purpose={purpose}")
            setattr(self, name, KeyRing.trusted(pem))

    # Sending

    def message(self, payload, *, message_id="", sign=SIGN, encrypt=True, cipher="aes128-cbc",
                compression=Compression.NONE, async_url="", oaep=False, kind="application/json", micalg="sha-256",
                receipt=True):  # fmt: skip
        """Make a message; gives headers, body and what its receipt must say."""
        message_id = message_id or f"<{next(_turn)}.{id(self)}@partner.example>"
        entity, octets = make_message(
            payload, kind, at=now(), boundary="----p1", signer=sign, cipher=cipher, compression=compression, oaep=oaep,
            recipient=next(iter(self.recipient)) if encrypt else None,
        )  # fmt: skip
        headers = request_headers(NAME, GATEWAY, message_id, async_url=async_url, micalg=micalg)
        if not receipt:
            headers = {name: value for name, value in headers.items() if not name.startswith("Disposition-N")}
        return headers | dict(entity.headers), entity.body, mic(octets, micalg)

    async def send(self, gateway, headers, body):
        """POST a message; gives status, headers and body of the answer."""
        return await gateway.call("POST", "/v1/as2", data=body, headers=headers)

    def judged(self, answer, message_id, stated):
        """Judge the gateway's receipt; gives verdict and what it said."""
        _, headers, body = answer
        return accept_mdn(dict(headers), body, self.theirs, now(), message_id=message_id, mic=stated)

    async def delivered(self, gateway, payload, **how):
        """Send and hold the receipt to it; gives the answer."""
        headers, body, stated = self.message(payload, **how)
        answer = await self.send(gateway, headers, body)
        verdict, _ = self.judged(answer, headers["Message-ID"], stated)
        assert verdict.reasons == (), answer
        return answer

    # Listening

    async def _take(self, request):
        self.posted += 1
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            request.transport.abort()
            return web.Response()
        if status != 200:
            return web.Response(status=status)
        if "report" in headers["content-type"] or b"disposition-notification" in body[:600]:
            self.receipts.append((headers, body))
            return web.Response()
        asked = read_request(headers)
        content = {name: value for name, value in headers.items() if name.startswith("content-")}
        opened = open_message(Entity(content, body), KeyRing([DECRYPT]), self.theirs, now())
        self.messages.append((asked, opened, headers, body))
        made = self.answer_with(asked, opened)
        if made is None:
            return web.Response(status=202)
        return web.Response(body=made.body, headers=dict(made.headers))

    def receipt_for(self, asked, opened, *, key=SIGN, **changes):
        """Make the receipt that a message deserves, or one with changes."""
        values = {
            "sender": NAME, "receiver": GATEWAY, "message_id": f"<r{next(_turn)}@partner.example>",
            "original": asked.message_id, "mic": mic(opened.mic_input, asked.micalg), "outcome": opened.failure,
        }  # fmt: skip
        return make_mdn(Mdn(**(values | changes)), ("----r1", "----r2"), key, now())


async def until(true, seconds=90):
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def as2_settings(folder, partner, more=""):
    """Give the settings of the partnership; its certificates are written into the folder."""
    (folder / "sign.pem").write_bytes(SIGN.certificates)
    (folder / "decrypt.pem").write_bytes(DECRYPT.certificates)
    return (
        f'{{name: "{NAME}", certificates: [{folder}/sign.pem], encrypt_for: {folder}/decrypt.pem,'
        f" url: {partner.url}, receipt_url: {partner.url},"
        f" retry: {{first_seconds: 0.05, most_seconds: 0.2}}{more}}}"
    )


def partner_settings(folder, partner, more=""):
    """Give the `partners` part of a configuration with the AS2 partner and an operator."""
    return (
        "partners:\n  LOCAL: {anonymous: true, operator: true}\n"
        f"  BROKER01: {{as2: {as2_settings(folder, partner, more)}}}\n"
    )
