"""What a saved answer says, and whether it holds.

Nothing here asks the network. Exit status 0 only when everything that was asked holds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gateway.cli.common import UserError, print_json
from gateway.signing import (
    KeyRing,
    KeySetError,
    ReceiptFile,
    ReceiptFileError,
    Verdict,
    pieces,
    read_receipt,
    render,
)
from gateway.signing.note import Verifier
from gateway.signing.receiptfile import FILE_BYTES_MAX


def run_show(args: argparse.Namespace) -> int:
    """Print what a receipt says; with `--extract` also write its pieces."""
    saved = _receipt_file(args.file)
    try:
        claims = saved.claims()
    except ReceiptFileError as error:
        raise UserError(f"{args.file}: {error}", 1) from error
    if args.json:
        print_json(json.loads(claims.payload()))
    else:
        print(render(claims), end="")
    if args.extract is not None:
        _write_pieces(args.extract, _pieces(saved, args.file))
        print(f"pieces written to {args.extract}", file=sys.stderr)
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Check a receipt and say why it does not hold, if so."""
    saved = _receipt_file(args.file)
    source = _read(args.input) if args.input else None
    keyset = _keys(args, saved)
    verdict = saved.verify(keyset, source, witnesses_of(args.witness))
    if args.json:
        print_json(_outcome(verdict, args))
    elif verdict.ok:
        print(render(read_receipt(verdict.content)), end="")
        print(f"holds: signed by key {verdict.kid}")
    for finding in verdict.findings if not args.json else ():
        detail = f" (expected {finding.expected}, found {finding.actual})" if finding.expected else ""
        print(f"{args.file}: error {finding.code}  {finding.message}{detail}")
    if not args.trust:
        print(
            "note: checked with the keys in the file itself; --trust KEYS proves who signed",
            file=sys.stderr,
        )
    return 0 if verdict.ok else 1


def witnesses_of(texts: list[str]) -> list[Verifier]:
    """Read verifier keys of witnesses."""
    try:
        found = [Verifier.read(text) for text in texts]
    except KeySetError as error:
        raise UserError(f"--witness: {error}") from error
    if any(not one.witness for one in found):
        raise UserError("--witness: this is a log's own key, not a witness's")
    return found


def _write_pieces(folder: Path, found: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in found.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be written: {error.strerror}") from error


def _pieces(saved: ReceiptFile, name: str) -> dict[str, bytes]:
    try:
        return pieces(saved)
    except ReceiptFileError as error:
        raise UserError(f"{name}: {error}", 1) from error


def _receipt_file(name: str) -> ReceiptFile:
    try:
        return ReceiptFile.read(_read(name))
    except ReceiptFileError as error:
        raise UserError(f"{name}: {error}", 1) from error


def _keys(args: argparse.Namespace, saved: ReceiptFile) -> KeyRing:
    if args.trust:
        try:
            return KeyRing.trusted(_read(args.trust))
        except KeySetError as error:
            raise UserError(f"{args.trust}: {error}") from error
    if not saved.keys:
        raise UserError(f"{args.file}: a bare token carries no keys; give --trust KEYS")
    try:
        return saved.keyset()
    except ReceiptFileError as error:
        raise UserError(f"{args.file}: {error}", 1) from error


def _outcome(verdict: Verdict, args: argparse.Namespace) -> dict[str, object]:
    return {
        "ok": verdict.ok,
        "kid": verdict.kid,
        "trusted": bool(args.trust),
        "input": bool(args.input),
        "findings": [finding.as_json() for finding in verdict.findings],
        "receipt": json.loads(verdict.content) if verdict.ok else None,
    }


def _read(name: str) -> bytes:
    try:
        data = sys.stdin.buffer.read(FILE_BYTES_MAX + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror}") from error
    if len(data) > FILE_BYTES_MAX:
        raise UserError(f"{name}: longer than {FILE_BYTES_MAX} bytes")
    return data
