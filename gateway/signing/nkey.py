"""NKEYs, by which NATS knows who connects: Ed25519 keys with a letter for their kind, and credentials files.

A seed is base32 of two bytes that name seed and kind, 32 bytes of the key, and a checksum; a public
key of one byte for the kind, 32 bytes, and a checksum. The server gives a nonce, and whoever connects
signs it: the seed itself is told to nobody.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.signing.keys import KeySetError

SEED = 18 << 3
USER = 20 << 3
_KEY_BYTES = 32
_JWT = re.compile(r"-----BEGIN NATS USER JWT-----\s+([\w.=-]+)\s+-+END NATS USER JWT-+")
_SEED = re.compile(r"-----BEGIN USER NKEY SEED-----\s+([A-Z2-7]+)\s+-+END USER NKEY SEED-+")


@dataclass(frozen=True, slots=True)
class Nkey:
    """A key that signs, and its public text; `jwt` is what an account says of it, "" where none was given."""

    public: str
    key: Ed25519PrivateKey
    jwt: str = ""

    def sign(self, nonce: bytes) -> bytes:
        """Sign a nonce; gives base64."""
        return base64.b64encode(self.key.sign(nonce))


def read_nkey(seed: str) -> Nkey:
    """Read the seed of a user. Raises `KeySetError`, which does not repeat it."""
    try:
        plain = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except binascii.Error:
        raise KeySetError("it is no NKEY seed: not base32") from None
    if len(plain) != 2 + _KEY_BYTES + 2 or _sum(plain[:-2]) != plain[-2:]:
        raise KeySetError("it is no NKEY seed: its length or its checksum is wrong")
    kind = (plain[0] & 7) << 5 | plain[1] >> 3
    if plain[0] & 0xF8 != SEED or kind != USER:
        raise KeySetError("it is no NKEY seed of a user; such a seed begins with SU")
    key = Ed25519PrivateKey.from_private_bytes(plain[2:-2])
    return Nkey(_public(USER, key), key)


def read_credentials(text: str) -> Nkey:
    """Read a credentials file: what an account says of a user, and the user's seed. Raises `KeySetError`."""
    jwt, seed = _JWT.search(text), _SEED.search(text)
    if jwt is None or seed is None:
        raise KeySetError("it is no credentials file: it has no user JWT, or no seed")
    found = read_nkey(seed[1])
    return Nkey(found.public, found.key, jwt[1])


def _public(kind: int, key: Ed25519PrivateKey) -> str:
    plain = bytes([kind]) + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b32encode(plain + _sum(plain)).decode().rstrip("=")


def _sum(data: bytes) -> bytes:
    """CRC-16 of XMODEM, low byte first."""
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")
