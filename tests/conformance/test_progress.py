"""Progress: drawn on a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

from gateway.conformance.progress import Progress
from tests.conformance.commands import ENVELOPE, SMALL


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_done_rate_and_failures_are_shown() -> None:
    """The line has the share, the cases done, the rate, failures and errors, and is taken away."""
    stream = Terminal()
    progress = Progress(2, stream=stream)
    progress.step(400, 3, 0)
    progress.step(100, 0, 2)
    progress.end()
    shown = stream.getvalue().split("\r\x1b[2K")
    assert "50%" in shown[1]
    assert "400 cases" in shown[1]
    assert "3 failed" in shown[1]
    assert "2 errors" in shown[2]
    assert shown[-1] == ""


def test_nothing_is_drawn_elsewhere() -> None:
    """A pipe, and a terminal with `--quiet`, get nothing."""
    for stream, quiet in ((io.StringIO(), False), (Terminal(), True)):
        progress = Progress(1, quiet=quiet, stream=stream)
        progress.step(1, 0, 0)
        progress.end()
        assert stream.getvalue() == ""


def test_a_real_terminal_sees_it(tmp_path: Path) -> None:
    """Under a terminal standard error has the line, and standard output only the result."""
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "gateway", "conformance", "run", ENVELOPE, SMALL, "--jobs", "2"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "r.jsonl")],
        stdout=subprocess.PIPE,
        stderr=writer,
        timeout=120,
        check=False,
    )
    os.close(writer)
    drawn = os.read(reader, 100_000).decode()
    os.close(reader)
    assert done.returncode == 0
    assert "cases," in drawn
    assert "100%" in drawn
    assert done.stdout.decode().splitlines()[-1] == f"results: {tmp_path / 'r.jsonl'}"
