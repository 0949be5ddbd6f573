"""JUnit XML: a test suite for each suite, `failure` for what failed, `error` for what could not be judged."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from gateway.conformance.model import Verdict
from gateway.conformance.text import block

if TYPE_CHECKING:
    from gateway.conformance.results import Results

# A baseline's entry that is mended fails the run, so it fails here too.
_FAILED = {Verdict.FAIL, Verdict.FIXED}
_SKIPPED = {Verdict.SKIP, Verdict.EXCLUDED, Verdict.KNOWN}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(results: Results, out: IO[str]) -> None:
    """Write the document suite by suite."""
    suites: dict[str, Counter[str]] = {}
    for line in results.cases():
        suites.setdefault(_suite(line), Counter())[line["verdict"]] += 1
    header = results.header
    total = sum(suites.values(), Counter[str]())
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f'<testsuites name="conformance"{_counts(total)} time="0">\n')
    for number, (name, lines) in enumerate(groupby(results.cases(), _suite)):
        out.write(
            f'<testsuite name={_quoted(name)}{_counts(suites[name])} time="0" id="{number}" '
            f'timestamp={_quoted(header["at"].removesuffix("Z"))} hostname="localhost" package="conformance">\n'
        )
        out.write("<properties>\n")
        for key, value in _properties(header).items():
            out.write(f"<property name={_quoted(key)} value={_quoted(value)}/>\n")
        out.write("</properties>\n")
        for line in lines:
            _case(line, str(results.path), out)
        out.write("</testsuite>\n")
    out.write("</testsuites>\n")


def _suite(line: dict[str, Any]) -> str:
    return str(line["case"].partition("/")[0])


def _counts(counts: Counter[str]) -> str:
    failed = sum(counts[one] for one in _FAILED)
    skipped = sum(counts[one] for one in _SKIPPED)
    return (
        f' tests="{sum(counts.values())}" failures="{failed}" errors="{counts[Verdict.ERROR]}"'
        f' skipped="{skipped}"'
    )


def _properties(header: dict[str, Any]) -> dict[str, str]:
    return {
        "target": header["target"]["address"],
        "profile": f"{header['profile']['name']} {header['profile']['version']}",
        "seed": str(header["seed"]),
        "suite": header["suite"],
        "specs": header["specs"],
    }


def _case(line: dict[str, Any], path: str, out: IO[str]) -> None:
    name = line["case"].partition("/")[2]
    out.write(f'<testcase name={_quoted(name)} classname={_quoted(_suite(line))} time="0">\n<properties>\n')
    for clause in line["clauses"]:
        out.write(f'<property name="clause" value={_quoted(clause)}/>\n')
    out.write(f'<property name="force" value="{line["force"]}"/>\n')
    out.write(f'<property name="level" value="{line["level"]}"/>\n</properties>\n')
    verdict = line["verdict"]
    reason = str(line.get("reason", ""))
    if verdict in _FAILED or verdict == Verdict.ERROR:
        tag = "error" if verdict == Verdict.ERROR else "failure"
        message = _quoted(line.get("actual") or reason)
        body = escape(_legal("\n".join(block(line, path))))
        out.write(f"<{tag} type={_quoted(verdict)} message={message}>{body}</{tag}>\n")
    elif verdict in _SKIPPED:
        out.write(f"<skipped message={_quoted(f'{verdict}: {reason}')}/>\n")
    out.write("</testcase>\n")


def _legal(text: str) -> str:
    """Take out what XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _quoted(text: str) -> str:
    return quoteattr(_legal(str(text)))
