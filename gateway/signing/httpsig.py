"""Signatures of HTTP messages (RFC 9421) over a digest of their content (RFC 9530).

A signature is chosen by its `tag`, never by its label, for labels are not signed. What must
be covered, how old a signature may be and what time it is are arguments; whether a nonce was
seen before is for whoever keeps them to say.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature

from gateway.finding import Finding
from gateway.signing.algorithms import ALGORITHMS
from gateway.signing.digest import digest
from gateway.signing.httpbase import KIND, Message, field_value, made_base, signature_base
from gateway.signing.jws import key_findings
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, KeySetError, Purpose
from gateway.signing.structured import (
    FieldError,
    InnerList,
    Item,
    Parameters,
    read_dictionary,
    write_item,
)
from gateway.signing.verdict import Refusal, Verdict, wrong

AGE_SECONDS_MAX = 300
SKEW_SECONDS_MAX = 60
NONCE_CHARS_MAX = 128
RESPONSE_TAG = "customs-receipt"
REQUEST_TAG = "customs-submit"
REQUEST_COVERS = ("@method", "@target-uri", "content-digest")
"""What a partner's signed request must cover."""

REQUEST_CARRIES = ("created", "keyid", "nonce")

ALGORITHM_NAMES = {
    "EdDSA": "ed25519",
    "ES256": "ecdsa-p256-sha256",
    "ES384": "ecdsa-p384-sha384",
    "RS256": "rsa-v1_5-sha256",
}
"""JOSE name to the name of RFC 9421 §3.3."""

_DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """What a verification found: the verdict, and the parameters that the caller goes on with."""

    verdict: Verdict
    keyid: str = ""
    nonce: str = ""
    created: int = 0
    covered: tuple[str, ...] = field(default=())


def content_digest(body: bytes) -> str:
    """Give the value of `Content-Digest`."""
    return digest(body)


def check_content_digest(value: str, body: bytes, *, must: bool = False) -> tuple[Finding, ...]:
    """Compare `Content-Digest` with the content as it was sent; unknown algorithms are ignored.

    With `must` one of those that are known has to be there.
    """
    place = "content-digest"
    try:
        members = read_dictionary(value)
    except FieldError as error:
        return (wrong(KIND, place, "field/invalid", f"Content-Digest cannot be read: {error}"),)
    if must and not members.keys() & _DIGESTS.keys():
        message = "Content-Digest has no algorithm that is known, so nothing binds the content"
        return (wrong(KIND, place, "digest/absent", message, expected=" ".join(_DIGESTS), actual=value),)
    for name, make in _DIGESTS.items():
        member = members.get(name)
        if member is None:
            continue
        stated = member.value if isinstance(member, Item) else None
        if not isinstance(stated, bytes) or not hmac.compare_digest(stated, make(body).digest()):
            message = "Content-Digest and the content do not fit"
            return (wrong(KIND, place, "digest/differs", message, expected=digest(body), actual=value),)
    return ()


def sign_http(
    message: Message,
    key: Key,
    covered: Sequence[str],
    created: int,
    *,
    tag: str,
    label: str = "sig",
    nonce: str = "",
    expires: int = 0,
) -> dict[str, str]:
    """Sign a message and give its two fields, `Signature-Input` and `Signature`.

    `covered` names components; `content-digest;req` is that of the request answered. A
    component that the message has not raises `KeySetError`, and so does a key that RFC 9421
    has no name for.
    """
    if key.algorithm not in ALGORITHM_NAMES:
        raise KeySetError(f"HTTP messages are not signed with {key.algorithm}")
    times = f";created={created}" + (f";expires={expires}" if expires else "")
    named = f";nonce={write_item(Item(nonce))}" if nonce else ""
    try:
        base, signed = made_base(
            message, tuple(covered), times + named + _identity(key.kid, key.algorithm, tag)
        )
    except Refusal as refusal:
        raise KeySetError(str(refusal)) from refusal
    return {
        "Signature-Input": f"{label}={signed}",
        "Signature": f"{label}=:{b2a_base64(key.sign(base), newline=False).decode('ascii')}:",
    }


@lru_cache(maxsize=64)
def _identity(kid: str, algorithm: str, tag: str) -> str:
    """Write the parameters that are the same with each signature of a key."""
    members = {"keyid": kid, "alg": ALGORITHM_NAMES[algorithm], "tag": tag}
    return "".join(f";{name}={write_item(Item(value))}" for name, value in members.items())


def verify_http(
    message: Message,
    keyset: KeyRing,
    now: int,
    *,
    tag: str,
    covers: Iterable[str],
    body: bytes | None = None,
    parameters: Iterable[str] = ("created",),
    age_seconds_max: int = AGE_SECONDS_MAX,
) -> SignedMessage:
    """Check the signature with this tag. `content` of the verdict is the signature base.

    It must cover every component of `covers`, be no older than `age_seconds_max` at `now`
    (seconds since 1970), carry every parameter of `parameters` (a request: `REQUEST_CARRIES`),
    and with a `body` cover a `content-digest` that fits it by an algorithm that is known. The key must have been valid when it was made,
    `now` where that is not said. A `nonce` is the caller's to remember.
    """
    try:
        signed, signature = _chosen(message, tag)
        _carried(signed.parameters, parameters)
        names = tuple(_name(item) for item in signed.items)
        key = _key(signed.parameters, keyset)
        created = _times(signed.parameters, now, age_seconds_max)
        _covered(names, [*covers, *(["content-digest"] if body is not None else [])])
        base = signature_base(message, signed)
        ALGORITHMS[key.algorithm].check(key.public, signature, base)
    except InvalidSignature:
        reason = "the signature does not fit the message and the key"
        return SignedMessage(Refusal(KIND, "signature", "signature/invalid", reason).verdict)
    except Refusal as refusal:
        return SignedMessage(refusal.verdict)
    found = key_findings(key, datetime.fromtimestamp(created or now, UTC), KIND)
    if body is not None:
        found += check_content_digest(field_value(message, "content-digest"), body, must=True)
    nonce = signed.parameters.get("nonce", "")
    return SignedMessage(Verdict(found, key.kid, base), key.kid, str(nonce), created, names)


def _chosen(message: Message, tag: str) -> tuple[InnerList, bytes]:
    """Find the one signature with the tag."""
    try:
        inputs = read_dictionary(field_value(message, "signature-input"))
        signatures = read_dictionary(field_value(message, "signature"))
    except FieldError as error:
        raise Refusal(
            KIND, "signature-input", "field/invalid", f"the signature cannot be read: {error}"
        ) from error
    tagged = [
        (name, one)
        for name, one in inputs.items()
        if isinstance(one, InnerList) and one.parameters.get("tag") == tag
    ]
    if len(tagged) != 1:
        message_text = "there is not exactly one signature with this tag"
        raise Refusal(
            KIND, "signature-input", "signature/count", message_text, expected=tag, actual=len(tagged)
        )
    ((label, signed),) = tagged
    signature = signatures.get(label)
    if not isinstance(signature, Item) or not isinstance(signature.value, bytes):
        raise Refusal(
            KIND, "signature", "signature/absent", "the signature itself is missing", expected=label
        )
    return signed, signature.value


def _name(item: Item) -> str:
    name = item.value if isinstance(item.value, str) else ""
    return f"{name};req" if "req" in item.parameters else name


def _key(parameters: Parameters, keyset: KeyRing) -> Key:
    kid = parameters.get("keyid")
    key = keyset.find(kid) if isinstance(kid, str) else None
    if key is None or key.purpose not in {None, Purpose.HTTP}:
        raise Refusal(KIND, "keyid", "key/unknown", "no trusted key has this id", actual=kid or "")
    if parameters.get("alg", ALGORITHM_NAMES.get(key.algorithm)) != ALGORITHM_NAMES.get(key.algorithm, ""):
        message = "the algorithm is not the key's"
        raise Refusal(
            KIND,
            "alg",
            "algorithm/not-the-keys",
            message,
            expected=key.algorithm,
            actual=parameters.get("alg", ""),
        )
    return key


def _times(parameters: Parameters, now: int, age_seconds_max: int) -> int:
    created, expires = parameters.get("created"), parameters.get("expires", now)
    if isinstance(created, bool) or not isinstance(created, int):
        raise Refusal(KIND, "created", "time/absent", "the signature does not say when it was made")
    if created > now + SKEW_SECONDS_MAX:
        raise Refusal(
            KIND, "created", "time/future", "the signature is from the future", expected=now, actual=created
        )
    if created < now - age_seconds_max:
        raise Refusal(KIND, "created", "time/past", "the signature is too old", expected=now, actual=created)
    if isinstance(expires, bool) or not isinstance(expires, int) or expires < now:
        raise Refusal(
            KIND, "expires", "time/past", "the signature has expired", expected=now, actual=str(expires)
        )
    nonce = parameters.get("nonce", "")
    if not isinstance(nonce, str) or len(nonce) > NONCE_CHARS_MAX:
        raise Refusal(KIND, "nonce", "nonce/invalid", "the nonce is not a short text")
    return created


def _carried(carried: Parameters, wanted: Iterable[str]) -> None:
    for name in wanted:
        if name not in carried:
            raise Refusal(KIND, name, "parameter/absent", f"the signature has no {name}", expected=name)


def _covered(names: Sequence[str], wanted: Iterable[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        message = "the signature does not cover what it must"
        raise Refusal(
            KIND,
            "components",
            "component/uncovered",
            message,
            expected=" ".join(missing),
            actual=" ".join(names),
        )
