"""`gateway coverage FILE`: which places were mapped, ignored (and why), control, unmapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.common import DONE, INPUT, add_reading, limits_of, print_json, read_input, show_findings
from gateway.flow.translate import load_tables, take
from gateway.mapping import coverage
from gateway.tree import walk

if TYPE_CHECKING:
    import argparse

    from gateway.flow.translate import Taken
    from gateway.mapping.coverage import Covered


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `coverage`."""
    parser = subparsers.add_parser(
        "coverage",
        help="which places of a message were mapped, ignored, control, unmapped",
        epilog="example: gateway coverage manifest.edi",
    )
    parser.add_argument("file", metavar="FILE", help="a message; - is standard input")
    add_reading(parser)
    parser.add_argument("--all", action="store_true", help="list every leaf, not only the unmapped ones")
    parser.add_argument("--json", action="store_true", help="print it for machines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show what became of each leaf; status 1 if the file cannot be mapped at all."""
    data = read_input(args.file)
    taken = take(data, load_tables(), limits_of(args), args.format)
    rows = [row for one in taken.translations for row in one.coverage]
    envelope = envelope_leaves(taken)
    counts = coverage.count(rows)
    counts["control"] += envelope
    total = sum(counts.values())
    if args.json:
        print_json({"file": args.file, "leaves": total, **counts, "places": [_plain(row) for row in rows]})
        return DONE if taken.translations else INPUT
    if not taken.translations:
        show_findings(args.file, data, taken.findings)
        return INPUT
    for row in rows:
        if args.all or row.category == coverage.UNMAPPED:
            why = f"  {row.why}" if row.why else ""
            print(f"{row.category:9} {row.leaf.address}  {row.leaf.text!r}{why}")
    parts = " + ".join(f"{counts[name]} {name}" for name in counts)
    print(f"{args.file}: {parts} = {total} leaves")
    return DONE


def envelope_leaves(taken: Taken) -> int:
    """Count the leaves that stand outside every transaction that was mapped."""
    if taken.interchange is None:
        return 0
    everything = sum(1 for _ in walk(taken.interchange.root, taken.interchange.separator))
    return everything - sum(len(one.coverage) for one in taken.translations)


def _plain(row: Covered) -> dict[str, object]:
    span = row.leaf.span
    plain: dict[str, object] = {"address": row.leaf.address, "text": row.leaf.text, "category": row.category}
    if row.why:
        plain["path" if row.category == coverage.MAPPED else "reason"] = row.why
    if span is not None:
        plain["span"] = list(span)
    return plain
