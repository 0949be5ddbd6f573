"""AS2 with programs that we did not write.

`GATEWAY_TEST_PYAS2` names the Python of an environment with pyas2lib 1.4.4. BouncyCastle is
used where Java and Debian's `libbcmail-java` are.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.signing import Key, KeyRing, Purpose
from gateway.signing.as2 import mic, read_request, request_headers, same_mic
from gateway.signing.as2mdn import Mdn, accept_mdn, make_mdn
from gateway.signing.mime import Entity, write_entity
from gateway.signing.smime import Compression, make_message, open_message
from tests.signing.authority import alone
from tests.signing.samples import AT

HERE = Path(__file__).parent / "peers"
PYAS2 = os.environ.get("GATEWAY_TEST_PYAS2", "")
JARS = [
    Path("/usr/share/java") / f"{name}.jar" for name in ("bcprov", "bcutil", "bcpkix", "bcmail", "javax.mail")
]
PAYLOAD = b"ISA*00*          *00*~\r\nGS*SO*PARTNER*GATEWAY~\r\n"
OUR_SIGN, OUR_DECRYPT = alone(Purpose.CMS, "RS256", "GATEWAY"), alone(Purpose.AS2, "RS256", "GATEWAY-D")
SIGN, DECRYPT = alone(Purpose.CMS, "RS256", "PARTNER"), alone(Purpose.AS2, "RS256", "PARTNER-D")
Job = Callable[..., dict[str, Any]]


def private_pem(key: Key, passphrase: str = "") -> str:
    """Give key and certificate as PEM."""
    protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return (
        key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection) + key.certificates
    ).decode()


@pytest.fixture(scope="module")
def pyas2() -> Iterator[Job]:
    """Give a running partner made of pyas2lib."""
    if not PYAS2:
        pytest.skip("GATEWAY_TEST_PYAS2 names no Python with pyas2lib")
    command = [PYAS2, str(HERE / "pyas2_peer.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as peer:
        common = {
            "sign_key": private_pem(SIGN, "test"),
            "decrypt_key": private_pem(DECRYPT, "test"),
            "verify_cert": OUR_SIGN.certificates.decode(),
            "encrypt_cert": OUR_DECRYPT.certificates.decode(),
        }

        def job(op: str, **details: object) -> dict[str, Any]:
            peer.stdin.write(json.dumps({"op": op, **common, **details}) + "\n")
            peer.stdin.flush()
            return json.loads(peer.stdout.readline())

        yield job
        peer.stdin.close()


def arrived(answer: dict[str, Any]) -> Entity:
    """Give what a peer made as it arrives."""
    headers = {name.lower(): value.replace("\n", "") for name, value in answer["headers"].items()}
    return Entity(headers, base64.b64decode(answer["body"]))


def text64(data: bytes) -> str:
    """Give bytes as base64 text."""
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("cipher", [None, "aes_128_cbc", "aes_256_cbc"])
@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("compress", [False, True])
def test_pyas2lib_sends_and_takes_our_receipt(
    pyas2: Job, sign: bool, compress: bool, cipher: str | None
) -> None:
    """What pyas2lib sends opens here, and it takes our receipt when it can compare a MIC."""
    answer = pyas2("send", payload=text64(PAYLOAD), sign=sign, compress=compress, cipher=cipher)
    entity = arrived(answer)
    request = read_request(entity.headers)
    found = open_message(entity, KeyRing([OUR_DECRYPT]), KeyRing([replace(SIGN, signer=None)]), AT)
    assert found.findings == ()
    assert found.payload == PAYLOAD
    ours = mic(found.mic_input, request.micalg)
    if not sign:
        return
    assert same_mic(f"{answer['mic']}, sha256", ours)
    mdn = Mdn(
        sender="GATEWAY", receiver="PARTNER", message_id="<m@gw>", original=request.message_id, mic=ours
    )
    receipt = make_mdn(mdn, ("----a1", "----b2"), OUR_SIGN, AT)
    raw = write_entity(receipt.headers, receipt.body)
    assert pyas2("mdn", raw=text64(raw))["status"] == "processed"
    wrong = make_mdn(replace(mdn, mic=mic(b"other")), ("----a1", "----b2"), OUR_SIGN, AT)
    assert pyas2("mdn", raw=text64(write_entity(wrong.headers, wrong.body)))["status"] != "processed"


@pytest.mark.parametrize("cipher", [None, "aes128-cbc", "aes256-cbc"])
@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("compression", list(Compression))
def test_pyas2lib_takes_what_we_send_and_its_receipt_holds(
    pyas2: Job, sign: bool, compression: Compression, cipher: str | None
) -> None:
    """pyas2lib takes what we send, in every combination, and its signed receipt is accepted here."""
    message_id = "<0001@gw.example>"
    entity, octets = make_message(
        PAYLOAD,
        "application/edi-x12",
        at=AT,
        boundary="----m1",
        signer=OUR_SIGN if sign else None,
        recipient=DECRYPT if cipher else None,
        cipher=cipher or "",
        compression=compression,
    )
    headers = request_headers("GATEWAY", "PARTNER", message_id) | dict(entity.headers)
    answer = pyas2("receive", raw=text64(write_entity(headers, entity.body)), sign=sign, cipher=None)
    assert answer["status"] == "processed", answer["error"]
    assert base64.b64decode(answer["payload"]) == PAYLOAD
    receipt = arrived(answer)
    partners = KeyRing([replace(SIGN, signer=None)])
    verdict, received = accept_mdn(
        receipt.headers, receipt.body, partners, AT, message_id=message_id, mic=mic(octets)
    )
    if sign:
        assert verdict.reasons == ()
    else:
        # pyas2lib gives no MIC for a message without a signature; without one nothing is proved.
        assert [one.problem for one in verdict.findings] == ["mic/absent"]
    assert received.original == message_id


def test_pyas2lib_refuses_a_changed_message(pyas2: Job) -> None:
    """A changed byte of our signed message is refused there too."""
    entity, _ = make_message(PAYLOAD, "application/edi-x12", at=AT, boundary="----m1", signer=OUR_SIGN)
    headers = request_headers("GATEWAY", "PARTNER", "<0002@gw.example>") | dict(entity.headers)
    raw = write_entity(headers, entity.body.replace(b"GS*SO", b"GS*SP"))
    assert pyas2("receive", raw=text64(raw), sign=True)["status"] != "processed"


def java(folder: Path, *words: str) -> str:
    """Run the BouncyCastle program."""
    if shutil.which("java") is None or not all(jar.is_file() for jar in JARS):
        pytest.skip("Java with BouncyCastle is not installed")
    path = ":".join(map(str, JARS))
    command = ["java", "-cp", path, str(HERE / "BouncyPeer.java"), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the keys and certificates of both sides."""
    for name, key in (
        ("our-sign", OUR_SIGN),
        ("our-decrypt", OUR_DECRYPT),
        ("sign", SIGN),
        ("decrypt", DECRYPT),
        ("ec", EC),
    ):
        (tmp_path / f"{name}.pem").write_bytes(key.certificates)
        private = key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.key").write_bytes(private)
    return tmp_path


EC = alone(Purpose.CMS, "ES256", "PARTNER-EC")


def test_bouncy_castle_both_ways(folder: Path) -> None:
    """BouncyCastle's signed, compressed and encrypted BER opens here, and it opens ours.

    One run of Java does both directions, with RSA and P-256 signers.
    """
    partners = KeyRing([replace(SIGN, signer=None), replace(EC, signer=None)])
    for number, (signer, cipher) in enumerate(((OUR_SIGN, "aes128-cbc"), (OUR_EC, "aes256-cbc"))):
        entity, _ = make_message(
            PAYLOAD, "application/edi-x12", at=AT, boundary="----m1", signer=signer, recipient=DECRYPT, cipher=cipher,
            compression=(Compression.OUTSIDE, Compression.INSIDE)[number],
        )  # fmt: skip
        (folder / f"in{number}.p7m").write_bytes(entity.body)
        (folder / f"in{number}.pem").write_bytes(signer.certificates)
    (folder / "payload").write_bytes(PAYLOAD)
    lines = java(folder, "2").splitlines()
    assert lines == ["in0 verified", "in1 verified"]
    assert [(folder / f"in{number}.out").read_bytes() for number in range(2)] == [PAYLOAD] * 2
    for name, layers in (
        ("out-rsa", ("encrypted", "compressed", "signed")),
        ("out-ec", ("encrypted", "signed", "compressed")),
    ):
        data = (folder / f"{name}.p7m").read_bytes()
        assert data.startswith(b"\x30\x80"), "BouncyCastle writes indefinite lengths"
        found = open_message(
            Entity({"content-type": "application/pkcs7-mime; smime-type=enveloped-data"}, data),
            KeyRing([OUR_DECRYPT]), partners, AT,
        )  # fmt: skip
        assert found.findings == ()
        assert found.payload.rstrip() == PAYLOAD.rstrip()
        assert found.layers == layers


OUR_EC = alone(Purpose.CMS, "ES256", "GATEWAY-EC")
