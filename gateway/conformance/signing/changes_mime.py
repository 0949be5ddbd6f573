"""Signed messages written byte by byte: headers, parameters, boundaries, parts and encodings, each just right and just wrong (RFC 2045, RFC 2046)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, Tried
from gateway.conformance.signing.evidence import AT, SOURCE, Evidence
from gateway.signing.as2 import mic
from gateway.signing.cms import sign_cms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.signing import Key

_NO = "mime/invalid"
_HEADERS_MAX, _HEADER_BYTES_MAX = 128, 64 * 1024
_INNER = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n"
_SECOND = b"Content-Type: application/pkcs7-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message of two parts; each default is right. `{inner}` and `{signature}` stand in `body` for the parts."""

    head: bytes = b'Content-Type: multipart/signed; boundary="b1"'
    gap: bytes = b"\r\n\r\n"
    body: bytes = b"--b1\r\n{inner}\r\n--b1\r\n{second}\r\n\r\n{signature}\r\n--b1--\r\n"
    inner: bytes = _INNER + SOURCE
    second: bytes = _SECOND
    encoded: Callable[[bytes], bytes] = bytes
    more: tuple[tuple[str, Any], ...] = ()

    def made(self, one: Evidence, key: Key) -> Evidence:
        """Sign the inner part as it stands."""
        signature = self.encoded(sign_cms(self.inner, key, AT))
        body = (
            self.body.replace(b"{second}", self.second)
            .replace(b"{inner}", self.inner)
            .replace(b"{signature}", signature)
        )
        more = {**one.more, "mic": mic(self.inner), **dict(self.more)}
        return replace(one, token=self.head + self.gap + body, more=more)


def mail(**wishes: Any) -> Change:
    """Send another message."""
    return Mail(**wishes).made


def _heads() -> Iterator[Tried]:
    """Yield lines of headers, beside the one that has to be there."""
    usual = Mail().head
    for name, problem, head in (
        ("lines", "", usual.replace(b"; ", b";\r\n ")), ("lines-plain", "", usual.replace(b"; ", b";\n\t")), ("far-lines", "", usual.replace(b"; ", b";\r\n \t   ")),
        ("capitals", "", usual.replace(b"Content-Type", b"CONTENT-TYPE")), ("small", "", usual.replace(b"Content-Type", b"content-type")),
        ("blank-before-colon", "", usual.replace(b"Type:", b"Type :")), ("tab-before-colon", "", usual.replace(b"Type:", b"Type\t:")), ("no-blank", "", usual.replace(b": ", b":")),
        ("others", "", b"A: b\r\n" + usual + b"\r\nX-Z: 1;2"), ("others-plain", "", b"A: b\n" + usual), ("tab-in-one", "", usual + b"\r\nX: a\tb"), ("colon-in-one", "", usual + b"\r\nX: a:b"),
        ("empty-one", "", usual + b"\r\nX:"), ("odd-name", "", usual + b"\r\nX!#$%&'*+-.^_`|~: 1"),
        ("twice", _NO, usual + b"\r\n" + usual), ("twice-otherwise", _NO, usual + b"\r\nX: 1\r\nx: 1"), ("twice-blank", _NO, usual + b"\r\nX: 1\r\nX : 1"),
        ("no-colon", _NO, usual + b"\r\nX"), ("no-name", _NO, usual + b"\r\n: 1"), ("blank-in-name", _NO, usual + b"\r\nX Y: 1"), ("control-in-name", _NO, usual + b"\r\nX\x01: 1"),
        ("control", _NO, usual + b"\r\nX: \x01"), ("null", _NO, usual + b"\r\nX: a\x00b"), ("escape", _NO, usual + b"\r\nX: \x1b"), ("return", _NO, usual + b"\r\nX: a\rb"),
        ("umlaut", _NO, usual + b"\r\nX: \xc3\xa4"), ("latin", _NO, usual + b"\r\nX: \xe4"),
        ("most", "", usual + b"".join(b"\r\nX%d: 1" % at for at in range(_HEADERS_MAX - 1))), ("too-many", _NO, usual + b"".join(b"\r\nX%d: 1" % at for at in range(_HEADERS_MAX))),
        ("longest", "", usual + b"\r\nX: " + b"a" * (_HEADER_BYTES_MAX - len(usual) - 9)), ("too-long", _NO, usual + b"\r\nX: " + b"a" * (_HEADER_BYTES_MAX - len(usual) - 8)),
        ("none", "signature/absent", b""),
    ):  # fmt: skip
        yield name, problem, mail(head=head)
    yield "plain-end", "", mail(gap=b"\n\n")
    yield "plain-end-first", "signature/absent", mail(head=b"A: b\n\n" + usual)
    yield "no-end", _NO, mail(gap=b"\r\n", body=b"x", inner=b"\r\nx")
    yield "end-alone", "signature/absent", mail(head=b"", gap=b"\r\n")
    yield "nothing", _NO, mail(head=b"", gap=b"", body=b"")


def _types() -> Iterator[Tried]:
    """Yield spellings of the type and of its parameters."""
    for name, problem, text in (
        ("unquoted", "", b"multipart/signed; boundary=b1"), ("capitals", "", b"Multipart/SIGNED; Boundary=b1"), ("blanks", "", b"  multipart/signed  ;  boundary = b1  "),
        ("escaped", "", b'multipart/signed; boundary="b\\1"'), ("no-blank", "", b"multipart/signed;boundary=b1"), ("more", "", b'multipart/signed; a="x;y"; boundary=b1; b=""'),
        ("semicolon-behind", "", b"multipart/signed; boundary=b1;"), ("semicolons-behind", "", b"multipart/signed; boundary=b1; ; "), ("empty-value", "", b"multipart/signed; a=; boundary=b1"),
        ("quote-inside", "", b'multipart/signed; a="x\\"y"; boundary=b1'), ("tab", "", b"multipart/signed;\tboundary=b1"),
        ("none", _NO, b"multipart/signed"), ("empty", _NO, b'multipart/signed; boundary=""'), ("twice", _NO, b"multipart/signed; boundary=b1; boundary=b1"),
        ("twice-otherwise", _NO, b"multipart/signed; boundary=b1; BOUNDARY=b1"), ("no-value", _NO, b"multipart/signed; boundary"), ("open-quote", _NO, b'multipart/signed; boundary="b1'),
        ("no-name", _NO, b"multipart/signed; =b1"), ("words", _NO, b"multipart/signed; boundary=b1 x"), ("comma", _NO, b"multipart/signed, boundary=b1"), ("semicolons-between", _NO, b"multipart/signed;; boundary=b1"),
        ("no-subtype", _NO, b"multipart"), ("empty-subtype", _NO, b"multipart/"), ("no-type", _NO, b"/signed"), ("blank-inside", _NO, b"multipart / signed; boundary=b1"), ("nothing", _NO, b""),
        ("another", "signature/absent", b"multipart/mixed; boundary=b1"), ("report", "signature/absent", b"multipart/report; boundary=b1"),
    ):  # fmt: skip
        yield name, problem, mail(head=b"Content-Type: " + text)


def _boundaries() -> Iterator[Tried]:
    """Yield boundaries and how parts are divided by them (RFC 2046 §5.1.1)."""
    usual = Mail().body
    # Not behind the signature: where its last byte is a carriage return, as one in 256 is, a plain line end would take it along.
    plain = usual.replace(b"{inner}\r\n--b1", b"{inner}\n--b1").replace(b"--b1\r\n", b"--b1\n")
    for name, problem, text in (
        ("letters", "", b"0Az'()+_,-./:=?9"), ("blank-inside", "", b"a b"), ("one", "", b"b"), ("longest", "", b"b" * 70),
        ("too-long", _NO, b"b" * 71), ("blank-behind", _NO, b"b "), ("exclamation", _NO, b"b!"), ("quote", _NO, b'b\\"'), ("star", _NO, b"b*"),
    ):  # fmt: skip
        yield (
            name,
            problem,
            mail(
                head=b'Content-Type: multipart/signed; boundary="' + text + b'"',
                body=usual.replace(b"--b1", b"--" + text.replace(b"\\", b"")),
            ),
        )
    for name, problem, body in (
        ("words-before", "", b"words\r\n" + usual), ("words-behind", "", usual + b"words"), ("line-before", "", b"\r\n" + usual), ("no-line-behind", "", usual[:-2]),
        ("blanks-behind", "", usual.replace(b"--b1\r\n", b"--b1 \t\r\n")), ("plain-lines", "", plain),
        ("like-it-before", "", b"--b1x\r\n" + usual), ("end-like-it", _NO, usual.replace(b"--b1--", b"--b1-")),
        ("one-part", _NO, b"--b1\r\n{inner}\r\n--b1--\r\n"), ("three-parts", _NO, usual.replace(b"--b1--", b"--b1\r\n\r\nx\r\n--b1--")), ("no-parts", _NO, b"--b1--\r\n"),
        ("empty-parts", _NO, b"--b1\r\n--b1\r\n--b1--\r\n"), ("no-end", _NO, usual.replace(b"--b1--", b"")), ("end-with-words", _NO, usual.replace(b"--b1--", b"--b1--x")),
        ("not-in-it", _NO, usual.replace(b"--b1", b"--b2")), ("inside-a-line", _NO, usual.replace(b"\r\n--b1", b" --b1")), ("nothing", _NO, b""),
        ("sixteen-parts", _NO, usual.replace(b"--b1--", b"--b1\r\n\r\nx\r\n" * 14 + b"--b1--")), ("seventeen-parts", _NO, usual.replace(b"--b1--", b"--b1\r\n\r\nx\r\n" * 15 + b"--b1--")),
        ("turned-round", _NO, b"--b1\r\n{second}\r\n\r\n{signature}\r\n--b1\r\n{inner}\r\n--b1--\r\n"),
        ("line-more", "digest/differs", usual.replace(b"{inner}", b"{inner}\r\n")), ("plain-line-more", "digest/differs", usual.replace(b"{inner}", b"{inner}\n")),
    ):  # fmt: skip
        yield name, problem, mail(body=body)
    for name, data in (
        ("line-end-inside", SOURCE + b"\r\n"),
        ("plain-line-end-inside", SOURCE + b"\n"),
        ("return-inside", SOURCE + b"\r"),
        ("like-it-inside", SOURCE + b"\r\n--b1x\r\n-b1\r\nx--b1"),
        ("empty", b""),
    ):
        yield name, "", _payload(data, inner=_INNER + data)


def _payload(data: bytes, **wishes: Any) -> Change:
    made = mail(**wishes)
    return lambda one, key: replace(made(one, key), data=data)


def _quoted(data: bytes) -> bytes:
    return b"".join(b"=%02X" % byte if byte in b"=*" else bytes([byte]) for byte in data)


def _inner() -> Iterator[Tried]:
    """Yield what is signed: with and without headers, in each transfer encoding, under each name."""
    text = base64.b64encode(SOURCE)
    for name, problem, encoding, body in (
        ("binary", "", b"binary", SOURCE), ("7bit", "", b"7bit", SOURCE), ("8bit", "", b"8bit", SOURCE), ("capitals", "", b"BINARY", SOURCE), ("blanks", "", b"  binary  ", SOURCE),
        ("base64", "", b"base64", text), ("base64-capitals", "", b"Base64", text), ("base64-lines", "", b"base64", text[:40] + b"\r\n" + text[40:] + b"\r\n"), ("base64-blanks", "", b"base64", b" " + text[:40] + b" \n\t" + text[40:]),
        ("quoted", "", b"quoted-printable", _quoted(SOURCE)), ("quoted-soft", "", b"quoted-printable", _quoted(SOURCE).replace(b"QTZL", b"QT=\r\nZL")),
        ("base64-cut", _NO, b"base64", text[:-1]), ("base64-letters", _NO, b"base64", b"!" + text[1:]), ("base64-of-nothing", "content/differs", b"base64", b""),
        ("unknown", _NO, b"x-uuencode", SOURCE), ("empty", _NO, b"", SOURCE),
    ):  # fmt: skip
        yield (
            name,
            problem,
            mail(
                inner=b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: "
                + encoding
                + b"\r\n\r\n"
                + body
            ),
        )


def _parts() -> Iterator[Tried]:
    """Yield headers of what is signed, and the part of its signature."""
    yield "no-headers", "", mail(inner=b"\r\n" + SOURCE, more=(("type", "text/plain"),))
    yield "no-type", "", mail(inner=b"X: 1\r\n\r\n" + SOURCE, more=(("type", "text/plain"),))
    yield "type-in-capitals", "", mail(inner=b"Content-Type: Application/EDI-X12; a=b\r\n\r\n" + SOURCE)
    yield "no-end-of-headers", _NO, mail(inner=b"Content-Type: application/edi-x12\r\n" + SOURCE)
    yield "unreadable-type", _NO, mail(inner=b"Content-Type: x\r\n\r\n" + SOURCE)
    for name, told, text in (
        ("file", "a.edi", b'attachment; filename="A.edi"'), ("file-bare", "a.edi", b"attachment; filename=a.edi"), ("file-capitals", "a.edi", b"ATTACHMENT; FILENAME=A.EDI"),
        ("file-blanks", "a.edi", b"attachment; filename= a.edi "), ("file-long", "a" * 128, b"attachment; filename=" + b"a" * 129), ("file-none", "", b"attachment"),
    ):  # fmt: skip
        yield (
            name,
            "",
            mail(inner=b"Content-Disposition: " + text + b"\r\n" + _INNER + SOURCE, more=(("name", told),)),
        )
    for name, problem, second in (
        ("older-name", "", b"Content-Type: application/x-pkcs7-signature"), ("named", "", _SECOND + b"; name=smime.p7s"), ("in-capitals", "", b"Content-Type: APPLICATION/PKCS7-SIGNATURE"),
        ("other-kind", _NO, b"Content-Type: application/pkcs7-mime"), ("without-type", _NO, b"X: 1"), ("pgp", _NO, b"Content-Type: application/pgp-signature"),
    ):  # fmt: skip
        yield f"signature-{name}", problem, mail(second=second)
    base = _SECOND + b"\r\nContent-Transfer-Encoding: base64"
    yield "signature-base64", "", mail(second=base, encoded=base64.b64encode)
    yield (
        "signature-base64-lines",
        "",
        mail(second=base, encoded=lambda data: base64.encodebytes(data).replace(b"\n", b"\r\n")),
    )
    yield "signature-base64-cut", _NO, mail(second=base, encoded=lambda data: base64.b64encode(data) + b"A")
    yield "signature-not-base64", f"{_NO}|asn1/invalid", mail(second=base)
    yield "signature-unknown-encoding", _NO, mail(second=_SECOND + b"\r\nContent-Transfer-Encoding: x")
    yield "hidden-words", "asn1/invalid", mail(head=b"Content-Type: application/pkcs7-mime")
    yield (
        "hidden-words-compressed",
        "asn1/invalid",
        mail(head=b"Content-Type: application/pkcs7-mime; smime-type=compressed-data"),
    )
    yield (
        "hidden-words-enveloped",
        "asn1/invalid",
        mail(head=b"Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data"),
    )
    yield (
        "hidden-signed",
        "asn1/invalid",
        mail(head=b"Content-Type: application/pkcs7-mime", body=b"{signature}"),
    )


MIME: tuple[Statement, ...] = (
    ("headers", "Headers are lines of ASCII with names, none of them twice.", tuple(_heads())),
    ("types", "A type has parameters, none of them twice.", tuple(_types())),
    ("boundaries", "Parts stand between lines of the boundary, exactly as they were signed.", tuple(_boundaries())),
    ("inner", "What is signed has headers of its own, and is given out without its encoding.", (*_inner(), *_parts())),
)  # fmt: skip
