"""What is changed in messages that are encrypted: cipher, recipient, layers, and the bytes of each part (RFC 5652, RFC 8551)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, flipped, same
from gateway.conformance.signing.evidence import AT, Evidence, key, private_text, recipient, whole
from gateway.signing import Purpose, der
from gateway.signing.as2 import mic
from gateway.signing.envelope import CIPHERS, encrypt
from gateway.signing.mime import Entity, read_entity, write_entity
from gateway.signing.smime import Compression, make_message, sign_entity

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.signing import Key

_TYPE = "application/edi-x12"
# 3DES in CBC, which nobody may ask for any more, in the place of AES-128 in CBC.
_AES128, _TRIPLE = der.oid(CIPHERS["aes128-cbc"][1]), der.oid("1.2.840.113549.3.7")


def _message(**wishes: Any) -> Change:
    """Make another message of the same payload, with the MIC that belongs to it.

    A wish may be a function: keys are made when a case is, for making one takes long.
    """

    def changed(one: Evidence, signer: Key) -> Evidence:
        told = {name: wish() if callable(wish) else wish for name, wish in wishes.items()}
        wanted = {"signer": signer, "recipient": recipient(), **told}
        entity, octets = make_message(one.data, _TYPE, at=AT, boundary="b1", **wanted)
        return replace(one, token=whole(entity), more={**one.more, "mic": mic(octets)})

    return changed


def _hidden(change: Callable[[bytes], bytes], cipher: str = "aes256-gcm") -> Change:
    """Change the encrypted content of a message."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        made = _message(cipher=cipher)(one, signer)
        entity = read_entity(made.token)
        return replace(made, token=write_entity(entity.headers, change(entity.body)))

    return changed


def _inner(change: Callable[[bytes], bytes]) -> Change:
    """Encrypt what was changed after it was signed."""

    def changed(one: Evidence, signer: Key) -> Evidence:
        made = _message(recipient=None)(one, signer)
        return replace(made, token=whole(_sealed(change(made.token))))

    return changed


def _sealed(raw: bytes) -> Entity:
    name = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
    headers = {"Content-Type": name, "Content-Transfer-Encoding": "binary"}
    return Entity(headers, encrypt(raw, recipient()))


def _twice(one: Evidence, signer: Key) -> Evidence:
    made = _message()(one, signer)
    return replace(made, token=whole(_sealed(made.token)))


def _signed_outside(one: Evidence, signer: Key) -> Evidence:
    """Sign what is encrypted: who opens it learns nothing of who wrote the content."""
    raw = _message(signer=None)(one, signer).token
    return replace(one, token=whole(sign_entity(raw, signer, AT, "b2")), more={**one.more, "mic": mic(raw)})


def _mine(another: Callable[[], Key]) -> Change:
    """Give the receiver another key."""
    return lambda one, _: replace(one, more={**one.more, "own": private_text(another())})


def _somebody() -> Key:
    return key(Purpose.AS2, "RS256", "SOMEBODY")


def _stranger() -> Key:
    return key(Purpose.CMS, "RS256", "STRANGER")


def _swapped(body: bytes) -> bytes:
    """Name another cipher. Its name is shorter by a byte, which the length of the vector makes up for."""
    named = der.sequence(_AES128, der.octets(bytes(16)))
    start = body.index(_AES128) - 2
    other = der.sequence(_TRIPLE, der.octets(bytes(16 + len(_AES128) - len(_TRIPLE))))
    return body[:start] + other + body[start + len(named) :]


_FAILED = "decryption/failed"
_DIFFERS = "digest/differs|signature/invalid"
SEALED: tuple[Statement, ...] = (
    (
        "cipher", "What is encrypted with a cipher that is allowed can be opened.",
        (*((name, "", _message(cipher=name)) for name in CIPHERS), ("oaep", "", _message(oaep=True)),
         ("triple-des", "algorithm/not-allowed", _hidden(_swapped, "aes128-cbc"))),
    ),
    (
        "recipient", "A message is for who has the key, and for nobody else.",
        (("own", "", same),
         ("somebody-else", "key/unknown", _message(recipient=_somebody)),
         ("another-key", "key/unknown", _mine(_somebody))),
    ),
    (
        "content", "Encrypted content is whole; with authentication not a bit of it may differ.",
        (("same", "", _hidden(lambda body: body)),
         ("one-bit-changed", _FAILED, _hidden(lambda body: flipped(body, 0.8))),
         ("tag-changed", _FAILED, _hidden(lambda body: flipped(body, 1))),
         ("one-bit-changed-cbc", f"{_FAILED}|{_DIFFERS}|mime/invalid", _hidden(lambda body: flipped(body, 0.8), "aes128-cbc")),
         ("cut", f"{_FAILED}|asn1/invalid", _hidden(lambda body: body[:-40])),
         ("bytes-behind", f"{_FAILED}|asn1/invalid", _hidden(lambda body: body + b"\x00")),
         ("nothing", f"{_FAILED}|asn1/invalid|mime/invalid", _hidden(lambda _: b"")),
         ("no-asn1", f"{_FAILED}|asn1/invalid|mime/invalid", _hidden(lambda _: b"content"))),
    ),
    (
        "signed", "What is encrypted was signed before, by whom is trusted and over exactly what is inside.",
        (("signed", "", same),
         ("payload-changed", _DIFFERS, _inner(lambda raw: raw.replace(b"QTZL", b"QTZM", 1))),
         ("by-a-stranger", "key/unknown", _message(signer=_stranger)),
         ("not-signed", "signature/absent", _message(signer=None))),
    ),
    (
        "layers", "Encryption is the outermost layer, and there is one.",
        (("encrypted", "", same),
         ("compressed-inside", "", _message(compression=Compression.INSIDE)),
         ("compressed-outside", "", _message(compression=Compression.OUTSIDE)),
         ("encrypted-twice", "layers/order", _twice),
         ("signed-outside", "layers/order", _signed_outside),
         ("not-encrypted", "encryption/absent", _message(recipient=None))),
    ),
)  # fmt: skip
