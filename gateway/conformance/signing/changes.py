"""What is changed in evidence, form by form, and which problem a verifier then names.

Lives here: statements, each with what keeps it and what breaks it. Several problems divided by `|` are
each right; "" is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance.signing import evidence
from gateway.conformance.signing.changes_as2 import MDN, SMIME
from gateway.conformance.signing.changes_cms import CMS, STAMP
from gateway.conformance.signing.changes_cms_more import CMS_MORE
from gateway.conformance.signing.changes_fields import FIELDS
from gateway.conformance.signing.changes_growth import GROWTH
from gateway.conformance.signing.changes_http import HTTP
from gateway.conformance.signing.changes_jws import DETACHED, JWS
from gateway.conformance.signing.changes_keys import KEYS
from gateway.conformance.signing.changes_log import LOG
from gateway.conformance.signing.changes_mdn import REPORTS
from gateway.conformance.signing.changes_mime import MIME
from gateway.conformance.signing.changes_pss import PSS
from gateway.conformance.signing.changes_receipt import RECEIPT
from gateway.conformance.signing.changes_sealed import SEALED
from gateway.conformance.signing.changes_stamp import STAMPED
from gateway.conformance.signing.changes_xml import XML
from gateway.conformance.signing.changing import (
    Change,
    Statement,
    exact,
    life,
    on_token,
    same,
    span,
)
from gateway.conformance.signing.evidence import Evidence, ring
from gateway.signing import Purpose, generate
from gateway.signing.certificates import self_signed
from gateway.signing.xmldsig import sign_xml

if TYPE_CHECKING:
    from gateway.signing import Key

# The forms, what signs in each, and with which algorithms.
FORMS: tuple[tuple[str, Purpose, tuple[str, ...]], ...] = (
    ("ack", Purpose.RECEIPT, ("ES256", "ES384", "EdDSA", "RS256")),
    ("receipt", Purpose.RECEIPT, ("ES256", "EdDSA")),
    ("cms", Purpose.CMS, ("ES256", "RS256")),
    ("pss", Purpose.CMS, ("PS256",)),
    ("xml", Purpose.XML, ("ES256", "RS256")),
    ("smime", Purpose.CMS, ("ES256", "RS256")),
    ("encrypted", Purpose.CMS, ("ES256", "RS256")),
    ("mdn", Purpose.CMS, ("ES256", "RS256")),
    ("timestamp", Purpose.CMS, ("RS256",)),
    ("http", Purpose.HTTP, ("EdDSA", "ES256")),
    ("fields", Purpose.HTTP, ("EdDSA",)),
    ("keys", Purpose.RECEIPT, ("ES256",)),
    ("log", Purpose.LOG, ("EdDSA",)),
    ("growth", Purpose.LOG, ("EdDSA",)),
)


# -- CMS, XML, HTTP, log ------------------------------------------------------------------------


def _markup(old: bytes, new: bytes) -> Change:
    return on_token(lambda data: data.replace(old, new, 1))


def _wrapped(data: bytes) -> bytes:
    """Put the signed document whole into another root."""
    inner = data.partition(b"?>")[2]
    return b"<Envelope>" + inner + b"</Envelope>"


def _alone(one: Evidence, signer: Key) -> Evidence:
    """Sign with a certificate that nobody issued but its owner."""
    own = self_signed(
        generate(Purpose.XML, algorithm=signer.algorithm), "ALONE", 7, evidence.FROM, evidence.UNTIL
    )
    return replace(one, token=sign_xml(evidence.DOCUMENT, own), keys=ring(own), more={"signer": own.kid})


_BROKEN = "digest/differs|signature/invalid"
_XML: tuple[Statement, ...] = (
    (
        "content", "What is signed is the whole document; comments and the layout of tags are left out.",
        (("same", "", same),
         ("comment-added", "", _markup(b"<FunctionCode>", b"<!-- note --><FunctionCode>")),
         ("attribute-quotes", "", _markup(b'Id="R1"', b"Id='R1'")),
         ("text-changed", _BROKEN, _markup(b">01<", b">02<")),
         ("element-added", _BROKEN, _markup(b"<FunctionCode>", b"<X/><FunctionCode>")),
         ("blank-added", _BROKEN, _markup(b"<FunctionCode>", b" <FunctionCode>")),
         ("attribute-added", _BROKEN, _markup(b"<FunctionCode>", b'<FunctionCode name="a">'))),
    ),
    (
        "place", "There is one signature, and it is the root's.",
        (("one", "", same), ("with-one-certificate", "", _alone),
         ("none", "signature/count", on_token(lambda _: evidence.DOCUMENT)),
         ("wrapped", "place/unexpected", on_token(_wrapped))),
    ),
    (
        "document", "The document is XML that is read.",
        (("read", "", same),
         ("doctype", "doctype/present", _markup(b"<Response", b"<!DOCTYPE Response><Response")),
         ("cut", "xml/invalid", on_token(lambda data: data[:-12])),
         ("empty", "xml/invalid", on_token(lambda _: b""))),
    ),
)  # fmt: skip


_ALL: Mapping[str, tuple[Statement, ...]] = {
    "ack": (exact("signature/invalid"), *JWS, DETACHED, life(dated=True), span()),
    "receipt": (*JWS, *RECEIPT, life(dated=False), span()),
    "cms": (exact("digest/differs"), *CMS, *CMS_MORE, life(dated=True), span(certified=True)),
    "xml": (*_XML, *XML, life(dated=True), span(certified=True)),
    "pss": (*PSS, life(dated=True)),
    "smime": (*SMIME, *MIME, life(dated=True)),
    "encrypted": (*SEALED, life(dated=True)),
    "mdn": (*MDN, *REPORTS, life(dated=True)),
    "timestamp": (*STAMP, *STAMPED),
    "http": (*HTTP, life(dated=False), span()),
    "fields": FIELDS,
    "keys": KEYS,
    "log": (*LOG, life(dated=False)),
    "growth": GROWTH,
}


def statements(form: str) -> tuple[Statement, ...]:
    """Give every statement on a form."""
    return _ALL[form]
