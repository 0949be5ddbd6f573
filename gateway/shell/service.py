"""The service's parts for the HTTP interface, and what its handlers share."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from gateway.flow.submission import SETTLED, State
from gateway.shell import ledger_query
from gateway.shell.as2 import As2
from gateway.shell.auth import Caller, Gatekeeper
from gateway.shell.core import Core
from gateway.shell.delivery import Delivery
from gateway.shell.logbook import Logbook
from gateway.shell.problems import Problem
from gateway.shell.recheck_job import Rechecker
from gateway.shell.relay import Relay
from gateway.signing import KeyRing

REASON_CHARS_MAX = 500
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


@dataclass(slots=True)
class Service:
    """Everything a handler can reach."""

    core: Core
    gatekeeper: Gatekeeper
    delivery: Delivery
    logbook: Logbook
    as2: As2
    rechecker: Rechecker
    request_keys: dict[str, KeyRing] = field(default_factory=dict)
    relays: list[Relay] = field(default_factory=list)
    busy: set[Any] = field(default_factory=set)
    started: bool = False
    stopping: bool = False


SERVICE: web.AppKey[Service] = web.AppKey("service", Service)
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)

_STANDS = """
    SELECT state, EXISTS(SELECT 1 FROM answer WHERE submission = ? AND n > 0) FROM submission WHERE id = ?
"""
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def service_of(request: web.Request) -> Service:
    """Give the service that a request came to."""
    return request.app[SERVICE]


def as2_of(request: web.Request) -> As2:
    """Give AS2 of the service that a request came to."""
    return service_of(request).as2


def caller_of(request: web.Request) -> Caller:
    """Give who is calling; authenticated already."""
    return request[CALLER]


async def submission_of(request: web.Request) -> str:
    """Give the submission id of the path, if the caller may see it. Raises the `Problem` 404."""
    submission = request.match_info["id"]
    if not ULID.fullmatch(submission):
        raise Problem("not-found")
    owner = await service_of(request).core.ledger.read(lambda ask: ledger_query.owner(ask, submission))
    caller = caller_of(request)
    if owner is None or (caller.sees is not None and owner != caller.sees):
        raise Problem("not-found")
    return submission


def number_of(
    request: web.Request, name: str, default: int | None, most: int = 2**53, *, least: int = 0
) -> int | None:
    """Give a whole number of the query or the path. Raises the `Problem` 400."""
    text = request.match_info.get(name) or request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise Problem("bad-request", f"{name} is a whole number from {least} to {most}")
    return int(text)


async def order_of(request: web.Request) -> tuple[str, str, int]:
    """Read an order: what to do, the reason, which transaction. Raises the `Problem` 400."""
    try:
        plain = await request.json()
    except (ValueError, RecursionError, LookupError):
        plain = None
    if not isinstance(plain, dict) or plain.get("do") not in ("retry", "skip"):
        raise Problem("bad-request", 'say {"do": "retry"} or {"do": "skip", "reason": "..."}')
    reason, idx = plain.get("reason", ""), plain.get("transaction", 0)
    if isinstance(idx, float) and idx.is_integer():
        idx = int(idx)  # in JSON 1.0 is a whole number too
    if not isinstance(reason, str) or len(reason) > REASON_CHARS_MAX:
        raise Problem("bad-request", f"the reason is text of at most {REASON_CHARS_MAX} characters")
    if isinstance(idx, bool) or not isinstance(idx, int) or not 0 <= idx <= 2**53:
        raise Problem("bad-request", "transaction is a whole number, from 0")
    return plain["do"], reason, idx


def digest_text(value: bytes) -> str:
    """Write a SHA-256 as RFC 9530 does."""
    return f"sha-256=:{base64.b64encode(value).decode()}:"


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with JSON in UTF-8, one line: the encoder that indents is ten times slower."""
    body = _ENCODE(value).encode("utf-8", "backslashreplace")
    return web.Response(body=body + b"\n", status=status, headers=headers, content_type="application/json")


def bytes_response(data: bytes, media_type: str, name: str = "", **headers: str) -> web.Response:
    """Answer with stored bytes as they are; a browser is not to guess at them."""
    sent = {"X-Content-Type-Options": "nosniff", "Content-Type": media_type or "application/octet-stream"}
    if name:
        sent["Content-Disposition"] = f'attachment; filename="{name}"'
    return web.Response(body=data, headers=sent | headers)


async def wait_closed(core: Core, submission: str, seconds: float, *, acknowledged: bool = False) -> bool:
    """Wait until a submission is settled (closed, dead or stopped), so long at most. Tells whether it has its answer.

    With `acknowledged` the first acknowledgement ends the waiting too, which is most often the technical one.
    One that is stopped has none and gets none.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        async with core.news.about(submission) as wait:
            state, answers = await core.ledger.read(
                lambda ask: ask.execute(_STANDS, (submission, submission)).fetchone()
            )
            if str(state) in SETTLED or (acknowledged and answers):
                return str(state) != State.STOPPED
            left = end - loop.time()
            if left <= 0 or not await wait(left):
                return False
