"""SARIF 2.1.0: rule = clause, region = the bytes, state = what the baseline says.

What passed is left out: a result here is something to look at, or a case that was not asked.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from gateway.conformance.model import Verdict
from gateway.conformance.text import again, span_of

if TYPE_CHECKING:
    from gateway.conformance.results import Results

# verdict -> (kind, state against the baseline). `open`: it could not be judged.
_SAID = {
    Verdict.FAIL: ("fail", "new"),
    Verdict.KNOWN: ("fail", "unchanged"),
    Verdict.FIXED: ("pass", "absent"),
    Verdict.ERROR: ("open", "new"),
    Verdict.SKIP: ("notApplicable", "unchanged"),
    Verdict.EXCLUDED: ("notApplicable", "unchanged"),
}
_LEVELS = {"must": "error", "should": "warning", "may": "note"}


def write(results: Results, out: IO[str]) -> None:
    """Write the log with one run."""
    rules: dict[str, dict[str, Any]] = {}
    artifacts: list[dict[str, Any]] = []
    found = [
        _result(line, str(results.path), rules, artifacts)
        for line in results.cases()
        if line["verdict"] != Verdict.PASS
    ]
    header, counts = results.header, results.footer["counts"]
    driver = {"name": "gateway conformance", "version": header["suite"], "rules": list(rules.values())}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not counts["error"] and not counts["broken"],
                         "startTimeUtc": header["at"]}],
        "artifacts": artifacts,
        "results": found,
        "columnKind": "unicodeCodePoints",
        "properties": {"target": header["target"], "profile": header["profile"], "seed": header["seed"],
                       "specs": header["specs"], "counts": counts},
    }  # fmt: skip
    json.dump({"version": "2.1.0", "runs": [run]}, out, indent=1, ensure_ascii=False)
    out.write("\n")


def _result(
    line: dict[str, Any], path: str, rules: dict[str, dict[str, Any]], artifacts: list[dict[str, Any]]
) -> dict[str, Any]:
    kind, state = _SAID[Verdict(line["verdict"])]
    clause = line["clauses"][0] if line["clauses"] else line["case"]
    if clause not in rules:
        rules[clause] = _rule(clause, line, len(rules))
    text = line.get("text") or line["case"]
    told = [f"{key} {line[key]}" for key in ("expected", "actual", "reason", "tries") if line.get(key)]
    result: dict[str, Any] = {
        "ruleId": clause,
        "ruleIndex": rules[clause]["properties"]["index"],
        "kind": kind,
        "level": _LEVELS[line["force"]] if kind == "fail" else "none",
        "message": {"text": "; ".join([text, *told])},
        "locations": [{"physicalLocation": _place(line, artifacts)}],
        "partialFingerprints": {"case/v1": line["case"]},
        "baselineState": state,
        "properties": {"verdict": line["verdict"], "force": line["force"], "snipLevel": line["level"],
                       "again": again(line, path)},
    }  # fmt: skip
    if line["verdict"] == Verdict.KNOWN:
        result["suppressions"] = [{"kind": "external", "justification": line.get("reason", "")}]
    return result


def _rule(clause: str, line: dict[str, Any], index: int) -> dict[str, Any]:
    about = {"index": index, "force": line["force"], "source": line.get("source", "")}
    rule: dict[str, Any] = {"id": clause, "properties": about}
    if line.get("text"):
        rule["shortDescription"] = {"text": line["text"]}
    return rule


def _place(line: dict[str, Any], artifacts: list[dict[str, Any]]) -> dict[str, Any]:
    """Point at the bytes; the bytes themselves stand among the artifacts."""
    where: dict[str, Any] = {"uri": quote(line["case"], safe="/.+-:=,@") + ".bin"}
    if line.get("data"):
        where["index"] = len(artifacts)
        artifact: dict[str, Any] = {"location": {"uri": where["uri"]}, "length": line["bytes"],
                                    "contents": {"binary": line["data"]}, "roles": ["analysisTarget"]}  # fmt: skip
        if line.get("input"):
            artifact["hashes"] = {"sha-256": line["input"].removeprefix("sha256:")}
        artifacts.append(artifact)
    place: dict[str, Any] = {"artifactLocation": where}
    span = span_of(line)
    if span is not None and line.get("data"):
        place["region"] = {"byteOffset": span[0], "byteLength": span[1] - span[0]}
    return place
