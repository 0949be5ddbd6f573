"""X.509 certificates around our keys: self-signed, or issued by an authority of our own.

Times and serial numbers are arguments. The usages are those that S/MIME verifiers want.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.signing.chains import CERTIFICATE_BYTES_MAX, CHAIN_MAX
from gateway.signing.keys import Key, KeySetError, Purpose


def self_signed(key: Key, name: str, serial: int, not_before: datetime, not_after: datetime) -> Key:
    """Give the key with a certificate that it signs itself. Raises `KeySetError`."""
    return issue(key, name, serial, not_before, not_after, key)


def issue(
    key: Key,
    name: str,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    issuer: Key,
    *,
    authority: bool = False,
) -> Key:
    """Give the key with a certificate by `issuer` in front of the issuer's own chain.

    `authority` makes a certificate that issues others. Raises `KeySetError` when the issuer's
    private half is not in memory.
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    own = issuer is key
    above = () if own else chain(issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if own else above[0].subject)
        .public_key(key.public)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(
            x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True
        )
        .add_extension(_usage(key, authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public), critical=False)
    )
    if not authority:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    private = issuer.private
    certificate = builder.sign(
        private, None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    )
    own_pem = certificate.public_bytes(Encoding.PEM)
    return replace(key, certificates=own_pem + (b"" if own else issuer.certificates))


def chain(key: Key) -> tuple[x509.Certificate, ...]:
    """Give the certificates of a key, its own first. Raises `KeySetError` when there are none."""
    return _parsed(key.certificates)


def certificate(key: Key) -> x509.Certificate:
    """Give the key's own certificate. Raises `KeySetError` when there is none or it is another's."""
    own = chain(key)[0]
    if own.public_key() != key.public:
        raise KeySetError(f"the certificate of key {key.kid} is for another key")
    return own


def certified(keys: Iterable[Key], purpose: Purpose | None) -> list[tuple[Key, x509.Certificate]]:
    """Give those of the keys that have a certificate and serve the purpose or name none."""
    return [(key, certificate(key)) for key in keys if key.certificates and key.purpose in {None, purpose}]


@lru_cache(maxsize=1024)
def _parsed(pem: bytes) -> tuple[x509.Certificate, ...]:
    if not pem.strip():
        raise KeySetError("the key has no certificate")
    if len(pem) > CHAIN_MAX * CERTIFICATE_BYTES_MAX or pem.count(b"BEGIN CERTIFICATE") > CHAIN_MAX:
        raise KeySetError(f"a chain has at most {CHAIN_MAX} certificates")
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise KeySetError(f"a certificate cannot be read: {error}") from error


def _usage(key: Key, *, authority: bool) -> x509.KeyUsage:
    decrypts = key.purpose is Purpose.AS2
    return x509.KeyUsage(
        digital_signature=not decrypts,
        content_commitment=not decrypts and not authority,
        key_encipherment=decrypts,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
