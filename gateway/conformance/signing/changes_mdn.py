"""Receipts of AS2 written line by line: each field, each way to say it, and the report around them (RFC 4130, RFC 8098)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, Tried
from gateway.conformance.signing.evidence import AT, SOURCE, Evidence
from gateway.signing.as2 import mic
from gateway.signing.cms import sign_cms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.signing import Key

_NO, _REFUSED, _DIFFERS, _OTHER = "mime/invalid", "disposition/error", "mic/differs", "message-id/other"
_TYPE = b'multipart/report; report-type=disposition-notification; boundary="i"'
_NOTICE = b"Content-Type: message/disposition-notification\r\n\r\n"
_SAID = b"automatic-action/MDN-sent-automatically; "


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A signed receipt; each default is right. `{fields}` in `parts` are the fields of the notice."""

    kind: bytes = _TYPE
    parts: bytes = b"--i\r\n\r\nwords\r\n--i\r\n" + _NOTICE + b"{fields}\r\n--i--\r\n"
    original: bytes | None = b"<m1@gateway.example>"
    disposition: bytes | None = _SAID + b"processed"
    mic: bytes | None = mic(SOURCE).encode()
    before: bytes = b"Reporting-UA: partner\r\n"
    behind: bytes = b""
    signed: bool = True
    more: tuple[tuple[str, Any], ...] = ()

    def made(self, one: Evidence, key: Key) -> Evidence:
        """Write it."""
        told = (
            (b"Original-Message-ID", self.original),
            (b"Disposition", self.disposition),
            (b"Received-content-MIC", self.mic),
        )
        fields = (
            self.before
            + b"".join(name + b": " + value + b"\r\n" for name, value in told if value is not None)
            + self.behind
        )
        raw = (
            b"Content-Type: "
            + self.kind
            + b"\r\n\r\n"
            + self.parts.replace(b"{fields}", fields).replace(b"{base64}", base64.b64encode(fields))
        )
        more = {**one.more, **dict(self.more)}
        if not self.signed:
            return replace(one, token=raw, more={**more, "signer": ""})
        head = b'Content-Type: multipart/signed; boundary="o"\r\n\r\n--o\r\n'
        tail = (
            b"\r\n--o\r\nContent-Type: application/pkcs7-signature\r\n\r\n"
            + sign_cms(raw, key, AT)
            + b"\r\n--o--\r\n"
        )
        return replace(one, token=head + raw + tail, more=more)


def _said(**wishes: Any) -> Change:
    return Report(**wishes).made


def _dispositions() -> Iterator[Tried]:
    """Yield ways to say what became of a message (RFC 8098 §3.2.6, RFC 4130 §7.4.3)."""
    for name, problem, text in (
        ("processed", "", _SAID + b"processed"), ("by-hand", "", b"manual-action/MDN-sent-manually; processed"), ("by-hand-sent-alone", "", b"manual-action/MDN-sent-automatically; processed"),
        ("alone-sent-by-hand", "", b"automatic-action/MDN-sent-manually; processed"), ("no-blank", "", _SAID.strip() + b"processed"), ("blanks", "", b"automatic-action / MDN-sent-automatically  ;  processed "),
        ("capitals", "", (_SAID + b"processed").upper()), ("warning", "", _SAID + b"processed/warning"), ("warning-said", "", _SAID + b"processed/warning: duplicate-document"),
        ("warning-capitals", "", _SAID + b"Processed/Warning: x"), ("warning-blanks", "", _SAID + b"processed / warning : x"), ("warning-of-nothing", "", _SAID + b"processed/warning:"),
        ("error", _REFUSED, _SAID + b"processed/error"), ("error-said", _REFUSED, _SAID + b"processed/error: decryption-failed"), ("error-capitals", _REFUSED, _SAID + b"processed/ERROR: x"), ("failure", _REFUSED, _SAID + b"processed/failure: x"),
        ("failed", _REFUSED, _SAID + b"failed"), ("failed-warning", _REFUSED, _SAID + b"failed/warning: x"), ("failed-failure", _REFUSED, _SAID + b"failed/Failure: unsupported format"), ("displayed", _REFUSED, _SAID + b"displayed"),
        ("deleted", _REFUSED, _SAID + b"deleted"), ("dispatched", _REFUSED, _SAID + b"dispatched"), ("denied", _REFUSED, _SAID + b"denied"),
        ("other-word", _REFUSED, _SAID + b"processed/notice: x"), ("unknown", _REFUSED, _SAID + b"taken"), ("longer-word", _REFUSED, _SAID + b"processedx"), ("words-before", _REFUSED, b"x " + _SAID + b"processed"),
        ("word-alone", _REFUSED, b"processed"), ("no-action", _REFUSED, b"MDN-sent-automatically; processed"), ("no-sent", _REFUSED, b"automatic-action; processed"), ("comma", _REFUSED, b"automatic-action/MDN-sent-automatically, processed"),
        ("empty", _REFUSED, b""), ("none", _REFUSED, None), ("slash", _REFUSED, _SAID + b"processed/"), ("two", _REFUSED, _SAID + b"processed; processed"),
    ):  # fmt: skip
        yield name, problem, _said(disposition=text)


def _fields() -> Iterator[Tried]:
    """Yield message ids and digests, and fields around them."""
    right = mic(SOURCE)
    value = right.partition(",")[0]
    for name, problem, text in (
        ("id", "", b"<m1@gateway.example>"), ("id-blanks", "", b"  <m1@gateway.example>  "), ("id-bare", _OTHER, b"m1@gateway.example"), ("id-capitals", _OTHER, b"<M1@gateway.example>"),
        ("id-longer", _OTHER, b"<m1@gateway.example>x"), ("id-empty", _OTHER, b""), ("id-none", _OTHER, None), ("id-two", _OTHER, b"<m1@gateway.example> <m2@gateway.example>"),
    ):  # fmt: skip
        yield name, problem, _said(original=text)
    for name, problem, spelt in (
        ("mic", "", right), ("mic-no-blank", "", f"{value},sha-256"), ("mic-blanks", "", f" {value} , sha-256 "), ("mic-capitals", "", f"{value}, SHA-256"), ("mic-no-hyphen", "", f"{value}, sha256"), ("mic-quoted", "", f'{value}, "sha-256"'),
        ("mic-sha-384", _DIFFERS, mic(SOURCE, "sha-384")), ("mic-sha-512", _DIFFERS, mic(SOURCE, "sha-512")), ("mic-sha1", _DIFFERS, f"{value}, sha1"), ("mic-md5", _DIFFERS, f"{value}, md5"),
        ("mic-no-algorithm", _DIFFERS, value), ("mic-empty-algorithm", _DIFFERS, f"{value},"), ("mic-other", _DIFFERS, mic(b"other")), ("mic-cut", _DIFFERS, f"{value[:-1]}, sha-256"), ("mic-small", _DIFFERS, f"{value.lower()}, sha-256"),
        ("mic-no-value", _DIFFERS, ", sha-256"), ("mic-twice", _DIFFERS, f"{right}, {right}"), ("mic-empty", "mic/absent", ""), ("mic-none", "mic/absent", None),
    ):  # fmt: skip
        yield name, problem, _said(mic=None if spelt is None else spelt.encode())
    for name in ("sha-384", "sha-512"):
        yield (
            f"mic-agreed-{name}",
            "",
            _said(mic=mic(SOURCE, name).encode(), more=(("mic", mic(SOURCE, name)),)),
        )
    for name in ("sha1", "md5"):
        yield (
            f"mic-agreed-{name}",
            _DIFFERS,
            _said(mic=f"{value}, {name}".encode(), more=(("mic", f"{value}, {name}"),)),
        )
    yield "error-without-mic", _REFUSED, _said(disposition=_SAID + b"processed/error: x", mic=None)
    yield (
        "other-id-and-error",
        _OTHER,
        _said(original=b"<m9@gateway.example>", disposition=_SAID + b"processed/error: x"),
    )
    for name, problem, before, behind in (
        ("fields-more", "", b"X: 1\r\nFinal-Recipient: rfc822; a\r\n", b"Error: none\r\n"), ("line-before", "", b"\r\n", b""), ("line-between", "", b"Reporting-UA: a\r\n\r\n", b"\r\nX: 1\r\n"), ("blank-line", "", b"  \r\nReporting-UA: a\r\n", b"\t\r\n"),
        ("plain-lines", "", b"Reporting-UA: a\n", b"X: 1\n"), ("folded", "", b"Reporting-UA: a\r\n b\r\n", b""), ("field-twice", _NO, b"Disposition: x\r\n", b""), ("no-colon", _NO, b"words\r\n", b""), ("umlaut", _NO, b"X: \xc3\xa4\r\n", b""),
        ("no-line-behind", "", b"", b"X: 1"),
    ):  # fmt: skip
        yield name, problem, _said(before=before, behind=behind)


def _reports() -> Iterator[Tried]:
    """Yield reports and parts (RFC 6522)."""
    usual = Report().parts
    for name, problem, kind in (
        ("usual", "", _TYPE), ("capitals", "", b"Multipart/REPORT; Report-Type=Disposition-Notification; boundary=i"), ("quoted", "", b'multipart/report; report-type="disposition-notification"; boundary=i'),
        ("no-type", "report/absent", b"multipart/report; boundary=i"), ("delivery", "report/absent", b"multipart/report; report-type=delivery-status; boundary=i"), ("empty-type", "report/absent", b"multipart/report; report-type=; boundary=i"),
        ("mixed", "report/absent", b"multipart/mixed; report-type=disposition-notification; boundary=i"), ("signed-again", "report/absent", b"multipart/signed; report-type=disposition-notification; boundary=i"),
        ("no-boundary", _NO, b"multipart/report; report-type=disposition-notification"), ("other-boundary", _NO, b"multipart/report; report-type=disposition-notification; boundary=j"), ("unreadable", _NO, b"report"),
    ):  # fmt: skip
        yield name, problem, _said(kind=kind)
    more = b"--i\r\nContent-Type: text/rfc822-headers\r\n\r\nX: 1\r\n"
    for name, problem, parts in (
        ("third", "", usual.replace(b"--i--", more + b"--i--")), ("first", "", b"--i\r\n" + _NOTICE + b"{fields}\r\n--i--\r\n"), ("alone-and-words", "", b"--i\r\n" + _NOTICE + b"{fields}\r\n--i\r\n\r\nwords\r\n--i--\r\n"),
        ("capitals-in-part", "", usual.replace(b"message/disposition-notification", b"Message/Disposition-Notification")), ("in-base64", "", usual.replace(b"notification\r\n\r\n{fields}", b"notification\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}")),
        ("none", "report/count", usual.replace(b"message/disposition-notification", b"text/plain")), ("twice", "report/count", usual.replace(b"--i--", b"--i\r\n" + _NOTICE + b"{fields}\r\n--i--")), ("no-parts", "report/count", b"--i--\r\n"),
        ("unknown-encoding", _NO, usual.replace(b"notification\r\n\r\n{fields}", b"notification\r\nContent-Transfer-Encoding: x\r\n\r\n{fields}")), ("open", _NO, usual.replace(b"--i--", b"")), ("part-without-end", _NO, usual.replace(b"\r\n\r\nwords", b"\r\nwords")),
        ("part-unreadable", _NO, usual.replace(b"\r\n\r\nwords", b"\r\nX\r\n\r\nwords")),
        ("most", "", usual.replace(b"--i--", more * 14 + b"--i--")), ("too-many", _NO, usual.replace(b"--i--", more * 15 + b"--i--")),
    ):  # fmt: skip
        yield f"parts-{name}", problem, _said(parts=parts)
    yield "unsigned", "", _said(signed=False, more=(("signed", False),))
    yield "unsigned-though-asked-for", "signature/absent", _said(signed=False)
    yield "signed-though-not-asked-for", "", _said(more=(("signed", False),))


REPORTS: tuple[Statement, ...] = (
    ("dispositions", "Whatever is said but that it was processed ends no wait.", tuple(_dispositions())),
    ("fields", "A notice names the message and the digest of its content.", tuple(_fields())),
    ("reports", "A notice is one part of a report.", tuple(_reports())),
)  # fmt: skip
