"""JSON Web Signatures (RFC 7515), compact, with the payload inside or detached.

The algorithm is the key's; the header must say the same. The key is found by `kid` in the
trusted set and nowhere else: `jwk`, `jku`, `x5u`, `x5c` and every other member refuse the
token, and so does `crit`. The payload is always base64url in the signing input (no RFC 7797
`b64`), so that the José command line and openssl can check it.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature

from gateway.finding import Finding
from gateway.signing.algorithms import ALGORITHMS
from gateway.signing.jsontext import HEADER_BYTES_MAX, JsonTextError, decode64, encode64_bytes, strict_object
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, Purpose, State
from gateway.signing.verdict import Refusal, Verdict, wrong

KIND = "jws.rfc7515"
PAYLOAD_BYTES_MAX = 1024 * 1024
"""Of a payload inside a token; a detached one is as long as the acknowledgement is."""
SIGNATURE_BYTES_MAX = 2048
HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "cty"})


def sign_compact(payload: bytes, key: Key, typ: str = "") -> str:
    """Sign and give `header.payload.signature`. Raises `KeySetError` for a key that cannot sign."""
    head = b"%b.%b" % (_header(key.algorithm, key.kid, typ), encode64_bytes(payload))
    return (b"%b.%b" % (head, encode64_bytes(key.sign(head)))).decode("ascii")


def sign_detached(data: bytes, key: Key, typ: str = "") -> str:
    """Sign the exact bytes and give `header..signature` (RFC 7515 appendix F)."""
    header = _header(key.algorithm, key.kid, typ)
    signature = key.sign(b"%b.%b" % (header, encode64_bytes(data)))
    return (b"%b..%b" % (header, encode64_bytes(signature))).decode("ascii")


def verify_compact(token: str, keyset: KeyRing, typ: str = "", at: datetime | None = None) -> Verdict:
    """Verify a token with its payload inside. `content` of the verdict is the payload.

    `typ` must equal the header's when given. `at` is when the signature was made, for the
    key's validity; None leaves that question to the caller.
    """
    return _verify(token, None, keyset, typ, at)


def verify_detached(
    data: bytes, token: str, keyset: KeyRing, typ: str = "", at: datetime | None = None
) -> Verdict:
    """Verify a detached token over the exact bytes. `content` of the verdict are the bytes."""
    return _verify(token, data, keyset, typ, at)


def key_findings(key: Key, at: datetime | None, kind: str = KIND) -> tuple[Finding, ...]:
    """Say what speaks against believing this key at that instant."""
    if key.state is State.COMPROMISED:
        return (
            wrong(kind, "kid", "key/compromised", "the signing key is marked as compromised", actual=key.kid),
        )
    if at is not None and not key.valid_at(at):
        return (
            wrong(
                kind,
                "kid",
                "key/out-of-date",
                "the signing key was not valid when this was signed",
                expected=f"{key.not_before or 'ever'} to {key.not_after or 'ever'}",
                actual=at.isoformat(),
            ),
        )
    return ()


@lru_cache(maxsize=256)
def _header(algorithm: str, kid: str, typ: str) -> bytes:
    members = {"alg": algorithm, "kid": kid} | ({"typ": typ} if typ else {})
    return encode64_bytes(json.dumps(members, separators=(",", ":")).encode("ascii"))


def _verify(token: str, data: bytes | None, keyset: KeyRing, typ: str, at: datetime | None) -> Verdict:
    try:
        header_text, payload_text, signature_text = _parts(token, detached=data is not None)
        key = _key(_read_header(header_text), keyset, typ)
        signed = _bytes(payload_text, "payload") if data is None else data
        text = payload_text.encode("ascii") if data is None else encode64_bytes(data)
        signature = _bytes(signature_text, "signature")
        ALGORITHMS[key.algorithm].check(key.public, signature, b"%b.%b" % (header_text.encode("ascii"), text))
    except InvalidSignature:
        message = "the signature does not fit the bytes and the key"
        return Refusal(KIND, "signature", "signature/invalid", message).verdict
    except Refusal as refusal:
        return refusal.verdict
    return Verdict(key_findings(key, at), key.kid, signed)


def _parts(token: str, *, detached: bool) -> tuple[str, str, str]:
    parts = token.split(".", 3)
    if len(parts) != 3:
        raise Refusal(KIND, "token", "parts/count", "a token has three parts", expected=3, actual=len(parts))
    header, payload, signature = parts
    for name, text, limit in (
        ("header", header, HEADER_BYTES_MAX),
        ("payload", payload, PAYLOAD_BYTES_MAX),
        ("signature", signature, SIGNATURE_BYTES_MAX),
    ):
        if len(text) > limit:
            raise Refusal(
                KIND, name, "length/over", f"the {name} is too long", expected=limit, actual=len(text)
            )
    if detached and payload:
        message = "a detached signature carries a payload of its own"
        raise Refusal(KIND, "payload", "detached/present", message)
    return header, payload, signature


def _bytes(text: str, place: str) -> bytes:
    try:
        return decode64(text)
    except ValueError as error:
        raise Refusal(KIND, place, "base64url/invalid", f"the {place} is {error}") from error


def _read_header(text: str) -> dict[str, str]:
    try:
        header = strict_object(_bytes(text, "header"), HEADER_BYTES_MAX)
    except JsonTextError as error:
        raise Refusal(KIND, "header", "json/invalid", f"the header cannot be read: {error}") from error
    for name, value in header.items():
        if name not in HEADER_MEMBERS:
            message = "the header has a member that we refuse"
            raise Refusal(KIND, "header", "member/not-allowed", message, actual=name)
        if not isinstance(value, str):
            raise Refusal(KIND, "header", "member/not-text", f"{name} of the header is not text")
    return header


def _key(header: dict[str, str], keyset: KeyRing, typ: str) -> Key:
    name, kid = header.get("alg", ""), header.get("kid", "")
    if name not in ALGORITHMS:
        message = "the algorithm is not allowed"
        raise Refusal(
            KIND, "alg", "algorithm/not-allowed", message, expected=" ".join(ALGORITHMS), actual=name
        )
    key = keyset.find(kid)
    if key is None:
        raise Refusal(KIND, "kid", "key/unknown", "no trusted key has this id", actual=kid)
    if key.algorithm != name:
        message = "the algorithm is not the key's"
        raise Refusal(KIND, "alg", "algorithm/not-the-keys", message, expected=key.algorithm, actual=name)
    if key.purpose not in {None, Purpose.RECEIPT}:
        raise Refusal(KIND, "kid", "key/purpose", "the key is for something else", actual=str(key.purpose))
    if typ and header.get("typ") != typ:
        message = "the token is of another type"
        raise Refusal(KIND, "typ", "type/unexpected", message, expected=typ, actual=header.get("typ", ""))
    return key
