"""Enveloped XML signatures (XML-DSig 1.1), made: one reference to the root, exclusive C14N, SHA-256.

The document is parsed and canonicalised once, to be digested. `SignedInfo` is written in its
canonical form straight away, and the signature is put in before the root's end tag: the bytes
around it stay as they were.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import lru_cache

from lxml import etree

from gateway.signing.certificates import certificate
from gateway.signing.chains import pem_to_x5c
from gateway.signing.keys import Key, KeySetError
from gateway.signing.verdict import Refusal
from gateway.signing.xmlform import DIGEST, DS, ENVELOPED, EXCLUSIVE, METHODS, parse_xml

_PLAIN = frozenset({None, "UTF-8", "utf-8", "ASCII", "US-ASCII", "us-ascii"})
"""Encodings in which an ASCII signature may be put between the bytes."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*+")
_END_TAG = re.compile(rb"</[^<>]++>")


def sign_xml(document: bytes, key: Key) -> bytes:
    """Sign a document and give it with its signature. It must not be written anew afterwards.

    The reference is to the root's `Id`, or to the whole document where it has none. Raises
    `KeySetError` for a key without certificate or of another kind, `ValueError` for a
    document that is not XML, has processing instructions outside the root, or is already signed.
    """
    if key.algorithm not in METHODS:
        raise KeySetError(f"XML is signed with {' or '.join(METHODS)}, not with {key.algorithm}")
    certificate(key)
    try:
        root = parse_xml(document)
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal
    if root.find(f".//{{{DS}}}Signature") is not None:
        raise ValueError("the document carries a signature already")
    outside = [*root.itersiblings(), *root.itersiblings(preceding=True)]
    if any(isinstance(one, etree._ProcessingInstruction) for one in outside):  # noqa: SLF001 - its only name
        # They are under a reference to the whole document, and not all verifiers agree on that.
        raise ValueError("a processing instruction stands outside the root")
    own_id = root.get("Id", "")
    signed = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    reference = f'"#{own_id}"' if _NAME.fullmatch(own_id) else '""'
    value = b64encode(hashlib.sha256(signed).digest()).decode("ascii")
    head, tail = _info(key.algorithm)
    info = f"{head}{reference}{tail}{value}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    signature = key.sign(info.encode("utf-8"))
    text = (
        f'<ds:Signature xmlns:ds="{DS}">{info.replace(_SPACE, "", 1)}'
        f"<ds:SignatureValue>{b64encode(signature).decode('ascii')}</ds:SignatureValue>"
        f"{_key_info(key.certificates)}</ds:Signature>"
    )
    return _placed(document, root, text.encode("utf-8"))


_SPACE = f' xmlns:ds="{DS}"'


@lru_cache(maxsize=8)
def _info(algorithm: str) -> tuple[str, str]:
    """Give `SignedInfo` in canonical form up to the reference's address, and from there to the digest."""
    before = (
        f'<ds:SignedInfo{_SPACE}><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}">'
        f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{METHODS[algorithm]}">'
        "</ds:SignatureMethod><ds:Reference URI="
    )
    after = (
        f'><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{DIGEST}"></ds:DigestMethod><ds:DigestValue>'
    )
    return before, after


@lru_cache(maxsize=64)
def _key_info(certificates: bytes) -> str:
    chain = "".join(f"<ds:X509Certificate>{one}</ds:X509Certificate>" for one in pem_to_x5c(certificates))
    return f"<ds:KeyInfo><ds:X509Data>{chain}</ds:X509Data></ds:KeyInfo>"


def _placed(document: bytes, root: etree._Element, signature: bytes) -> bytes:
    """Put the signature in as the last child of the root."""
    whole = document.rstrip(b" \t\r\n")
    end = whole.rfind(b"</")
    alone = next(iter(root.itersiblings()), None) is None
    encoding = root.getroottree().docinfo.encoding
    wide = document.startswith((b"\xff", b"\xfe"))
    if end >= 0 and alone and encoding in _PLAIN and not wide and _END_TAG.fullmatch(whole, end):
        return whole[:end] + signature + whole[end:]
    # An empty root, or another encoding: the document is written once more, with the signature.
    root.append(etree.fromstring(signature))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
