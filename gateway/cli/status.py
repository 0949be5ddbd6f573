"""`gateway status [ID]`: what became of a submission, or of the last ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.cli.common import DONE, INPUT, UserError, print_json
from gateway.cli.submit import add_place, client_of, status_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `status`."""
    parser = subparsers.add_parser(
        "status",
        help="what became of a submission",
        epilog="example: gateway status 01M892G0WECT881TJWC8MHF1ZX",
    )
    parser.add_argument(
        "id", nargs="?", default="", metavar="ID", help="a submission; without it the last ones"
    )
    parser.add_argument(
        "--entry", default="", metavar="NUMBER", help="where an entry stands, over all filings of its number"
    )
    add_place(parser)
    parser.add_argument("--state", default="", help="only those in this state")
    parser.add_argument("--digest", default="", metavar="SHA256", help="only those of this content, in hex")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many (20)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show one submission or list the last; status 1 if it was rejected."""
    return asyncio.run(_show(args))


async def _show(args: argparse.Namespace) -> int:
    from gateway.shell.client import ClientError  # noqa: PLC0415 - only these commands need it

    query = {"limit": str(args.limit), "state": args.state, "digest": args.digest}
    try:
        async with client_of(args) as client:
            if args.entry:
                return _told(await client.entry(args.entry), args)
            if args.id:
                plain = await client.submission(args.id)
            else:
                found = await client.submissions(**{name: text for name, text in query.items() if text})
    except ClientError as error:
        raise UserError(f"{args.entry or args.id or args.to}: {error}", status_of(error)) from error
    if not args.id:
        if args.json:
            print_json(found)
        else:
            for one in found:
                print(_row(one))
        return DONE
    if args.json:
        print_json(plain)
    else:
        print("\n".join(_lines(plain)))
    rejected = any(part["disposition"] == "rejected" for part in plain["transactions"])
    return INPUT if rejected else DONE


def _told(entry: dict[str, Any], args: argparse.Namespace) -> int:
    if args.json:
        print_json(entry)
    else:
        print("\n".join(_stands(entry)))
    return INPUT if any(one["state"] == "rejected" for one in entry["states"].values()) else DONE


def _stands(entry: dict[str, Any]) -> Iterator[str]:
    yield f"{entry['number']}  {len(entry['filings'])} filings"
    for name, one in entry["states"].items():
        said = " ".join(
            part for part in (one.get("code", ""), one.get("text", ""), one.get("at", "")) if part
        )
        yield f"  {name.replace('_', ' '):<15} {one['state'] or '-'}  {said}".rstrip()
        for other in (*one.get("bills", ()), *one.get("agencies", ())):
            yield f"    {other.get('bill') or other.get('agency')}: {other['state']} {other.get('text', '')}".rstrip()
    for step in entry["next"]:
        yield f"  next: {step['who']}: {step['what']} ({step['about'].replace('_', ' ')})"
    for one in entry["filings"]:
        yield f"  {one['submission']}  {one['target']} {one['action']}  {one['state']} {one['disposition']}".rstrip()


def _row(one: dict[str, Any]) -> str:
    parts = one["transactions"]
    numbers = ", ".join(part["entry_number"] for part in parts if part["entry_number"])
    said = sorted({part["disposition"] for part in parts if part["disposition"]})
    message = parts[0]["message"] if parts else ""
    return "  ".join(
        (
            one["id"],
            one["received_at"][:19],
            f"{one['state']:<8}",
            f"{','.join(said):<8}",
            f"{one['format']}/{message}",
            numbers,
        )
    ).rstrip()


def _lines(plain: dict[str, Any]) -> Iterator[str]:
    yield f"{plain['id']}  {plain['state']}  received {plain['received_at']}"
    yield f"  {plain['format'] or 'unknown format'} from {plain['sender'] or '?'}, control {plain['control_number'] or '-'}"
    for part in plain["transactions"]:
        number = part["entry_number"] or "-"
        yield f"  transaction {part['index']}: {part['message']} entry {number}: {part['state']} {part['disposition']}"
        for said in part["dispositions"]:
            yield f"    {said.get('code', '')} {said.get('meaning', '')} {said.get('text', '')}".rstrip()
    for finding in plain["findings"]:
        yield f"  {finding['severity']} {finding['code']}  {finding['message']}"
    for one in plain["acknowledgements"]:
        yield f"  acknowledgement {one['n']}: {one['kind']} {one['disposition']} {one['media_type']} {one['at']}"
    for wait in plain["waits"]:
        yield f"  {wait['effect']} {wait['state']} after {wait['attempts']} attempts: {wait['last_error']}"
