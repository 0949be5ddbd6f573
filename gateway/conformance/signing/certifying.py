"""Certificates written by code of the suite's own, so that each may have what an authority would not give (RFC 5280)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance.signing.evidence import FROM, UNTIL
from gateway.signing import der
from gateway.signing.algorithms import der_signature

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.signing import Key

_ECDSA = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_RSA = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL)
STAMPING, MAIL = "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.4"


def certified(
    key: Key,
    *,
    usages: Sequence[str] | None = (STAMPING,),
    identified: bool = True,
    begins: datetime = FROM,
    ends: datetime = UNTIL,
) -> Key:
    """Give a key with a certificate that it signs itself: with these usages, with an identifier of the key or without."""
    name = der.sequence(der.tlv(0x31, der.sequence(der.oid("2.5.4.3"), der.tlv(0x0C, b"Conformance"))))
    public = base64.b64decode("".join(key.public_pem().decode().split("-----")[2].split()))
    extensions = []
    if usages is not None:
        extensions.append(_extension("2.5.29.37", der.sequence(*map(der.oid, usages))))
    if identified:
        extensions.append(_extension("2.5.29.14", der.octets(hashlib.sha256(public).digest()[:20])))
    algorithm = _ECDSA if key.algorithm.startswith("ES") else _RSA
    more = (der.tlv(0xA3, der.sequence(*extensions)),) if extensions else ()
    body = der.sequence(
        der.tlv(0xA0, der.integer(2)), der.integer(4711), algorithm, name, der.sequence(der.time(begins), der.time(ends)), name, public, *more
    )  # fmt: skip
    signature = key.sign(body)
    if key.algorithm.startswith("ES"):
        signature = der_signature(signature)
    whole = der.sequence(body, algorithm, der.tlv(0x03, b"\x00", signature))
    text = base64.encodebytes(whole)
    pem = b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"
    return replace(key, certificates=pem)


def _extension(name: str, value: bytes) -> bytes:
    return der.sequence(der.oid(name), der.octets(value))
