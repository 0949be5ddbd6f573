"""The receipt: what it says, as a signed token (JWS) and as a text for people.

A receipt names the bytes that came in, by length and digest; one of an answer names the
answer's bytes too. It never claims more than its kind allows: `receipt` that the bytes are
on our disk, `technical` what reading them gave, `business` what customs said. The payload
is made once and never written again: a verifier checks it as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from json.encoder import encode_basestring as _quote
from typing import Any

from gateway.finding import Finding
from gateway.signing.digest import digest, read_digest, same_digest
from gateway.signing.jsontext import JsonTextError, strict_object
from gateway.signing.jws import PAYLOAD_BYTES_MAX, key_findings, sign_compact, verify_compact
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key
from gateway.signing.verdict import Verdict, wrong

TYPE = "customs-receipt+jws"
VERSION = 1
KIND = "receipt.v1"
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class ReceiptError(ValueError):
    """A payload is not a receipt, or a receipt would claim what its kind may not."""


class Kind(StrEnum):
    """Which of the three answers this is about."""

    RECEIPT = "receipt"
    TECHNICAL = "technical"
    BUSINESS = "business"


class Attests(StrEnum):
    """How far the statement goes; the later ones are not implied by the earlier ones."""

    RECEIVED = "received"
    SYNTAX = "syntax"
    ACCEPTED = "accepted"
    CUSTOMS = "customs"


ALLOWED = {
    Kind.RECEIPT: {Attests.RECEIVED: {"received", "rejected"}},
    Kind.TECHNICAL: {
        Attests.SYNTAX: {"accepted", "rejected"},
        Attests.ACCEPTED: {"accepted", "rejected"},
    },
    Kind.BUSINESS: {
        Attests.ACCEPTED: {"accepted", "rejected"},
        Attests.CUSTOMS: {"accepted", "rejected", "pending"},
    },
}
"""Kind to what it may attest, to the dispositions that may stand with it.

A business answer that is our own refusal attests `accepted`: customs has said nothing then.
"""


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes by their length and `sha-256=:…:` digest."""

    length: int
    digest: str

    @classmethod
    def of(cls, data: bytes) -> Content:
        """Describe bytes."""
        return cls(len(data), digest(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says.

    `receipt` and `submission` are unique ids (ULID). `at` (aware, UTC): for a receipt when
    the last byte was in, for an answer when it was made; `received_at` is then when the last
    byte had been in. `partner` is as authenticated, `via` the transport and its key, texts.
    `content` is the body as received. `interchange` are format and control numbers as read,
    texts, None when nothing was read. `answers` is the digest of the acknowledgement's bytes.
    `entry` is the digest of the canonical entry, `findings` their number and digest,
    `software` and `specs` what judged. `log` is the origin of the receipt log.
    """

    receipt: str
    submission: str
    kind: Kind
    attests: Attests
    disposition: str
    at: datetime
    partner: str
    content: Content
    via: dict[str, str] = field(default_factory=dict)
    interchange: dict[str, str] | None = None
    answers: str | None = None
    received_at: datetime | None = None
    entry: str | None = None
    findings: Content | None = None
    software: str = ""
    specs: tuple[str, ...] = ()
    log: str = ""

    def __post_init__(self) -> None:
        """Hold the receipt to what its kind may say. Raises `ReceiptError`."""
        allowed = ALLOWED[self.kind]
        if self.disposition not in allowed.get(self.attests, set()):
            raise ReceiptError(f"a {self.kind} receipt may not say {self.attests}/{self.disposition}")
        if (self.answers is None) is not (self.kind is Kind.RECEIPT):
            raise ReceiptError("an answer's receipt names the answer by digest; a receipt of bytes has none")

    def payload(self) -> bytes:
        """Give the payload of the token: JSON in this order, without spaces, empty parts left out."""
        received = f'"received_at":"{_spell(self.received_at)}",' if self.received_at else ""
        interchange = "null" if self.interchange is None else _object(self.interchange)
        answers = "null" if self.answers is None else _quote(self.answers)
        return (
            f'{{"v":{VERSION},"receipt":{_quote(self.receipt)},"submission":{_quote(self.submission)},'
            f'"kind":"{self.kind}","attests":"{self.attests}","disposition":"{self.disposition}",'
            f'"at":"{_spell(self.at)}",{received}"partner":{_quote(self.partner)},"via":{_object(self.via)},'
            f'"content":{{"bytes":{self.content.length:d},"digest":{_quote(self.content.digest)}}},'
            f'"interchange":{interchange},"answers":{answers},{self._judged()}"log":{_quote(self.log)}}}'
        ).encode()

    def _judged(self) -> str:
        """Give the members that say how the answer came about, those that there are."""
        text = f'"entry":{_quote(self.entry)},' if self.entry else ""
        if self.findings is not None:
            text += (
                f'"findings":{{"count":{self.findings.length:d},"digest":{_quote(self.findings.digest)}}},'
            )
        if self.software:
            text += f'"software":{_quote(self.software)},'
        if self.specs:
            text += f'"specs":[{",".join(map(_quote, self.specs))}],'
        return text


def make_receipt(receipt: Receipt, key: Key) -> str:
    """Sign a receipt and give its token, which is the text to store, log and send."""
    return sign_compact(receipt.payload(), key, TYPE)


def verify_receipt(
    token: str,
    keyset: KeyRing,
    source: bytes | None = None,
    acknowledgement: bytes | None = None,
) -> Verdict:
    """Check a receipt: token, key, key's validity at `at`, and the bytes that are given.

    `source` are the bytes that were submitted, or what was inside them (AS2), `acknowledgement` those of the answer; None
    leaves that part unchecked. `content` of the verdict is the payload for `read_receipt`.
    """
    verdict = verify_compact(token, keyset, TYPE)
    if not verdict.ok:
        return verdict
    try:
        receipt = read_receipt(verdict.content)
    except ReceiptError as error:
        return verdict.against(wrong(KIND, "payload", "receipt/invalid", f"this is no receipt: {error}"))
    key = keyset.find(verdict.kid)
    found = list(key_findings(key, receipt.at) if key else ())
    if source is not None and not _is_payload(receipt, source):
        found += _differs("content", receipt.content.digest, source, receipt.content.length)
    if acknowledgement is not None:
        found += _differs("answers", receipt.answers, acknowledgement, None)
    return verdict.against(*found)


def read_receipt(payload: bytes) -> Receipt:
    """Read the payload of a token. Raises `ReceiptError`; checks no signature."""
    try:
        plain = strict_object(payload, PAYLOAD_BYTES_MAX)
        _version(plain.get("v"))
        return Receipt(
            receipt=_text(plain, "receipt"),
            submission=_text(plain, "submission"),
            kind=Kind(_text(plain, "kind")),
            attests=Attests(_text(plain, "attests")),
            disposition=_text(plain, "disposition"),
            at=_instant(plain["at"]),
            received_at=_instant(plain["received_at"]) if "received_at" in plain else None,
            partner=_text(plain, "partner"),
            via=_texts(plain, "via"),
            content=_read_content(plain["content"], "bytes"),
            interchange=None if plain["interchange"] is None else _texts(plain, "interchange"),
            answers=_read_digest(plain.get("answers")),
            entry=_read_digest(plain.get("entry")),
            findings=_read_content(plain["findings"], "count") if "findings" in plain else None,
            software=_text(plain, "software") if "software" in plain else "",
            specs=_list(plain.get("specs", []), "specs"),
            log=_text(plain, "log"),
        )
    except KeyError as error:
        raise ReceiptError(f"{error} is missing") from error
    except JsonTextError as error:
        raise ReceiptError(f"the payload cannot be read: {error}") from error
    except ReceiptError:
        raise
    except (ValueError, TypeError) as error:
        raise ReceiptError(str(error)) from error


def _differs(place: str, expected: str | None, data: bytes, length: int | None) -> list[Finding]:
    name = "the submitted bytes" if place == "content" else "the acknowledgement"
    if expected is None:
        return [wrong(KIND, place, "digest/absent", f"the receipt says nothing about {name}")]
    if length is not None and length != len(data):
        message = f"{name} are not as long as the receipt says"
        return [wrong(KIND, place, "length/differs", message, expected=length, actual=len(data))]
    if not same_digest(expected, data):
        message = f"{name} and the digest in the receipt do not fit"
        return [wrong(KIND, place, "digest/differs", message, expected=expected, actual=digest(data))]
    return []


def _is_payload(receipt: Receipt, source: bytes) -> bool:
    """Tell whether these bytes are what was inside the content, by the digest in `via`."""
    try:
        return same_digest(receipt.via.get("payload", ""), source)
    except ValueError:
        return False


def _object(texts: Mapping[str, str]) -> str:
    return f"{{{','.join([f'{_quote(name)}:{_quote(value)}' for name, value in texts.items()])}}}"


def _read_content(plain: Any, unit: str) -> Content:
    length = plain[unit]
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise ReceiptError(f"{unit} is not a whole number")
    read_digest(plain["digest"])
    return Content(length, plain["digest"])


def _version(version: Any) -> None:
    if isinstance(version, bool) or version != VERSION:
        raise ReceiptError(f"version {str(version)[:32]} is not known")


def _read_digest(text: Any) -> str | None:
    if text is None:
        return None
    read_digest(text)
    return str(text)


def _text(plain: Mapping[str, Any], name: str) -> str:
    text = plain[name]
    if not isinstance(text, str):
        raise ReceiptError(f"{name} is not text")
    return text


def _texts(plain: Mapping[str, Any], name: str) -> dict[str, str]:
    texts = plain[name]
    if not isinstance(texts, dict):
        raise ReceiptError(f"{name} is not an object")
    return {key: _text(texts, key) for key in texts}


def _list(texts: Any, name: str) -> tuple[str, ...]:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ReceiptError(f"{name} is not a list of texts")
    return tuple(texts)


def _spell(at: datetime) -> str:
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{utc.isoformat('T', 'microseconds')[:26]}Z"


def _instant(text: Any) -> datetime:
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise ReceiptError("a time is not of the form 2026-03-10T09:16:03.123456Z")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
