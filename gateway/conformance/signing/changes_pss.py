"""What is changed in RSA-PSS signatures of CMS: salt, digest, mask and trailer, named and used (RFC 4056, RFC 8017)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance.signing import padded
from gateway.conformance.signing.changes_cms import Parts, written
from gateway.conformance.signing.changing import Change, Statement, flipped, on_data, on_token, same
from gateway.signing import der

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

_PSS, _MGF1 = der.oid("1.2.840.113549.1.1.10"), der.oid("1.2.840.113549.1.1.8")
_PKCS1 = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
_DIGESTS = {
    name: der.sequence(der.oid(f"2.16.840.1.101.3.4.2.{number}"), der.NULL)
    for name, number in (("sha256", 1), ("sha384", 2), ("sha512", 3))
}


def named(
    *, salt: int = padded.SALT_BYTES, digest: str = "sha256", mask: str = "sha256", trailer: int = 1
) -> bytes:
    """Name RSASSA-PSS with its parameters; a trailer of 1 is the default and is left out."""
    parts = [
        der.tlv(0xA0, _DIGESTS[digest]),
        der.tlv(0xA1, der.sequence(_MGF1, _DIGESTS[mask])),
        der.tlv(0xA2, der.integer(salt)),
    ]
    if trailer != 1:
        parts.append(der.tlv(0xA3, der.integer(trailer)))
    return der.sequence(_PSS, der.sequence(*parts))


def _signed(told: bytes, sign: Callable[[Key, bytes], bytes]) -> Change:
    """Sign in one way and name another, or the same."""

    def changed(one: Evidence, key: Key) -> Evidence:
        return replace(one, token=written(Parts(named_algorithm=told, signature=sign), one, key))

    return changed


def _salted(used: int, told: int | None = None) -> Change:
    return _signed(
        named(salt=used if told is None else told), lambda key, data: padded.pss(key, data, salt=used)
    )


# As it has to be: 32 bytes of salt, SHA-256 throughout.
as_named = _signed(named(), padded.pss)
_INVALID = "signature/invalid"
_OTHER = "algorithm/differs|algorithm/not-allowed|signature/invalid|asn1/invalid"
PSS: tuple[Statement, ...] = (
    (
        "salt", "The salt is as long as the parameters say.",
        (("of-the-digest", "", same), ("none", "", _salted(0)), ("twenty", "", _salted(20)), ("longer", "", _salted(64)),
         ("shorter-than-said", _INVALID, _salted(20, 32)),
         ("longer-than-said", _INVALID, _salted(64, 32)),
         ("none-where-one-is-said", _INVALID, _salted(0, 32)),
         ("one-where-none-is-said", _INVALID, _salted(32, 0))),
    ),
    (
        "digest", "The digest of the parameters is that of the content.",
        (("same", "", as_named),
         ("another", _OTHER, _signed(named(digest="sha512"), padded.pss)),
         ("another-used-too", _OTHER, _signed(
             named(digest="sha512", mask="sha512"), lambda key, data: padded.pss(key, data, digest="sha512", mask="sha512"))),
         ("another-used", _INVALID, _signed(named(), lambda key, data: padded.pss(key, data, digest="sha384"))),
         ("not-named", _OTHER, _signed(der.sequence(_PSS), padded.pss)),
         ("left-to-the-default", _OTHER, _signed(der.sequence(_PSS, der.sequence()), padded.pss))),
    ),
    (
        "mask", "The mask is made as the parameters say, with the digest of the content.",
        (("same", "", as_named),
         ("another-used", _INVALID, _signed(named(), lambda key, data: padded.pss(key, data, mask="sha512"))),
         ("another-named", _OTHER, _signed(named(mask="sha512"), padded.pss)),
         ("another-named-and-used", _OTHER, _signed(
             named(mask="sha512"), lambda key, data: padded.pss(key, data, mask="sha512")))),
    ),
    (
        "trailer", "The trailer is the one that there is.",
        (("same", "", as_named),
         ("another-used", _INVALID, _signed(named(), lambda key, data: padded.pss(key, data, trailer=0xCC))),
         ("another-named", _OTHER, _signed(named(trailer=2), padded.pss))),
    ),
    (
        "padding", "The padding is the one that is named.",
        (("pss", "", as_named), ("pkcs1", "", _signed(_PKCS1, padded.pkcs1)),
         ("pkcs1-under-the-name-of-pss", _INVALID, _signed(named(), padded.pkcs1)),
         ("pss-under-the-name-of-pkcs1", _INVALID, _signed(_PKCS1, padded.pss))),
    ),
    (
        "bytes", "A signature holds for the exact bytes and is whole.",
        (("same", "", same),
         ("first-byte", "digest/differs", on_data(lambda data: flipped(data, 0))),
         ("one-more", "digest/differs", on_data(lambda data: data + b"\n")),
         ("one-bit-of-the-signature", _INVALID, on_token(lambda token: flipped(token, 1))),
         ("cut", "asn1/invalid", on_token(lambda token: token[:-1]))),
    ),
)  # fmt: skip
