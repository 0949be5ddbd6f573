"""`gateway inspect FILE`: what is this, and what does each segment, record or element say."""

from __future__ import annotations

from decimal import Decimal
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
from gateway.formats import formats
from gateway.tree import walk

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from gateway.specs import LeafSpec, Part, Specs
    from gateway.tree import Interchange, Node, Transaction


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
        print_json(_plain(args.file, interchange, tables.specs, verbose=args.verbose))
    else:
        _show(args.file, interchange, tables.specs, verbose=args.verbose)
    return DONE if no_errors(interchange.all_findings()) else INPUT


def _plain(name: str, interchange: Interchange, specs: Specs, *, verbose: bool) -> dict[str, Any]:
    transactions = []
    for one in interchange.transactions:
        plain: dict[str, Any] = {
            "message": one.message,
            "version": one.version,
            "control": one.control,
            "findings": len(one.findings),
        }
        if profile := _profile(interchange, one, specs):
            plain["profile"] = profile
        if verbose:
            spec = specs.message(interchange.format, one.message, one.version)
            plain["values"] = list(_values(one.root, spec.root if spec else None, interchange.separator))
        transactions.append(plain)
    return {
        "file": name,
        "format": interchange.format,
        "bytes": len(interchange.data),
        "sender": interchange.sender,
        "receiver": interchange.receiver,
        "control": interchange.control,
        "transactions": transactions,
        "findings": [one.as_json() for one in interchange.all_findings()],
    }


def _profile(interchange: Interchange, transaction: Transaction, specs: Specs) -> str:
    """Name the profile that fits a transaction, "" where its format has none."""
    fitting = getattr(formats()[interchange.format], "fitting_profile", None)
    return fitting(transaction, specs) if fitting is not None else ""


def _values(root: Node, part: Part | None, separator: str) -> Iterator[dict[str, Any]]:
    """Yield each value with its place, name and meaning."""
    for leaf in walk(root, separator):
        spec = _leaf(_part(part, leaf.address, separator), leaf.key)
        plain = {"address": leaf.address, "text": leaf.text, "name": spec.title if spec else ""}
        if spec is not None and (meaning := _meaning(spec, leaf.text.strip())):
            plain["meaning"] = meaning
        if spec is not None and spec.meaning:
            plain["customs"] = spec.meaning
        yield plain


def _part(part: Part | None, address: str, separator: str) -> Part | None:
    """Find the part of the segment, record or element that a leaf stands in."""
    way = address.rpartition(separator)[0] if separator in address else address
    for name in way.split("/") if way else ():
        below = part.part(name.partition("[")[0]) if part else None
        part = below
    return part


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
        if profile := _profile(interchange, one, specs):
            print(f"     fits the profile {profile}")
        if verbose:
            _tree(one.root, spec.root if spec else None, interchange.separator, "     ")
    show_findings(name, interchange.data, interchange.all_findings())


def _tree(node: Node, part: Part | None, separator: str, indent: str) -> None:
    """Print a node's values with their names and what codes mean, then its children."""
    for key, text in node.values.items():
        if text.strip():
            leaf = _leaf(part, key)
            title = leaf.title if leaf else "not in the tables"
            named = f"{title} ({leaf.meaning})" if leaf and leaf.meaning else title
            place = f"{node.name}{separator}{key}" if key else node.name
            meaning = _meaning(leaf, text.strip())
            print(f"{indent}{place}  {named}: {text.strip()}{f' = {meaning}' if meaning else ''}")
    for child in node.children:
        below = part.part(child.name) if part else None
        leader = part.leader if part is not None else None
        opens = child is node.children[0]
        if opens and leader is not None and leader.name == child.name and not child.children:
            # The segment that opens a loop has its heading already.
            _tree(child, leader, separator, indent)
            continue
        if child.children or any(text.strip() for text in child.values.values()):
            print(f"{indent}{child.name}  {below.title if below else ''}".rstrip())
        _tree(child, below, separator, indent + "  ")


def _leaf(part: Part | None, key: str) -> LeafSpec | None:
    return part.leaves.get(key) or part.leaves.get(key.partition("#")[0]) if part else None


def _meaning(leaf: LeafSpec | None, text: str) -> str:
    """Give what a code says, and a date or an amount as people write it."""
    if leaf is None:
        return ""
    if leaf.codes:
        return leaf.codes.get(text, "")
    if leaf.kind == "DT" and len(text) == 8 and text.isdecimal():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    places = int(leaf.kind[1:]) if leaf.kind[:1] == "N" and leaf.kind[1:].isdecimal() else 0
    if places and text.lstrip("-").isdecimal():
        return format(Decimal(text).scaleb(-places), "f")
    return ""
