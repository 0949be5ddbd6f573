"""AS2 at the door (RFC 4130): a message is opened, judged, kept, and answered with a signed receipt.

Who may send is known from the two names and, if there is one, the client certificate; what is
sent is believed for its signature. Nothing is answered before the message and its receipt are
committed together. A copy gets the first receipt again, byte for byte.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.finding import Finding
from gateway.shell import as2_ledger_in as ledger_in
from gateway.shell import intake
from gateway.shell.as2_ledger_in import Came, Changed, Given
from gateway.shell.as2_ledger_out import queue_receipt
from gateway.shell.clock import rfc3339
from gateway.shell.core import Core, Origin
from gateway.shell.ledger_heard import Message
from gateway.shell.ledger_intake import Arrival, Outcome
from gateway.shell.masking import mask
from gateway.shell.problems import Problem
from gateway.signing import Content, Purpose
from gateway.signing.as2 import Request, mic
from gateway.signing.as2mdn import SAID, Mdn, Remark, Unsupported, make_mdn
from gateway.signing.digest import spell
from gateway.signing.mime import Entity
from gateway.signing.smime import Failure, Opened, open_message

if TYPE_CHECKING:
    from gateway.shell.as2_partners import Partnership, Partnerships
    from gateway.shell.bodies import Body

EXPLAINED_CHARS_MAX = 500
_PROTECTIONS = {"signed": "signed", "encrypted": "encrypted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A request as it came: headers in lower case, HTTP body, when its last byte was in."""

    asked: Request
    headers: Mapping[str, str]
    raw: bytes
    at: datetime

    @property
    def digest(self) -> bytes:
        """SHA-256 of the HTTP body."""
        return hashlib.sha256(self.raw).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is said of a message: None is taken as it is, a `Remark` taken, anything else refused."""

    outcome: Failure | Unsupported | Remark | None = None
    opened: Opened = field(default_factory=Opened)
    text: str = ""
    findings: tuple[Finding, ...] = ()
    mic: str = ""

    @property
    def taken(self) -> bool:
        """Tell whether the message is kept."""
        return self.outcome is None or isinstance(self.outcome, Remark)


class Door:
    """Takes AS2 messages in, for one core."""

    def __init__(self, core: Core, partnerships: Partnerships) -> None:
        self._core = core
        self._partnerships = partnerships
        self._domain = core.config.log.split("/", 1)[0]

    async def take(self, came: Arrived, partnership: Partnership | None, *, trusted: bool) -> web.Response:
        """Judge, keep and answer one message. Raises a `Problem` where no receipt can say it.

        `trusted` is false where the connection's own certificate is somebody else's.
        """
        asked, core = came.asked, self._core
        name = partnership.id if partnership is not None else ""
        if asked.async_url and (partnership is None or asked.async_url != partnership.settings.receipt_url):
            # An address that a stranger names is not called.
            raise Problem("forbidden", "Receipt-Delivery-Option is not the address that was agreed")
        given = await core.ledger.read(lambda ask: ledger_in.known(ask, name, asked.message_id, came.digest))
        if given is not None:
            return await self._again(came, name, given)
        judged = await self._judge(came, partnership, trusted=trusted)
        for _ in range(2):
            first = await core.ledger.read(lambda ask: ledger_in.taken(ask, name, asked.message_id))
            if first is not None and judged.taken and partnership is not None:
                if first.content == _content(judged):
                    return await self._again(came, name, first)
                judged = replace(
                    judged,
                    outcome=Failure.PROCESSING,
                    text="this Message-ID came before with other content; the first message stands",
                )
            try:
                return await self._kept(came, partnership, judged)
            except Changed:
                continue
        raise Problem("unavailable", "the same message is being taken", headers={"Retry-After": "1"})

    async def _judge(self, came: Arrived, partnership: Partnership | None, *, trusted: bool) -> Judged:
        if partnership is None or not trusted:
            return Judged(outcome=Failure.AUTHENTICATION, text="this sender and receiver have no agreement")
        if came.asked.mdn_wanted and came.asked.signed_mdn and not came.asked.micalg:
            return Judged(outcome=Unsupported.MICALG, text="sha-256, sha-384 and sha-512 are made here")
        entity = Entity(
            {name: value for name, value in came.headers.items() if name.startswith("content-")}, came.raw
        )
        # Unlocking RSA and checking signatures would hold the loop up.
        opened = await asyncio.to_thread(open_message, entity, self._core.ring, partnership.pinned, came.at)
        if opened.failure is not None:
            return Judged(
                outcome=opened.failure,
                opened=opened,
                text="; ".join(one.message for one in opened.findings),
                findings=opened.findings,
            )
        stated = mic(opened.mic_input, came.asked.micalg or "sha-256")
        missing = [one for one in partnership.settings.requires if one not in opened.layers]
        if missing:
            text = f"the agreement wants messages that are {' and '.join(missing)}"
            return Judged(outcome=Failure.SECURITY, opened=opened, text=text, mic=stated)
        if not opened.payload:
            text = "there is no content"
            return Judged(outcome=Failure.PROCESSING, opened=opened, text=text, mic=stated)
        return Judged(opened=opened, mic=stated)

    async def _kept(self, came: Arrived, partnership: Partnership | None, judged: Judged) -> web.Response:
        """Make the receipt, commit it with what it is about, and answer. Raises `Changed`."""
        core = self._core
        if judged.taken and partnership is not None and partnership.partner:
            content, partner = _content(judged), partnership.partner
            copy = await core.ledger.read(lambda ask: ledger_in.first_copy(ask, partner, content))
            submission = copy or core.ids()
            if copy:
                judged = replace(judged, outcome=Remark.DUPLICATE)
            row, entity = await self._row(came, partnership, judged, submission)
            arrival = await self._arrival(came, partnership, judged, submission)
            admission = await core.ledger.write(
                lambda tx: ledger_in.keep_submission(tx, row, arrival, copy=bool(copy)), len(came.raw)
            )
            core.counts[f"intake_{admission.outcome.value}"] += 1
            core.counts["as2_copies" if admission.outcome is Outcome.SAME else "as2_taken"] += 1
            return self._answer(came, entity)
        row, entity = await self._row(came, partnership, judged, "")
        if judged.taken and partnership is not None:
            message = Message(
                number=came.asked.identity,
                batch="",
                media_type=judged.opened.content_type,
                body=await core.body(judged.opened.payload),
            )
            endpoint = partnership.endpoint
            await core.ledger.write(
                lambda tx: ledger_in.keep_heard(tx, row, endpoint, message), len(came.raw)
            )
            core.counts["as2_heard"] += 1
            return self._answer(came, entity)
        await core.ledger.write(lambda tx: ledger_in.keep_refusal(tx, row))
        core.counts["as2_refused"] += 1
        return self._answer(came, entity, refused=judged)

    async def _row(
        self, came: Arrived, partnership: Partnership | None, judged: Judged, submission: str
    ) -> tuple[Came, Entity]:
        core, asked = self._core, came.asked
        said = Mdn(
            sender=self._partnerships.ours,
            receiver=asked.sender,
            message_id=f"<{core.ids()}@{self._domain}>",
            original=asked.message_id,
            mic=judged.mic,
            outcome=judged.outcome,
            text=_explained(judged, submission),
            software=core.software,
        )
        key = await core.shelf.signer(Purpose.CMS)
        boundaries = (f"----{secrets.token_hex(16)}", f"----{secrets.token_hex(16)}")
        entity = await asyncio.to_thread(make_mdn, said, boundaries, key, core.clock.now())
        row = Came(
            id=core.ids(),
            partnership=partnership.id if partnership is not None else "",
            message_id=asked.message_id,
            digest=came.digest,
            content=_content(judged) if judged.taken else None,
            headers=came.headers,
            disposition=said.disposition,
            findings=[one.as_json() for one in judged.findings],
            mdn_headers=dict(entity.headers),
            mdn=await core.body(entity.body),
            at=rfc3339(came.at),
            raw=await self._raw(came, judged) if judged.taken else None,
            receipt_url=asked.async_url if asked.mdn_wanted else "",
        )
        return row, entity

    async def _raw(self, came: Arrived, judged: Judged) -> Body | None:
        """Give the HTTP body to keep: not one in which a password stands in clear."""
        clear = "encrypted" not in judged.opened.layers
        return None if clear and mask(judged.opened.payload)[1] else await self._core.body(came.raw)

    async def _arrival(
        self, came: Arrived, partnership: Partnership, judged: Judged, submission: str
    ) -> Arrival:
        core, opened = self._core, judged.opened
        form = intake.format_of(opened.content_type, opened.payload)
        via = {
            "transport": "as2",
            "key": came.asked.message_id,
            "from": partnership.theirs,
            "layers": " ".join(opened.layers),
            "signer": opened.signer,
            "mic": judged.mic,
            "payload": spell(_content(judged)),
        }
        origin = Origin(
            submission=submission,
            partner=partnership.partner,
            content=Content.of(came.raw),
            via={name: value for name, value in via.items() if value},
            received_at="",
            interchange={"format": form} if form else None,
        )
        kept, spans = mask(opened.payload)
        return Arrival(
            submission=submission,
            partner=partnership.partner,
            digest=came.digest,
            size=len(came.raw),
            body=await core.body(kept),
            content=_content(judged),
            encoding="as2",
            masked=spans,
            media_type=opened.content_type[:128],
            via=origin.via,
            receipt=core.receipt(origin, came.at),
            format=form,
        )

    async def _again(self, came: Arrived, partnership: str, given: Given) -> web.Response:
        """Give a copy the first receipt, as it was; an asynchronous one is sent again."""
        core, asked = self._core, came.asked
        core.counts["as2_again"] += 1
        if asked.mdn_wanted and asked.async_url:
            at = rfc3339(core.clock.now())
            await core.ledger.write(
                lambda tx: queue_receipt(
                    tx, partnership, given.id, asked.async_url, given.headers, given.mdn, at
                )
            )
        entity = Entity(given.headers, await core.ledger.load(given.mdn))
        refused = None if given.taken else Judged(outcome=Failure.PROCESSING, text=given.disposition)
        return self._answer(came, entity, refused=refused)

    @staticmethod
    def _answer(came: Arrived, entity: Entity, refused: Judged | None = None) -> web.Response:
        """Answer: with the receipt, with 204 where it goes another way, or with what there is to say."""
        if came.asked.mdn_wanted and came.asked.async_url:
            return web.Response(status=204)
        if came.asked.mdn_wanted:
            # RFC 4130 §7.1: also a receipt that reports an error comes with 200.
            return web.Response(body=entity.body, headers=dict(entity.headers))
        if refused is not None:
            raise Problem("invalid", refused.text)
        return web.Response(status=200)


def _content(judged: Judged) -> bytes:
    return hashlib.sha256(judged.opened.payload).digest()


def _explained(judged: Judged, submission: str) -> str:
    """Say it for people. Of the request nothing is repeated but what the findings say, cut and in ASCII."""
    if judged.outcome is None:
        return f"{SAID}\r\nSubmission: {submission}" if submission else SAID
    if isinstance(judged.outcome, Remark):
        return f"The same content was received before; it counts once.\r\nSubmission: {submission}"
    text = "".join(char if " " <= char <= "~" else "?" for char in judged.text)
    return f"The message was not taken: {text[:EXPLAINED_CHARS_MAX]}"
