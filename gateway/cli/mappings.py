"""`gateway mappings list|show|check`: the mapping tables."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from gateway.cli.common import DONE, UserError, print_json
from gateway.flow.translate import load_tables
from gateway.mapping import MappingError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from gateway.mapping import Mapping
    from gateway.mapping.table import Row


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `mappings`."""
    parser = subparsers.add_parser("mappings", help="the mapping tables: list, show, check")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    listing = commands.add_parser(
        "list", help="every mapping there is", epilog="example: gateway mappings list"
    )
    listing.add_argument("--json", action="store_true", help="print it for machines")
    listing.set_defaults(run=run_list)
    show = commands.add_parser(
        "show", help="one mapping as a table", epilog="example: gateway mappings show x12/309"
    )
    show.add_argument("name", metavar="NAME", help="format/message or format/message/version")
    show.add_argument("--html", action="store_true", help="as a page")
    show.add_argument("--json", action="store_true", help="print it for machines")
    show.set_defaults(run=run_show)
    check = commands.add_parser("check", help="compile every table", epilog="example: gateway mappings check")
    check.set_defaults(run=run_check)


def run_list(args: argparse.Namespace) -> int:
    """List the mappings."""
    ids = ["/".join(key) for key in load_tables().mappings.ids()]
    if args.json:
        print_json(ids)
    else:
        print("\n".join(ids))
    return DONE


def run_check(args: argparse.Namespace) -> int:
    """Compile every table; status 2 and file:line for one that is wrong."""
    del args
    tables = load_tables()
    try:
        tables.mappings.check()
    except MappingError as error:
        raise UserError(str(error)) from error
    print(f"{len(tables.mappings.ids())} mappings hold")
    return DONE


def run_show(args: argparse.Namespace) -> int:
    """Show one mapping."""
    tables = load_tables()
    try:
        mapping = tables.mappings.target(args.name)
    except MappingError as error:
        raise UserError(str(error)) from error
    if mapping is None:
        known = ", ".join("/".join(key) for key in tables.mappings.ids())
        raise UserError(f"there is no mapping {args.name}; there are {known}")
    rows = _rows(mapping.table.rows, "", "")
    if args.json:
        print_json([dict(zip(("wire", "entry", "how"), row, strict=True)) for row in rows])
    elif args.html:
        print(_page(mapping, rows))
    else:
        widths = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
        print(f"{mapping.id}  {mapping.spec.title}")
        for wire, entry, how in rows:
            print(f"{wire:{widths[0]}}  {entry:{widths[1]}}  {how}".rstrip())
    return DONE


def _rows(rows: Sequence[Row], wire: str, entry: str) -> list[tuple[str, str, str]]:
    """Flatten a table: whole addresses, whole paths."""
    shown = []
    for row in rows:
        address = f"{wire}/{row.address}" if wire else row.address
        if row.kind == "each":
            path = row.paths[0] if row.paths[0].startswith("/") else f"{entry}{row.paths[0]}"
            shown.append((address, path, " ".join(["each", *_words(row)])))
            shown.extend(_rows(row.rows, address, f"{path}."))
        elif row.kind == "map":
            paths = " ".join(p if p.startswith("/") or p == "ordinal" else entry + p for p in row.paths)
            shown.append((address, paths, " ".join([*row.convert, *_words(row)])))
        else:
            shown.append((address, "", f'{row.kind} "{row.text}"'))
    return shown


def _words(row: Row) -> list[str]:
    return [" ".join([name, *arguments]) for name, arguments in row.words.items()]


def _page(mapping: Mapping, rows: list[tuple[str, str, str]]) -> str:
    cells = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    title = html.escape(f"{mapping.id} {mapping.spec.title}")
    style = "body{font:14px sans-serif;margin:2em}td,th{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}"
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>\n'
        f"<h1>{title}</h1>\n<table><tr><th>On the wire<th>In the entry<th>How</tr>\n{cells}\n</table></html>"
    )
