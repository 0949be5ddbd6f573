"""The simulator as a process of its own, killed and started again."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.simulator.onfile import check_digit
from tests.simulator.samples import SE, batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def simulator(store: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `gateway simulate` on a free port and give the process and its address."""
    command = [sys.executable, "-m", "gateway", "simulate", "--port", "0", "--store", str(store), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def call(url: str, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """Make one call on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def entry(turn: int) -> bytes:
    """Give a cargo release of its own for each turn."""
    digits = f"{turn:07d}"
    return batch("SE", SE.replace("00010429", digits + check_digit("Q7Z", digits)), f"GW-{turn}")


def test_nothing_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    """Five times killed in the middle of filing: each batch that got 202 is answered once."""
    store = tmp_path / "ace.db"
    taken: dict[str, int] = {}
    turn = 0
    for _ in range(5):
        with simulator(store) as (process, url):
            for _ in range(6):
                turn += 1
                status, body = call(url, "POST", "/ace/batches", entry(turn))
                assert status == 202
                taken[body["batch"]] = turn
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    with simulator(store) as (process, url):
        for again in range(1, turn + 1):
            status, body = call(url, "POST", "/ace/batches", entry(again))
            assert taken[body["batch"]] == again
        call(url, "POST", "/ace/control", b'{"do": "advance", "seconds": 60}')
        messages = call(url, "GET", "/ace/outbox?limit=1000")[1]["messages"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    numbers = [message["n"] for message in messages]
    assert numbers == sorted(set(numbers))
    for kind, wanted in (("SX", 1), ("SO", 2)):
        found = [message["batch"] for message in messages if message["kind"] == kind]
        assert sorted(found) == sorted(list(taken) * wanted)


def test_a_release_comes_although_it_was_killed_before(tmp_path: Path) -> None:
    """What was planned before the kill falls due after the start."""
    store = tmp_path / "ace.db"
    with simulator(store) as (process, url):
        call(url, "POST", "/ace/batches", entry(1))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with simulator(store) as (_, url):
        kinds: list[str] = []
        end = time.monotonic() + 10
        while kinds != ["SX", "SO", "SO"] and time.monotonic() < end:
            kinds = [message["kind"] for message in call(url, "GET", "/ace/outbox?wait=1")[1]["messages"]]
        assert kinds == ["SX", "SO", "SO"]


def test_mistakes_on_the_command_line_are_told(tmp_path: Path) -> None:
    """A wrong scenario, folder or port ends with status 2, an address in use with 3."""
    for options in (["--scenario", "nope"], ["--store", str(tmp_path / "no" / "x.db")], ["--port", "99999"]):
        command = [sys.executable, "-m", "gateway", "simulate", "--port", "0", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith("gateway: ")
        assert "Traceback" not in done.stderr
    with simulator(tmp_path / "ace.db") as (_, url):
        command = [sys.executable, "-m", "gateway", "simulate", "--port", str(urlsplit(url).port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 3
