"""`gateway inspect FILE`: what is this, and what does each segment, record or element say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.cli.common import (
    DONE,
    INPUT,
    add_reading,
    limits_of,
    print_json,
    read_input,
    show_findings,
)
from gateway.finding import Finding, no_errors
from gateway.flow.translate import load_tables, recognise

if TYPE_CHECKING:
    import argparse

    from gateway.specs import Part, Specs
    from gateway.tree import Interchange, Node


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `inspect`."""
    parser = subparsers.add_parser(
        "inspect",
        help="what is this: format, version, parties, control numbers, transactions",
        epilog="example: gateway inspect manifest.edi --verbose",
    )
    parser.add_argument("file", metavar="FILE", help="a message; - is standard input")
    add_reading(parser)
    parser.add_argument("--verbose", "-v", action="store_true", help="every value with its name and meaning")
    parser.add_argument("--json", action="store_true", help="print it for machines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Inspect one file; status 1 if it cannot be read without an error."""
    data = read_input(args.file)
    tables = load_tables()
    found = recognise(data, limits_of(args), args.format)
    if isinstance(found, Finding):
        if args.json:
            print_json({"file": args.file, "findings": [found.as_json()]})
        else:
            show_findings(args.file, data, [found])
        return INPUT
    interchange = found.read(data, tables.specs, limits_of(args))
    if args.json:
        print_json(_plain(args.file, interchange))
    else:
        _show(args.file, interchange, tables.specs, verbose=args.verbose)
    return DONE if no_errors(interchange.all_findings()) else INPUT


def _plain(name: str, interchange: Interchange) -> dict[str, Any]:
    return {
        "file": name,
        "format": interchange.format,
        "bytes": len(interchange.data),
        "sender": interchange.sender,
        "receiver": interchange.receiver,
        "control": interchange.control,
        "transactions": [
            {
                "message": one.message,
                "version": one.version,
                "control": one.control,
                "findings": len(one.findings),
            }
            for one in interchange.transactions
        ],
        "findings": [one.as_json() for one in interchange.all_findings()],
    }


def _show(name: str, interchange: Interchange, specs: Specs, *, verbose: bool) -> None:
    print(f"{name}: {interchange.format}, {len(interchange.data)} bytes")
    print(
        f"  from {interchange.sender or '-'} to {interchange.receiver or '-'}, control {interchange.control or '-'}"
    )
    for index, one in enumerate(interchange.transactions, 1):
        spec = specs.message(interchange.format, one.message, one.version)
        title = f", {spec.title}" if spec and spec.title else ""
        errors = f", {len(one.findings)} findings" if one.findings else ""
        print(f"  {index}. {one.message} {one.version}{title}, control {one.control or '-'}{errors}")
        if verbose:
            _tree(one.root, spec.root if spec else None, interchange.separator, "     ")
    show_findings(name, interchange.data, interchange.all_findings())


def _tree(node: Node, part: Part | None, separator: str, indent: str) -> None:
    """Print a node's values with their names and what codes mean, then its children."""
    for key, text in node.values.items():
        if not text.strip():
            continue
        leaf = part.leaves.get(key) or part.leaves.get(key.split("#")[0]) if part else None
        title = leaf.title if leaf else "not in the tables"
        meaning = leaf.codes.get(text.strip(), "") if leaf and leaf.codes else ""
        shown = f"{text.strip()} = {meaning}" if meaning else text.strip()
        print(
            f"{indent}{node.name}{separator}{key}  {title}: {shown}"
            if key
            else f"{indent}{node.name}  {title}: {shown}"
        )
    for child in node.children:
        below = part.part(child.name) if part else None
        is_loop = below is not None and below.loop
        if is_loop:
            print(f"{indent}{child.name}  {below.title if below else ''}")
        elif not child.values and child.children:
            print(f"{indent}{child.name}")
        _tree(child, below, separator, indent + "  ")
