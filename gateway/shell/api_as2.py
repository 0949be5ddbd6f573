"""`/v1/as2`: messages and receipts of AS2 partners, and what an operator sees of those that go out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.shell import as2_ledger_out as ledger_out
from gateway.shell import intake
from gateway.shell.as2_in import Arrived
from gateway.shell.as2_receipts import Word, is_receipt, take_receipt
from gateway.shell.auth import Caller
from gateway.shell.problems import Problem
from gateway.shell.service import ULID, as2_of, caller_of, json_response, order_of, service_of
from gateway.signing.as2 import read_request
from gateway.signing.verdict import Refusal

if TYPE_CHECKING:
    from aiohttp import web

READ = (
    "as2-version", "as2-from", "as2-to", "message-id", "content-type", "content-transfer-encoding",
    "content-disposition", "disposition-notification-to", "disposition-notification-options",
    "receipt-delivery-option", "ediint-features", "subject", "mime-version",
)  # fmt: skip
"""Headers that are read and kept, in lower case."""

LISTED_MAX = 200
_STATES = re.compile(r"ready|lane|waiting|done|parked|")


async def post(request: web.Request) -> web.StreamResponse:
    """Take a message and answer with its receipt, or take a receipt for a message of ours."""
    service, as2 = service_of(request), as2_of(request)
    core = service.core
    intake.shed(core)
    headers = _headers(request)
    try:
        asked = read_request(headers)
    except Refusal as refusal:
        raise Problem("bad-request", "; ".join(refusal.verdict.reasons)) from refusal
    partnership = as2.partnerships.find(asked.sender, asked.receiver)
    name = f"as2/{partnership.id if partnership is not None else ''}"
    service.gatekeeper.admit(Caller(name, as2.profile(partnership)), request.content_length or 0)
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem(
            "unsupported-encoding", "AS2 compresses inside", headers={"Accept-Encoding": "identity"}
        )
    received = await intake.receive(core, request)
    if is_receipt(headers, received.raw):
        if partnership is None:
            raise Problem("forbidden", "this sender and receiver have no agreement")
        word, reason = await take_receipt(core, partnership, headers, received.raw, received.at)
        if word is Word.NOTHING:
            raise Problem("invalid", reason)
        return json_response({"receipt": word.value})
    came = Arrived(asked=asked, headers=headers, raw=received.raw, at=received.at)
    return await as2.door.take(came, partnership, trusted=as2.trusts(request, partnership))


def _headers(request: web.Request) -> dict[str, str]:
    """Give the headers that count. One that stands twice is refused, for readers differ on which holds."""
    found = {}
    for name in READ:
        values = request.headers.getall(name, [])
        if len(values) > 1:
            raise Problem("bad-request", f"the header {name} stands twice")
        if values and not values[0].isascii():
            raise Problem("bad-request", f"the header {name} is not ASCII")
        if values:
            found[name] = values[0]
    return found


async def get_messages(request: web.Request) -> web.Response:
    """List messages that go out, newest first; for operators."""
    _operator(request)
    state = request.query.get("state", "")
    if not _STATES.fullmatch(state):
        raise Problem("bad-request", "state is ready, lane, waiting, done or parked")
    core = service_of(request).core
    rows = await core.ledger.read(lambda ask: ledger_out.listed(ask, state, LISTED_MAX))
    return json_response({"messages": rows})


async def post_order(request: web.Request) -> web.Response:
    """Send a parked message again, or give it up: `{"do": "retry" | "skip"}`; for operators.

    The id in the path is the first part of the Message-ID, up to the @.
    """
    _operator(request)
    message = request.match_info["id"]
    action, _, _ = await order_of(request)
    core = service_of(request).core
    known = ULID.fullmatch(message) is not None
    if not known or not await core.ledger.write(lambda tx: ledger_out.order(tx, f"<{message}@", action)):
        raise Problem("not-found", "no such message waits for an order")
    return json_response({"done": action}, 202)


def _operator(request: web.Request) -> None:
    if caller_of(request).sees is not None:
        raise Problem("forbidden", "this is for operators")
