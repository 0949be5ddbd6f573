"""What stands behind the receipts: time-stamps of the log, and reports of the recheck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from gateway.shell import recheck_job, stamps
from gateway.shell.problems import Problem
from gateway.shell.service import caller_of, json_response, number_of, service_of

if TYPE_CHECKING:
    from gateway.shell.ledger_query import Ask

REPORTS_MAX = 20


async def get_timestamp(request: web.Request) -> web.Response:
    """Give the newest time-stamp (RFC 3161) of a checkpoint, or with `?size=` that of one.

    The checkpoint that it is over is `/v1/log/checkpoint?size=`, with the size in `Checkpoint-Size`.
    """
    core = service_of(request).core
    size = number_of(request, "size", None)

    def found(ask: Ask) -> tuple[int, bytes, str] | None:
        return stamps.stamp_of(ask, core.log, size)

    row = await core.ledger.read(found)
    if row is None:
        raise Problem("not-found", "there is no such time-stamp")
    return web.Response(
        body=row[1], content_type=stamps.REPLY, headers={"Checkpoint-Size": str(row[0]), "Stamped-At": row[2]}
    )


async def get_rechecks(request: web.Request) -> web.Response:
    """Give the newest reports of the recheck, the newest first; for operators."""
    _operator(request)
    rows = await service_of(request).core.ledger.read(lambda ask: recheck_job.reports(ask, REPORTS_MAX))
    return json_response({"rechecks": [row.as_json() for row in rows]})


async def post_recheck(request: web.Request) -> web.Response:
    """Have all that is stored verified now; for operators."""
    _operator(request)
    service_of(request).rechecker.ask()
    return json_response({"begun": True}, 202)


def _operator(request: web.Request) -> None:
    if caller_of(request).sees is not None:
        raise Problem("forbidden", "this is for operators")
