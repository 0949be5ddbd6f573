"""How this library verifies evidence.

Lives here: the call of each form's verifier. A target of another kind verifies in its own way, or says
that it has none.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.conformance import locked
from gateway.conformance.model import Seen, Spot
from gateway.conformance.signing.evidence import private_of
from gateway.signing import KeyRing, Verdict, verify_detached, verify_receipt
from gateway.signing.as2 import mic, same_mic
from gateway.signing.as2mdn import accept_mdn
from gateway.signing.checkpoint import log_verifier, verify_proof
from gateway.signing.cms import verify_cms
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import REQUEST_CARRIES, REQUEST_COVERS, REQUEST_TAG, verify_http
from gateway.signing.mime import MimeError, read_entity
from gateway.signing.smime import open_message
from gateway.signing.timestamp import verify_timestamp
from gateway.signing.verdict import wrong
from gateway.signing.xmldsig import verify_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.model import Built

HOLDS, REFUSED = "holds", "refused"


def verified(built: Built) -> tuple[Seen, str]:
    """Verify; give what was said (that it holds, or each reason why not), and its digests for `answers.lock`."""
    steps = built.steps
    verdict = _verdict(built.data, base64.b64decode(steps["token"]), steps)
    found = tuple(
        Spot("/".join(one.code.split("/")[-2:]).replace("/", "."), (one.place,)) for one in verdict.findings
    )
    seen = Seen(disposition=HOLDS if verdict.ok else REFUSED, findings=found)
    return seen, locked.said(built.data, verdict.findings)


def _verdict(data: bytes, token: bytes, steps: Mapping[str, Any]) -> Verdict:
    ring = KeyRing.from_jwks(steps["keys"])
    at = datetime.fromisoformat(steps["at"])
    text = token.decode("utf-8", "replace")
    verify: Mapping[str, Callable[[], Verdict]] = {
        "ack": lambda: verify_detached(data, text, ring, at=at),
        "receipt": lambda: verify_receipt(text, ring, data, base64.b64decode(steps["answer"])),
        "cms": lambda: verify_cms(data, token, ring, at),
        "pss": lambda: verify_cms(data, token, ring, at),
        "xml": lambda: verify_xml(token, ring, at),
        "smime": lambda: _opened(data, token, ring, at, steps),
        "encrypted": lambda: _opened(data, token, ring, at, steps),
        "mdn": lambda: _received(token, ring, at, steps),
        "timestamp": lambda: verify_timestamp(data, token, ring, steps["nonce"]).verdict,
        "http": lambda: _http(data, ring, at, steps),
        "log": lambda: _logged(data, text, ring, steps),
    }
    return verify[steps["form"]]()


def _logged(data: bytes, text: str, ring: KeyRing, steps: Mapping[str, Any]) -> Verdict:
    verifier = log_verifier(steps["origin"], ring, text)
    if verifier is None:
        return Verdict((wrong("log", "checkpoint", "key/unknown", "no trusted key signed the checkpoint"),))
    return verify_proof(data, text, verifier)


def _opened(data: bytes, token: bytes, ring: KeyRing, at: datetime, steps: Mapping[str, Any]) -> Verdict:
    """Open a message; it has to be signed, and to hold the payload that was sent under the MIC that was told.

    Where we were given a key of our own it has to be encrypted too.
    """
    own = KeyRing([private_of(steps["own"])] if "own" in steps else ())
    try:
        opened = open_message(read_entity(token), own, ring, at)
    except MimeError as error:
        return Verdict((wrong("smime", "message", "mime/invalid", str(error)),))
    found = opened.findings
    if opened.failure is None and "signed" not in opened.layers:
        found = (wrong("smime", "message", "signature/absent", "the message is not signed"),)
    elif opened.failure is None and len(own) and "encrypted" not in opened.layers:
        found = (wrong("smime", "message", "encryption/absent", "the message is not encrypted"),)
    elif opened.failure is None and not (
        opened.payload == data and same_mic(mic(opened.mic_input), steps["mic"])
    ):
        found = (wrong("smime", "message", "content/differs", "payload or MIC are others"),)
    return Verdict(found, opened.signer, opened.payload)


def _received(token: bytes, ring: KeyRing, at: datetime, steps: Mapping[str, Any]) -> Verdict:
    try:
        entity = read_entity(token)
    except MimeError as error:
        return Verdict((wrong("mdn", "message", "mime/invalid", str(error)),))
    wanted = {"message_id": steps["message_id"], "mic": steps["mic"], "signed": steps["signed"]}
    return accept_mdn(entity.headers, entity.body, ring, at, **wanted)[0]


def _http(data: bytes, ring: KeyRing, at: datetime, steps: Mapping[str, Any]) -> Verdict:
    fields = [(str(name), str(value)) for name, value in steps["fields"]]
    message = Message(method=steps["method"], target_uri=steps["target"], fields=fields)
    return verify_http(
        message,
        ring,
        int(at.timestamp()),
        tag=REQUEST_TAG,
        covers=REQUEST_COVERS,
        body=data,
        parameters=REQUEST_CARRIES,
    ).verdict
