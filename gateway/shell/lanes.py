"""Lanes: rows of the outbox that go out one after the other, to be sent again when they fail.

A lane is held by a lease; whoever lost it drops its results. How a row is sent is not
known here, and neither is when it has failed for good: that is the `Carrier` of the
effect.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any, Protocol

from gateway.shell import ledger_query, ledger_send
from gateway.shell.core import Core, until
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.ledger_send import Item, Lease

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
RESCAN_SECONDS = 5.0
PAUSE_SECONDS = 0.5

Note = asyncio.Future[Any]
"""What is being committed about a row that was sent, or was not."""


class Hand(Protocol):
    """Sends the rows of one effect."""

    def ready_at(self, lane: str) -> float | None:
        """Say when a lane may be used: 0 now, None never (what it leads to is not there)."""

    async def send(self, lease: Lease, item: Item) -> tuple[bool, Note]:
        """Send one row. False: the rows behind it wait."""


class Lanes:
    """Every lane of one effect."""

    def __init__(self, core: Core, effect: str, hand: Hand, owner: str) -> None:
        self._core = core
        self._effect = effect
        self._hand = hand
        self._owner = owner
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pokes: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        wake = self._core.news.topic(f"outbox:{self._effect}")
        async with asyncio.TaskGroup() as group:
            while True:
                wake.clear()
                for lane in await self._lanes():
                    if lane in self._tasks:
                        self._pokes[lane].set()
                    else:
                        self._pokes[lane] = asyncio.Event()
                        self._tasks[lane] = group.create_task(self._lane(lane), name=f"lane {lane}")
                await until(wake, RESCAN_SECONDS)

    async def _lanes(self) -> list[str]:
        core, now = self._core, self._core.clock.seconds()
        try:
            return await core.ledger.read(
                lambda ask: ledger_query.lanes(ask, self._effect, self._owner, now), short=True
            )
        except LedgerUnavailable as error:
            log.warning("cannot look for lanes: %s", error)
            return []

    async def _lane(self, lane: str) -> None:
        """Send what is ready; ends when nothing is, and is begun again when something is."""
        try:
            while await self._some(lane):
                pass
        except LedgerUnavailable as error:
            log.warning("lane %s waits: %s", lane, error)
            await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:
            # We are wrong: this lane waits for a person, the others go on.
            log.exception("lane %s stops", lane)
            self._core.counts["stopped"] += 1
            self._core.troubles[f"lane {lane}"] = type(error).__name__
            await asyncio.sleep(RESCAN_SECONDS)
        finally:
            del self._tasks[lane]
            del self._pokes[lane]

    async def _some(self, lane: str) -> bool:
        core, now = self._core, self._core.clock.seconds()
        ready_at = self._hand.ready_at(lane)
        if ready_at is None:
            core.troubles[f"lane {lane}"] = "what it leads to is not in the configuration"
            return False
        poke = self._pokes[lane]
        poke.clear()
        lease = await core.ledger.write(
            lambda tx: ledger_send.claim(
                tx, lane, self._owner, now, seconds=LEASE_SECONDS, effect=self._effect
            ),
            calm=True,
            short=True,
        )
        if lease is None or lease.parked:
            return False
        ready_at = max(lease.wait_until or 0.0, ready_at)
        if ready_at > now:
            await until(poke, min(ready_at - now, LEASE_SECONDS / 2))
            return True
        if not await self._send(lease, now + LEASE_SECONDS / 2):
            return True
        # Nothing more was there, and nobody has said since that there is.
        return len(lease.items) == ledger_send.CLAIM_MAX or lease.later or poke.is_set()

    async def _send(self, lease: Lease, end: float) -> bool:
        """Send the rows of a lease in order. The notes are committed while the next one is sent.

        False: not all were sent.
        """
        notes: list[Note] = []
        try:
            for item in lease.items:
                # A send may not outlast the lease: what is left is claimed again.
                if self._core.clock.seconds() > end:
                    return False
                worked, note = await self._hand.send(lease, item)
                notes.append(note)
                if not worked:
                    return False
        finally:
            await asyncio.gather(*notes)
        return True


class Breaker:
    """Keeps an endpoint in peace for a while after so many failures in a row."""

    def __init__(self, failures_max: int, pause_seconds: float) -> None:
        self.failures_max = failures_max
        self.pause_seconds = pause_seconds
        self.failures = 0
        self.closed_until = 0.0

    def failed(self, now: float) -> None:
        """Count a failure."""
        self.failures += 1
        if self.failures >= self.failures_max:
            self.closed_until = now + self.pause_seconds

    def worked(self) -> None:
        """Forget the failures."""
        self.failures = 0
        self.closed_until = 0.0


def back_off(attempts: int, first: float, most: float, jitter: float) -> float:
    """Give the pause before the next attempt, in seconds: doubled each time, a little unlike the others'."""
    pause = min(most, first * 2 ** min(attempts, 30))
    spread = 1 + jitter * (2 * secrets.randbelow(1_000_001) / 1_000_000 - 1)
    return float(pause * spread)
