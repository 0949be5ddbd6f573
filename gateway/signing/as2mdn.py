"""Receipts of AS2 (MDN, RFC 4130 §7, RFC 8098): made, and accepted only when they prove.

A receipt that we make says that the message was received and stored, or in one word why it
was not taken; never more. One that we accept must be signed if that was asked, be the first
part and not something found inside it, name our message, and carry its MIC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.finding import Finding
from gateway.signing.as2 import KIND, VERSION, same_mic, write_name
from gateway.signing.cms import verify_cms
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key
from gateway.signing.mime import (
    Entity,
    MimeError,
    checked,
    read_entity,
    read_headers,
    split_parts,
    write_entity,
    write_parts,
)
from gateway.signing.smime import Failure, sign_entity, signed_parts
from gateway.signing.verdict import Refusal, Verdict, wrong

AUTOMATIC = "automatic-action/MDN-sent-automatically"
SAID = "The message was received and stored. Nothing is said about its content."
_DISPOSITION = re.compile(
    r"\s*(?:manual-action|automatic-action)\s*/\s*MDN-sent-(?:manually|automatically)\s*;\s*"
    r"(processed|failed|displayed|deleted|dispatched|denied)(?:\s*/\s*(error|failure|warning)(?:\s*:\s*(.*))?)?\s*",
    re.IGNORECASE,
)


class Unsupported(StrEnum):
    """What cannot be done for the sender at all: `failed/Failure`."""

    FORMAT = "unsupported format"
    MICALG = "unsupported MIC-algorithms"


class Remark(StrEnum):
    """What is said beside `processed`: it was taken, and there is something to know."""

    DUPLICATE = "duplicate-document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mdn:
    """What a receipt of ours says.

    `sender` is our name, `receiver` the partner's. `original` is their Message-ID exactly as
    received. `mic` is as `as2.mic` gives it, "" where no content was reached. `outcome` is None
    for `processed`, else the word for what went wrong.
    """

    sender: str
    receiver: str
    message_id: str
    original: str
    mic: str = ""
    outcome: Failure | Unsupported | Remark | None = None
    text: str = SAID
    software: str = "gateway/1.0"

    @property
    def disposition(self) -> str:
        """The value of `Disposition`."""
        if self.outcome is None:
            return f"{AUTOMATIC}; processed"
        if isinstance(self.outcome, Remark):
            return f"{AUTOMATIC}; processed/warning: {self.outcome}"
        if isinstance(self.outcome, Unsupported):
            return f"{AUTOMATIC}; failed/Failure: {self.outcome}"
        return f"{AUTOMATIC}; processed/error: {self.outcome}"


@dataclass(frozen=True, slots=True)
class Received:
    """What a partner's receipt says, when it could be read: for the record, even if it is refused."""

    original: str = ""
    disposition: str = ""
    mic: str = ""


class _NotHeldError(Exception):
    """The signature of a receipt does not hold; it is caught in this module."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__("the receipt's signature does not hold")


def make_mdn(mdn: Mdn, boundaries: tuple[str, str], key: Key | None, at: datetime) -> Entity:
    """Make a receipt, signed when a key is given. Raises `KeySetError`, `MimeError`, `Refusal`.

    `boundaries` are two fresh random texts. The headers of the entity go into the HTTP answer.
    """
    outer, inner = boundaries
    human = write_entity(
        {"Content-Type": "text/plain; charset=us-ascii", "Content-Transfer-Encoding": "7bit"},
        mdn.text.encode("ascii", "replace") + b"\r\n",
    )
    fields = {
        "Reporting-UA": mdn.software,
        "Original-Recipient": f"rfc822; {write_name(mdn.sender)}",
        "Final-Recipient": f"rfc822; {write_name(mdn.sender)}",
        "Original-Message-ID": mdn.original,
    }
    if mdn.mic:
        fields["Received-content-MIC"] = mdn.mic
    fields["Disposition"] = mdn.disposition
    report = write_entity(
        {"Content-Type": "message/disposition-notification", "Content-Transfer-Encoding": "7bit"},
        write_entity(fields, b""),
    )
    content_type = f'multipart/report; report-type=disposition-notification; boundary="{inner}"'
    entity = Entity({"Content-Type": content_type}, write_parts([human, report], inner))
    if key is not None:
        entity = sign_entity(write_entity(entity.headers, entity.body), key, at, outer)
    headers = {
        "AS2-Version": VERSION,
        "AS2-From": write_name(mdn.sender),
        "AS2-To": write_name(mdn.receiver),
        "Message-ID": mdn.message_id,
        "MIME-Version": "1.0",
    }
    return Entity(checked(headers | dict(entity.headers)), entity.body)


def accept_mdn(
    headers: Mapping[str, str],
    body: bytes,
    partners: KeyRing,
    at: datetime,
    *,
    message_id: str,
    mic: str,
    signed: bool = True,
) -> tuple[Verdict, Received]:
    """Judge a partner's receipt for our message `message_id` with this `mic`.

    `partners` holds the partner's pinned certificates. Only a verdict that holds ends the wait;
    its content is the report as signed.
    """
    received = Received()
    try:
        entity = Entity({name.lower(): value for name, value in headers.items()}, body)
        report, octets, kid = _report(entity, partners, at, signed=signed)
        fields = _fields(report)
        received = Received(
            fields.get("original-message-id", ""),
            fields.get("disposition", ""),
            fields.get("received-content-mic", ""),
        )
    except (Refusal, _NotHeldError) as refusal:
        return refusal.verdict, received
    except MimeError as error:
        return Refusal(KIND, "mdn", "mime/invalid", f"the receipt cannot be read: {error}").verdict, received
    return Verdict(_judged(received, message_id, mic), kid, octets), received


def _report(entity: Entity, partners: KeyRing, at: datetime, *, signed: bool) -> tuple[Entity, bytes, str]:
    """Give the report: the first part of what is signed, itself and nothing inside it."""
    if entity.content_type.name == "multipart/signed":
        first, signature = signed_parts(entity)
        verdict = verify_cms(first, signature, partners, at)
        if not verdict.ok:
            raise _NotHeldError(verdict)
        return read_entity(first), first, verdict.kid
    if signed:
        raise Refusal(KIND, "mdn", "signature/absent", "the receipt is not signed, and that was asked for")
    return entity, entity.body, ""


def _fields(report: Entity) -> dict[str, str]:
    """Read the fields of the one disposition part of a report."""
    kind = report.content_type
    if (
        kind.name != "multipart/report"
        or kind.parameters.get("report-type", "").lower() != "disposition-notification"
    ):
        raise Refusal(
            KIND, "report", "report/absent", "what is signed is not a disposition report", actual=kind.name
        )
    parts = [read_entity(part) for part in split_parts(report.body, kind.parameters.get("boundary", ""))]
    found = [part for part in parts if part.content_type.name == "message/disposition-notification"]
    if len(found) != 1:
        message = "the report has not exactly one disposition part"
        raise Refusal(KIND, "report", "report/count", message, expected=1, actual=len(found))
    block = b"\r\n".join(line for line in found[0].decoded().splitlines() if line.strip())
    return read_headers(block)


def _judged(received: Received, message_id: str, mic: str) -> tuple[Finding, ...]:
    if received.original != message_id:
        message = "the receipt is for another message"
        return (
            wrong(
                KIND,
                "Original-Message-ID",
                "message-id/other",
                message,
                expected=message_id,
                actual=received.original,
            ),
        )
    match = _DISPOSITION.fullmatch(received.disposition)
    if match is None or match[1].lower() != "processed" or (match[2] or "warning").lower() != "warning":
        message = "the partner did not take the message"
        return (
            wrong(
                KIND,
                "Disposition",
                "disposition/error",
                message,
                expected="processed",
                actual=received.disposition,
            ),
        )
    if not received.mic:
        message = "the receipt does not say which content was received"
        return (wrong(KIND, "Received-content-MIC", "mic/absent", message, expected=mic),)
    if not same_mic(received.mic, mic):
        message = "the receipt is for other content"
        return (
            wrong(KIND, "Received-content-MIC", "mic/differs", message, expected=mic, actual=received.mic),
        )
    return ()
