"""Certificate chains between PEM, as keys hold them, and `x5c`, as JWK has it (RFC 7517 §4.7)."""

from __future__ import annotations

import base64
import re

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

CHAIN_MAX = 5
CERTIFICATE_BYTES_MAX = 64 * 1024
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def pem_to_x5c(pem: bytes) -> list[str]:
    """Give the certificates of a PEM chain as base64 texts, in their order."""
    return ["".join(block.decode("ascii").split()) for block in _BLOCK.findall(pem)]


def x5c_to_pem(x5c: object, public: object) -> bytes:
    """Give a chain as PEM. Raises `ValueError` unless the first certificate is for the key."""
    if x5c == []:
        return b""
    if not isinstance(x5c, list) or len(x5c) > CHAIN_MAX or not all(isinstance(one, str) for one in x5c):
        raise ValueError(f"x5c is not a list of at most {CHAIN_MAX} texts")
    chain = [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in x5c]
    if chain[0].public_key() != public:
        raise ValueError("the certificate of a key is for another key")
    return b"".join(one.public_bytes(Encoding.PEM) for one in chain)
