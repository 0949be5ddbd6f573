"""Signed data, part by part and at each edge: algorithms, names of the signer, attributes, certificates, lengths (RFC 5652, RFC 3370, RFC 5754)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.conformance.signing import padded
from gateway.conformance.signing.certifying import MAIL, certified
from gateway.conformance.signing.changes_cms import Parts, written
from gateway.conformance.signing.changing import Change, Statement, Tried, flipped, same
from gateway.conformance.signing.evidence import AT, UNTIL, Evidence, ring
from gateway.signing import der

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.signing import Key

_NOT, _DIFFERS, _INVALID, _OTHERS = (
    "algorithm/not-allowed",
    "algorithm/differs",
    "signature/invalid",
    "algorithm/not-the-keys",
)
_LENGTH_MAX, _CHAIN_MAX = 1024 * 1024, 5
_RSA = "1.2.840.113549.1.1"
_NIST = "2.16.840.1.101.3.4"


def _named(name: str, *parameters: bytes) -> bytes:
    return der.sequence(der.oid(name), *parameters)


def _made(**parts: object) -> Change:
    return lambda one, key: replace(one, token=written(Parts(**parts), one, key))  # type: ignore[arg-type]


def _only(kind: str, change: Change) -> Change:
    """Change what a key of one kind signs, and leave that of the other as it is."""
    return lambda one, key: change(one, key) if key.algorithm.startswith(kind) else _made()(one, key)


def _for(rsa: Change, ecdsa: Change) -> Change:
    return lambda one, key: (ecdsa if key.algorithm.startswith("ES") else rsa)(one, key)


def _algorithms() -> Iterator[Tried]:
    for name, told in (
        ("sha-1", "1.3.14.3.2.26"),
        ("md5", "1.2.840.113549.2.5"),
        ("sha3-256", f"{_NIST}.2.8"),
        ("sha-224", f"{_NIST}.2.4"),
    ):
        yield f"digest-{name}", f"{_NOT}|asn1/invalid", _made(digest_algorithm=_named(told), wanted="sha256")
    for name, number in (("sha384", 2), ("sha512", 3)):
        # RSA says nothing of the digest but in what is signed; ECDSA keys here have one digest.
        yield f"digest-{name}", "", _only("RS", _made(
            digest_algorithm=_named(f"{_NIST}.2.{number}"), wanted=name, signature=lambda key, data, name=name: padded.pkcs1(key, data, digest=name)))  # fmt: skip
        yield f"digest-{name}-not-used", _INVALID, _for(
            _made(digest_algorithm=_named(f"{_NIST}.2.{number}"), wanted=name),
            _made(digest_algorithm=_named(f"{_NIST}.2.{number}"), wanted=name, named_algorithm=_named(f"1.2.840.10045.4.3.{number + 1}")))  # fmt: skip
        yield f"digest-{name}-other-content", "digest/differs", _only_bad(number)
    for name, told in (
        ("dsa", f"{_NIST}.3.2"),
        ("ed25519", "1.3.101.112"),
        ("dsa-sha1", "1.2.840.10040.4.3"),
    ):
        yield f"signature-{name}", f"{_NOT}|asn1/invalid|{_DIFFERS}", _made(named_algorithm=_named(told))
    yield "signature-of-the-other-kind", _OTHERS, _for(
        _made(named_algorithm=_named("1.2.840.10045.4.3.2")), _made(named_algorithm=_named(f"{_RSA}.1", der.NULL)))  # fmt: skip
    yield "signature-of-the-other-kind-with-digest", _OTHERS, _for(
        _made(named_algorithm=_named("1.2.840.10045.4.3.2")), _made(named_algorithm=_named(f"{_RSA}.11", der.NULL)))  # fmt: skip
    yield "signature-pss-for-the-other-kind", f"{_OTHERS}|{_INVALID}", _made(named_algorithm=_PSS)
    yield (
        "signature-with-its-digest",
        "",
        _for(_made(named_algorithm=_named(f"{_RSA}.11", der.NULL)), _made()),
    )
    for number, name in ((12, "sha384"), (13, "sha512"), (5, "sha1")):
        other = {12: 3, 13: 4, 5: 1}[number]
        yield f"signature-with-{name}", _DIFFERS, _for(
            _made(named_algorithm=_named(f"{_RSA}.{number}", der.NULL)), _made(named_algorithm=_named(f"1.2.840.10045.4.{f'3.{other}' if other > 1 else '1'}")))  # fmt: skip


_SHA256 = _named(f"{_NIST}.2.1", der.NULL)
_PSS = _named(
    f"{_RSA}.10",
    der.sequence(
        der.tlv(0xA0, _SHA256), der.tlv(0xA1, _named(f"{_RSA}.8", _SHA256)), der.tlv(0xA2, der.integer(32))
    ),
)


def _only_bad(number: int) -> Change:
    return _made(
        digest_algorithm=_named(f"{_NIST}.2.{number}"),
        wanted="sha256",
        named_algorithm=_named(f"{_RSA}.1", der.NULL),
    )


def _parts() -> Iterator[Tried]:
    for count, problem in ((0, ""), (1, ""), (_CHAIN_MAX, ""), (_CHAIN_MAX + 1, "certificates/over")):
        yield f"certificates-{count}", problem, _made(certificates=count)
    for count, problem in ((0, "signers/count"), (1, ""), (2, "signers/count"), (3, "signers/count")):
        yield f"signers-{count}", problem, _made(signers=count)
    yield "longest", "asn1/invalid", lambda one, key: _long(one, key, _LENGTH_MAX)
    yield "too-long", "length/over", lambda one, key: _long(one, key, _LENGTH_MAX + 1)
    plain, name = der.octets(b"1"), der.oid("1.2.840.113549.1.9.16.2.47")
    own = _attribute(der.oid("1.2.3.4"), plain)
    for case, problem, extra in (
        ("unknown-attribute", "", [own]), ("unknown-attributes", "", [own, _attribute(der.oid("1.2.3.5"), plain)]), ("unknown-attribute-twice", "attributes/repeated", [own, own]),
        ("attribute-of-two", "attributes/repeated", [_attribute(der.oid("1.2.3.4"), plain, der.octets(b"2"))]), ("attribute-of-none", "attributes/repeated", [_attribute(der.oid("1.2.3.4"))]),
        ("other-digest-too", "attributes/repeated", [_attribute(der.oid("1.2.840.113549.1.9.4"), der.octets(bytes(32)))]), ("type-too", "attributes/repeated", [_attribute(der.oid("1.2.840.113549.1.9.3"), der.oid("1.2.840.113549.1.7.1"))]),
    ):  # fmt: skip
        yield case, problem, _made(extra=extra)
    del name
    for case, problem, protected in (
        ("protected-digest", "", ("digest",)), ("protected-both", "", ("digest", "own")), ("protected-other-digest", _DIFFERS, ("other-digest",)), ("protected-other-digest-own", _DIFFERS, ("other-digest", "own")),
        ("protected-other-signature", _DIFFERS, ("digest", "other")), ("protected-others", _DIFFERS, ("other-digest", "other")), ("protected-authentication", "", ("digest", "mac")),
    ):  # fmt: skip
        yield case, problem, _made(protected=protected)
    yield "short-digest", "digest/differs", _made(digests=("short",))
    yield "no-bytes-for-a-digest", "digest/differs|asn1/invalid", _made(digests=("text",))


def _attribute(name: bytes, *values: bytes) -> bytes:
    return der.sequence(name, der.set_of(*values))


def _long(one: Evidence, key: Key, length: int) -> Evidence:
    whole = written(Parts(), one, key)
    return replace(one, token=whole + bytes(length - len(whole)))


def _names() -> Iterator[Tried]:
    def without(**wishes: object) -> Change:
        def changed(one: Evidence, key: Key) -> Evidence:
            other = certified(key, usages=(MAIL,), identified=False)
            return replace(one, token=written(Parts(**wishes), one, other), keys=ring(other))  # type: ignore[arg-type]

        return changed

    yield "of-no-identifier", "", without(named="serial")
    yield "by-an-identifier-that-is-not-there", "key/unknown", without(named="other-key")
    yield "by-serial-alone", "key/unknown", _made(named="other-issuer")
    yield "by-issuer-alone", "key/unknown", _made(named="other-serial")
    # When nobody says at what time it is to hold, the lives of key and certificate do not count.
    yield "undated", "", lambda one, _: replace(one, at=UNTIL + timedelta(days=9), more={"undated": True})
    yield "dated", "certificate/out-of-date", lambda one, key: replace(
        one, at=UNTIL + timedelta(days=9), keys=ring(replace(key, not_before=AT, not_after=None)))  # fmt: skip


def _signatures() -> Iterator[Tried]:
    for name, change in (
        ("first-bit", lambda raw: flipped(raw, 0)), ("middle-bit", lambda raw: flipped(raw, 0.5)), ("last-bit", lambda raw: flipped(raw, 1)), ("zeros", lambda raw: bytes(len(raw))),
        ("turned", lambda raw: raw[::-1]),
    ):  # fmt: skip
        yield name, _INVALID, _made(signature=lambda key, data, change=change: change(key.sign(data)))
    yield "over-other-attributes", _INVALID, _made(signature=lambda key, data: key.sign(data + b"x"))


CMS_MORE: tuple[Statement, ...] = (
    ("algorithms", "Digest and signature algorithm are allowed, agree, and are the key's.", (("own", "", same), *_algorithms())),
    ("parts", "Signed data has one signer, few certificates, and each attribute once.", tuple(_parts())),
    ("names", "A signer is named by issuer and serial, or by the identifier of the key.", (("own", "", same), *_names())),
    ("signatures", "The signature is over the attributes as they stand.", (("own", "", _made()), *_signatures())),
)  # fmt: skip
