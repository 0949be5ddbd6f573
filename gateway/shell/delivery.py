"""Delivery: sends what is ready, lane by lane, and takes in what the endpoints say.

A failure that may pass is tried again later with the same bytes under the same key; one
that will not pass parks the lane's first row until a person decides. What was sent and
not answered in time is sent again, and the endpoint knows it by its key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from functools import partial

from gateway.formats import formats
from gateway.shell import ledger_claims, ledger_heard, ledger_query, ledger_send
from gateway.shell.as2 import As2
from gateway.shell.clock import rfc3339
from gateway.shell.config import Config, Endpoint
from gateway.shell.core import Core, Step
from gateway.shell.duty import on_duty
from gateway.shell.endpoint import Away, Carrier, Denied, Incoming, carrier
from gateway.shell.lanes import Breaker, Lanes, Note, back_off
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.ledger_send import Item, Lease

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
HEAR_PAUSE_SECONDS_MAX = 30.0


class Line:
    """One endpoint in use: its carrier, breaker and settings."""

    def __init__(self, name: str, endpoint: Endpoint, by: Carrier) -> None:
        self.name = name
        self.endpoint = endpoint
        self.carrier = by
        self.breaker = Breaker(endpoint.failures_max, endpoint.pause_seconds)
        form = formats().get(endpoint.format)
        self.media_type = form.media_type if form is not None else "application/octet-stream"


def listeners(config: Config) -> list[str]:
    """Name the endpoints that are listened at: of those that share a mailbox the first.

    Two that read one outbox would confirm each other's messages away.
    """
    first = {mailbox: name for name, mailbox in reversed(_mailboxes(config))}
    return [name for name, mailbox in _mailboxes(config) if first[mailbox] == name]


def sharing(config: Config, endpoint: str) -> tuple[str, ...]:
    """Name the endpoints whose answers come to the mailbox of this one."""
    mailboxes = dict(_mailboxes(config))
    if endpoint not in mailboxes:
        return (endpoint,)
    return tuple(name for name, mailbox in mailboxes.items() if mailbox == mailboxes[endpoint])


def _mailboxes(config: Config) -> list[tuple[str, tuple[str, str]]]:
    return [(name, (one.transport, one.address.rstrip("/"))) for name, one in config.endpoints.items()]


class Delivery:
    """All endpoints of one process. It is the hand of the effect `send`."""

    def __init__(self, core: Core, as2: As2) -> None:
        self._core = core
        self._owner = core.ledger.owner(core.ids())
        self._lanes = Lanes(core, "send", self, self._owner)
        self.lines = {
            name: Line(
                name,
                endpoint,
                as2.carrier(name, endpoint) if endpoint.transport == "as2" else carrier(endpoint),
            )
            for name, endpoint in core.config.endpoints.items()
        }

    async def run(self) -> None:
        """Work until cancelled, then give the lanes back."""
        # Whoever held a lane and is not there any more will not come back for it.
        await self._core.ledger.write(ledger_claims.release_gone)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._lanes.run())
                group.create_task(self._watch_deadlines())
                for name in listeners(self._core.config):
                    group.create_task(self._hear_alone(self.lines[name]))
        finally:
            for line in self.lines.values():
                await line.carrier.close()
            with contextlib.suppress(LedgerUnavailable):
                await asyncio.shield(
                    self._core.ledger.write(lambda tx: ledger_claims.release(tx, self._owner))
                )

    # Sending

    def ready_at(self, lane: str) -> float | None:
        """Say when a lane's endpoint may be called again."""
        line = self.lines.get(lane.split("/", 1)[0])
        return None if line is None else line.breaker.closed_until

    async def send(self, lease: Lease, item: Item) -> tuple[bool, Note]:
        """Send one row to its endpoint and note what came of it."""
        core, line = self._core, self.lines[lease.lane.split("/", 1)[0]]
        notes: dict[str, str | int] = {"endpoint": line.name, "format": line.endpoint.format}
        notes |= {"transaction": item.ref.idx, "attempt": item.attempts + 1}
        with core.step("send", item.ref.submission, **notes) as step:
            worked, note = await self._sent(line, lease, item, step)
            step.notes["outcome"] = "sent" if worked else "failed"
        return worked, note

    async def _sent(self, line: Line, lease: Lease, item: Item, step: Step) -> tuple[bool, Note]:
        core = self._core
        data = item.bytes if item.bytes is not None else await core.ledger.load(item.payload)
        try:
            batch = await line.carrier.send(item.send_key, data, line.media_type)
        except Away as error:
            step.error = "away"
            core.counts["send_failed"] += 1
            line.breaker.failed(core.clock.seconds())
            core.troubles[f"endpoint {line.name}"] = str(error)
            return False, self._failed(line, lease, item, error)
        except Denied as error:
            step.error = "denied"
            core.counts["send_denied"] += 1
            reason, at = str(error), rfc3339(core.clock.now())
            return False, core.ledger.write(lambda tx: ledger_send.park(tx, lease, item, reason, at))
        core.counts["sent"] += 1
        line.breaker.worked()
        core.troubles.pop(f"endpoint {line.name}", None)
        at, due = rfc3339(core.clock.now()), core.clock.seconds() + line.endpoint.answer_seconds_max
        noted = core.ledger.write(
            lambda tx: ledger_send.sent(tx, lease, item, at, due, batch), calm=True, short=True
        )
        return True, noted

    def _failed(self, line: Line, lease: Lease, item: Item, error: Away) -> Note:
        core, retry, now = self._core, line.endpoint.retry, self._core.clock.seconds()
        reason, at = str(error), rfc3339(self._core.clock.now())
        if item.first_at and now - item.first_at > retry.limit_seconds:
            return core.ledger.write(lambda tx: ledger_send.park(tx, lease, item, reason, at))
        pause = back_off(item.attempts, retry.first_seconds, retry.most_seconds, retry.jitter)
        next_at = now + max(pause, error.seconds)
        return core.ledger.write(lambda tx: ledger_send.failed(tx, lease, item, reason, now, next_at))

    async def _watch_deadlines(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._send_late_ones_again()
            except LedgerUnavailable as error:
                log.warning("deadlines wait: %s", error)

    async def _send_late_ones_again(self) -> None:
        core = self._core
        now, at = core.clock.seconds(), rfc3339(core.clock.now())
        if await core.ledger.read(lambda ask: ledger_query.any_due(ask, now), short=True):
            core.counts["timed_out"] += await core.ledger.write(lambda tx: ledger_send.time_out(tx, now, at))

    # Hearing

    async def _hear_alone(self, line: Line) -> None:
        """Listen while no other process does: two would take each other's messages."""
        while True:
            await on_duty(self._core, f"hear/{line.name}", partial(self._listen, line))

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
                pause = back_off(failures, line.endpoint.poll_seconds, HEAR_PAUSE_SECONDS_MAX, 0.2)
                failures += 1
                await asyncio.sleep(pause)

    async def _hear(self, line: Line, messages: Sequence[Incoming]) -> None:
        core = self._core
        kept = [await self._message(one) for one in messages]
        at, after = rfc3339(core.clock.now()), messages[-1].number
        core.counts["heard"] += await core.ledger.write(
            lambda tx: ledger_heard.hear(tx, line.name, kept, after, at), calm=True, short=True
        )
        await line.carrier.confirm([one.number for one in messages])

    async def _message(self, one: Incoming) -> ledger_heard.Message:
        return ledger_heard.Message(
            number=one.number,
            batch=one.batch,
            media_type=one.media_type,
            body=await self._core.body(one.data),
        )
