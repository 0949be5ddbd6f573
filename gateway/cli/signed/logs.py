"""The receipt log, checked and taken along.

Verification reads the whole log where its entries are shown, else its hashes, and compares
with checkpoints that were kept. What was removed, changed, moved or cut off is named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from gateway.cli.common import UserError, print_json
from gateway.cli.signed.receipts import witnesses_of
from gateway.finding import Finding
from gateway.shell.config import ConfigError
from gateway.shell.config_file import find_config, load_config
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.shell.ledger_store import store_at
from gateway.shell.logsource import Log, LogSourceError, find_store, open_logs
from gateway.shell.recheck import recheck
from gateway.signing import KeyRing, KeySetError
from gateway.signing.checkpoint import KIND, Checkpoint, check_growth, log_verifier, open_checkpoint
from gateway.signing.log import LogError, Lookup, consistency_proof, root
from gateway.signing.logaudit import audit
from gateway.signing.note import Verifier
from gateway.signing.tiles import new_bundles, new_tiles
from gateway.signing.verdict import wrong


class Outcome(NamedTuple):
    """What the verification of one log gave."""

    origin: str
    entries: int
    checkpoints: int
    findings: list[Finding]

    @property
    def ok(self) -> bool:
        """Tell whether the log holds."""
        return not self.findings

    def as_json(self) -> dict[str, object]:
        """Give the outcome as plain JSON values."""
        plain = {"log": self.origin, "ok": self.ok, "entries": self.entries, "checkpoints": self.checkpoints}
        return plain | {"findings": [finding.as_json() for finding in self.findings]}


def run_verify(args: argparse.Namespace) -> int:
    """Check every log at a place; say what is wrong."""
    logs = _open(args.place)
    if not logs:
        raise UserError(f"{args.place}: the store has no log yet")
    outcomes = []
    for log in logs:
        try:
            outcomes.append(_verify(log, args))
        except LogSourceError as error:
            raise UserError(str(error), 1 if error.reachable else 3) from error
    if args.receipts:
        outcomes.append(_receipts(args))
    if args.json:
        print_json({"logs": [outcome.as_json() for outcome in outcomes]})
    for outcome in outcomes if not args.json else ():
        for finding in outcome.findings:
            print(f"{outcome.origin}: error {finding.code}  {finding.place}: {finding.message}")
        if outcome.ok:
            print(f"{outcome.origin}: {outcome.entries} entries, {outcome.checkpoints} checkpoints, holds")
    if not args.trust:
        print(
            "note: checked with the keys of the place itself; --trust KEYS proves who signed", file=sys.stderr
        )
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def run_export(args: argparse.Namespace) -> int:
    """Write tiles, entries and the newest checkpoint."""
    for log in _open(args.store):
        entries = list(log.entries or ())
        tree, findings = audit(entries, [])
        if findings or not log.notes:
            reason = findings[0].message if findings else "it has no checkpoint yet"
            raise UserError(f"{log.origin}: not exported: {reason}", 1)
        size = int(log.notes[-1].split("\n")[1])
        folder = args.folder / log.origin
        texts = [entry.text or b"" for entry in entries[:size]]
        files = [*new_tiles(0, size, tree.node), *new_bundles(0, texts)]
        _write(folder, [*files, ("checkpoint", log.notes[-1].encode("utf-8"))])
        print(f"{folder}: {size} entries", file=sys.stderr)
    return 0


def _verify(log: Log, args: argparse.Namespace) -> Outcome:
    keyset = _keys(log, args)
    findings: list[Finding] = []
    checkpoints = _opened(log.notes, log.origin, keyset, findings)
    findings += _unwitnessed(log, keyset, witnesses_of(args.witness))
    kept = _opened(_pinned(args), log.origin, keyset, findings)
    if not log.notes:
        findings.append(wrong(KIND, "checkpoint", "checkpoint/absent", "the log has no checkpoint yet"))
    count = checkpoints[-1].size if checkpoints else 0
    try:
        if log.entries is not None:
            tree, found = audit(log.entries, [*checkpoints, *kept])
            findings += found
            count = len(tree)
        if log.tiles and checkpoints:
            findings += _by_hashes(checkpoints[-1], kept, log.lookup(count))
    except LogError as error:
        findings.append(wrong(KIND, "tile", "tile/invalid", str(error)))
    if not findings and args.state is not None:
        args.state.write_text(log.notes[-1], encoding="utf-8")
    return Outcome(log.origin, count, len(checkpoints) + len(kept), findings)


def _unwitnessed(log: Log, keyset: KeyRing, witnesses: list[Verifier]) -> list[Finding]:
    """Say which witness did not cosign the newest checkpoint."""
    verifier = log_verifier(log.origin, keyset, log.notes[-1]) if log.notes else None
    if verifier is None or not witnesses:
        return []
    verdict, _ = open_checkpoint(log.notes[-1], verifier, witnesses)
    return list(verdict.findings)


def _receipts(args: argparse.Namespace) -> Outcome:
    """Verify every answer of a store by itself."""
    store = find_store(args.place)
    if store is None:
        raise UserError(f"{args.place}: --receipts reads a store")
    keyset = _keys(None, args)
    count = 0
    findings: list[Finding] = []
    try:
        for _, found in recheck(store_at(store), keyset):
            count += 1
            findings += found
    except LogSourceError as error:
        raise UserError(str(error), 1) from error
    return Outcome("receipts", count, 0, findings)


def _by_hashes(newest: Checkpoint, kept: list[Checkpoint], node: Lookup) -> list[Finding]:
    """Check a log of which only the hashes are shown, or its tiles beside its entries."""
    if root(newest.size, node) != newest.root:
        return [wrong(KIND, "tile", "tile/differs", "the tiles do not lead to the signed root")]
    found: list[Finding] = []
    for old in kept:
        proof = consistency_proof(old.size, newest.size, node) if old.size <= newest.size else []
        found += check_growth(old, newest, proof).findings
    return found


def _opened(notes: list[str], origin: str, keyset: KeyRing, findings: list[Finding]) -> list[Checkpoint]:
    """Give the checkpoints that are rightly signed; say of the others why not."""
    opened = []
    for note in notes:
        verifier = log_verifier(origin, keyset, note)
        if verifier is None:
            message = "no trusted key signed the checkpoint"
            findings.append(wrong(KIND, "checkpoint", "key/unknown", message, expected=origin, actual=note))
            continue
        verdict, checkpoint = open_checkpoint(note, verifier)
        findings += verdict.findings
        if checkpoint is not None:
            opened.append(checkpoint)
    return opened


def _pinned(args: argparse.Namespace) -> list[str]:
    notes = []
    for path in (args.checkpoint, args.state):
        if path is None or (path is args.state and not path.exists()):
            continue
        try:
            notes.append(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: cannot be read: {error}") from error
    return notes


def _keys(log: Log | None, args: argparse.Namespace) -> KeyRing:
    try:
        if args.trust is not None:
            return KeyRing.trusted(args.trust.read_bytes())
        return KeyRing.trusted(log.keys) if log is not None and log.keys else _own_keys()
    except OSError as error:
        raise UserError(f"{args.trust}: cannot be read: {error.strerror}") from error
    except KeySetError as error:
        raise UserError(f"{args.trust or args.place}: {error}") from error


def _own_keys() -> KeyRing:
    """Give the key folder's keys, for somebody who checks the store of their own gateway."""
    try:
        config = load_config(find_config())
        passphrase = config.keys.passphrase.reveal() if config.keys.passphrase else None
        return KeyFolder(config.keys.folder, passphrase).load()
    except (ConfigError, KeyFolderError) as error:
        raise UserError(f"{error}; give --trust KEYS") from error


def _open(place: str) -> list[Log]:
    try:
        return open_logs(place)
    except LogSourceError as error:
        raise UserError(str(error), 2 if error.reachable else 3) from error


def _write(folder: Path, files: list[tuple[str, bytes]]) -> None:
    try:
        for name, data in files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be written: {error.strerror}") from error
