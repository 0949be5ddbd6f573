"""Server-sent events: what happens, as it happens, from wherever a reader left off.

Events are rows of the ledger, so a reader that was away for a week misses none:
`Last-Event-ID` is the number of a row.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from aiohttp import web

from gateway.shell import ledger_query
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.problems import Problem
from gateway.shell.service import caller_of, number_of, service_of, submission_of

HEARTBEAT_SECONDS = 15.0
READERS_MAX = 50
_readers: web.AppKey[Counter[str]] = web.AppKey("event_readers", Counter)


def prepare(app: web.Application) -> None:
    """Make the application ready to count its readers."""
    app[_readers] = Counter()


async def get_all(request: web.Request) -> web.StreamResponse:
    """Stream the caller's events; without a place to go on from, those that come from now on."""
    core = service_of(request).core
    after = _after(request)
    if after is None:
        after = await core.ledger.read(ledger_query.last_event)
    return await _stream(request, after, None)


async def get_of_one(request: web.Request) -> web.StreamResponse:
    """Stream one submission's events, from its first on."""
    submission = await submission_of(request)
    return await _stream(request, _after(request) or 0, submission)


def _after(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID", "").strip()
    if text:
        if not (text.isascii() and text.isdigit() and len(text) <= 16):
            raise Problem("bad-request", "Last-Event-ID is the number of an event")
        return int(text)
    return number_of(request, "after", None)


async def _stream(request: web.Request, after: int, submission: str | None) -> web.StreamResponse:
    caller = caller_of(request)
    readers = request.app[_readers]
    if readers[caller.name] >= READERS_MAX:
        raise Problem("too-many-requests", "too many event streams", headers={"Retry-After": "10"})
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    readers[caller.name] += 1
    try:
        await _pump(request, response, after, submission)
    except (ConnectionError, LedgerUnavailable):
        pass  # the reader comes back with the number of what it saw last
    finally:
        readers[caller.name] -= 1
    return response


async def _pump(
    request: web.Request, response: web.StreamResponse, after: int, submission: str | None
) -> None:
    service, partner = service_of(request), caller_of(request).sees
    core = service.core
    topic = submission if submission is not None else "event"
    while not service.stopping:
        async with core.news.about(topic) as wait:
            last = after
            rows = await core.ledger.read(
                lambda ask: ledger_query.events(ask, last, partner=partner, submission=submission)  # noqa: B023
            )
            for row in rows:
                await response.write(event_text(row).encode("utf-8", "backslashreplace"))
                after = row["id"]
            if not rows and not await wait(HEARTBEAT_SECONDS):
                await response.write(b": still here\n\n")
        await asyncio.sleep(0)


def event_text(row: dict[str, Any]) -> str:
    """Write one event as the stream has it."""
    plain = ledger_query.event_document(row)
    data = json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
    return f"id: {row['id']}\nevent: {row['name']}\ndata: {data}\n\n"
