"""What is changed in AS2 messages and in their receipts: layers, parts, headers, and what a receipt says."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, on_token, same
from gateway.conformance.signing.evidence import AT, SOURCE, Evidence, whole
from gateway.conformance.signing.evidence import MDN as RECEIPT
from gateway.signing.as2 import mic
from gateway.signing.as2mdn import Remark, Unsupported, make_mdn
from gateway.signing.mime import Entity, write_entity
from gateway.signing.smime import Compression, Failure, make_message, sign_entity

if TYPE_CHECKING:
    from gateway.signing import Key

_TYPE = "application/edi-x12"


def _text(was: bytes, now: bytes) -> Change:
    return on_token(lambda token: token.replace(was, now, 1))


def _message(**wishes: Any) -> Change:
    """Make another message of the same payload, with the MIC that belongs to it."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        wanted = {"signer": signer, **wishes}
        entity, octets = make_message(one.data, _TYPE, at=AT, boundary="b1", **wanted)
        return replace(one, token=whole(entity), more={"mic": mic(octets)})

    return changed


def _signed(entity: Callable[[Evidence, Key], bytes]) -> Change:
    """Sign an entity of any kind."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        raw = entity(one, signer)
        return replace(
            one, token=whole(sign_entity(raw, signer, AT, "b2")), more={**one.more, "mic": mic(raw)}
        )

    return changed


def _again(one: Evidence, _: Key) -> bytes:
    return one.token


def _base64(one: Evidence, _: Key) -> bytes:
    return write_entity({"Content-Type": _TYPE, "Content-Transfer-Encoding": "base64"}, _lines(one.data))


def _lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _emptied(token: bytes) -> bytes:
    """Take the signature out of its part."""
    head, mark, _ = token.rpartition(b"\r\n\r\n")
    return head + mark + b"\r\n--b1--\r\n"


def _zipped(one: Evidence, signer: Key) -> Evidence:
    """Break a compressed message off in its middle."""
    made = _message(compression=Compression.OUTSIDE)(one, signer)
    return replace(made, token=made.token[:-40])


_BROKEN = "digest/differs|signature/invalid"
SMIME: tuple[Statement, ...] = (
    (
        "content", "What is signed is the first part as it was received, headers included.",
        (("same", "", same),
         ("payload-changed", _BROKEN, _text(b"QTZL", b"QTZM")),
         ("header-changed", _BROKEN, _text(b"Content-Transfer-Encoding: binary", b"Content-Transfer-Encoding: 8bit")),
         ("header-added", _BROKEN, _text(b"Content-Transfer-Encoding: binary", b"X-A: 1\r\nContent-Transfer-Encoding: binary"))),
    ),
    (
        "parts", "A signed message has two parts, what is signed and its signature.",
        (("two", "", same),
         ("one", "mime/invalid", on_token(lambda token: token[: token.rindex(b"--b1\r\n")] + b"--b1--\r\n")),
         ("three", "mime/invalid", _text(b"--b1--", b"--b1\r\nContent-Type: text/plain\r\n\r\nx\r\n--b1--")),
         ("no-end", "mime/invalid", _text(b"--b1--", b"")),
         ("no-boundary", "mime/invalid", _text(b'; boundary="b1"', b"")),
         ("another-second", "mime/invalid", _text(b"Content-Type: application/pkcs7-signature", b"Content-Type: text/plain")),
         ("older-name", "", _text(b"Content-Type: application/pkcs7-signature", b"Content-Type: application/x-pkcs7-signature")),
         ("no-signature", "asn1/invalid", on_token(_emptied))),
    ),
    (
        "layers", "Layers are compression and one signature, in either order, and the payload inside.",
        (("signed", "", same),
         ("compressed-inside", "", _message(compression=Compression.INSIDE)),
         ("compressed-outside", "", _message(compression=Compression.OUTSIDE)),
         ("in-base64", "", _signed(_base64)),
         ("signed-twice", "layers/order", _signed(_again)),
         ("not-signed", "signature/absent", _message(signer=None)),
         ("compressed-alone", "signature/absent", _message(signer=None, compression=Compression.OUTSIDE)),
         ("compressed-spoilt", "asn1/invalid|compression/invalid|mime/invalid|length/over|decompression/failed", _zipped)),
    ),
)  # fmt: skip


# -- receipts -------------------------------------------------------------------------------------


def _receipt(**changes: Any) -> Change:
    return lambda one, signer: replace(
        one, token=whole(make_mdn(replace(RECEIPT, **changes), ("outer", "inner"), signer, AT))
    )


def _unsigned(*, wanted: bool) -> Change:
    def changed(one: Evidence, _: Key) -> Evidence:
        plain = make_mdn(RECEIPT, ("outer", "inner"), None, AT)
        return replace(one, token=whole(plain), more={**one.more, "signed": wanted, "signer": ""})

    return changed


def _report(change: Callable[[bytes], bytes]) -> Change:
    """Change the report and sign it again."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        plain = make_mdn(RECEIPT, ("outer", "inner"), None, AT)
        raw = change(write_entity({"Content-Type": plain.headers["Content-Type"]}, plain.body))
        inner = sign_entity(raw, signer, AT, "outer")
        return replace(one, token=whole(Entity(inner.headers, inner.body)))

    return changed


def _swapped(was: bytes, now: bytes) -> Change:
    return _report(lambda raw: raw.replace(was, now, 1))


def _twice(raw: bytes) -> bytes:
    """Put the disposition part there a second time."""
    start = raw.rindex(b"--inner\r\n")
    end = raw.rindex(b"--inner--")
    return raw[:end] + raw[start:end] + raw[end:]


_AUTO = b"automatic-action/MDN-sent-automatically; processed"
MDN: tuple[Statement, ...] = (
    (
        "message", "A receipt is about the message that was sent.",
        (("same", "", same),
         ("another", "message-id/other", _receipt(original="<m9@gateway.example>")),
         ("without-brackets", "message-id/other", _receipt(original="m1@gateway.example"))),
    ),
    (
        "content", "A receipt says the digest of the content that was received.",
        (("same", "", same),
         ("spelt-otherwise", "", _receipt(mic=mic(SOURCE).replace("sha-256", "SHA256"))),
         ("another", "mic/differs", _receipt(mic=mic(b"other"))),
         ("another-algorithm", "mic/differs", _receipt(mic=mic(SOURCE, "sha-384"))),
         ("not-allowed-algorithm", "mic/differs", _receipt(mic=mic(SOURCE).replace("sha-256", "md5"))),
         ("none", "mic/absent", _receipt(mic=""))),
    ),
    (
        "disposition", "A receipt ends the wait only where the message was processed.",
        (("processed", "", same), ("duplicate", "", _receipt(outcome=Remark.DUPLICATE)),
         ("by-hand", "", _swapped(_AUTO, b"manual-action/MDN-sent-manually; processed")),
         ("in-capitals", "", _swapped(_AUTO, _AUTO.upper())),
         ("error", "disposition/error", _receipt(outcome=Failure.INTEGRITY)),
         ("failed", "disposition/error", _receipt(outcome=Unsupported.FORMAT)),
         ("displayed", "disposition/error", _swapped(_AUTO, b"manual-action/MDN-sent-manually; displayed")),
         ("failure", "disposition/error", _swapped(_AUTO, _AUTO + b"/failure: x")),
         ("unreadable", "disposition/error", _swapped(_AUTO, b"processed")),
         ("none", "disposition/error", _swapped(b"Disposition: " + _AUTO + b"\r\n", b""))),
    ),
    (
        "report", "A receipt is a report with one disposition part.",
        (("one", "", same),
         ("no-report", "report/absent", _swapped(b"multipart/report;", b"multipart/mixed;")),
         ("of-delivery", "report/absent", _swapped(b"report-type=disposition-notification", b"report-type=delivery-status")),
         ("no-part", "report/count", _swapped(b"message/disposition-notification", b"text/plain")),
         ("two-parts", "report/count", _report(_twice)),
         ("no-end", "mime/invalid", _swapped(b"--inner--", b"")),
         ("no-mime", "mime/invalid|report/absent|signature/absent", on_token(lambda _: b"taken"))),
    ),
    (
        "signature", "A receipt is signed where that was asked for, over the report as it is.",
        (("signed", "", same), ("not-asked-for", "", _unsigned(wanted=False)),
         ("not-signed", "signature/absent", _unsigned(wanted=True)),
         ("report-changed", _BROKEN, _text(b"processed", b"Processed")),
         ("words-changed", _BROKEN, _text(b"received and stored", b"received and judged"))),
    ),
)  # fmt: skip
