"""Our own service, which exchange cases ask: it comes up beside the command, and goes with it."""

from __future__ import annotations

import errno
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import pytest

from gateway.conformance.exchange import own
from tests.conformance.commands import conformance, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A process with another thread is not copied: the copy would lack it.
ASKED = """
import sys, threading
from gateway.conformance.exchange import own
if sys.argv[1] == "Popen":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
own.expect("exchange.service/known/keys")
service = own.own()
print(type(service._process).__name__, service.url, flush=True)
sys.stdin.read()
own.close()
"""


@pytest.fixture(params=["Copy", "Popen"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a process whose service has come up, and whose temporary folder is the test's."""
    process = subprocess.Popen(
        [sys.executable, "-c", ASKED, request.param],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "", "TMPDIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    with process:
        assert process.stdout is not None
        way, url = process.stdout.readline().split()
        assert way == request.param
        assert url.startswith("http://127.0.0.1:")
        assert len(list(tmp_path.iterdir())) == 1
        yield process
        process.kill()


def test_it_ends_with_the_command(asked: subprocess.Popen[str], tmp_path: Path) -> None:
    """The command waits for it, and its folder is gone."""
    asked.communicate("", timeout=60)
    assert asked.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_a_command_that_is_killed(asked: subprocess.Popen[str], tmp_path: Path) -> None:
    """Nobody tells it; what it is told by has no other end any more."""
    asked.kill()
    asked.wait()
    until = time.monotonic() + 60
    while list(tmp_path.iterdir()):
        assert time.monotonic() < until, "its folder is still there"
        time.sleep(0.05)


def test_where_there_can_be_no_process_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when it is expected, but by who asks it."""

    def full(*, as2: bool) -> NoReturn:
        raise BlockingIOError(errno.EAGAIN, f"no process, {as2=}")

    monkeypatch.setattr(own, "anew", full)
    monkeypatch.setattr(own, "alone", lambda: False)
    own.expect("exchange.as2/protected/aes128-cbc")
    with pytest.raises(own.DownError, match="our own service does not start: no process, as2=True"):
        own.own(as2=True)


def test_a_service_that_cannot_come_up_is_told(tmp_path: Path) -> None:
    """Where it can write no file there is none, and the case is an error."""
    out, case = tmp_path / "results.jsonl", "exchange.service/known/keys"
    assert conformance("run", case, "--out", out).status == 0
    words = shlex.join([sys.executable, "-m", "gateway", "conformance", "replay", str(out), case])
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -f 0; exec {words}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert "our own service does not start" in done.stdout


def test_both_kinds_of_service_are_asked_by_one_command(tmp_path: Path) -> None:
    """The one that does AS2 and the one that does not, of which only the first is a copy of the command."""
    out = tmp_path / "results.jsonl"
    cases = ["exchange.as2/protected/aes128-cbc", "exchange.service/known/keys"]
    assert conformance("run", *cases, "--out", out).status == 0
    assert [line["verdict"] for line in lines(out)] == ["pass", "pass"]
    words = ["-m", "gateway", "conformance", "replay", str(out), *cases]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert sorted(done.stdout.split()) == sorted([*cases, "PASS", "PASS"])
    assert (done.returncode, done.stderr) == (0, "")
