"""AS2 as the way to an endpoint: a lane's bytes go as a message, answers come to `/v1/as2`.

A send has worked when the endpoint's receipt holds. With asynchronous receipts it has worked
when the endpoint took the message; a receipt that does not come in time makes the lane send
the same message again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.shell import as2_ledger_out as ledger_out
from gateway.shell.endpoint import Away, Denied, Incoming, dressed

if TYPE_CHECKING:
    from gateway.shell.as2_out import Sender
    from gateway.shell.as2_partners import Partnership
    from gateway.shell.config import Endpoint
    from gateway.shell.core import Core

IDLE_SECONDS = 3600.0
ASYNC_SECONDS_MAX = 20.0


class As2Carrier:
    """The carrier of an endpoint whose transport is `as2`."""

    def __init__(self, core: Core, sender: Sender, partnership: Partnership, endpoint: Endpoint) -> None:
        self._core = core
        self._sender = sender
        self._partnership = partnership
        self._endpoint = endpoint

    async def send(self, key: str, data: bytes, media_type: str) -> str:
        """Send under a key; the same key is the same message, Message-ID and bytes. Gives the Message-ID."""
        core, about = self._core, f"send/{self._partnership.endpoint}/{key}"
        dress = dressed(data, self._endpoint)
        out = await self._sender.make(self._partnership, about, dress, media_type, kind="lane", state="lane")
        if out.state == "done":
            return out.id
        if out.state == "parked":
            # The refusal came after the lane had gone on. When a person orders it, it is sent again.
            await core.ledger.write(lambda tx: ledger_out.told(tx, out.id))
            raise Denied(out.last_error)
        attempt = await self._sender.attempt(self._partnership, out)
        # The lane counts the attempts; here only the state of the message is kept.
        state = "lane" if attempt.state in {"ready", "parked"} else attempt.state
        kept = ledger_out.Attempt(
            state=state, reason=attempt.reason, next_at=attempt.next_at, now=attempt.now
        )
        await core.ledger.write(lambda tx: ledger_out.attempted(tx, out.id, kept))
        if attempt.state == "waiting":
            return await self._receipted(out.id)
        if attempt.state == "parked":
            raise Denied(attempt.reason)
        if attempt.state == "ready":
            raise Away(attempt.reason)
        return out.id

    async def _receipted(self, message: str) -> str:
        """Wait a little for an asynchronous receipt; one that says no is a refusal."""
        seconds = min(ASYNC_SECONDS_MAX, self._endpoint.send_seconds_max)
        found = await self._sender.wait_for(message, seconds)
        if found is not None and found.state == "parked":
            await self._core.ledger.write(lambda tx: ledger_out.told(tx, message))
            raise Denied(found.last_error)
        return message

    async def fetch(self) -> Sequence[Incoming]:
        """Wait: answers come to our own address and are kept there."""
        await asyncio.sleep(IDLE_SECONDS)
        return []

    async def confirm(self, numbers: Sequence[str]) -> None:
        """Do nothing: the receipt was the confirmation."""

    async def close(self) -> None:
        """Do nothing: the connections are the sender's."""
