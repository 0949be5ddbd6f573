from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import KeyRing, Purpose
from gateway.signing.as2 import (
    known_micalg,
    mic,
    read_name,
    read_request,
    request_headers,
    same_mic,
    write_name,
)
from gateway.signing.as2mdn import SAID, Mdn, Received, Unsupported, accept_mdn, make_mdn
from gateway.signing.mime import Entity, MimeError, write_entity, write_parts
from gateway.signing.smime import Failure, make_message, open_message, sign_entity
from gateway.signing.verdict import Refusal, Verdict
from tests.programs import needs
from tests.signing.authority import UNTIL, alone, certified, root
from tests.signing.samples import AT

ID = "<0001@broker.example>"
OTHER_ID = "<0002@broker.example>"
MIC = mic(b"content")
PARTNER = certified(Purpose.CMS, "RS256", "PARTNER")
EC_PARTNER = alone(Purpose.CMS, "ES256", "PARTNER")
STRANGER = certified(Purpose.CMS, "RS256", "STRANGER")
PINNED = KeyRing([PARTNER.in_state(PARTNER.state)])
MDN = Mdn(sender="PARTNER", receiver="GATEWAY", message_id="<m1@partner.example>", original=ID, mic=MIC)
MARKS = ("----a1", "----b2")


def headers(**changes: str) -> dict[str, str]:
    """Give the headers of a request, with changes; an empty text takes one away."""
    found = request_headers("BROKER01", "GATEWAY", ID) | {
        name.replace("_", "-"): value for name, value in changes.items()
    }
    return {name: value for name, value in found.items() if value}


def test_a_request_reads_back() -> None:
    """What is written as AS2 headers is read as the same request."""
    written = request_headers("BRO KER", 'GATE"WAY', ID, subject="entry", async_url="https://b.example/mdn")
    request = read_request({name.upper(): value for name, value in written.items()})
    assert (request.sender, request.receiver, request.message_id) == ("BRO KER", 'GATE"WAY', ID)
    assert (request.version, request.mdn_wanted, request.signed_mdn) == ("1.2", True, True)
    assert (request.micalg, request.async_url) == ("sha-256", "https://b.example/mdn")
    assert request.identity == "0001@broker.example"


@pytest.mark.parametrize(
    ("options", "signed", "micalg"),
    [
        ("", False, "sha-256"),
        (
            "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha1, SHA256",
            True,
            "sha-256",
        ),
        (
            "signed-receipt-protocol=required,pkcs7-signature;signed-receipt-micalg=required,sha-512,sha-256;",
            True,
            "sha-512",
        ),
        (
            "signed-receipt-protocol = required , pkcs7-signature ; signed-receipt-micalg = required , sha1, md5",
            True,
            "",
        ),
        ("signed-receipt-micalg=optional, sha384", False, "sha-384"),
        ("signed-receipt-protocol=required, pgp-signature", False, "sha-256"),
    ],
)
def test_the_receipt_that_is_asked_for(options: str, signed: bool, micalg: str) -> None:
    """Protocol and the first digest that is ours are read from the options, in any spelling."""
    request = read_request(headers(Disposition_Notification_Options=options))
    assert (request.signed_mdn, request.micalg) == (signed, micalg)


def test_what_products_send_is_taken() -> None:
    """No version, a Message-ID without brackets or `@`, and no receipt wanted are all taken."""
    request = read_request({"AS2-From": "A", "AS2-To": '"B C"', "Message-ID": "OPENAS2-123"})
    assert (request.version, request.identity, request.mdn_wanted) == ("1.0", "OPENAS2-123", False)
    assert read_request(headers(AS2_Version="1.1")).version == "1.1"


@pytest.mark.parametrize(
    "changes",
    [
        {"AS2_Version": "2.0"},
        {"AS2_Version": "1.2\r\nX: y"},
        {"AS2_From": ""},
        {"AS2_From": "A B"},
        {"AS2_From": '"A'},
        {"AS2_From": 'A"B'},
        {"AS2_From": '"A\\B"'},
        {"AS2_From": "é"},
        {"AS2_From": "A" * 129},
        {"AS2_From": "A\x00B"},
        {"AS2_To": '""'},
        {"Message_ID": ""},
        {"Message_ID": "<a b@c>"},
        {"Message_ID": "<a@c>\n"},
        {"Message_ID": "<a\x7f@c>"},
        {"Message_ID": "a" * 999},
        {"Message_ID": "<'; DROP TABLE inbox; --@x>"},
        {"Disposition_Notification_Options": "a==b=;c"},
        {"Disposition_Notification_Options": "a=1; a=2"},
    ],
    ids=str,
)
def test_hostile_headers_are_refused(changes: dict[str, str]) -> None:
    """Names, ids, versions and options that RFC 4130 does not allow are a `Refusal`."""
    with pytest.raises(Refusal):
        read_request(headers(**changes))


def test_names_are_case_sensitive_texts() -> None:
    """A name is compared as it is, without its quotes; quotes and backslashes come back."""
    assert read_name('"a\\"b\\\\"') == 'a"b\\'
    assert write_name('a"b\\') == '"a\\"b\\\\"'
    assert read_name("Abc") != read_name("abc")
    with pytest.raises(Refusal):
        write_name("")


def test_mics_are_compared_by_meaning() -> None:
    """Algorithm names in any spelling are the same, digests are compared exactly, SHA-1 never counts."""
    value = MIC.partition(",")[0]
    assert same_mic(f"{value},SHA256", MIC)
    assert same_mic(f"{value} , sha-256", MIC)
    assert not same_mic(f"{value}, sha-512", MIC)
    assert not same_mic(f"{value[:-2]}A=, sha-256", MIC)
    assert not same_mic(value, MIC)
    assert not same_mic("", "")
    assert not same_mic("x, sha1", "x, sha1")
    assert not same_mic("é, sha-256", MIC)
    assert [known_micalg(name) for name in ("SHA-384", "sha1", "md5", "rsa-sha256")] == [
        "sha-384",
        "",
        "",
        "",
    ]


def accepted(entity: Entity, *, signed: bool = True, message_id: str = ID, expected: str = MIC) -> Verdict:
    """Judge a receipt as the gateway does."""
    return accept_mdn(
        entity.headers, entity.body, PINNED, AT, message_id=message_id, mic=expected, signed=signed
    )[0]


def made(mdn: Mdn = MDN, key: object = PARTNER) -> Entity:
    """Make a receipt as a partner does."""
    return make_mdn(mdn, MARKS, key, AT)


def test_a_receipt_reads_back() -> None:
    """A signed receipt for our message and content is accepted, and its fields are given."""
    entity = made()
    verdict, received = accept_mdn(entity.headers, entity.body, PINNED, AT, message_id=ID, mic=MIC)
    assert verdict.reasons == ()
    assert received == Received(ID, MDN.disposition, MIC)
    assert SAID.encode() in verdict.content
    assert entity.headers["Content-Type"].startswith("multipart/signed;")
    assert accepted(made(key=None), signed=False).ok


def test_a_receipt_is_ascii_lines_with_crlf() -> None:
    """Every line of a receipt ends with CRLF and is ASCII, whatever the text says."""
    entity = made(replace(MDN, text="schön"))
    assert entity.body.isascii()
    assert entity.body.replace(b"\r\n", b"").count(b"\n") == 0


def test_dispositions_are_those_of_the_table() -> None:
    """Each outcome has its words, and a failed receipt does not end the wait."""
    words = {
        None: "processed",
        Failure.DECRYPTION: "processed/error: decryption-failed",
        Failure.SECURITY: "processed/error: insufficient-message-security",
        Unsupported.MICALG: "failed/Failure: unsupported MIC-algorithms",
    }
    for outcome, word in words.items():
        mdn = replace(MDN, outcome=outcome)
        assert mdn.disposition == f"automatic-action/MDN-sent-automatically; {word}"
        assert accepted(made(mdn)).ok is (outcome is None)


@pytest.mark.parametrize(
    ("disposition", "good"),
    [
        ("automatic-action/MDN-sent-automatically; processed/warning: duplicate-document", True),
        ("AUTOMATIC-ACTION/mdn-sent-automatically;Processed", True),
        ("automatic-action / MDN-sent-automatically ; processed", True),
        ("manual-action/MDN-sent-manually; processed", True),
        ("automatic-action/MDN-sent-automatically; processed/Error: authentication-failed", False),
        ("automatic-action/MDN-sent-automatically; processed/error", False),
        ("automatic-action/MDN-sent-automatically; failed/Failure: unsupported format", False),
        ("automatic-action/MDN-sent-automatically; displayed", False),
        ("automatic-action/MDN-sent-automatically; processed; processed", False),
        ("processed", False),
    ],
)
def test_dispositions_are_read_in_any_case(disposition: str, good: bool) -> None:
    """`processed`, with or without a warning, in any case and spacing, is the only one that counts."""
    assert accepted(raw_receipt(fields(Disposition=disposition))).ok is good


def fields(**changes: str) -> dict[str, str]:
    """Give the fields of a receipt, with changes; an empty text takes one away."""
    found = {
        "Reporting-UA": "x",
        "Final-Recipient": "rfc822; PARTNER",
        "Original-Message-ID": ID,
        "Received-content-MIC": MIC,
        "Disposition": MDN.disposition,
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in found.items() if value}


HUMAN = b"Content-Type: text/plain\r\n\r\nReceived.\r\n"


def disposition_part(found: dict[str, str]) -> bytes:
    """Write the part that machines read."""
    return write_entity({"Content-Type": "message/disposition-notification"}, write_entity(found, b""))


def report(
    *parts: bytes, kind: str = "multipart/report; report-type=disposition-notification", mark: str = "b"
) -> Entity:
    """Write a report of any parts."""
    return Entity({"Content-Type": f'{kind}; boundary="{mark}"'}, write_parts(list(parts), mark))


def raw(entity: Entity) -> bytes:
    """Write an entity."""
    return write_entity(entity.headers, entity.body)


def raw_receipt(found: dict[str, str], key: object = PARTNER) -> Entity:
    """Sign a receipt with any fields."""
    return sign_entity(raw(report(HUMAN, disposition_part(found))), key, AT, "a")


def _without_signer() -> Entity:
    from asn1crypto import cms as asn1

    from gateway.signing.cms import sign_cms
    from gateway.signing.mime import write_base64

    inner = raw(report(HUMAN, disposition_part(fields())))
    outer = asn1.ContentInfo.load(sign_cms(inner, PARTNER, AT))
    outer["content"]["signer_infos"] = []
    signature = write_entity(
        {"Content-Type": "application/pkcs7-signature", "Content-Transfer-Encoding": "base64"},
        write_base64(outer.dump(force=True)),
    )
    return Entity({"Content-Type": "multipart/signed; boundary=a"}, write_parts([inner, signature], "a"))


def _second_report() -> Entity:
    """Give a signed text, with an unsigned report behind it as a third part."""
    signed = sign_entity(HUMAN, PARTNER, AT, "a")
    forged = raw(report(HUMAN, disposition_part(fields())))
    return replace(signed, body=signed.body.replace(b"--a--", b"--a\r\n" + forged + b"\r\n--a--"))


def _nested() -> Entity:
    """Give a signed mixed part that holds a report deeper down."""
    inner = raw(report(HUMAN, disposition_part(fields())))
    return sign_entity(raw(report(HUMAN, inner, kind="multipart/mixed", mark="c")), PARTNER, AT, "a")


def _wrapped() -> Entity:
    """Give an unsigned report around a signed one for another message."""
    signed = raw(raw_receipt(fields(Original_Message_ID=OTHER_ID)))
    return report(HUMAN, disposition_part(fields()), signed, mark="c")


FORGED: dict[str, tuple[Callable[[], Entity], str]] = {
    "unsigned": (lambda: report(HUMAN, disposition_part(fields())), "signature/absent"),
    "wrapped": (_wrapped, "signature/absent"),
    "no-signer": (_without_signer, "signers/count"),
    "stranger": (lambda: raw_receipt(fields(), STRANGER), "key/unknown"),
    "other-way": (lambda: raw_receipt(fields(), EC_PARTNER), "key/unknown"),
    "changed": (
        lambda: _edited(raw_receipt(fields(Original_Message_ID=OTHER_ID)), b"0002@", b"0001@"),
        "digest/differs",
    ),
    "changed-disposition": (
        lambda: _edited(
            raw_receipt(fields(Disposition="automatic-action/MDN-sent-automatically; failed")),
            b"failed",
            b"processed",
        ),
        "digest/differs",
    ),
    "second-report": (_second_report, "mime/invalid"),
    "nested": (_nested, "report/absent"),
    "signed-text": (lambda: sign_entity(HUMAN, PARTNER, AT, "a"), "report/absent"),
    "two-dispositions": (
        lambda: sign_entity(
            raw(report(HUMAN, disposition_part(fields()), disposition_part(fields(Disposition="x")))),
            PARTNER,
            AT,
            "a",
        ),
        "report/count",
    ),
    "in-the-text": (
        lambda: sign_entity(
            raw(report(b"Content-Type: text/plain\r\n\r\n" + write_entity(fields(), b""))), PARTNER, AT, "a"
        ),
        "report/count",
    ),
    "other-report": (
        lambda: sign_entity(
            raw(
                report(
                    HUMAN, disposition_part(fields()), kind="multipart/report; report-type=delivery-status"
                )
            ),
            PARTNER,
            AT,
            "a",
        ),
        "report/absent",
    ),
    "replayed": (lambda: raw_receipt(fields(Original_Message_ID=OTHER_ID)), "message-id/other"),
    "no-id": (lambda: raw_receipt(fields(Original_Message_ID="")), "message-id/other"),
    "no-mic": (lambda: raw_receipt(fields(Received_content_MIC="")), "mic/absent"),
    "other-mic": (lambda: raw_receipt(fields(Received_content_MIC=mic(b"other"))), "mic/differs"),
    "other-algorithm": (
        lambda: raw_receipt(fields(Received_content_MIC=mic(b"content", "sha-512"))),
        "mic/differs",
    ),
    "sha1-mic": (lambda: raw_receipt(fields(Received_content_MIC="AAAA, sha1")), "mic/differs"),
    "no-disposition": (lambda: raw_receipt(fields(Disposition="")), "disposition/error"),
    "field-twice": (
        lambda: sign_entity(
            raw(
                report(
                    HUMAN,
                    disposition_part(fields()).replace(b"Disposition:", b"Disposition: x\r\nDisposition:", 1),
                )
            ),
            PARTNER,
            AT,
            "a",
        ),
        "mime/invalid",
    ),
    "no-parts": (lambda: Entity({"Content-Type": "multipart/signed; boundary=a"}, b""), "mime/invalid"),
    "html": (lambda: Entity({"Content-Type": "text/html"}, b"<p>ok"), "signature/absent"),
}


def _edited(entity: Entity, old: bytes, new: bytes) -> Entity:
    assert old in entity.body
    return replace(entity, body=entity.body.replace(old, new))


@pytest.mark.parametrize("name", FORGED)
def test_forged_receipts_are_refused_for_the_right_reason(name: str) -> None:
    """Each forged receipt of the corpus is refused, for the reason that it was made for."""
    make, problem = FORGED[name]
    assert [one.problem for one in accepted(make()).findings] == [problem]


def test_an_expired_certificate_is_refused() -> None:
    """A receipt whose signer's certificate has run out does not hold."""
    entity = make_mdn(MDN, MARKS, PARTNER, UNTIL.replace(year=UNTIL.year + 1))
    at = UNTIL.replace(year=UNTIL.year + 1)
    verdict, _ = accept_mdn(entity.headers, entity.body, PINNED, at, message_id=ID, mic=MIC)
    assert verdict.findings[0].problem == "certificate/out-of-date"


def test_a_refused_receipt_is_still_shown() -> None:
    """What a refused receipt says is given for the record, when it could be read."""
    entity = raw_receipt(fields(Original_Message_ID=OTHER_ID))
    verdict, received = accept_mdn(entity.headers, entity.body, PINNED, AT, message_id=ID, mic=MIC)
    assert not verdict.ok
    assert received.original == OTHER_ID


def test_a_message_and_its_receipt_go_round() -> None:
    """A signed and encrypted message gets a receipt with its MIC, which its sender accepts."""
    ours = alone(Purpose.AS2, "RS256", "GATEWAY")
    entity, octets = make_message(
        b"ISA*...", "application/edi-x12", at=AT, boundary="x1", signer=STRANGER, recipient=ours
    )
    request = read_request(request_headers("BROKER01", "GATEWAY", ID) | dict(entity.headers))
    arrived = Entity({name.lower(): value for name, value in entity.headers.items()}, entity.body)
    found = open_message(arrived, KeyRing([ours]), KeyRing([STRANGER]), AT)
    answer = Mdn(
        sender=request.receiver,
        receiver=request.sender,
        message_id="<a@gw>",
        original=request.message_id,
        mic=mic(found.mic_input, request.micalg),
        outcome=found.failure,
    )
    assert accepted(made(answer), expected=mic(octets)).ok


def test_what_would_break_a_line_is_not_written() -> None:
    """A Message-ID or name with a line end never gets into a receipt."""
    for mdn in (replace(MDN, original="<a>\r\nX: y"), replace(MDN, message_id="a\nb")):
        with pytest.raises(MimeError):
            made(mdn)
    with pytest.raises(Refusal):
        made(replace(MDN, receiver="a\r\nb"))


@needs("openssl")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_openssl_verifies_a_receipt(algorithm: str, tmp_path: Path) -> None:
    """A receipt verifies as a whole with openssl cms and openssl smime, and changed it does not."""
    entity = made(key=certified(Purpose.CMS, algorithm))
    kept = {name: value for name, value in entity.headers.items() if name in {"MIME-Version", "Content-Type"}}
    whole = write_entity(kept, entity.body)
    (tmp_path / "ca.pem").write_bytes(root().certificates)
    for data, good in ((whole, True), (whole.replace(b"; processed", b"; Processed"), False)):
        (tmp_path / "mdn.eml").write_bytes(data)
        for tool in ("cms", "smime"):
            command = f"openssl {tool} -verify -in mdn.eml -CAfile ca.pem -out report.txt".split()
            status = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode
            assert (status == 0) is good, tool


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=4), st.integers(0, 30))
def test_any_damage_to_a_receipt_gives_a_verdict(place: int, new: bytes, cut: int) -> None:
    """A receipt with any piece replaced is accepted with the same report or refused with a reason."""
    at = place % (len(_MADE.body) + 1)
    verdict = accepted(replace(_MADE, body=_MADE.body[:at] + new + _MADE.body[at + cut :]))
    assert verdict.findings or verdict.content == accepted(_MADE).content


_MADE = made()
