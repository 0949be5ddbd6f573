"""What the service says about itself: health, metrics, keys, the receipt log, what waits for a person."""

from __future__ import annotations

import resource
from typing import Any

from aiohttp import web

from gateway.shell import as2_ledger_out, ledger_query, ledger_relay, ledger_send
from gateway.shell.clock import rfc3339, rfc3339_seconds
from gateway.shell.core import SOFTWARE
from gateway.shell.keys import CERTIFIED
from gateway.shell.ledger_flow import Ref
from gateway.shell.ledger_probe import takes_work
from gateway.shell.openapi import description
from gateway.shell.problems import Problem
from gateway.shell.service import ULID, Service, caller_of, json_response, number_of, order_of, service_of
from gateway.shell.stamps import checkpoint_of
from gateway.shell.work_names import TARGETS
from gateway.signing import KeySetError, Purpose

TEXT = "text/plain"
LOG_RETRY_SECONDS = 10


async def get_healthz(request: web.Request) -> web.Response:  # noqa: ARG001 - the shape of a handler
    """Say that the process lives."""
    return json_response({"ok": True})


async def get_readyz(request: web.Request) -> web.Response:
    """Say whether work is taken: started, not stopping, the ledger writes, with room for more."""
    service = service_of(request)
    core = service.core
    ready = service.started and not service.stopping and not core.halted and await takes_work(core.ledger)
    plain = {"ok": ready, "software": SOFTWARE, "warnings": core.ledger.warnings, "troubles": core.troubles}
    return json_response(plain, 200 if ready else 503)


async def get_metrics(request: web.Request) -> web.Response:
    """Give the counters as Prometheus text; for operators."""
    if caller_of(request).sees is not None:
        raise Problem("forbidden", "metrics are for operators")
    core = service_of(request).core
    found = await core.ledger.read(ledger_query.counts)
    lines = ["# TYPE gateway_submissions gauge"]
    lines += [f'gateway_submissions{{state="{state}"}} {n}' for state, n in found["submissions"].items()]
    lines.append("# TYPE gateway_outbox gauge")
    for name, n in found["outbox"].items():
        effect, state = name.split("/")
        lines.append(f'gateway_outbox{{effect="{effect}",state="{state}"}} {n}')
    for name, n in sorted(core.counts.items()):
        lines += [f"# TYPE gateway_{name}_total counter", f"gateway_{name}_total {n}"]
    if service_of(request).as2.partnerships:
        going = await core.ledger.read(as2_ledger_out.counts)
        lines.append("# TYPE gateway_as2_out gauge")
        lines += [f'gateway_as2_out{{state="{state}"}} {n}' for state, n in sorted(going.items())]
    lines += await _relayed(service_of(request))
    last = service_of(request).rechecker.last
    if last is not None:
        for name, value in (("answers", last.answers), ("entries", last.entries), ("wrong", last.wrong)):
            lines += [f"# TYPE gateway_recheck_{name} gauge", f"gateway_recheck_{name} {value}"]
        at = rfc3339_seconds(last.ended_at)
        lines += ["# TYPE gateway_recheck_timestamp_seconds gauge", f"gateway_recheck_timestamp_seconds {at}"]
    gauges = {
        "ledger_backlog": core.ledger.backlog,
        "troubles": len(core.troubles),
        "resident_bytes_max": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    for name, value in gauges.items():
        lines += [f"# TYPE gateway_{name} gauge", f"gateway_{name} {value}"]
    lines += [
        "# TYPE gateway_ledger_commits_total counter",
        f"gateway_ledger_commits_total {core.ledger.commits}",
    ]
    return web.Response(
        body=("\n".join(lines) + "\n").encode(), headers={"Content-Type": "text/plain; version=0.0.4"}
    )


async def _relayed(service: Service) -> list[str]:
    """Give the lines of the relays: what this process copied, and how far behind each is."""
    behind = {
        relay.name: await service.core.ledger.read(lambda ask: ledger_relay.behind(ask, relay.name))  # noqa: B023
        for relay in service.relays
    }
    values: dict[str, dict[str, int]] = {
        "events_total counter": {relay.name: relay.copied for relay in service.relays},
        "failures_total counter": {relay.name: relay.failures for relay in service.relays},
        "connected gauge": {relay.name: int(relay.connected) for relay in service.relays},
        "behind gauge": behind,
    }
    lines = []
    for kind, found in values.items() if service.relays else ():
        name = kind.split()[0]
        lines.append(f"# TYPE gateway_relay_{kind}")
        lines += [f'gateway_relay_{name}{{relay="{relay}"}} {value}' for relay, value in found.items()]
    return lines


async def get_jwks(request: web.Request) -> web.Response:
    """Give the public keys, old ones included."""
    return json_response(service_of(request).core.ring.jwks(), headers={"Cache-Control": "max-age=300"})


async def get_certificates(request: web.Request) -> web.Response:
    """Give the certificates of our keys as PEM, of one purpose with `?purpose=`: cms, xml, as2."""
    shelf = service_of(request).core.shelf
    try:
        purpose = Purpose(request.query["purpose"]) if "purpose" in request.query else None
        if purpose in CERTIFIED:
            await shelf.signer(purpose)
    except KeySetError as error:
        raise Problem("not-found", str(error)) from error
    except ValueError:
        raise Problem("bad-request", "purpose is cms, xml or as2") from None
    chains = [key.certificates for key in shelf.ring if purpose in {None, key.purpose} and key.certificates]
    return web.Response(body=b"".join(chains), content_type="application/x-pem-file")


async def get_openapi(request: web.Request) -> web.Response:
    """Give the description of this interface."""
    return json_response(await described(service_of(request)))


async def described(service: Service) -> dict[str, Any]:
    """Describe the interface as this service has it."""
    config, targets = service.core.config, await service.core.pool.run(TARGETS)
    return description(config.server.public_url, anonymous=bool(config.anonymous()), targets=targets)


# The receipt log: hashes and signatures, for everybody


async def get_checkpoint(request: web.Request) -> web.Response:
    """Give the newest signed checkpoint of the receipt log, or with `?size=` the one that was signed at a size."""
    size, core = number_of(request, "size", None), service_of(request).core
    note = await service_of(request).logbook.checkpoint()
    if size is not None:
        row = await core.ledger.read(lambda ask: checkpoint_of(ask, core.log, size))
        note = row[1] if row is not None else ""
    if not note:
        raise Problem(
            "not-found", "there is no checkpoint yet", headers={"Retry-After": str(LOG_RETRY_SECONDS)}
        )
    return web.Response(text=note, content_type=TEXT)


async def get_proof(request: web.Request) -> web.Response:
    """Give the proof that a receipt is in the log (C2SP tlog-proof)."""
    receipt = request.query.get("receipt", "")
    if not ULID.fullmatch(receipt):
        raise Problem("bad-request", "?receipt= is the id inside a receipt")
    proof = await service_of(request).logbook.proof(receipt)
    if proof is None:
        raise Problem("not-found")
    if not proof:
        raise Problem(
            "not-found", "not under a checkpoint yet", headers={"Retry-After": str(LOG_RETRY_SECONDS)}
        )
    return web.Response(text=proof, content_type=TEXT)


async def get_tile(request: web.Request) -> web.Response:
    """Give a tile of the log's hashes (C2SP tlog-tiles)."""
    tile = await service_of(request).logbook.tile("tile/" + request.match_info["path"])
    if tile is None:
        raise Problem("not-found")
    return web.Response(body=tile, content_type="application/octet-stream")


# What waits for a person


async def get_parked(request: web.Request) -> web.Response:
    """List what waits for a person to decide."""
    partner = caller_of(request).sees
    rows = await service_of(request).core.ledger.read(lambda ask: ledger_query.parked(ask, partner))
    return json_response({"parked": rows})


async def post_order(request: web.Request) -> web.Response:
    """Send again, or give up, what waits for a person: `{"do": "retry" | "skip", "reason": "..."}`."""
    core, caller = service_of(request).core, caller_of(request)
    if caller.sees is not None:
        raise Problem("forbidden", "this is for operators")
    submission = request.match_info["id"]
    action, reason, idx = await order_of(request)
    if action == "skip" and not reason:
        raise Problem("bad-request", "do is retry, or skip with a reason")
    owner = await core.ledger.read(lambda ask: ledger_query.owner(ask, submission))
    if owner is None:
        raise Problem("not-found")
    ref, at = Ref(submission, idx, owner), rfc3339(core.clock.now())
    if not await core.ledger.write(lambda tx: ledger_send.order(tx, ref, action, reason, at)):
        raise Problem("conflict", "this transaction does not wait for such an order")
    return json_response({"done": action}, 202)
