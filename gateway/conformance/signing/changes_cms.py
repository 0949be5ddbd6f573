"""What is changed in CMS signatures and time-stamps: each part of signed data that a verifier has to look at.

Lives here: signed data written by code of our own, part by part, so that one part can be wrong under a signature
that holds.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.conformance.signing.changing import Change, Statement, flipped, on_data, on_token, same
from gateway.conformance.signing.evidence import AT, FROM, UNTIL, Evidence, ring, stamp_file
from gateway.signing import KeyRing, State, der
from gateway.signing.algorithms import der_signature
from gateway.signing.certificates import certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.signing import Key

_DATA, _SIGNED = der.oid("1.2.840.113549.1.7.1"), der.oid("1.2.840.113549.1.7.2")
_TYPE, _DIGEST = der.oid("1.2.840.113549.1.9.3"), der.oid("1.2.840.113549.1.9.4")
_TIME, _PROTECTION = der.oid("1.2.840.113549.1.9.5"), der.oid("1.2.840.113549.1.9.52")
_SHA256, _SHA384, _SHA512 = (der.sequence(der.oid(f"2.16.840.1.101.3.4.2.{number}")) for number in (1, 2, 3))
_RSA = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
_RSA_SHA512 = der.sequence(der.oid("1.2.840.113549.1.1.13"), der.NULL)
_ECDSA = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_ECDSA_SHA384 = der.sequence(der.oid("1.2.840.10045.4.3.3"))
_ECDSA_SHA512 = der.sequence(der.oid("1.2.840.10045.4.3.4"))
_KEY_IDENTIFIER = "2.5.29.14"


def _attribute(name: bytes, *values: bytes) -> bytes:
    return der.sequence(name, der.set_of(*values))


_DIGEST_NAMES = {"ES384": "sha384"}


def _digest_of(key: Key) -> bytes:
    return _SHA384 if key.algorithm == "ES384" else _SHA256


def _algorithm(key: Key) -> bytes:
    return {"ES256": _ECDSA, "ES384": _ECDSA_SHA384}.get(key.algorithm, _RSA)


def _stronger(key: Key) -> bytes:
    """Give a name of the same kind of algorithm with another digest."""
    return _ECDSA_SHA512 if key.algorithm.startswith("ES") else _RSA_SHA512


@dataclass(frozen=True, slots=True)
class Parts:
    """How signed data differs from what it has to be; each default is right.

    `named_algorithm` is a whole algorithm identifier in place of one by word, `signature` signs in place of the key.
    `digest_algorithm` is another identifier of the digest, `wanted` the name of the digest that is used, `extra` are further attributes.
    """

    kind: bytes = _SIGNED
    inner: bytes = _DATA
    carried: bytes | None = None
    typed: Sequence[bytes] = (_DATA,)
    digests: Sequence[str] = ("right",)
    times: int = 1
    protected: Sequence[str] = ()
    signers: int = 1
    certificates: int = 1
    named: str = "serial"
    attributes: bool = True
    algorithm: str = "own"
    padding: int = 0
    named_algorithm: bytes = b""
    signature: Callable[[Key, bytes], bytes] | None = None
    digest_algorithm: bytes = b""
    wanted: str = ""
    extra: Sequence[bytes] = ()
    version: int = 1


def written(parts: Parts, one: Evidence, key: Key) -> bytes:
    """Write and sign; the signature holds for the attributes that are there, unless `parts` says how it is made."""
    attributes = _attributes(parts, one, key)
    signed = der.set_of(*attributes) if attributes else one.data
    signature = parts.signature(key, signed) if parts.signature is not None else key.sign(signed)
    if key.algorithm.startswith("ES"):
        signature = der_signature(signature)
    algorithm = (
        parts.named_algorithm
        or {"own": _algorithm(key), "other-digest": _stronger(key), "unknown": der.sequence(_TIME)}[
            parts.algorithm
        ]
    )
    signer = der.sequence(
        der.integer(1), _name(parts, key), parts.digest_algorithm or _digest_of(key),
        *((der.set_of(*attributes, tag=0xA0),) if attributes else ()), algorithm, der.octets(signature),
    )  # fmt: skip
    own = base64.b64decode("".join(key.certificates.decode().split("-----")[2].split()))
    brought = der.tlv(0xA0, *[own] * parts.certificates) if parts.certificates else b""
    inner = der.sequence(
        parts.inner, *((der.tlv(0xA0, der.octets(parts.carried)),) if parts.carried is not None else ())
    )
    whole = der.sequence(
        der.integer(parts.version),
        der.set_of(_SHA256),
        inner,
        brought,
        der.tlv(0x31, *[signer] * parts.signers),
    )
    return der.sequence(parts.kind, der.tlv(0xA0, whole)) + b"\x00" * parts.padding


def _attributes(parts: Parts, one: Evidence, key: Key) -> list[bytes]:
    if not parts.attributes:
        return []
    right = hashlib.new(parts.wanted or _DIGEST_NAMES.get(key.algorithm, "sha256"), one.data).digest()
    digest = {"right": der.octets(right), "other": der.octets(hashlib.sha256(b"other").digest()),
              "short": der.octets(right[:-1]), "text": der.tlv(0x0C, b"digest")}  # fmt: skip
    found = [_attribute(_TYPE, *parts.typed)] if parts.typed else []
    found += [_attribute(_DIGEST, digest[name]) for name in parts.digests]
    found += [_attribute(_TIME, der.time(AT))] * parts.times
    if parts.protected:
        told = {"digest": _digest_of(key), "other-digest": _SHA512, "mac": der.tlv(0xA2, der.oid("1.2.840.113549.2.9")), "own": der.tlv(0xA1, _algorithm(key)[2:]),
                "other": der.tlv(0xA1, (_RSA if key.algorithm.startswith("ES") else _ECDSA)[2:])}  # fmt: skip
        found.append(_attribute(_PROTECTION, der.sequence(*(told[name] for name in parts.protected))))
    return [*found, *parts.extra]


def _name(parts: Parts, key: Key) -> bytes:
    own = certificate(key)
    if parts.named == "key":
        identifier = next(one.value for one in own.extensions if one.oid.dotted_string == _KEY_IDENTIFIER)
        return der.tlv(0x80, bytes(identifier.digest))
    if parts.named == "other-key":
        return der.tlv(0x80, bytes(20))
    serial = own.serial_number + (parts.named == "other-serial")
    issuer = own.subject if parts.named == "other-issuer" else own.issuer
    return der.sequence(issuer.public_bytes(), der.integer(serial))


def _made(**parts: object) -> Change:
    return lambda one, key: replace(one, token=written(Parts(**parts), one, key))  # type: ignore[arg-type]


def _carrying(one: Evidence, key: Key) -> Evidence:
    return replace(one, token=written(Parts(carried=one.data), one, key))


# Object identifiers of digests, one that is allowed and one that is not.
_ALLOWED, _SHA3 = bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040208")
CMS: tuple[Statement, ...] = (
    (
        "signature", "A signature is whole and its own.",
        (("own", "", same),
         ("one-bit-changed", "signature/invalid", on_token(lambda token: flipped(token, 1))),
         ("cut", "asn1/invalid", on_token(lambda token: token[:-1])),
         ("half", "asn1/invalid", on_token(lambda token: token[: len(token) // 2])),
         ("bytes-behind", "asn1/invalid", on_token(lambda token: token + b"\x00")),
         ("nothing", "asn1/invalid", on_token(lambda _: b"")),
         ("no-asn1", "asn1/invalid", on_token(lambda _: b"signature")),
         ("another-digest", "algorithm/not-allowed", on_token(lambda token: token.replace(_ALLOWED, _SHA3)))),
    ),
    (
        "content", "A detached signature brings no content of its own.",
        (("none", "", _made()),
         ("its-own", "detached/present", _carrying),
         ("another", "detached/present", _made(carried=b"other")),
         ("empty", "detached/present", _made(carried=b"")),
         ("of-another-type", "detached/present|type/unexpected", _made(inner=_SIGNED)),
         ("no-signed-data", "type/unexpected", _made(kind=_DATA))),
    ),
    (
        "attributes", "What is signed are attributes: type and digest of the content, each once.",
        (("all", "", _made()), ("no-time", "", _made(times=0)),
         ("none", "attributes/absent", _made(attributes=False)),
         ("another-digest", "digest/differs", _made(digests=("other",))),
         ("no-digest", "digest/differs", _made(digests=())),
         ("digest-twice", "attributes/repeated", _made(digests=("other", "right"))),
         ("another-type", "type/unexpected", _made(typed=(_SIGNED,))),
         ("no-type", "type/unexpected", _made(typed=())),
         ("two-types", "attributes/repeated", _made(typed=(_DATA, _SIGNED))),
         ("time-twice", "attributes/repeated", _made(times=2))),
    ),
    (
        "protection", "Algorithms that are protected under the signature are those beside it.",
        (("both", "", _made(protected=("digest", "own"))), ("digest-alone", "", _made(protected=("digest",))),
         ("another-digest", "algorithm/differs", _made(protected=("other-digest", "own"))),
         ("another-signature", "algorithm/differs", _made(protected=("digest", "other")))),
    ),
    (
        "algorithm", "The signature algorithm is allowed and has the digest of the signature.",
        (("own", "", _made()),
         ("another-digest", "algorithm/differs|signature/invalid", _made(algorithm="other-digest")),
         ("unknown", "algorithm/not-allowed|asn1/invalid", _made(algorithm="unknown"))),
    ),
    (
        "signer", "There is one signer, named by certificate or by key.",
        (("by-serial", "", _made(named="serial")), ("by-key", "", _made(named="key")),
         ("another-serial", "key/unknown", _made(named="other-serial")),
         ("another-issuer", "key/unknown", _made(named="other-issuer")),
         ("another-key", "key/unknown", _made(named="other-key")),
         ("none", "signers/count", _made(signers=0)), ("two", "signers/count", _made(signers=2))),
    ),
    (
        "certificates", "Certificates may come along; they are not what is trusted.",
        (("none", "", _made(certificates=0)), ("several", "", _made(certificates=3)),
         ("too-many", "certificates/over", _made(certificates=60))),
    ),
    (
        "length", "A signature is no longer than a signature can be.",
        (("usual", "", same), ("too-long", "length/over", _made(padding=1024 * 1024))),
    ),
)  # fmt: skip


def _reply(name: str) -> Change:
    """Take another reply of an authority, of those in `fixtures/conformance/timestamp`."""
    return lambda one, _: replace(one, token=stamp_file(f"{name}.tsr"))


def _authorities(change: Callable[[Key], Key]) -> Change:
    return lambda one, _: replace(one, keys=KeyRing([change(key) for key in one.keys]))


STAMP: tuple[Statement, ...] = (
    (
        "imprint", "A time-stamp is about the bytes that were sent.",
        (("same", "", same),
         ("one-bit-changed", "digest/differs", on_data(lambda data: flipped(data, 0.5))),
         ("one-more", "digest/differs", on_data(lambda data: data + b"\n")),
         ("of-other-bytes", "digest/differs", _reply("other-data")),
         ("another-algorithm", "digest/differs", _reply("sha-512"))),
    ),
    (
        "nonce", "A time-stamp answers the request that was made.",
        (("same", "", same),
         ("not-kept", "", lambda one, _: replace(_reply("no-nonce")(one, _), more={**one.more, "nonce": None})),
         ("of-another-request", "nonce/differs", _reply("other-request")),
         ("none", "nonce/differs", _reply("no-nonce"))),
    ),
    (
        "reply", "The reply is one, and grants a time.",
        (("granted", "", same), ("refused", "status/refused", _reply("refused")),
         ("cut", "asn1/invalid", on_token(lambda token: token[:-1])),
         ("bytes-behind", "asn1/invalid", on_token(lambda token: token + b"\x00")),
         ("nothing", "asn1/invalid", on_token(lambda _: b"")),
         ("one-bit-changed", "signature/invalid", on_token(lambda token: flipped(token, 1))),
         ("no-time", "type/unexpected|asn1/invalid", lambda one, signer: replace(
             one, token=der.sequence(der.sequence(der.integer(0)), written(Parts(), one, signer)),
             keys=ring(replace(signer, purpose=None))))),
    ),
    (
        "authority", "The authority is a trusted one, for time-stamps and nothing else, and believed at that time.",
        (("trusted", "", same),
         ("retired", "", _authorities(lambda key: key.in_state(State.RETIRED))),
         ("unknown", "key/unknown", lambda one, signer: replace(one, keys=ring(signer))),
         ("compromised", "key/compromised|key/unknown", _authorities(lambda key: key.in_state(State.COMPROMISED))),
         ("for-mail", "usage/unexpected", lambda one, _: replace(
             one, keys=KeyRing.trusted(stamp_file("for-mail.pem")))),
         ("after-its-end", "key/out-of-date", _authorities(lambda key: replace(key, not_after=FROM))),
         ("before-its-beginning", "key/out-of-date", _authorities(lambda key: replace(key, not_before=UNTIL)))),
    ),
)  # fmt: skip
