"""Receipts (MDN) that AS2 partners give for our messages: judged, kept, and acted upon.

Only one that holds ends the wait. A receipt that is refused is kept too, and changes nothing;
a signed one that says no ends the attempts, for the partner will say so again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.shell import as2_ledger_out as ledger_out
from gateway.shell.as2_ledger_out import Out, Receipted
from gateway.shell.clock import rfc3339
from gateway.shell.core import Core
from gateway.signing.as2mdn import Received, accept_mdn
from gateway.signing.mime import Entity, MimeError, read_entity
from gateway.signing.smime import signed_parts

if TYPE_CHECKING:
    from gateway.shell.as2_partners import Partnership
    from gateway.signing import Verdict


class Word(StrEnum):
    """What a receipt does to the message that it is for."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


def is_receipt(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a request is a receipt: a report, or a signed part that is one."""
    try:
        entity = Entity(headers, body)
        if entity.content_type.name == "multipart/signed":
            entity = read_entity(signed_parts(entity)[0])
    except MimeError:
        return False
    return entity.content_type.name == "multipart/report"


async def take_receipt(
    core: Core,
    partnership: Partnership,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
    out: Out | None = None,
) -> tuple[Word, str]:
    """Judge a receipt and keep it. Gives what it does to its message, and why if that is nothing.

    `out` is the message that it answers on the same connection; without it, the receipt says
    which of our messages it is for.
    """

    def judged(message: str, mic: str) -> tuple[Verdict, Received]:
        return accept_mdn(headers, body, partnership.pinned, at, message_id=message, mic=mic)

    if out is None:
        _, received = await asyncio.to_thread(judged, "", "")
        found = await core.ledger.read(lambda ask: ledger_out.out_of(ask, message=received.original))
        out = found if found is not None and found.partnership == partnership.id else None
    message = out.id if out is not None else ""
    verdict, received = await asyncio.to_thread(judged, message, out.mic if out is not None else "")
    word = Word.NOTHING
    if out is not None and out.mic and verdict.ok:
        word = Word.YES
    elif out is not None and [one.problem for one in verdict.findings] == ["disposition/error"]:
        word = Word.NO
    reason = "; ".join(verdict.reasons) or ("" if word is Word.YES else "no message of ours waits for it")
    if word is Word.NO:
        reason = f"the partner did not take it: {received.disposition}"[:500]
    if out is not None and out.state == "done":
        # It came before; there is nothing left to say.
        return word, reason
    row = Receipted(
        message=message,
        partnership=partnership.id,
        holds=word is Word.YES,
        findings=[one.as_json() for one in verdict.findings],
        headers=headers,
        body=await core.body(body),
        at=rfc3339(at),
    )
    state = {Word.YES: "done", Word.NO: "parked", Word.NOTHING: ""}[word]
    await core.ledger.write(lambda tx: ledger_out.keep_receipt(tx, row, state, reason))
    core.counts[f"as2_receipts_{'held' if word is Word.YES else 'refused'}"] += 1
    return word, reason
