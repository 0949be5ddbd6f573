"""`gateway acknowledge FILE`: the technical acknowledgement that FILE deserves, in its own format."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.cli.common import (
    DONE,
    INPUT,
    add_reading,
    limits_of,
    read_input,
    show_findings,
    write_output,
)
from gateway.finding import Answer, Finding, Level, no_errors
from gateway.flow.translate import load_tables, recognise
from gateway.tree import Envelope

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `acknowledge`."""
    parser = subparsers.add_parser(
        "acknowledge",
        help="the technical acknowledgement that a message deserves, in its own format",
        epilog="example: gateway acknowledge manifest.edi -o manifest.997.edi",
    )
    parser.add_argument("file", metavar="FILE", help="a message; - is standard input")
    add_reading(parser)
    parser.add_argument("-o", "--output", metavar="OUT", help="where to; standard output otherwise")
    parser.add_argument("--control", type=int, default=1, metavar="N", help="the answer's control number (1)")
    parser.add_argument("--at", metavar="INSTANT", help="the answer's time, ISO 8601 with offset (now)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the acknowledgement; status 1 if it rejects, or if none can be given."""
    data = read_input(args.file)
    tables = load_tables()
    limits = limits_of(args)
    found = recognise(data, limits, args.format)
    if isinstance(found, Finding):
        show_findings(args.file, data, [found])
        return INPUT
    interchange = found.read(data, tables.specs, limits)
    findings = tuple(interchange.all_findings())
    accepted = no_errors(findings)
    answer = Answer(level=Level.SYNTAX, accepted=accepted, findings=findings)
    at = args.at or datetime.now(UTC).isoformat(timespec="seconds")
    envelope = Envelope(sender=interchange.receiver, receiver=interchange.sender, control=args.control, at=at)
    reply = found.acknowledge(interchange, answer, envelope, tables.specs)
    if not reply:
        print(f"{args.file}: {found.name} has no acknowledgement for this", file=sys.stderr)
        return INPUT
    write_output(args.output, reply)
    return DONE if accepted else INPUT
