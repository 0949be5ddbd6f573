"""Ctrl-C at a real process: a line, a status, no traceback, nothing left behind, and what was judged is kept."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.conformance.commands import ENVELOPE, body, counts, judged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS_MAX = 120


def stopped(words: Sequence[str | Path], file: Path, lines: int) -> tuple[int, str]:
    """Run `gateway conformance ...`, press Ctrl-C when a file has so many lines; give the status and what was said.

    The interrupt reaches every process of the group, as that of a terminal does. What was said ends when the
    last process that could say something has ended.
    """
    command = [sys.executable, "-m", "gateway", "conformance", *map(str, words)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        end = time.monotonic() + SECONDS_MAX
        while not file.is_file() or file.read_bytes().count(b"\n") < lines:
            assert process.poll() is None, "it ended before it was stopped"
            assert time.monotonic() < end, "nothing was judged"
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=SECONDS_MAX)
    finally:
        # What a failed test leaves would burden all others.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return process.returncode, said.decode()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_stopped_run_is_taken_up_to_the_same_bytes(tmp_path: Path, jobs: str) -> None:
    """Amid the cases of a run Ctrl-C says how many are there; with `--resume` the results are those of a whole run."""
    gate, profile = tmp_path / "gate", tmp_path / "lines.toml"
    profile.write_text('name = "lines"\nversion = "1"\nsee = "findings"\n[exec]\nlines = true\n')
    # Each process answers two pieces and waits in its third, so that no machine is done before it is stopped.
    target = f"exec:{sys.executable} -m tests.conformance.program gate {gate} 50"
    words = (ENVELOPE, "--target", target, "--profile", profile, "--timeout-s", "600")
    out, whole = tmp_path / "r.jsonl", tmp_path / "whole.jsonl"
    status, said = stopped(["run", *words, "--jobs", jobs, "--out", out], out, 41)
    there = len(body(out))
    assert status == 3
    assert said == f"stopped after {there} cases; the same command with --resume takes the run up again\n"
    assert there >= 40
    gate.touch()
    assert judged(out, *words, "--resume", jobs=int(jobs)).status == 0
    assert judged(whole, *words).status == 0
    assert body(out) == body(whole)
    assert counts(out)["total"] > there


@pytest.mark.parametrize(
    "faults",
    [("--fault", "code:profiles", "--sites", "0"), ("--fault", "removed:x12/s", "removed:x12/m")],
    ids=["seeded", "removed"],
)
def test_a_stopped_selftest_says_so_alone(tmp_path: Path, faults: Sequence[str]) -> None:
    """Its processes are not reached by Ctrl-C and end with it; what was noticed is kept."""
    out = tmp_path / "kept.jsonl"
    status, said = stopped(["selftest", *faults, "--jobs", "2", "--out", out], out, 2)
    assert (status, said) == (
        3,
        "stopped before the last part was done; the same command with --resume takes it up again\n",
    )
    assert len(out.read_text().splitlines()) >= 2
