from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import Key, KeyRing, KeySetError, Purpose, generate
from gateway.signing.httpbase import Message, signature_base
from gateway.signing.httpsig import (
    AGE_SECONDS_MAX,
    ALGORITHM_NAMES,
    REQUEST_CARRIES,
    REQUEST_COVERS,
    REQUEST_TAG,
    RESPONSE_TAG,
    SignedMessage,
    check_content_digest,
    content_digest,
    sign_http,
    verify_http,
)
from gateway.signing.jsontext import decode64
from gateway.signing.keys import CLOCK_SKEW, private_key
from gateway.signing.structured import (
    FieldError,
    InnerList,
    Item,
    Token,
    read_dictionary,
    write_inner_list,
    write_item,
)
from tests.programs import needs

NOW = 1_795_332_226
KEY = generate(Purpose.HTTP)
RING = KeyRing([KEY])
BODY = b"ISA*00*..."
REQUEST = Message(
    method="POST",
    target_uri="https://GW.example:443/v1/submissions?a=b",
    fields=[("Content-Type", "application/edi-x12"), ("Content-Digest", content_digest(BODY))],
)
ANSWER = b'{"id":"01KAP3"}'
RESPONSE = Message(
    status=202,
    fields=[("Content-Type", "application/json"), ("content-digest", content_digest(ANSWER))],
    request=REQUEST,
)
RESPONSE_COVERS = (
    "@status",
    "content-type",
    "content-digest",
    "content-digest;req",
    "@method;req",
    "@target-uri;req",
)


def with_fields(message: Message, fields: dict[str, str]) -> Message:
    """Add fields to a message."""
    return replace(message, fields=[*message.fields, *fields.items()])


def signed_request(key: Key = KEY, created: int = NOW, nonce: str = "n1", **changes: object) -> Message:
    """Give the request with a partner's signature."""
    fields = sign_http(REQUEST, key, REQUEST_COVERS, created, tag=REQUEST_TAG, nonce=nonce, **changes)
    return with_fields(REQUEST, fields)


def verified(
    message: Message, body: bytes | None = BODY, now: int = NOW, ring: KeyRing = RING
) -> SignedMessage:
    """Verify a request as the gateway does."""
    return verify_http(
        message, ring, now, tag=REQUEST_TAG, covers=REQUEST_COVERS, parameters=REQUEST_CARRIES, body=body
    )


def test_the_example_of_the_rfc() -> None:
    """The Ed25519 example of RFC 9421 B.2.6 gives the base and the signature that stand there."""
    private = Ed25519PrivateKey.from_private_bytes(decode64("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"))
    key = replace(private_key(private, Purpose.HTTP), kid="test-key-ed25519")
    message = Message(
        method="POST",
        target_uri="https://example.com/foo?param=Value&Pet=dog",
        fields=[
            ("Host", "example.com"),
            ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("Content-Type", "application/json"),
            ("Content-Length", "18"),
        ],
    )
    names = ("date", "@method", "@path", "@authority", "content-type", "content-length")
    given = read_dictionary(
        f"sig-b26=({' '.join(chr(34) + name + chr(34) for name in names)})"
        ';created=1618884473;keyid="test-key-ed25519"'
    )["sig-b26"]
    base = signature_base(message, given)
    assert base.startswith(b'"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@method": POST\n"@path": /foo\n')
    assert not base.endswith(b"\n")
    expected = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    assert base64.b64encode(key.sign(base)).decode() == expected


@pytest.mark.parametrize("algorithm", ALGORITHM_NAMES)
def test_a_signed_response_holds_with_its_request(algorithm: str) -> None:
    """A response signed over itself and its request holds, and with another request it does not."""
    key = generate(Purpose.HTTP, algorithm=algorithm)
    fields = sign_http(RESPONSE, key, RESPONSE_COVERS, NOW, tag=RESPONSE_TAG, label="rcpt")
    message = with_fields(RESPONSE, fields)
    ring = KeyRing.from_jwks(KeyRing([key]).jwks())
    found = verify_http(message, ring, NOW, tag=RESPONSE_TAG, covers=RESPONSE_COVERS, body=ANSWER)
    assert found.verdict.reasons == ()
    assert found.covered == RESPONSE_COVERS
    for other in (
        replace(message, status=200),
        replace(message, request=replace(REQUEST, method="PUT")),
        replace(message, request=replace(REQUEST, target_uri="https://gw.example/v1/other")),
        replace(message, request=replace(REQUEST, fields=[("Content-Digest", content_digest(b"other"))])),
        replace(message, request=None),
    ):
        assert not verify_http(
            other, ring, NOW, tag=RESPONSE_TAG, covers=RESPONSE_COVERS, body=ANSWER
        ).verdict


def test_a_signed_request_holds() -> None:
    """A partner's signed request holds, and its nonce is handed on."""
    found = verified(signed_request())
    assert found.verdict.reasons == ()
    assert (found.nonce, found.created, found.keyid) == ("n1", NOW, KEY.kid)


def _without(name: str) -> Message:
    message = signed_request()
    return replace(message, fields=[one for one in message.fields if one[0].lower() != name])


def _text(pattern: str, new: str) -> Message:
    message = signed_request()
    return replace(message, fields=[(name, value.replace(pattern, new)) for name, value in message.fields])


STRANGER = generate(Purpose.HTTP)
OTHER_PURPOSE = generate(Purpose.LOG)

HOSTILE: dict[str, tuple[Callable[[], SignedMessage], str]] = {
    "body": (lambda: verified(signed_request(), b"other"), "digest/differs"),
    "method": (lambda: verified(replace(signed_request(), method="PUT")), "signature/invalid"),
    "uri": (
        lambda: verified(replace(signed_request(), target_uri="https://gw.example/")),
        "signature/invalid",
    ),
    "digest-field": (
        lambda: verified(_text(content_digest(BODY), content_digest(b"other")), b"other"),
        "signature/invalid",
    ),
    "second-digest-field": (
        lambda: verified(with_fields(signed_request(), {"Content-Digest": content_digest(b"o")})),
        "signature/invalid",
    ),
    "stale": (lambda: verified(signed_request(created=NOW - AGE_SECONDS_MAX - 1)), "time/past"),
    "future": (lambda: verified(signed_request(created=NOW + 61)), "time/future"),
    "expired": (lambda: verified(signed_request(expires=NOW - 1)), "time/past"),
    "created-changed": (lambda: verified(_text(f"created={NOW}", f"created={NOW - 1}")), "signature/invalid"),
    "created-text": (lambda: verified(_text(f"created={NOW}", 'created="now"')), "time/absent"),
    "created-true": (lambda: verified(_text(f"created={NOW}", "created")), "time/absent"),
    "created-absent": (lambda: verified(_text(f";created={NOW}", "")), "parameter/absent"),
    "no-nonce": (lambda: verified(signed_request(nonce="")), "parameter/absent"),
    "nonce-changed": (lambda: verified(_text('nonce="n1"', 'nonce="n2"')), "signature/invalid"),
    "nonce-long": (lambda: verified(signed_request(nonce="n" * 200)), "nonce/invalid"),
    "other-tag": (lambda: verified(_text(REQUEST_TAG, "other")), "signature/count"),
    "no-tag": (lambda: verified(_text(f';tag="{REQUEST_TAG}"', "")), "signature/count"),
    "two-with-the-tag": (
        lambda: verified(
            with_fields(
                signed_request(),
                sign_http(REQUEST, KEY, REQUEST_COVERS, NOW, tag=REQUEST_TAG, label="b", nonce="x"),
            )
        ),
        "signature/count",
    ),
    "unsigned": (lambda: verified(REQUEST), "component/absent"),
    "no-signature": (lambda: verified(_without("signature")), "component/absent"),
    "other-label": (lambda: verified(_text("sig=:", "b=:")), "signature/absent"),
    "signature-text": (lambda: verified(_text("sig=:", 'sig="x", b=:')), "signature/absent"),
    "not-a-field": (lambda: verified(_text("sig=(", "sig=((")), "field/invalid"),
    "stranger": (lambda: verified(signed_request(STRANGER)), "key/unknown"),
    "other-purpose": (
        lambda: verified(signed_request(OTHER_PURPOSE), ring=KeyRing([OTHER_PURPOSE])),
        "key/unknown",
    ),
    "strangers-signature": (
        lambda: verified(_text(KEY.kid, KEY.kid), ring=KeyRing([replace(STRANGER, kid=KEY.kid)])),
        "signature/invalid",
    ),
    "other-alg": (lambda: verified(_text('alg="ed25519"', 'alg="hmac-sha256"')), "algorithm/not-the-keys"),
    "uncovered": (
        lambda: verified(
            with_fields(
                REQUEST,
                sign_http(REQUEST, KEY, ["@method", "content-digest"], NOW, tag=REQUEST_TAG, nonce="n"),
            )
        ),
        "component/uncovered",
    ),
    "covered-twice": (lambda: verified(_text('("@method"', '("@method" "@method"')), "component/repeated"),
    "unknown-parameter": (
        lambda: verified(_text('("@method"', '("content-type";bs "@method"')),
        "component/unsupported",
    ),
    "req-without-request": (lambda: verified(_text('("@method"', '("x";req "@method"')), "component/absent"),
    "status-of-a-request": (
        lambda: verified(_text('("@method"', '("@status" "@method"')),
        "component/absent",
    ),
    "query-param": (lambda: verified(_text('("@method"', '("@query-param" "@method"')), "component/absent"),
    "component-number": (lambda: verified(_text('("@method"', '(1 "@method"')), "component/unsupported"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests_are_refused_for_the_right_reason(name: str) -> None:
    """Each forged or stale request of the corpus is refused, for the reason that it was made for."""
    make, problem = HOSTILE[name]
    assert [one.problem for one in make().verdict.findings] == [problem]


@pytest.mark.parametrize(("late_by", "problems"), [(0, []), (1, ["key/out-of-date"])])
def test_a_key_that_is_past_its_end_signs_no_more(late_by: int, problems: list[str]) -> None:
    """A signature counts until the clocks' difference after the key's end, and not a second longer."""
    end = datetime.fromtimestamp(NOW - late_by, UTC) - CLOCK_SKEW
    ring = KeyRing([replace(KEY, not_before=None, not_after=end)])
    found = verified(signed_request(), ring=ring)
    assert [one.problem for one in found.verdict.findings] == problems


def test_a_second_signature_by_somebody_else_does_not_disturb() -> None:
    """Two labels with two tags: the one with our tag is the one that counts."""
    other = sign_http(REQUEST, STRANGER, ["@method"], NOW, tag="other", label="proxy")
    fields = sign_http(REQUEST, KEY, REQUEST_COVERS, NOW, tag=REQUEST_TAG, nonce="n")
    both = {name: f"{other[name]}, {fields[name]}" for name in fields}
    assert verified(with_fields(REQUEST, both)).verdict.ok


def test_a_component_that_is_not_there_cannot_be_signed() -> None:
    """Signing what the message has not, or with a key without a name in the RFC, is an error."""
    for wrong in (
        lambda: sign_http(RESPONSE, KEY, ["x-absent"], NOW, tag="t"),
        lambda: sign_http(REQUEST, KEY, ["@status"], NOW, tag="t"),
        lambda: sign_http(REQUEST, KEY, ["content-digest;req"], NOW, tag="t"),
        lambda: sign_http(with_fields(REQUEST, {"x": "é"}), KEY, ["x"], NOW, tag="t"),
        lambda: sign_http(with_fields(REQUEST, {"x": "a\nb"}), KEY, ["x"], NOW, tag="t"),
        lambda: sign_http(REQUEST, generate(Purpose.HTTP, algorithm="PS256"), ["@method"], NOW, tag="t"),
    ):
        with pytest.raises(KeySetError):
            wrong()


def test_derived_components() -> None:
    """Authority, path, query and their like are those of RFC 9421 section 2.2."""
    names = ("@authority", "@scheme", "@path", "@query", "@request-target", "x")
    message = with_fields(REQUEST, {"X": "  a\r\n   b ", "x": "c"})
    base = signature_base(message, InnerList(tuple(Item(name) for name in names)))
    assert base.decode().split("\n")[:-1] == [
        '"@authority": gw.example',
        '"@scheme": https',
        '"@path": /v1/submissions',
        '"@query": ?a=b',
        '"@request-target": /v1/submissions?a=b',
        '"x": a b, c',
    ]


def test_content_digest_is_held_to_every_algorithm_that_we_know() -> None:
    """Right digests pass, unknown ones are ignored, a wrong one among right ones is refused."""
    import hashlib

    long = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
    assert check_content_digest(f"sha-512=:{long}:, {content_digest(BODY)}", BODY) == ()
    assert check_content_digest("md5=:AAAA:", BODY) == ()
    assert (
        check_content_digest(f"{content_digest(BODY)}, sha-512=:AAAA:", BODY)[0].problem == "digest/differs"
    )
    assert check_content_digest("sha-256=abc", BODY)[0].problem == "digest/differs"
    assert check_content_digest("sha-256=(a)", BODY)[0].problem == "digest/differs"
    assert check_content_digest("sha-256=:", BODY)[0].problem == "field/invalid"


@pytest.mark.parametrize(
    "text",
    ["a=1,", "a=1,,b", "a=1 b", "A=1", "a=1.5", "a=@1", 'a="', "a=:A:", "a=?2", "a=(1", "a=(1 2", "a=(1,2)", "é", "a=" + "1" * 16,
     "a=(1;A)", 'a=("b""c")', ",".join(f"a{n}" for n in range(70)), "a" * 20000, "a=(" + "1 " * 70 + ")", "a" + ";b" * 1 + "".join(f";c{n}" for n in range(70))],
)  # fmt: skip
def test_fields_that_are_not_structured_are_refused(text: str) -> None:
    """What RFC 9651 does not allow, or is not read here, is a `FieldError`."""
    with pytest.raises(FieldError):
        read_dictionary(text)


def test_structured_fields_read_back() -> None:
    """Values of every kind are written as they were read."""
    text = 'a=("x\\"y" t*/: 5;q=-1 :AAE=:;b ?0);p="v", b=?1;z, c, d=:AA==:'
    members = read_dictionary(text)
    inner = members["a"]
    assert write_inner_list(inner) == text.split(", ", maxsplit=1)[0].removeprefix("a=")
    assert inner.items[1] == Item(Token("t*/:"))
    assert members["c"] == Item(value=True)
    assert [write_item(members[name]) for name in "bd"] == ["?1;z", ":AA==:"]
    with pytest.raises(FieldError):
        write_item(Item("a\nb"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120), st.text(max_size=60))
def test_any_fields_give_a_verdict(given: str, signature: str) -> None:
    """Any text in the two fields gives a verdict, never an exception."""
    message = with_fields(REQUEST, {"Signature-Input": given, "Signature": signature})
    assert verified(message).verdict.findings


@needs("openssl")
def test_openssl_verifies_the_base(tmp_path: Path) -> None:
    """The signature over the base is accepted by openssl, and over a changed base it is not."""
    found = verified(signed_request())
    signature = read_dictionary(dict(signed_request().fields)["Signature"])["sig"].value
    (tmp_path / "sig").write_bytes(signature)
    (tmp_path / "pem").write_bytes(KEY.public_pem())
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "pem",
        "-rawin",
        "-in",
        "base",
        "-sigfile",
        "sig",
    ]
    for base, good in (
        (found.verdict.content, True),
        (found.verdict.content.replace(b"POST", b"PUT"), False),
    ):
        (tmp_path / "base").write_bytes(base)
        status = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode
        assert (status == 0) is good
