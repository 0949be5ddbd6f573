"""`gateway receipt show` and `gateway receipt verify`: what an answer says, whether it holds.

Nothing here asks the network. Exit status 0 only when everything that was asked holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `receipt`."""
    parser = subparsers.add_parser("receipt", help="a signed acknowledgement or receipt: show it, verify it")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    show = commands.add_parser(
        "show",
        help="what it says, unverified",
        epilog="example: gateway receipt show entry.edi.receipt.json --extract pieces",
    )
    show.add_argument(
        "file", metavar="FILE", help="a receipt file or a bare receipt token; - is standard input"
    )
    show.add_argument(
        "--extract", metavar="DIR", type=Path, help="write the pieces for other verifiers into DIR"
    )
    show.add_argument("--json", action="store_true", help="print the payload as JSON")
    show.set_defaults(run=run_show)
    verify = commands.add_parser(
        "verify",
        help="whether it holds",
        epilog="example: gateway receipt verify entry.edi.receipt.json --input entry.edi --trust jwks.json",
    )
    verify.add_argument(
        "file", metavar="FILE", help="a receipt file or a bare receipt token; - is standard input"
    )
    verify.add_argument("--input", metavar="ORIGINAL", help="the file that was submitted")
    verify.add_argument(
        "--trust", metavar="KEYS", help="the keys you trust: a JWK set, or PEM; from elsewhere"
    )
    verify.add_argument(
        "--witness", metavar="KEY", action="append", default=[],
        help="a witness that must have cosigned the checkpoint of the log proof: name+hexid+base64",
    )  # fmt: skip
    verify.add_argument("--json", action="store_true", help="print the outcome as JSON")
    verify.set_defaults(run=run_verify)


def run_show(args: argparse.Namespace) -> int:
    """Print what a receipt says; with `--extract` also write its pieces."""
    from gateway.cli.signed import receipts  # noqa: PLC0415 - only this command needs signatures

    return receipts.run_show(args)


def run_verify(args: argparse.Namespace) -> int:
    """Check a receipt and say why it does not hold, if so."""
    from gateway.cli.signed import receipts  # noqa: PLC0415

    return receipts.run_verify(args)
