"""Whether a call that a service makes is signed by it (RFC 9421, RFC 9530)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.signing import KeyRing, KeySetError
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import check_content_digest, verify_http

if TYPE_CHECKING:
    from gateway.conformance.exchange.listening import Call

_TAG = "customs-webhook"
_COVERS = ("@method", "@target-uri", "content-digest", "content-type", "idempotency-key")


def unsigned(address: str, call: Call, keys: bytes) -> str:
    """Say what speaks against the signature of a call, "" for nothing."""
    try:
        ring = KeyRing.from_jwks(keys.decode("utf-8", "replace"))
    except KeySetError as error:
        return f"the keys cannot be read: {error}"
    message = Message(method="POST", target_uri=address, fields=list(call.headers.items()))
    found = verify_http(message, ring, int(time.time()), tag=_TAG, covers=_COVERS, body=call.body)
    wrong = [
        *found.verdict.findings,
        *check_content_digest(call.headers.get("content-digest", ""), call.body),
    ]
    return f"{wrong[0].code}: {wrong[0].message}" if wrong else ""
