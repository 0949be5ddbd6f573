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
from typing import Any, cast

from cryptography import x509
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.signing.algorithms import der_signature
from gateway.signing.certificates import certificate, certified, chain
from gateway.signing.chains import CHAIN_MAX
from gateway.signing.jws import key_findings
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, KeySetError, Purpose
from gateway.signing.verdict import Refusal, Verdict

KIND = "xmldsig.w3c"
DOCUMENT_BYTES_MAX = 48 * 1024 * 1024
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
ENVELOPED = SignatureConstructionMethod.enveloped
METHODS = {"ES256": SignatureMethod.ECDSA_SHA256, "RS256": SignatureMethod.RSA_SHA256}
"""JOSE name to XML signature method; no other is written or read."""

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


class _SignerKey:
    """A key in the manner in which signxml uses one: wherever the private half is."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self.key_size = getattr(key.public, "key_size", 0)

    def sign(self, data: bytes, **_: object) -> bytes:
        signature = self._key.sign(data)
        return der_signature(signature) if self._key.algorithm.startswith("ES") else signature


def sign_xml(document: bytes, key: Key) -> bytes:
    """Sign a document and give it with its signature. It must not be written anew afterwards.

    The reference is to the root's `Id`, or to the whole document where it has none. Raises
    `KeySetError` for a key without certificate or of another kind, `ValueError` for a
    document that is not XML or already signed.
    """
    if key.algorithm not in METHODS:
        raise KeySetError(f"XML is signed with {' or '.join(METHODS)}, not with {key.algorithm}")
    certificate(key)
    try:
        root = _parse(document)
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal
    if root.find(f".//{{{DS}}}Signature") is not None:
        raise ValueError("the document carries a signature already")
    signer = XMLSigner(
        method=ENVELOPED,
        signature_algorithm=METHODS[key.algorithm],
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=EXCLUSIVE,
    )
    own_id = root.get("Id")
    signed = signer.sign(
        root,
        key=cast("Any", _SignerKey(key)),
        cert=list(chain(key)),
        reference_uri=f"#{own_id}" if own_id else None,
        id_attribute="Id",
    )
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def verify_xml(document: bytes, keyset: KeyRing, at: datetime) -> Verdict:
    """Check an enveloped signature; `at` is when key and certificate must be valid.

    `content` of the verdict is the canonical XML that was signed, without the signature.
    Trusted are the keys of the set that have a certificate.
    """
    try:
        root = _parse(document)
        signature = _signature(root)
        key, own = _signer(signature, keyset)
        _methods(signature, root, key)
        signed = _verified(document, own, key, at)
    except Refusal as refusal:
        return refusal.verdict
    return Verdict(key_findings(key, at, KIND), key.kid, signed)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )


def _parse(document: bytes) -> etree._Element:
    if len(document) > DOCUMENT_BYTES_MAX:
        raise Refusal(
            KIND, "document", "length/over", "the document is too long", expected=DOCUMENT_BYTES_MAX
        )
    try:
        root = etree.fromstring(document, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refusal(KIND, "document", "xml/invalid", f"the document cannot be read: {error}") from error
    information: Any = root.getroottree().docinfo
    if information.doctype or next(root.iter(etree.Entity), None) is not None:
        raise Refusal(KIND, "document", "doctype/present", "the document has a document type or entities")
    return root


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
        ("CanonicalizationMethod", "Algorithm", {EXCLUSIVE.value}),
        (
            "SignatureMethod",
            "Algorithm",
            {METHODS[key.algorithm].value} if key.algorithm in METHODS else set(),
        ),
        ("DigestMethod", "Algorithm", {DigestAlgorithm.SHA256.value}),
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
    if transforms != [ENVELOPED.value, EXCLUSIVE.value]:
        message = "the transforms are not what we allow"
        raise Refusal(
            KIND, "Transform", "algorithm/not-allowed", message, actual=" ".join(map(str, transforms))
        )


def _verified(document: bytes, own: x509.Certificate, key: Key, at: datetime) -> bytes:
    config = SignatureConfiguration(
        require_x509=True,
        location="./",
        expect_references=1,
        signature_methods=frozenset({METHODS[key.algorithm]}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        verification_time=at.astimezone(UTC),
    )
    try:
        result = XMLVerifier().verify(
            document, x509_cert=own, id_attribute="Id", expect_config=config, parser=_parser()
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, AssertionError) as error:
        raise Refusal(
            KIND, "Signature", "signature/invalid", f"the signature does not hold: {error}"
        ) from error
    if isinstance(result, list):
        raise Refusal(KIND, "Reference", "reference/count", "there is not exactly one reference")
    return bytes(result.signed_data)
