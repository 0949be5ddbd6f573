"""Sends the messages of an AS2 case and holds the receipts to what was sent.

Lives here: how a message is made and spoilt, and the judging of its receipt. Never here: which messages there are
(`fixtures/conformance/as2.toml`), connections (`targets/endpoint.py`).
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

from gateway.conformance.connection import BUSY, TroubleError, patient
from gateway.conformance.model import Seen
from gateway.signing import KeyRing, KeySetError, Purpose, generate
from gateway.signing.algorithms import RSA_BITS_MIN
from gateway.signing.as2 import mic, request_headers
from gateway.signing.as2mdn import accept_mdn
from gateway.signing.certificates import self_signed
from gateway.signing.envelope import encrypt
from gateway.signing.mime import Entity, write_entity
from gateway.signing.smime import Compression, make_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.model import Built
    from gateway.signing import Key

    Call = Callable[[str, str, bytes | None, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]

_TYPE = "application/edi-x12"
_OK = 200
# What speaks against a receipt that says no: nothing else may.
_REFUSALS = frozenset({"disposition/error"})
_DIGITS = 9


@cache
def own_key(purpose: Purpose, name: str = "TESTER") -> Key:
    """Give a key of this process with a certificate that it signed itself."""
    now = datetime.now(UTC)
    made = generate(purpose, algorithm="RS256", rsa_bits=RSA_BITS_MIN)
    return self_signed(
        made, name, 1 + secrets.randbelow(2**60), now - timedelta(hours=1), now + timedelta(days=30)
    )


class Sent(NamedTuple):
    """A message, and what its receipt has to say."""

    payload: bytes
    message_id: str
    headers: Mapping[str, str]
    body: bytes
    mic: str


@dataclass(slots=True)
class Talk:
    """One partnership: who we are, who they are, and the call that reaches them.

    `call` is `Connections.call`. `theirs` has the certificates that their receipts are verified with, `recipient` the key that is encrypted for.
    """

    call: Call
    address: str
    name: str
    to: str
    signer: Key
    theirs: KeyRing
    recipient: Key
    before: Sent | None = None
    receipts: list[bytes] = field(default_factory=list)

    def run(self, built: Built, end: float) -> Seen:
        """Send the messages of a case one after the other; who is busy gets the same one again until `end`."""
        for number, how in enumerate(built.steps["messages"], 1):
            sent = self._made(built.data, how)
            status, headers, body = patient(
                partial(self.call, "POST", self.address, sent.body, sent.headers), end
            )
            if status != _OK:
                told = f"message {number}: status {status}"
                return Seen(disposition=told, answer=body, overtime=status in BUSY)
            wrong = self._judged(sent, how, headers, body)
            if wrong:
                return Seen(disposition=f"message {number}: {wrong}", answer=body)
            self.before = sent
            self.receipts.append(body)
        return Seen(disposition=built.expect.disposition)

    def _made(self, data: bytes, how: Mapping[str, Any]) -> Sent:
        again, before = how.get("again", ""), self.before
        if again == "both" and before is not None:
            return before
        payload = before.payload if before is not None and again == "content" else numbered(data)
        message_id = f"<{secrets.token_hex(12)}@conformance.example>"
        if before is not None and again == "id":
            message_id = before.message_id
        signer = {True: self.signer, "stranger": own_key(Purpose.CMS, "STRANGER")}.get(how.get("sign", True))
        spoil = how.get("spoil", "")
        entity, octets = make_message(
            payload, _TYPE, at=datetime.now(UTC), boundary=f"----{secrets.token_hex(8)}", signer=signer,
            recipient=None if spoil in {"content", "signature"} else self._recipient(how),
            cipher=how.get("cipher", "aes128-cbc"), oaep=how.get("oaep", False),
            compression=Compression(how.get("compression", "none")),
        )  # fmt: skip
        if spoil in {"content", "signature"}:
            entity = sealed(entity, spoil, payload, self._recipient(how))
        body = flipped(entity.body, 0.7) if spoil == "hidden" else entity.body
        micalg = how.get("micalg", "sha-256")
        headers = request_headers(self.name, self.to, message_id, micalg=micalg) | dict(entity.headers)
        return Sent(payload, message_id, headers, body, mic(octets, micalg) if micalg in _MADE else "")

    def _recipient(self, how: Mapping[str, Any]) -> Key | None:
        return {True: self.recipient, "stranger": own_key(Purpose.AS2, "STRANGER")}.get(
            how.get("encrypt", True)
        )

    def _judged(self, sent: Sent, how: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> str:
        """Say what is wrong with a receipt, "" for nothing."""
        verdict, said = accept_mdn(
            headers, body, self.theirs, datetime.now(UTC), message_id=sent.message_id, mic=sent.mic
        )
        ending = said.disposition.partition(";")[2].strip()
        if ending.lower() not in how["said"].lower().split("|"):
            told = "; ".join(one.message for one in verdict.findings)
            return f"a receipt that says {ending or 'nothing'}{f' ({told})' if told else ''}"
        found = {"/".join(one.code.split("/")[-2:]) for one in verdict.findings}
        taken = ending.lower().startswith("processed") and "error" not in ending.lower()
        if found - (frozenset() if taken else _REFUSALS):
            return "; ".join(one.message for one in verdict.findings)
        if how.get("same") and body != self.receipts[-1]:
            return "another receipt for the same message"
        return ""


CERTIFICATES = "/.well-known/certificates.pem?purpose={}"


def partnership(call: Call, base: str, said: Mapping[str, Any], signer: Key) -> Talk:
    """Give a partnership as a profile describes it; their certificates are fetched, or read where files are named.

    Raises TroubleError where there are none, and KeyError for a table without `from` or `to`.
    """
    theirs = _certificates(call, base, str(said.get("certificates", CERTIFICATES.format("cms"))))
    recipient = _certificates(call, base, str(said.get("recipient", CERTIFICATES.format("as2"))))
    if not len(theirs) or not len(recipient):
        raise TroubleError("there is no certificate to verify receipts with, or none to encrypt for")
    return Talk(
        call, urljoin(base, str(said.get("post", "/v1/as2"))), str(said["from"]), str(said["to"]), signer, theirs,
        next(iter(recipient)),
    )  # fmt: skip


def _certificates(call: Call, base: str, place: str) -> KeyRing:
    if not place.startswith(("/", "http:", "https:")) or Path(place).is_file():
        data = Path(place).read_bytes()
    else:
        status, _, data = call("GET", urljoin(base, place), None, {})
        if status != _OK:
            raise TroubleError(f"status {status} for {place}")
    try:
        return KeyRing.trusted(data)
    except KeySetError as error:
        raise TroubleError(f"{place}: {error}") from error


_MADE = frozenset({"sha-256", "sha-384", "sha-512"})


def numbered(data: bytes) -> bytes:
    """Give the interchange another control number, so that nobody sent these bytes before."""
    number = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}".encode()
    old = re.search(rb"\*(\d{9})\*[01]\*[TPI]\*", data)
    return data if old is None else data.replace(old[1], number)


def sealed(entity: Entity, spoil: str, payload: bytes, recipient: Key | None) -> Entity:
    """Change one bit of what is signed, or of its signature, and encrypt it: who opens it finds it spoilt."""
    body = entity.body
    if spoil == "content":
        body = body.replace(payload, flipped(payload, 0.5), 1)
    else:
        start = body.rindex(b"\r\n\r\n") + 4
        end = body.index(b"\r\n--", start)
        body = (
            body[:start]
            + base64.encodebytes(flipped(base64.b64decode(body[start:end]), 0.99)).strip()
            + body[end:]
        )
    if recipient is None:
        return Entity(entity.headers, body)
    name = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
    headers = {"Content-Type": name, "Content-Transfer-Encoding": "binary"}
    return Entity(headers, encrypt(write_entity(entity.headers, body), recipient))


def flipped(data: bytes, share: float) -> bytes:
    """Change one bit of the byte at a share of the whole."""
    at = int(len(data) * share)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
