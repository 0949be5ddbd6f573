"""The crash table: real processes under load, killed in turn; what was promised is counted.

    python -m tests.shell.crash_table --rounds 30 --senders 64 --store postgresql

On PostgreSQL two gateways and a worker share one database, on SQLite one gateway has its
file. In each round one of them is killed with SIGKILL at a random moment, or a process of a
pool, or the simulator; what was killed starts again. At the end everything that a sender has
a receipt for must be stored, delivered once in effect, in the order of its lane, accepted and
acknowledged, and every digest, signature and log entry must hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from gateway.shell.config import key_hash
from gateway.shell.config_file import load_config
from gateway.shell.ledger_files import check
from gateway.signing import KeyRing, verify_receipt
from gateway.simulator.onfile import check_digit
from gateway.specs import data_root
from tests.shell import stores
from tests.shell.process import Process, Simulator, children

TEMPLATE = (data_root() / "fixtures" / "catair" / "SE" / "three-bills.txt").read_bytes()
ENTRY = b"00010437"
PARTNERS = 4
PAUSE_SECONDS = (0.3, 1.3)
SENDER_PAUSE_SECONDS = 0.5
RETRY_SECONDS = 0.1
ROUND_SECONDS_MAX = 300
STILL_SECONDS_MAX = 300
QUIET = 4
SITE = 'format: catair, message: SE, envelope: {site: "2704", filer: Q7Z, port: "2704"}'


def filing(turn):
    """Give an entry of its own number."""
    digits = f"{turn:07d}"
    return TEMPLATE.replace(ENTRY, f"{digits}{check_digit('Q7Z', digits)}".encode())


@dataclass
class Table:
    """What was counted."""

    kills: Counter = field(default_factory=Counter)
    acknowledged: dict = field(default_factory=dict)
    stored: int = 0
    delivered: int = 0
    sent: int = 0
    closed: int = 0
    receipts: int = 0
    answers: int = 0
    seconds: float = 0.0
    faults: list = field(default_factory=list)

    def line(self, store):
        """Give the counts as one line."""
        killed = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        return (
            f"{store}: {sum(self.kills.values())} kills ({killed}), {len(self.acknowledged)} acknowledged,"
            f" {self.stored} stored, {self.delivered} delivered in {self.sent} transmissions,"
            f" {self.closed} accepted and closed, {self.receipts} receipts and {self.answers} answers verified,"
            f" {len(self.faults)} faults, {self.seconds:.0f} s"
        )


class Scene:
    """The processes, the senders, and what they were told."""

    def __init__(self, folder, *, store, senders, seed, pause):
        self.folder = folder
        self.store = store
        self.senders = senders
        self.pause = pause
        self.chance = random.Random(seed)  # noqa: S311 - moments, not secrets
        self.table = Table()
        self.turn = 0
        self.running = True
        self.simulator = Simulator(folder)
        partners = "".join(
            f"  P{n}: {{operator: {'true' if n == 0 else 'false'}, requests_per_second: 10000,"
            f" requests_burst: 10000, keys: [{{sha256: {key_hash(f'key-{n}')}}}]}}\n"
            for n in range(PARTNERS)
        )
        extra = f"work: {{processes: 1}}\npartners:\n{partners}"
        self.gateways = [
            self._process(extra, f"gateway-{turn}") for turn in range(2 if store == "postgresql" else 1)
        ]
        self.workers = [self._process(extra, "worker", worker=True)] if store == "postgresql" else []

    def _process(self, extra, name, *, worker=False):
        made = Process(self.folder, self.simulator.url, extra, name=name, worker=worker)
        text = made.config.read_text(encoding="utf-8")
        made.config.write_text(text.replace("format: json, message: entry", SITE), encoding="utf-8")
        return made

    async def start(self):
        """Start everything."""
        await self.simulator.start()
        for one in (*self.gateways, *self.workers):
            await one.start()

    async def stop(self):
        """Stop everything in order."""
        for one in (*self.gateways, *self.workers):
            status = await one.stop()
            if status != 0:
                self.table.faults.append(f"a gateway ended with {status}")
        await self.simulator.kill()

    # Load

    async def send(self, session, name):
        """File one entry after the other, each until it is taken."""
        partner = name % PARTNERS
        headers = {"X-API-Key": f"key-{partner}", "Authorization": f"Bearer key-{partner}"}
        while self.running:
            self.turn += 1
            data, key = filing(self.turn), f"key-{self.turn}"
            while (plain := await self._post(session, data, headers, key)) is None:  # noqa: ASYNC110
                await asyncio.sleep(RETRY_SECONDS)
            self.table.acknowledged[plain["submission"]] = (plain["receipt"], data, partner)
            await asyncio.sleep(self.chance.uniform(0, 2 * SENDER_PAUSE_SECONDS))

    async def _post(self, session, data, headers, key):
        url = f"{self.chance.choice(self.gateways).url}/v1/submissions"
        try:
            async with session.post(
                url, data=data, headers=headers | {"Idempotency-Key": f'"{key}"'}
            ) as response:
                body = await response.read()
                if response.status == 202:
                    return json.loads(body)
                if response.status not in {429, 503}:
                    self.table.faults.append(f"answered {response.status}: {body[:200]!r}")
        except (TimeoutError, aiohttp.ClientError, OSError):
            pass
        return None

    # Kills

    async def kill_one(self, turn):
        """Kill the next in turn, and start it again."""
        victims = ["gateway", "pool", "simulator"] + (["worker"] if self.workers else [])
        victim = victims[turn % len(victims)]
        self.table.kills[victim] += 1
        if victim == "simulator":
            await self.simulator.kill()
            await asyncio.sleep(self.chance.uniform(0, 0.5))
            await self.simulator.start()
        elif victim == "pool":
            _kill_pool(self.chance.choice([*self.gateways, *self.workers]).process.pid)
        else:
            one = self.chance.choice(self.gateways if victim == "gateway" else self.workers)
            await one.kill()
            await asyncio.sleep(self.chance.uniform(0, 0.5))
            await one.start()

    async def run(self, rounds):
        """Load, kill, let it come to rest, count."""
        begun = time.monotonic()
        try:
            await self._play(rounds)
        finally:
            await self._kill_all()
        self._count()
        self.table.seconds = time.monotonic() - begun
        return self.table

    async def _play(self, rounds):
        await self.start()
        timeout = aiohttp.ClientTimeout(total=15)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            senders = [asyncio.create_task(self.send(session, name)) for name in range(self.senders)]
            for turn in range(rounds):
                await asyncio.sleep(self.chance.uniform(*self.pause))
                async with asyncio.timeout(ROUND_SECONDS_MAX):
                    await self.kill_one(turn)
            self.running = False
            await asyncio.gather(*senders)
            await self._rest()
            await self._verify(session)
        await self.stop()

    async def _kill_all(self):
        """Leave nothing behind when something went wrong."""
        for one in (*self.gateways, *self.workers, self.simulator):
            if one.process is not None and one.process.returncode is None:
                await one.kill()

    async def _rest(self):
        """Wait until nothing is left to do. That may take long on a busy machine; but something happens."""
        left = (
            "SELECT (SELECT count(*) FROM submission WHERE state <> 'closed')"
            " + (SELECT count(*) FROM outbox WHERE state = 'ready'), (SELECT max(id) FROM event)"
        )
        quiet, seen, since = 0, None, time.monotonic()
        while quiet < QUIET:
            found = self._rows(left)[0]
            if found != seen:
                seen, since = found, time.monotonic()
            if time.monotonic() - since > STILL_SECONDS_MAX:
                raise TimeoutError(f"nothing happens, and {found[0]} things are left to do")
            quiet = quiet + 1 if found[0] == 0 else 0
            await asyncio.sleep(0.5)

    # Counts

    def _rows(self, sql):
        return [tuple(row) for row in stores.rows(self.folder, sql)]

    async def _verify(self, session):
        """Verify each receipt that a sender was given, with the public keys."""
        async with session.get(f"{self.gateways[0].url}/.well-known/jwks.json") as response:
            ring = KeyRing.from_jwks(await response.json())
        for submission, (receipt, data, _) in self.table.acknowledged.items():
            if not verify_receipt(receipt, ring, data).ok:
                self.table.faults.append(f"{submission}: its receipt does not hold")
            self.table.receipts += 1

    def _count(self):
        table = self.table
        stored = {
            row[0]: row[1:] for row in self._rows("SELECT id, state, partner, received_at FROM submission")
        }
        table.stored = len(stored)
        table.closed = sum(1 for row in stored.values() if row[0] == "closed")
        given = dict(self._rows("SELECT submission, receipt FROM answer WHERE n = 0"))
        for submission, (receipt, _, partner) in table.acknowledged.items():
            if submission not in stored or stored[submission][1] != f"P{partner}":
                table.faults.append(f"{submission} was acknowledged and is not stored")
            elif given[submission] != receipt:
                table.faults.append(f"{submission} has another receipt than was given out")
        table.faults += [
            f"{one} is stored and was never acknowledged" for one in set(stored) - set(table.acknowledged)
        ]
        for state, disposition, count in self._rows(
            "SELECT state, disposition, count(*) FROM part GROUP BY state, disposition"
        ):
            if (state, disposition) != ("closed", "accepted"):
                table.faults.append(f"{count} transactions are {state}, {disposition}")
        self._count_answers()
        self._count_delivered()
        checked = check(load_config(self.gateways[0].config))
        table.answers = checked.counts["answer"]
        table.faults += checked.wrong

    def _count_answers(self):
        """Hold acknowledgements to what was heard: each thing that the other side said is passed on once.

        The other side may say one more thing while all is stopped: then its row waits for the next start.
        """
        answered = dict(
            self._rows("SELECT submission, count(*) FROM event WHERE name = 'Answered' GROUP BY submission")
        )
        said = dict(
            self._rows("SELECT submission, count(*) FROM answer WHERE kind = 'business' GROUP BY submission")
        )
        heard = dict(self._rows("SELECT submission, count(*) FROM heard_part GROUP BY submission"))
        waits = dict(
            self._rows(
                "SELECT submission, count(*) FROM outbox WHERE effect = 'acknowledge' AND state = 'ready'"
                " GROUP BY submission"
            )
        )
        for submission in self.table.acknowledged:
            counts = [of.get(submission, 0) for of in (answered, said, heard, waits)]
            if counts[0] != counts[1] + counts[3] or not 0 < counts[1] <= counts[2]:
                self.table.faults.append(
                    f"{submission}: answered {counts[0]}, acknowledged {counts[1]}, heard {counts[2]},"
                    f" waiting {counts[3]}"
                )

    def _count_delivered(self):
        """Hold what the simulator has to what the outbox says, lane by lane."""
        table = self.table
        with contextlib.closing(sqlite3.connect(self.simulator.store)) as connection:
            batches = dict(connection.execute("SELECT key, batch FROM keys").fetchall())
            arrived = {
                batch: place
                for place, (batch,) in enumerate(connection.execute("SELECT id FROM batches ORDER BY rowid"))
            }
        rows = self._rows(
            "SELECT o.send_key, o.lane, s.seq, o.attempts FROM outbox o JOIN submission s ON s.id = o.submission"
            " WHERE o.effect = 'send' ORDER BY o.id"
        )
        table.delivered, table.sent = len(batches), sum(row[3] for row in rows)
        keys = {row[0] for row in rows}
        if len(set(batches.values())) != len(arrived) or len(batches) != len(arrived):
            table.faults.append(f"{len(batches)} keys, {len(arrived)} batches at the other side")
        if keys != set(batches):
            table.faults.append(
                f"{len(keys - set(batches))} not delivered, {len(set(batches) - keys)} unknown"
            )
        lanes: dict = {}
        for key, lane, seq, _ in rows:
            lanes.setdefault(lane, []).append((seq, arrived[batches[key]] if key in batches else -1))
        for lane, places in lanes.items():
            if places != sorted(places) or [place for _, place in places] != sorted(p for _, p in places):
                table.faults.append(f"lane {lane} is out of order")


def _kill_pool(parent):
    """Kill the processes that work for a gateway."""
    for pid in children(parent):
        command = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else b""
        # Not the process that makes new ones: it only goes together with its gateway.
        if b"forkserver" in command and not _makes(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _makes(pid):
    return bool(children(pid))


def crash(folder, *, store, rounds, senders, seed=20261125, pause=PAUSE_SECONDS):
    """Run one table in a folder and give it."""
    return asyncio.run(Scene(folder, store=store, senders=senders, seed=seed, pause=pause).run(rounds))


def main():
    """Run the table as the command line says; status 1 for any fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.shell.crash_table", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--senders", type=int, default=64)
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=20261125)
    args = parser.parse_args()
    faults = 0
    for store in ("sqlite", "postgresql") if args.store == "both" else (args.store,):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if store == "postgresql":
                from tests.shell.postgresql import server

                stores.ADDRESSES[str(folder)] = server().database()
            table = crash(folder, store=store, rounds=args.rounds, senders=args.senders, seed=args.seed)
            print(table.line(store), flush=True)
            for fault in table.faults[:50]:
                print(f"  {fault}")
            faults += len(table.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
