"""What every command shares: user errors, input and output, how a finding is shown."""

from __future__ import annotations

import json
import os
import sys
from bisect import bisect_right
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.finding import Severity
from gateway.specs import Limits

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from gateway.finding import Finding, Span
    from gateway.flow.translate import Tables

DONE, INPUT, USAGE, UNREACHABLE, OURS = range(5)
# As a shell gives it for what SIGINT ended, and for what SIGPIPE ended.
STOPPED, UNREAD = 130, 141

_COLOURS = {
    Severity.ERROR: "\x1b[31m",
    Severity.WARNING: "\x1b[33m",
    Severity.INFO: "\x1b[36m",
    Severity.REPAIRED: "\x1b[35m",
}


class UserError(Exception):
    """A mistake of the user's, or of the world: one line on standard error, and a status."""

    def __init__(self, message: str, status: int = USAGE) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def verdict_stands() -> Iterator[None]:
    """Print what a known verdict rests on: it holds as well where the reader goes away (`| head`)."""
    try:
        yield
        print(end="", flush=True)
    except BrokenPipeError:
        read_no_more()


def read_no_more() -> None:
    """Let go what is printed from here on: nobody reads standard output any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def print_json(value: Any) -> None:
    """Print a value for machines."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def read_input(name: str) -> bytes:
    """Read a file, or standard input for `-`."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from error


def write_output(name: str | None, data: bytes) -> None:
    """Write bytes to a file, or to standard output for `-` or nothing."""
    if name in (None, "-"):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(str(name)).write_bytes(data)
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from error


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that reads a message."""
    parser.add_argument("--from", dest="format", default="", metavar="FORMAT",
                        help="x12, edifact, wco, json or catair, instead of what the bytes look like")  # fmt: skip
    parser.add_argument("--lenient", action="store_true", help="repair what can be repaired, and say so")


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Add the option of every command that judges by profiles."""
    parser.add_argument("--profile", action="append", default=[], metavar="NAME",
                        help="also what this profile asks for (cbp_ocean, cbp_rail, cbp_truck, cbp_export; "
                             "auto: the one that fits mode, set and release); may be given again")  # fmt: skip


def settings_of(args: argparse.Namespace, tables: Tables) -> dict[str, str]:
    """Give the profile settings that the options ask for; a name that is not known is the user's mistake."""
    names = [name for words in args.profile for name in words.replace(",", " ").split()]
    if not names:
        return {}
    # Entries, mappings and every format are dear to load, and most commands need none.
    from gateway.flow.translate import profile_names  # noqa: PLC0415

    known = profile_names(tables)
    for name in names:
        if name not in known:
            raise UserError(f"there is no profile {name}; there are {', '.join(known)}")
    return {"profiles": " ".join(names)}


def limits_of(args: argparse.Namespace) -> Limits:
    """Give the limits that the options ask for."""
    return Limits(lenient=args.lenient)


def today() -> date:
    """Give the day whose rules hold, in UTC."""
    return datetime.now(UTC).date()


def coloured() -> bool:
    """Tell whether standard output is a terminal that wants colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def show_findings(name: str, data: bytes, findings: Iterable[Finding]) -> None:
    """Print findings for people: one line each, then the bytes with a caret below."""
    colours = coloured()
    starts = _line_starts(data)
    for finding in findings:
        severity: str = finding.severity.value
        if colours:
            severity = f"{_COLOURS[finding.severity]}{severity}\x1b[0m"
        where = name
        if finding.span is not None:
            where = f"{name}:{_line_of(starts, finding.span.start)}"
        print(f"{where}: {severity} {finding.code}  {finding.message}")
        if finding.expected or finding.actual:
            print("    " + "; ".join(_facts(finding)))
        if finding.span is not None:
            for line in _excerpt(data, finding.span, finding):
                print("    " + line)


def _facts(finding: Finding) -> list[str]:
    facts = []
    if finding.expected:
        facts.append(f"expected {finding.expected}")
    if finding.actual:
        facts.append(f"found {finding.actual}")
    return facts


def _line_starts(data: bytes) -> list[int]:
    starts = [0]
    at = data.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = data.find(b"\n", at + 1)
    return starts


def _line_of(starts: list[int], offset: int) -> int:

    return bisect_right(starts, offset)


def _excerpt(data: bytes, span: Span, finding: Finding) -> list[str]:
    """Cut the surroundings of a span: up to a line end or 40 bytes to each side."""
    left = max(data.rfind(b"\n", 0, span.start) + 1, span.start - 40)
    end = data.find(b"\n", span.start)
    right = min(end if end >= 0 else len(data), max(span.end, span.start) + 40)
    before = data[left : span.start].decode("utf-8", "replace")
    line = data[left:right].decode("utf-8", "replace")
    shown = "".join(char if char.isprintable() else "." for char in line)
    width = len(data[span.start : min(span.end, right)].decode("utf-8", "replace"))
    marks = "^" + "~" * max(0, min(width, 60) - 1)
    place = f"byte {span.start}"
    # In an envelope a position counts interchanges and groups, not segments.
    position = finding.position if finding.transaction is not None else ()
    if position:
        place += f", segment {position[0]}"
        if len(position) > 1 and position[1]:
            place += f", element {position[1]}"
    return [shown, " " * len(before) + marks + " " + place]
