"""Layers of S/MIME as AS2 uses them: opened from outside in, made from inside out.

Each kind of layer once, encryption only outermost. Opening says what protected
the payload, over which octets its digest (MIC) goes, and, when something fails, the word
that AS2 has for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.finding import Finding
from gateway.signing.cms import micalg, sign_cms, verify_cms
from gateway.signing.envelope import KIND, compress, content_kind, decompress, decrypt, encrypt
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key
from gateway.signing.mime import (
    Entity,
    MimeError,
    read_entity,
    split_parts,
    write_base64,
    write_entity,
    write_parts,
)
from gateway.signing.verdict import Refusal, wrong

_HIDDEN = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURE = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})


class Failure(StrEnum):
    """Why a message is not taken, in the words of RFC 4130 §7.4.3 and RFC 5402 §5."""

    DECRYPTION = "decryption-failed"
    DECOMPRESSION = "decompression-failed"
    AUTHENTICATION = "authentication-failed"
    INTEGRITY = "integrity-check-failed"
    SECURITY = "insufficient-message-security"
    PROCESSING = "unexpected-processing-error"


class Compression(StrEnum):
    """Where a message is compressed: not, inside the signature, or around it."""

    NONE = "none"
    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside a message.

    `payload` is the innermost body without transfer encoding, empty after a failure. `mic_input`
    are the octets that the MIC is over. `layers` names them, outermost first: encrypted, signed,
    compressed. `signer` is the `kid` of the pinned certificate that signed.
    """

    payload: bytes = b""
    content_type: str = ""
    filename: str = ""
    mic_input: bytes = b""
    layers: tuple[str, ...] = ()
    signer: str = ""
    failure: Failure | None = None
    findings: tuple[Finding, ...] = field(default=())


class _Failed(Exception):  # noqa: N818  # it is caught in this module and becomes a word
    def __init__(self, failure: Failure, findings: tuple[Finding, ...]) -> None:
        self.failure, self.findings = failure, findings
        super().__init__(failure)


def open_message(entity: Entity, ours: KeyRing, partners: KeyRing, at: datetime) -> Opened:
    """Open every layer; what is wrong is in `failure` and `findings`, never raised.

    `ours` holds decryption keys (purpose AS2), `partners` the pinned certificates of the sender.
    """
    # RFC 4130 §7.3.1: of a message without any protection the MIC is over the body alone.
    opened = Opened(mic_input=entity.body)
    try:
        # It ends: there are three kinds of layers, and each may stand once.
        while True:
            kind = _kind(entity)
            if kind == "":
                return _payload(opened, entity)
            if kind in opened.layers or (kind == "encrypted" and opened.layers):
                message = "the layers do not stand in an order that is accepted"
                found = (
                    wrong(KIND, "layers", "layers/order", message, actual=" ".join((*opened.layers, kind))),
                )
                return replace(opened, failure=Failure.PROCESSING, findings=found)
            opened = replace(opened, layers=(*opened.layers, kind))
            entity, opened = _OPENERS[kind](entity, opened, ours, partners, at)
    except _Failed as failed:
        return replace(opened, failure=failed.failure, findings=failed.findings)
    except MimeError as error:
        found = (wrong(KIND, "mime", "mime/invalid", str(error)),)
        return replace(opened, failure=Failure.PROCESSING, findings=found)


def _kind(entity: Entity) -> str:
    """Name the layer that an entity is, "" for a payload. What CMS says counts, not `smime-type`."""
    name = entity.content_type.name
    if name == "multipart/signed":
        return "signed"
    if name not in _HIDDEN:
        return ""
    kind = content_kind(entity.decoded())
    if kind in {"enveloped_data", "authenticated_enveloped_data"}:
        return "encrypted"
    if kind == "compressed_data":
        return "compressed"
    failure = (
        Failure.DECRYPTION
        if "enveloped" in entity.content_type.parameters.get("smime-type", "enveloped")
        else Failure.DECOMPRESSION
    )
    raise _Failed(
        failure, (wrong(KIND, "content", "asn1/invalid", "the CMS content cannot be read", actual=kind),)
    )


def _payload(opened: Opened, entity: Entity) -> Opened:
    disposition = entity.headers.get("content-disposition", "")
    filename = ""
    if "filename" in disposition.lower():
        # Only for people: a file name of a sender never names a file of ours.
        filename = disposition.lower().partition("filename=")[2].strip('" ')[:128]
    name = entity.content_type.name
    return replace(opened, payload=entity.decoded(), content_type=name, filename=filename)


def _decrypted(
    entity: Entity, opened: Opened, ours: KeyRing, _: KeyRing, __: datetime
) -> tuple[Entity, Opened]:
    try:
        plain = decrypt(entity.decoded(), ours)
    except Refusal as refusal:
        raise _Failed(Failure.DECRYPTION, refusal.verdict.findings) from refusal
    try:
        inner = read_entity(plain)
    except MimeError as error:
        found = wrong(KIND, "content", "decryption/failed", "the content cannot be decrypted")
        raise _Failed(Failure.DECRYPTION, (found,)) from error
    return inner, replace(opened, mic_input=plain)


def _decompressed(
    entity: Entity, opened: Opened, _: KeyRing, __: KeyRing, ___: datetime
) -> tuple[Entity, Opened]:
    try:
        plain = decompress(entity.decoded())
    except Refusal as refusal:
        raise _Failed(Failure.DECOMPRESSION, refusal.verdict.findings) from refusal
    # RFC 5402 §4.1: the MIC of what is not signed is over the decompressed entity, headers included.
    return read_entity(plain), opened if "signed" in opened.layers else replace(opened, mic_input=plain)


def _verified(
    entity: Entity, opened: Opened, _: KeyRing, partners: KeyRing, at: datetime
) -> tuple[Entity, Opened]:
    first, signature = signed_parts(entity)
    # RFC 4130 §7.3.1: the MIC is over the signed part exactly as received, headers included.
    verdict = verify_cms(first, signature, partners, at)
    if not verdict.ok:
        integrity = any(one.problem == "digest/differs" for one in verdict.findings)
        failure = Failure.INTEGRITY if integrity else Failure.AUTHENTICATION
        raise _Failed(failure, verdict.findings)
    return read_entity(first), replace(opened, mic_input=first, signer=verdict.kid)


_OPENERS = {"encrypted": _decrypted, "signed": _verified, "compressed": _decompressed}


def signed_parts(entity: Entity) -> tuple[bytes, bytes]:
    """Give the first part of multipart/signed as received, and the signature. Raises `MimeError`."""
    kind = entity.content_type
    parts = split_parts(entity.body, kind.parameters.get("boundary", ""))
    if len(parts) != 2:
        raise MimeError("multipart/signed has not exactly two parts")
    second = read_entity(parts[1])
    if second.content_type.name not in _SIGNATURE:
        raise MimeError("the second part of multipart/signed is no signature")
    return parts[0], second.decoded()


def sign_entity(raw: bytes, key: Key, at: datetime, boundary: str) -> Entity:
    """Wrap an entity into multipart/signed (RFC 8551 §3.5.3). Raises `KeySetError`, `MimeError`."""
    signature = write_entity(
        {
            "Content-Type": 'application/pkcs7-signature; name="smime.p7s"',
            "Content-Transfer-Encoding": "base64",
            "Content-Disposition": 'attachment; filename="smime.p7s"',
        },
        write_base64(sign_cms(raw, key, at)).removesuffix(b"\r\n"),
    )
    protocol = 'protocol="application/pkcs7-signature"'
    content_type = f'multipart/signed; {protocol}; micalg={micalg(key)}; boundary="{boundary}"'
    return Entity({"Content-Type": content_type}, write_parts([raw, signature], boundary))


def make_message(
    payload: bytes,
    content_type: str,
    *,
    at: datetime,
    boundary: str,
    signer: Key | None = None,
    recipient: Key | None = None,
    cipher: str = "aes128-cbc",
    compression: Compression = Compression.NONE,
    oaep: bool = False,
) -> tuple[Entity, bytes]:
    """Make a message and give it with the octets of its MIC.

    `signer` is our signing key, `recipient` the partner's key with certificate, each None for a
    message without. The headers of the entity go into the HTTP request. Raises `KeySetError`,
    `MimeError`.
    """
    entity = Entity({"Content-Type": content_type, "Content-Transfer-Encoding": "binary"}, payload)
    inner = write_entity(entity.headers, entity.body)
    protected = recipient is not None or compression is not Compression.NONE
    mic_input = inner if protected or signer is not None else payload
    if compression is Compression.INSIDE:
        entity = _hidden(compress(inner), "compressed-data")
    if signer is not None:
        raw = write_entity(entity.headers, entity.body)
        entity, mic_input = sign_entity(raw, signer, at, boundary), raw
    if compression is Compression.OUTSIDE:
        entity = _hidden(compress(write_entity(entity.headers, entity.body)), "compressed-data")
    if recipient is not None:
        kind = "authEnveloped-data" if cipher.endswith("-gcm") else "enveloped-data"
        raw = write_entity(entity.headers, entity.body)
        entity = _hidden(encrypt(raw, recipient, cipher, oaep=oaep), kind)
    return entity, mic_input


def _hidden(data: bytes, kind: str) -> Entity:
    return Entity(
        {
            "Content-Type": f'application/pkcs7-mime; smime-type={kind}; name="smime.p7m"',
            "Content-Transfer-Encoding": "binary",
            "Content-Disposition": 'attachment; filename="smime.p7m"',
        },
        data,
    )
