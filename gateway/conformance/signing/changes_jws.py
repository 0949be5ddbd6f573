"""What is changed in JSON Web Signatures, whatever they are about: header, spelling, parts, lengths (RFC 7515, RFC 8725)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, Tried, flipped, on_token, same
from gateway.conformance.signing.tokens import encoded, headed, nested, part, parts, signature, with_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INVALID, _REFUSED, _JSON = "signature/invalid", "member/not-allowed", "json/invalid"
_HEADER_MAX, _SIGNATURE_MAX = 4096, 2048
# Members that other verifiers know (RFC 7515, RFC 7516, RFC 7519, RFC 7797, RFC 8555), none of which may be obeyed.
_FOREIGN = (
    "jku",
    "jwk",
    "x5u",
    "x5c",
    "x5t",
    "crit",
    "b64",
    "enc",
    "zip",
    "url",
    "nonce",
    "iss",
    "exp",
    "ppt",
    "ALG",
    "",
)
_NO_TEXTS = (("null", None), ("truth", True), ("number", 1), ("list", ["ES256"]), ("object", {"a": "b"}))


def _set(**members: Any) -> Change:
    return headed(lambda head: head.update(members))


def _left_out(name: str) -> Change:
    return headed(lambda head: head.pop(name, None) and None)


def _as_bytes(change: Callable[[bytes], bytes]) -> Change:
    return headed(lambda head: change(json.dumps(head).encode()))


def _renamed(name: str) -> Change:
    return headed(lambda head: head.update(alg=name if head["alg"] != name else "PS256"))


def _known() -> Iterator[Tried]:
    """Yield what is known to have been tried on verifiers (RFC 8725 §2)."""
    yield "no-algorithm", "algorithm/not-allowed", _set(alg="none")
    yield "shared-secret", "algorithm/not-allowed", _set(alg="HS256")
    yield "another-algorithm", "algorithm/not-the-keys", headed(
        lambda head: head.update(alg="ES384" if head["alg"] != "ES384" else "ES256"))  # fmt: skip
    yield "critical", _REFUSED, _set(crit=["exp"], exp=1)
    yield "own-key", _REFUSED, _set(jwk={"kty": "EC"})
    yield "key-address", _REFUSED, _set(jku="https://keys.example")
    yield "unencoded", _REFUSED, _set(b64=False)
    yield "another-key-id", "key/unknown", _set(kid="nobody")
    yield "no-key-id", "key/unknown", _left_out("kid")
    yield "no-json", _JSON, headed(lambda _: b"{")
    yield "member-twice", _JSON, _as_bytes(lambda head: head[:-1] + b', "alg": "none"}')
    yield "too-long", "length/over|json/invalid", _set(note="x" * 70_000)
    yield "deep", _REFUSED, with_json(nested(15))
    yield "too-deep", _JSON, with_json(nested(40))


def _members() -> Iterator[Tried]:
    for name in _FOREIGN:
        yield f"member-{name or 'empty'}", _REFUSED, _set(**{name: "a"})
    for name in ("alg", "kid", "typ", "cty"):
        for kind, value in _NO_TEXTS:
            yield f"{name}-{kind}", "member/not-text", _set(**{name: value})
    for name in ("none", "HS256", "RS512", "ES512", "es256", "A128KW", ""):
        yield f"algorithm-{name or 'empty'}", "algorithm/not-allowed", _set(alg=name)
    for name in ("ES256", "ES384", "EdDSA", "RS256", "PS256"):
        yield f"algorithm-{name}-of-another", "algorithm/not-the-keys", _renamed(name)  # fmt: skip
    yield "algorithm-missing", "algorithm/not-allowed", _left_out("alg")
    yield "key-missing", "key/unknown", _left_out("kid")
    yield "key-empty", "key/unknown", _set(kid="")
    # What a stranger wrote is told, and cut where it is long.
    yield "key-told-whole", "key/unknown", _set(kid="a." * 64)
    yield "key-told-cut", "key/unknown", _set(kid="a." * 64 + "b")
    yield "key-other", "key/unknown", _set(kid="nobody")
    yield "content-type", "", _set(cty="application/json")
    yield "content-type-umlaut", "", _set(cty="\u00e4")


def _texts() -> Iterator[Tried]:
    """Yield JSON that everybody reads alike, and JSON that readers differ about (RFC 8259)."""
    for name, change in (
        ("spaces", lambda head: b" \t\r\n" + head + b" \n"), ("escaped", lambda head: head.replace(b"alg", b"\\u0061lg")),
        ("longest", lambda head: head + b" " * (_HEADER_MAX * 3 // 4 - len(head))),
    ):  # fmt: skip
        yield name, "", _as_bytes(change)
    yield (
        "too-long",
        "length/over",
        _as_bytes(lambda head: head + b" " * (_HEADER_MAX * 3 // 4 + 1 - len(head))),
    )
    for name, change in (
        ("list", lambda head: b"[" + head + b"]"), ("text", lambda _: b'"ES256"'), ("number", lambda _: b"1"), ("null", lambda _: b"null"),
        ("empty", lambda _: b""), ("cut", lambda head: head[:-1]), ("more-behind", lambda head: head + b"{}"),
        ("comma", lambda head: head[:-1] + b",}"), ("no-quotes", lambda head: head.replace(b'"alg"', b"alg")),
        ("mark", lambda head: b"\xef\xbb\xbf" + head), ("wide", lambda head: head.decode().encode("utf-16")),
        ("no-utf8", lambda head: head.replace(b'"alg"', b'"\xff"')), ("latin", lambda head: head[:-1] + b', "cty": "\xe4"}'),
        ("member-twice", lambda head: head[:-1] + b', "alg": "none"}'), ("same-member-twice", lambda head: head[:-1] + b"," + head[1:]),
    ):  # fmt: skip
        yield name, _JSON, _as_bytes(change)
    # What can be read is refused for its name; what cannot, for what it is.
    for name, problem, text in (
        ("whole", _REFUSED, "12"), ("negative", _REFUSED, "-12"), ("fraction", _JSON, "1.5"), ("exponent", _JSON, "1e3"),
        ("no-number", _JSON, "NaN"), ("endless", _JSON, "Infinity"), ("endless-down", _JSON, "-Infinity"), ("zeros", _JSON, "012"),
        ("longest-number", _REFUSED, "1" * 30), ("too-long-number", _JSON, "1" * 31), ("control", _JSON, '"\x01"'),
        ("pair", _REFUSED, '"\\ud83d\\ude00"'), ("half-a-pair", _JSON, '"\\ud83d"'), ("half-in-a-name", _JSON, '{"\\udc00": 1}'),
        ("half-in-a-list", _JSON, '["a", "\\udc00"]'), ("half-deep", _JSON, '{"a": [{"b": "\\udc00"}]}'), ("umlauts", _REFUSED, '{"\u00e4": "\u00e4"}'),
        ("half-raw", _JSON, '"\ud83d"'), ("twice-inside", _JSON, '{"a": 1, "a": 1}'), ("twice-in-two", _REFUSED, '[{"a": 1}, {"a": 1}]'),
        ("deepest", _REFUSED, nested(16)), ("too-deep", _JSON, nested(17)), ("much-too-deep", _JSON, nested(40)),
        ("deepest-list", _REFUSED, nested(16, lists=True)), ("too-deep-list", _JSON, nested(17, lists=True)),
        ("list-of-all", _REFUSED, '[1, "a", null, true, {"a": []}]'), ("endless-depth", "length/over|json/invalid", nested(1400, lists=True)),
    ):  # fmt: skip
        yield f"note-{name}", problem, with_json(text)


# The last letter of a base64 text of 4n+2 or 4n+3 has bits that mean nothing: another letter with the same meaning.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _stray(text: str) -> str:
    return text[:-1] + _LETTERS[_LETTERS.index(text[-1]) + 1]


def _spelt() -> Iterator[Tried]:
    bad = "base64url/invalid"
    for at, name in ((0, "header"), (2, "signature")):
        for kind, change in (
            ("padding", lambda text: text + "="), ("blank", lambda text: text + " "), ("line", lambda text: text + "\n"),
            ("blank-before", lambda text: " " + text), ("plus", lambda text: "+" + text[1:]), ("slash", lambda text: "/" + text[1:]),
            ("letter", lambda text: "\u00e4" + text[1:]), ("one-letter", lambda _: "A"), ("five", lambda _: "AAAAA"), ("stray-bits", lambda _: "AB"),
            ("stray-bits-of-three", lambda _: "AAB"),
        ):  # fmt: skip
            yield f"{name}-{kind}", bad, part(at, change)


def _lengths() -> Iterator[Tried]:
    yield "longest", _INVALID, part(2, lambda _: "A" * _SIGNATURE_MAX)
    yield "too-long", "length/over", part(2, lambda _: "A" * (_SIGNATURE_MAX + 2))
    for name, change in (
        ("one-bit-changed", lambda raw: flipped(raw, 0.5)), ("first-bit-changed", lambda raw: flipped(raw, 0)),
        ("last-bit-changed", lambda raw: flipped(raw, 1)), ("one-byte-short", lambda raw: raw[:-1]),
        ("one-byte-less-in-front", lambda raw: raw[1:]), ("one-byte-more", lambda raw: raw + b"\x00"),
        ("one-byte-more-in-front", lambda raw: b"\x00" + raw), ("two-more", lambda raw: raw + b"\x00\x00"),
        ("half", lambda raw: raw[: len(raw) // 2]), ("twice", lambda raw: raw + raw), ("turned", lambda raw: raw[::-1]),
        ("zeros", lambda raw: bytes(len(raw))), ("ones", lambda raw: b"\xff" * len(raw)), ("one", lambda _: b"\x01"),
        ("halves-swapped", lambda raw: raw[len(raw) // 2 :] + raw[: len(raw) // 2]), ("apart", _apart),
    ):  # fmt: skip
        yield name, _INVALID, signature(change)


def _apart(raw: bytes) -> bytes:
    """Fill both halves of a signature with zeros in front: numbers that are the same, in another width."""
    half = len(raw) // 2
    return b"\x00" + raw[:half] + b"\x00" + raw[half:]


JWS: tuple[Statement, ...] = (
    ("signature", "A signature is whole and its own.",
     (("own", "", same), ("nothing", _INVALID, part(2, lambda _: "")), *_lengths())),
    ("header", "The header says the algorithm of the key, and nothing that a verifier would have to obey.",
     (("own", "", same), *_known(), *_members())),
    ("json", "The header is one JSON object that everybody reads alike.", (("own", "", same), *_texts())),
    ("token", "A token has three parts in base64url without padding.",
     (("three-parts", "", same), ("padding", "base64url/invalid", part(2, lambda text: text + "=")),
      ("blank", "base64url/invalid", part(2, lambda text: text + " ")), *_spelt(),
      ("one-part", "parts/count", parts(lambda all_: all_[:1])), ("two-parts", "parts/count", parts(lambda all_: all_[:2])),
      ("four-parts", "parts/count", parts(lambda all_: [*all_, "AA"])), ("four-with-nothing", "parts/count", parts(lambda all_: [*all_, ""])),
      ("five-parts", "parts/count", parts(lambda all_: [*all_, "", ""])), ("empty", "parts/count", on_token(lambda _: b"")),
      ("points-alone", _JSON, on_token(lambda _: b"..")))),
)  # fmt: skip
DETACHED: Statement = (
    "detached", "A detached signature carries no payload.",
    (("none", "", same),
     ("its-own", "detached/present", lambda one, key: parts(lambda all_: [all_[0], encoded(one.data), all_[2]])(one, key)),
     ("another", "detached/present", part(1, lambda _: encoded(b"other"))),
     ("one-letter", "detached/present", part(1, lambda _: "A"))),
)  # fmt: skip
