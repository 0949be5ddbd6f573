"""Evidence: bytes, what was signed over them, and the keys that a verifier trusts.

Lives here: keys of the suite's own, made once for a process, and the signed thing of each form.
Never here: what is changed (`changes.py`) and how a target verifies (`verifying.py`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from gateway.signing import (
    Attests,
    Content,
    KeyRing,
    Kind,
    Purpose,
    Receipt,
    digest,
    generate,
    make_receipt,
    sign_detached,
)
from gateway.signing.algorithms import RSA_BITS, RSA_BITS_MIN
from gateway.signing.as2 import mic
from gateway.signing.as2mdn import Mdn, make_mdn
from gateway.signing.certificates import issue, self_signed
from gateway.signing.checkpoint import Checkpoint, ReceiptProof
from gateway.signing.cms import sign_cms
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import REQUEST_COVERS, REQUEST_TAG, content_digest, sign_http
from gateway.signing.keys import private_key_from_pem, private_pem
from gateway.signing.log import Tree, leaf_hash
from gateway.signing.mime import write_entity
from gateway.signing.smime import make_message
from gateway.signing.xmldsig import sign_xml
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.signing import Key
    from gateway.signing.mime import Entity

AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
# The name of who signs.
OWN = "GATEWAY"
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
ORIGIN = "gateway.example/receipts"
SOURCE = b"ISA*00*          *00*          *02*QTZL           *ZZ*TESTER         *260302*1015*U*00401*000000905*0*T*:~"
ANSWER = b"ISA*00*...*ZZ*TESTER*02*QTZL~TA1*000000905*260302*1015*A*000~IEA*0*000000001~\r\n\x00\xff"
DOCUMENT = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Response xmlns="urn:example:res" Id="R1">\n'
    b"  <FunctionCode>01</FunctionCode>\n  <Declaration><ID>GW0001</ID></Declaration>\n</Response>\n"
)
ENTRY = b"an entry of the log"
TARGET = "https://gateway.example/v1/submissions"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing to verify. `token` is the signature, `keys` the trusted set, `at` when; `more` by form.

    `data` are the same in every run, `token` is not: some algorithms draw numbers. In XML the token is the
    whole signed document.
    """

    form: str
    data: bytes
    token: bytes
    keys: KeyRing
    at: datetime = AT
    more: Mapping[str, Any] = field(default_factory=dict)

    def steps(self) -> dict[str, Any]:
        """Give all but the bytes as plain values."""
        return {
            "form": self.form,
            "token": base64.b64encode(self.token).decode("ascii"),
            "keys": self.keys.jwks_text(),
            "at": self.at.isoformat(),
            **self.more,
        }


@cache
def key(purpose: Purpose, algorithm: str, name: str = OWN) -> Key:
    """Give a key; one for CMS, XML or AS2 has a certificate.

    RSA keys of others are the shortest that are allowed, which are made in a third of the time.
    """
    bits = RSA_BITS if name == OWN else RSA_BITS_MIN
    if purpose not in {Purpose.CMS, Purpose.XML, Purpose.AS2}:
        return generate(purpose, algorithm=algorithm, rsa_bits=bits, not_before=FROM)
    # A certified RSA key is for either padding, and named by the one. The life of these is that of their certificates.
    algorithm = "RS256" if algorithm == "PS256" else algorithm
    made = generate(purpose, algorithm=algorithm, rsa_bits=bits)
    return issue(made, name, 1000 + len(name), FROM, UNTIL, _authority())


@cache
def _authority() -> Key:
    made = generate(Purpose.CMS, algorithm="ES256")
    return self_signed(made, "Conformance Root", 1, FROM, UNTIL)


def ring(*keys: Key) -> KeyRing:
    """Give keys as a stranger has them."""
    return KeyRing.from_jwks(KeyRing(list(keys)).jwks_text())


@cache
def made(form: str, algorithm: str) -> Evidence:
    """Give the right evidence of a form."""
    return _MAKERS[form](algorithm)


def _ack(algorithm: str, form: str = "ack") -> Evidence:
    signer = key(Purpose.RECEIPT, algorithm)
    return Evidence(form, ANSWER, sign_detached(ANSWER, signer).encode(), ring(signer))


def receipt() -> Receipt:
    """Give what the suite's receipt says."""
    return Receipt(
        receipt="01KAP3AAAAAAAAAAAAAAAAAAAB",
        submission="01KAP3AAAAAAAAAAAAAAAAAAAA",
        kind=Kind.TECHNICAL,
        attests=Attests.SYNTAX,
        disposition="accepted",
        at=AT,
        received_at=AT,
        partner="TESTER",
        content=Content.of(SOURCE),
        via={"transport": "http", "key": "k-1"},
        interchange={"format": "x12", "control": "000000905"},
        answers=digest(ANSWER),
        findings=Content.of(b"[]"),
        software="customs-gateway",
        specs=("x12/309/004010",),
        log=ORIGIN,
    )


def _receipt(algorithm: str) -> Evidence:
    signer = key(Purpose.RECEIPT, algorithm)
    token = make_receipt(receipt(), signer).encode()
    answer = base64.b64encode(ANSWER).decode("ascii")
    return Evidence("receipt", SOURCE, token, ring(signer), more={"answer": answer})


def _cms(algorithm: str) -> Evidence:
    signer = key(Purpose.CMS, algorithm)
    return Evidence("cms", ANSWER, sign_cms(ANSWER, signer, AT), ring(signer))


def _xml(algorithm: str) -> Evidence:
    signer = key(Purpose.XML, algorithm)
    return Evidence("xml", DOCUMENT, sign_xml(DOCUMENT, signer), ring(signer))


def request(data: bytes) -> Message:
    """Give the request that is signed, as it would be with these bytes."""
    fields = [("Content-Type", "application/edi-x12"), ("Content-Digest", content_digest(data))]
    return Message(method="POST", target_uri=TARGET, fields=fields)


def http_more(message: Message) -> dict[str, Any]:
    """Give a request as plain values."""
    return {
        "method": message.method,
        "target": message.target_uri,
        "fields": [list(one) for one in message.fields],
    }


def _http(algorithm: str, form: str = "http") -> Evidence:
    signer = key(Purpose.HTTP, algorithm)
    message = request(SOURCE)
    signed = sign_http(message, signer, REQUEST_COVERS, int(AT.timestamp()), tag=REQUEST_TAG, nonce="n-1")
    message = replace(message, fields=[*message.fields, *signed.items()])
    return Evidence(form, SOURCE, b"", ring(signer), more=http_more(message))


def _log(algorithm: str) -> Evidence:
    signer = key(Purpose.LOG, algorithm)
    entries = (b"a", b"b", ENTRY, b"d", b"e")
    tree = Tree(leaf_hash(entry) for entry in entries)
    checkpoint = Checkpoint(ORIGIN, len(entries), tree.root())
    proof = ReceiptProof.make(2, checkpoint, checkpoint.sign(signer), tree.node).text()
    return Evidence("log", ENTRY, proof.encode(), ring(signer), more={"origin": ORIGIN, "signer": ORIGIN})


def _growth(algorithm: str) -> Evidence:
    return Evidence("growth", b"", b"{}", ring(key(Purpose.LOG, algorithm)), more={"signer": ""})


def _pss(algorithm: str) -> Evidence:
    from gateway.conformance.signing.changes_pss import as_named  # noqa: PLC0415 - it makes its evidence of this

    signer = key(Purpose.CMS, algorithm)
    return as_named(Evidence("pss", ANSWER, b"", ring(signer)), signer)


def _smime(algorithm: str) -> Evidence:
    signer = key(Purpose.CMS, algorithm)
    entity, octets = make_message(SOURCE, "application/edi-x12", at=AT, boundary="b1", signer=signer)
    return Evidence("smime", SOURCE, whole(entity), ring(signer), more={"mic": mic(octets)})


def recipient() -> Key:
    """Give the key that messages are encrypted for."""
    return key(Purpose.AS2, "RS256", "RECIPIENT")


def private_text(own: Key) -> str:
    """Give a private key with its certificates in PEM: a target needs it to open what is for it."""
    return (private_pem(own) + own.certificates).decode("ascii")


@lru_cache(maxsize=8)
def private_of(text: str) -> Key:
    """Read a private key with its certificates; that its numbers are a key is checked once, which takes its time."""
    pem, mark, chain = text.partition("-----BEGIN CERTIFICATE-----")
    return private_key_from_pem(pem.encode(), Purpose.AS2, certificates=(mark + chain).encode())


def _encrypted(algorithm: str) -> Evidence:
    signer = key(Purpose.CMS, algorithm)
    entity, octets = make_message(
        SOURCE, "application/edi-x12", at=AT, boundary="b1", signer=signer, recipient=recipient()
    )
    more = {"mic": mic(octets), "own": private_text(recipient())}
    return Evidence("encrypted", SOURCE, whole(entity), ring(signer), more=more)


def whole(entity: Entity) -> bytes:
    """Give a MIME entity as bytes, headers first."""
    return write_entity(entity.headers, entity.body)


MDN = Mdn(sender="PARTNER", receiver="GATEWAY", message_id="<m2@partner.example>", original="<m1@gateway.example>",
          mic=mic(SOURCE))  # fmt: skip


def _mdn(algorithm: str) -> Evidence:
    signer = key(Purpose.CMS, algorithm)
    entity = make_mdn(MDN, ("outer", "inner"), signer, AT)
    more = {"message_id": MDN.original, "mic": MDN.mic, "signed": True}
    return Evidence("mdn", SOURCE, whole(entity), ring(signer), more=more)


def stamp_file(name: str) -> bytes:
    """Give one of the files of a time-stamping authority; nobody can make its replies anew."""
    return (data_root() / "fixtures" / "conformance" / "timestamp" / name).read_bytes()


STAMP_NONCE = 0x5E11A7


def _timestamp(_: str) -> Evidence:
    authority = KeyRing.trusted(stamp_file("authority.pem"))
    more = {"nonce": STAMP_NONCE, "signer": next(iter(authority)).kid}
    return Evidence("timestamp", stamp_file("data.txt"), stamp_file("stamped.tsr"), authority, more=more)


_MAKERS: Mapping[str, Callable[[str], Evidence]] = {"ack": _ack, "receipt": _receipt, "cms": _cms, "xml": _xml, "smime": _smime, "mdn": _mdn,
           "encrypted": _encrypted, "pss": _pss, "timestamp": _timestamp, "http": _http, "log": _log, "growth": _growth,
           "fields": partial(_http, form="fields"), "keys": partial(_ack, form="keys")}  # fmt: skip
