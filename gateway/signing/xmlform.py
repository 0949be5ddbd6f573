"""What signing and verifying XML share: names of algorithms, limits, the one parser.

One parser reads every document, here and for the verifier: no entities, no network, no
document type.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from gateway.signing.verdict import Refusal

KIND = "xmldsig.w3c"
DOCUMENT_BYTES_MAX = 48 * 1024 * 1024
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
DIGEST = "http://www.w3.org/2001/04/xmlenc#sha256"
METHODS = {
    "ES256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "RS256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
}
"""JOSE name to XML signature method; no other is written or read."""


def parser() -> etree.XMLParser:
    """Give the one parser, fresh."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )


def parse_xml(document: bytes) -> etree._Element:
    """Read a document and give its root. Raises `Refusal`."""
    if len(document) > DOCUMENT_BYTES_MAX:
        raise Refusal(
            KIND, "document", "length/over", "the document is too long", expected=DOCUMENT_BYTES_MAX
        )
    try:
        root = etree.fromstring(document, parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refusal(KIND, "document", "xml/invalid", f"the document cannot be read: {error}") from error
    information: Any = root.getroottree().docinfo
    if information.doctype or next(root.iter(etree.Entity), None) is not None:
        raise Refusal(KIND, "document", "doctype/present", "the document has a document type or entities")
    return root
