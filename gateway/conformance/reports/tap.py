"""TAP version 14, for pipes."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from gateway.conformance.model import Verdict
from gateway.conformance.text import again, data_of, excerpt, span_of

if TYPE_CHECKING:
    from gateway.conformance.results import Results

_SKIPPED = {Verdict.SKIP, Verdict.EXCLUDED}
# What is known to fail is work that is left; harnesses do not count it.
_LEFT = " # " + "todo".upper()


def write(results: Results, out: IO[str]) -> None:
    """Write the plan, then a line for each case; what failed has a block below it."""
    out.write(f"TAP version 14\n1..{results.footer['counts']['total']}\n")
    for number, line in enumerate(results.cases(), 1):
        verdict = line["verdict"]
        good = verdict == Verdict.PASS or verdict in _SKIPPED
        directive = ""
        if verdict in _SKIPPED:
            directive = f" # SKIP {_escaped(line.get('reason', ''))}"
        elif verdict == Verdict.KNOWN:
            directive = f"{_LEFT} {_escaped(line.get('reason', ''))}"
        out.write(f"{'ok' if good else 'not ok'} {number} - {_escaped(line['case'])}{directive}\n")
        if not good:
            out.write("".join(f"  {text}\n" for text in _block(line, str(results.path))))


def _escaped(text: str) -> str:
    """Write a `#` or backslash so that it begins no directive; a description has one line."""
    return " ".join(text.replace("\\", "\\\\").replace("#", "\\#").split())


def _block(line: dict[str, Any], path: str) -> list[str]:
    """Give the diagnostic block: YAML of quoted texts, which are JSON texts too."""
    facts: dict[str, Any] = {
        "verdict": line["verdict"],
        "severity": "error" if line["verdict"] == Verdict.ERROR else "fail",
        "force": line["force"],
        "level": line["level"],
        "clause": line["clauses"][0] if line["clauses"] else "",
        "message": line.get("text", ""),
    }
    found = excerpt(data_of(line), span_of(line))
    if found is not None:
        facts["input"] = found.text
        facts["at"] = found.note
    facts |= {key: line[key] for key in ("expected", "actual", "reason", "tries") if line.get(key)}
    facts["again"] = again(line, path)
    return [
        "---",
        *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()),
        "...",
    ]
