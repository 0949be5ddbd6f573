"""What a process looks at once a second: whether the others live, and whether time goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from gateway.shell import ledger_claims
from gateway.shell.core import Core
from gateway.shell.ledger import LedgerUnavailable

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
BEHIND_SECONDS_MIN = 1.0


async def watch_members(core: Core) -> None:
    """Take back what processes held that are gone, soon after they are gone."""
    store = core.ledger.store
    while core.ledger.shared:
        await asyncio.sleep(WATCH_SECONDS)
        with contextlib.suppress(LedgerUnavailable):
            if await core.ledger.read(lambda ask: ledger_claims.gone(ask, store.members(ask))):
                count = await core.ledger.write(ledger_claims.release_gone)
                log.info("took back what %d parts of other processes held", count)
    await asyncio.Event().wait()


async def watch_clock(core: Core) -> None:
    """Say so while the machine's clock is behind ours, which does not go back."""
    while True:
        behind = core.clock.behind()
        if behind > BEHIND_SECONDS_MIN:
            if "clock" not in core.troubles:
                log.error("the clock went back by %.0f s; ours goes on", behind)
            core.troubles["clock"] = (
                f"the machine's clock went back by {behind:.0f} s; ours goes on; set it right"
            )
        elif core.troubles.pop("clock", None) is not None:
            log.info("the clock is right again")
        await asyncio.sleep(WATCH_SECONDS)
