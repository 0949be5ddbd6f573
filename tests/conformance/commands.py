"""The command line as a tester has it: run in this process, with what it printed and its status."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.cli import main
from gateway.conformance import results

# Small suites that have every kind of case.
ENVELOPE = "x12.envelope.004010"
SMALL = "x12.352.004010"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its status."""

    status: int
    out: str
    err: str


def conformance(*words: str | Path) -> Said:
    """Run `gateway conformance ...`."""
    raw, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(["conformance", *map(str, words)])
        except SystemExit as end:
            status = int(end.code or 0)
    return Said(status, raw.getvalue().decode(), err.getvalue())


def judged(path: Path, *words: str | Path, jobs: int = 1) -> Said:
    """Run `gateway conformance run ...` with its results in a file."""
    return conformance("run", *words, "--jobs", str(jobs), "--out", path)


def body(path: Path) -> list[bytes]:
    """Give the lines of a results file below its header, which has a time."""
    return path.read_bytes().splitlines(keepends=True)[1:]


def lines(path: Path) -> list[dict[str, Any]]:
    """Give the cases of a results file."""
    return list(results.read(path).cases())


def counts(path: Path) -> dict[str, Any]:
    """Give the counts in the footer."""
    found: dict[str, Any] = results.read(path).footer["counts"]
    return found
