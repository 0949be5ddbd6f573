"""The signature algorithms that exist here. What is not in the table cannot be used.

No `none`, no HMAC, no encryption: they are not refused, they are absent. Signatures are
in the shape of JWS (RFC 7518): r and s at full width for ECDSA, not DER.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

RSA_BITS = 3072
"""Of a key of ours: what NIST SP 800-57 asks for what has to hold beyond 2030."""
RSA_BITS_MIN = 2048
RSA_BITS_MAX = 8192
"""A longer modulus only costs the verifier time."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One row of the allow-list.

    `sign(private, data)` gives the signature, `check(public, signature, data)` raises
    `InvalidSignature`, `fits(public)` tells whether a key may be used with it,
    `generate(bits)` makes a private key, of so many bits if it is one of RSA.
    """

    name: str
    fits: Callable[[Any], bool]
    generate: Callable[[int], PrivateKey]
    sign: Callable[[Any, bytes], bytes]
    check: Callable[[Any, bytes, bytes], None]


def raw_signature(der: bytes, width: int) -> bytes:
    """Turn a DER ECDSA signature of ours into r‖s, each `width` bytes, at most 48.

    SEQUENCE of two INTEGERs, each length one byte: so short are they for P-256 and P-384.
    """
    middle = 4 + der[3]
    if der[3] >= width and der[middle + 1] >= width:  # as nearly always: at most a zero byte in front
        return der[middle - width : middle] + der[-width:]
    r, s = der[4:middle].lstrip(b"\0"), der[middle + 2 :].lstrip(b"\0")
    return r.rjust(width, b"\0") + s.rjust(width, b"\0")


def der_signature(raw: bytes) -> bytes:
    """Turn r‖s into the DER form that X.509, CMS and openssl use."""
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def _ecdsa(name: str, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm, width: int) -> Algorithm:
    method = ec.ECDSA(digest)

    def check(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> None:
        if len(signature) != 2 * width:
            raise InvalidSignature
        key.verify(der_signature(signature), data, method)

    def sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        return raw_signature(key.sign(data, method), width)

    return Algorithm(
        name=name,
        fits=lambda key: isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == curve.name,
        generate=lambda _bits: ec.generate_private_key(curve),
        sign=sign,
        check=check,
    )


def _rsa(name: str, pad: padding.AsymmetricPadding) -> Algorithm:
    digest = hashes.SHA256()

    def generate(bits: int) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)

    def sign(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
        return key.sign(data, pad, digest)

    return Algorithm(
        name=name,
        fits=lambda key: isinstance(key, rsa.RSAPublicKey) and RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX,
        generate=generate,
        sign=sign,
        check=lambda key, signature, data: key.verify(signature, data, pad, digest),
    )


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        _ecdsa("ES256", ec.SECP256R1(), hashes.SHA256(), 32),
        _ecdsa("ES384", ec.SECP384R1(), hashes.SHA384(), 48),
        Algorithm(
            name="EdDSA",
            fits=lambda key: isinstance(key, ed25519.Ed25519PublicKey),
            generate=lambda _bits: ed25519.Ed25519PrivateKey.generate(),
            sign=lambda key, data: cast("bytes", key.sign(data)),
            check=lambda key, signature, data: key.verify(signature, data),
        ),
        _rsa("RS256", padding.PKCS1v15()),
        _rsa("PS256", padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)),
    )
}
"""JOSE name (RFC 7518, RFC 8037) to algorithm."""


def natural_algorithm(public: object) -> str:
    """Name the first algorithm that a public key fits, "" when it fits none."""
    return next((name for name, algorithm in ALGORITHMS.items() if algorithm.fits(public)), "")
