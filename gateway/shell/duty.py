"""What only one of several processes may do.

A duty is a lane without rows: whoever holds its lease does it, the others stand by. Where
one process has the ledger alone there is nothing to hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from gateway.shell import ledger_claims
from gateway.shell.core import Core
from gateway.shell.ledger import LedgerUnavailable

log = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
RENEW_SECONDS = 10.0
STANDBY_SECONDS = 1.0

Work = Callable[[], Awaitable[None]]


async def on_duty(core: Core, name: str, work: Work) -> None:
    """Do work that only one process may do, while we are that process; ends when the work ends."""
    if not core.ledger.shared:
        await work()
        return
    owner = core.ledger.owner(core.ids())
    while not await _held(core, name, owner):  # noqa: ASYNC110 - a lease that ends is not news
        await asyncio.sleep(STANDBY_SECONDS)
    log.info("on duty: %s", name)
    task = asyncio.ensure_future(work())
    try:
        await _kept(core, name, owner, task)
    finally:
        task.cancel()
        await asyncio.wait({task})
        with contextlib.suppress(LedgerUnavailable):
            await asyncio.shield(core.ledger.write(lambda tx: ledger_claims.release(tx, owner)))


async def _kept(core: Core, name: str, owner: str, task: asyncio.Future[None]) -> None:
    """Renew the lease until the work ends, or until the lease is lost."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LEASE_SECONDS
    while not (await asyncio.wait({task}, timeout=RENEW_SECONDS))[0]:
        begun = loop.time()
        if await _held(core, name, owner):
            end = begun + LEASE_SECONDS
        elif loop.time() > end - RENEW_SECONDS:
            log.warning("not on duty any more: %s", name)
            task.cancel()
            await asyncio.wait({task})
            return
    await task


async def _held(core: Core, name: str, owner: str) -> bool:
    now = core.clock.seconds()
    try:
        held = await core.ledger.write(
            lambda tx: ledger_claims.hold(tx, f"duty/{name}", owner, now, LEASE_SECONDS)
        )
    except LedgerUnavailable as error:
        log.warning("the duty %s waits: %s", name, error)
        return False
    return held is not None
