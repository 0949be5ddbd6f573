"""Enveloped XML signatures, written as text by code of the suite's own: a document that is canonical as it stands (XML Signature 1.1)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.conformance.signing.certifying import MAIL, certified
from gateway.conformance.signing.changing import Change, Statement, Tried, on_keys, on_token, same
from gateway.conformance.signing.evidence import Evidence, key, ring
from gateway.signing import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.signing import Key

_DS, _MORE = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmldsig-more#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = f"{_DS}enveloped-signature"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_METHODS = {"ES256": f"{_MORE}ecdsa-sha256", "RS256": f"{_MORE}rsa-sha256"}
_HEAD, _TAIL = (
    '<Response xmlns="urn:example:res" Id="R1">\n  <FunctionCode>01</FunctionCode>\n',
    "</Response>",
)
_NOT, _SHAPE, _COUNT, _BROKEN = (
    "algorithm/not-allowed",
    "shape/unexpected",
    "signature/count",
    "digest/differs|signature/invalid",
)
_CHAIN_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A signed document; each default is right. `{sig}` in `document` is where the signature stands; without it is what is signed."""

    document: str = _HEAD + "{sig}" + _TAIL
    signed: str = _HEAD + _TAIL
    canonicalization: str = _EXCLUSIVE
    method: str = ""
    reference: str = '<ds:Reference URI="#R1">'
    transforms: Sequence[str] = (_ENVELOPED, _EXCLUSIVE)
    digest_method: str = _SHA256
    digest: Callable[[bytes], bytes] = lambda data: hashlib.sha256(data).digest()
    value: Callable[[bytes], bytes] = bytes
    info: Callable[[str], str] = str
    whole: Callable[[str], str] = str
    certificates: Callable[[list[str]], list[str]] = list

    def made(self, one: Evidence, signer: Key) -> Evidence:
        """Sign it."""
        transforms = "".join(f'<ds:Transform Algorithm="{name}"></ds:Transform>' for name in self.transforms)
        digest = base64.b64encode(self.digest(self.signed.encode())).decode()
        method = self.method or _METHODS[signer.algorithm]
        inner = self.info(
            f'<ds:CanonicalizationMethod Algorithm="{self.canonicalization}"></ds:CanonicalizationMethod>'
            f'<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>'
            f"{self.reference}<ds:Transforms>{transforms}</ds:Transforms>"
            f'<ds:DigestMethod Algorithm="{self.digest_method}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
        )
        canonical = f'<ds:SignedInfo xmlns:ds="{_DS}">{inner}</ds:SignedInfo>'
        value = base64.b64encode(self.value(signer.sign(canonical.encode()))).decode()
        chain = [
            "".join(part.split("-----")[0].split())
            for part in signer.certificates.decode().split("-----BEGIN CERTIFICATE-----")[1:]
        ]
        held = "".join(
            f"<ds:X509Certificate>{text}</ds:X509Certificate>" for text in self.certificates(chain)
        )
        signature = self.whole(
            f'<ds:Signature xmlns:ds="{_DS}"><ds:SignedInfo>{inner}</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue>'
            f"<ds:KeyInfo><ds:X509Data>{held}</ds:X509Data></ds:KeyInfo></ds:Signature>"
        )
        more = {"canonical": base64.b64encode(self.signed.encode()).decode()}
        return replace(one, token=self.document.replace("{sig}", signature).encode(), more=more)


def _paper(**wishes: object) -> Change:
    return Paper(**wishes).made  # type: ignore[arg-type]


def _of(document: str, *, uri: str = "#R1") -> Change:
    return _paper(
        document=document, signed=document.replace("{sig}", ""), reference=f'<ds:Reference URI="{uri}">'
    )


def _replaced(was: str, now: str) -> Callable[[bytes], bytes]:
    return lambda token: token.replace(was.encode(), now.encode(), 1)


def _documents() -> Iterator[Tried]:
    """Yield documents that are read, and where their signature stands."""
    yield "own", "", _paper()
    yield (
        "declared",
        "",
        _paper(document='<?xml version="1.0" encoding="UTF-8"?>\n' + _HEAD + "{sig}" + _TAIL + "\n"),
    )
    yield "whole-document", "", _paper(reference='<ds:Reference URI="">')
    yield "without-id", "", _of("<Response>{sig}</Response>", uri="")
    yield "signature-first", "", _of('<Response Id="R1">{sig}<a></a></Response>')
    yield "signature-between", "", _of('<Response Id="R1"><a></a>{sig}<b></b></Response>')
    yield "ids", "", _of('<Response Id="R1"><a Id="R2"></a><b Id="R3"></b>{sig}</Response>')
    yield "umlauts", "", _of('<Response Id="R1">ä&amp;&lt;{sig}</Response>')
    yield "comment-outside", "", _paper(document="<!-- a -->" + _HEAD + "{sig}" + _TAIL + "<!-- b -->")
    yield "id-twice", "id/repeated", _of('<Response Id="R1"><a Id="R1"></a>{sig}</Response>')
    yield (
        "id-twice-inside",
        "id/repeated",
        _of('<Response Id="R1"><a Id="R2"></a><b Id="R2"></b>{sig}</Response>'),
    )
    yield "deeper", "place/unexpected", _of('<Response Id="R1"><a>{sig}</a></Response>')
    yield "alone", "place/unexpected", _paper(document="{sig}")
    yield "twice", _COUNT, _of('<Response Id="R1">{sig}{sig}</Response>')
    yield "second-deeper", _COUNT, _of('<Response Id="R1"><a>{sig}</a>{sig}</Response>')
    yield "none", _COUNT, _paper(document=_HEAD + _TAIL)
    yield "of-another-space", _COUNT, _paper(whole=lambda text: text.replace(_DS, "urn:other"))
    yield "doctype", "doctype/present", _paper(document="<!DOCTYPE Response>" + _HEAD + "{sig}" + _TAIL)
    for name, problem, entity in (
        ("entity", "doctype/present|xml/invalid", '"b"'),
        # It is not fetched, so the document can be read, and is refused for what it has.
        ("external-entity", "doctype/present", 'SYSTEM "file:///nowhere"'),
    ):
        head = f"<!DOCTYPE Response [<!ENTITY a {entity}>]>" + _HEAD.replace("01", "&a;")
        yield name, problem, _paper(document=head + "{sig}" + _TAIL)
    yield "unknown-entity", "xml/invalid", _paper(document=_HEAD.replace("01", "&a;") + "{sig}" + _TAIL)
    yield "two-roots", "xml/invalid", _paper(document=_HEAD + "{sig}" + _TAIL + "<a/>")
    yield "no-xml", "xml/invalid", _paper(document="ISA*00*")
    yield "deep", "xml/invalid", _paper(document=_HEAD + "<a>" * 400 + "</a>" * 400 + "{sig}" + _TAIL)
    yield (
        "wrong-encoding",
        "xml/invalid",
        _paper(document='<?xml version="1.0" encoding="x-none"?>' + _HEAD + "{sig}" + _TAIL),
    )
    for name, change in (
        ("text", ("01", "02")),
        ("element", ("<FunctionCode>", "<Function>")),
        ("attribute", ('Id="R1"', 'Id="R1" a="b"')),
        ("blank", ("  <Fun", " <Fun")),
    ):
        yield (
            f"{name}-changed",
            _BROKEN + "|xml/invalid",
            on_token(_replaced(*change)),
        )


def _references() -> Iterator[Tried]:
    """Yield what a reference may say."""
    for name, problem, uri in (
        ("root", "", "#R1"), ("document", "", ""), ("another", _NOT, "#R2"), ("nothing", _NOT, "#"), ("name-alone", _NOT, "R1"), ("pointer", _NOT, "#xpointer(/)"), ("address", _NOT, "https://other.example/"), ("file", _NOT, "file:///etc/hosts"),
    ):  # fmt: skip
        yield name, problem, _paper(reference=f'<ds:Reference URI="{uri}">')
    yield "no-address", _NOT, _paper(reference="<ds:Reference>")
    yield "no-id-for-it", _NOT, _paper(document="<Response>{sig}</Response>", signed="<Response></Response>")
    yield "typed", "", _paper(reference='<ds:Reference Type="urn:a" URI="#R1">')
    yield "named", "", _paper(reference='<ds:Reference Id="R9" URI="#R1">')
    yield "named-as-the-root", "id/repeated", _paper(reference='<ds:Reference Id="R1" URI="#R1">')
    yield "two", _SHAPE, _paper(info=lambda text: text + text[text.index("<ds:Reference") :])
    yield "none", _SHAPE, _paper(info=lambda text: text[: text.index("<ds:Reference")])
    for name, transforms in (
        ("turned-round", (_EXCLUSIVE, _ENVELOPED)), ("enveloped-alone", (_ENVELOPED,)), ("exclusive-alone", (_EXCLUSIVE,)), ("none", ()), ("three", (_ENVELOPED, _EXCLUSIVE, _EXCLUSIVE)),
    ):  # fmt: skip
        yield f"transforms-{name}", f"{_NOT}|{_SHAPE}", _paper(transforms=transforms)
    for name, transforms in (
        ("inclusive", (_ENVELOPED, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")), ("with-comments", (_ENVELOPED, _EXCLUSIVE + "WithComments")), ("path", ("http://www.w3.org/TR/1999/REC-xpath-19991116", _EXCLUSIVE)),
        ("style", (_ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116")), ("twice", (_ENVELOPED, _ENVELOPED)), ("base64", (_ENVELOPED, f"{_DS}base64")),
    ):  # fmt: skip
        yield f"transform-{name}", _NOT, _paper(transforms=transforms)


def _algorithms() -> Iterator[Tried]:
    for name, method in (
        ("hmac", f"{_DS}hmac-sha1"), ("hmac-sha256", f"{_MORE}hmac-sha256"), ("rsa-sha1", f"{_DS}rsa-sha1"), ("dsa", f"{_DS}dsa-sha1"), ("rsa-sha512", f"{_MORE}rsa-sha512"), ("ecdsa-sha512", f"{_MORE}ecdsa-sha512"), ("unknown", "urn:none"),
    ):  # fmt: skip
        yield f"signature-{name}", _NOT, _paper(method=method)
    yield (
        "signature-of-the-other-kind",
        _NOT,
        lambda one, signer: _paper(method=_METHODS["RS256" if signer.algorithm == "ES256" else "ES256"])(
            one, signer
        ),
    )
    for name, method in (
        ("sha1", f"{_DS}sha1"), ("sha512", "http://www.w3.org/2001/04/xmlenc#sha512"), ("unknown", "urn:none"), ("empty", ""),
    ):  # fmt: skip
        yield f"digest-{name}", _NOT, _paper(digest_method=method)
    for name, method in (
        ("inclusive", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        ("with-comments", _EXCLUSIVE + "WithComments"),
        ("empty", ""),
    ):
        yield f"canonicalization-{name}", _NOT, _paper(canonicalization=method)
    yield "digest-other", _BROKEN, _paper(digest=lambda _: bytes(32))
    yield "digest-short", _BROKEN, _paper(digest=lambda data: hashlib.sha256(data).digest()[:20])
    yield "value-cut", _BROKEN, _paper(value=lambda raw: raw[:-1])
    yield "value-zeros", _BROKEN, _paper(value=lambda raw: bytes(len(raw)))
    yield "value-empty", _BROKEN, _paper(value=lambda _: b"")
    yield "value-first-bit", _BROKEN, _paper(value=lambda raw: bytes([raw[0] ^ 1]) + raw[1:])


def _inserted(mark: str, text: str) -> Change:
    return _paper(whole=lambda whole: whole.replace(mark, text + mark, 1))


def _shapes() -> Iterator[Tried]:
    """Yield what stands in a signature and must not, element by element."""
    for name in (
        "SignedInfo",
        "SignatureValue",
        "KeyInfo",
        "Reference",
        "Transforms",
        "DigestMethod",
        "DigestValue",
    ):
        end = f"</ds:{name}>"
        yield f"element-in-{name}", _SHAPE, _inserted(end, "<ds:Object></ds:Object>")
        yield f"foreign-in-{name}", _SHAPE, _inserted(end, '<a xmlns="urn:a"></a>')
        yield f"comment-in-{name}", _SHAPE, _inserted(end, "<!-- a -->")
        yield f"instruction-in-{name}", _SHAPE, _inserted(end, "<?a b?>")
    for name in ("Signature", "X509Data", "CanonicalizationMethod", "SignatureMethod", "Transform"):
        yield f"comment-in-{name}", _SHAPE, _inserted(f"</ds:{name}>", "<!-- a -->")
    yield "object", _SHAPE, _inserted("</ds:Signature>", "<ds:Object></ds:Object>")
    yield "no-key", _SHAPE, _paper(whole=lambda text: text[: text.index("<ds:KeyInfo>")] + "</ds:Signature>")
    yield "key-before-value", _SHAPE, _paper(whole=_turned)
    yield (
        "same-names-elsewhere",
        _SHAPE,
        _paper(
            whole=lambda text: text.replace("<ds:SignatureValue>", '<SignatureValue xmlns="urn:a">').replace(
                "</ds:SignatureValue>", "</SignatureValue>"
            )
        ),
    )
    yield (
        "key-by-value",
        _SHAPE,
        _paper(whole=lambda text: text.replace("<ds:X509Data>", "<ds:KeyValue></ds:KeyValue><ds:X509Data>")),
    )
    yield (
        "serial-beside",
        "",
        _paper(
            whole=lambda text: text.replace(
                "<ds:X509Data>", "<ds:X509Data><ds:X509SubjectName>CN=a</ds:X509SubjectName>"
            )
        ),
    )


def _turned(text: str) -> str:
    start, middle, end = (
        text.index("<ds:SignatureValue>"),
        text.index("<ds:KeyInfo>"),
        text.index("</ds:Signature>"),
    )
    return text[:start] + text[middle:end] + text[start:middle] + text[end:]


def _certificates() -> Iterator[Tried]:
    count = "certificates/count"
    for name, problem, change in (
        ("own-alone", "", lambda chain: chain[:1]), ("most", "", lambda chain: (chain * _CHAIN_MAX)[:_CHAIN_MAX]), ("lines", "", lambda chain: [f"\n{chain[0][:64]}\n {chain[0][64:]}\n"]),
        ("too-many", count, lambda chain: (chain * _CHAIN_MAX)[: _CHAIN_MAX + 1]), ("none", count, lambda _: []),
        ("empty", "certificate/invalid", lambda _: [""]), ("no-base64", "certificate/invalid", lambda chain: ["!" + chain[0][1:]]), ("cut", "certificate/invalid", lambda chain: [chain[0][:-8]]), ("words", "certificate/invalid", lambda _: ["AAAA"]),
        ("turned-round", "key/unknown", lambda chain: chain[::-1]),
    ):  # fmt: skip
        yield name, problem, _paper(certificates=change)
    yield (
        "of-a-stranger",
        "key/unknown",
        lambda one, signer: replace(
            _paper()(one, key(Purpose.XML, signer.algorithm, "STRANGER")), keys=ring(signer)
        ),
    )
    yield "of-its-own", "", _self_signed
    yield "of-an-unnamed-key", "", on_keys(lambda signer: (replace(signer, purpose=None),))


def _self_signed(one: Evidence, signer: Key) -> Evidence:
    other = certified(signer, usages=(MAIL,))
    return replace(_paper()(one, other), keys=ring(other))


XML: tuple[Statement, ...] = (
    ("documents", "One signature stands in the root of a document that is read.", tuple(_documents())),
    ("references", "There is one reference, to the root, with the two transforms.", tuple(_references())),
    ("algorithms", "Algorithms are those that are allowed, and the values are whole.", (("own", "", same), *_algorithms())),
    ("shapes", "A signature has the parts that it has to have, in their order, and nothing else.", (("own", "", same), *_shapes())),
    ("certificates", "A signature brings one certificate to five, the first of them trusted.", tuple(_certificates())),
)  # fmt: skip
