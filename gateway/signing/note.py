"""Signed notes (C2SP signed-note): a text, an empty line, and a line for each signature.

Signatures are Ed25519: of the note's author (type 0x01) over the text, of a witness
(type 0x04, C2SP tlog-cosignature) over the text and the time at which it was seen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.signing.keys import Key, KeySetError
from gateway.signing.verdict import Refusal, Verdict

KIND = "note.c2sp"
NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 16
_DASH = "\u2014 "
_AUTHOR, _WITNESS = b"\x01", b"\x04"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name with its Ed25519 key. `witness` says which of the two signature types it makes."""

    name: str
    public: Ed25519PublicKey
    witness: bool = False

    @classmethod
    def of(cls, name: str, key: Key, *, witness: bool = False) -> Verifier:
        """Make the verifier of a key of ours. Raises `KeySetError` unless it is Ed25519."""
        if not isinstance(key.public, Ed25519PublicKey):
            raise KeySetError(f"notes are signed with Ed25519, not {key.algorithm}")
        return cls(name, key.public, witness)

    @classmethod
    def read(cls, text: str) -> Verifier:
        """Read a verifier key `name+hexid+base64`. Raises `KeySetError`."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            verifier = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]), raw[:1] == _WITNESS)
        except (ValueError, binascii.Error) as error:
            raise KeySetError(f"not a verifier key: {error}") from error
        if raw[:1] not in {_AUTHOR, _WITNESS} or key_id != verifier.key_id.hex() or not _is_name(name):
            raise KeySetError("not a verifier key: its id does not fit")
        return verifier

    @property
    def raw(self) -> bytes:
        """The type byte and the 32 bytes of the key."""
        public = self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return (_WITNESS if self.witness else _AUTHOR) + public

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key)."""
        return hashlib.sha256(self.name.encode("utf-8") + b"\n" + self.raw).digest()[:4]

    def signed(self, line: str) -> bool:
        """Tell whether a line of a note claims to be this signer's; it verifies nothing."""
        start = f"{_DASH}{self.name} {base64.b64encode(self.key_id).decode('ascii')[:5]}"
        return line.startswith(start)

    def text(self) -> str:
        """Give the verifier key `name+hexid+base64`, as other tools for notes take it."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.raw).decode('ascii')}"


def sign_note(text: str, name: str, key: Key) -> str:
    """Sign a text, which ends with a line end, and give the note. Raises `KeySetError`."""
    if not _is_text(text) or not _is_name(name):
        raise KeySetError("a note is lines of text, its signer's name has no spaces and no +")
    signature = Verifier.of(name, key).key_id + key.sign(text.encode("utf-8"))
    return f"{text}\n{_line(name, signature)}"


def cosign(note: str, name: str, key: Key, seconds: int) -> str:
    """Add a witness's signature with the time (seconds since 1970) at which it saw the note."""
    text = split_note(note)[0]
    stamp = seconds.to_bytes(8, "big")
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    signature = Verifier.of(name, key, witness=True).key_id + stamp + key.sign(message)
    return note + _line(name, signature)


def verify_note(note: str, verifier: Verifier, witnesses: Sequence[Verifier] = ()) -> Verdict:
    """Check the author's signature and one of every witness named. `content` is the text."""
    try:
        text, lines = split_note(note)
        for one in (verifier, *witnesses):
            _check(text, lines, one)
    except Refusal as refusal:
        return refusal.verdict
    return Verdict((), verifier.name, text.encode("utf-8"))


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Cut a note into its text and its signatures by name. Raises `Refusal`; checks no signature."""
    text, gap, tail = note.rpartition("\n\n")
    text += "\n"
    if len(note) > NOTE_BYTES_MAX or not gap or not _is_text(text) or not tail.endswith("\n"):
        raise Refusal(KIND, "note", "shape/invalid", "this is not a signed note")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise Refusal(
            KIND, "note", "signatures/over", "the note has too many signatures", expected=SIGNATURES_MAX
        )
    return text, [_read_line(line) for line in lines]


def _check(text: str, lines: list[tuple[str, bytes]], verifier: Verifier) -> None:
    found = [value[4:] for name, value in lines if name == verifier.name and value[:4] == verifier.key_id]
    if not found:
        reason = "nobody of that name and key signed the note"
        raise Refusal(KIND, "signature", "signature/absent", reason, expected=verifier.name)
    if len(found) > 1:
        reason = "the same key signed the note twice"
        raise Refusal(KIND, "signature", "signature/repeated", reason, actual=verifier.name)
    signature, message = found[0], text.encode("utf-8")
    if verifier.witness:
        seconds = int.from_bytes(signature[:8], "big")
        signature, message = signature[8:], f"cosignature/v1\ntime {seconds}\n".encode() + message
    try:
        verifier.public.verify(signature, message)
    except InvalidSignature:
        reason = "the note's signature does not fit its text"
        raise Refusal(KIND, "signature", "signature/invalid", reason, actual=verifier.name) from None


def _line(name: str, signature: bytes) -> str:
    return f"{_DASH}{name} {base64.b64encode(signature).decode('ascii')}\n"


def _read_line(line: str) -> tuple[str, bytes]:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        value = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        value = b""
    # One spelling: base64 has bits at its end that decoders pass over.
    spelt = base64.b64encode(value).decode("ascii") == encoded
    if not line.startswith(_DASH) or not gap or not _is_name(name) or len(value) < 5 or not spelt:
        raise Refusal(KIND, "signature", "shape/invalid", "a signature line cannot be read", actual=line)
    return name, value


def _is_text(text: str) -> bool:
    return (
        text.endswith("\n")
        and len(text) > 1
        and not any(c < " " and c != "\n" for c in text)
        and _is_utf8(text)
    )


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() for char in name) and _is_utf8(name)
