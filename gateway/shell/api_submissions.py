"""`/v1/submissions`: take one in, list them, show one."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gateway.flow.submission import State
from gateway.shell import intake, ledger_query
from gateway.shell.core import Core
from gateway.shell.ledger_intake import Admission, Outcome
from gateway.shell.problems import Problem
from gateway.shell.service import (
    caller_of,
    digest_text,
    json_response,
    number_of,
    service_of,
    submission_of,
    wait_closed,
)
from gateway.shell.signed_requests import signed_via

if TYPE_CHECKING:
    from aiohttp import web

PATH = "/v1/submissions"
# RFC 7240; a parameter of the preference says what is waited for, where that is not the final answer.
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])(\s*;\s*until=\"?acknowledged\"?(?=$|[,;\s]))?")
FILTERS = ("state", "format", "sender", "control_number", "entry_number", "digest", "after", "limit")


async def post(request: web.Request) -> web.Response:
    """Take content in; answer when it is durable, or when it is closed or acknowledged if that is asked for."""
    service, caller = service_of(request), caller_of(request)
    core = service.core
    intake.shed(core)
    service.gatekeeper.admit(caller, request.content_length or 0)
    key = intake.idempotency_key(request)
    wait, acknowledged = _wait(request, core.config.server.wait_seconds_max)
    received = await intake.receive(core, request)
    admission = await intake.store(
        core,
        caller,
        received,
        key=key,
        scope=PATH,
        via=signed_via(request),
        traceparent=request.headers.get("traceparent", ""),
    )
    if admission.outcome is Outcome.REUSED:
        raise Problem(
            "idempotency-key-reused", "use a new key for other content", submission=admission.submission
        )
    if wait is not None and await wait_closed(core, admission.submission, wait, acknowledged=acknowledged):
        plain = await shown(core, admission.submission)
        applied = f"wait={wait}{'; until=acknowledged' if acknowledged else ''}"
        return json_response(plain, 200, _headers(admission) | {"Preference-Applied": applied})
    return accepted(admission)


def accepted(admission: Admission) -> web.Response:
    """Give the 202: the same bytes whenever the same submission is asked for again."""
    place = f"{PATH}/{admission.submission}"
    plain = {
        "submission": admission.submission,
        "state": "received",
        "received_at": admission.at,
        "receipt": admission.receipt,
        "links": {"self": place, "events": f"{place}/events"},
    }
    return json_response(plain, 202, _headers(admission))


def _headers(admission: Admission) -> dict[str, str]:
    headers = {"Location": f"{PATH}/{admission.submission}"}
    if admission.outcome is Outcome.SAME:
        headers["Gateway-Duplicate"] = "true"
    return headers


def _wait(request: web.Request, most: float) -> tuple[int | None, bool]:
    """Give how long to wait, and whether the first acknowledgement is enough."""
    found = _WAIT.search(", ".join(request.headers.getall("Prefer", [])))
    return (None, False) if found is None else (int(min(int(found[1]), most)), found[2] is not None)


async def get_list(request: web.Request) -> web.Response:
    """List submissions, newest first; the next page is in `Link`."""
    core, caller = service_of(request).core, caller_of(request)
    query = request.query
    if unknown := set(query) - {*FILTERS, "partner"}:
        raise Problem("bad-request", f"there is no filter {min(unknown)[:40]!r}")
    if query.get("state", "") not in {"", *State}:
        raise Problem("bad-request", f"state is one of {', '.join(State)}")
    asked = ledger_query.Filter(
        partner=caller.sees if caller.sees is not None else query.get("partner"),
        state=query.get("state", ""),
        format=query.get("format", ""),
        sender=query.get("sender", ""),
        control=query.get("control_number", ""),
        number=query.get("entry_number", ""),
        digest=_digest(query.get("digest")),
        after=number_of(request, "after", None),
        limit=number_of(request, "limit", 50, ledger_query.PAGE_MAX, least=1) or 1,
    )
    rows, more = await core.ledger.read(lambda ask: ledger_query.listed(ask, asked))
    headers = {}
    if more is not None:
        following = urlencode({**query, "after": more})
        headers["Link"] = f'<{PATH}?{following}>; rel="next"'
    return json_response({"submissions": [_plain(row) for row in rows]}, headers=headers)


def _digest(text: str | None) -> bytes | None:
    """Read a digest as hex, base64 or `sha-256=:...:`. A plus sign may have become a blank."""
    if not text:
        return None
    text = text.removeprefix("sha-256=:").removesuffix(":").replace(" ", "+")
    try:
        value = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        value = b""
    if len(value) != 32:
        raise Problem("bad-request", "digest is a SHA-256 in hex, or sha-256=:...:")
    return value


async def get_one(request: web.Request) -> web.Response:
    """Show a submission: state, transactions, findings, acknowledgements, links."""
    submission = await submission_of(request)
    return json_response(await shown(service_of(request).core, submission))


async def shown(core: Core, submission: str) -> dict[str, Any]:
    """Give a submission as it is shown to those who may see it."""
    head = await core.ledger.read(lambda ask: ledger_query.document(ask, submission))
    if head is None:
        raise Problem("not-found")
    findings = head.pop("findings_body")
    plain = _plain(head)
    there = findings is not None and plain["removed_at"] is None
    plain["findings"] = json.loads(await core.ledger.load(findings)) if there else []
    place = f"{PATH}/{submission}"
    answers = plain.pop("acknowledgements")
    plain["receipt"] = answers[0]["receipt"]
    plain["acknowledgements"] = [
        {**answer, "href": f"{place}/acknowledgements/{answer['n']}"} for answer in answers[1:]
    ]
    plain["links"] = {
        name: f"{place}/{name}" if name != "self" else place
        for name in ("self", "source", "entry", "lineage", "forwarded", "answers", "events")
    }
    return plain


def _plain(head: dict[str, Any]) -> dict[str, Any]:
    return {**head, "digest": digest_text(head["digest"])}
