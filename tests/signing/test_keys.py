from __future__ import annotations

import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.shell.config import Keys
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.signing import (
    Key,
    KeyRing,
    KeySetError,
    Purpose,
    State,
    generate,
    sign_detached,
    verify_detached,
)
from gateway.signing.algorithms import RSA_BITS, RSA_BITS_MAX, RSA_BITS_MIN
from gateway.signing.certificates import certificate, issue
from gateway.signing.keys import private_key
from tests.signing.authority import FROM, UNTIL, alone, root
from tests.signing.samples import AT

DAY = timedelta(days=1)


def test_the_thumbprint_is_the_one_of_rfc_7638() -> None:
    """The key of RFC 7638 section 3.1 has the thumbprint that the RFC gives."""
    jwk = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX"
        "jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJ"
        "ZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIq"
        "bw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
    }
    (key,) = KeyRing.from_jwks(jwk)
    assert key.kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert key.algorithm == "RS256"


def test_a_public_set_reads_back(key: Key) -> None:
    """Dates, state, purpose and key of a ring survive publication; the private half does not."""
    ring = KeyRing([key, generate(Purpose.LOG)]).rotate(generate(Purpose.RECEIPT), AT)
    text = ring.jwks_text()
    assert '"d"' not in text
    again = KeyRing.from_jwks(text)
    assert [one.kid for one in again] == [one.kid for one in ring]
    old = again.find(key.kid)
    assert old is not None
    assert (old.state, old.purpose, old.not_after) == (
        State.RETIRED,
        Purpose.RECEIPT,
        AT.replace(microsecond=0),
    )
    with pytest.raises(KeySetError):
        again.signer()


def _jwk() -> dict[str, object]:
    return generate(Purpose.RECEIPT).as_jwk()


def _certified() -> dict[str, object]:
    return alone(Purpose.CMS, "ES256").as_jwk()


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"[]",
        b'{"keys":{}}',
        b'{"keys":[1]}',
        b'{"keys":[],"keys":[]}',
        {"keys": [_jwk() | {"d": "AA"}]},
        {"keys": [{"kty": "oct", "k": "AAAA"}]},
        {"keys": [_jwk() | {"y": _jwk()["y"]}]},
        {"keys": [_jwk() | {"alg": "none"}]},
        {"keys": [_jwk() | {"alg": "RS256"}]},
        {"keys": [_jwk() | {"nbf": "soon"}]},
        {"keys": [_jwk() | {"exp": 10**20}]},
        {"keys": [_jwk() | {"state": "fine"}]},
        {"keys": [_jwk() | {"kid": 1}]},
        {"keys": [_jwk() | {"crv": "P-192"}]},
        {"keys": [{"kty": "EC", "crv": "P-256"}]},
        {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
        {"keys": [_jwk() | {"kid": "a"}, _jwk() | {"kid": "a"}]},
        {"keys": [{}] * 1001},
        {"keys": [_certified() | {"x5c": _certified()["x5c"] * 6}]},
        {"keys": [_jwk() | {"x5c": _certified()["x5c"]}]},
        {"keys": [_jwk() | {"x5c": ["AAAA"]}]},
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=lambda plain: type(plain).__name__,
)
def test_a_key_set_that_is_not_right_is_refused(plain: object) -> None:
    """A set with a private, broken, too small, doubled or unknown key is an error in our words."""
    data = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    with pytest.raises(KeySetError):
        KeyRing.trusted(data)


def test_keys_are_trusted_as_pem_too(key: Key) -> None:
    """A public key in PEM verifies like the same key in a JWK set."""
    assert verify_detached(b"x", sign_detached(b"x", key), KeyRing.trusted(key.public_pem())).ok


def test_one_purpose_has_one_signer(key: Key) -> None:
    """Two active keys for one purpose are refused, and so is the same key twice."""
    with pytest.raises(KeySetError):
        KeyRing([key, generate(Purpose.RECEIPT)])
    with pytest.raises(KeySetError):
        KeyRing([key, key])


def test_small_and_foreign_keys_are_refused() -> None:
    """RSA under 2048 bits and curves that are not in the table make no key."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    for private in (
        rsa.generate_private_key(65537, 1024),  # noqa: S505  # that is the point
        ec.generate_private_key(ec.SECP256K1()),
        b"key",
    ):
        with pytest.raises(KeySetError):
            private_key(private, Purpose.RECEIPT)


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_the_first_start_makes_the_keys_and_the_next_finds_them(
    tmp_path: Path, passphrase: str | None
) -> None:
    """Keys made at the first start are the ones that are found at the next, files are 0600."""
    folder = KeyFolder(tmp_path / "var" / "keys", passphrase)
    ring = folder.open(AT)
    assert ring.signer(Purpose.RECEIPT).not_before == AT
    files = list((tmp_path / "var" / "keys").glob("*.pem"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    assert all((b"ENCRYPTED" in file.read_bytes()) is bool(passphrase) for file in files)
    again = KeyFolder(tmp_path / "var" / "keys", passphrase).open(AT + DAY)
    assert again.jwks() == ring.jwks() or {key.kid for key in again} == {key.kid for key in ring}
    token = sign_detached(b"x", ring.signer())
    assert verify_detached(b"x", token, again).ok


def test_openssl_reads_a_key_file(tmp_path: Path) -> None:
    """A key file is a PEM that openssl reads, whatever text stands above it."""
    key = KeyFolder(tmp_path).open(AT).signer()
    command = ["openssl", "pkey", "-in", str(tmp_path / f"receipt-{key.kid}.pem"), "-pubout"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == key.public_pem()


def test_a_rotation_keeps_the_old_key_for_verification(tmp_path: Path) -> None:
    """After a rotation the new key signs, the old one verifies until its last day, both are published."""
    folder = KeyFolder(tmp_path)
    old = folder.open(AT).signer()
    new = folder.rotate(Purpose.RECEIPT, AT + DAY)
    ring = folder.load()
    assert ring.signer() == new != old
    token = sign_detached(b"x", old)
    assert verify_detached(b"x", token, ring, at=AT).ok
    assert not verify_detached(b"x", token, ring, at=AT + 2 * DAY).ok
    assert {key["kid"] for key in ring.jwks()["keys"]} >= {old.kid, new.kid}


def test_a_pending_key_is_the_next_one(tmp_path: Path) -> None:
    """A key that was published ahead signs only after the rotation, and then it does."""
    folder = KeyFolder(tmp_path)
    folder.open(AT)
    waiting = folder.generate(Purpose.RECEIPT, AT, pending=True)
    assert folder.load().signer().kid != waiting.kid
    assert folder.rotate(Purpose.RECEIPT, AT + DAY).kid == waiting.kid
    assert folder.load().signer().not_before == AT + DAY


def test_a_compromised_key_stays_in_the_set_and_is_replaced(tmp_path: Path) -> None:
    """A key retired as compromised is published as such; the next start makes a new one."""
    folder = KeyFolder(tmp_path)
    old = folder.open(AT).signer()
    assert folder.retire(old.kid, AT, compromised=True).state is State.COMPROMISED
    ring = folder.open(AT + DAY)
    assert ring.signer().kid != old.kid
    assert {key["state"] for key in ring.jwks()["keys"] if key["kid"] == old.kid} == {"compromised"}


def test_a_folder_that_is_not_right_says_what_to_do(tmp_path: Path) -> None:
    """Open modes, wrong passphrases, broken files and missing keys each have their message."""
    with pytest.raises(KeyFolderError, match="no active key for receipt"):
        KeyFolder(tmp_path / "none").open(AT, make=False)
    folder = KeyFolder(tmp_path, "one")
    key = folder.open(AT).signer()
    with pytest.raises(KeyFolderError, match="cannot be read"):
        KeyFolder(tmp_path, "other").load()
    with pytest.raises(KeyFolderError, match="cannot be read"):
        KeyFolder(tmp_path).load()
    with pytest.raises(KeyFolderError, match="rotate it"):
        folder.generate(Purpose.RECEIPT, AT)
    with pytest.raises(KeyFolderError, match="no key x"):
        folder.retire("x", AT)
    file = tmp_path / f"receipt-{key.kid}.pem"
    file.chmod(0o640)
    with pytest.raises(KeyFolderError, match="mode to 0600"):
        folder.load()
    file.write_bytes(b"nothing")
    file.chmod(0o600)
    with pytest.raises(KeyFolderError, match="not a key file"):
        folder.load()


def test_keys_for_cms_and_xml_come_with_a_certificate(tmp_path: Path) -> None:
    """A key for CMS, XML or AS2 is made with a certificate of its own; an issued chain can replace it."""
    folder = KeyFolder(tmp_path, name="BROKERGW")
    ring = folder.open(AT, [Purpose.CMS, Purpose.XML, Purpose.AS2])
    for key in ring:
        own = certificate(key)
        assert own.subject.rfc4514_string() == "CN=BROKERGW"
        assert own.not_valid_before_utc <= AT < own.not_valid_after_utc
    key = ring.signer(Purpose.XML)
    assert certificate(folder.load().signer(Purpose.XML)) == certificate(key)
    issued = issue(key, "BROKERGW", 77, FROM, UNTIL, root()).certificates
    folder.certify(key.kid, issued)
    assert folder.load().signer(Purpose.XML).certificates == issued
    with pytest.raises(KeyFolderError, match="another key"):
        folder.certify(ring.signer(Purpose.CMS).kid, issued)
    with pytest.raises(KeyFolderError, match="no key x"):
        folder.certify("x", issued)


def test_new_keys_of_rsa_are_as_long_as_is_asked_for(tmp_path: Path) -> None:
    """3072 bits where nobody says otherwise, and what the configuration may say is what a key may have."""
    usual = KeyFolder(tmp_path / "usual").generate(Purpose.CMS, AT)
    short = KeyFolder(tmp_path / "short", rsa_bits=2048).generate(Purpose.CMS, AT)
    assert (usual.public.key_size, short.public.key_size) == (3072, 2048)
    assert KeyFolder(tmp_path / "short", rsa_bits=2048).generate(Purpose.XML, AT).algorithm == "ES256"
    assert Keys().rsa_bits == RSA_BITS
    for bits in (RSA_BITS_MIN, RSA_BITS_MAX):
        assert Keys(rsa_bits=bits).rsa_bits == bits
    for bits in (RSA_BITS_MIN - 1, RSA_BITS_MAX + 1):
        with pytest.raises(ValidationError):
            Keys(rsa_bits=bits)


def test_a_private_half_is_in_no_printed_form(key: Key) -> None:
    """The printed forms of a key and a ring hold nothing of the private half."""
    number = key.private.private_numbers().private_value
    assert str(number) not in repr(key)
    assert "signer" not in repr(key)
    assert datetime(2026, 1, 1, tzinfo=UTC) == key.not_before
