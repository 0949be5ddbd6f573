"""`gateway keys generate|list|rotate|retire|export`: the signing keys of the key folder.

Private halves never leave the folder by this command.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.common import UserError, print_json
from gateway.shell.config import ConfigError, find_config, load_config
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.signing import Key, KeyRing, Purpose
from gateway.signing.algorithms import ALGORITHMS

_PURPOSES = [purpose.value for purpose in Purpose]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `keys`."""
    parser = subparsers.add_parser("keys", help="signing keys: generate, list, rotate, retire, export")
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
            "--purpose", choices=_PURPOSES, default=Purpose.RECEIPT.value, help="what it signs"
        )
        command.add_argument(
            "--algorithm", choices=list(ALGORITHMS), default="", help="instead of the usual one"
        )
    listed = add("list", "what keys there are", "list")
    listed.set_defaults(run=run_list)
    retired = add("retire", "take a key out of use", "retire KID --compromised")
    retired.add_argument("kid", metavar="KID", help="from `list`; one that begins with - goes after --")
    retired.add_argument("--compromised", action="store_true", help="nothing it signed is believed any more")
    retired.set_defaults(run=run_retire)
    exported = add("export", "the public key set, for verifiers", "export -o jwks.json")
    exported.add_argument("--kid", metavar="KID", help="this key alone, as PEM")
    exported.add_argument("-o", "--output", metavar="OUT", default="-", help="- is standard output")
    exported.set_defaults(run=run_export)


def run_generate(args: argparse.Namespace) -> int:
    """Make one key."""
    try:
        key = _folder(args).generate(
            Purpose(args.purpose), datetime.now(UTC), args.algorithm, pending=args.pending
        )
    except KeyFolderError as error:
        raise UserError(str(error)) from error
    _print([key], args)
    return 0


def run_rotate(args: argparse.Namespace) -> int:
    """Take a new key into use."""
    try:
        key = _folder(args).rotate(Purpose(args.purpose), datetime.now(UTC), args.algorithm)
    except KeyFolderError as error:
        raise UserError(str(error)) from error
    _print([key], args)
    print("a running service signs with it after its next start", file=sys.stderr)
    return 0


def run_retire(args: argparse.Namespace) -> int:
    """Take one key out of use."""
    try:
        key = _folder(args).retire(args.kid, datetime.now(UTC), compromised=args.compromised)
    except KeyFolderError as error:
        raise UserError(str(error)) from error
    _print([key], args)
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Print every key."""
    _print(list(_ring(args)), args)
    return 0


def run_export(args: argparse.Namespace) -> int:
    """Write the public key set, or one public key as PEM."""
    ring = _ring(args)
    text = ring.jwks_text()
    if args.kid:
        key = ring.find(args.kid)
        if key is None:
            raise UserError(f"no key {args.kid}", 1)
        text = key.public_pem().decode("ascii")
    if args.output == "-":
        print(text, end="")
        return 0
    try:
        Path(args.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{args.output}: cannot be written: {error.strerror}") from error
    return 0


def _folder(args: argparse.Namespace) -> KeyFolder:
    """Give the key folder of the configuration, or the one that was named."""
    try:
        keys = load_config(args.config or find_config()).keys
        passphrase = keys.passphrase.reveal() if keys.passphrase else None
    except ConfigError as error:
        raise UserError(str(error)) from error
    return KeyFolder(args.folder or keys.folder, passphrase)


def _ring(args: argparse.Namespace) -> KeyRing:
    folder = _folder(args)
    try:
        return folder.load()
    except KeyFolderError as error:
        raise UserError(str(error)) from error


def _print(keys: list[Key], args: argparse.Namespace) -> None:
    if args.json:
        print_json([key.as_jwk() for key in keys])
        return
    if not keys:
        print("no keys", file=sys.stderr)
    for key in keys:
        life = f"{_day(key.not_before)}  {_day(key.not_after)}"
        print(f"{key.purpose or '-':<8} {key.state:<11} {key.algorithm:<6} {life}  {key.kid}")


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else f"{'-':<20}"
