"""Connections that say nothing: ten thousand cost little, are closed in time, and keep nobody out."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from tests.shell.ace import FakeAce
from tests.shell.process import Process
from tests.shell.running import entry, running
from tests.shell.test_abuse import HOST, MIB, TWO, as_, go, opened, resident, said, statuses

IDLE = int(os.environ.get("GATEWAY_IDLE_CONNECTIONS", "10000"))


def files(pid):
    """Count the open files of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


IDLER = """
import select, socket, sys, time
port, count = int(sys.argv[1]), int(sys.argv[2])
waiting, gone, held = select.epoll(), 0, {}
for turn in range(count):
    one = socket.create_connection(("127.0.0.1", port))
    held[one.fileno()] = one
    waiting.register(one.fileno(), select.EPOLLIN | select.EPOLLRDHUP)
print("held", len(held), flush=True)
end = time.monotonic() + float(sys.argv[3])
while held and time.monotonic() < end:
    for number, _ in waiting.poll(1):
        waiting.unregister(number)
        held.pop(number).close()
        gone += 1
print("gone", gone, flush=True)
"""


@pytest.mark.timeout(240)
def test_idle_connections_cost_little_and_hold_nobody_up(tmp_path):
    """Ten thousand connections that say nothing leave room for work, and are closed when their time is over."""
    count = min(IDLE, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1000)
    if count < 1000:
        pytest.skip(f"only {count + 1000} open files are allowed")

    async def test():
        ace = await FakeAce().start()
        process = await Process(tmp_path, ace.url, TWO).start()
        pid, begun = process.process.pid, time.monotonic()
        async with aiohttp.ClientSession(headers=as_("gw_a")) as session:

            async def submit(number):
                before = time.monotonic()
                async with session.post(f"{process.url}/v1/submissions", data=entry(number)) as response:
                    assert response.status == 202
                return time.monotonic() - before

            usual, before = await submit("Q7Z00010429"), resident(pid)
            idler = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                IDLER,
                str(process.port),
                str(count),
                "60",
                stdout=asyncio.subprocess.PIPE,
            )
            assert await idler.stdout.readline() == b"held %d\n" % count
            # The kernel has them all; the service takes them as fast as it can.
            async with asyncio.timeout(90):
                while files(pid) < count:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.05)
            took = await submit("Q7Z00010437")
            more = resident(pid) - before
            async with (
                aiohttp.ClientSession() as stranger,
                stranger.get(f"{process.url}/v1/submissions") as response,
            ):
                assert response.status == 401
            assert await idler.stdout.readline() == b"gone %d\n" % count
            left = files(pid)
            print(
                f"\n{count} idle: {more / count / 1024:.1f} KiB each, a submission in {took:.3f} s ({usual:.3f} s before),"
                f" all closed after {time.monotonic() - begun:.0f} s"
            )
            assert took < 60
            assert more < count * 20_000 + 32 * MIB
            assert left < 500
            await submit("Q7Z00010445")
            await idler.wait()
        await process.kill()
        await ace.stop()

    go(test())


def test_newcomers_take_the_place_of_who_says_nothing(tmp_path):
    """With all places taken the connection that waited longest is closed; one with a request in work never is."""

    async def test():
        async with running(tmp_path, "server: {connections_max: 20}\n") as gateway:
            reader, stream = await opened(gateway)
            stream.write(b"GET /v1/events HTTP/1.1\r\n" + HOST + b"\r\n")
            await reader.readuntil(b"\r\n\r\n")
            idle = [await opened(gateway) for _ in range(40)]
            assert (await gateway.post(entry()))[0] == 202
            assert (await asyncio.wait_for(reader.readuntil(b"event: Received"), 90)) != b""
            counts = gateway.core.counts
            await gateway.until(lambda: sum(ended(one) for one, _ in idle) == counts["connections_put_off"])
            closed = [ended(one) for one, _ in idle]
            assert closed == sorted(closed, reverse=True)
            assert 20 < closed.count(True) < 25
            assert gateway.core.counts["connections_put_off"] == closed.count(True)
            for _, writer in (*idle, (reader, stream)):
                writer.close()

    go(test())


def ended(reader):
    """Tell whether a connection was closed by the other side."""
    return reader.at_eof() or reader.exception() is not None


def test_where_everybody_works_a_newcomer_is_told_to_come_again(tmp_path):
    """With a request in work on every connection the next one is 503 with Retry-After, and closed."""

    async def test():
        async with running(tmp_path, "server: {connections_max: 5}\n") as gateway:
            streams = []
            for _ in range(5):
                reader, writer = await opened(gateway)
                writer.write(b"GET /v1/events HTTP/1.1\r\n" + HOST + b"\r\n")
                await reader.readuntil(b"\r\n\r\n")
                streams.append(writer)
            answer = await said(gateway, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            assert statuses(answer) == [503]
            assert b"Retry-After: 5" in answer
            assert gateway.core.counts["connections_refused"] == 1
            for writer in streams:
                writer.close()

    go(test())
