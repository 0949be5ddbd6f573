"""`/v1/translations` and `/v1/validations`: the work without the promise. Nothing is kept."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from gateway.shell import intake
from gateway.shell.clock import rfc3339
from gateway.shell.pool import BudgetError
from gateway.shell.problems import Problem
from gateway.shell.service import bytes_response, caller_of, json_response, service_of
from gateway.shell.work_jobs import ToolDone, ToolJob
from gateway.shell.work_names import PROFILES, TARGETS, TRANSLATE, VALIDATE, Work

if TYPE_CHECKING:
    from aiohttp import web

    from gateway.shell.config import Partner
    from gateway.shell.pool import Pool


async def post_validation(request: web.Request) -> web.Response:
    """Read and judge; 200 with the findings, whether or not there are errors among them."""
    done = await _run(request, VALIDATE, await _job(request, ""))
    return json_response(done.document)


async def post_translation(request: web.Request) -> web.Response:
    """Translate; JSON with the output in it, or the output itself if `Accept` asks for its type."""
    target = request.query.get("to", "")
    if not target:
        raise Problem("bad-request", f"?to= names one of {await _targets(request)}")
    try:
        done = await _run(request, TRANSLATE, await _job(request, target))
    except LookupError:
        known = await _targets(request)
        raise Problem("bad-request", f"there is no such target; there are {known}") from None
    if done.output is None:
        raise Problem("invalid", "nothing could be translated", errors=done.document["findings"])
    accept = request.headers.get("Accept", "*/*")
    if done.media_type in accept and not (done.media_type == "application/json" and "*/*" in accept):
        return bytes_response(done.output, done.media_type)
    plain = {**done.document, "media_type": done.media_type}
    try:
        plain["output"] = done.output.decode("utf-8")
    except UnicodeDecodeError:
        plain["output_base64"] = base64.b64encode(done.output).decode("ascii")
    return json_response(plain)


async def _job(request: web.Request, target: str) -> ToolJob:
    service, caller = service_of(request), caller_of(request)
    service.gatekeeper.admit(caller, request.content_length or 0)
    received = await intake.receive(service.core, request)
    core, profile = service.core, caller.profile
    return ToolJob(
        data=received.data,
        format=request.query.get("from", "") or intake.format_of(received.media_type, received.data),
        limits=core.config.limits.limits(lenient=profile.lenient),
        profile=await _settings(core.pool, profile, request.query.get("profile", "")),
        at=rfc3339(core.clock.now()),
        to=target,
        sender=core.config.name,
        receiver=request.query.get("receiver", ""),
        lineage="lineage" in request.query,
    )


async def _settings(pool: Pool, partner: Partner, asked: str) -> dict[str, str]:
    """Give the partner's settings; profiles that the call names go before the partner's own."""
    names = asked.replace(",", " ").split()
    known = await pool.run(PROFILES) if names else ()
    for name in names:
        if name not in known:
            raise Problem("bad-request", f"there is no such profile; there are {', '.join(known)}")
    return {**partner.settings, **({"profiles": " ".join(names)} if names else {})}


async def _targets(request: web.Request) -> str:
    """Name what a message can be translated to."""
    return ", ".join(await service_of(request).core.pool.run(TARGETS))


async def _run(request: web.Request, work: Work[[ToolJob], ToolDone], job: ToolJob) -> ToolDone:
    try:
        return await service_of(request).core.pool.run(work, job)
    except BudgetError as error:
        raise Problem("invalid", str(error)) from None
