from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.signing import Key, KeyRing, KeySetError, Purpose, State, generate
from gateway.signing.algorithms import raw_signature
from gateway.signing.certificates import issue
from gateway.signing.xmldsig import DOCUMENT_BYTES_MAX, DS, sign_xml, verify_xml
from tests.programs import needs
from tests.signing.authority import FROM, UNTIL, alone, certified, root
from tests.signing.samples import AT

needs_xmlsec = needs("xmlsec1")
KEY = certified(Purpose.XML, "ES256")
RING = KeyRing([KEY])
DOCUMENT = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<Response xmlns="urn:wco:datamodel:WCO:RES-DMS:2" Id="R1">\n'
    b"  <FunctionCode>11</FunctionCode>\n"
    b"  <!-- a note -->\n"
    b"  <Declaration><FunctionalReferenceID>GW0001</FunctionalReferenceID></Declaration>\n"
    b"</Response>\n"
)
WITHOUT_ID = DOCUMENT.replace(b' Id="R1"', b"")
SIGNED = sign_xml(DOCUMENT, KEY)


def test_the_signed_form_is_what_is_read() -> None:
    """The content of the verdict is the canonical root without signature and comments."""
    for document in (DOCUMENT, WITHOUT_ID):
        content = verify_xml(sign_xml(document, KEY), RING, AT).content
        assert b"<FunctionCode>11</FunctionCode>" in content
        assert b"Signature" not in content
        assert b"a note" not in content


@needs_xmlsec
@pytest.mark.parametrize("document", [DOCUMENT, WITHOUT_ID], ids=["id", "whole"])
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_xmlsec_accepts_and_refuses_a_changed_byte(algorithm: str, document: bytes, tmp_path: Path) -> None:
    """The signed document holds with xmlsec1, and with one byte changed it does not."""
    signed = sign_xml(document, certified(Purpose.XML, algorithm))
    (tmp_path / "ca.pem").write_bytes(root().certificates)
    (tmp_path / "res.xml").write_bytes(signed)
    command = ["xmlsec1", "--verify", "--trusted-pem", "ca.pem", "--enabled-key-data", "x509"]
    command += ["--id-attr:Id", "urn:wco:datamodel:WCO:RES-DMS:2:Response", "res.xml"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "res.xml").write_bytes(signed.replace(b">11<", b">10<"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


@needs_xmlsec
def test_what_xmlsec_signs_holds_here(tmp_path: Path) -> None:
    """A document that xmlsec1 signs after a template of the same shape holds here."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    template = SIGNED
    for name in (b"DigestValue", b"SignatureValue", b"X509Certificate"):
        template = re.sub(b"(<ds:%s)>[^<]*" % name, rb"\1>", template)
    (tmp_path / "t.xml").write_bytes(template.replace(b"<ds:X509Certificate></ds:X509Certificate>", b""))
    (tmp_path / "key.pem").write_bytes(
        KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    own = KEY.certificates.split(b"-----END CERTIFICATE-----")[0] + b"-----END CERTIFICATE-----\n"
    (tmp_path / "cert.pem").write_bytes(own)
    command = [
        "xmlsec1",
        "--sign",
        "--output",
        "s.xml",
        "--id-attr:Id",
        "urn:wco:datamodel:WCO:RES-DMS:2:Response",
    ]
    command += ["--privkey-pem", "key.pem,cert.pem", "t.xml"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert verify_xml((tmp_path / "s.xml").read_bytes(), RING, AT).reasons == ()


def test_every_changed_byte_is_refused_or_says_the_same() -> None:
    """No single changed byte of a signed document gives other content."""
    content = verify_xml(SIGNED, RING, AT).content
    for place in range(len(SIGNED)):
        changed = SIGNED[:place] + bytes([SIGNED[place] ^ 1]) + SIGNED[place + 1 :]
        verdict = verify_xml(changed, RING, AT)
        if verdict.ok:
            assert verdict.content == content, place


def signature_of(signed: bytes) -> bytes:
    """Cut the signature out of a signed document."""
    return re.search(rb"<ds:Signature .*</ds:Signature>", signed, re.DOTALL).group()


SIGNATURE = signature_of(SIGNED)
BARE = SIGNED.replace(SIGNATURE, b"")
FORGED = BARE.replace(b">11<", b">99<")


def edited(pattern: bytes, new: bytes) -> bytes:
    """Give the signed document with the first place of a pattern replaced."""
    changed, count = re.subn(pattern, new, SIGNED, count=1, flags=re.DOTALL)
    assert count
    return changed


def resigned(change: Callable[[etree._Element], None], key: Key = KEY) -> bytes:
    """Sign the SignedInfo again after a change, as somebody with a trusted key could."""
    tree = etree.fromstring(SIGNED)
    info = tree.find(f".//{{{DS}}}SignedInfo")
    change(info)
    canonical = etree.tostring(info, method="c14n", exclusive=True)
    tree.find(f".//{{{DS}}}SignatureValue").text = base64.b64encode(key.sign(canonical)).decode()
    return etree.tostring(tree)


def first(info: etree._Element, name: str) -> etree._Element:
    """Find an element of the signature."""
    return info.find(f".//{{{DS}}}{name}")


def _second_reference(info: etree._Element) -> None:
    info.append(etree.fromstring(etree.tostring(first(info, "Reference"))))


def _xpath(info: etree._Element) -> None:
    transform = first(info, "Transform")
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")
    etree.SubElement(transform, f"{{{DS}}}XPath").text = "not(ancestor-or-self::FunctionCode)"


def _xslt(info: etree._Element) -> None:
    first(info, "Transform").set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def _drop_transform(info: etree._Element) -> None:
    transforms = first(info, "Transforms")
    transforms.remove(transforms[1])


def _set(name: str, attribute: str, value: str) -> Callable[[etree._Element], None]:
    return lambda info: first(info, name).set(attribute, value)


def _hmac(info: etree._Element) -> None:
    method = first(info, "SignatureMethod")
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    etree.SubElement(method, f"{{{DS}}}HMACOutputLength").text = "8"


def _wrapped(place: str) -> bytes:
    """Put the signed original under a forged root, the signature at some place."""
    original = BARE.split(b"?>", 1)[1].strip() if b"<?xml" in BARE else BARE
    forged = FORGED.split(b"?>", 1)[1].strip() if b"<?xml" in FORGED else FORGED
    end = b"</Response>"
    forms = {
        "sibling": forged.replace(b'Id="R1"', b'Id="R2"').replace(end, original + SIGNATURE + end),
        "inside-original": forged.replace(b'Id="R1"', b'Id="R2"').replace(
            end, original.replace(end, SIGNATURE + end) + end
        ),
        "object": forged.replace(b'Id="R1"', b'Id="R2"').replace(
            end,
            SIGNATURE.replace(b"</ds:Signature>", b"<ds:Object>" + original + b"</ds:Object></ds:Signature>")
            + end,
        ),
        "same-id": forged.replace(end, b"<x>" + original + b"</x>" + SIGNATURE + end),
        "key-info": forged.replace(b'Id="R1"', b'Id="R2"').replace(
            end, SIGNATURE.replace(b"</ds:KeyInfo>", original + b"</ds:KeyInfo>") + end
        ),
        "no-id": forged.replace(b' Id="R1"', b"").replace(end, original + SIGNATURE + end),
    }
    return forms[place]


def _der_value() -> bytes:
    from gateway.signing.algorithms import der_signature

    raw = base64.b64decode(re.search(rb"<ds:SignatureValue>([^<]*)", SIGNED).group(1))
    der = der_signature(raw)
    assert raw_signature(der, 32) == raw
    return edited(rb"(<ds:SignatureValue>)[^<]*", rb"\1" + base64.b64encode(der))


STRANGER = certified(Purpose.XML, "ES256", "STRANGER")
SAME_NAME = issue(generate(Purpose.XML), "GATEWAY", 1007, FROM, UNTIL, root())

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "wrapped-sibling": (lambda: _wrapped("sibling"), "algorithm/not-allowed"),
    "wrapped-inside-original": (lambda: _wrapped("inside-original"), "place/unexpected"),
    "wrapped-object": (lambda: _wrapped("object"), "shape/unexpected"),
    "wrapped-same-id": (lambda: _wrapped("same-id"), "id/repeated"),
    "wrapped-key-info": (lambda: _wrapped("key-info"), "shape/unexpected"),
    "wrapped-no-id": (lambda: _wrapped("no-id"), "algorithm/not-allowed"),
    "unsigned": (lambda: BARE, "signature/count"),
    "two-signatures": (lambda: SIGNED.replace(SIGNATURE, SIGNATURE * 2), "signature/count"),
    "changed": (lambda: SIGNED.replace(b">11<", b">99<"), "signature/invalid"),
    "added-element": (
        lambda: SIGNED.replace(b"<Declaration>", b"<Extra/><Declaration>"),
        "signature/invalid",
    ),
    "added-attribute": (
        lambda: SIGNED.replace(b"<Declaration>", b'<Declaration a="b">'),
        "signature/invalid",
    ),
    "foreign-id": (
        lambda: SIGNED.replace(b"<Declaration>", b'<Declaration xmlns:x="urn:x" x:Id="R1">'),
        "signature/invalid",
    ),
    "duplicate-id": (lambda: SIGNED.replace(b"<Declaration>", b'<Declaration Id="R1">'), "id/repeated"),
    "doctype": (lambda: SIGNED.replace(b"<Response", b"<!DOCTYPE Response><Response", 1), "doctype/present"),
    "entity": (
        lambda: SIGNED.replace(b"<Response", b'<!DOCTYPE Response [<!ENTITY e "11">]><Response', 1).replace(
            b">11<", b">&e;<"
        ),
        "doctype/present",
    ),
    "external-entity": (
        lambda: SIGNED.replace(
            b"<Response", b'<!DOCTYPE Response [<!ENTITY e SYSTEM "file:///etc/hostname">]><Response', 1
        ).replace(b">11<", b">&e;<"),
        "doctype/present",
    ),
    "many-entities": (
        lambda: (
            b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(
                b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (b"" if n == 1 else b"%d" % (n - 1)) * 10)
                for n in range(1, 9)
            )
            + b"]><r>&a8;</r>"
        ),
        "xml/invalid",
    ),
    "deep": (lambda: b"<a>" * 5000 + b"</a>" * 5000, "xml/invalid"),
    "not-xml": (lambda: b"ISA*00*", "xml/invalid"),
    "empty": (lambda: b"", "xml/invalid"),
    "long": (lambda: bytes(DOCUMENT_BYTES_MAX + 1), "length/over"),
    "second-reference": (lambda: resigned(_second_reference), "shape/unexpected"),
    "xpath": (lambda: resigned(_xpath), "shape/unexpected"),
    "xslt": (lambda: resigned(_xslt), "algorithm/not-allowed"),
    "one-transform": (lambda: resigned(_drop_transform), "shape/unexpected"),
    "hmac": (lambda: resigned(_hmac), "shape/unexpected"),
    "hmac-plain": (
        lambda: resigned(
            _set("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
        ),
        "algorithm/not-allowed",
    ),
    "rsa-for-ec": (
        lambda: resigned(
            _set("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
        ),
        "algorithm/not-allowed",
    ),
    "none": (lambda: resigned(_set("SignatureMethod", "Algorithm", "")), "algorithm/not-allowed"),
    "sha1-digest": (
        lambda: resigned(_set("DigestMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")),
        "algorithm/not-allowed",
    ),
    "inclusive-c14n": (
        lambda: resigned(
            _set("CanonicalizationMethod", "Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
        ),
        "algorithm/not-allowed",
    ),
    "c14n-with-comments": (
        lambda: resigned(
            _set("CanonicalizationMethod", "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")
        ),
        "algorithm/not-allowed",
    ),
    "external-reference": (
        lambda: resigned(_set("Reference", "URI", "http://stranger.example/x")),
        "algorithm/not-allowed",
    ),
    "xpointer": (lambda: resigned(_set("Reference", "URI", "#xpointer(/)")), "algorithm/not-allowed"),
    "no-uri": (
        lambda: resigned(lambda info: first(info, "Reference").attrib.pop("URI")),
        "algorithm/not-allowed",
    ),
    "comment-in-digest": (lambda: edited(rb"(<ds:DigestValue>)", rb"\1<!---->"), "shape/unexpected"),
    "comment-in-value": (lambda: edited(rb"(<ds:SignatureValue>)", rb"\1<!---->"), "shape/unexpected"),
    "key-value": (
        lambda: edited(rb"<ds:X509Data>.*</ds:X509Data>", b"<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
        "shape/unexpected",
    ),
    "no-certificate": (
        lambda: edited(rb"<ds:X509Data>.*</ds:X509Data>", b"<ds:X509Data/>"),
        "certificates/count",
    ),
    "many-certificates": (
        lambda: edited(rb"(<ds:X509Certificate>[^<]*</ds:X509Certificate>)", rb"\1" * 9),
        "certificates/count",
    ),
    "broken-certificate": (
        lambda: edited(rb"(<ds:X509Certificate>)[^<]*", rb"\1AAAA"),
        "certificate/invalid",
    ),
    "stranger": (lambda: sign_xml(DOCUMENT, STRANGER), "key/unknown"),
    "same-name": (lambda: sign_xml(DOCUMENT, SAME_NAME), "key/unknown"),
    "strangers-signature": (lambda: resigned(lambda _: None, STRANGER), "signature/invalid"),
    "der-value": (_der_value, "signature/invalid"),
    "empty-value": (lambda: edited(rb"(<ds:SignatureValue>)[^<]*", rb"\1"), "signature/invalid"),
    "no-base64": (lambda: edited(rb"(<ds:SignatureValue>)[^<]*", rb"\1!"), "signature/invalid"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_for_the_right_reason(name: str) -> None:
    """Each forged document of the corpus is refused, for the reason that it was made for."""
    make, problem = HOSTILE[name]
    assert [one.problem for one in verify_xml(make(), RING, AT).findings] == [problem]


def test_a_comment_in_a_value_is_not_read() -> None:
    """A comment put into a signed text keeps the signature, and the content keeps the whole text."""
    signed = SIGNED.replace(b"GW0001", b"GW<!-- -->0001")
    verdict = verify_xml(signed, RING, AT)
    assert etree.fromstring(signed).find(".//{*}FunctionalReferenceID").text == "GW"
    assert etree.fromstring(verdict.content).find(".//{*}FunctionalReferenceID").text == "GW0001"


def test_dates_and_states_count() -> None:
    """Outside the certificate's dates, or with a compromised or foreign-purpose key, it does not hold."""
    assert not verify_xml(SIGNED, RING, UNTIL + timedelta(days=1))
    lost = KeyRing([KEY.in_state(State.COMPROMISED)])
    assert verify_xml(SIGNED, lost, AT).findings[0].problem == "key/compromised"
    other = KeyRing([replace(KEY, purpose=Purpose.CMS)])
    assert verify_xml(SIGNED, other, AT).findings[0].problem == "key/unknown"


def test_what_cannot_be_signed_says_so() -> None:
    """A key of another kind or without certificate, a signed document and no document are errors."""
    for key in (alone(Purpose.XML, "EdDSA"), generate(Purpose.XML)):
        with pytest.raises(KeySetError):
            sign_xml(DOCUMENT, key)
    for document in (SIGNED, b"", b"<!DOCTYPE a><a/>"):
        with pytest.raises(ValueError, match="document"):
            sign_xml(document, KEY)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(0, len(SIGNED) - 1), st.binary(max_size=3))
def test_any_bytes_give_a_verdict(start: int, end: int, new: bytes) -> None:
    """A signed document with any piece replaced gives a verdict, never an exception or other content."""
    verdict = verify_xml(SIGNED[:start] + new + SIGNED[end:], RING, AT)
    assert verdict.findings or verdict.content == verify_xml(SIGNED, RING, AT).content
