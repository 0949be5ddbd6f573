"""Trees, notes and proofs made by code of the suite's own, after the definitions of RFC 9162 §2.1 and of C2SP's texts.

Lives here: roots and proofs by their recursive definitions, notes with as many signatures as are wanted. Never here: what
is changed (`changes_log.py`).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.evidence import ENTRY, ORIGIN
from gateway.conformance.signing.evidence import key as key_of
from gateway.signing import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

DASH = "\u2014"
HEAD = "c2sp.org/tlog-proof@v1"
AUTHOR, WITNESS = b"\x01", b"\x04"


def leaf(entry: bytes) -> bytes:
    """RFC 9162 §2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def root(entries: Sequence[bytes]) -> bytes:
    """Hash a list of entries (RFC 9162 §2.1.1)."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return leaf(entries[0])
    at = _split(len(entries))
    return hashlib.sha256(b"\x01" + root(entries[:at]) + root(entries[at:])).digest()


def _split(count: int) -> int:
    at = 1
    while at * 2 < count:
        at *= 2
    return at


def inclusion(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """Prove that an entry is there (RFC 9162 §2.1.3.1)."""
    if len(entries) == 1:
        return []
    at = _split(len(entries))
    if index < at:
        return [*inclusion(index, entries[:at]), root(entries[at:])]
    return [*inclusion(index - at, entries[at:]), root(entries[:at])]


def consistency(old: int, entries: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """Prove that the first entries are those that there were (RFC 9162 §2.1.4.1)."""
    if old in {0, len(entries)}:
        return [] if whole or not old else [root(entries)]
    at = _split(len(entries))
    if old <= at:
        return [*consistency(old, entries[:at], whole=whole), root(entries[at:])]
    return [*consistency(old - at, entries[at:], whole=False), root(entries[:at])]


def tree(size: int, index: int = 0) -> tuple[bytes, ...]:
    """Give so many entries, the one of the evidence at its place."""
    return tuple(ENTRY if at == index else f"entry {at}".encode() for at in range(size))


def spelt(data: bytes) -> str:
    """Write base64."""
    return base64.b64encode(data).decode("ascii")


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody else who signs notes: a name and a key of Ed25519."""

    name: str
    key: Key

    def told(self, kind: bytes = WITNESS) -> str:
        """Give the key as a verifier is told it (C2SP signed-note)."""
        public = kind + _public(self.key)
        return f"{self.name}+{key_id(self.name, public).hex()}+{spelt(public)}"

    def line(self, text: str, seconds: int = 1772446500, *, shown: int | None = None) -> str:
        """Give the line of a cosignature (C2SP tlog-cosignature); `shown` is the time that stands in the line."""
        signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        public = WITNESS + _public(self.key)
        stamp = (seconds if shown is None else shown).to_bytes(8, "big")
        return f"{DASH} {self.name} {spelt(key_id(self.name, public) + stamp + self.key.sign(signed))}"


@cache
def witness(name: str = "witness.example/w") -> Witness:
    """Give a witness."""
    return Witness(name, key_of(Purpose.LOG, "EdDSA", name))


def _public(key: Key) -> bytes:
    public: Any = key.public
    raw: bytes = public.public_bytes_raw()
    return raw


def key_id(name: str, public: bytes) -> bytes:
    """Give the first four bytes of the hash of name and key (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


def signed(text: str, key: Key, name: str = ORIGIN) -> str:
    """Give the line of the author's signature."""
    return f"{DASH} {name} {spelt(key_id(name, AUTHOR + _public(key)) + key.sign(text.encode('utf-8', 'surrogatepass')))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof with a signed checkpoint; each default is right, and what is None is worked out.

    `text` is what is signed, `lines` are those of the signatures, in which `{own}` stands for the author's.
    """

    size: int = 5
    index: int = 2
    at: int | None = None
    path: Sequence[bytes] | None = None
    head: str = HEAD
    before: Sequence[str] = ()
    text: str | None = None
    lines: Sequence[str] = ("{own}",)
    end: str = "\n"
    root: bytes | None = None
    told: int | str | None = None
    more: Sequence[tuple[str, Any]] = ()

    def made(self, one: Evidence, key: Key) -> Evidence:
        """Make the evidence."""
        entries = tree(self.size, self.index)
        path = inclusion(self.index, entries) if self.path is None else self.path
        own = root(entries) if self.root is None else self.root
        size = self.size if self.told is None else self.told
        text = (
            f"{ORIGIN}\n{size}\n{spelt(own)}\n"
            if self.text is None
            else self.text.replace("{root}", spelt(own))
        )
        lines = [line.replace("{own}", signed(text, key)) for line in self.lines]
        index = self.index if self.at is None else self.at
        top = [self.head, *self.before, f"index {index}", *map(spelt, path)]
        proof = "\n".join(top) + "\n\n" + text + "\n" + "\n".join(lines) + self.end
        return replace(
            one, token=proof.encode("utf-8", "surrogatepass"), more={**one.more, **dict(self.more)}
        )
