"""Intake: a request's content becomes a committed submission with a signed receipt.

The order is the promise: authenticate, bound, read, check the digest, sign, commit, and
only then answer. Nothing is parsed before it is committed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.formats import sniff
from gateway.shell.auth import Caller
from gateway.shell.core import Core, Origin
from gateway.shell.ledger import LedgerUnavailable
from gateway.shell.ledger_intake import Admission, Arrival, admit_all
from gateway.shell.ledger_together import Each
from gateway.shell.masking import mask
from gateway.shell.problems import Problem
from gateway.signing import Content
from gateway.signing.digest import spell

if TYPE_CHECKING:
    from aiohttp import web

CHUNK = 64 * 1024
BYTES_PER_SECOND_MIN = 1024
SLOW_START_SECONDS = 5

FORMATS = {
    "application/edi-x12": "x12",
    "application/edifact": "edifact",
    "application/xml": "wco",
    "text/xml": "wco",
    "application/json": "json",
}

# Said of CATAIR, and of much else: the bytes go first.
PLAIN = "text/plain"

# draft-ietf-httpapi-idempotency-key-header: a structured-field string, quotes and all.
_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e ]{1,128})"')
_DIGEST = re.compile(r"\s*([a-z0-9*_.-]+)=:([A-Za-z0-9+/=]*):\s*")
_DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Content as it came, and decoded where it was compressed. `at`: when the last byte was in."""

    raw: bytes
    data: bytes
    media_type: str
    encoding: str
    at: datetime


def idempotency_key(request: web.Request) -> str:
    """Give the caller's own name for the request, "" without one. Raises the `Problem` 400."""
    values = request.headers.getall("Idempotency-Key", [])
    if not values:
        return ""
    found = _KEY.fullmatch(values[0].strip())
    if len(values) > 1 or found is None:
        raise Problem("bad-request", 'Idempotency-Key is one quoted string, as in "8e03978e-40d5"')
    return found[1]


async def receive(core: Core, request: web.Request) -> Received:
    """Read a request's content within its bounds. Raises a `Problem`; nothing is stored then."""
    server = core.config.server
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise Problem(
            "unsupported-encoding", "identity and gzip are taken", headers={"Accept-Encoding": "gzip"}
        )
    length = request.content_length
    if length is not None and length > server.body_bytes_max:
        raise Problem("too-large", f"at most {server.body_bytes_max} bytes are taken")
    raw = await _content(request, server.body_bytes_max, server.body_seconds_max)
    at = core.clock.now()
    check_digest(request.headers.getall("Content-Digest", []), raw)
    if not raw:
        raise Problem("empty-content")
    data = raw
    if encoding == "gzip":
        most = min(server.body_bytes_max, server.inflate_ratio_max * len(raw) + CHUNK)
        data = await asyncio.to_thread(inflate, raw, most)
    media_type = request.content_type if "Content-Type" in request.headers else ""
    return Received(raw=raw, data=data, media_type=media_type[:128], encoding=encoding, at=at)


async def _content(request: web.Request, most: int, seconds: float) -> bytes:
    if request.content.is_eof():
        # All of it came together with the head: nobody has to wait, and nothing to be timed.
        found = request.content.read_nowait()
        _bounded(len(found), most, 0)
        return found
    return await _awaited(request, most, seconds)


async def _awaited(request: web.Request, most: int, seconds: float) -> bytes:
    found = bytearray()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.content.iter_chunked(CHUNK):
                found += piece
                _bounded(len(found), most, loop.time() - begun)
    except TimeoutError:
        raise Problem("too-slow", headers={"Connection": "close"}) from None
    return bytes(found)


def _bounded(size: int, most: int, seconds: float) -> None:
    if size > most:
        raise Problem("too-large", f"at most {most} bytes are taken", headers={"Connection": "close"})
    if size < BYTES_PER_SECOND_MIN * (seconds - SLOW_START_SECONDS):
        raise Problem("too-slow", headers={"Connection": "close"})


def check_digest(values: list[str], data: bytes) -> None:
    """Hold content to its Content-Digest (RFC 9530). Algorithms that we do not know are passed over."""
    joined = ",".join(values)
    for member in joined.split(",") if joined.strip() else ():
        found = _DIGEST.fullmatch(member)
        if found is None:
            raise Problem("bad-request", "Content-Digest is a list such as sha-256=:...:")
        if found[1] not in _DIGESTS:
            continue
        try:
            expected = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            raise Problem("bad-request", "a digest in Content-Digest is not base64") from None
        if _DIGESTS[found[1]](data).digest() != expected:
            raise Problem("digest-mismatch", f"{found[1]} of the content is another")


def inflate(raw: bytes, most: int) -> bytes:
    """Undo gzip, one member, up to `most` bytes. Raises a `Problem`."""
    machine = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        data = machine.decompress(raw, most + 1)
    except zlib.error:
        raise Problem("bad-encoding", "it is not gzip") from None
    if len(data) > most:
        raise Problem("too-large", f"at most {most} bytes are taken after decompression")
    if not machine.eof or machine.unused_data:
        raise Problem("bad-encoding", "it is cut short, or something follows")
    return data


def shed(core: Core) -> None:
    """Refuse work while the writer is behind, before any of it is read. Raises the `Problem` 503."""
    ledger, most = core.ledger, core.config.server
    if core.halted:
        core.counts["shed"] += 1
        raise Problem("unavailable", "what is stored does not verify; nothing new is taken")
    if ledger.backlog > most.queue_max or ledger.backlog_seconds > most.queue_seconds_max:
        core.counts["shed"] += 1
        raise Problem("unavailable", "the ledger is behind", headers={"Retry-After": "1"})


async def store(
    core: Core,
    caller: Caller,
    received: Received,
    *,
    transport: str = "http",
    key: str = "",
    scope: str = "",
    via: Mapping[str, str] | None = None,
    traceparent: str = "",
) -> Admission:
    """Sign and commit. Raises the `Problem` 503 where the commit failed or is in doubt.

    `via` is what the receipt says beside transport and key of how the content came; `traceparent`
    what the caller says of its own trace.
    """
    if core.halted:
        raise Problem("unavailable", "what is stored does not verify; nothing new is taken")
    submission = core.ids()
    how = {"transport": transport} | ({"key": key} if key else {}) | dict(via or {})
    size = len(received.raw)
    with core.step("intake", submission, partner=caller.name, transport=transport, bytes=size) as step:
        step.first, step.traceparent = True, traceparent
        admission = await _commit(core, caller, received, submission, scope, key, how)
        step.notes["outcome"] = admission.outcome.value
        # What is a copy belongs to the trace of what it is a copy of.
        step.first, step.submissions = admission.submission == submission, (admission.submission,)
    return admission


async def _commit(
    core: Core, caller: Caller, received: Received, submission: str, scope: str, key: str, via: dict[str, str]
) -> Admission:
    form = format_of(received.media_type, received.data)
    digest = await _sha256(received.raw)
    origin = Origin(
        submission=submission,
        partner=caller.name,
        content=Content(len(received.raw), spell(digest)),
        via=via,
        received_at="",
        interchange={"format": form} if form else None,
    )
    kept, spans = mask(received.data)
    compressed = received.encoding != "identity"
    try:
        body = await core.body(kept, digest if kept is received.raw else b"")
        arrival = Arrival(
            submission=submission,
            partner=caller.name,
            digest=digest,
            size=len(received.raw),
            body=body,
            raw=await core.body(received.raw) if compressed and not spans else None,
            encoding=received.encoding,
            masked=spans,
            media_type=received.media_type,
            via=origin.via,
            receipt=core.receipt(origin, received.at),
            format=form,
            scope=scope,
            key=key,
        )
        with core.arrival():
            admission = await core.ledger.write(Each(admit_all, arrival), len(kept), short=True)
    except (LedgerUnavailable, OSError) as error:
        core.counts["intake_failed"] += 1
        raise Problem("unavailable", "the content was not stored", headers={"Retry-After": "5"}) from error
    core.counts[f"intake_{admission.outcome.value}"] += 1
    return admission


async def _sha256(data: bytes) -> bytes:
    made = hashlib.sha256(data) if len(data) <= CHUNK else await asyncio.to_thread(hashlib.sha256, data)
    return made.digest()


def format_of(media_type: str, data: bytes) -> str:
    """Name the format that content is said to be, or looks like; "" for none."""
    if media_type in FORMATS:
        return FORMATS[media_type]
    found = sniff(data)
    if found is None and media_type == PLAIN:
        return "catair"
    return found.name if found is not None else ""
