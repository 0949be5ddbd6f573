"""`gateway outbox list|retry|skip`: what waits for a person, and what the person decides."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from gateway.cli.common import DONE, UserError, print_json
from gateway.cli.submit import add_place, client_of, status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.shell.client import Client


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `outbox`."""
    parser = subparsers.add_parser(
        "outbox", help="what could not be forwarded: list it, send it again, give it up"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    listed = commands.add_parser(
        "list", help="what waits for a person", epilog="example: gateway outbox list"
    )
    listed.set_defaults(run=run_list)
    retry = commands.add_parser(
        "retry", help="send it again", epilog="example: gateway outbox retry 01M892G0WECT881TJWC8MHF1ZX"
    )
    retry.set_defaults(run=run_order, order="retry", reason="")
    skip = commands.add_parser(
        "skip",
        help="give it up and tell the sender",
        epilog="example: gateway outbox skip 01M892G0WECT881TJWC8MHF1ZX --reason 'filed by hand'",
    )
    skip.add_argument("--reason", required=True, help="what the sender is told")
    skip.set_defaults(run=run_order, order="skip")
    for one in (retry, skip):
        one.add_argument("id", metavar="ID", help="a submission")
        one.add_argument(
            "--transaction", type=int, default=0, metavar="N", help="which of its transactions (0)"
        )
    for one in (listed, retry, skip):
        add_place(one)
        one.add_argument("--json", action="store_true", help="print JSON")


def run_list(args: argparse.Namespace) -> int:
    """Print what waits, one line each, below it why."""
    rows: list[dict[str, Any]] = _call(args, lambda client: client.parked())
    if args.json:
        print_json(rows)
        return DONE
    for row in rows:
        number = f"  entry {row['entry_number']}" if row["entry_number"] else ""
        print(f"{row['submission']}  {row['transaction']}  {row['lane']}  {row['attempts']} attempts{number}")
        print(f"    {row['last_error']}")
        if row["finding"]:
            print(f"    {row['finding']['code']}; wanted: {row['finding']['expected']}")
    if not rows:
        print("nothing waits")
    return DONE


def run_order(args: argparse.Namespace) -> int:
    """Give the order."""
    done = _call(args, lambda client: client.order(args.id, args.order, args.reason, args.transaction))
    if args.json:
        print_json(done)
    else:
        print(f"{args.id}: {args.order}")
    return DONE


def _call(args: argparse.Namespace, ask: Callable[[Client], Awaitable[Any]]) -> Any:
    from gateway.shell.client import ClientError  # noqa: PLC0415 - only these commands need it

    async def call() -> Any:
        async with client_of(args) as client:
            return await ask(client)

    try:
        return asyncio.run(call())
    except ClientError as error:
        raise UserError(str(error), status_of(error)) from error
