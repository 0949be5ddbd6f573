"""Detached CMS signatures (RFC 5652) over the exact bytes of a file or a MIME part.

Written in DER with signed attributes and the signer's chain; read in BER too, since Java
products write it. The signer is found among the trusted certificates; those in the message
are not looked at. Every check has its reason, in the order in which they are made.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from asn1crypto import cms as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.finding import Finding
from gateway.signing import der
from gateway.signing.algorithms import der_signature, natural_algorithm
from gateway.signing.certificates import certificate, certified, chain
from gateway.signing.chains import CHAIN_MAX
from gateway.signing.jws import key_findings
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, KeySetError, Purpose
from gateway.signing.verdict import Refusal, Verdict, wrong

KIND = "cms.rfc5652"
SIGNATURE_BYTES_MAX = 1024 * 1024
SALT_BYTES_MAX = 1024
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError)
"""What asn1crypto raises for bytes that are not what they claim to be."""
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_DATA = der.oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_TIME = der.oid("1.2.840.113549.1.9.5")
_WAYS = {
    "RS256": ("sha256", "2.16.840.1.101.3.4.2.1", der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)),
    "ES256": ("sha256", "2.16.840.1.101.3.4.2.1", der.sequence(der.oid("1.2.840.10045.4.3.2"))),
    "ES384": ("sha384", "2.16.840.1.101.3.4.2.2", der.sequence(der.oid("1.2.840.10045.4.3.3"))),
}
"""JOSE name to digest, its OID, and the signature algorithm as CMS writes it (RFC 3370, RFC 5753)."""


def micalg(key: Key) -> str:
    """Name the digest that a key signs with, as MIME does (RFC 8551 §3.5.3.2): `sha-256`."""
    return _way(key)[0].replace("sha", "sha-")


def sign_cms(data: bytes, key: Key, at: datetime) -> bytes:
    """Sign the bytes, detached, and give DER. `at` is the signing time.

    Raises `KeySetError` for a key without certificate or of a kind that CMS does not take here.
    """
    digest, _, signature_algorithm = _way(key)
    attributes = (
        der.sequence(_CONTENT_TYPE, der.set_of(_DATA)),
        der.sequence(_SIGNING_TIME, der.set_of(der.time(at.astimezone(UTC)))),
        der.sequence(_MESSAGE_DIGEST, der.set_of(der.octets(hashlib.new(digest, data).digest()))),
    )
    # RFC 5652 §5.4: what is signed is the attributes under the tag of a SET, not under [0].
    signature = key.sign(der.set_of(*attributes))
    if key.algorithm.startswith("ES"):
        signature = der_signature(signature)
    certificate(key)
    digest_algorithm, certificates, issuer_and_serial = _fixed_parts(_way(key)[1], chain(key))
    signer = der.sequence(
        der.integer(1),
        issuer_and_serial,
        digest_algorithm,
        der.set_of(*attributes, tag=0xA0),
        signature_algorithm,
        der.octets(signature),
    )
    signed = der.sequence(
        der.integer(1), der.set_of(digest_algorithm), der.sequence(_DATA), certificates, der.set_of(signer)
    )
    return der.sequence(_SIGNED_DATA, der.tlv(0xA0, signed))


def verify_cms(data: bytes, signature: bytes, keyset: KeyRing, at: datetime | None = None) -> Verdict:
    """Check a detached signature over the exact bytes. `content` of the verdict are the bytes.

    `at` is the instant at which key and certificate must be valid; None leaves that out.
    Trusted are the keys of the set that have a certificate.
    """
    try:
        message = read_signed(signature, keyset, Purpose.CMS)
        _detached(message)
        check_signed(message, data)
    except Refusal as refusal:
        return refusal.verdict
    except UNREADABLE as error:
        reason = "this is not a CMS signature that can be read"
        return Refusal(KIND, "signature", "asn1/invalid", reason, actual=type(error).__name__).verdict
    return Verdict(life_findings(message, at), message.key.kid, data)


class SignedMessage(NamedTuple):
    """Signed data with its one signer, found among the trusted certificates; nothing is verified yet."""

    kind: str
    content: bytes | None
    signer: Any
    key: Key
    own: x509.Certificate


def life_findings(message: SignedMessage, at: datetime | None) -> tuple[Finding, ...]:
    """Say what speaks against key and certificate at that instant."""
    own = message.own
    findings = key_findings(message.key, at, KIND)
    if at is not None and not own.not_valid_before_utc <= at <= own.not_valid_after_utc:
        reason = "the certificate was not valid when this was signed"
        life = f"{own.not_valid_before_utc} to {own.not_valid_after_utc}"
        findings += (
            wrong(KIND, "certificate", "certificate/out-of-date", reason, expected=life, actual=str(at)),
        )
    return findings


def _detached(message: SignedMessage) -> None:
    if message.kind != "data" or message.content is not None:
        raise Refusal(KIND, "content", "detached/present", "the signature brings content of its own")


def check_signed(message: SignedMessage, content: bytes) -> None:
    """Check digest and signature over the content. Raises `Refusal`."""
    digest = _digest(message.signer)
    signed = _attributes(message.signer, hashlib.new(digest, content).digest(), message.kind)
    _check(message.key, message.signer, digest, signed)


def _way(key: Key) -> tuple[str, str, bytes]:
    if key.algorithm not in _WAYS:
        raise KeySetError(f"CMS is signed with {', '.join(_WAYS)}, not with {key.algorithm}")
    return _WAYS[key.algorithm]


@lru_cache(maxsize=64)
def _fixed_parts(digest: str, certificates: tuple[x509.Certificate, ...]) -> tuple[bytes, bytes, bytes]:
    """Write what is the same in every signature of a key: digest, certificates, issuer and serial."""
    own = certificates[0]
    written = der.set_of(*(one.public_bytes(Encoding.DER) for one in certificates), tag=0xA0)
    issuer = der.sequence(own.issuer.public_bytes(), der.integer(own.serial_number))
    return der.sequence(der.oid(digest)), written, issuer


def read_signed(signature: bytes, keyset: KeyRing, purpose: Purpose | None) -> SignedMessage:
    """Read signed data, DER or BER, and find its signer. Raises `Refusal`, or what asn1crypto does."""
    if len(signature) > SIGNATURE_BYTES_MAX:
        reason = "the signature is too long"
        raise Refusal(KIND, "signature", "length/over", reason, expected=SIGNATURE_BYTES_MAX)
    outer = asn1.ContentInfo.load(signature, strict=True)
    if outer["content_type"].native != "signed_data":
        reason = "this is no signed data"
        raise Refusal(KIND, "content-type", "type/unexpected", reason, actual=outer["content_type"].native)
    content = outer["content"]
    signers = content["signer_infos"]
    if len(signers) != 1:
        reason = "there is not exactly one signer"
        raise Refusal(KIND, "signers", "signers/count", reason, expected=1, actual=len(signers))
    brought = len(content["certificates"])
    if brought > CHAIN_MAX:
        # They are not looked at; but whoever brings so many is no partner.
        reason = "the signature brings too many certificates"
        raise Refusal(KIND, "certificates", "certificates/over", reason, expected=CHAIN_MAX, actual=brought)
    inner = content["encap_content_info"]
    held = inner["content"]
    octets = None if held.native is None else bytes(held)
    for key, own in certified(keyset, purpose):
        if is_named(signers[0]["sid"], own):
            return SignedMessage(inner["content_type"].native, octets, signers[0], key, own)
    raise Refusal(KIND, "signer", "key/unknown", "the signer is none of the trusted certificates")


def is_named(sid: Any, own: x509.Certificate) -> bool:
    """Tell whether an identifier of CMS, issuer with serial or key id, names this certificate."""
    if sid.name == "issuer_and_serial_number":
        same_serial: bool = sid.chosen["serial_number"].native == own.serial_number
        return same_serial and sid.chosen["issuer"].dump() == own.issuer.public_bytes()
    try:
        known = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return False
    return bool(sid.chosen.native == known)


def _digest(signer: Any) -> str:
    digest = signer["digest_algorithm"]["algorithm"].native
    if digest not in DIGESTS:
        raise Refusal(
            KIND,
            "digest",
            "algorithm/not-allowed",
            "the digest is not allowed",
            expected=" ".join(DIGESTS),
            actual=digest,
        )
    named = signer["signature_algorithm"]
    kind = named.signature_algo
    if kind not in {"rsassa_pkcs1v15", "rsassa_pss", "ecdsa"}:
        raise Refusal(
            KIND, "algorithm", "algorithm/not-allowed", "the signature algorithm is not allowed", actual=kind
        )
    # rsaEncryption names no digest of its own (RFC 3370 §3.2); every other name must name this one.
    if named["algorithm"].native != "rsassa_pkcs1v15" and named.hash_algo != digest:
        message = "digest and signature algorithm do not agree"
        raise Refusal(
            KIND, "algorithm", "algorithm/differs", message, expected=digest, actual=named.hash_algo
        )
    if kind == "rsassa_pss":
        _pss(named["parameters"], digest)
    return str(digest)


def _pss(parameters: Any, digest: str) -> None:
    """RFC 4056 section 2.2, RFC 8017 A.2.3: one digest for content, message and mask, and the one trailer there is."""
    mask = parameters["mask_gen_algorithm"]
    told = mask["parameters"]["algorithm"].native
    if (
        mask["algorithm"].native != "mgf1"
        or told != digest
        or parameters["trailer_field"].native != "trailer_field_bc"
    ):
        message = "the parameters of the signature algorithm name another digest, mask or trailer"
        raise Refusal(KIND, "algorithm", "algorithm/differs", message, expected=digest, actual=told)


def _attributes(signer: Any, digest: bytes, kind: str) -> bytes:
    """Check the signed attributes and give the bytes under the signature."""
    attributes = signer["signed_attrs"]
    if not attributes:
        raise Refusal(KIND, "attributes", "attributes/absent", "there are no signed attributes")
    values: dict[str, Any] = {}
    for attribute in attributes:
        name = attribute["type"].native
        if name in values or len(attribute["values"]) != 1:
            raise Refusal(
                KIND, "attributes", "attributes/repeated", "a signed attribute stands twice", actual=name
            )
        values[name] = attribute["values"][0].native
    if values.get("content_type") != kind:
        message = "the signed content type is another"
        raise Refusal(KIND, "attributes", "type/unexpected", message, actual=values.get("content_type"))
    stated = values.get("message_digest")
    if not isinstance(stated, bytes) or not hmac.compare_digest(stated, digest):
        raise Refusal(KIND, "attributes", "digest/differs", "the signed digest and the bytes do not fit")
    protection = values.get("cms_algorithm_protection")
    if protection is not None:
        _protected(signer, protection)
    # RFC 5652 §5.4: under the tag of a SET; the members as received, for their order is the signer's.
    return der.tlv(0x31, *(attribute.dump() for attribute in attributes))


def _check(key: Key, signer: Any, digest: str, signed: bytes) -> None:
    signature, hash_algorithm = signer["signature"].native, DIGESTS[digest]
    public, kind = key.public, signer["signature_algorithm"].signature_algo
    if not natural_algorithm(public):
        raise Refusal(KIND, "key", "key/not-allowed", "the signer's key is too small or of a wrong kind")
    try:
        if kind == "ecdsa" and isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, signed, ec.ECDSA(hash_algorithm))
        elif kind == "rsassa_pss" and isinstance(public, rsa.RSAPublicKey):
            salt = signer["signature_algorithm"]["parameters"]["salt_length"].native
            pss = padding.PSS(mgf=padding.MGF1(hash_algorithm), salt_length=min(salt, SALT_BYTES_MAX))
            public.verify(signature, signed, pss, hash_algorithm)
        elif kind == "rsassa_pkcs1v15" and isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, signed, padding.PKCS1v15(), hash_algorithm)
        else:
            raise Refusal(
                KIND, "algorithm", "algorithm/not-the-keys", "the algorithm is not the key's", actual=kind
            )
    except InvalidSignature:
        message = "the signature does not fit the attributes and the key"
        raise Refusal(KIND, "signature", "signature/invalid", message) from None


def _protected(signer: Any, protection: Any) -> None:
    """RFC 6211: the algorithms named under the signature are those named beside it."""
    digest = protection["digest_algorithm"]["algorithm"]
    named = protection.get("signature_algorithm") or {}
    if digest != signer["digest_algorithm"]["algorithm"].native or named.get("algorithm") not in {
        None,
        signer["signature_algorithm"]["algorithm"].native,
    }:
        raise Refusal(KIND, "attributes", "algorithm/differs", "the protected algorithms are others")
