"""Memory over a long run: what the gateway and its pool hold while submissions come, go and are closed.

    python -m tests.bench.memory --submissions 100000

Each submission is an entry of its own that the simulator answers; with `--every 20` only each
twentieth is, and the others are of no known format, stored and refused. The senders wait while
the gateway is behind, so that what is measured is what stays, not a queue. Status 1 when the
second half of the run ends with more than `GROWTH_MAX` above what the first half ended with.

A child of the gateway that is none of the pool is the run that verifies again what is stored: it
begins ten minutes after the start (`--recheck` says when), and ends by itself. It has its own column.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.service import FILERS, Served, free_ports, numbered
from tests.shell.process import children

SENDERS = 16
BEHIND_MAX = 500
MARKS = 20
GROWTH_MAX = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")


def held(pid: int) -> float:
    """Give what a process holds of its own, in MB: resident, less what it shares with files."""
    resident, shared = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1:3]
    return (int(resident) - int(shared)) * PAGE / 1e6


def verifies(pid: int) -> bool:
    """Tell whether a child of the gateway is the one that verifies again, and none of the pool."""
    with contextlib.suppress(OSError):
        return b"\0verify\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return True


class Run:
    """One gateway, its senders, and what was measured on the way."""

    def __init__(self, served: Served, count: int, every: int) -> None:
        self.served = served
        self.count = count
        self.every = every
        self.sent = 0
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.marks: list[tuple[int, float, float, float]] = []
        self.begun = time.monotonic()

    async def sender(self, name: int) -> None:
        """File one entry after the other on one connection; another one where the gateway closed it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        while self.sent < self.count:
            await self.may_send.wait()
            self.sent += 1
            whole = self.sent % self.every == 0
            data = numbered(self.sent) if whole else b"nothing that is known, %d" % self.sent
            while True:
                writer.write(
                    b"POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\n"
                    b"Authorization: Bearer filer-%d\r\nContent-Length: %d\r\n\r\n%s"
                    % (self.served.port, name % FILERS, len(data), data)
                )
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                except (asyncio.IncompleteReadError, ConnectionError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
                    continue
                length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r", 1)[0])
                await reader.readexactly(length)
                if head.startswith(b"HTTP/1.1 202"):
                    break
                if not head.startswith(b"HTTP/1.1 503"):
                    raise RuntimeError(head.decode("latin-1"))
                await asyncio.sleep(1)
        writer.close()

    async def watch(self) -> None:
        """Hold the senders back, and write down what is held at each mark; ends when all are closed."""
        done = 0
        while done < self.count:
            await asyncio.sleep(1)
            done = (await self.served.counts()).get('gateway_submissions{state="closed"}', 0)
            if self.sent - done > BEHIND_MAX:
                self.may_send.clear()
            else:
                self.may_send.set()
            if done * MARKS >= self.count * (len(self.marks) + 1):
                self.mark(done)

    def mark(self, done: int) -> None:
        """Measure now."""
        gateway = self.served.processes[1].pid
        below = children(gateway)
        pool = [held(pid) for pid in below if not verifies(pid)]
        others = [held(pid) for pid in below if verifies(pid)]
        self.marks.append((done, held(gateway), sum(pool), sum(others)))
        seconds = time.monotonic() - self.begun
        print(
            f"{done:>8} closed  gateway {self.marks[-1][1]:7.1f} MB  pool {self.marks[-1][2]:7.1f} MB"
            f"  recheck {self.marks[-1][3]:7.1f} MB  {done / seconds:5.0f}/s",
            flush=True,
        )


async def measure(count: int, every: int, recheck: float) -> int:
    """Run once; gives the exit status."""
    more = f"signing: {{recheck: {{first_seconds: {recheck}}}}}\n"
    with tempfile.TemporaryDirectory() as name:
        async with Served(Path(name) / "memory", free_ports(), extra=more) as served:
            run = Run(served, count, every)
            async with asyncio.TaskGroup() as group:
                for turn in range(SENDERS):
                    group.create_task(run.sender(turn))
                group.create_task(run.watch())
    half, end = run.marks[len(run.marks) // 2 - 1], run.marks[-1]
    grown = [later / max(1.0, earlier) - 1 for earlier, later in zip(half[1:3], end[1:3], strict=True)]
    print(f"second half: gateway {grown[0]:+.1%}, pool {grown[1]:+.1%} (at most {GROWTH_MAX:+.0%})")
    return int(max(grown) > GROWTH_MAX)


def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--recheck", type=float, default=600, metavar="SECONDS")
    args = parser.parse_args()
    return asyncio.run(measure(args.submissions, args.every, args.recheck))


if __name__ == "__main__":
    sys.exit(main())
