"""Delivery: sends what is ready, lane by lane, and takes in what the endpoints say.

A lane is sent in order by whoever holds its lease. A failure that may pass is tried again
later with the same bytes under the same key; one that will not pass parks the lane's
first row until a person decides. What was sent and not answered in time is sent again,
and the endpoint knows it by its key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Coroutine
from typing import Any

from gateway.formats import formats
from gateway.shell import ledger_heard, ledger_query, ledger_send
from gateway.shell.clock import rfc3339
from gateway.shell.config import Endpoint
from gateway.shell.core import Core, until
from gateway.shell.endpoint import Away, Carrier, Denied, Incoming, carrier
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.ledger_send import Item, Lease

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
TICK_SECONDS = 0.5
RESCAN_SECONDS = 5.0
CONFIRMS_AT_ONCE = 16


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


class Line:
    """One endpoint in use: its carrier, breaker and settings."""

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.endpoint = endpoint
        self.carrier: Carrier = carrier(endpoint)
        self.breaker = Breaker(endpoint.failures_max, endpoint.pause_seconds)
        form = formats().get(endpoint.format)
        self.media_type = form.media_type if form is not None else "application/octet-stream"


class Delivery:
    """All lanes and all endpoints of one process."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._owner = core.ids()
        self.lines = {name: Line(name, endpoint) for name, endpoint in core.config.endpoints.items()}
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._pokes: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Work until cancelled, then give the lanes back."""
        # The lock on the ledger is ours, so nobody lives who could still hold a lease.
        await self._core.ledger.write(ledger_send.release_all)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch_lanes(group))
                group.create_task(self._watch_deadlines())
                for line in self.lines.values():
                    group.create_task(self._listen(line))
        finally:
            for line in self.lines.values():
                await line.carrier.close()
            with contextlib.suppress(LedgerUnavailable):
                await asyncio.shield(self._core.ledger.write(lambda tx: ledger_send.release(tx, self._owner)))

    # Sending

    async def _watch_lanes(self, group: asyncio.TaskGroup) -> None:
        wake = self._core.news.topic("outbox:send")
        while True:
            wake.clear()
            try:
                lanes = await self._core.ledger.read(lambda ask: ledger_query.lanes(ask, "send"))
            except LedgerUnavailable as error:
                log.warning("cannot look for lanes: %s", error)
                lanes = []
            for lane in lanes:
                if lane in self._lanes:
                    self._pokes[lane].set()
                else:
                    self._pokes[lane] = asyncio.Event()
                    self._lanes[lane] = group.create_task(self._lane(lane), name=f"lane {lane}")
            await until(wake, RESCAN_SECONDS)

    async def _lane(self, lane: str) -> None:
        """Send what is ready in one lane; ends when nothing is, and is begun again when something is."""
        try:
            while await self._send_some(lane):
                pass
        except LedgerUnavailable as error:
            log.warning("lane %s waits: %s", lane, error)
            await asyncio.sleep(TICK_SECONDS)
        finally:
            del self._lanes[lane]
            del self._pokes[lane]

    async def _send_some(self, lane: str) -> bool:
        core, now = self._core, self._core.clock.seconds()
        line = self.lines.get(lane.split("/", 1)[0])
        if line is None:
            core.troubles[f"lane {lane}"] = "its endpoint is not in the configuration"
            return False
        poke = self._pokes[lane]
        poke.clear()
        lease = await core.ledger.write(
            lambda tx: ledger_send.claim(tx, lane, self._owner, now, seconds=LEASE_SECONDS)
        )
        if lease is None or lease.parked:
            return False
        ready_at = max(lease.wait_until or 0.0, line.breaker.closed_until)
        if ready_at > now:
            await until(poke, min(ready_at - now, LEASE_SECONDS / 2))
            return True
        if not lease.items:
            return False
        return await self._send_items(line, lease, now + LEASE_SECONDS / 2)

    async def _send_items(self, line: Line, lease: Lease, end: float) -> bool:
        """Send the rows of a lease in order. The notes are committed while the next one is sent."""
        notes: list[asyncio.Future[Any]] = []
        for item in lease.items:
            # A send may not outlast the lease: what is left is claimed again.
            if self._core.clock.seconds() > end:
                break
            worked, note = await self._send_one(line, lease, item)
            notes.append(note)
            if not worked:
                break
        await asyncio.gather(*notes)
        return True

    async def _send_one(self, line: Line, lease: Lease, item: Item) -> tuple[bool, asyncio.Future[Any]]:
        core = self._core
        data = await core.ledger.load(item.payload)
        try:
            batch = await line.carrier.send(item.send_key, data, line.media_type)
        except Away as error:
            core.counts["send_failed"] += 1
            line.breaker.failed(core.clock.seconds())
            core.troubles[f"endpoint {line.name}"] = str(error)
            return False, self._failed(line, lease, item, error)
        except Denied as error:
            core.counts["send_denied"] += 1
            reason, at = str(error), rfc3339(core.clock.now())
            return False, core.ledger.write(lambda tx: ledger_send.park(tx, lease, item, reason, at))
        core.counts["sent"] += 1
        line.breaker.worked()
        core.troubles.pop(f"endpoint {line.name}", None)
        at, due = rfc3339(core.clock.now()), core.clock.seconds() + line.endpoint.answer_seconds_max
        return True, core.ledger.write(lambda tx: ledger_send.sent(tx, lease, item, at, due, batch))

    def _failed(self, line: Line, lease: Lease, item: Item, error: Away) -> asyncio.Future[Any]:
        core, retry, now = self._core, line.endpoint.retry, self._core.clock.seconds()
        reason, at = str(error), rfc3339(self._core.clock.now())
        if item.first_at and now - item.first_at > retry.limit_seconds:
            return core.ledger.write(lambda tx: ledger_send.park(tx, lease, item, reason, at))
        pause = back_off(item.attempts, retry.first_seconds, retry.most_seconds, retry.jitter)
        next_at = now + max(pause, error.seconds)
        return core.ledger.write(lambda tx: ledger_send.failed(tx, lease, item, reason, now, next_at))

    async def _watch_deadlines(self) -> None:
        core = self._core
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now, at = core.clock.seconds(), rfc3339(core.clock.now())
            try:
                if await core.ledger.read(lambda ask: any_due(ask, now)):  # noqa: B023 - awaited here
                    core.counts["timed_out"] += await core.ledger.write(
                        lambda tx: ledger_send.time_out(tx, now, at)  # noqa: B023 - awaited here
                    )
            except LedgerUnavailable as error:
                log.warning("deadlines wait: %s", error)

    # Hearing

    async def _listen(self, line: Line) -> None:
        """Take in what an endpoint says, for ever. Confirm what is committed, and only that."""
        failures = 0
        while True:
            try:
                messages = await line.carrier.fetch()
                if messages:
                    await self._hear(line, messages)
                failures = 0
            except (Away, Denied, LedgerUnavailable) as error:
                log.info("endpoint %s is not heard: %s", line.name, error)
                self._core.counts["hear_failed"] += 1
                pause = back_off(failures, line.endpoint.poll_seconds, 30.0, 0.2)
                failures += 1
                await asyncio.sleep(pause)

    async def _hear(self, line: Line, messages: Any) -> None:
        core = self._core
        kept = [await self._message(one) for one in messages]
        at, after = rfc3339(core.clock.now()), messages[-1].number
        core.counts["heard"] += await core.ledger.write(
            lambda tx: ledger_heard.hear(tx, line.name, kept, after, at)
        )
        room = asyncio.Semaphore(CONFIRMS_AT_ONCE)

        async def confirm(number: str) -> None:
            async with room:
                await line.carrier.confirm(number)

        await _all(confirm(one.number) for one in messages)

    async def _message(self, one: Incoming) -> ledger_heard.Message:
        return ledger_heard.Message(
            number=one.number,
            batch=one.batch,
            media_type=one.media_type,
            body=await self._core.body(one.data),
        )


async def _all(calls: Any) -> None:
    """Await all, then raise the first failure: the others were still done."""
    awaited: list[Coroutine[Any, Any, None]] = list(calls)
    for outcome in await asyncio.gather(*awaited, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def any_due(ask: ledger_query.Ask, now: float) -> bool:
    """Tell whether something has waited too long for its answer."""
    row = ask.execute("SELECT 1 FROM part WHERE due IS NOT NULL AND due <= ? LIMIT 1", (now,)).fetchone()
    return row is not None


def back_off(attempts: int, first: float, most: float, jitter: float) -> float:
    """Give the pause before the next attempt, in seconds: doubled each time, a little unlike the others'."""
    pause = min(most, first * 2 ** min(attempts, 30))
    spread = 1 + jitter * (2 * secrets.randbelow(1_000_001) / 1_000_000 - 1)
    return float(pause * spread)
