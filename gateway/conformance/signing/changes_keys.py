"""What is changed in a published key set: a second key in it that is read, or for which the whole set is refused (RFC 7517, RFC 7518)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, Tried, stranger
from gateway.conformance.signing.evidence import key
from gateway.conformance.signing.tokens import encoded
from gateway.signing import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

_NO = "set/invalid"
_SET_MAX, _KEYS_MAX, _TEXT_MAX, _CHAIN_MAX = 4 * 1024 * 1024, 1000, 256, 5
_GONE = object()
# A point of P-256 and one that is on no curve, a key of X25519, and one of secp256k1: RFC 7517 A.1, RFC 7748 6.1, RFC 8812.
_P256 = {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
         "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}  # fmt: skip


def _published(change: Callable[[list[dict[str, Any]]], Any]) -> Change:
    """Publish other keys, or a text that is no key set."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        told = change([signer.as_jwk()])
        text = told if isinstance(told, str) else json.dumps({"keys": told})
        return replace(one, more={"keys": text})

    return changed


def _beside(second: Callable[[], dict[str, Any]]) -> Change:
    return _published(lambda keys: [*keys, second()])


def _usual() -> dict[str, Any]:
    return dict(stranger(key(Purpose.RECEIPT, "ES256")).as_jwk())


def _with(**members: Any) -> Change:
    """Change members of a second key; those that are gone are left out."""
    return _beside(
        lambda: {name: value for name, value in {**_usual(), **members}.items() if value is not _GONE}
    )


def _made(**members: Any) -> Change:
    """Publish a second key of these members alone."""
    return _beside(lambda: dict(members))


def _modulus(bits: int, least: int = 1) -> str:
    """Give a number of so many bits that stands for the modulus of an RSA key; nothing is signed with it."""
    return encoded(((1 << (bits - 1)) + least).to_bytes((bits + 7) // 8, "big"))


def _material() -> Iterator[Tried]:
    for name in ("d", "p", "q", "dp", "dq", "qi", "k"):
        yield f"private-{name}", _NO, _with(**{name: "AAAA"})
    for name, problem, value in (
        ("gone", _NO, _GONE),
        ("symmetric", _NO, "oct"),
        ("number", _NO, 7),
        ("other", _NO, "OKP"),
        ("small", _NO, "ec"),
    ):
        yield f"type-{name}", problem, _with(kty=value)
    for name, value in (
        ("gone", _GONE),
        ("unknown", "P-999"),
        ("other", "P-384"),
        ("number", 1),
        ("koblitz", "secp256k1"),
    ):
        yield f"curve-{name}", _NO, _with(crv=value)
    for name in ("x", "y"):
        for kind, value in (
            ("gone", _GONE),
            ("empty", ""),
            ("short", "AAAA"),
            ("number", 7),
            ("no-letters", "a b"),
        ):
            yield f"{name}-{kind}", _NO, _with(**{name: value})
    yield "of-the-standard", "", _made(**_P256)
    yield "on-no-curve", _NO, _made(**{**_P256, "x": _P256["y"]})
    yield (
        "of-the-wider-curve",
        _NO,
        _made(kty="EC", crv="P-521", x=encoded(bytes(65) + b"\x01"), y=encoded(bytes(66))),
    )
    yield "ed25519", "", _made(kty="OKP", crv="Ed25519", x=encoded(bytes(31) + b"\x01"))
    yield "ed25519-short", _NO, _made(kty="OKP", crv="Ed25519", x=encoded(bytes(31)))
    yield "x25519", _NO, _made(kty="OKP", crv="X25519", x=encoded(b"\x09" + bytes(31)))
    for bits, problem in ((1024, _NO), (2047, _NO), (2048, ""), (3072, ""), (8192, ""), (8193, _NO)):
        yield f"rsa-{bits}", problem, _made(kty="RSA", n=_modulus(bits), e="AQAB")
    yield "rsa-without-exponent", _NO, _made(kty="RSA", n=_modulus(2048))
    yield "rsa-even-exponent", _NO, _made(kty="RSA", n=_modulus(2048), e="AQAA")


def _use() -> Iterator[Tried]:
    for name, problem, value in (
        ("gone", "", _GONE),
        ("other", _NO, "ES384"),
        ("unknown", _NO, "HS256"),
        ("empty", "", ""),
        ("number", _NO, 7),
        ("null", _NO, None),
    ):
        yield f"algorithm-{name}", problem, _with(alg=value)
    for algorithm, problem in (("RS256", ""), ("PS256", ""), ("ES256", _NO), ("EdDSA", _NO)):
        yield f"rsa-for-{algorithm}", problem, _made(kty="RSA", n=_modulus(2048), e="AQAB", alg=algorithm)
    for name, problem, value in (
        ("gone", "", _GONE), ("empty", "", ""), ("longest", "", "k" * _TEXT_MAX), ("too-long", _NO, "k" * (_TEXT_MAX + 1)), ("number", _NO, 7), ("null", _NO, None),
    ):  # fmt: skip
        yield f"id-{name}", problem, _with(kid=value)
    for name, problem, value in (
        ("gone", "", _GONE), ("log", "", "log"), ("unknown", _NO, "mail"), ("empty", _NO, ""), ("capitals", _NO, "LOG"), ("null", _NO, None), ("list", _NO, ["log"]),
    ):  # fmt: skip
        yield f"purpose-{name}", problem, _with(purpose=value)
    for name, problem, value in (
        ("gone", "", _GONE), ("pending", "", "pending"), ("retired", "", "retired"), ("compromised", "", "compromised"), ("unknown", _NO, "lost"), ("null", _NO, None), ("empty", _NO, ""),
    ):  # fmt: skip
        yield f"state-{name}", problem, _with(state=value)
    for member in ("nbf", "exp"):
        for name, problem, value in (
            ("gone", "", _GONE), ("null", "", None), ("zero", "", 0), ("whole", "", 1767225600), ("text", _NO, "1767225600"), ("truth", _NO, True),
            ("fraction", _NO, 1.5), ("far", _NO, 10**15), ("list", _NO, [1]),
        ):  # fmt: skip
            yield f"{member}-{name}", problem, _with(**{member: value})


def _certified() -> Iterator[Tried]:
    def jwk(change: Callable[[list[str]], Any]) -> Change:
        def second() -> dict[str, Any]:
            plain = dict(key(Purpose.CMS, "ES256", "STRANGER").as_jwk())
            return {**plain, "x5c": change(plain["x5c"])}

        return _beside(second)

    yield "chain", "", jwk(lambda chain: chain)
    yield "own-alone", "", jwk(lambda chain: chain[:1])
    yield "empty", "", jwk(lambda _: [])
    yield "most", "", jwk(lambda chain: (chain * _CHAIN_MAX)[:_CHAIN_MAX])
    yield "too-many", _NO, jwk(lambda chain: (chain * _CHAIN_MAX)[: _CHAIN_MAX + 1])
    yield "of-another-key", _NO, jwk(lambda chain: chain[::-1])
    yield "text", _NO, jwk(lambda chain: chain[0])
    yield "numbers", _NO, jwk(lambda _: [1])
    yield "mixed", _NO, jwk(lambda chain: [chain[0], 1])
    yield "null", _NO, jwk(lambda _: None)
    yield "no-base64", _NO, jwk(lambda chain: [chain[0][:-4] + "!!!!"])
    yield "no-certificate", _NO, jwk(lambda _: [base64.b64encode(b"certificate").decode()])


def _sets() -> Iterator[Tried]:
    yield "two", "", _beside(_usual)
    yield "one-bare", "", _published(lambda keys: json.dumps(keys[0]))
    yield (
        "most",
        "",
        _published(lambda keys: [*keys, *({**_P256, "kid": f"k{at}"} for at in range(_KEYS_MAX - 1))]),
    )
    yield (
        "too-many",
        _NO,
        _published(lambda keys: [*keys, *({**_P256, "kid": f"k{at}"} for at in range(_KEYS_MAX))]),
    )
    yield "longest", "", _published(lambda keys: json.dumps({"keys": keys}).ljust(_SET_MAX))
    yield "too-long", _NO, _published(lambda keys: json.dumps({"keys": keys}).ljust(_SET_MAX + 1))
    yield "twice", _NO, _published(lambda keys: keys * 2)
    yield "of-no-keys", _NO, _published(lambda keys: [*keys, "key"])
    yield "null", _NO, _published(lambda keys: [*keys, None])
    yield "no-list", _NO, _published(lambda keys: json.dumps({"keys": keys[0]}))
    yield "number", _NO, _published(lambda _: json.dumps({"keys": 7}))
    yield "no-keys", _NO, _published(lambda _: "{}")
    yield "list", _NO, _published(json.dumps)
    yield "no-json", _NO, _published(lambda _: "{")
    yield "text", _NO, _published(lambda _: '"keys"')
    yield "nothing", "key/unknown", _published(lambda _: [])


KEYS: tuple[Statement, ...] = (
    ("material", "A key is a public one, of a kind and size that is allowed.", tuple(_material())),
    ("use", "A key says what it is for, with what, and from when to when.", tuple(_use())),
    ("certificates", "A chain is at most five certificates, the first of them the key's.", tuple(_certified())),
    ("set", "A set is an object with a list of keys, none of them twice.", tuple(_sets())),
)  # fmt: skip
