"""Checkpoints (C2SP tlog-checkpoint) and proofs for one receipt (C2SP tlog-proof), as text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, Purpose, State
from gateway.signing.log import (
    HASH_BYTES,
    PROOF_HASHES_MAX,
    Lookup,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
)
from gateway.signing.note import NOTE_BYTES_MAX, Verifier, sign_note, split_note, verify_note
from gateway.signing.verdict import Refusal, Verdict, wrong

KIND = "log.rfc9162"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_HASH_TEXT = 44


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at one moment: its name, its size, its root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Give the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"

    def sign(self, key: Key) -> str:
        """Give the signed note, in the log's own name."""
        return sign_note(self.text(), self.origin, key)

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """Read the lines of a note; further lines are extensions. Raises `Refusal`."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or not _NUMBER.fullmatch(lines[1]):
            raise Refusal(KIND, "checkpoint", "shape/invalid", "this is not a checkpoint")
        return cls(lines[0], int(lines[1]), _decode(lines[2], "checkpoint"))


def log_verifier(origin: str, keyset: KeyRing, note: str) -> Verifier | None:
    """Find the trusted key that signed a note in the log's name, None when there is none.

    Keys of a set count when their purpose is the log's, or none is named.
    """
    for key in keyset:
        if (
            key.algorithm != "EdDSA"
            or key.purpose not in {None, Purpose.LOG}
            or key.state is State.COMPROMISED
        ):
            continue
        verifier = Verifier.of(origin, key)
        if any(verifier.signed(line) for line in note.splitlines()):
            return verifier
    return None


def open_checkpoint(
    note: str, verifier: Verifier, witnesses: Sequence[Verifier] = ()
) -> tuple[Verdict, Checkpoint | None]:
    """Check a signed checkpoint; the checkpoint is given only when its verdict holds."""
    verdict = verify_note(note, verifier, witnesses)
    if not verdict.ok:
        return verdict, None
    try:
        checkpoint = Checkpoint.read(verdict.content.decode("utf-8"))
    except Refusal as refusal:
        return refusal.verdict, None
    if checkpoint.origin != verifier.name:
        message = "the checkpoint is of another log"
        found = wrong(
            KIND, "origin", "origin/unexpected", message, expected=verifier.name, actual=checkpoint.origin
        )
        return verdict.against(found), None
    return verdict, checkpoint


def check_growth(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> Verdict:
    """Check that the log of `new` begins with the log of `old`: nothing removed, changed, moved."""
    if old.origin != new.origin:
        return Refusal(KIND, "origin", "origin/unexpected", "the checkpoints are of two logs").verdict
    if new.size < old.size:
        message = "the log has fewer entries than it had"
        return Refusal(KIND, "size", "size/shrunk", message, expected=old.size, actual=new.size).verdict
    if not is_consistent(old.size, new.size, old.root, new.root, proof):
        message = f"the first {old.size} entries are not what they were"
        return Refusal(KIND, "root", "history/changed", message, expected=_encode(old.root)).verdict
    return Verdict((), "", new.text().encode("utf-8"))


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """Where a receipt stands in the log: its index, the way to the root, the signed checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    @classmethod
    def make(cls, index: int, checkpoint: Checkpoint, note: str, node: Lookup) -> ReceiptProof:
        """Prove the entry at `index` under a checkpoint, of which `note` is the signed form."""
        return cls(index, tuple(inclusion_proof(index, checkpoint.size, node)), note)

    def text(self) -> str:
        """Give the proof as `tlog-proof@v1`."""
        hashes = "".join(f"{_encode(value)}\n" for value in self.hashes)
        return f"{PROOF_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def read(cls, text: str) -> ReceiptProof:
        """Read a `tlog-proof@v1` text. Raises `Refusal`; checks no signature."""
        head, gap, note = text.partition("\n\n")
        lines = head.split("\n")
        if len(text) > 2 * NOTE_BYTES_MAX or not gap or lines[0] != PROOF_HEADER:
            raise Refusal(KIND, "proof", "shape/invalid", "this is not a log proof")
        rest = [line for line in lines[1:2] if not line.startswith("extra ")] + lines[2:]
        if not rest or not rest[0].startswith("index ") or not _NUMBER.fullmatch(rest[0][6:]):
            raise Refusal(KIND, "proof", "shape/invalid", "the proof names no index")
        if len(rest) - 1 > PROOF_HASHES_MAX:
            raise Refusal(KIND, "proof", "shape/invalid", "the proof is too long")
        return cls(int(rest[0][6:]), tuple(_decode(line, "proof") for line in rest[1:]), note)


def verify_proof(entry: bytes, text: str, verifier: Verifier, witnesses: Sequence[Verifier] = ()) -> Verdict:
    """Check offline that the log contains the entry. `content` of the verdict is the entry."""
    try:
        proof = ReceiptProof.read(text)
        split_note(proof.checkpoint)
    except Refusal as refusal:
        return refusal.verdict
    verdict, checkpoint = open_checkpoint(proof.checkpoint, verifier, witnesses)
    if checkpoint is None:
        return verdict
    if not is_included(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root):
        message = "the proof does not lead from this receipt to the log's root"
        return Refusal(KIND, "proof", "inclusion/invalid", message, actual=proof.index).verdict
    return Verdict((), verdict.kid, entry)


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decode(text: str, place: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True) if len(text) == _HASH_TEXT else b""
    except (ValueError, binascii.Error):
        value = b""
    if len(value) != HASH_BYTES or _encode(value) != text:
        raise Refusal(KIND, place, "hash/invalid", "a hash is not 32 bytes in base64", actual=text)
    return value
