"""The console's calls: authenticate, ask the ledger, make a page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from gateway.shell import intake, ledger_query, ledger_send
from gateway.shell.api_entries import entry
from gateway.shell.api_service import described
from gateway.shell.api_submissions import shown
from gateway.shell.auth import COOKIE
from gateway.shell.clock import rfc3339
from gateway.shell.console import pages, reference
from gateway.shell.core import SOFTWARE
from gateway.shell.intake import Received
from gateway.shell.ledger_flow import Ref
from gateway.shell.pool import BudgetError
from gateway.shell.problems import Problem
from gateway.shell.service import CALLER, caller_of, number_of, service_of, submission_of
from gateway.shell.work_names import EXPLAIN
from gateway.signing import KeyRing, verify_detached, verify_receipt

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STATIC = Path(__file__).with_name("static")
STATIC_TYPES = {"console.css": "text/css", "console.js": "text/javascript"}
ANSWERS_SHOWN_MAX = 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def html(data: bytes, status: int = 200) -> web.Response:
    """Answer with a page."""
    return web.Response(body=data, status=status, headers=HEADERS, content_type="text/html", charset="utf-8")


def guarded(handler: Handler) -> Handler:
    """Let only those in who are known; a problem becomes a page."""

    async def call(request: web.Request) -> web.StreamResponse:
        try:
            request[CALLER] = service_of(request).gatekeeper.identify(request)
            return await handler(request)
        except Problem as problem:
            if problem.status == 401:
                raise web.HTTPSeeOther("/console/login") from None
            return html(pages.wrong(problem.title, problem.detail), problem.status)

    return call


async def get_static(request: web.Request) -> web.Response:
    """Give the style sheet or the script."""
    name = request.match_info["name"]
    if name not in STATIC_TYPES:
        raise Problem("not-found")
    data = await asyncio.to_thread((STATIC / name).read_bytes)
    headers = {**HEADERS, "Cache-Control": "max-age=300"}
    return web.Response(body=data, headers=headers, content_type=STATIC_TYPES[name], charset="utf-8")


async def get_login(request: web.Request) -> web.Response:  # noqa: ARG001 - the shape of a handler
    """Ask for an API key."""
    return html(pages.login_form())


async def post_login(request: web.Request) -> web.Response:
    """Keep the key in a cookie that no script and no other site can use."""
    key = str((await request.post()).get("key", ""))
    if not service_of(request).gatekeeper.knows(key):
        return html(pages.login_form("This key is not known."), 403)
    response = web.Response(status=303, headers={"Location": "/console"})
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, key, httponly=True, samesite="Strict", secure=secure, path="/")
    return response


@guarded
async def get_submissions(request: web.Request) -> web.Response:
    """List submissions."""
    core, query = service_of(request).core, request.query
    asked = {name: query.get(name, "") for name in ("state", "format", "entry_number", "control_number")}
    wanted = ledger_query.Filter(
        partner=caller_of(request).sees,
        state=asked["state"],
        format=asked["format"],
        number=asked["entry_number"],
        control=asked["control_number"],
        after=number_of(request, "after", None),
    )
    seen = await core.ledger.read(ledger_query.last_event)
    rows, more = await core.ledger.read(lambda ask: ledger_query.listed(ask, wanted))
    return html(pages.submissions(rows, asked, more, seen=seen))


@guarded
async def get_submission(request: web.Request) -> web.Response:
    """Show one submission."""
    core, which = service_of(request).core, await submission_of(request)
    idx = number_of(request, "transaction", 0) or 0
    seen = await core.ledger.read(ledger_query.last_event)
    plain = await shown(core, which)
    row = await core.ledger.read(lambda ask: ledger_query.row_of(ask, which)) or {}
    if plain["removed_at"] is not None:
        raise Problem(
            "gone", f"The content of {which} was removed at {plain['removed_at']}; its receipts stay."
        )
    source = await core.ledger.load(bytes(row["body"]))
    part = await core.ledger.read(lambda ask: ledger_query.part_row(ask, which, idx)) or {}
    stages: dict[str, bytes] = {}
    if part.get("forwarded") is not None:
        stages["forwarded"] = await core.ledger.load(bytes(part["forwarded"]))
    answers = await core.ledger.read(lambda ask: ledger_query.answers(ask, which))
    for answer in answers[1:]:
        stages[f"acknowledgement-{answer['n']}"] = await core.ledger.load(bytes(answer["body"]))
    heard = await core.ledger.read(lambda ask: ledger_query.heard_rows(ask, which))
    said = [
        {**one, "data": await core.ledger.load(bytes(one["body"]))}
        for one in heard[-ANSWERS_SHOWN_MAX:]
        if one["idx"] == idx
    ]
    lineage = await _lineage(request, row, source, idx)
    verified = _verified(core.ring, answers, stages) if "verify" in request.query else None
    stands = await entry(core, part["number"], caller_of(request).sees) if part.get("number") else None
    return html(
        pages.submission(
            plain, source, lineage, stages, said, idx, seen=seen, verified=verified, stands=stands
        )
    )


async def _lineage(request: web.Request, row: dict[str, Any], source: bytes, idx: int) -> list[Any]:
    core = service_of(request).core
    if not row["format"]:
        return []
    lenient = core.config.partner(row["partner"]).lenient
    limits = core.config.limits.limits(lenient=lenient)
    try:
        found = await core.pool.run(EXPLAIN, source, row["format"], limits, idx, "lineage")
    except BudgetError:
        return []
    return list(pages.parsed(found or b""))


def _verified(ring: KeyRing, answers: list[dict[str, Any]], stages: dict[str, bytes]) -> dict[int, list[str]]:
    """Verify what is stored with the public keys alone, as anybody else would."""
    keys = KeyRing.from_jwks(ring.jwks())
    found = {}
    for answer in answers[1:]:
        data = stages[f"acknowledgement-{answer['n']}"]
        against = [*verify_receipt(answer["receipt"], keys, None, data).reasons]
        against += verify_detached(data, answer["signature"], keys).reasons
        found[int(answer["n"])] = against
    return found


@guarded
async def get_file(request: web.Request) -> web.Response:  # noqa: ARG001 - the shape of a handler
    """Offer the form."""
    return html(pages.file_form())


@guarded
async def post_file(request: web.Request) -> web.StreamResponse:
    """File what was given, and show what becomes of it."""
    service, caller = service_of(request), caller_of(request)
    core = service.core
    intake.shed(core)
    service.gatekeeper.admit(caller, request.content_length or 0)
    data = await _given(request, core.config.server.body_bytes_max)
    if not data:
        return html(pages.file_form("Choose a file, or give its text."), 400)
    received = Received(raw=data, data=data, media_type="", encoding="identity", at=core.clock.now())
    admission = await intake.store(core, caller, received, transport="console")
    return web.Response(status=303, headers={"Location": f"/console/submissions/{admission.submission}"})


async def _given(request: web.Request, most: int) -> bytes:
    """Give the first part of a form that has content, within the bound."""
    if not request.content_type.startswith("multipart/form-data"):
        raise Problem("bad-request", "the form comes as multipart/form-data")
    try:
        reader = await request.multipart()
        while True:
            part = await reader.next()
            if part is None:
                return b""
            if not isinstance(part, BodyPartReader):
                continue
            found = bytearray()
            while piece := await part.read_chunk():
                found += piece
                if len(found) > most:
                    raise Problem("too-large", f"at most {most} bytes are taken")
            data = bytes(found)
            if part.name == "text":
                # A form writes every line end as CR LF; what was typed had none or LF.
                data = data.replace(b"\r\n", b"\n").rstrip(b"\n") if data.strip() else b""
            if data:
                return data
    except ValueError:
        raise Problem("bad-request", "the form cannot be read") from None


@guarded
async def get_health(request: web.Request) -> web.Response:
    """Show endpoints and what waits."""
    service, caller = service_of(request), caller_of(request)
    core = service.core
    now = core.clock.seconds()
    endpoints = [
        {
            "name": name,
            "target": line.endpoint.target,
            "address": line.endpoint.address,
            "state": "away" if line.breaker.closed_until > now or line.breaker.failures else "ready",
        }
        for name, line in service.delivery.lines.items()
    ]
    ready = {
        "ok": service.started and not service.stopping,
        "software": SOFTWARE,
        "troubles": core.troubles if caller.sees is None else {},
        "warnings": core.ledger.warnings,
    }
    parked = await core.ledger.read(lambda ask: ledger_query.parked(ask, caller.sees))
    return html(pages.health(ready, endpoints, parked, may_order=caller.sees is None))


@guarded
async def post_order(request: web.Request) -> web.StreamResponse:
    """Carry out what a person decided."""
    core, caller = service_of(request).core, caller_of(request)
    if caller.sees is not None:
        raise Problem("forbidden", "this is for operators")
    form = await request.post()
    action, reason = str(form.get("do", "")), str(form.get("reason", ""))[:500]
    submission, number = str(form.get("submission", "")), str(form.get("transaction", ""))
    if action not in {"retry", "skip"} or (action == "skip" and not reason) or not number.isdigit():
        raise Problem("bad-request", "do is retry, or skip with a reason")
    owner = await core.ledger.read(lambda ask: ledger_query.owner(ask, submission))
    if owner is None:
        raise Problem("not-found")
    ref, at = Ref(submission, int(number), owner), rfc3339(core.clock.now())
    if not await core.ledger.write(lambda tx: ledger_send.order(tx, ref, action, reason, at)):
        raise Problem("conflict", "this transaction does not wait for such an order")
    return web.Response(status=303, headers={"Location": "/console/health"})


async def get_docs(request: web.Request) -> web.Response:
    """Describe the HTTP interface to people; what is described is no secret."""
    return html(reference.reference(await described(service_of(request))))
