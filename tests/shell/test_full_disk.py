"""A disk that is really full under PostgreSQL: a small file system, filled, and emptied again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time

import aiohttp
import pytest

from gateway.signing import KeyRing, verify_receipt
from tests.shell import stores
from tests.shell.ace import FakeAce
from tests.shell.postgresql import NOBODY, Server
from tests.shell.process import Process
from tests.shell.running import entry

# Words that cannot be made shorter: PostgreSQL compresses what it can.
LINES = [{"number": turn, "description": os.urandom(30).hex()} for turn in range(1, 1201)]
SETTINGS = {"max_wal_size": "8MB", "min_wal_size": "2MB"}
MEBIBYTES = {"tables": 120, "log": 24}


def mounted(folder, mebibytes):
    """Put a small file system over a folder, or skip the test where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "none", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")


@contextlib.contextmanager
def small(case):
    """Start a server whose tables, or whose write-ahead log, lie on a small file system; gives both."""
    places = []

    def over(folder):
        log = folder.parent / "wal"
        places.append({"tables": folder, "log": log}[case])
        mounted(places[0], MEBIBYTES[case])
        log.mkdir(mode=0o700, exist_ok=True)
        os.chown(log, NOBODY, NOBODY)
        options.extend(["--waldir", str(log)])

    options = ["--wal-segsize=1"]
    server = None
    try:
        server = Server(over, options)
        yield server.start(**SETTINGS), places[0]
    finally:
        if server is not None:
            server.stop()
        for place in places:
            subprocess.run(["umount", "-l", place], check=False)
            shutil.rmtree(place.parent, ignore_errors=True)


def fill(place):
    """Leave no room; gives the file that takes it."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    assert shutil.disk_usage(place).free == 0
    return ballast


class Filer:
    """Files entries, and keeps each receipt that it was given."""

    def __init__(self, url, session):
        self.url = url
        self.session = session
        self.taken = {}
        self.posted = 0

    async def post(self):
        """File an entry; gives the status. What was not taken has no receipt, and a time to come again."""
        self.posted += 1
        data = entry(f"Q7Z0800{self.posted:04d}", lines=LINES)
        async with self.session.post(f"{self.url}/v1/submissions", data=data) as response:
            plain = await response.json()
            if response.status == 202:
                self.taken[plain["submission"]] = (plain["receipt"], data)
            else:
                assert response.status == 503
                assert int(response.headers["Retry-After"]) > 0
                assert "receipt" not in plain
            return response.status

    async def until(self, wanted, seconds):
        """File until so many answers in a row have a status."""
        found, begun = [], time.monotonic()
        while found[-wanted[1] :] != [wanted[0]] * wanted[1]:
            found.append(await self.post())
            assert time.monotonic() - begun < seconds, found
            await asyncio.sleep(0.05)
        return found

    async def get(self, path):
        """GET something; gives status and text."""
        async with self.session.get(self.url + path) as response:
            return response.status, await response.text()

    async def all_hold(self):
        """Every receipt that was given is the stored one, holds, and its entry was accepted."""
        async with self.session.get(f"{self.url}/.well-known/jwks.json") as response:
            ring = KeyRing.from_jwks(await response.json())
        for submission, (receipt, data) in self.taken.items():
            plain = {}
            async with asyncio.timeout(60):
                while plain.get("state") != "closed":
                    async with self.session.get(f"{self.url}/v1/submissions/{submission}") as response:
                        plain = await response.json()
                    await asyncio.sleep(0.02)
            assert plain["receipt"] == receipt
            assert verify_receipt(receipt, ring, data).ok
            assert plain["transactions"][0]["disposition"] == "accepted"


async def filled(case, server, place, filer):
    """Fill the disk while entries come, make room again, and look at everything that was promised."""
    assert set(await filer.until((202, 5), 60)) == {202}
    ballast = fill(place)
    found = await filer.until((503, 3), 100)
    print(
        f"{case}: {found.count(202)} more were taken, then 503; PostgreSQL {'runs' if server.runs else 'went down'}"
    )
    assert (await filer.get("/healthz"))[0] == 200
    if case == "tables":
        assert server.runs
        _, text = await filer.get("/metrics")
        assert f"gateway_intake_failed_total {found.count(503)}\n" in text
    assert (await filer.get("/readyz"))[0] == 503
    ballast.unlink()
    started = asyncio.create_task(kept_running(server))
    await filer.until((202, 2), 90)
    started.cancel()
    await filer.all_hold()


async def kept_running(server):
    """Start the server whenever it is down: after a write that failed it may run for a while before it gives up."""
    while True:
        if not server.runs:
            await asyncio.to_thread(server.start, **SETTINGS)
        await asyncio.sleep(0.2)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("case", MEBIBYTES)
def test_a_full_disk_under_postgresql_loses_nothing(tmp_path, case):
    """While nothing can be stored the answer is 503 with Retry-After; every 202 is there in the end, and verifies."""

    async def test(server, place):
        ace = await FakeAce().start()
        process = Process(tmp_path, ace.url)
        try:
            await process.start()
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
                filer = Filer(process.url, session)
                await filled(case, server, place, filer)
                assert len(ace.effects) == len(filer.taken)
        finally:
            if process.process is not None and process.process.returncode is None:
                await process.kill()
            await ace.stop()

    with small(case) as (server, place):
        stores.ADDRESSES[str(tmp_path)] = server.database()
        try:
            asyncio.run(test(server, place))
        finally:
            del stores.ADDRESSES[str(tmp_path)]
