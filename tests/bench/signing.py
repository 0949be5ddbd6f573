"""What a signature of each kind costs beside the bare call of `cryptography`.

A ratio of 1 means that nothing is lost; the goal is 0.7 for what the service signs with each
answer. Each pair is timed in turns, and the best turn of each counts.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from lxml import etree

from gateway.signing import (
    Attests,
    Content,
    Key,
    KeyRing,
    Kind,
    Purpose,
    Receipt,
    digest,
    generate,
    make_receipt,
    sign_detached,
    verify_detached,
)
from gateway.signing.certificates import self_signed
from gateway.signing.cms import sign_cms
from gateway.signing.httpbase import Message, made_base
from gateway.signing.httpsig import RESPONSE_TAG, content_digest, sign_http
from gateway.signing.jws import verify_compact
from gateway.signing.log import Frontier, Tree, inclusion_proof, is_included, leaf_hash
from gateway.signing.xmldsig import sign_xml
from gateway.signing.xmlform import parser

AT = datetime(2026, 3, 10, 9, 16, 3, tzinfo=UTC)
UNTIL = datetime(2031, 3, 10, tzinfo=UTC)
ACKNOWLEDGEMENT = b"AK1*SO*1*004010~" * 60
DOCUMENT = (
    b'<Response xmlns="urn:wco:datamodel:WCO:RES-DMS:2">'
    + b"<FunctionCode>11</FunctionCode>" * 30
    + b"</Response>"
)
ENTRIES = 1_000_000


def _seconds(call: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - start) / count


def _ratio(ours: Callable[[], object], bare: Callable[[], object], count: int, turns: int = 25) -> float:
    """Give how fast ours is, as a part of the bare call's speed: processor time, the best of many turns."""
    pairs = [(_seconds(ours, count), _seconds(bare, count)) for _ in range(turns)]
    return min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)


def _receipt() -> Receipt:
    return Receipt(
        receipt="01KAP3AAAAAAAAAAAAAAAAAAAB",
        submission="01KAP3AAAAAAAAAAAAAAAAAAAA",
        kind=Kind.TECHNICAL,
        attests=Attests.SYNTAX,
        disposition="accepted",
        at=AT,
        received_at=AT,
        partner="BROKER01",
        content=Content.of(b"x"),
        via={"transport": "http", "key": "8e03978e"},
        interchange={"format": "x12", "sender": "ZZ/BROKER01", "control": "000000125"},
        answers=digest(ACKNOWLEDGEMENT),
        log="gw.example/receipts/2026",
    )


def _signatures() -> list[tuple[str, float, str]]:
    p256, rsa, xml, http = (
        generate(Purpose.RECEIPT),
        self_signed(generate(Purpose.CMS), "GATEWAY", 1, AT, UNTIL),
        self_signed(generate(Purpose.XML), "GATEWAY", 2, AT, UNTIL),
        generate(Purpose.HTTP),
    )
    ecdsa, sha256, receipt = ec.ECDSA(hashes.SHA256()), hashes.SHA256(), _receipt()
    ring, detached = KeyRing([p256]), sign_detached(ACKNOWLEDGEMENT, p256)
    token = make_receipt(receipt, p256)
    signing_input = token.rpartition(".")[0].encode("ascii")
    raw = p256.private.sign(ACKNOWLEDGEMENT, ecdsa)
    response = Message(
        status=202,
        fields=[("content-type", "application/json"), ("content-digest", content_digest(ACKNOWLEDGEMENT))],
        request=Message(method="POST", target_uri="http://127.0.0.1:8080/v1/submissions"),
    )
    covered = ("@status", "content-type", "content-digest", "@method;req", "@target-uri;req")
    base, _ = made_base(response, covered, ";created=1795332226")

    def bare_sign(data: bytes) -> Callable[[], object]:
        return lambda: p256.private.sign(data, ecdsa)

    def bare_verify() -> None:
        p256.public.verify(raw, ACKNOWLEDGEMENT, ecdsa)

    rows = [
        (
            "detached JWS, ES256, sign",
            lambda: sign_detached(ACKNOWLEDGEMENT, p256),
            bare_sign(ACKNOWLEDGEMENT),
            100,
        ),
        (
            "detached JWS, ES256, verify",
            lambda: verify_detached(ACKNOWLEDGEMENT, detached, ring),
            bare_verify,
            100,
        ),
        ("receipt, ES256, make", lambda: make_receipt(receipt, p256), bare_sign(signing_input), 100),
        ("receipt, ES256, verify", lambda: verify_compact(token, ring), bare_verify, 100),
        (
            "detached CMS, RSA-3072, sign",
            lambda: sign_cms(ACKNOWLEDGEMENT, rsa, AT),
            lambda: rsa.private.sign(ACKNOWLEDGEMENT, padding.PKCS1v15(), sha256),
            5,
        ),
        (
            "HTTP signature, Ed25519, sign",
            lambda: sign_http(response, http, covered, 1_795_332_226, tag=RESPONSE_TAG),
            lambda: http.private.sign(base),
            100,
        ),
        ("XML-DSig, ES256, sign", lambda: sign_xml(DOCUMENT, xml), bare_sign(DOCUMENT), 50),
    ]
    found = [
        (f"{name}, beside the bare call", _ratio(ours, bare, n), "of its speed")
        for name, ours, bare, n in rows
    ]
    # Nobody signs XML without parsing and canonicalising it: the bare call with bare lxml.
    whole = _ratio(lambda: sign_xml(DOCUMENT, xml), lambda: _bare_xml(xml, ecdsa), 50)
    return [*found, ("XML-DSig, ES256, sign, beside bare call, parse and C14N", whole, "of its speed")]


def _bare_xml(key: Key, method: ec.ECDSA) -> None:
    root = etree.fromstring(DOCUMENT, parser())
    signed = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    info = b"<SignedInfo>" + hashlib.sha256(signed).digest()
    key.private.sign(info, method)


def _log() -> list[tuple[str, float, str]]:
    """Tell how an append and a proof grow: a million entries beside a thousand."""
    leaf = leaf_hash(b"receipt")
    small = Tree([leaf] * 1000)
    large = Tree([leaf] * ENTRIES)

    def append(frontier: Frontier) -> Callable[[], object]:
        def run() -> Frontier:
            grown = frontier
            for _ in range(64):
                grown = grown.append(leaf)[0]
            return grown

        return run

    def proof(tree: Tree) -> Callable[[], object]:
        root, size = tree.root(), len(tree)
        return lambda: is_included(size // 3, size, leaf, inclusion_proof(size // 3, size, tree.node), root)

    return [
        (
            "log append at 1,000,000 beside 1,000 entries",
            1 / _ratio(append(large.frontier), append(small.frontier), 50),
            "times",
        ),
        ("log proof in 1,000,000 beside 1,000 entries", 1 / _ratio(proof(large), proof(small), 200), "times"),
        ("log proof in 1,000,000 entries, made and checked", _seconds(proof(large), 200) * 1000, "ms"),
    ]


def run() -> list[tuple[str, float, str]]:
    """Give each measurement as name, number and unit."""
    return [*_signatures(), *_log()]
