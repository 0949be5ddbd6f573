"""The HTTP application: the table of operations, with authentication, signatures and problems around each.

Lives here: what every request goes through. Never here: what an operation does (`api_*.py`), nor when the
service starts and stops (`server.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import cache, partial
from importlib import import_module
from typing import Any

from aiohttp import web

from gateway.shell import api_events
from gateway.shell.bodies import MissingError
from gateway.shell.console import ROUTES
from gateway.shell.core import Core
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.ledger_retention import was_removed
from gateway.shell.openapi import OPERATIONS, Operation
from gateway.shell.problems import Problem, from_http
from gateway.shell.service import CALLER, SERVICE, Handler, Service
from gateway.shell.signed_requests import check_body, sign_response, verify_request

log = logging.getLogger(__name__)


def application(service: Service) -> web.Application:
    """Make the HTTP application: the table of operations, with problems and authentication around it."""
    app = web.Application(middlewares=[_around], client_max_size=1024 * 1024)
    app[SERVICE] = service
    api_events.prepare(app)
    for operation in OPERATIONS:
        path = operation.path.replace("{path}", "{path:.+}")
        app.router.add_route(operation.method, path, _guarded(operation))
    for method, path, name in ROUTES:
        app.router.add_route(method, path, partial(_handled, f"console.handlers.{name}"))
    return app


def _guarded(operation: Operation) -> Handler:
    if operation.open:
        return partial(_handled, operation.handler)

    async def guarded(request: web.Request) -> web.StreamResponse:
        service = request.app[SERVICE]
        request[CALLER] = caller = service.gatekeeper.identify(request)
        await verify_request(service.core, request, caller, service.request_keys.get(caller.name))
        if "Content-Digest" not in operation.headers:
            await check_body(request)
        return await _handled(operation.handler, request)

    return guarded


async def _handled(name: str, request: web.Request) -> web.StreamResponse:
    response: web.StreamResponse = await _handler(name)(request)
    return response


@cache
def _handler(name: str) -> Any:
    """Find what handles an operation; what only that needs is loaded with the first request for it."""
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"gateway.shell.{module}"), function)


@web.middleware
async def _around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Sign what goes out, refusals included. One middleware: aiohttp takes its time for each."""
    core, busy = request.app[SERVICE].core, request.app[SERVICE].busy
    busy.add(request.protocol)
    try:
        response = await _answered(core, request, handler)
        if core.config.signing.responses:
            await sign_response(core, request, response)
        return response
    finally:
        busy.discard(request.protocol)


async def _answered(core: Core, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure into a problem document; ours say nothing of the inside."""
    core.counts["requests"] += 1
    # aiohttp takes this shape of smuggling; nobody has a use for it.
    if request.version < (1, 1) and "Transfer-Encoding" in request.headers:
        return Problem("bad-request", "HTTP/1.0 has no Transfer-Encoding").response()
    try:
        return await handler(request)
    except (ConnectionError, asyncio.CancelledError):
        raise
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return from_http(error).response()
    except Exception as error:  # noqa: BLE001 - every one has its answer
        return await _answer_for(core, request, error)


async def _answer_for(core: Core, request: web.Request, error: Exception) -> web.Response:
    """Say what a failure means for the caller."""
    if isinstance(error, Problem):
        return error.response()
    if isinstance(error, LedgerUnavailable):
        return Problem("unavailable", headers={"Retry-After": "5"}).response()
    if isinstance(error, MissingError):
        with contextlib.suppress(LedgerUnavailable):
            if await core.ledger.read(lambda ask: was_removed(ask, error.digest)):
                return Problem("gone").response()
    log.error("%s %s failed", request.method, request.path[:256], exc_info=error)
    core.counts["internal_errors"] += 1
    core.troubles["http"] = "a request failed on our side"
    return Problem("internal").response()
