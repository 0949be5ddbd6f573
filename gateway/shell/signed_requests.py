"""HTTP signatures (RFC 9421, RFC 9530) at the door: responses and webhooks signed, requests verified.

The address that is signed is the public one, from the configuration; only for a listener on
the loopback address is it what the caller typed. A nonce counts once, in the ledger.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from gateway.shell.auth import names_loopback
from gateway.shell.problems import Problem
from gateway.signing import KeyRing, KeySetError, Purpose
from gateway.signing.digest import spell
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import (
    AGE_SECONDS_MAX,
    REQUEST_CARRIES,
    REQUEST_TAG,
    RESPONSE_TAG,
    SKEW_SECONDS_MAX,
    check_content_digest,
    content_digest,
    sign_http,
    verify_http,
)

if TYPE_CHECKING:
    from gateway.shell.auth import Caller
    from gateway.shell.core import Core
    from gateway.shell.ledger import Transaction

LARGE = 256 * 1024
WEBHOOK_TAG = "customs-webhook"
NONCE_SECONDS = 2 * (AGE_SECONDS_MAX + SKEW_SECONDS_MAX)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WANTED = f'sig=("@method" "@target-uri" "content-digest");created;keyid;nonce;tag="{REQUEST_TAG}"'
"""`Accept-Signature` (RFC 9421 §5.1): what a partner's signature must have."""

SIGNER: web.RequestKey[str] = web.RequestKey("signer", str)
"""The `keyid` of the verified signature of a request."""


def target_uri(request: web.Request, public_url: str) -> str:
    """Give the address of a request as its sender knows it: the public one, then what follows."""
    path = request.raw_path
    if not path.startswith("/"):
        parts = urlsplit(path)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if public_url:
        return public_url.rstrip("/") + path
    host = request.headers.get("Host", "")
    if not names_loopback(host):
        # Nobody outside may say what our address is.
        bound = request.transport.get_extra_info("sockname") if request.transport is not None else None
        host = f"{bound[0]}:{bound[1]}" if bound else ""
    return f"{request.scheme}://{host}{path}"


# Responses


async def sign_response(core: Core, request: web.Request, response: web.StreamResponse) -> None:
    """Sign a response whose body is at hand; a stream is not signed."""
    if not isinstance(response, web.Response) or response.prepared or not _ours(request):
        return
    body = response.body if response.body is not None else b""
    if not isinstance(body, bytes | bytearray) or not core.ring.signs(Purpose.HTTP):
        return
    headers = response.headers
    if "Content-Digest" not in headers:
        sha256 = hashlib.sha256(body) if len(body) < LARGE else await asyncio.to_thread(hashlib.sha256, body)
        headers["Content-Digest"] = spell(sha256.digest())
    covered = ["@status", "content-digest", "@method;req", "@target-uri;req"]
    fields = [("content-digest", headers["Content-Digest"])]
    for name in ("Content-Type", "Location"):
        if name in headers:
            covered.append(name.lower())
            fields.append((name.lower(), headers[name]))
    # A field of the request is covered only if the request had it.
    asked = request.headers.getall("Content-Digest", [])
    if asked:
        covered.append("content-digest;req")
    message = Message(
        fields=fields,
        status=response.status,
        request=Message(
            fields=[("content-digest", value) for value in asked],
            method=request.method,
            target_uri=target_uri(request, core.config.server.public_url),
        ),
    )
    try:
        signed = sign_http(
            message, core.ring.signer(Purpose.HTTP), covered, int(core.clock.seconds()), tag=RESPONSE_TAG,
            label="rcpt",
        )  # fmt: skip
    except KeySetError:
        # A stranger's field that no signature can cover: the answer goes without one.
        core.counts["unsigned_responses"] += 1
        return
    headers.update(signed)


def _ours(request: web.Request) -> bool:
    # AS2 has its own signed answer, and its products know no other.
    return request.path.startswith("/v1/") and request.path != "/v1/as2"


# Webhooks


def sign_webhook(core: Core, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """Give the headers of a signed POST: those given, Content-Digest and the signature over both.

    `headers` has `Content-Type` and `Idempotency-Key`. Raises `KeySetError`.
    """
    sent = {**headers, "Content-Digest": content_digest(body)}
    message = Message(
        fields=[(name.lower(), value) for name, value in sent.items()], method="POST", target_uri=url
    )
    covered = ("@method", "@target-uri", *(name.lower() for name in sent))
    signed = sign_http(
        message, core.ring.signer(Purpose.HTTP), covered, int(core.clock.seconds()), tag=WEBHOOK_TAG,
        nonce=secrets.token_urlsafe(16),
    )  # fmt: skip
    return sent | signed


# Requests


async def verify_request(core: Core, request: web.Request, caller: Caller, keyset: KeyRing | None) -> None:
    """Hold a request to its partner's signature, if it has one or must have one.

    Whether the content fits its `Content-Digest` is checked where the content is read. Raises
    the `Problem` 401.
    """
    signed = any(REQUEST_TAG in value for value in request.headers.getall("Signature-Input", []))
    if keyset is None or not signed:
        if caller.profile.signed_requests == "require" and request.method not in SAFE:
            raise _refused("this partner's requests are signed, and this one is not")
        return
    message = Message(
        fields=list(request.headers.items()),
        method=request.method,
        target_uri=target_uri(request, core.config.server.public_url),
    )
    covers = ["@method", "@target-uri"]
    if request.body_exists:
        covers.append("content-digest")
    now = int(core.clock.seconds())
    found = verify_http(message, keyset, now, tag=REQUEST_TAG, covers=covers, parameters=REQUEST_CARRIES)
    if not found.verdict.ok:
        raise _refused("; ".join(found.verdict.reasons))
    if request.body_exists and not _checkable(request):
        raise _refused("Content-Digest has neither sha-256 nor sha-512, so the content would not be covered")
    if not await core.ledger.write(lambda tx: _first_time(tx, found.keyid, found.nonce, now)):
        raise _refused("this nonce was used before")
    request[SIGNER] = found.keyid


async def check_body(request: web.Request) -> None:
    """Compare the content of a signed request with its `Content-Digest`, where its reader does not.

    The content is read here and kept. Raises the `Problem` 400.
    """
    if SIGNER in request and request.body_exists:
        stated = ", ".join(request.headers.getall("Content-Digest", []))
        if check_content_digest(stated, await request.read()):
            raise Problem("digest-mismatch")


def signed_via(request: web.Request) -> dict[str, str]:
    """Give what a receipt says of how the request was signed."""
    return {"keyid": request[SIGNER]} if SIGNER in request else {}


def _checkable(request: web.Request) -> bool:
    stated = ", ".join(request.headers.getall("Content-Digest", [])).replace(" ", "")
    return any(member.startswith(("sha-256=:", "sha-512=:")) for member in stated.split(","))


def _refused(reason: str) -> Problem:
    return Problem("signature-refused", reason, headers={"Accept-Signature": WANTED})


def _first_time(tx: Transaction, keyid: str, nonce: str, now: int) -> bool:
    """Keep a nonce. False: it was there."""
    tx.connection.execute("DELETE FROM nonce WHERE until < ?", (now,))
    done = tx.connection.execute(
        "INSERT INTO nonce(keyid, nonce, until) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
        (keyid, nonce, now + NONCE_SECONDS),
    )
    return done.rowcount == 1
