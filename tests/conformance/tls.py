"""A private authority and a certificate for this machine, as a tester's network has them."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NAMES = x509.SubjectAlternativeName(
    [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
)


def make(folder: Path, authority: str = "ca.pem") -> None:
    """Write the authority, and `tls.pem` and `tls.key` for the listener, into a folder."""
    above, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(
        "Private authority", above, "Private authority", above, x509.BasicConstraints(ca=True, path_length=0)
    )
    leaf = _certificate("localhost", own, "Private authority", above, _NAMES)
    pem = serialization.Encoding.PEM
    (folder / authority).write_bytes(root.public_bytes(pem))
    (folder / "tls.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "tls.key").write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    more: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(more, critical=isinstance(more, x509.BasicConstraints))
        .sign(signer, hashes.SHA256())
    )
