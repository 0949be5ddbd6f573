"""The service: durable signed 202s and whole conversations a second, against its own limits.

The gateway, the simulator and the senders are processes of their own on the loopback.
Limits are measured in the same run: the bare commit of the same rows, the bare signature,
and an aiohttp server that answers a POST with nothing.

"One core" is the gateway's process on a core of its own (`server.core`) beside the bare commit on one core;
senders, simulator and pool are on the others, so that nothing but the gateway runs where it is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from aiohttp import web

from gateway.shell import loop
from gateway.shell.bodies import Body
from gateway.shell.clock import Ids, SystemClock, rfc3339
from gateway.shell.config import key_hash
from gateway.shell.ledger import Ledger
from gateway.shell.ledger_flow import Said
from gateway.shell.ledger_intake import Arrival, admit_all
from gateway.shell.ledger_together import Each
from gateway.signing import Attests, Content, Kind, Purpose, Receipt, generate, make_receipt
from gateway.simulator.onfile import check_digit

SECONDS = 3.0
CORE = 0
SENDERS = (1, 16, 64, 256)
FILERS = 8
ROOT = Path(__file__).parents[2]
ENTRY = (ROOT / "fixtures" / "catair" / "SE" / "three-bills.txt").read_bytes()

Result = list[tuple[str, float, str]]


def numbered(turn: int) -> bytes:
    """Give the entry under another entry number, its check digit right."""
    digits = f"{turn:07d}"
    return ENTRY.replace(b"00010437", f"{digits}{check_digit('Q7Z', digits)}".encode())


def receipt(make: Ids, key: object, data: bytes) -> str:
    """Sign a receipt as the intake does."""
    return make_receipt(
        Receipt(
            receipt=make(), submission=make(), kind=Kind.RECEIPT, attests=Attests.RECEIVED,
            disposition="received", at=SystemClock().now(), partner="BENCH", content=Content.of(data),
            via={"transport": "http"}, log="bench/receipts",
        ),
        key,
    )  # fmt: skip


def signatures() -> float:
    """Count bare receipts a second on one core."""
    make, key = Ids(SystemClock()), generate(Purpose.RECEIPT)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS / 3:
        receipt(make, key, ENTRY)
        count += 1
    return count / (time.perf_counter() - begun)


def commits_on_one_core(folder: Path, at_once: int, out: object) -> None:
    """Count them in a process that has one core alone, as far as it is left alone there."""
    os.sched_setaffinity(0, {CORE})
    out.put(asyncio.run(commits(folder, at_once)))


async def alone(folder: Path, at_once: int) -> float:
    """Count bare commits on one core."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=commits_on_one_core, args=(folder, at_once, out))
    process.start()
    found = await asyncio.to_thread(out.get)
    await asyncio.to_thread(process.join)
    return found


async def commits(folder: Path, at_once: int) -> float:
    """Count bare commits of the intake's rows a second, so many senders at once."""
    ledger = Ledger(folder / f"bare-{os.getpid()}.sqlite", SystemClock())
    await ledger.open()
    make = Ids(SystemClock())
    token = receipt(make, generate(Purpose.RECEIPT), ENTRY)
    end, count = time.perf_counter() + SECONDS, 0

    async def sender() -> None:
        nonlocal count
        while time.perf_counter() < end:
            submission = make()
            data = ENTRY + submission.encode()
            digest = hashlib.sha256(data).digest()
            said = Said(
                id=make(), kind="receipt", disposition="received", media_type="application/jose", body=None,
                signature="", receipt=token, at=rfc3339(SystemClock().now()), log="bench/receipts",
            )  # fmt: skip
            arrival = Arrival(
                submission=submission, partner="BENCH", digest=digest, size=len(data),
                body=Body(digest, len(data), data, None), masked=[], media_type="text/plain",
                via={"transport": "http"}, receipt=said, format="catair",
            )  # fmt: skip
            await ledger.write(Each(admit_all, arrival), len(data))
            count += 1

    await asyncio.gather(*(sender() for _ in range(at_once)))
    await ledger.close()
    return count / SECONDS


def load(
    port: int,
    path: str,
    senders: int,
    first: int,
    seconds: float,
    filers: int,
    cores: frozenset[int],
    out: object,
) -> None:
    """Send POSTs over kept connections from a process of its own; gives latencies and ids."""
    if cores:
        os.sched_setaffinity(0, cores)
    latencies: list[float] = []
    ids: list[str] = []
    turn = first

    async def sender(name: int) -> None:
        nonlocal turn
        key = b"Authorization: Bearer filer-%d\r\n" % (name % filers) if filers else b""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            data, turn = numbered(turn), turn + 1
            begun = time.perf_counter()
            writer.write(
                b"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\n%sContent-Length: %d\r\n\r\n%s"
                % (path.encode(), port, key, len(data), data)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r", 1)[0])
            body = await reader.readexactly(length)
            latencies.append(time.perf_counter() - begun)
            if head.startswith(b"HTTP/1.1 202"):
                ids.append(json.loads(body)["submission"])
        writer.close()

    async def everybody() -> None:
        await asyncio.gather(*(sender(name) for name in range(senders)))

    begun = time.perf_counter()
    end = begun + seconds
    loop.run(everybody())
    out.put((latencies, ids, time.perf_counter() - begun, begun))


async def sent(
    port: int,
    path: str,
    senders: int,
    first: int,
    seconds: float = SECONDS,
    filers: int = 0,
    cores: frozenset[int] = frozenset(),
):
    """Run the load in another process and wait for its result; gives when it began, too.

    All processes of a machine have one monotonic clock.
    """
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=load, args=(port, path, senders, first, seconds, filers, cores, out))
    process.start()
    latencies, ids, took, begun = await asyncio.to_thread(out.get)
    await asyncio.to_thread(process.join)
    return sorted(latencies), ids, took, begun


async def hello() -> float:
    """Count the POSTs a second that an aiohttp server answers which only reads them."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"submission": "none"}, status=202)

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    latencies, _, took, _ = await sent(runner.addresses[0][1], "/", 64, 1)
    await runner.cleanup()
    return len(latencies) / took


class Served:
    """`gateway serve` on a free port with an empty store, and `gateway simulate` beside it."""

    def __init__(
        self,
        folder: Path,
        ports: tuple[int, int],
        *,
        statuses: int = 0,
        extra: str = "",
        cores: frozenset[int] = frozenset(),
    ) -> None:
        self.others = cores - {CORE}
        self.port, simulator = ports
        self.folder = folder
        self.statuses = statuses
        folder.mkdir()
        (folder / "config.yaml").write_text(
            f"server: {{port: {self.port}{f', core: {CORE}' if cores else ''}}}\n"
            "partners:\n  BENCH: {anonymous: true, operator: true, requests_per_second: 1e9, requests_burst: 1000000}\n"
            + "".join(
                f"  FILER{n}: {{requests_per_second: 1e9, requests_burst: 1000000,"
                f" keys: [{{sha256: {key_hash(f'filer-{n}')}}}]}}\n"
                for n in range(FILERS)
            )
            + "endpoints:\n"
            f'  ace: {{format: catair, message: SE, address: "http://127.0.0.1:{simulator}",'
            ' envelope: {site: "2704", filer: Q7Z, port: "2704"}}\n' + extra,
            encoding="utf-8",
        )
        self.simulator = simulator
        self.processes: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        scenarios = self.folder / "scenarios"
        shutil.copytree(ROOT / "fixtures" / "scenarios", scenarios)
        steps = "".join(f"  - {{after: {turn}s, status: on-file}}\n" for turn in range(self.statuses))
        (scenarios / "bench.yaml").write_text(
            f"title: Accepted\nanswer: accepted\n{'then:' if steps else 'then: []'}\n{steps}",
            encoding="utf-8",
        )
        more = ("--scenarios", str(scenarios), "--scenario", "bench")
        await self._start("simulate", "--port", str(self.simulator), *more)
        config = str(self.folder / "config.yaml")
        await self._start("serve", "--config", config, "--log-level", "WARNING")
        return self

    async def _start(self, *words: str) -> None:
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", *words, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        await process.stdout.readline()
        self.processes.append(process)
        if self.others and words[0] == "simulate":
            os.sched_setaffinity(process.pid, self.others)

    async def __aexit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.terminate()
            await process.wait()

    async def counts(self) -> dict[str, int]:
        """Read the counters."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        text = (await reader.read()).decode().partition("\r\n\r\n")[2]
        writer.close()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
        return {name: int(float(value)) for name, value in pairs}


def free_ports() -> tuple[int, int]:
    """Find two ports that are free now."""
    import socket

    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


async def conversations(folder: Path) -> float:
    """Count submissions a second from the first byte to the customs answer passed on, of some filers."""
    async with Served(folder, free_ports()) as served:
        # Not counted is the time in which the senders' process starts.
        _, ids, _, begun = await sent(served.port, "/v1/submissions", 16, 1, SECONDS, FILERS)
        wanted = len(ids)
        while (await served.counts()).get("gateway_acknowledged_total", 0) < wanted:
            if time.perf_counter() - begun > 300:
                raise TimeoutError("the conversations do not end")
            await asyncio.sleep(0.1)
        return wanted / (time.perf_counter() - begun)


async def _one_core(folder: Path, limit: float) -> Result:
    """Measure the gateway on a core of its own, where the machine has several."""
    cores = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
    if len(cores) < 2 or CORE not in cores:
        return []
    found: Result = [("limit: the smaller one, one core", limit, "/s")]
    for number, senders in enumerate((64, 256)):
        async with Served(folder / f"one-{senders}", free_ports(), cores=cores) as served:
            first = 100_000 * (number + 8) + 1
            latencies, ids, took, _ = await sent(
                served.port, "/v1/submissions", senders, first, cores=cores - {CORE}
            )
        rate = len(ids) / took
        found += [
            (f"durable signed 202s, {senders} senders, one core", rate, "/s"),
            (f"  p50, {senders} senders, one core", statistics.median(latencies) * 1000, "ms"),
            ("  of the smaller limit on one core", rate / limit, "x (goal 0.33)"),
        ]
    return found


async def _run() -> Result:
    found: Result = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signed = signatures()
        bare = await commits(folder, 64)
        plain = await hello()
        limit = min(signed, bare)
        found += [
            ("limit: bare receipts signed, one core", signed, "/s"),
            ("limit: bare commits of the intake's rows, 64 at once", bare, "/s"),
            ("aiohttp that answers a POST with nothing, 64 senders", plain, "/s"),
        ]
        for number, senders in enumerate(SENDERS):
            async with Served(folder / f"intake-{senders}", free_ports()) as served:
                latencies, ids, took, _ = await sent(
                    served.port, "/v1/submissions", senders, 100_000 * number + 1
                )
            rate = len(ids) / took
            found += [
                (f"durable signed 202s, {senders} senders", rate, "/s"),
                (f"  p50, {senders} senders", statistics.median(latencies) * 1000, "ms"),
                (f"  p99, {senders} senders", latencies[int(len(latencies) * 0.99)] * 1000, "ms"),
            ]
            if senders == 64:
                found += [
                    ("  of the smaller limit", rate / limit, "x (goal 0.33)"),
                    ("  of aiohttp with nothing", rate / plain, "x"),
                ]
        found += await _one_core(folder, min(signed, await alone(folder, 64)))
        whole = await conversations(folder / "whole")
        found.append(
            ("whole conversations: filed, answered by the simulator, acknowledged", whole, "/s (goal 300)")
        )
    return found


def run() -> Result:
    """Measure everything."""
    return asyncio.run(_run())
