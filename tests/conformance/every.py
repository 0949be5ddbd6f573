"""A results file with one result of every verdict, and a few that are awkward to draw."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from gateway.conformance import results
from gateway.conformance.model import Verdict
from tests.conformance.commands import ENVELOPE, judged, lines

AWKWARD = b"ISA*00*<b>&amp;\x00\x07\"']]>\xe9\xff\n# not a comment ```~"


def every(path: Path) -> dict[str, dict[str, Any]]:
    """Write the file and give its lines by verdict."""
    passing, failing = path.with_name("right.jsonl"), path.with_name("wrong.jsonl")
    judged(passing, f"{ENVELOPE}/ISA-0", "--quiet")
    judged(failing, f"{ENVELOPE}/ISA-0", "--target", "toy:accept", "--quiet")
    right = [line for line in lines(passing) if line["good"]]
    wrong = [line for line in lines(failing) if line["verdict"] == Verdict.FAIL]
    error = {**wrong[1], "verdict": "error", "expected": "an answer", "actual": "no answer within 30 s"}
    made: dict[str, dict[str, Any]] = {
        "pass": right[0],
        "fail": wrong[0],
        "error": error,
        "known": {**wrong[2], "verdict": "known", "reason": "until 2999-01-01: being mended | #7"},
        "fixed": {**wrong[3], "verdict": "fixed", "reason": "listed as failing: was mended"},
        "skip": {**right[1], "verdict": "skip", "reason": "this build has no format x12 # none"},
        "excluded": {**right[2], "verdict": "excluded", "reason": "not claimed by the profile"},
    }
    awkward = {
        **wrong[4],
        "case": f"{ENVELOPE}/odd/<&\"'>/#1",
        "verdict": "fail",
        "force": "should",
        "actual": "exception ValueError: \x00\x1b[31m <script>alert(1)</script> ```",
        "data": base64.b64encode(AWKWARD).decode(),
        "bytes": len(AWKWARD),
        "answer": base64.b64encode(AWKWARD).decode(),
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = results.Writer(file, results.read(failing).header)
        writer.begin()
        for line in (*made.values(), awkward):
            writer.add(results.compact(line), line)
        writer.close()
    return made
