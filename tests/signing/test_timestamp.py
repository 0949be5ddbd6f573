from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import KeyRing
from gateway.signing.timestamp import Stamped, timestamp_request, verify_timestamp
from tests.programs import needs

pytestmark = needs("openssl")

DATA = b"gw.example/receipts/2026\n1000\nbduX...\n"
NONCE = 0x7F00112233445566
CONF = """
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[cert]
distinguished_name = dn
prompt = no
x509_extensions = ext
[dn]
CN = Test Authority
[ext]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[other]
keyUsage = critical, digitalSignature
extendedKeyUsage = emailProtection
"""


def _run(folder: Path, command: str) -> None:
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a time-stamping authority of openssl's, and one whose certificate is for mail."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "conf").write_text(CONF)
    (folder / "serial").write_text("01")
    for name, extensions in (("tsa", "ext"), ("mail", "other")):
        _run(
            folder,
            f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 30"
            f" -config conf -section cert -extensions {extensions}",
        )
    return folder


def reply(folder: Path, request: bytes, name: str = "tsa") -> bytes:
    """Let the authority answer a request."""
    (folder / "q.tsq").write_bytes(request)
    _run(
        folder,
        f"openssl ts -reply -config conf -section tsa -queryfile q.tsq -inkey tsa.key -signer {name}.pem -out r.tsr",
    )
    return (folder / "r.tsr").read_bytes()


def ring(folder: Path, name: str = "tsa") -> KeyRing:
    """Pin an authority's certificate."""
    return KeyRing.trusted((folder / f"{name}.pem").read_bytes())


def problems(found: Stamped) -> list[str]:
    """Give the problems of a verdict."""
    return [one.problem for one in found.verdict.findings]


def test_a_reply_proves_a_time(authority: Path) -> None:
    """The reply of openssl's authority to our request proves the present, with and without the nonce."""
    answer = reply(authority, timestamp_request(DATA, NONCE))
    for nonce in (NONCE, None):
        found = verify_timestamp(DATA, answer, ring(authority), nonce)
        assert found.verdict.reasons == ()
        assert abs((found.at - datetime.now(UTC)).total_seconds()) < 600


def test_a_certificate_for_mail_stamps_no_time(authority: Path) -> None:
    """A reply signed by a pinned certificate that is for something else is refused."""
    other = (
        "openssl req -x509 -key tsa.key -out mixed.pem -days 30 -config conf -section cert -extensions other"
    )
    _run(authority, f"{other} -set_serial 7")
    serial = "openssl req -x509 -key tsa.key -out same.pem -days 30 -config conf -section cert -extensions ext -set_serial 7"
    _run(authority, serial)
    answer = reply(authority, timestamp_request(DATA, NONCE), "same")
    assert problems(verify_timestamp(DATA, answer, ring(authority, "mixed"), NONCE)) == ["usage/unexpected"]


def test_openssl_reads_our_request_and_holds_the_reply(authority: Path) -> None:
    """Our request prints with openssl ts, and the reply verifies there over the same data."""
    reply(authority, timestamp_request(DATA, NONCE))
    (authority / "data").write_bytes(DATA)
    _run(authority, "openssl ts -query -in q.tsq -text")
    _run(authority, "openssl ts -verify -in r.tsr -data data -CAfile tsa.pem")


def test_a_reply_for_something_else_is_refused(authority: Path) -> None:
    """Other data, another nonce, another authority and a certificate for mail are refused."""
    answer = reply(authority, timestamp_request(DATA, NONCE))
    assert problems(verify_timestamp(DATA + b"x", answer, ring(authority), NONCE)) == ["digest/differs"]
    assert problems(verify_timestamp(DATA, answer, ring(authority), NONCE + 1)) == ["nonce/differs"]
    assert problems(verify_timestamp(DATA, answer, ring(authority, "mail"), NONCE)) == ["key/unknown"]
    refusal = bytes.fromhex("30053003020102")
    assert problems(verify_timestamp(DATA, refusal, ring(authority), NONCE)) == ["status/refused"]


def test_every_changed_byte_is_refused_or_counts_for_nothing(authority: Path) -> None:
    """No changed byte of a reply proves another time."""
    answer = reply(authority, timestamp_request(DATA, NONCE))
    at = verify_timestamp(DATA, answer, ring(authority), NONCE).at
    for place in range(0, len(answer), 3):
        changed = answer[:place] + bytes([answer[place] ^ 1]) + answer[place + 1 :]
        found = verify_timestamp(DATA, changed, ring(authority), NONCE)
        assert found.at in {None, at} or not found.verdict.ok


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_give_a_verdict(data: bytes) -> None:
    """Any bytes as a reply give a verdict with reasons, never an exception."""
    assert verify_timestamp(DATA, data, KeyRing()).verdict.findings
