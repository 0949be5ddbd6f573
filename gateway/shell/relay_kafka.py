"""Copies of events to a broker that speaks Kafka's protocol.

The producer is idempotent: within a connection a copy is stored once, in order. The key is the
submission, so that its events are in one partition. An event counts as taken when all replicas that
are in step have it (`acks=all`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from gateway.shell.config_relay import Relay as Settings
from gateway.shell.relay import MEDIA_TYPE, BrokerError, Copy

CONNECT_SECONDS_MAX = 5.0
POLL_SECONDS = 0.2
ASK_SECONDS = 0.5
# The library says each attempt to connect; what matters of it reaches whoever waits.
_quiet = logging.getLogger(f"{__name__}.library")
_quiet.setLevel(logging.CRITICAL)


def producer_settings(settings: Settings) -> dict[str, Any]:
    """Give the settings of the library. Raises `ConfigError` where a secret is not there."""
    found: dict[str, Any] = {
        "bootstrap.servers": ",".join(settings.servers),
        "client.id": "customs-gateway",
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 1,
        "message.timeout.ms": int(settings.publish_seconds_max * 1000),
        "message.max.bytes": settings.message_bytes_max + 65536,
        "socket.connection.setup.timeout.ms": int(CONNECT_SECONDS_MAX * 1000),
        "reconnect.backoff.ms": 200,
        "reconnect.backoff.max.ms": 1000,
    }
    tls = settings.tls
    if tls is not None:
        files = {
            "ssl.ca.location": tls.ca,
            "ssl.certificate.location": tls.certificate,
            "ssl.key.location": tls.key,
        }
        found |= {name: str(path) for name, path in files.items() if path is not None}
    if settings.password is not None:
        found |= {
            "sasl.mechanisms": settings.mechanism,
            "sasl.username": settings.user,
            "sasl.password": settings.password.reveal(),
        }
    found["security.protocol"] = ("SASL_" if settings.password is not None else "") + (
        "SSL" if tls is not None else "PLAINTEXT"
    )
    return found


class KafkaBroker:
    """One producer, and the thread that hears what became of what it sent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._producer: Producer | None = None
        self._thread: threading.Thread | None = None
        self._reaching: asyncio.Future[int] | None = None
        self._over = threading.Event()
        self._down = False
        self._last = ""

    @property
    def alive(self) -> bool:
        """Tell whether a broker is there, as far as the library has said."""
        return self._producer is not None and not self._down

    async def open(self) -> None:
        """Connect, and hear what becomes of what is sent."""
        await self._connected()
        self._thread = threading.Thread(target=self._hear, name="relay kafka", daemon=True)
        self._thread.start()

    async def look(self) -> str:
        """Connect and say what is known of the topic."""
        partitions = await self._connected()
        there = f"{partitions} partitions" if partitions else "not there yet"
        return f"{self._settings.servers[0]}, topic {self._settings.topic}, {there}"

    async def _connected(self) -> int:
        """Reach a broker; gives how many partitions the topic has, 0 where it is not there."""
        try:
            made = Producer({**producer_settings(self._settings), "error_cb": self._wrong}, logger=_quiet)
            self._producer = made
        except KafkaException as error:
            raise BrokerError(said(error.args[0])) from error
        self._reaching = asyncio.ensure_future(asyncio.to_thread(self._reached, made))
        partitions = await asyncio.shield(self._reaching)
        self._down = False
        return partitions

    def _reached(self, producer: Producer) -> int:
        """Ask for the topic until somebody answers, for a while, or until it is over."""
        end = time.monotonic() + CONNECT_SECONDS_MAX
        while True:
            try:
                topics = producer.list_topics(self._settings.topic, timeout=ASK_SECONDS)
            except KafkaException as error:
                if self._over.is_set() or time.monotonic() > end:
                    producer.poll(0)
                    raise BrokerError(self._last or said(error.args[0])) from error
            else:
                return len(topics.topics[self._settings.topic].partitions)

    def _wrong(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - the library's name for it
            self._last = said(error)
        if error.fatal() or error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - the library's name for it
            self._down = True

    def _hear(self) -> None:
        producer = self._producer
        while producer is not None and not self._over.is_set():
            producer.poll(POLL_SECONDS)

    async def publish(self, copy: Copy) -> None:
        """Give an event to the topic; returns when the replicas have it."""
        if self._producer is None:
            raise BrokerError("not connected")
        taken: asyncio.Future[None] = self._loop.create_future()

        def delivered(error: KafkaError | None, _message: Message) -> None:
            self._loop.call_soon_threadsafe(self._settled, taken, error)

        try:
            self._producer.produce(
                self._settings.topic,
                copy.body,
                key=copy.submission.encode(),
                headers={"content-type": MEDIA_TYPE.encode(), "event-id": copy.id.encode()},
                on_delivery=delivered,
            )
        except KafkaException as error:
            raise BrokerError(said(error.args[0])) from error
        except BufferError as error:
            raise BrokerError("too much waits to be sent") from error
        await taken

    def _settled(self, taken: asyncio.Future[None], error: KafkaError | None) -> None:
        if taken.done():
            return
        if error is None:
            self._down = False
            taken.set_result(None)
            return
        reason = said(error)
        taken.set_exception(BrokerError(f"{reason} ({self._last})" if self._last else reason))

    async def close(self) -> None:
        """Drop what was not taken, and let go of the connection."""
        self._over.set()
        if self._reaching is not None:
            # The library may not be let go of while it is asked.
            await asyncio.wait({self._reaching})
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.shield(asyncio.to_thread(self._end, producer))

    def _end(self, producer: Producer) -> None:
        if self._thread is not None:
            self._thread.join()
        producer.purge()
        producer.poll(0)
        producer.close()


def said(error: KafkaError) -> str:
    """Say in a line why a broker did not do something."""
    return f"{error.str()}".removeprefix("Local: ")
