"""Sign and verify; key sets. Keys and times are arguments.

Pure: no files, no clock, and no randomness but what the cryptographic library draws. What
the layers above use:

Keys (`keys`, `keyring`; stored by `gateway.shell.keys`)
    `KeyRing.signer(Purpose.RECEIPT) -> Key`, `.find(kid)`, `.jwks() -> dict`,
    `.jwks_text() -> str` for `/.well-known/jwks.json`, `KeyRing.from_jwks(plain_or_text)`,
    `KeyRing.trusted(data)` for a JWK set or PEM that somebody was given.

An acknowledgement's signature (`jws`)
    `sign_detached(data: bytes, key) -> str` over the exact bytes,
    `verify_detached(data, token, keyset) -> Verdict`.

A receipt (`receipt`, `receipttext`)
    `make_receipt(Receipt(...), key) -> str`, the text to store and send as it is:

        Receipt(receipt=ulid, submission=ulid, kind=Kind.RECEIPT, attests=Attests.RECEIVED,
                disposition="received", at=now, partner="BROKER01", content=Content.of(body),
                via={"transport": "http", "key": idempotency_key},
                interchange={"format": "x12", "control": "000000125"}, log="gw.example/receipts/2026")

    An answer's receipt has kind TECHNICAL (attests SYNTAX or ACCEPTED) or BUSINESS (attests
    CUSTOMS), `answers=digest(acknowledgement)`, `at` when it was made, `received_at`.
    `verify_receipt(token, keyset, source=None, acknowledgement=None) -> Verdict`;
    `read_receipt(verdict.content) -> Receipt`; `render(receipt) -> str` for people.

A receipt file (`receiptfile`), what `gateway submit --wait` saves beside the input
    `ReceiptFile(receipt=token, acknowledgement=bytes, media_type=..., signature=detached,
    keys=ring.jwks(), proof="").as_text()`; `ReceiptFile.read(data).verify(keyset, source)`;
    `pieces(file)` for openssl and José.

The receipt log (`log`, `edge`, `checkpoint`, `note`, `tiles`, `logaudit`)
    Writer: `Frontier` (`append(leaf_hash(text.encode())) -> (frontier, completed nodes)`,
    `.root()`), `Edge`, which keeps the hashes of full tiles and is given the leaves it asks for
    (`lookup(read)`), or `Tree(leaf hashes)` with everything in memory, whose `node` is a lookup.
    `Checkpoint(origin, size, root).sign(ring.signer(Purpose.LOG)) -> str` for
    `/v1/log/checkpoint`; before signing, `check_growth(old, new, consistency_proof(...))`.
    `ReceiptProof.make(index, checkpoint, note, node).text()` for `/v1/log/proof?receipt=`;
    `serve_tile("tile/0/000", size, node) -> bytes | None` for `/v1/log/tile/...`, which
    monitors need. `audit(entries, checkpoints)` re-reads a whole store.

Other forms (keys need a certificate: `certificates`; `KeyFolder` makes them for CMS, XML, AS2)
    `cms.sign_cms(data, key, at) -> DER`, `cms.verify_cms(data, signature, keyset, at)`;
    `xmldsig.sign_xml(document, key) -> document`, `xmldsig.verify_xml(document, keyset, at)`;
    `httpsig.sign_http(message, key, covered, created, tag=...) -> two fields`,
    `httpsig.verify_http(message, keyset, now, tag=..., covers=..., body=...)`, and
    `content_digest(body)`, `check_content_digest(value, body) -> findings`;
    `timestamp.timestamp_request(data, nonce)`, `verify_timestamp(data, reply, authorities, nonce)`.

AS2 (`as2`, `smime`, `as2mdn`, `mime`)
    In: `read_request(headers)`; `open_message(Entity(headers in lower case, body), ours,
    partners, at) -> Opened` (payload, layers, `failure`, `mic_input`); `mic(octets, micalg)`;
    `make_mdn(Mdn(...), boundaries, key, at) -> Entity` to store and send.
    Out: `make_message(...) -> (Entity, mic octets)`, `request_headers(...)`;
    `accept_mdn(headers, body, partners, at, message_id=, mic=) -> (Verdict, Received)`.

A `Verdict` has `.ok`, `.findings`, `.reasons` (texts) and `.content`, the signed bytes,
which raises `SignatureError` unless it holds.
"""

from __future__ import annotations

from gateway.signing.digest import digest
from gateway.signing.jws import sign_compact, sign_detached, verify_compact, verify_detached
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, KeySetError, Purpose, State, generate
from gateway.signing.receipt import (
    Attests,
    Content,
    Kind,
    Receipt,
    ReceiptError,
    make_receipt,
    read_receipt,
    verify_receipt,
)
from gateway.signing.receiptfile import ReceiptFile, ReceiptFileError
from gateway.signing.receiptpieces import pieces
from gateway.signing.receipttext import render
from gateway.signing.verdict import SignatureError, Verdict

__all__ = [
    "Attests",
    "Content",
    "Key",
    "KeyRing",
    "KeySetError",
    "Kind",
    "Purpose",
    "Receipt",
    "ReceiptError",
    "ReceiptFile",
    "ReceiptFileError",
    "SignatureError",
    "State",
    "Verdict",
    "digest",
    "generate",
    "make_receipt",
    "pieces",
    "read_receipt",
    "render",
    "sign_compact",
    "sign_detached",
    "verify_compact",
    "verify_detached",
    "verify_receipt",
]
