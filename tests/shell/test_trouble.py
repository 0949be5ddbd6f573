"""What a machine does to a ledger: disk full, database gone, read-only, a clock that jumps, a second gateway."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import pytest

from gateway.shell.clock import SystemClock
from gateway.shell.config_file import parse_config
from gateway.shell.ledger import Ledger, LedgerError
from gateway.shell.server import start_gateway
from gateway.signing import KeyRing, verify_receipt
from tests.shell import stores
from tests.shell.ace import FakeAce
from tests.shell.process import Process
from tests.shell.running import entry, running, settings

NOBODY = 65534
FULL = (
    "CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'No space left on device'"
    " USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql;"
    "CREATE TRIGGER full_disk BEFORE INSERT ON body EXECUTE FUNCTION full_disk()"
)


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


async def submitted(gateway, numbers):
    """File entries one after the other; gives statuses, and the receipts of those that were taken."""
    statuses, taken = [], {}
    for number in numbers:
        status, headers, plain = await gateway.post(entry(number))
        statuses.append(status)
        if status == 202:
            taken[plain["submission"]] = (plain["receipt"], entry(number))
        else:
            assert status == 503
            assert headers["Retry-After"]
            assert "receipt" not in plain
    return statuses, taken


async def all_hold(gateway, taken):
    """Every receipt that was given out is stored, holds, and its entry was accepted."""
    ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
    for submission, (receipt, data) in taken.items():
        plain = await gateway.closed(submission)
        assert plain["receipt"] == receipt
        assert verify_receipt(receipt, ring, data).ok
        assert plain["transactions"][0]["disposition"] == "accepted"


def test_a_full_disk_takes_nothing_and_loses_nothing(tmp_path):
    """A process whose file may not grow answers 503 and goes on when there is room again."""

    async def test():
        ace = await FakeAce().start()
        process = await Process(tmp_path, ace.url).start()
        async with aiohttp.ClientSession() as session:

            async def post(number):
                async with session.post(
                    f"{process.url}/v1/submissions",
                    data=entry(number, note="x" * 100_000),
                    headers={"Content-Type": "application/json"},
                ) as response:
                    return response.status, await response.json()

            pid, unlimited = process.process.pid, resource.RLIM_INFINITY
            taken = [await post("Q7Z05000000")]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1_500_000, unlimited))
            found = [await post(f"Q7Z0500{turn:04d}") for turn in range(1, 30)]
            assert {status for status, _ in found} == {202, 503}
            assert all("receipt" not in plain for status, plain in found if status == 503)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
            async with asyncio.timeout(60):
                while (await post("Q7Z05009999"))[0] != 202:  # noqa: ASYNC110 - the disk says nothing
                    await asyncio.sleep(0.1)
            taken += [one for one in found if one[0] == 202]
            await process.kill()
            await process.start()
            for _, plain in taken:
                async with session.get(f"{process.url}/v1/submissions/{plain['submission']}") as response:
                    assert (await response.json())["receipt"] == plain["receipt"]
        await process.stop()
        await ace.stop()

    go(test())


def test_a_database_without_room_takes_nothing(tmp_path, shared):
    """When PostgreSQL says that its disk is full the answer is 503, of /readyz too; it goes on when there is room."""

    async def test():
        async with running(tmp_path) as gateway:
            before = await submitted(gateway, ["Q7Z05100001"])
            stores.change(tmp_path, FULL)
            statuses, _ = await submitted(gateway, ["Q7Z05100002", "Q7Z05100003"])
            assert statuses == [503, 503]
            for _ in range(3):
                assert (await gateway.call("GET", "/readyz"))[0] == 503
            stores.change(tmp_path, "DROP TRIGGER full_disk ON body")
            for _ in range(2):
                assert (await gateway.call("GET", "/readyz"))[0] == 200
            after = await submitted(gateway, ["Q7Z05100002", "Q7Z05100003"])
            assert after[0] == [202, 202]
            await all_hold(gateway, before[1] | after[1])

    go(test())


def test_a_file_that_is_gone_takes_nothing(tmp_path):
    """Without its file, or with another in its place, nothing is acknowledged; with its file back it goes on."""

    async def test():
        async with running(tmp_path) as gateway:
            before = await submitted(gateway, ["Q7Z05200001"])
            await gateway.closed(next(iter(before[1])))
            names = ("g.sqlite", "g.sqlite-wal", "g.sqlite-shm")
            for name in names:
                (tmp_path / name).rename(tmp_path / f"away-{name}")
            assert (await submitted(gateway, ["Q7Z05200002"]))[0] == [503]
            assert not (tmp_path / "g.sqlite").exists()
            (tmp_path / "g.sqlite").write_bytes(b"")
            assert (await submitted(gateway, ["Q7Z05200002"]))[0] == [503]
            assert (await gateway.call("GET", "/readyz"))[0] == 503
            for name in names:
                (tmp_path / f"away-{name}").replace(tmp_path / name)
            after = await submitted(gateway, ["Q7Z05200002"])
            assert after[0] == [202]
            await all_hold(gateway, before[1] | after[1])

    go(test())


def test_a_database_that_went_away_comes_back(tmp_path):
    """While PostgreSQL is down the answer is 503 at once; when it is up again all goes on by itself."""
    from tests.shell.postgresql import Server

    server = Server().start()
    stores.ADDRESSES[str(tmp_path)] = server.database()

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.hold = True
            _, taken = await submitted(gateway, [f"Q7Z0530{turn:04d}" for turn in range(5)])
            await asyncio.to_thread(server.stop)
            begun = time.monotonic()
            assert (await submitted(gateway, ["Q7Z05309999"]))[0] == [503]
            assert (await gateway.call("GET", "/readyz"))[0] == 503
            assert (await gateway.call("GET", "/healthz"))[0] == 200
            assert time.monotonic() - begun < 60
            gateway.ace.hold = False
            await asyncio.sleep(1)
            await asyncio.to_thread(server.start)
            statuses, more = await submitted(gateway, ["Q7Z05309999"])
            assert statuses == [202]
            await all_hold(gateway, taken | more)
            assert len(gateway.ace.effects) == 6

    try:
        go(test())
    finally:
        server.close()
        del stores.ADDRESSES[str(tmp_path)]


def test_a_file_that_may_only_be_read_stops_the_start():
    """A ledger that cannot be written is said at start, not at the first submission."""

    async def opening(path):
        ledger = Ledger(path, SystemClock())
        try:
            await ledger.open()
        finally:
            await ledger.close()

    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "g.sqlite"
        go(opening(path))
        folder.chmod(0o555)
        root = os.geteuid() == 0
        try:
            for file, said in (
                ("g.sqlite.lock", "cannot be written"),
                ("g.sqlite", "readonly|unable to open"),
            ):
                for one in folder.iterdir():
                    one.chmod(0o444 if one.name == file else 0o666)
                os.seteuid(NOBODY if root else os.geteuid())
                with pytest.raises(LedgerError, match=said):
                    go(opening(path))
                os.seteuid(0 if root else os.geteuid())
        finally:
            os.seteuid(0 if root else os.geteuid())
            folder.chmod(0o755)


def test_a_database_that_may_only_be_read(tmp_path, shared):
    """Read-only while it runs: 503, reading goes on; at start: refused with the reason."""
    from tests.shell.postgresql import server

    name = shared.split("?", 1)[0].rsplit("/", 1)[1]

    def read_only(word):
        server().run(f"ALTER DATABASE {name} SET default_transaction_read_only = {word}")
        server().run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()", shared
        )

    async def test():
        async with running(tmp_path) as gateway:
            before = await submitted(gateway, ["Q7Z05400001"])
            await gateway.closed(next(iter(before[1])))
            read_only("on")
            assert (await submitted(gateway, ["Q7Z05400002"]))[0] == [503]
            assert len((await gateway.get("/v1/submissions"))["submissions"]) == 1
            read_only("off")
            after = await submitted(gateway, ["Q7Z05400002"])
            assert after[0] == [202]
            await all_hold(gateway, before[1] | after[1])
        read_only("on")
        with pytest.raises(Exception, match="can only be read"):
            await start_gateway(parse_config(settings(tmp_path, "http://127.0.0.1:1")), port=0)
        read_only("off")

    go(test())


def test_a_clock_that_jumps_back_is_not_followed(tmp_path):
    """Times go on as they were, work and retries are not held up, and the trouble is said until it is over."""

    class Jumping(SystemClock):
        jump = 0.0

        def wall(self):
            return super().wall() + self.jump

    async def test():
        clock = Jumping()
        async with running(tmp_path, clock=clock) as gateway:
            first = await gateway.closed(await gateway.submit(entry("Q7Z05500001")))
            Jumping.jump = -7200.0
            gateway.ace.statuses = [503, 503]
            second = await gateway.closed(await gateway.submit(entry("Q7Z05500002")))
            assert first["received_at"] < second["received_at"]
            times = [row["at"] for row in first["acknowledgements"] + second["acknowledgements"]]
            assert times == sorted(times)
            seconds = abs(clock.seconds() - time.time())
            assert seconds < 60
            await gateway.until(lambda: "clock" in gateway.core.troubles)
            ready = await gateway.get("/readyz")
            assert "went back by 7200 s" in ready["troubles"]["clock"]
            Jumping.jump = 0.0
            await gateway.until(lambda: "clock" not in gateway.core.troubles)
            await gateway.closed(await gateway.submit(entry("Q7Z05500003")))

    go(test())


def test_a_clock_that_jumps_forward_is_followed():
    """What is ahead is taken at once, and small steps back make time stand still."""

    class Stepping(SystemClock):
        at = 1000.0

        def wall(self):
            return self.at

    clock = Stepping()
    assert clock.seconds() == pytest.approx(1000, abs=0.01)
    clock.at = 5000.0
    assert clock.seconds() == pytest.approx(5000, abs=0.01)
    clock.at = 4999.5
    assert clock.seconds() == 5000.0
    assert clock.behind() == 0.0
    clock.at = 4000.0
    assert 5000.0 <= clock.seconds() < 5001.0
    assert clock.behind() == pytest.approx(1000, abs=1)


def test_a_second_gateway_on_one_file_is_sent_away(tmp_path):
    """The second process ends with a reason and status 2; the first goes on, and so does the next after it."""

    async def test():
        ace = await FakeAce().start()
        first = await Process(tmp_path, ace.url).start()
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "--config", str(first.config), "--port", "0",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, said = await asyncio.wait_for(second.communicate(), 90)
        assert second.returncode == 2
        assert b"another gateway has this ledger open" in said
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{first.url}/v1/submissions", data=entry()) as response:
                assert response.status == 202
                submission = json.loads(await response.read())["submission"]
            await first.kill()
            await first.start()
            async with session.get(f"{first.url}/v1/submissions/{submission}") as response:
                assert response.status == 200
        await first.stop()
        await ace.stop()

    go(test())
