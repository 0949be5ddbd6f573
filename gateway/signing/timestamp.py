"""Time-stamps (RFC 3161): what is asked of an authority, and whether its reply proves a time.

An outside clock for a checkpoint or a receipt. The authority's certificate is pinned like a
partner's; the request travels elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.signing import der
from gateway.signing.cms import UNREADABLE, SignedMessage, check_signed, life_findings, read_signed
from gateway.signing.keyring import KeyRing
from gateway.signing.verdict import Refusal, Verdict

KIND = "timestamp.rfc3161"
NONCE_BITS_MAX = 160
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL)


class _Reply(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """RFC 3161 §2.4.2; a refusal has no token."""

    _fields: ClassVar[list[Any]] = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class Stamped:
    """The verdict on a reply, and the time that it proves; None when it proves none."""

    verdict: Verdict
    at: datetime | None = None


def timestamp_request(data: bytes, nonce: int) -> bytes:
    """Ask for the time of the data's SHA-256, with the authority's certificate; DER.

    `nonce` is a fresh random number of at most 160 bits.
    """
    imprint = der.sequence(_SHA256, der.octets(hashlib.sha256(data).digest()))
    return der.sequence(der.integer(1), imprint, der.integer(nonce), der.tlv(0x01, b"\xff"))


def verify_timestamp(data: bytes, reply: bytes, authorities: KeyRing, nonce: int | None = None) -> Stamped:
    """Check a reply for this data. `nonce` is that of the request; None when it is not kept.

    `authorities` holds the pinned certificates, which must be for time-stamping and valid at
    the time that the reply states.
    """
    try:
        message, info = _read(reply, authorities)
        check_signed(message, message.content or b"")
        _about(info, data, nonce)
        _for_stamping(message.own)
        at: datetime = info["gen_time"].native
        return Stamped(Verdict(life_findings(message, at), message.key.kid, data), at)
    except Refusal as refusal:
        return Stamped(refusal.verdict)
    except UNREADABLE as error:
        reason = "this is not a time-stamp that can be read"
        return Stamped(Refusal(KIND, "reply", "asn1/invalid", reason, actual=type(error).__name__).verdict)


def _read(reply: bytes, authorities: KeyRing) -> tuple[SignedMessage, Any]:
    answer = _Reply.load(reply, strict=True)
    status = answer["status"]["status"].native
    if status not in {"granted", "granted_with_mods"}:
        raise Refusal(KIND, "status", "status/refused", "the authority gave no time-stamp", actual=status)
    message = read_signed(answer["time_stamp_token"].dump(), authorities, None)
    if message.kind != "tst_info" or message.content is None:
        raise Refusal(KIND, "content", "type/unexpected", "the reply holds no time", actual=message.kind)
    return message, tsp.TSTInfo.load(message.content, strict=True)


def _about(info: Any, data: bytes, nonce: int | None) -> None:
    imprint = info["message_imprint"]
    stated, algorithm = imprint["hashed_message"].native, imprint["hash_algorithm"]["algorithm"].native
    if algorithm != "sha256" or not hmac.compare_digest(stated, hashlib.sha256(data).digest()):
        raise Refusal(
            KIND, "imprint", "digest/differs", "the time-stamp is for other bytes", actual=algorithm
        )
    if nonce is not None and info["nonce"].native != nonce:
        raise Refusal(KIND, "nonce", "nonce/differs", "the time-stamp answers another request")


def _for_stamping(own: x509.Certificate) -> None:
    """RFC 3161 §2.3: the certificate is for time-stamping and nothing else."""
    try:
        usages = list(own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        usages = []
    if usages != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise Refusal(KIND, "certificate", "usage/unexpected", "the certificate is not for time-stamping")
