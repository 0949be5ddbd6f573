"""`gateway translate FILE --to TARGET`: any message to any other, with the way of each value."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.cli.common import (
    DONE,
    INPUT,
    UserError,
    add_profile,
    add_reading,
    limits_of,
    read_input,
    settings_of,
    show_findings,
    today,
    write_output,
)
from gateway.entry import entry_of, plain_of
from gateway.flow.canonical import DocumentError, document, read_document
from gateway.flow.translate import load_tables, outgoing_plain, restore, take
from gateway.specs.options import unfit
from gateway.tree import Envelope

if TYPE_CHECKING:
    import argparse

    from gateway.flow.translate import Outgoing, Tables, Taken


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `translate`."""
    parser = subparsers.add_parser(
        "translate",
        help="a message to another format, or to the canonical entry and back",
        epilog="example: gateway translate declaration.xml --to catair/SE --lineage lineage.json",
    )
    parser.add_argument("file", metavar="FILE", help="a message or a canonical document; - is standard input")
    parser.add_argument(
        "--to", required=True, metavar="TARGET", help="canonical, json, x12/309, catair/SE, wco/DEC ..."
    )
    add_reading(parser)
    add_profile(parser)
    parser.add_argument("-o", "--output", metavar="OUT", help="where to; standard output otherwise")
    parser.add_argument("--lineage", metavar="OUT", help="write the way of each value as JSON")
    parser.add_argument("--near", action="store_true", help="write values that are near, not the same")
    parser.add_argument("--sender", default="GATEWAY", help="sender in a new envelope")
    parser.add_argument("--receiver", default="CBP", help="receiver in a new envelope")
    parser.add_argument(
        "--control", type=int, default=1, metavar="N", help="control number in a new envelope (1)"
    )
    parser.add_argument("--at", metavar="INSTANT", help="time in a new envelope, ISO 8601 with offset (now)")
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE",
                        help="one more fact for a new envelope (site, filer, port, usage ...)")  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Translate one file; status 1 if it, or what became of it, has an error."""
    data = read_input(args.file)
    tables = load_tables()
    settings = settings_of(args, tables)
    args.options = _options(args, tables)
    if _is_document(data):
        return _from_document(args, data, tables)
    # Profiles have dates, so a day is needed to ask them; otherwise only what the format says is told.
    on = today() if settings else None
    taken = take(data, tables, limits_of(args), args.format, on=on, profile=settings)
    _complain(args.file, data, taken)
    if not taken.translations:
        return INPUT
    if args.to == "canonical":
        write_output(args.output, document(taken).encode())
        _lineage(args, taken, None)
        return DONE if taken.ok else INPUT
    sent = _outgoing(args, [one.plain for one in taken.translations], tables)
    _deliver(args, sent)
    _lineage(args, taken, sent)
    return DONE if taken.ok and sent.ok else INPUT


def _is_document(data: bytes) -> bool:
    return data.lstrip()[:40].replace(b" ", b"").replace(b"\n", b"").startswith(b'{"canonical"')


def _from_document(args: argparse.Namespace, data: bytes, tables: Tables) -> int:
    try:
        kept = read_document(data)
    except DocumentError as error:
        raise UserError(f"{args.file}: this canonical document cannot be used: {error}", INPUT) from error
    plains: list[dict[str, Any]] = []
    for number, plain in enumerate(kept.entries):
        entry, misfits = entry_of(plain)
        if misfits:
            at = ".".join(str(step) for step in misfits[0].at)
            raise UserError(f"{args.file}: entries[{number}].{at}: {misfits[0].message}", INPUT)
        plains.append(plain_of(entry))
    if args.to == "canonical":
        write_output(args.output, data)
        return DONE
    interchange = kept.interchange
    mapping = tables.mappings.target(args.to)
    if mapping is None:
        raise UserError(_no_target(args.to, tables))
    if interchange is not None and interchange.transactions:
        first = interchange.transactions[0]
        same = tables.mappings.get(interchange.format, first.message, first.version)
        if same is not None and (same.spec.format, same.spec.message) == (
            mapping.spec.format,
            mapping.spec.message,
        ):
            sent = restore(same, interchange, kept.roots, plains, tables)
            write_output(args.output, sent.data)
            return DONE
    sent = _outgoing(args, plains, tables)
    _deliver(args, sent)
    return DONE if sent.ok else INPUT


def _outgoing(args: argparse.Namespace, plains: list[dict[str, Any]], tables: Tables) -> Outgoing:
    at = args.at or datetime.now(UTC).isoformat(timespec="seconds")
    envelope = Envelope(
        sender=args.sender, receiver=args.receiver, control=args.control, at=at, options=args.options
    )
    try:
        return outgoing_plain(plains, args.to, envelope, tables, near=args.near)
    except LookupError as error:
        raise UserError(_no_target(args.to, tables)) from error


def _options(args: argparse.Namespace, tables: Tables) -> dict[str, str]:
    """Give what is said of the new envelope; what its format does not know is the user's mistake."""
    said: dict[str, str] = {}
    for pair in args.option:
        name, given, text = pair.partition("=")
        if not given:
            raise UserError(f"--option {name}: write KEY=VALUE")
        said[name] = text
    if (wrong := unfit(tables.specs.root, said, [args.to.partition("/")[0]])) is not None:
        raise UserError(f"--option {wrong[0]}: {wrong[1]}")
    return said


def _no_target(name: str, tables: Tables) -> str:
    known = sorted({f"{form}/{message}" for form, message, _ in tables.mappings.ids()})
    return f"there is no target {name}; there are canonical, {', '.join(known)}"


def _deliver(args: argparse.Namespace, sent: Outgoing) -> None:
    write_output(args.output, sent.data)
    for finding in sent.findings:
        print(f"{args.to}: {finding.severity.value} {finding.code}  {finding.message}", file=sys.stderr)
    if sent.unwritten:
        shown = ", ".join(sent.unwritten[:8]) + (" ..." if len(sent.unwritten) > 8 else "")
        print(f"{args.to}: {len(sent.unwritten)} values have no place there: {shown}", file=sys.stderr)


def _complain(name: str, data: bytes, taken: Taken) -> None:
    if not taken.ok:
        stdout, sys.stdout = sys.stdout, sys.stderr
        try:
            show_findings(name, data, [one for one in taken.findings if one.severity.value == "error"])
        finally:
            sys.stdout = stdout
    unmapped = sum(len(one.unmapped) for one in taken.translations)
    if unmapped:
        print(f"{name}: {unmapped} values are not mapped (gateway coverage lists them)", file=sys.stderr)


def _lineage(args: argparse.Namespace, taken: Taken, sent: Outgoing | None) -> None:
    if not args.lineage:
        return
    rows: list[dict[str, Any]] = []
    for index, one in enumerate(taken.translations):
        rows.extend({"transaction": index, **origin.as_json()} for origin in one.lineage)
    if sent is not None:
        targets: dict[str, list[dict[str, str]]] = {}
        for placed in sent.placed:
            targets.setdefault(placed.path, []).append(
                {"address": placed.leaf.address, "text": placed.leaf.text}
            )
        for row in rows:
            path = row["path"]
            found = targets.get(path) or targets.get(path.rpartition(".")[0])
            if found:
                row["target"] = found
    text = json.dumps({"file": args.file, "to": args.to, "values": rows}, indent=2, ensure_ascii=False)
    write_output(args.lineage, text.encode() + b"\n")
