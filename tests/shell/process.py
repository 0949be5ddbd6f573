"""A gateway in a process of its own, which a test may kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from tests.shell.running import QUEUE_SECONDS, settings

START_SECONDS = 180


def free_port():
    """Find a port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def children(pid):
    """Give the processes below a process."""
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(one) for one in file.read_text(encoding="ascii").split()]
    return found + [below for one in found for below in children(one)]


class Process:
    """`gateway serve` on a fixed port, with its store in a folder."""

    def __init__(self, folder, ace_url, extra="", endpoint="", name="", worker=False):
        self.worker = worker
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / f"{name or 'config'}.yaml"
        self.config.write_text(
            settings(folder, ace_url, extra, endpoint)
            + f"server: {{port: {self.port}, queue_seconds_max: {QUEUE_SECONDS}}}\n",
            encoding="utf-8",
        )
        self.log = folder / f"{name or 'gateway'}.log"
        self.process = None

    async def start(self):
        """Start and wait until work is taken."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", "serve", "--config", str(self.config),
                *(["--worker"] if self.worker else []),
                stdout=asyncio.subprocess.PIPE if self.worker else asyncio.subprocess.DEVNULL, stderr=log, start_new_session=True,
                env={**os.environ, "PYTHONWARNINGS": "default"},
            )  # fmt: skip
        if self.worker:
            async with asyncio.timeout(START_SECONDS):
                assert await self.process.stdout.readline() == b"working\n", self.log.read_text()
            return self
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            while True:
                assert self.process.returncode is None, self.log.read_text()
                try:
                    async with session.get(self.url + "/readyz") as response:
                        if response.status == 200:
                            return self
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    async def kill(self):
        """Kill it: nothing of it runs on."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self):
        """Ask it to stop, and give its exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(90):
            return await self.process.wait()


class Simulator:
    """`gateway simulate` on a fixed port, with its memory in a file."""

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = folder / "simulator.sqlite"
        self.process = None

    async def start(self):
        """Start and wait until it listens."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "simulate", "--port", str(self.port), "--store", str(self.store),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await self.process.stdout.readline()
        return self

    async def kill(self):
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
