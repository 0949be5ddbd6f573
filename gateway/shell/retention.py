"""The retention job: content whose time is over goes, once a day; receipts and the log stay.

What is kept for how long stands in the configuration, by partner; what is done about it in
`ledger_retention.py`. Without a setting nothing is ever removed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.shell import ledger_retention as ledger
from gateway.shell.clock import rfc3339
from gateway.shell.config import Config
from gateway.shell.config_retention import Retention
from gateway.shell.core import Core, until
from gateway.shell.ledger_store import Connection

log = logging.getLogger(__name__)

FIRST_SECONDS = 60.0
EVERY_SECONDS = 86400.0
STEP_MAX = timedelta(days=31)
FILE_QUIET_SECONDS = 3600.0
"""A file that was touched later than this ago may be about to be named again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One partner's content: how long it is kept, how much is there, how much of that is due, how much went."""

    partner: str
    settings: Retention
    kept: int
    due: int
    removed: int


class Retainer:
    """Removes what is old enough, for one core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def run(self) -> None:
        """Work until cancelled."""
        pause = FIRST_SECONDS
        while True:
            await until(asyncio.Event(), pause)
            await self.once()
            pause = EVERY_SECONDS

    async def once(self) -> int:
        """Remove everything that is due now. Gives how many submissions lost their content."""
        core, count = self._core, 0
        at = rfc3339(core.clock.now())
        now = datetime.fromisoformat(await core.ledger.write(lambda tx: ledger.reach(tx, at, STEP_MAX)))
        partners = await core.ledger.read(ledger.counts)
        for partner in partners:
            for before, filed in limits(settings_of(core.config, partner), now):
                count += await self._forget(partner, before, filed=filed)
        bodies = await self._drop()
        await self._remove_files()
        if count or bodies:
            core.counts["retention_submissions"] += count
            core.counts["retention_bodies"] += bodies
            log.info("retention: %d submissions lost their content, %d bodies are gone", count, bodies)
        return count

    async def _forget(self, partner: str, before: str, *, filed: bool) -> int:
        core, count = self._core, 0
        while True:
            found = await core.ledger.read(lambda ask: ledger.old(ask, partner, before, filed=filed))
            if not found:
                return count
            at = rfc3339(core.clock.now())
            done = await core.ledger.write(lambda tx: ledger.forget(tx, found, at))  # noqa: B023
            if not done:
                return count
            count += done

    async def _drop(self) -> int:
        core, count = self._core, 0
        while digests := await core.ledger.read(ledger.due):
            kept, mark = await core.ledger.read(lambda ask: ledger.named(ask, digests))
            count += await core.ledger.write(lambda tx: ledger.drop(tx, digests, kept, mark))  # noqa: B023
        return count

    async def _remove_files(self) -> None:
        core = self._core
        for digest, name in await core.ledger.read(ledger.files_due):
            path = core.ledger.bodies.folder / name
            again = await core.ledger.read(lambda ask: ledger.in_use(ask, digest))  # noqa: B023
            if again or await asyncio.to_thread(removed, path):
                await core.ledger.write(lambda tx: ledger.file_done(tx, digest))  # noqa: B023


def removed(path: Path) -> bool:
    """Remove the file of a body that is gone. False: somebody is about to use it again.

    Whoever wants to name a file that is there touches it first (`bodies.py`): so it is put aside,
    and looked at once more.
    """
    aside = path.with_name(f".{path.name}.going")
    try:
        if time.time() - path.stat().st_mtime < FILE_QUIET_SECONDS:
            return False
        path.rename(aside)
        if time.time() - aside.stat().st_mtime < FILE_QUIET_SECONDS:
            aside.rename(path)
            return False
        aside.unlink()
    except FileNotFoundError:
        return True
    return True


def settings_of(config: Config, partner: str) -> Retention:
    """Give what holds for a partner: its own settings, else those for all."""
    profile = config.partners.get(partner)
    own = profile.retention if profile is not None else None
    return own if own is not None else config.retention


def limits(settings: Retention, now: datetime) -> list[tuple[str, bool]]:
    """Give each limit that is set: before when, and whether it is that of filings."""
    found = ((settings.filings_before(now), True), (settings.others_before(now), False))
    return [(rfc3339(before), filed) for before, filed in found if before is not None]


def kept(ask: Connection, config: Config, now: datetime) -> list[Kept]:
    """Give what is kept, by partner, those of earlier days too."""
    counts = ledger.counts(ask)
    found = []
    for partner in sorted({*counts, *config.partners}):
        settings = settings_of(config, partner)
        due = sum(
            ledger.count_old(ask, partner, before, filed=filed) for before, filed in limits(settings, now)
        )
        mine = counts.get(partner, {"kept": 0, "removed": 0})
        found.append(
            Kept(partner=partner, settings=settings, kept=mine["kept"], due=due, removed=mine["removed"])
        )
    return found
