"""Enveloped XML signatures (XML-DSig 1.1) over a whole document, exclusive C14N, SHA-256.

The signature is the last child of the root and has one reference, to the root. A verdict's
content is the canonical form that was signed, and nothing else may be read afterwards: not
the document, in which comments and what hides in them were never signed. One parser reads
the document; the shape of the signature is checked before any cryptography.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.signing.certificates import certified
from gateway.signing.chains import CHAIN_MAX
from gateway.signing.jws import key_findings
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, Purpose
from gateway.signing.verdict import Refusal, Verdict
from gateway.signing.xmlform import (
    DIGEST,
    DOCUMENT_BYTES_MAX,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    KIND,
    METHODS,
    parse_xml,
    parser,
)
from gateway.signing.xmlsign import sign_xml

__all__ = ["DOCUMENT_BYTES_MAX", "DS", "METHODS", "sign_xml", "verify_xml"]

_SHAPE = {
    "Signature": ("SignedInfo", "SignatureValue", "KeyInfo"),
    "SignedInfo": ("CanonicalizationMethod", "SignatureMethod", "Reference"),
    "Reference": ("Transforms", "DigestMethod", "DigestValue"),
    "Transforms": ("Transform", "Transform"),
    "CanonicalizationMethod": (),
    "SignatureMethod": (),
    "DigestMethod": (),
    "Transform": (),
    "KeyInfo": ("X509Data",),
    "DigestValue": (),
    "SignatureValue": (),
}
"""Element to its children, all of them, in order. `X509Data` is looked at by `_signer`."""


def verify_xml(document: bytes, keyset: KeyRing, at: datetime) -> Verdict:
    """Check an enveloped signature; `at` is when key and certificate must be valid.

    `content` of the verdict is the canonical XML that was signed, without the signature.
    Trusted are the keys of the set that have a certificate.
    """
    try:
        root = parse_xml(document)
        signature = _signature(root)
        key, own = _signer(signature, keyset)
        _methods(signature, root, key)
        signed = _verified(document, own, key, at)
    except Refusal as refusal:
        return refusal.verdict
    return Verdict(key_findings(key, at, KIND), key.kid, signed)


def _signature(root: etree._Element) -> etree._Element:
    """Find the one signature, at its one place, and hold it to the one shape."""
    found = list(root.iter(f"{{{DS}}}Signature"))
    if len(found) != 1:
        raise Refusal(
            KIND,
            "Signature",
            "signature/count",
            "there is not exactly one signature",
            expected=1,
            actual=len(found),
        )
    (signature,) = found
    if signature.getparent() is not root:
        raise Refusal(KIND, "Signature", "place/unexpected", "the signature is not a child of the root")
    _shape(signature)
    ids = [one.get("Id") for one in root.iter(etree.Element) if one.get("Id") is not None]
    if len(set(ids)) != len(ids):
        raise Refusal(KIND, "Id", "id/repeated", "an Id stands twice in the document")
    return signature


def _shape(element: etree._Element) -> None:
    name = etree.QName(element).localname
    children = list(element)
    if any(not isinstance(child.tag, str) for child in children):
        raise Refusal(KIND, name, "shape/unexpected", "a comment or instruction stands in the signature")
    if name == "X509Data":
        return
    names = tuple(etree.QName(child).localname for child in children)
    spaces = {etree.QName(child).namespace for child in children}
    if names != _SHAPE[name] or not spaces <= {DS}:
        expected, actual = " ".join(_SHAPE[name]), " ".join(names)
        message = "the signature has parts that we do not write or read"
        raise Refusal(KIND, name, "shape/unexpected", message, expected=expected, actual=actual)
    for child in children:
        _shape(child)


def _signer(signature: etree._Element, keyset: KeyRing) -> tuple[Key, x509.Certificate]:
    """Find the trusted certificate that the signature names; what it brings proves nothing."""
    texts = [one.text or "" for one in signature.iter(f"{{{DS}}}X509Certificate")]
    if not 1 <= len(texts) <= CHAIN_MAX:
        message = f"the signature brings no certificate, or more than {CHAIN_MAX}"
        raise Refusal(KIND, "KeyInfo", "certificates/count", message, actual=len(texts))
    try:
        claimed = x509.load_der_x509_certificate(base64.b64decode("".join(texts[0].split()), validate=True))
    except (ValueError, binascii.Error) as error:
        raise Refusal(KIND, "KeyInfo", "certificate/invalid", "the certificate cannot be read") from error
    for key, own in certified(keyset, Purpose.XML):
        if own == claimed:
            return key, own
    raise Refusal(KIND, "KeyInfo", "key/unknown", "the certificate is none of the trusted ones")


def _methods(signature: etree._Element, root: etree._Element, key: Key) -> None:
    """Hold every algorithm and the reference to what we write."""
    own_id = root.get("Id")
    wanted: list[tuple[str, str, Any]] = [
        ("CanonicalizationMethod", "Algorithm", {EXCLUSIVE}),
        (
            "SignatureMethod",
            "Algorithm",
            {METHODS[key.algorithm]} if key.algorithm in METHODS else set(),
        ),
        ("DigestMethod", "Algorithm", {DIGEST}),
        ("Reference", "URI", {""} | ({f"#{own_id}"} if own_id else set())),
    ]
    for name, attribute, allowed in wanted:
        for element in signature.iter(f"{{{DS}}}{name}"):
            value = element.get(attribute)
            if value not in allowed:
                message = f"{name} is not what we allow"
                expected = " ".join(sorted(allowed))
                raise Refusal(
                    KIND, name, "algorithm/not-allowed", message, expected=expected, actual=value or ""
                )
    transforms = [one.get("Algorithm") for one in signature.iter(f"{{{DS}}}Transform")]
    if transforms != [ENVELOPED, EXCLUSIVE]:
        message = "the transforms are not what we allow"
        raise Refusal(
            KIND, "Transform", "algorithm/not-allowed", message, actual=" ".join(map(str, transforms))
        )


def _verified(document: bytes, own: x509.Certificate, key: Key, at: datetime) -> bytes:
    config = SignatureConfiguration(
        require_x509=True,
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod(METHODS[key.algorithm])}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        verification_time=at.astimezone(UTC),
    )
    try:
        result = XMLVerifier().verify(
            document, x509_cert=own, id_attribute="Id", expect_config=config, parser=parser()
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, AssertionError) as error:
        raise Refusal(
            KIND, "Signature", "signature/invalid", f"the signature does not hold: {error}"
        ) from error
    if isinstance(result, list):
        raise Refusal(KIND, "Reference", "reference/count", "there is not exactly one reference")
    return bytes(result.signed_data)
