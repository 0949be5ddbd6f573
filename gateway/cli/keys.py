"""`gateway keys generate|list|rotate|retire|certify|export`: the signing keys of the key folder.

Private halves never leave the folder by this command.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `keys`."""
    parser = subparsers.add_parser(
        "keys", help="signing keys: generate, list, rotate, retire, certify, export"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", metavar="FILE", type=Path, help="the configuration that names the folder")
    common.add_argument("--folder", metavar="DIR", type=Path, help="the key folder itself")
    common.add_argument("--json", action="store_true", help="print JSON")

    def add(name: str, text: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, parents=[common], epilog=f"example: gateway keys {example}"
        )

    made = add("generate", "make a key for a purpose that has none", "generate --purpose http")
    made.add_argument("--pending", action="store_true", help="publish it only; `rotate` takes it into use")
    made.set_defaults(run=run_generate)
    turned = add("rotate", "sign with a new key from now on", "rotate --purpose receipt")
    turned.set_defaults(run=run_rotate)
    for command in (made, turned):
        command.add_argument(
            "--purpose", default="receipt", help="what it signs: receipt, http, cms, xml, log, as2"
        )
        command.add_argument(
            "--algorithm", default="", help="instead of the usual one: ES256, ES384, EdDSA, RS256, PS256"
        )
    listed = add("list", "what keys there are", "list")
    listed.set_defaults(run=run_list)
    retired = add("retire", "take a key out of use", "retire KID --compromised")
    retired.add_argument("kid", metavar="KID", help="from `list`; one that begins with - goes after --")
    retired.add_argument("--compromised", action="store_true", help="nothing it signed is believed any more")
    retired.set_defaults(run=run_retire)
    certified = add("certify", "keep a certificate chain for a key", "certify KID chain.pem")
    certified.add_argument("kid", metavar="KID")
    certified.add_argument("chain", metavar="CHAIN", type=Path, help="PEM, the key's own certificate first")
    certified.set_defaults(run=run_certify)
    exported = add("export", "the public key set, for verifiers", "export -o jwks.json")
    exported.add_argument("--kid", metavar="KID", help="this key alone, as PEM")
    exported.add_argument(
        "--certificate", action="store_true", help="with --kid: its certificate chain instead"
    )
    exported.add_argument("-o", "--output", metavar="OUT", default="-", help="- is standard output")
    exported.set_defaults(run=run_export)


def run_generate(args: argparse.Namespace) -> int:
    """Make one key."""
    from gateway.cli.signed import keyring  # noqa: PLC0415 - only this command needs signatures

    return keyring.run_generate(args)


def run_rotate(args: argparse.Namespace) -> int:
    """Take a new key into use."""
    from gateway.cli.signed import keyring  # noqa: PLC0415

    return keyring.run_rotate(args)


def run_retire(args: argparse.Namespace) -> int:
    """Take one key out of use."""
    from gateway.cli.signed import keyring  # noqa: PLC0415

    return keyring.run_retire(args)


def run_certify(args: argparse.Namespace) -> int:
    """Keep a certificate chain for a key."""
    from gateway.cli.signed import keyring  # noqa: PLC0415

    return keyring.run_certify(args)


def run_list(args: argparse.Namespace) -> int:
    """Print every key."""
    from gateway.cli.signed import keyring  # noqa: PLC0415

    return keyring.run_list(args)


def run_export(args: argparse.Namespace) -> int:
    """Write the public key set, or one public key as PEM."""
    from gateway.cli.signed import keyring  # noqa: PLC0415

    return keyring.run_export(args)
