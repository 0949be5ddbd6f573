from __future__ import annotations

import itertools
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import KeyRing, KeySetError, Purpose, der, generate
from gateway.signing.envelope import CIPHERS, INFLATED_RATIO_MAX, compress, decompress, decrypt, encrypt
from gateway.signing.mime import Entity, MimeError, read_entity, write_entity
from gateway.signing.smime import Compression, Failure, Opened, make_message, open_message, sign_entity
from gateway.signing.verdict import Refusal
from tests.programs import needs
from tests.signing.authority import alone, certified, root
from tests.signing.samples import AT

needs_openssl = needs("openssl")
SIGNER = certified(Purpose.CMS, "RS256", "BROKER")
RECIPIENT = alone(Purpose.AS2, "RS256", "GATEWAY")
OURS, PARTNERS = KeyRing([RECIPIENT]), KeyRing([replace(SIGNER, signer=None)])
PAYLOAD = b"ISA*00*...~\nGS*SO~\r\n\x00\xff" * 20
BOUNDARY = "----boundary-1"


def lower(entity: Entity) -> Entity:
    """Give an entity as it arrives: names in lower case, no raw octets."""
    return Entity({name.lower(): value for name, value in entity.headers.items()}, entity.body)


def message(**options: object) -> tuple[Entity, bytes]:
    """Make a message with the usual payload."""
    made, mic_input = make_message(PAYLOAD, "application/edi-x12", at=AT, boundary=BOUNDARY, **options)
    return lower(made), mic_input


def opened(entity: Entity) -> Opened:
    """Open a message as the gateway does."""
    return open_message(entity, OURS, PARTNERS, AT)


@pytest.mark.parametrize("cipher", [None, *CIPHERS])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("compression", list(Compression))
def test_every_combination_opens_to_the_same_payload_and_mic(
    compression: Compression, signed: bool, cipher: str | None
) -> None:
    """Signed or not, compressed inside or outside, encrypted with any cipher: payload and MIC come out."""
    made, mic_input = message(
        signer=SIGNER if signed else None,
        recipient=RECIPIENT if cipher else None,
        cipher=cipher or "aes128-cbc",
        compression=compression,
    )
    found = opened(made)
    assert found.findings == ()
    assert (found.payload, found.content_type, found.mic_input) == (PAYLOAD, "application/edi-x12", mic_input)
    assert found.signer == (SIGNER.kid if signed else "")
    expected = {
        "signed": signed,
        "encrypted": cipher is not None,
        "compressed": compression is not Compression.NONE,
    }
    assert {name: name in found.layers for name in expected} == expected


def test_the_mic_is_over_the_right_octets() -> None:
    """Plain: the body alone; signed: the first part with its headers; compressed: the inner entity."""
    inner = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n" + PAYLOAD
    assert message()[1] == PAYLOAD
    assert message(signer=SIGNER)[1] == inner
    assert message(recipient=RECIPIENT)[1] == inner
    assert message(compression=Compression.OUTSIDE)[1] == inner
    assert message(compression=Compression.OUTSIDE, signer=SIGNER)[1] == inner
    compressed = message(compression=Compression.INSIDE, signer=SIGNER)[1]
    assert compressed.startswith(b"Content-Type: application/pkcs7-mime; smime-type=compressed-data")


def test_oaep_is_written_and_read() -> None:
    """RSA-OAEP key transport opens like PKCS #1 v1.5."""
    assert decrypt(encrypt(b"x", RECIPIENT, "aes256-gcm", oaep=True), OURS) == b"x"


def _files(folder: Path) -> None:
    for name, key in (("signer", SIGNER), ("recipient", RECIPIENT)):
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key").write_bytes(pem)
        (folder / f"{name}.pem").write_bytes(key.certificates)
    (folder / "ca.pem").write_bytes(root().certificates)
    (folder / "inner").write_bytes(write_entity({"Content-Type": "application/edi-x12"}, PAYLOAD))


def _run(folder: Path, command: str) -> bytes:
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=True).stdout


@needs_openssl
@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"])
@pytest.mark.parametrize("oaep", [False, True])
def test_openssl_decrypts_what_is_encrypted_here(cipher: str, oaep: bool, tmp_path: Path) -> None:
    """What is encrypted here is decrypted by openssl cms, with every cipher and padding."""
    _files(tmp_path)
    (tmp_path / "m.p7m").write_bytes(encrypt(PAYLOAD, RECIPIENT, cipher, oaep=oaep))
    command = "openssl cms -decrypt -inform DER -in m.p7m -recip recipient.pem -inkey recipient.key -binary"
    assert _run(tmp_path, command) == PAYLOAD


@needs_openssl
@pytest.mark.parametrize("options", ["", "-stream", "-keyid", "-keyopt rsa_padding_mode:oaep"])
@pytest.mark.parametrize("cipher", ["aes128", "aes256", "aes-128-gcm"])
def test_what_openssl_encrypts_opens_here(cipher: str, options: str, tmp_path: Path) -> None:
    """What openssl encrypts opens here: DER and indefinite-length BER, by key id, OAEP, GCM."""
    _files(tmp_path)
    _run(
        tmp_path,
        f"openssl cms -encrypt -binary -in inner -{cipher} -outform DER -out m.p7m -recip recipient.pem {options}",
    )
    entity = Entity(
        {"content-type": "application/pkcs7-mime; smime-type=enveloped-data"},
        (tmp_path / "m.p7m").read_bytes(),
    )
    found = opened(entity)
    assert found.findings == ()
    assert found.payload == PAYLOAD
    assert found.layers == ("encrypted",)


@needs_openssl
def test_openssl_verifies_the_signed_message(tmp_path: Path) -> None:
    """The whole signed message verifies with openssl cms and openssl smime, and changed it does not."""
    _files(tmp_path)
    text = b"ISA*00*...~\r\nGS*SO~\r\n"
    made, _ = make_message(text, "text/plain", at=AT, boundary=BOUNDARY, signer=SIGNER)
    whole = write_entity({"MIME-Version": "1.0", **made.headers}, made.body)
    for data, good in ((whole, True), (whole.replace(b"GS*SO", b"GS*SP", 1), False)):
        (tmp_path / "m.eml").write_bytes(data)
        for tool in ("cms", "smime"):
            command = f"openssl {tool} -verify -in m.eml -CAfile ca.pem -out out"
            status = subprocess.run(
                command.split(), cwd=tmp_path, capture_output=True, check=False
            ).returncode
            assert (status == 0) is good, tool


@needs_openssl
@pytest.mark.parametrize("options", ["", "-md sha384", "-nocerts"])
def test_what_openssl_signs_and_encrypts_opens_here(options: str, tmp_path: Path) -> None:
    """A message signed, then encrypted by openssl, streaming, opens here with its MIC over the signed part."""
    _files(tmp_path)
    _run(
        tmp_path,
        f"openssl cms -sign -binary -in inner -signer signer.pem -inkey signer.key -out s.eml {options}",
    )
    signed = (tmp_path / "s.eml").read_bytes().partition(b"MIME-Version: 1.0")[2].lstrip()
    (tmp_path / "s.mime").write_bytes(signed)
    _run(
        tmp_path,
        "openssl cms -encrypt -stream -binary -in s.mime -aes128 -outform DER -out m.p7m recipient.pem",
    )
    entity = Entity(
        {"content-type": "application/pkcs7-mime; smime-type=enveloped-data"},
        (tmp_path / "m.p7m").read_bytes(),
    )
    found = opened(entity)
    assert found.findings == ()
    assert found.layers == ("encrypted", "signed")
    assert found.mic_input.rstrip(b"\r\n") == (tmp_path / "inner").read_bytes().rstrip(b"\r\n")


def _changed(entity: Entity, old: bytes, new: bytes) -> Entity:
    assert old in entity.body
    return replace(entity, body=entity.body.replace(old, new, 1))


def _twice(kind: str) -> Entity:
    raw = write_entity({"Content-Type": "text/plain"}, b"x")
    if kind == "compressed":
        hidden = {"Content-Type": "application/pkcs7-mime; smime-type=compressed-data"}
        return lower(Entity(hidden, compress(write_entity(hidden, compress(raw)))))
    once = sign_entity(raw, SIGNER, AT, "a")
    return lower(sign_entity(write_entity(once.headers, once.body), SIGNER, AT, "b"))


def _encrypted_inside() -> Entity:
    hidden = {"Content-Type": "application/pkcs7-mime; smime-type=enveloped-data"}
    raw = write_entity(hidden, encrypt(write_entity({"Content-Type": "text/plain"}, b"x"), RECIPIENT))
    return lower(sign_entity(raw, SIGNER, AT, "a"))


def _hidden(kind: str, data: bytes) -> Entity:
    return Entity({"content-type": f"application/pkcs7-mime; smime-type={kind}"}, data)


def _bomb() -> bytes:
    return compress(b"Content-Type: text/plain\r\n\r\n" + bytes(4_000_000))


def _zlib(packed: bytes) -> bytes:
    inner = der.sequence(der.oid("1.2.840.113549.1.7.1"), der.tlv(0xA0, der.octets(packed)))
    named = der.sequence(der.oid("1.2.840.113549.1.9.16.3.8"))
    body = der.sequence(der.integer(0), named, inner)
    return der.sequence(der.oid("1.2.840.113549.1.9.16.1.9"), der.tlv(0xA0, body))


def _recipients(count: int) -> bytes:
    outer = asn1.ContentInfo.load(encrypt(b"x", RECIPIENT))
    infos = outer["content"]["recipient_infos"]
    outer["content"]["recipient_infos"] = [infos[0]] * count
    return outer.dump(force=True)


def _other_cipher() -> bytes:
    outer = asn1.ContentInfo.load(encrypt(b"x", RECIPIENT))
    inner = outer["content"]["encrypted_content_info"]
    inner["content_encryption_algorithm"] = {"algorithm": "tripledes_3key", "parameters": bytes(8)}
    return outer.dump(force=True)


STRANGER = certified(Purpose.CMS, "RS256", "STRANGER")
OTHER = alone(Purpose.AS2, "RS256", "OTHER")

HOSTILE: dict[str, tuple[Callable[[], Entity], Failure, str]] = {
    "changed": (
        lambda: _changed(message(signer=SIGNER)[0], b"GS*SO", b"GS*SP"),
        Failure.INTEGRITY,
        "digest/differs",
    ),
    "changed-header": (
        lambda: _changed(message(signer=SIGNER)[0], b"edi-x12", b"edifact"),
        Failure.INTEGRITY,
        "digest/differs",
    ),
    "stranger": (lambda: message(signer=STRANGER)[0], Failure.AUTHENTICATION, "key/unknown"),
    "three-parts": (
        lambda: _changed(
            message(signer=SIGNER)[0],
            b"------boundary-1--",
            b"------boundary-1\r\n\r\nx\r\n------boundary-1--",
        ),
        Failure.PROCESSING,
        "mime/invalid",
    ),
    "one-part": (
        lambda: Entity({"content-type": "multipart/signed; boundary=a"}, b"--a\r\n\r\nx\r\n--a--"),
        Failure.PROCESSING,
        "mime/invalid",
    ),
    "no-end": (
        lambda: Entity({"content-type": "multipart/signed; boundary=a"}, b"--a\r\n\r\nx\r\n"),
        Failure.PROCESSING,
        "mime/invalid",
    ),
    "no-boundary": (
        lambda: Entity({"content-type": "multipart/signed"}, b"--a"),
        Failure.PROCESSING,
        "mime/invalid",
    ),
    "other-recipient": (lambda: message(recipient=OTHER)[0], Failure.DECRYPTION, "key/unknown"),
    "not-cms": (lambda: _hidden("enveloped-data", b"x"), Failure.DECRYPTION, "asn1/invalid"),
    "not-cms-compressed": (lambda: _hidden("compressed-data", b"x"), Failure.DECOMPRESSION, "asn1/invalid"),
    "cms-data": (
        lambda: _hidden("enveloped-data", asn1.ContentInfo({"content_type": "data", "content": b"x"}).dump()),
        Failure.DECRYPTION,
        "asn1/invalid",
    ),
    "no-entity-inside": (
        lambda: _hidden("enveloped-data", encrypt(b"x", RECIPIENT)),
        Failure.DECRYPTION,
        "decryption/failed",
    ),
    "many-recipients": (
        lambda: _hidden("enveloped-data", _recipients(11)),
        Failure.DECRYPTION,
        "recipients/over",
    ),
    "old-cipher": (
        lambda: _hidden("enveloped-data", _other_cipher()),
        Failure.DECRYPTION,
        "algorithm/not-allowed",
    ),
    "bomb": (lambda: _hidden("compressed-data", _bomb()), Failure.DECOMPRESSION, "length/over"),
    "cut-zlib": (
        lambda: _hidden("compressed-data", _zlib(zlib.compress(b"x" * 50)[:-3])),
        Failure.DECOMPRESSION,
        "decompression/failed",
    ),
    "more-zlib": (
        lambda: _hidden("compressed-data", _zlib(zlib.compress(b"x") + b"more")),
        Failure.DECOMPRESSION,
        "decompression/failed",
    ),
    "signed-twice": (lambda: _twice("signed"), Failure.PROCESSING, "layers/order"),
    "compressed-twice": (lambda: _twice("compressed"), Failure.PROCESSING, "layers/order"),
    "encrypted-inside": (_encrypted_inside, Failure.PROCESSING, "layers/order"),
    "unknown-encoding": (
        lambda: Entity({"content-type": "text/plain", "content-transfer-encoding": "x-uuencode"}, b"x"),
        Failure.PROCESSING,
        "mime/invalid",
    ),
    "no-type": (lambda: Entity({"content-type": "plain"}, b"x"), Failure.PROCESSING, "mime/invalid"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_fail_with_the_right_word(name: str) -> None:
    """Each hostile message of the corpus fails with its AS2 word and reason, and gives no payload."""
    make, failure, problem = HOSTILE[name]
    found = opened(make())
    assert (found.failure, [one.problem for one in found.findings]) == (failure, [problem])
    assert found.payload == b""


@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes128-gcm"])
def test_a_wrong_key_and_a_wrong_padding_are_the_same_failure(cipher: str) -> None:
    """Whatever is changed in an encrypted message, after the recipient is found there is one answer."""
    sealed = encrypt(write_entity({"Content-Type": "text/plain"}, b"x" * 64), RECIPIENT, cipher)
    outer = asn1.ContentInfo.load(sealed)
    wrapped = outer["content"]["recipient_infos"][0].chosen["encrypted_key"].native
    start = sealed.index(wrapped)
    seen = set()
    for place in (start, start + 100, start + len(wrapped) - 1, len(sealed) - 17):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        found = opened(_hidden("enveloped-data", changed))
        seen.add((found.failure, tuple((one.code, one.message, one.actual) for one in found.findings)))
    assert len(seen) == 1
    ((failure, _),) = seen
    assert failure is Failure.DECRYPTION


def test_inflation_is_bounded() -> None:
    """Content that grows up to the ratio is read, and one that grows more is refused."""
    fine = bytes(range(256)) * 200
    assert decompress(compress(fine)) == fine
    with pytest.raises(Refusal):
        decompress(compress(bytes(INFLATED_RATIO_MAX * 10_000)))


def test_what_cannot_be_made_says_so() -> None:
    """No encryption for an EC key or an unknown cipher, no boundary that occurs in the content."""
    for wrong in (
        lambda: encrypt(b"x", alone(Purpose.AS2, "ES256")),
        lambda: encrypt(b"x", RECIPIENT, "des"),
        lambda: encrypt(b"x", generate(Purpose.AS2)),
        lambda: decrypt(encrypt(b"x", RECIPIENT), KeyRing([replace(RECIPIENT, signer=None)])),
    ):
        with pytest.raises(KeySetError):
            wrong()
    with pytest.raises(MimeError):
        make_message(b"--b", "text/plain", at=AT, boundary="b", signer=SIGNER)
    with pytest.raises(MimeError):
        make_message(b"x", "text/plain\r\nX: y", at=AT, boundary="b", signer=SIGNER)


def test_transfer_encodings_and_names_of_types() -> None:
    """Base64, quoted-printable and the x- names of types are read like the plain ones."""
    import base64

    made, _ = message(signer=SIGNER, recipient=RECIPIENT)
    body = base64.encodebytes(made.body)
    headers = {"content-type": "Application/X-PKCS7-MIME", "content-transfer-encoding": "BASE64"}
    assert opened(Entity(headers, body)).payload == PAYLOAD
    quoted = Entity(
        {"content-type": "text/plain", "content-transfer-encoding": "quoted-printable"}, b"a=3Db=\r\nc"
    )
    assert opened(quoted).payload == b"a=bc"
    named = Entity({"content-type": "text/plain", "content-disposition": 'attachment; filename="../x"'}, b"")
    assert opened(named).filename == "../x"


_MADE = [
    message(signer=signer, recipient=recipient, compression=way)[0]
    for signer, recipient, way in itertools.product((None, SIGNER), (None, RECIPIENT), Compression)
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_MADE), st.integers(0, 10**6), st.binary(max_size=4), st.integers(0, 40))
def test_any_damage_gives_an_outcome(entity: Entity, place: int, new: bytes, cut: int) -> None:
    """A message with any piece replaced is opened or fails with a word, never with an exception."""
    at = place % (len(entity.body) + 1)
    found = opened(replace(entity, body=entity.body[:at] + new + entity.body[at + cut :]))
    assert (found.failure is None) is (found.findings == ())
    if "signed" in entity.headers["content-type"]:
        assert found.failure is not None or found.payload == PAYLOAD


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_entity_or_an_error(data: bytes) -> None:
    """Any bytes are a MIME entity or a `MimeError`."""
    try:
        entity = read_entity(data)
    except MimeError:
        return
    assert data.endswith(entity.body)
