"""AS2 going out: messages are made once, sent until a receipt holds, and sent as the same bytes.

Three things go out: our answers to partners, asynchronous receipts, and what an endpoint's
lane gives to its carrier. How long is retried, and when a person is asked, is here; whether a
receipt proves anything is in `as2_receipts.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from gateway.shell import as2_ledger_out as ledger_out
from gateway.shell.as2_ledger_out import Attempt, Out
from gateway.shell.as2_receipts import Word, take_receipt
from gateway.shell.clock import rfc3339
from gateway.shell.core import Core, until
from gateway.shell.lanes import back_off
from gateway.shell.ledger import LedgerUnavailable
from gateway.signing import Purpose
from gateway.signing.as2 import mic, request_headers
from gateway.signing.smime import Compression, make_message

if TYPE_CHECKING:
    from gateway.shell.as2_partners import Partnership, Partnerships

log = logging.getLogger(__name__)

ANSWER_BYTES_MAX = 1024 * 1024
AT_ONCE = 32
DUE_MAX = 200
TICK_SECONDS = 5.0
FOLLOWED_MAX = 100
# Answers of a server that mean: not now (RFC 4130 leaves it open; so does every product).
TEMPORARY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one POST: the status (0: nobody answered), headers in lower case, body, or why not."""

    status: int = 0
    headers: dict[str, str] | None = None
    body: bytes = b""
    reason: str = ""

    @property
    def passing(self) -> bool:
        """Tell whether it may work later."""
        return self.status == 0 or self.status >= 500 or self.status in TEMPORARY


class Sender:
    """Makes and sends AS2 messages, for one core."""

    def __init__(self, core: Core, partnerships: Partnerships) -> None:
        self._core = core
        self._partnerships = partnerships
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._busy: set[tuple[str, str]] = set()
        self._domain = core.config.log.split("/", 1)[0]
        self._receipt_url = ""
        self._listening = asyncio.Event()

    def listen_at(self, url: str) -> None:
        """Say where asynchronous receipts for what we send come."""
        self._receipt_url = url
        self._listening.set()

    async def run(self) -> None:
        """Work until cancelled: follow our answers, send what is due."""
        # The lock on the ledger is ours, so nobody lives who could still be at an attempt.
        await self._core.ledger.write(ledger_out.unclaim)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._send_due())
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    # Making

    async def make(
        self, partnership: Partnership, about: str, data: bytes, media_type: str, *, kind: str,
        submission: str = "", state: str = "ready", cursor: tuple[str, int] | None = None,
    ) -> Out:  # fmt: skip
        """Make a message and keep it; one about the same thing that is there is given as it is."""
        core, settings = self._core, partnership.settings
        kept = await core.ledger.read(lambda ask: ledger_out.out_of(ask, about=about))
        if kept is not None:
            if cursor is not None:
                await core.ledger.write(lambda tx: ledger_out.move(tx, *cursor))
            return kept
        message_id = f"<{core.ids()}@{self._domain}>"
        signer = await core.shelf.signer(Purpose.CMS) if settings.sign else None
        entity, octets = await asyncio.to_thread(
            make_message, data, media_type, at=core.clock.now(), boundary=f"----{secrets.token_hex(16)}",
            signer=signer, recipient=partnership.recipient, cipher=settings.cipher,
            compression=Compression(settings.compression), oaep=settings.oaep,
        )  # fmt: skip
        wants_url = ""
        if settings.receipt == "async":
            await self._listening.wait()
            wants_url = self._receipt_url
        headers = request_headers(
            partnership.ours, partnership.theirs, message_id, async_url=wants_url, micalg=settings.micalg
        )
        out = Out(
            id=message_id, partnership=partnership.id, kind=kind, about=about, submission=submission,
            url=settings.url, headers=headers | dict(entity.headers), body=b"", mic=mic(octets, settings.micalg),
            state=state, attempts=0, next_at=0, first_at=0, last_error="",
        )  # fmt: skip
        body, at = await core.body(entity.body), rfc3339(core.clock.now())
        await core.ledger.write(
            lambda tx: ledger_out.keep_out(tx, out, body, at, cursor=cursor), len(entity.body)
        )
        made = await core.ledger.read(lambda ask: ledger_out.out_of(ask, about=about))
        if made is None:
            raise LookupError(about)
        return made

    async def _follow(self) -> None:
        """Make a message of each answer for partners that want them, in the order of the answers."""
        core = self._core
        await core.ledger.write(ledger_out.begin)
        while True:
            async with core.news.about("leaf") as wait:
                try:
                    more = await self._follow_some()
                except LedgerUnavailable as error:
                    log.warning("answers wait to be sent by AS2: %s", error)
                    more = False
                if not more:
                    await wait(TICK_SECONDS)

    async def _follow_some(self) -> bool:
        core, more = self._core, False
        known = await core.ledger.read(ledger_out.cursors)
        for name, last in sorted((await core.ledger.read(ledger_out.last_places)).items()):
            place = known.get(name, -1)
            if place >= last:
                continue
            rows = await core.ledger.read(
                lambda ask: ledger_out.answers_after(ask, name, place, FOLLOWED_MAX)  # noqa: B023 - awaited
            )
            more = more or len(rows) == FOLLOWED_MAX
            for row in rows:
                partnership = self._partnerships.get(f"partner/{row['partner']}")
                wanted = partnership is not None and partnership.settings.acknowledgements
                if row["body"] is None or not wanted or partnership is None or not partnership.settings.url:
                    continue
                data = await core.ledger.load(bytes(row["body"]))
                await self.make(
                    partnership, f"answer/{row['id']}", data, row["media_type"], kind="answer",
                    submission=row["submission"], cursor=(name, row["place"]),
                )  # fmt: skip
            end = rows[-1]["place"] if rows else last
            await core.ledger.write(lambda tx: ledger_out.move(tx, name, end))  # noqa: B023 - awaited
        return more

    # Sending

    async def _send_due(self) -> None:
        """Send what is due: of each partner and kind one at a time, so that answers keep their order."""
        core = self._core
        wake = core.news.topic("as2")
        async with asyncio.TaskGroup() as group:
            while True:
                wake.clear()
                pause = TICK_SECONDS
                try:
                    now = core.clock.seconds()
                    rows, following = await core.ledger.read(lambda ask: ledger_out.due(ask, now, DUE_MAX))  # noqa: B023
                    for row in rows:
                        if len(self._busy) < AT_ONCE and await self._claimed(row, now):
                            group.create_task(self._one(row), name=f"as2 {row.id}")
                    if following is not None:
                        pause = min(TICK_SECONDS, max(0.01, following - now))
                except LedgerUnavailable as error:
                    log.warning("AS2 waits: %s", error)
                await until(wake, pause)

    async def _claimed(self, out: Out, now: float) -> bool:
        """Take a message for one attempt, for as long as that may last."""
        lane = (out.partnership, out.kind)
        if lane in self._busy:
            return False
        partnership = self._partnerships.get(out.partnership)
        until_then = now + 2 * (partnership.settings.send_seconds_max if partnership is not None else 60)
        if not await self._core.ledger.write(lambda tx: ledger_out.claim(tx, out, until_then)):
            return False
        self._busy.add(lane)
        return True

    async def _one(self, out: Out) -> None:
        try:
            partnership = self._partnerships.get(out.partnership)
            if partnership is None:
                await self._note(out, Attempt(state="parked", reason="its partnership is not configured"))
            else:
                await self._note(out, await self.attempt(partnership, out))
        except LedgerUnavailable as error:
            log.warning("AS2 message %s waits: %s", out.id, error)
        finally:
            self._busy.discard((out.partnership, out.kind))
            self._core.news.topic("as2").set()

    async def _note(self, out: Out, attempt: Attempt) -> None:
        core = self._core
        if attempt.state == "parked":
            core.troubles[f"as2 {out.partnership}"] = attempt.reason
        elif attempt.state in {"done", "waiting"}:
            core.troubles.pop(f"as2 {out.partnership}", None)
        core.counts[f"as2_sent_{attempt.state}"] += 1
        await core.ledger.write(lambda tx: ledger_out.attempted(tx, out.id, attempt))

    async def attempt(self, partnership: Partnership, out: Out) -> Attempt:
        """Send a message once and tell what came of it."""
        core, settings = self._core, partnership.settings
        sent = await self._post(partnership, out)
        now = core.clock.seconds()
        if sent.status in range(200, 300):
            if out.kind == "receipt":
                return Attempt(state="done", now=now)
            if settings.receipt == "async":
                return Attempt(state="waiting", next_at=now + settings.receipt_seconds_max, now=now)
            word, reason = await take_receipt(
                core, partnership, sent.headers or {}, sent.body, core.clock.now(), out
            )
            if word is not Word.NOTHING:
                return Attempt(state="done" if word is Word.YES else "parked", reason=reason, now=now)
            return self._later(partnership, out, f"the receipt does not hold: {reason}", now)
        if not sent.passing:
            return Attempt(state="parked", reason=sent.reason, now=now)
        return self._later(partnership, out, sent.reason, now)

    @staticmethod
    def _later(partnership: Partnership, out: Out, reason: str, now: float) -> Attempt:
        retry = partnership.settings.retry
        if out.first_at and now - out.first_at > retry.limit_seconds:
            return Attempt(state="parked", reason=reason, now=now)
        pause = back_off(out.attempts, retry.first_seconds, retry.most_seconds, retry.jitter)
        return Attempt(state="ready", reason=reason, next_at=now + pause, now=now)

    async def _post(self, partnership: Partnership, out: Out) -> Sent:
        body = await self._core.ledger.load(out.body)
        seconds = partnership.settings.send_seconds_max
        try:
            async with self._session(partnership).post(
                out.url,
                data=body,
                headers={**out.headers, "User-Agent": self._core.software},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=min(seconds, 10)),
            ) as response:
                found = bytearray()
                async for piece in response.content.iter_chunked(64 * 1024):
                    found += piece
                    if len(found) > ANSWER_BYTES_MAX:
                        return Sent(reason="the answer is too long")
                headers = {name.lower(): value for name, value in response.headers.items()}
                reason = f"answered {response.status}"
                return Sent(response.status, headers, bytes(found), reason)
        except TimeoutError:
            return Sent(reason=f"took longer than {seconds:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Sent(reason=f"{type(error).__name__}: {error}"[:300])

    def _session(self, partnership: Partnership) -> aiohttp.ClientSession:
        authority = partnership.settings.tls_ca
        name = str(authority or "")
        if name not in self._sessions:
            secure: ssl.SSLContext | bool = True
            if authority is not None:
                secure = ssl.create_default_context(cafile=str(authority))
            self._sessions[name] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=32, ssl=secure),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._sessions[name]

    async def wait_for(self, message: str, seconds: float) -> Out | None:
        """Give a message as it is once its receipt came, or after so many seconds."""
        core = self._core
        async with core.news.about(f"as2:{message}") as wait:
            found = await core.ledger.read(lambda ask: ledger_out.out_of(ask, message=message))
            if found is not None and found.state in {"done", "parked"}:
                return found
            with contextlib.suppress(TimeoutError):
                await wait(seconds)
        return await core.ledger.read(lambda ask: ledger_out.out_of(ask, message=message))
