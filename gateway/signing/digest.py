"""Digests in the spelling of RFC 9530: `sha-256=:…:`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, spelt `sha-256=:<base64>:`."""
    return spell(hashlib.sha256(data).digest())


def spell(sha256: bytes) -> str:
    """Spell a SHA-256 that was computed elsewhere, of a stream for example."""
    return f"sha-256=:{base64.b64encode(sha256).decode('ascii')}:"


def read_digest(text: object) -> bytes:
    """Give the 32 bytes of `sha-256=:…:`. Raises `ValueError` for anything else."""
    match = _DIGEST.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("not of the form sha-256=:…:")
    try:
        return base64.b64decode(match[1], validate=True)
    except binascii.Error as error:
        raise ValueError("not of the form sha-256=:…:") from error


def same_digest(text: str, data: bytes) -> bool:
    """Tell, in constant time, whether the bytes have this digest."""
    return hmac.compare_digest(read_digest(text), hashlib.sha256(data).digest())
