"""Relays: every event of the ledger is copied to a broker, in order, and the ledger stays the record.

An event goes out after the commit that made it, and again until the broker says that it has it. How
far a relay is, is kept in the ledger: after a restart it goes on there. So an event comes at least
once, and each copy of it has the same id. Of one submission the next event goes out when the broker
has the one before; those of different submissions go side by side. Nothing waits for a relay.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.shell import ledger_query, ledger_relay
from gateway.shell.config import Config, ConfigError
from gateway.shell.config_relay import Relay as Settings
from gateway.shell.core import Core
from gateway.shell.lanes import back_off
from gateway.shell.ledger import LedgerUnavailable

log = logging.getLogger(__name__)

BATCH = 256
RESCAN_SECONDS = 5.0
PAUSE_SECONDS = 0.5
PAUSE_SECONDS_MAX = 30.0
JITTER = 0.2
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
_WHOLE = ("submission", "transaction", "event", "state", "at")


class BrokerError(Exception):
    """The broker is not there, or did not take what it was given. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One event as a broker gets it: `body` is a CloudEvent in JSON."""

    id: str
    submission: str
    partner: str
    name: str
    body: bytes


class Broker(Protocol):
    """One connection to a broker, and after it no other."""

    @property
    def alive(self) -> bool:
        """Tell whether the connection is there, as far as is known."""

    async def open(self) -> None:
        """Connect, and have a place where events can go. Raises `BrokerError`."""

    async def look(self) -> str:
        """Connect, make nothing, and say what is there. Raises `BrokerError`."""

    async def publish(self, copy: Copy) -> None:
        """Give the broker an event; returns when it has it. Raises `BrokerError`."""

    async def close(self) -> None:
        """Let go of the connection."""


def broker_for(name: str, settings: Settings) -> Callable[[], Broker]:
    """Give the maker of a relay's connections. Raises `ConfigError` where its extra is not installed."""
    try:
        if settings.transport == "nats":
            from gateway.shell.relay_nats import NatsBroker  # noqa: PLC0415 - an extra

            return lambda: NatsBroker(settings)
        from gateway.shell.relay_kafka import KafkaBroker  # noqa: PLC0415 - an extra
    except ImportError as error:
        extra = settings.transport
        reason = f"relay {name} needs the extra: pip install 'customs-gateway[{extra}]'"
        raise ConfigError("config", 0, reason) from error
    return lambda: KafkaBroker(settings)


def copy_of(row: dict[str, Any], name: str, instance: str, bytes_max: int) -> Copy:
    """Write an event of the ledger as a CloudEvent 1.0 in JSON.

    The id names ledger and event, and the event's own hash: a ledger that was put back from a copy
    gives its numbers a second time. What is above the bound goes without its details.
    """
    told = json.dumps([row[key] for key in ("submission", "idx", "name", "state", "data", "at")])
    made = f"{instance}-{row['id']}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    document = ledger_query.event_document(row)
    event = {
        "specversion": "1.0",
        "id": made,
        "source": f"/gateway/{name}",
        "type": f"customs.submission.{row['name']}",
        "subject": row["submission"],
        "time": row["at"],
        "datacontenttype": "application/json",
        "partner": row["partner"],
        "sequence": f"{row['id']:020d}",
        "data": document,
    }
    body = _written(event)
    if len(body) > bytes_max:
        event["data"] = {key: document[key] for key in _WHOLE} | {"cut": True}
        body = _written(event)
    return Copy(id=made, submission=row["submission"], partner=row["partner"], name=row["name"], body=body)


def _written(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


class Relay:
    """One relay of the configuration."""

    def __init__(self, core: Core, name: str, make: Callable[[], Broker]) -> None:
        self.name = name
        self.copied = 0
        self.failures = 0
        self.connected = False
        self._core = core
        self._make = make
        self._settings = core.config.relays[name]
        self._attempts = 0

    @property
    def _trouble(self) -> str:
        return f"relay {self.name}"

    async def run(self) -> None:
        """Copy until cancelled; a broker that is away is tried again, after longer and longer pauses."""
        while True:
            broker = self._make()
            try:
                await broker.open()
                await self._pump(broker)
            except (BrokerError, ConfigError) as error:
                self._failed(str(error))
            except LedgerUnavailable as error:
                log.warning("relay %s waits for the ledger: %s", self.name, error)
            finally:
                self.connected = False
                await broker.close()
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # A client library may take the call to stop for an end of its own waiting.
                raise asyncio.CancelledError
            await asyncio.sleep(back_off(self._attempts, PAUSE_SECONDS, PAUSE_SECONDS_MAX, JITTER))
            self._attempts += 1

    def _failed(self, reason: str) -> None:
        self.failures += 1
        if self._core.troubles.get(self._trouble) != reason:
            log.warning("relay %s: %s", self.name, reason)
        self._core.troubles[self._trouble] = reason

    def _works(self) -> None:
        self.connected = True
        self._attempts = 0
        if self._core.troubles.pop(self._trouble, None) is not None:
            log.info("relay %s works again", self.name)

    async def _pump(self, broker: Broker) -> None:
        core, now = self._core, self._settings.begin == "now"
        place = await core.ledger.write(lambda tx: ledger_relay.begun(tx, self.name, now=now))
        self.connected = True
        while True:
            async with core.news.about("event") as wait:
                last = place
                rows = await core.ledger.read(
                    lambda ask: ledger_query.events(ask, last, partner=None, limit=BATCH)  # noqa: B023
                )
                if not rows:
                    if not broker.alive:
                        raise BrokerError("the connection is gone")
                    self._works()
                    await wait(RESCAN_SECONDS)
                    continue
            place = await self._copy(broker, place, rows)
            self._works()

    async def _copy(self, broker: Broker, place: int, rows: Sequence[dict[str, Any]]) -> int:
        """Give the broker some events. Gives the new place; raises when not all went, and keeps which did."""
        done: set[int] = set()
        chains: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            chains.setdefault(row["submission"], []).append(row)
        kept: asyncio.Future[None] | None = None
        try:
            ends = await asyncio.gather(
                *(self._one_after_the_other(broker, chain, done) for chain in chains.values()),
                return_exceptions=True,
            )
        finally:
            # After a stop too: the ledger writes what it was given before it closes.
            for row in rows:
                if row["id"] not in done:
                    break
                place = row["id"]
            self.copied += len(done)
            if done:
                reached = place
                kept = self._core.ledger.write(lambda tx: ledger_relay.moved(tx, self.name, reached))
        if kept is not None:
            await kept
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return place

    async def _one_after_the_other(
        self, broker: Broker, rows: Sequence[dict[str, Any]], done: set[int]
    ) -> None:
        core = self._core
        for row in rows:
            copy = copy_of(row, core.config.name, core.instance, self._settings.message_bytes_max)
            await broker.publish(copy)
            done.add(row["id"])


def relays_of(core: Core) -> list[Relay]:
    """Make the relays that a configuration names. Raises `ConfigError` where an extra is not installed."""
    return [Relay(core, name, broker_for(name, one)) for name, one in core.config.relays.items()]


async def seen(config: Config) -> list[tuple[str, str, str]]:
    """Look at every broker of a configuration: its relay, `ok`, `warn` or `bad`, and what was found."""
    found = []
    for name, settings in config.relays.items():
        try:
            broker = broker_for(name, settings)()
        except ConfigError as error:
            found.append((name, "bad", error.reason))
            continue
        try:
            found.append((name, "ok", await broker.look()))
        except BrokerError as error:
            found.append((name, "warn", f"{', '.join(settings.servers)}: {error}"))
        finally:
            await broker.close()
    return found
