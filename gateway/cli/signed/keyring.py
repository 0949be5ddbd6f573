"""The signing keys of the key folder: made, listed, rotated, retired, exported.

Private halves never leave the folder by this command.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.common import UserError, print_json
from gateway.shell.config import ConfigError
from gateway.shell.config_file import find_config, load_config
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.signing import Key, KeyRing, Purpose


def run_generate(args: argparse.Namespace) -> int:
    """Make one key."""
    try:
        key = _folder(args).generate(_purpose(args), datetime.now(UTC), args.algorithm, pending=args.pending)
    except KeyFolderError as error:
        raise UserError(str(error)) from error
    _print([key], args)
    return 0


def run_rotate(args: argparse.Namespace) -> int:
    """Take a new key into use."""
    try:
        key = _folder(args).rotate(_purpose(args), datetime.now(UTC), args.algorithm)
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


def run_certify(args: argparse.Namespace) -> int:
    """Keep a certificate chain for a key."""
    try:
        key = _folder(args).certify(args.kid, args.chain.read_bytes())
    except OSError as error:
        raise UserError(f"{args.chain}: cannot be read: {error.strerror}") from error
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
        text = (key.certificates if args.certificate else key.public_pem()).decode("ascii")
    if args.output == "-":
        print(text, end="")
        return 0
    try:
        Path(args.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{args.output}: cannot be written: {error.strerror}") from error
    return 0


def _purpose(args: argparse.Namespace) -> Purpose:
    try:
        return Purpose(args.purpose)
    except ValueError:
        raise UserError(f"--purpose {args.purpose}: one of {', '.join(Purpose)}") from None


def _folder(args: argparse.Namespace) -> KeyFolder:
    """Give the key folder of the configuration, or the one that was named."""
    try:
        config = load_config(args.config or find_config())
        keys, name = config.keys, config.name
        passphrase = keys.passphrase.reveal() if keys.passphrase else None
    except ConfigError as error:
        raise UserError(str(error)) from error
    return KeyFolder(args.folder or keys.folder, passphrase, name, keys.rsa_bits)


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
