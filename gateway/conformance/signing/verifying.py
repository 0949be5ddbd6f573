"""How this library verifies evidence.

Lives here: the call of each form's verifier. A target of another kind verifies in its own way, or says
that it has none.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.conformance import locked
from gateway.conformance.model import Seen, Spot
from gateway.conformance.signing.evidence import private_of
from gateway.signing import KeyRing, KeySetError, Verdict, verify_detached, verify_receipt
from gateway.signing.as2 import mic, same_mic
from gateway.signing.as2mdn import accept_mdn
from gateway.signing.checkpoint import Checkpoint, check_growth, log_verifier, verify_proof
from gateway.signing.cms import verify_cms
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import REQUEST_CARRIES, REQUEST_COVERS, REQUEST_TAG, SignedMessage, verify_http
from gateway.signing.mime import MimeError, read_entity
from gateway.signing.note import Verifier
from gateway.signing.receipt import read_receipt
from gateway.signing.smime import open_message
from gateway.signing.timestamp import verify_timestamp
from gateway.signing.verdict import SignatureError, wrong
from gateway.signing.xmldsig import verify_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.conformance.model import Built

HOLDS, REFUSED = "holds", "refused"


def verified(built: Built) -> tuple[Seen, str]:
    """Verify; give what was said (that it holds, or each reason why not), and its digests for `answers.lock`."""
    steps = built.steps
    verdict = _verdict(built.data, base64.b64decode(steps["token"]), steps)
    flaws = tuple(_flaws(verdict, built))
    found = tuple(
        Spot("/".join(one.code.split("/")[-2:]).replace("/", "."), (one.place,)) for one in verdict.findings
    )
    seen = Seen(disposition=HOLDS if verdict.ok else REFUSED, findings=found, flaws=flaws)
    return seen, locked.said(built.data, verdict.findings)


# Forms of which the verified bytes are the data as they were given.
_EXACT = frozenset({"ack", "keys", "cms", "pss", "timestamp", "log", "smime", "encrypted"})


def _flaws(verdict: Verdict, built: Built) -> Iterator[str]:
    """Yield what is wrong with a verdict itself: it names the key, gives out what was signed, and fails closed."""
    nothing = Verdict()
    if nothing.ok or not str(SignatureError(nothing.findings)) or bool(verdict) is not verdict.ok:
        yield "a verdict of nothing holds, or one is taken for another"
    try:
        content = verdict.content
    except SignatureError as error:
        told = tuple(one.message for one in verdict.findings)
        if (
            verdict.ok
            or error.findings != verdict.findings
            or str(error) != "; ".join(told)
            or verdict.reasons != told
        ):
            yield "the reasons of a verdict are not those that it has"
        return
    if not verdict.ok or verdict.reasons:
        yield "what nobody verified is given out"
    if built.steps["form"] in _EXACT and content != built.data:
        yield "other bytes are given out than those that were verified"
    if "canonical" in built.steps and content != base64.b64decode(built.steps["canonical"]):
        yield "what is given out is not the canonical document"
    if "signer" in built.steps and verdict.kid != built.steps["signer"]:
        yield "another key is named than the one that signed"


def _verdict(data: bytes, token: bytes, steps: Mapping[str, Any]) -> Verdict:
    try:
        ring = KeyRing.from_jwks(steps["keys"])
    except KeySetError as error:
        return Verdict((wrong("keys", "set", "set/invalid", str(error)),))
    at = datetime.fromisoformat(steps["at"])
    text = _text(token)
    verify: Mapping[str, Callable[[], Verdict]] = {
        "ack": lambda: verify_detached(data, text, ring, at=at),
        "keys": lambda: verify_detached(data, text, ring, at=at),
        "receipt": lambda: _receipted(text, ring, data, base64.b64decode(steps["answer"])),
        "cms": lambda: verify_cms(data, token, ring, None if "undated" in steps else at),
        "pss": lambda: verify_cms(data, token, ring, at),
        "xml": lambda: verify_xml(token, ring, at),
        "smime": lambda: _opened(data, token, ring, at, steps),
        "encrypted": lambda: _opened(data, token, ring, at, steps),
        "mdn": lambda: _received(token, ring, at, steps),
        "timestamp": lambda: _stamped(data, token, ring, steps),
        "http": lambda: _http(data, ring, at, steps),
        "fields": lambda: _http(data, ring, at, steps),
        "growth": lambda: _grown(token),
        "log": lambda: _logged(data, text, ring, steps),
    }
    return verify[steps["form"]]()


def _text(token: bytes) -> str:
    """Give a token as text; half a pair of surrogates is given on, as a caller might have it."""
    try:
        return token.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return token.decode("utf-8", "replace")


def _receipted(token: str, ring: KeyRing, data: bytes, answer: bytes) -> Verdict:
    """Verify a receipt, and see that it is read as it stands there."""
    verdict = verify_receipt(token, ring, data, answer)
    if not verdict.ok:
        return verdict
    one, plain = read_receipt(verdict.content), json.loads(verdict.content)
    empty: dict[str, Any] = {
        "received_at": None,
        "entry": None,
        "findings": None,
        "software": "",
        "specs": [],
    }
    told = {
        "v": 1,
        **{name: getattr(one, name) for name in _PLAIN},
        "at": _instant(one.at),
        "received_at": one.received_at and _instant(one.received_at),
        "content": {"bytes": one.content.length, "digest": one.content.digest},
        "findings": one.findings and {"count": one.findings.length, "digest": one.findings.digest},
        "specs": list(one.specs),
    }
    if any({**empty, **plain}[name] != value for name, value in told.items()):
        return verdict.against(
            wrong("receipt", "told", "told/differs", "the receipt is not read as it stands")
        )
    return verdict


_PLAIN = ("receipt", "submission", "kind", "attests", "disposition", "partner", "via", "interchange", "answers",
          "entry", "software", "log")  # fmt: skip


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _logged(data: bytes, text: str, ring: KeyRing, steps: Mapping[str, Any]) -> Verdict:
    verifier = log_verifier(steps["origin"], ring, text)
    if verifier is None:
        return Verdict((wrong("log", "checkpoint", "key/unknown", "no trusted key signed the checkpoint"),))
    witnesses = [Verifier.read(told) for told in steps.get("witnesses", ())]
    return verify_proof(data, text, verifier, witnesses)


def _stamped(data: bytes, token: bytes, ring: KeyRing, steps: Mapping[str, Any]) -> Verdict:
    """Verify a time-stamp, and see that the time is the one that it says."""
    found = verify_timestamp(data, token, ring, steps["nonce"])
    if found.verdict.ok and (found.at is None or steps.get("time") not in {None, found.at.isoformat()}):
        return found.verdict.against(wrong("timestamp", "told", "told/differs", "another time is told"))
    return found.verdict


def _grown(token: bytes) -> Verdict:
    """Compare two checkpoints of a log; what is given out is the later one."""
    plain = json.loads(token)
    old, new = (
        Checkpoint(origin, size, base64.b64decode(root))
        for origin, size, root in (plain["old"], plain["new"])
    )
    verdict = check_growth(old, new, [base64.b64decode(value) for value in plain["proof"]])
    if verdict.ok and verdict.content != "{}\n{}\n{}\n".format(*plain["new"]).encode():
        return verdict.against(wrong("growth", "told", "told/differs", "another checkpoint is given out"))
    return verdict


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
        opened.payload == data
        and same_mic(mic(opened.mic_input), steps["mic"])
        and (opened.content_type, opened.filename)
        == (steps.get("type", "application/edi-x12"), steps.get("name", ""))
    ):
        found = (wrong("smime", "message", "content/differs", "payload, MIC, type or name are others"),)
    if opened.failure is not None:
        # The word that the sender is told is one of the words that are kept.
        found = tuple(replace(one, expected=one.expected or opened.failure.name.lower()) for one in found)
    return Verdict(found, opened.signer, opened.payload)


def _received(token: bytes, ring: KeyRing, at: datetime, steps: Mapping[str, Any]) -> Verdict:
    try:
        entity = read_entity(token)
    except MimeError as error:
        return Verdict((wrong("mdn", "message", "mime/invalid", str(error)),))
    wanted = {"message_id": steps["message_id"], "mic": steps["mic"], "signed": steps["signed"]}
    # Names of headers come in any spelling.
    headers = {name.title(): value for name, value in entity.headers.items()}
    verdict, told = accept_mdn(headers, entity.body, ring, at, **wanted)
    if verdict.ok and not (
        told.original == steps["message_id"]
        and "processed" in told.disposition.lower()
        and same_mic(told.mic, steps["mic"])
        and verdict.content in token
    ):
        return verdict.against(
            wrong("mdn", "told", "told/differs", "what is told of the receipt is not what it says")
        )
    return verdict


def _http(data: bytes, ring: KeyRing, at: datetime, steps: Mapping[str, Any]) -> Verdict:
    """Verify a request, or the answer to one where there is a status."""
    answer = "status" in steps
    found = verify_http(
        _message(steps),
        ring,
        int(at.timestamp()),
        tag=REQUEST_TAG,
        covers=steps.get("covers", REQUEST_COVERS),
        body=data,
        parameters=("created",) if answer else REQUEST_CARRIES,
    )
    verdict = found.verdict
    if verdict.ok and not _told(found, steps):
        verdict = verdict.against(
            wrong("http", "told", "told/differs", "what is told of the signature is not what it says")
        )
    return verdict


def _message(steps: Mapping[str, Any]) -> Message:
    fields = [(str(name), str(value)) for name, value in steps["fields"]]
    asked = _message(steps["request"]) if "request" in steps else None
    return Message(
        method=steps.get("method", ""),
        target_uri=steps.get("target", ""),
        fields=fields,
        status=steps.get("status", 0),
        request=asked,
    )


def _told(found: SignedMessage, steps: Mapping[str, Any]) -> bool:
    """Tell whether key, nonce, time and components are those that stand in the field."""
    field = dict(steps["fields"])["Signature-Input"].replace(";  ", ";")
    covered = [f'"{name}"' if not name.endswith(";req") else f'"{name[:-4]}";req' for name in found.covered]
    texts = [f';keyid="{found.keyid}"', f"created={found.created}", *covered]
    nonce = f';nonce="{found.nonce}"' in field or f";nonce={found.nonce};" in field
    places = [field.find(text) for text in covered]
    return (
        nonce
        and all(text in field for text in texts)
        and places == sorted(places)
        and found.keyid == found.verdict.kid
    )
