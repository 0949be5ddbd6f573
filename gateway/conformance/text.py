"""A failure in words: what, which clause, the bytes with a caret, both sides, how to see it again.

Lives here: the block that a terminal, the HTML report and the Markdown report show, as plain
lines drawn from one line of `results.jsonl`. Never here: colours, markup.
"""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.conformance.model import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

_AROUND = 44


class Excerpt(NamedTuple):
    """The bytes around a place, printable, with the marks that stand below them."""

    text: str
    marks: str
    note: str


def data_of(line: Mapping[str, Any], key: str = "data") -> bytes:
    """Give the bytes that a line keeps, b"" where it keeps none."""
    return base64.b64decode(line[key]) if line.get(key) else b""


def span_of(line: Mapping[str, Any]) -> tuple[int, int] | None:
    """Give the bytes that the expectation is about."""
    for spot in line.get("expect", {}).get("findings", ()):
        if "span" in spot:
            start, end = spot["span"]
            return int(start), int(end)
    return None


def excerpt(data: bytes, span: tuple[int, int] | None) -> Excerpt | None:
    """Cut the surroundings of a span; of the whole where nothing is pointed at. None for no bytes."""
    if not data:
        return None
    if span is None:
        shown = data[: 2 * _AROUND]
        return Excerpt(printable(shown), "", f"the first {len(shown)} of {len(data)} bytes")
    start, end = span
    left, right = window(data, start, end)
    before = printable(data[left:start])
    text = printable(data[left:right])
    width = max(1, min(len(printable(data[start:end])), len(text) - len(before)))
    where = f"bytes {start}-{end}" if end > start else f"byte {start}"
    return Excerpt(text, " " * len(before) + "^" + "~" * (width - 1), where)


def window(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Give what is shown around a place: its own segment, record or line where that is short."""
    left, right = max(0, start - _AROUND), min(len(data), max(end, start) + _AROUND)
    for mark in (b"~", b"\n", b"'"):
        at = data.rfind(mark, left, start)
        if at >= 0:
            left = at + 1
            break
    for mark in (b"~", b"\n", b"'"):
        at = data.find(mark, max(end, start), right)
        if at >= 0:
            right = at + 1
            break
    return left, right


def printable(data: bytes) -> str:
    """Give bytes as text of the same number of characters; what cannot be shown is a dot."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return "".join(letter if letter.isprintable() else "\u00b7" for letter in text)


def again(line: Mapping[str, Any], results: str) -> str:
    """Give the command that sends the recorded bytes again."""
    return f"gateway conformance replay {shlex.quote(results)} {shlex.quote(line['case'])}"


def block(line: Mapping[str, Any], results: str) -> list[str]:
    """Give the lines of one case that did not pass."""
    verdict = str(line["verdict"]).upper()
    head = f"{verdict:5} {line['case']}"
    lines = [f"{head:<64} {line['force']}  level {line['level']}"]
    if line.get("text"):
        lines.append(f"      {line['text']}")
    source = f"   ({line['source']})" if line.get("source") else ""
    lines.append(f"      clause    {line['clauses'][0] if line['clauses'] else ''}{source}")
    found = excerpt(data_of(line), span_of(line))
    if found is not None:
        lines.append(f"      input     {found.text}")
        lines.append(
            f"                {found.marks} {found.note}" if found.marks else f"                {found.note}"
        )
    lines += [
        f"      {key:<9} {line[key]}" for key in ("expected", "actual", "reason", "tries") if line.get(key)
    ]
    lines.append(f"      again     {again(line, results)}")
    return lines


def summary(counts: Mapping[str, Any]) -> str:
    """Give the counts of a footer in one line."""
    order = ("pass", "fail", "error", "known", "fixed", "skip", "excluded")
    words = [f"{counts[name]} {name}" for name in order if counts.get(name)]
    again = f" ({counts['again']} asked twice)" if counts.get("again") else ""
    return f"{counts['total']} cases: {', '.join(words) or 'none'}{again}"


def level_name(level: int) -> str:
    """Give `5 code lists`."""
    return f"{level} {LEVELS[level]}"
