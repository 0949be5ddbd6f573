"""`/v1/subscriptions`: addresses that want to be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.shell import intake, ledger_query
from gateway.shell.clock import rfc3339
from gateway.shell.problems import Problem
from gateway.shell.service import ULID, caller_of, json_response, service_of
from gateway.shell.webhooks import AddressError, check_url

if TYPE_CHECKING:
    from aiohttp import web

    from gateway.shell.ledger import Transaction

SUBSCRIPTIONS_MAX = 20


async def get_list(request: web.Request) -> web.Response:
    """List the caller's subscriptions."""
    name = caller_of(request).name
    rows = await service_of(request).core.ledger.read(lambda ask: ledger_query.subscriptions(ask, name))
    return json_response({"subscriptions": rows})


async def post(request: web.Request) -> web.Response:
    """Subscribe an address: `{"url": "https://..."}`."""
    core, caller = service_of(request).core, caller_of(request)
    received = await intake.receive(core, request)
    try:
        url = json.loads(received.data)["url"]
    except (ValueError, KeyError, TypeError, RecursionError):
        url = None
    if not isinstance(url, str):
        raise Problem("bad-request", 'say {"url": "https://..."}')
    try:
        check_url(url, caller.profile)
    except AddressError as error:
        raise Problem("forbidden", f"this address cannot be subscribed: {error}") from None
    made, at = core.ids(), rfc3339(core.clock.now())

    def keep(tx: Transaction) -> bool:
        known = ledger_query.subscriptions(tx.connection, caller.name)
        if len(known) >= SUBSCRIPTIONS_MAX:
            return False
        tx.connection.execute(
            "INSERT INTO subscription(id, partner, url, events, at) VALUES(?, ?, ?, ?, ?)",
            (made, caller.name, url, '["Acknowledged"]', at),
        )
        return True

    if not await core.ledger.write(keep):
        raise Problem("conflict", f"there are {SUBSCRIPTIONS_MAX} subscriptions already")
    place = f"/v1/subscriptions/{made}"
    return json_response({"id": made, "url": url, "at": at}, 201, {"Location": place})


async def delete(request: web.Request) -> web.Response:
    """Take a subscription back; calls that wait are dropped."""
    core, caller, which = service_of(request).core, caller_of(request), request.match_info["id"]
    if not ULID.fullmatch(which):
        raise Problem("not-found")

    def forget(tx: Transaction) -> int:
        return tx.connection.execute(
            "DELETE FROM subscription WHERE id = ? AND partner = ?", (which, caller.name)
        ).rowcount

    if not await core.ledger.write(forget):
        raise Problem("not-found")
    return json_response({"deleted": which})
