"""AS2 with programs that we did not write: pyas2lib and BouncyCastle (`peers/partners.py`)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.signing import KeyRing, Purpose
from gateway.signing.as2 import mic, read_request, request_headers, same_mic
from gateway.signing.as2mdn import Mdn, accept_mdn, make_mdn
from gateway.signing.mime import Entity, read_entity, write_entity
from gateway.signing.smime import Compression, make_message, open_message
from tests.signing.authority import alone
from tests.signing.peers.partners import Job, arrived, bouncy, pyas2, text64
from tests.signing.samples import AT

PAYLOAD = b"ISA*00*          *00*~\r\nGS*SO*PARTNER*GATEWAY~\r\n"
OUR_SIGN, OUR_DECRYPT = alone(Purpose.CMS, "RS256", "GATEWAY"), alone(Purpose.AS2, "RS256", "GATEWAY-D")
SIGN, DECRYPT = alone(Purpose.CMS, "RS256", "PARTNER"), alone(Purpose.AS2, "RS256", "PARTNER-D")
OUR_EC, EC = alone(Purpose.CMS, "ES256", "GATEWAY-EC"), alone(Purpose.CMS, "ES256", "PARTNER-EC")
Tell = Callable[..., str]


@pytest.fixture(scope="module")
def peer() -> Iterator[Job]:
    """Give a running partner made of pyas2lib."""
    with pyas2(SIGN, DECRYPT) as job:
        certificates = {
            "verify_cert": OUR_SIGN.certificates.decode(), "encrypt_cert": OUR_DECRYPT.certificates.decode()
        }  # fmt: skip
        yield lambda op, **details: job(op, **certificates, **details)


@pytest.mark.parametrize("cipher", [None, "aes_128_cbc", "aes_256_cbc"])
@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("compress", [False, True])
def test_pyas2lib_sends_and_takes_our_receipt(
    peer: Job, sign: bool, compress: bool, cipher: str | None
) -> None:
    """What pyas2lib sends opens here, and it takes our receipt when it can compare a MIC."""
    answer = peer("send", payload=text64(PAYLOAD), sign=sign, compress=compress, cipher=cipher)
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
    assert peer("mdn", raw=text64(raw))["status"] == "processed"
    wrong = make_mdn(replace(mdn, mic=mic(b"other")), ("----a1", "----b2"), OUR_SIGN, AT)
    assert peer("mdn", raw=text64(write_entity(wrong.headers, wrong.body)))["status"] != "processed"


@pytest.mark.parametrize("cipher", [None, "aes128-cbc", "aes256-cbc"])
@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("compression", list(Compression))
def test_pyas2lib_takes_what_we_send_and_its_receipt_holds(
    peer: Job, sign: bool, compression: Compression, cipher: str | None
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
    answer = peer("receive", raw=text64(write_entity(headers, entity.body)), sign=sign, cipher=None)
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


def test_pyas2lib_refuses_a_changed_message(peer: Job) -> None:
    """A changed byte of our signed message is refused there too."""
    entity, _ = make_message(PAYLOAD, "application/edi-x12", at=AT, boundary="----m1", signer=OUR_SIGN)
    headers = request_headers("GATEWAY", "PARTNER", "<0002@gw.example>") | dict(entity.headers)
    raw = write_entity(headers, entity.body.replace(b"GS*SO", b"GS*SP"))
    assert peer("receive", raw=text64(raw), sign=True)["status"] != "processed"


@pytest.fixture(scope="module")
def castle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tell, Path]]:
    """Give a running partner made of BouncyCastle, and its folder."""
    folder = tmp_path_factory.mktemp("bouncy")
    keys = {"sign": SIGN, "ec": EC, "decrypt": DECRYPT, "our_sign": OUR_SIGN, "our_ec": OUR_EC}
    with bouncy(folder, **keys, our_decrypt=replace(OUR_DECRYPT, signer=None)) as tell:
        (folder / "payload").write_bytes(PAYLOAD)
        yield tell, folder


LAYERS = [
    (sign, compress, encrypt)
    for sign in ("rsa", "ec", "none")
    for compress in ("none", "inside", "outside")
    for encrypt in ("none", "aes128", "aes256")
]


@pytest.mark.parametrize(("sign", "compress", "encrypt"), LAYERS)
def test_what_bouncy_castle_sends_opens_here(
    castle: tuple[Tell, Path], sign: str, compress: str, encrypt: str
) -> None:
    """Every combination of layers, in the BER of Java, opens; a changed signed part does not."""
    tell, folder = castle
    tell("make", "out", sign, compress, encrypt)
    raw = (folder / "out.eml").read_bytes()
    entity = read_entity(raw)
    # A file ends with a line end of its own; HTTP has none there.
    entity = Entity(entity.headers, entity.body)
    partners = KeyRing([replace(SIGN, signer=None), replace(EC, signer=None)])
    found = open_message(entity, KeyRing([OUR_DECRYPT]), partners, AT)
    assert found.findings == ()
    assert found.payload.rstrip() == PAYLOAD.rstrip()
    assert ("signed" in found.layers) is (sign != "none")
    assert ("encrypted" in found.layers) is (encrypt != "none")
    assert ("compressed" in found.layers) is (compress != "none")
    if encrypt != "none":
        assert entity.body.startswith(b"\x30\x80"), "BouncyCastle writes indefinite lengths"
    if (sign != "none", compress, encrypt) == (True, "none", "none"):
        changed = Entity(entity.headers, entity.body.replace(b"GS*SO", b"GS*SP"))
        assert open_message(changed, KeyRing([OUR_DECRYPT]), partners, AT).failure == "integrity-check-failed"


@pytest.mark.parametrize("compression", list(Compression))
@pytest.mark.parametrize("cipher", [None, "aes128-cbc", "aes256-cbc"])
@pytest.mark.parametrize("signer", ["our-sign", "our-ec", None])
def test_bouncy_castle_opens_what_we_send(
    castle: tuple[Tell, Path], signer: str | None, cipher: str | None, compression: Compression
) -> None:
    """Every combination of layers opens there, is verified, and gives the same MIC; its receipt holds here."""
    tell, folder = castle
    entity, octets = make_message(
        PAYLOAD, "application/edi-x12", at=AT, boundary="----m1", cipher=cipher or "", compression=compression,
        signer={"our-sign": OUR_SIGN, "our-ec": OUR_EC, None: None}[signer], recipient=DECRYPT if cipher else None,
    )  # fmt: skip
    (folder / "in.eml").write_bytes(write_entity(entity.headers, entity.body))
    by, value = tell("open", "in", signer or "our-sign").split()
    assert by == ("verified" if signer else "unsigned")
    assert (folder / "in.out").read_bytes() == PAYLOAD
    assert same_mic(f"{value}, sha256", mic(octets))
    tell("mdn", "receipt", "<m1@gw.example>", value)
    receipt = read_entity((folder / "receipt.eml").read_bytes())
    partners = KeyRing([replace(SIGN, signer=None)])
    verdict, _ = accept_mdn(
        receipt.headers, receipt.body, partners, AT, message_id="<m1@gw.example>", mic=mic(octets)
    )
    assert verdict.reasons == ()
    wrong, _ = accept_mdn(
        receipt.headers, receipt.body, partners, AT, message_id="<m1@gw.example>", mic=mic(b"x")
    )
    assert not wrong.ok


@pytest.mark.parametrize("key", [OUR_SIGN, OUR_EC], ids=["rsa", "p256"])
def test_bouncy_castle_verifies_our_receipt(castle: tuple[Tell, Path], key: object) -> None:
    """Our receipt verifies there and says what we said; with one changed byte it does not."""
    tell, folder = castle
    mdn = Mdn(sender="GATEWAY", receiver="PARTNER", message_id="<m@gw>", original="<o@p>", mic=mic(b"x"))
    receipt = make_mdn(mdn, ("----a1", "----b2"), key, AT)
    raw = write_entity(receipt.headers, receipt.body)
    name = "our-sign" if key is OUR_SIGN else "our-ec"
    (folder / "mdn.eml").write_bytes(raw)
    told = tell("check", "mdn", name)
    assert told.startswith("verified ")
    assert "Original-Message-ID: <o@p>|" in told
    assert f"Received-content-MIC: {mic(b'x')}|" in told
    (folder / "mdn.eml").write_bytes(raw.replace(b"; processed", b"; Processed"))
    assert tell("check", "mdn", name).startswith("forged ")
