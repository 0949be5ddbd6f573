"""`gateway log verify` and `gateway log export`: the receipt log, checked and taken along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `log`."""
    parser = subparsers.add_parser("log", help="the receipt log: inclusion and consistency")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    verify = commands.add_parser(
        "verify",
        help="whether the log is what it was",
        epilog="example: gateway log verify http://127.0.0.1:8080 --trust jwks.json --state seen.checkpoint",
    )
    verify.add_argument(
        "place", metavar="DIR_OR_URL", help="a store, a folder of tiles, or a gateway's address"
    )
    verify.add_argument("--trust", metavar="KEYS", type=Path, help="the keys you trust: a JWK set or PEM")
    verify.add_argument(
        "--checkpoint", metavar="FILE", type=Path, help="an older checkpoint that must still hold"
    )
    verify.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="like --checkpoint if it exists; the new one is written there",
    )
    verify.add_argument(
        "--receipts", action="store_true", help="of a store: verify every receipt, signature and body too"
    )
    verify.add_argument(
        "--witness", metavar="KEY", action="append", default=[],
        help="a witness that must have cosigned the newest checkpoint: name+hexid+base64",
    )  # fmt: skip
    verify.add_argument("--json", action="store_true", help="print the outcome as JSON")
    verify.set_defaults(run=run_verify)
    export = commands.add_parser(
        "export",
        help="write the log of a store as a folder of tiles",
        epilog="example: gateway log export var/gateway.sqlite backup/log",
    )
    export.add_argument("store", metavar="STORE", help="the store")
    export.add_argument("folder", metavar="DIR", type=Path, help="where to write; one folder for each log")
    export.set_defaults(run=run_export)


def run_verify(args: argparse.Namespace) -> int:
    """Check every log at a place; say what is wrong."""
    from gateway.cli.signed import logs  # noqa: PLC0415 - only this command needs signatures

    return logs.run_verify(args)


def run_export(args: argparse.Namespace) -> int:
    """Write tiles, entries and the newest checkpoint."""
    from gateway.cli.signed import logs  # noqa: PLC0415

    return logs.run_export(args)
