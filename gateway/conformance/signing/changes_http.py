"""What is changed in signed HTTP messages: components, parameters, labels, times, and the digest of the content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance.signing.asked import (
    DIGEST,
    METHOD_LINE,
    NOW,
    PARAMETERS,
    TARGET_LINE,
    USUAL,
    covering,
    digested,
    field_of,
    requested,
    sent,
    told,
    without,
)
from gateway.conformance.signing.changes_components import answers, derived, fields
from gateway.conformance.signing.changing import Statement, Tried, flipped, on_data, on_keys, same
from gateway.conformance.signing.evidence import SOURCE, TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

_INVALID, _COUNT, _ABSENT = "signature/invalid", "signature/count", "component/absent"
_TYPE = ("Content-Type", "application/edi-x12")
_OTHER_TAG = ';created=1;keyid="x";tag="other"'


def _named() -> Iterator[Tried]:
    """Yield what a component may not be, and how it may be named."""
    for name, label in (
        ("sf", '"content-type";sf'), ("bs", '"content-type";bs'), ("key", '"content-digest";key="sha-256"'),
        ("tr", '"content-type";tr'), ("not-of-the-request", '"content-type";req=?0'), ("foreign", '"content-type";x'),
        ("request-and-more", '"content-type";req;sf'), ("number", "1"), ("bytes", ":AA==:"), ("truth", "?1"),
    ):  # fmt: skip
        yield name, "component/unsupported", covering((label, "application/edi-x12"))
    yield "of-no-request", _ABSENT, covering(('"content-type";req', "application/edi-x12"))
    yield (
        "query-param",
        "component/unsupported|component/absent",
        covering(('"@query-param";name="a"', "1"), target=f"{TARGET}?a=1"),
    )
    yield "unknown", _ABSENT, covering(('"@unknown"', "1"))
    yield "status-of-a-request", _ABSENT, covering(('"@status"', "200"))
    yield "twice", "component/repeated", covering(METHOD_LINE)
    yield "itself", _ABSENT, covering(('"@signature-params"', "1"))
    yield "no-method", "component/uncovered", sent(lines=USUAL[1:])
    yield "no-address", "component/uncovered", sent(lines=USUAL[::2])
    yield "no-content", "component/uncovered", sent(lines=USUAL[:2])
    yield "nothing", "component/uncovered", sent(lines=())
    yield "all", "", same
    yield "more", "", covering(('"content-type"', "application/edi-x12"))
    yield (
        "folded",
        "",
        covering(
            ('"content-type"', "a/b; c=d"),
            fields=(("Content-Type", "a/b;\r\n c=d"), ("Content-Digest", DIGEST)),
        ),
    )
    yield "turned-round", "", sent(lines=USUAL[::-1])
    yield "field-too", "", covering(('"content-type"', "application/edi-x12"))
    yield (
        "other-order-signed",
        _INVALID,
        sent(written='("@target-uri" "@method" "content-digest"){parameters}'),
    )


def _parameters() -> Iterator[Tried]:
    """Yield parameters of each kind and at each edge (RFC 9421 §2.3)."""
    for name, problem, values in (
        ("created-now", "", {"created": str(NOW)}), ("created-oldest", "", {"created": str(NOW - 300)}),
        ("created-too-old", "time/past", {"created": str(NOW - 301)}),
        ("created-ahead", "", {"created": str(NOW + 60)}), ("created-too-far-ahead", "time/future", {"created": str(NOW + 61)}),
        ("created-missing", "parameter/absent", {"created": None}), ("created-text", "time/absent", {"created": f'"{NOW}"'}),
        ("created-truth", "time/absent", {"created": "?1"}), ("created-bytes", "time/absent", {"created": ":AA==:"}),
        ("created-zero", "time/past", {"created": "0"}), ("created-negative", "time/past", {"created": "-1"}),
        ("expires-now", "", {"expires": str(NOW)}), ("expires-later", "", {"expires": str(NOW + 1)}),
        ("expired", "time/past", {"expires": str(NOW - 1)}), ("expires-text", "time/past", {"expires": f'"{NOW}"'}),
        ("expires-truth", "time/past", {"expires": "?1"}),
        ("nonce-missing", "parameter/absent", {"nonce": None}), ("nonce-token", "", {"nonce": "abc"}),
        ("nonce-longest", "", {"nonce": '"' + "n" * 128 + '"'}), ("nonce-too-long", "nonce/invalid", {"nonce": '"' + "n" * 129 + '"'}),
        ("nonce-number", "nonce/invalid", {"nonce": "7"}), ("nonce-truth", "nonce/invalid", {"nonce": "?1"}),
        ("nonce-empty", "", {"nonce": '""'}),
        ("keyid-missing", "parameter/absent", {"keyid": None}), ("keyid-unknown", "key/unknown", {"keyid": '"nobody"'}),
        ("keyid-number", "key/unknown", {"keyid": "7"}), ("keyid-empty", "key/unknown", {"keyid": '""'}),
        ("alg-missing", "", {"alg": None}), ("alg-other", "algorithm/not-the-keys", {"alg": '"rsa-pss-sha512"'}),
        ("alg-number", "algorithm/not-the-keys", {"alg": "7"}), ("alg-empty", "algorithm/not-the-keys", {"alg": '""'}),
        ("alg-jose-name", "algorithm/not-the-keys", {"alg": '"EdDSA"'}),
        ("tag-missing", _COUNT, {"tag": None}), ("tag-other", _COUNT, {"tag": '"customs-receipt"'}),
        ("tag-capitals", _COUNT, {"tag": '"Customs-Submit"'}), ("tag-number", _COUNT, {"tag": "7"}),
    ):  # fmt: skip
        yield name, problem, told(**values)
    yield "other-order", "", sent(parameters=';tag="customs-submit";keyid="{kid}";nonce="n-1";created={now}')
    yield "other-order-signed", _INVALID, sent(written="{list};z{parameters}")
    # Each kind of value, as a parameter that is signed and means nothing here.
    for name, value, other in (
        ("token", "a/b:c", "a/b:d"), ("number", "-7", "7"), ("text", '"a b"', '"a c"'), ("escapes", '"\\"\\\\"', '"\\\\\\""'),
        ("bytes", ":AAE=:", ":AAI=:"), ("false", "?0", "?0;y"), ("empty", '""', '" "'), ("no-bytes", "::", ":AA==:"),
    ):  # fmt: skip
        yield f"{name}-more", "", told(x=value)
        yield f"{name}-more-other", _INVALID, sent(
            parameters=f"{PARAMETERS};x={value}", written=f"{{list}}{{usual}};x={other}")  # fmt: skip
    yield "true-more", "", sent(parameters=f"{PARAMETERS};x")
    yield "true-written-out", "", sent(parameters=f"{PARAMETERS};x", written="{list}{parameters}=?1")
    yield "spaces-between", "", sent(written='( "@method"  "@target-uri" "content-digest"  ){parameters}')
    yield "spaces-before-names", "", sent(written="{list}{spaced}")
    yield "said-again", "", sent(parameters=f"{PARAMETERS};y=2;x=1", written="{list};y=0;x=9{parameters}")
    yield (
        "said-again-first",
        _INVALID,
        sent(parameters=f";x=1{PARAMETERS}", written="{list};x=1{parameters};x=2"),
    )


def _labels() -> Iterator[Tried]:
    """Yield several signatures, and labels (RFC 9421 §4)."""
    for name, problem, input_, signature in (
        ("another-label", "", "b*.-_1={input}", "b*.-_1=:{value}:"),
        ("with-another-before", "", f'other=("@method"){_OTHER_TAG}, sig={{input}}', "other=:AA==:, sig=:{value}:"),
        ("with-another-behind", "", f'sig={{input}}, other=("@method"){_OTHER_TAG}', "sig=:{value}:, other=:AA==:"),
        ("with-a-text", "", 'x="customs-submit", sig={input}', "x=1, sig=:{value}:"),
        ("another-without-bytes", "", f'sig={{input}}, other=("@method"){_OTHER_TAG}', "sig=:{value}:"),
        ("bytes-without-list", "", "sig={input}", "x=:AA==:, sig=:{value}:"),
        ("said-again", "", 'sig=("@method"), sig={input}', "sig=:AA==:, sig=:{value}:"),
        ("with-parameters", "", "sig={input}", "sig=:{value}:;x=1"),
        ("two-with-the-tag", _COUNT, "sig={input}, b={input}", "sig=:{value}:, b=:{value}:"),
        ("other-label-for-the-bytes", "signature/absent", "sig={input}", "b=:{value}:"),
        ("text-for-the-bytes", "signature/absent", "sig={input}", 'sig="{value}"'),
        ("list-for-the-bytes", "signature/absent", "sig={input}", "sig=(:{value}:)"),
        ("truth-for-the-bytes", "signature/absent", "sig={input}", "sig"),
        ("no-list", _COUNT, 'sig="x";tag="customs-submit"', "sig=:{value}:"),
        ("empty-input", _COUNT, "", "sig=:{value}:"),
        ("empty-bytes", _INVALID, "sig={input}", "sig=::"),
        ("unreadable", "field/invalid", "sig=(", "sig=:{value}:"),
        ("unreadable-bytes", "field/invalid", "sig={input}", "sig=:AA=A:"),
        ("open-bytes", "field/invalid", "sig={input}", "sig=:{value}"),
        ("half", _INVALID, "sig={input}", "sig=:AAAA:"),
    ):  # fmt: skip
        yield name, problem, sent(input_=input_, signature=signature)


def _digests() -> Iterator[Tried]:
    """Yield digests of the content: which count, and what they have to be (RFC 9530)."""
    right, longer, wrong = digested(SOURCE), digested(SOURCE, "sha-512"), digested(b"other")
    for name, problem, value in (
        ("sha-256", "", right), ("sha-512", "", longer), ("both", "", f"{right}, {longer}"),
        ("unknown-beside", "", f"md5=:AA==:, {right}"), ("with-parameters", "", f"{right};a=1"),
        ("said-again", "", f"{wrong}, {right}"), ("said-again-wrong", "digest/differs", f"{right}, {wrong}"),
        ("wrong", "digest/differs", wrong), ("wrong-sha-512", "digest/differs", digested(b"other", "sha-512")),
        ("second-wrong", "digest/differs", f"{right}, {digested(b'other', 'sha-512')}"),
        ("first-wrong", "digest/differs", f"{wrong}, {longer}"),
        ("other-kind", "digest/differs", right.replace("sha-256", "sha-512")),
        ("short", "digest/differs", "sha-256=:" + base64.b64encode(hashlib.sha256(SOURCE).digest()[:16]).decode() + ":"),
        ("text", "digest/differs", 'sha-256="' + right[9:-1] + '"'), ("truth", "digest/differs", "sha-256"),
        ("list", "digest/differs", f"sha-256=({right[8:]})"), ("number", "digest/differs", "sha-256=1"),
        ("empty", "digest/absent", ""), ("unknown-alone", "digest/absent", digested(SOURCE, "md5")),
        ("unreadable", "field/invalid", f"{right},"), ("no-field", "field/invalid", "sha-256=:"),
    ):  # fmt: skip
        yield name, problem, sent(
            lines=(METHOD_LINE, TARGET_LINE, ('"content-digest"', value)), fields=(_TYPE, ("Content-Digest", value)))  # fmt: skip


def _unnamed(signer: Key) -> tuple[Key, ...]:
    """Give the key as one of a stranger, who says nothing about what it is for."""
    return (replace(signer, purpose=None),)


def _half_zero(one: Evidence, signer: Key) -> Evidence:
    width = len(signer.sign(b""))
    return field_of("Signature", lambda _: f"sig=:{base64.b64encode(bytes(width)).decode()}:")(one, signer)


HTTP: tuple[Statement, ...] = (
    (
        "request", "Method, address and content are those that were signed.",
        (("same", "", same), ("own-base", "", sent()),
         ("content-changed", "digest/differs", on_data(lambda data: flipped(data, 0.5))),
         ("method-changed", _INVALID, requested(method="PUT")),
         ("address-changed", _INVALID, requested(target=TARGET + "?a=1")),
         ("digest-changed", _INVALID, field_of("Content-Digest", lambda _: digested(b"other")))),
    ),
    (
        "signature", "A signature is whole and its own, and there is one.",
        (("own", "", same), ("of-an-unnamed-key", "", on_keys(_unnamed)),
         ("missing", f"{_ABSENT}|{_COUNT}", without("Signature-Input")),
         ("half-missing", f"{_ABSENT}|signature/absent", without("Signature")),
         ("no-field", "field/invalid", field_of("Signature-Input", lambda _: "sig=(")),
         ("line-end-in-a-field", "field/invalid", field_of("Content-Digest", lambda text: f"{text},\nx=:AA==:")),
         ("no-bytes", "signature/absent", field_of("Signature", lambda _: "sig=1")),
         ("another-tag", _COUNT, told(tag='"other"')), ("no-base64", "field/invalid", field_of("Signature", lambda _: "sig=:AA=A:")),
         ("zeros", _INVALID, _half_zero)),
    ),
    (
        "time", "A signature is new, and says when it was made.",
        (("now", "", same), ("oldest", "", told(created=str(NOW - 300))), ("too-old", "time/past", told(created=str(NOW - 301))),
         ("from-the-future", "time/future", told(created=str(NOW + 61))), ("expired", "time/past", told(expires=str(NOW - 1))),
         ("no-time", "time/absent", told(created='"now"')), ("truth-for-a-time", "time/absent", told(created="?1"))),
    ),
    (
        "nonce", "A signature carries a number that is used once.",
        (("there", "", same), ("missing", "parameter/absent", told(nonce=None)),
         ("too-long", "nonce/invalid", told(nonce='"' + "n" * 5000 + '"'))),
    ),
    ("derived", "Each derived component has the one form that the standard gives it.", tuple(derived())),
    ("fields", "A field is signed as one value, trimmed, unfolded and joined.", tuple(fields())),
    ("covers", "A signature covers method, address and content, and names each component once.", tuple(_named())),
    ("parameters", "A signature is new, of a known key, carries a nonce, and its parameters are signed.", tuple(_parameters())),
    ("labels", "A signature is found by its tag, and its bytes by its label.", tuple(_labels())),
    ("digest", "The content has a digest that is known, and every one that is known fits.", tuple(_digests())),
    ("answers", "An answer is signed with its status, and may cover the request.", tuple(answers())),
)  # fmt: skip
