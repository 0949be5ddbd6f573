"""RSA signatures made by code of the suite's own, so that each part of one can be wrong: RFC 8017, sections 8 and 9.

Lives here: the encodings and the private operation. Never here: what is signed (`changes_pss.py`).
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.signing import Key

# RFC 8017 section 9.2, note 1: what stands before each digest.
_INFOS = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
SALT_BYTES = 32


def pss(key: Key, data: bytes, *, salt: int = SALT_BYTES, digest: str = "sha256", mask: str = "sha256",
        trailer: int = 0xBC) -> bytes:  # fmt: skip
    """Sign with EMSA-PSS: `salt` bytes of salt, `digest` for the message, `mask` for the mask, a trailer byte."""
    numbers = _numbers(key)
    bits = numbers.public_numbers.n.bit_length() - 1
    size = (bits + 7) // 8
    drawn = secrets.token_bytes(salt)
    hashed = hashlib.new(digest, bytes(8) + hashlib.new(digest, data).digest() + drawn).digest()
    block = bytes(size - salt - len(hashed) - 2) + b"\x01" + drawn
    masked = bytearray(one ^ other for one, other in zip(block, _mask(hashed, len(block), mask), strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return _raised(numbers, bytes(masked) + hashed + bytes([trailer]))


def pkcs1(key: Key, data: bytes, *, digest: str = "sha256") -> bytes:
    """Sign with EMSA-PKCS1-v1_5, with SHA-256 or another digest."""
    numbers = _numbers(key)
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    info = _INFOS[digest] + hashlib.new(digest, data).digest()
    return _raised(numbers, b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info)


def _numbers(key: Key) -> Any:
    private: Any = key.private
    return private.private_numbers()


def _raised(numbers: Any, block: bytes) -> bytes:
    """RSASP1 with both primes (RFC 8017, section 5.2.1, step 2.b), which takes a quarter of what it does with one."""
    modulus, whole = numbers.public_numbers.n, int.from_bytes(block, "big")
    first, second = pow(whole, numbers.dmp1, numbers.p), pow(whole, numbers.dmq1, numbers.q)
    raised: int = second + (first - second) * numbers.iqmp % numbers.p * numbers.q
    return raised.to_bytes((modulus.bit_length() + 7) // 8, "big")


def _mask(seed: bytes, length: int, digest: str) -> bytes:
    """MGF1 (RFC 8017 B.2.1)."""
    made, counter = b"", 0
    while len(made) < length:
        made += hashlib.new(digest, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return made[:length]
