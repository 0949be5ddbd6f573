"""JSON Web Signatures taken apart and put together by code of the suite's own (RFC 7515).

Lives here: parts of a token, signing under another header or over another payload. Never here: what is changed
(`changes_jws.py`, `changes_receipt.py`).
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import on_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.conformance.signing.changing import Change
    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key


def encoded(data: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def raw(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(change: Callable[[list[str]], list[str]]) -> Change:
    """Change the parts of a token."""
    return on_token(lambda token: ".".join(change(token.decode().split("."))).encode())


def part(at: int, change: Callable[[str], str]) -> Change:
    """Change one part of a token, as it is written."""
    return parts(lambda all_: [*all_[:at], change(all_[at]), *all_[at + 1 :]])


def signature(change: Callable[[bytes], bytes]) -> Change:
    """Change the bytes of the signature."""
    return part(2, lambda text: encoded(change(raw(text))))


def headed(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Sign again under another header: what is changed in it, or the bytes that are given for it."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        head, payload, _ = one.token.decode().split(".")
        plain = json.loads(raw(head))
        told = change(plain)
        first = encoded(told if isinstance(told, bytes) else json.dumps(plain).encode())
        text = payload or encoded(one.data)
        return replace(
            one, token=f"{first}.{payload}.{encoded(signer.sign(f'{first}.{text}'.encode()))}".encode()
        )

    return changed


def with_json(text: str) -> Change:
    """Sign again under a header with one more member, `note`, of which the value is this text of JSON."""
    return headed(
        lambda head: json.dumps(head).encode()[:-1] + f', "note": {text}}}'.encode("utf-8", "surrogatepass")
    )


def paid(change: Callable[[bytes], bytes]) -> Change:
    """Sign again over another payload."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        head, payload, _ = one.token.decode().split(".")
        first = f"{head}.{encoded(change(raw(payload)))}"
        return replace(one, token=f"{first}.{encoded(signer.sign(first.encode()))}".encode())

    return changed


def nested(levels: int, *, lists: bool = False) -> str:
    """Give so many objects, or lists, one in the other."""
    return "[" * levels + "]" * levels if lists else '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)
