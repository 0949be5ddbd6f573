"""What is changed in evidence, form by form, and which problem a verifier then names.

Lives here: statements, each with what keeps it and what breaks it. Several problems divided by `|` are
each right; "" is none.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing import evidence
from gateway.conformance.signing.changes_as2 import MDN, SMIME
from gateway.conformance.signing.changes_cms import CMS, STAMP
from gateway.conformance.signing.changes_pss import PSS
from gateway.conformance.signing.changes_sealed import SEALED
from gateway.conformance.signing.changing import (
    Change,
    Statement,
    exact,
    flipped,
    life,
    on_data,
    on_token,
    same,
    span,
)
from gateway.conformance.signing.evidence import AT, Evidence, ring
from gateway.signing import Content, Purpose, generate, make_receipt, sign_compact
from gateway.signing.certificates import self_signed
from gateway.signing.httpsig import REQUEST_COVERS, REQUEST_TAG, sign_http
from gateway.signing.xmldsig import sign_xml

if TYPE_CHECKING:
    from gateway.signing import Key

# The forms, what signs in each, and with which algorithms.
FORMS: tuple[tuple[str, Purpose, tuple[str, ...]], ...] = (
    ("ack", Purpose.RECEIPT, ("ES256", "ES384", "EdDSA", "RS256")),
    ("receipt", Purpose.RECEIPT, ("ES256", "EdDSA")),
    ("cms", Purpose.CMS, ("ES256", "RS256")),
    ("pss", Purpose.CMS, ("PS256",)),
    ("xml", Purpose.XML, ("ES256", "RS256")),
    ("smime", Purpose.CMS, ("ES256", "RS256")),
    ("encrypted", Purpose.CMS, ("ES256", "RS256")),
    ("mdn", Purpose.CMS, ("ES256", "RS256")),
    ("timestamp", Purpose.CMS, ("RS256",)),
    ("http", Purpose.HTTP, ("EdDSA", "ES256")),
    ("log", Purpose.LOG, ("EdDSA",)),
)


# -- JSON Web Signatures ----------------------------------------------------------------------


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _headed(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Sign again under another header."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        head, payload, _ = one.token.decode().split(".")
        plain = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        told = change(plain)
        raw = told if isinstance(told, bytes) else json.dumps(plain).encode()
        first = _encoded(raw)
        text = payload or _encoded(one.data)
        signature = signer.sign(f"{first}.{text}".encode())
        return replace(one, token=f"{first}.{payload}.{_encoded(signature)}".encode())

    return changed


def _parts(change: Callable[[list[str]], list[str]]) -> Change:
    return on_token(lambda token: ".".join(change(token.decode().split("."))).encode())


def _signature(change: Callable[[bytes], bytes]) -> Change:
    def changed(parts: list[str]) -> list[str]:
        raw = base64.urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4))
        return [*parts[:2], _encoded(change(raw))]

    return _parts(changed)


def _doubled(head: dict[str, Any]) -> bytes:
    return json.dumps(head).encode()[:-1] + b', "alg": "none"}'


def _nested(levels: int) -> Any:
    plain: Any = {}
    for _ in range(levels - 1):
        plain = {"note": plain}
    return plain


_INVALID = "signature/invalid"
_SIGNATURE: Statement = (
    "signature", "A signature is whole and its own.",
    (("own", "", same),
     ("one-bit-changed", _INVALID, _signature(lambda raw: flipped(raw, 0.5))),
     ("last-bit-changed", _INVALID, _signature(lambda raw: flipped(raw, 1))),
     ("one-byte-short", _INVALID, _signature(lambda raw: raw[:-1])),
     ("one-byte-more", _INVALID, _signature(lambda raw: raw + b"\x00")),
     ("nothing", _INVALID, _parts(lambda parts: [*parts[:2], ""])),
     ("zeros", _INVALID, _signature(lambda raw: bytes(len(raw))))),
)  # fmt: skip
_HEADER: Statement = (
    "header", "The header says the algorithm of the key, and nothing that a verifier would have to obey.",
    (("own", "", same),
     ("no-algorithm", "algorithm/not-allowed", _headed(lambda head: head.update(alg="none"))),
     ("shared-secret", "algorithm/not-allowed", _headed(lambda head: head.update(alg="HS256"))),
     ("another-algorithm", "algorithm/not-the-keys",
      _headed(lambda head: head.update(alg="ES384" if head["alg"] != "ES384" else "ES256"))),
     ("critical", "member/not-allowed", _headed(lambda head: head.update(crit=["exp"], exp=1))),
     ("own-key", "member/not-allowed", _headed(lambda head: head.update(jwk={"kty": "EC"}))),
     ("key-address", "member/not-allowed", _headed(lambda head: head.update(jku="https://keys.example"))),
     ("unencoded", "member/not-allowed", _headed(lambda head: head.update(b64=False))),
     ("another-key-id", "key/unknown", _headed(lambda head: head.update(kid="nobody"))),
     ("no-key-id", "key/unknown", _headed(lambda head: head.pop("kid"))),
     ("no-json", "json/invalid", _headed(lambda _: b"{")),
     ("member-twice", "json/invalid", _headed(_doubled)),
     ("too-long", "length/over|json/invalid", _headed(lambda head: head.update(note="x" * 70_000))),
     ("deep", "member/not-allowed", _headed(lambda head: head.update(note=_nested(15)))),
     ("too-deep", "json/invalid", _headed(lambda head: head.update(note=_nested(40))))),
)  # fmt: skip


_TOKEN: Statement = (
    "token", "A token has three parts in base64url without padding.",
    (("three-parts", "", same),
     ("two-parts", "parts/count", _parts(lambda parts: parts[:2])),
     ("four-parts", "parts/count", _parts(lambda parts: [*parts, "AA"])),
     ("padding", "base64url/invalid", _parts(lambda parts: [*parts[:2], parts[2] + "="])),
     ("blank", "base64url/invalid", _parts(lambda parts: [*parts[:2], parts[2] + " "])),
     ("empty", "parts/count", on_token(lambda _: b""))),
)  # fmt: skip
_DETACHED: Statement = (
    "detached", "A detached signature carries no payload.",
    (("none", "", same),
     ("its-own", "detached/present",
      lambda one, _: _parts(lambda parts: [parts[0], _encoded(one.data), parts[2]])(one, _)),
     ("another", "detached/present", _parts(lambda parts: [parts[0], _encoded(b"other"), parts[2]]))),
)  # fmt: skip


# -- receipts -----------------------------------------------------------------------------------


def _signed_again(**changes: Any) -> Change:
    return lambda one, signer: replace(
        one, token=make_receipt(replace(evidence.receipt(), **changes), signer).encode()
    )


def _said(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Sign another payload."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        plain = change(json.loads(_raw(one.token.decode().split(".")[1])))
        return replace(one, token=sign_compact(json.dumps(plain).encode(), signer, _type(one)).encode())

    return changed


_RECEIPT: tuple[Statement, ...] = (
    (
        "content", "A receipt is about the bytes that were submitted.",
        (("same", "", same),
         ("one-bit-changed", "digest/differs", on_data(lambda data: flipped(data, 0.5))),
         ("one-more", "digest/differs|length/differs", on_data(lambda data: data + b"\n")),
         ("another-transmission", "digest/differs|length/differs", on_data(lambda _: b"another")),
         ("another-length", "length/differs", _signed_again(content=Content(7, evidence.receipt().content.digest)))),
    ),
    (
        "answer", "A receipt is about the answer that it came with.",
        (("same", "", same),
         ("one-bit-changed", "digest/differs", lambda one, _: replace(
             one, more={"answer": base64.b64encode(flipped(evidence.ANSWER, 0.5)).decode()})),
         ("another", "digest/differs", lambda one, _: replace(
             one, more={"answer": base64.b64encode(b"another").decode()}))),
    ),
    (
        "payload", "What a receipt says is what was signed.",
        (("same", "", same),
         ("one-bit-changed", "signature/invalid", _parts(
             lambda parts: [parts[0], _encoded(flipped(_raw(parts[1]), 0.5)), parts[2]])),
         ("another-disposition", "signature/invalid", _parts(
             lambda parts: [parts[0], _encoded(_raw(parts[1]).replace(b"accepted", b"rejected")), parts[2]])),
         ("of-no-interchange", "", _signed_again(interchange=None)),
         ("no-receipt", "receipt/invalid", _said(lambda _: {})),
         ("no-text", "receipt/invalid", _said(lambda plain: {**plain, "partner": 7})),
         ("another-version", "receipt/invalid", _said(lambda plain: {**plain, "v": 99})),
         ("no-instant", "receipt/invalid", _said(lambda plain: {**plain, "at": "2026-03-02 10:15:00"})),
         ("number-for-an-instant", "receipt/invalid", _said(lambda plain: {**plain, "at": 1772446500})),
         ("half-a-digest", "receipt/invalid", _said(lambda plain: {**plain, "answers": "sha-256:00"})),
         ("no-list", "receipt/invalid", _said(lambda plain: {**plain, "specs": "x12/309/004010"})),
         ("no-partner", "receipt/invalid", _said(lambda plain: {
             name: value for name, value in plain.items() if name != "partner"})),
         ("no-number", "receipt/invalid", _said(
             lambda plain: {**plain, "content": {**plain["content"], "bytes": True}}))),
    ),
    (
        "type", "A receipt is a token of its own type.",
        (("receipt", "", same),
         ("another", "type/unexpected", _headed(lambda head: head.update(typ="JWT"))),
         ("none", "type/unexpected", _headed(lambda head: head.pop("typ")))),
    ),
    (
        "time", "The key was valid when the receipt was made.",
        (("valid", "", _signed_again(disposition="accepted")),
         ("clocks-differ", "", _signed_again(at=evidence.FROM - timedelta(minutes=1))),
         ("before-the-key", "key/out-of-date", _signed_again(at=AT.replace(year=2020)))),
    ),
)  # fmt: skip


def _type(one: Evidence) -> str:
    return str(json.loads(_raw(one.token.decode().split(".")[0]))["typ"])


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# -- CMS, XML, HTTP, log ------------------------------------------------------------------------


def _rooted(token: bytes) -> bytes:
    """Put another root into the checkpoint of a proof."""
    lines = token.decode().split("\n")
    at = lines.index("") + 3
    lines[at] = _turned(lines[at])
    return "\n".join(lines).encode()


def _markup(old: bytes, new: bytes) -> Change:
    return on_token(lambda data: data.replace(old, new, 1))


def _wrapped(data: bytes) -> bytes:
    """Put the signed document whole into another root."""
    inner = data.partition(b"?>")[2]
    return b"<Envelope>" + inner + b"</Envelope>"


def _alone(one: Evidence, signer: Key) -> Evidence:
    """Sign with a certificate that nobody issued but its owner."""
    own = self_signed(
        generate(Purpose.XML, algorithm=signer.algorithm), "ALONE", 7, evidence.FROM, evidence.UNTIL
    )
    return replace(one, token=sign_xml(evidence.DOCUMENT, own), keys=ring(own))


_BROKEN = "digest/differs|signature/invalid"
_XML: tuple[Statement, ...] = (
    (
        "content", "What is signed is the whole document; comments and the layout of tags are left out.",
        (("same", "", same),
         ("comment-added", "", _markup(b"<FunctionCode>", b"<!-- note --><FunctionCode>")),
         ("attribute-quotes", "", _markup(b'Id="R1"', b"Id='R1'")),
         ("text-changed", _BROKEN, _markup(b">01<", b">02<")),
         ("element-added", _BROKEN, _markup(b"<FunctionCode>", b"<X/><FunctionCode>")),
         ("blank-added", _BROKEN, _markup(b"<FunctionCode>", b" <FunctionCode>")),
         ("attribute-added", _BROKEN, _markup(b"<FunctionCode>", b'<FunctionCode name="a">'))),
    ),
    (
        "place", "There is one signature, and it is the root's.",
        (("one", "", same), ("with-one-certificate", "", _alone),
         ("none", "signature/count", on_token(lambda _: evidence.DOCUMENT)),
         ("wrapped", "place/unexpected", on_token(_wrapped))),
    ),
    (
        "document", "The document is XML that is read.",
        (("read", "", same),
         ("doctype", "doctype/present", _markup(b"<Response", b"<!DOCTYPE Response><Response")),
         ("cut", "xml/invalid", on_token(lambda data: data[:-12])),
         ("empty", "xml/invalid", on_token(lambda _: b""))),
    ),
)  # fmt: skip


def _requested(**changes: Any) -> Change:
    return lambda one, _: replace(one, more={**one.more, **changes})


def _field(name: str, change: Callable[[str], str]) -> Change:
    """Change one field of the request."""

    def changed(one: Evidence, _: Key) -> Evidence:
        fields = [[key_, change(value) if key_ == name else value] for key_, value in one.more["fields"]]
        return replace(one, more={**one.more, "fields": fields})

    return changed


def _dropped(name: str) -> Change:
    def changed(one: Evidence, _: Key) -> Evidence:
        return replace(
            one, more={**one.more, "fields": [pair for pair in one.more["fields"] if pair[0] != name]}
        )

    return changed


def _signed_request(**changes: Any) -> Change:
    """Sign the request again in another way."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        message = evidence.request(one.data)
        wishes = {"covered": REQUEST_COVERS, "tag": REQUEST_TAG, "nonce": "n-1", **changes}
        covered = wishes.pop("covered")
        created = wishes.pop("created", int(AT.timestamp()))
        signed = sign_http(message, signer, covered, created, **wishes)
        message = replace(message, fields=[*message.fields, *signed.items()])
        return replace(one, more=evidence.http_more(message))

    return changed


def _folded(one: Evidence, signer: Key) -> Evidence:
    """Sign a request with a field of two words, and send the field on two lines."""
    whole, lines = "application/edi-x12; charset=utf-8", "application/edi-x12;\r\n charset=utf-8"
    message = evidence.request(one.data)
    rest = message.fields[1:]
    message = replace(message, fields=[("Content-Type", whole), *rest])
    covered = (*REQUEST_COVERS, "content-type")
    signed = sign_http(message, signer, covered, int(AT.timestamp()), tag=REQUEST_TAG, nonce="n-1")
    return replace(
        one,
        more=evidence.http_more(replace(message, fields=[("Content-Type", lines), *rest, *signed.items()])),
    )


_NOW = int(AT.timestamp())
_HTTP: tuple[Statement, ...] = (
    (
        "request", "Method, address and content are those that were signed.",
        (("same", "", same),
         ("content-changed", "digest/differs", on_data(lambda data: flipped(data, 0.5))),
         ("method-changed", "signature/invalid", _requested(method="PUT")),
         ("address-changed", "signature/invalid", _requested(target=evidence.TARGET + "?a=1")),
         ("digest-changed", "signature/invalid", _field(
             "Content-Digest", lambda _: evidence.request(b"other").fields[1][1]))),
    ),
    (
        "signature", "A signature is whole and its own, and there is one.",
        (("own", "", same),
         ("missing", "component/absent|signature/count", _dropped("Signature-Input")),
         ("half-missing", "component/absent|signature/absent", _dropped("Signature")),
         ("another-tag", "signature/count", _signed_request(tag="other")),
         ("no-field", "field/invalid", _field("Signature-Input", lambda _: "sig=(")),
         ("line-end-in-a-field", "field/invalid", _field("Content-Digest", lambda text: f"{text},\nx=:AA==:")),
         ("no-base64", "field/invalid", _field("Signature", lambda _: "sig=:AA=A:")),
         ("no-bytes", "signature/absent", _field("Signature", lambda _: "sig=1")),
         ("zeros", "signature/invalid", _field("Signature", lambda _: "sig=:" + "A" * 86 + "==:"))),
    ),
    (
        "covers", "A signature covers method, address and content.",
        (("all", "", same), ("folded", "", _folded), ("more", "", _signed_request(covered=(*REQUEST_COVERS, "content-type"))),
         ("no-method", "component/uncovered", _signed_request(covered=("@target-uri", "content-digest"))),
         ("no-address", "component/uncovered", _signed_request(covered=("@method", "content-digest"))),
         ("no-content", "component/uncovered", _signed_request(covered=("@method", "@target-uri")))),
    ),
    (
        "time", "A signature is new, and says when it was made.",
        (("now", "", same), ("oldest", "", _signed_request(created=_NOW - 300)),
         ("too-old", "time/past", _signed_request(created=_NOW - 301)),
         ("from-the-future", "time/future", _signed_request(created=_NOW + 61)),
         ("expired", "time/past", _signed_request(expires=_NOW - 1)),
         ("no-time", "time/absent", _signed_request(created=True)),
         ("truth-for-a-time", "time/absent", _signed_request(created="?1"))),
    ),
    (
        "nonce", "A signature carries a number that is used once.",
        (("there", "", same), ("missing", "parameter/absent", _signed_request(nonce="")),
         ("too-long", "nonce/invalid", _signed_request(nonce="n" * 5000))),
    ),
)  # fmt: skip


def _lines(change: Callable[[list[str]], list[str]]) -> Change:
    return on_token(lambda token: "\n".join(change(token.decode().split("\n"))).encode())


def _turned(text: str) -> str:
    """Give another hash of the same shape."""
    raw = base64.b64decode(text)
    return base64.b64encode(flipped(raw, 0.5)).decode("ascii")


_LOG: tuple[Statement, ...] = (
    (
        "entry", "A proof is about one receipt.",
        (("same", "", same),
         ("one-bit-changed", "inclusion/invalid", on_data(lambda data: flipped(data, 0.5))),
         ("another", "inclusion/invalid", on_data(lambda _: b"b"))),
    ),
    (
        "path", "The hashes of a proof lead from the receipt to the root.",
        (("same", "", same),
         ("another-index", "inclusion/invalid", _lines(lambda lines: [lines[0], "index 3", *lines[2:]])),
         ("beyond-the-end", "inclusion/invalid", _lines(lambda lines: [lines[0], "index 5", *lines[2:]])),
         ("of-another-kind", "shape/invalid", _lines(lambda lines: ["c2sp.org/tlog-proof@v9", *lines[1:]])),
         ("no-index", "shape/invalid", _lines(lambda lines: [lines[0], *lines[2:]])),
         ("index-no-number", "shape/invalid", _lines(lambda lines: [lines[0], "index two", *lines[2:]])),
         ("hash-no-base64", "hash/invalid", _lines(lambda lines: [*lines[:2], "!" + lines[2][1:], *lines[3:]])),
         ("hash-short", "hash/invalid", _lines(lambda lines: [*lines[:2], lines[2][:40], *lines[3:]])),
         ("hash-changed", "inclusion/invalid", _lines(lambda lines: [*lines[:2], _turned(lines[2]), *lines[3:]])),
         ("hash-missing", "inclusion/invalid", _lines(lambda lines: [*lines[:2], *lines[3:]])),
         ("hash-twice", "inclusion/invalid", _lines(lambda lines: [*lines[:3], lines[2], *lines[3:]]))),
    ),
    (
        "checkpoint", "The root is the one that the log signed.",
        (("same", "", same),
         ("another-root", "signature/invalid|key/unknown", on_token(_rooted)),
         ("another-size", "signature/invalid|key/unknown", on_token(lambda token: token.replace(b"\n5\n", b"\n6\n"))),
         ("no-signature", "key/unknown|shape/invalid", _lines(lambda lines: lines[:-2])),
         ("no-proof", "key/unknown|shape/invalid", on_token(lambda _: b"proof")),
         ("no-checkpoint", "key/unknown|shape/invalid", on_token(lambda token: token.partition(b"\n\n")[0]))),
    ),
)  # fmt: skip
_ALL: Mapping[str, tuple[Statement, ...]] = {
    "ack": (exact("signature/invalid"), _SIGNATURE, _HEADER, _TOKEN, _DETACHED, life(dated=True), span()),
    "receipt": (_SIGNATURE, _HEADER, _TOKEN, *_RECEIPT, life(dated=False), span()),
    "cms": (exact("digest/differs"), *CMS, life(dated=True), span(certified=True)),
    "xml": (*_XML, life(dated=True), span(certified=True)),
    "pss": (*PSS, life(dated=True)),
    "smime": (*SMIME, life(dated=True)),
    "encrypted": (*SEALED, life(dated=True)),
    "mdn": (*MDN, life(dated=True)),
    "timestamp": STAMP,
    "http": (*_HTTP, life(dated=False), span()),
    "log": (*_LOG, life(dated=False)),
}


def statements(form: str) -> tuple[Statement, ...]:
    """Give every statement on a form."""
    return _ALL[form]
