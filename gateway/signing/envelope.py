"""CMS content that hides or shrinks other content: enveloped, authenticated, compressed.

Encryption is RSA key transport with AES in CBC or GCM; nothing older is written or read.
A wrong key and a wrong padding are the same failure after the same work, for whoever can
tell them apart can decrypt without the key.
"""

from __future__ import annotations

import zlib
from typing import Any, ClassVar

from asn1crypto import cms as asn1
from asn1crypto import core
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.signing import der
from gateway.signing.certificates import certificate, certified
from gateway.signing.cms import UNREADABLE, is_named
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import Key, KeySetError, Purpose
from gateway.signing.verdict import Refusal

KIND = "smime.rfc8551"
CONTENT_BYTES_MAX = 30 * 1024 * 1024
RECIPIENTS_MAX = 10
INFLATED_BYTES_MAX = 20 * 1024 * 1024
INFLATED_RATIO_MAX = 100

_DATA = der.oid("1.2.840.113549.1.7.1")
_ENVELOPED = der.oid("1.2.840.113549.1.7.3")
_AUTHENTICATED = der.oid("1.2.840.113549.1.9.16.1.23")
_COMPRESSED = der.oid("1.2.840.113549.1.9.16.1.9")
_ZLIB = der.sequence(der.oid("1.2.840.113549.1.9.16.3.8"))
_RSA = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL)
_OAEP = der.sequence(
    der.oid("1.2.840.113549.1.1.7"),
    der.sequence(
        der.tlv(0xA0, _SHA256),
        der.tlv(0xA1, der.sequence(der.oid("1.2.840.113549.1.1.8"), _SHA256)),
    ),
)
CIPHERS = {
    "aes128-cbc": (16, "2.16.840.1.101.3.4.1.2"),
    "aes192-cbc": (24, "2.16.840.1.101.3.4.1.22"),
    "aes256-cbc": (32, "2.16.840.1.101.3.4.1.42"),
    "aes128-gcm": (16, "2.16.840.1.101.3.4.1.6"),
    "aes192-gcm": (24, "2.16.840.1.101.3.4.1.26"),
    "aes256-gcm": (32, "2.16.840.1.101.3.4.1.46"),
}
"""Name to key length in bytes and OID."""

_BY_OID = {dotted: name for name, (_, dotted) in CIPHERS.items()}
_OAEP_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303  # what OAEP has when it names none; collisions do not matter there
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_INFO = {
    "EnvelopedData": "encrypted_content_info",
    "AuthEnvelopedData": "auth_encrypted_content_info",
}


class GcmParameters(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """RFC 5084 §3.2."""

    _fields: ClassVar[list[Any]] = [("nonce", core.OctetString), ("length", core.Integer, {"default": 12})]


def content_kind(data: bytes) -> str:
    """Tell what a CMS message says that it is: `enveloped_data`, ..., "" when it cannot be read."""
    try:
        return str(asn1.ContentInfo.load(data)["content_type"].native)
    except UNREADABLE:
        return ""


def encrypt(content: bytes, recipient: Key, cipher: str = "aes128-cbc", *, oaep: bool = False) -> bytes:
    """Encrypt for the holder of an RSA key with certificate, and give DER. Raises `KeySetError`."""
    own = certificate(recipient)
    if not isinstance(recipient.public, rsa.RSAPublicKey) or cipher not in CIPHERS:
        raise KeySetError(f"no encryption with {cipher} for a key of {recipient.algorithm}")
    size, dotted = CIPHERS[cipher]
    key = AESGCM.generate_key(size * 8)
    wrapped = recipient.public.encrypt(key, _oaep("sha256") if oaep else padding.PKCS1v15())
    issuer = der.sequence(own.issuer.public_bytes(), der.integer(own.serial_number))
    transport = der.sequence(der.integer(0), issuer, _OAEP if oaep else _RSA, der.octets(wrapped))
    gcm = cipher.endswith("-gcm")
    if gcm:
        nonce = AESGCM.generate_key(128)[:12]
        sealed = AESGCM(key).encrypt(nonce, content, None)
        hidden, mac = sealed[:-16], der.octets(sealed[-16:])
        parameters = der.sequence(der.octets(nonce), der.integer(16))
    else:
        vector = AESGCM.generate_key(128)
        padder = PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        hidden = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
        parameters, mac = der.octets(vector), b""
    named = der.sequence(der.oid(dotted), parameters)
    body = der.sequence(
        der.integer(0), der.set_of(transport), der.sequence(_DATA, named, der.tlv(0x80, hidden)), mac
    )
    return der.sequence(_AUTHENTICATED if gcm else _ENVELOPED, der.tlv(0xA0, body))


def decrypt(data: bytes, keys: KeyRing) -> bytes:
    """Decrypt DER or BER with the first of our keys that it is for.

    Raises `Refusal`; every failure after a recipient was found is the same one.
    """
    try:
        content, key, transport = _opened(data, keys)
        inner = content[_INFO[type(content).__name__]]
        name = _cipher(inner["content_encryption_algorithm"]["algorithm"].dotted)
        secret = _unwrapped(transport, key, CIPHERS[name][0])
        parameters, hidden = (
            inner["content_encryption_algorithm"]["parameters"],
            inner["encrypted_content"].native,
        )
        if name.endswith("-gcm"):
            return _open_gcm(secret, parameters, hidden, content)
        return _open_cbc(secret, parameters.native, hidden)
    except (Refusal, KeySetError):
        raise
    except (*UNREADABLE, InvalidTag) as error:
        raise Refusal(KIND, "content", "decryption/failed", "the content cannot be decrypted") from error


def compress(content: bytes) -> bytes:
    """Compress (RFC 3274) and give DER."""
    inner = der.sequence(_DATA, der.tlv(0xA0, der.octets(zlib.compress(content))))
    return der.sequence(_COMPRESSED, der.tlv(0xA0, der.sequence(der.integer(0), _ZLIB, inner)))


def decompress(data: bytes) -> bytes:
    """Decompress DER or BER, at most 20 MiB and 100 times what came. Raises `Refusal`."""
    try:
        content = asn1.ContentInfo.load(_limited(data), strict=True)["content"]
        packed = content["encap_content_info"]["content"].native
        inflater = zlib.decompressobj()
        limit = min(INFLATED_BYTES_MAX, INFLATED_RATIO_MAX * len(packed))
        plain = inflater.decompress(packed, limit + 1)
    except Refusal:
        raise
    except (*UNREADABLE, zlib.error) as error:
        raise Refusal(
            KIND, "content", "decompression/failed", "the content cannot be decompressed"
        ) from error
    if len(plain) > limit:
        raise Refusal(KIND, "content", "length/over", "the content grows too much", expected=limit)
    if not inflater.eof or inflater.unused_data:
        raise Refusal(
            KIND, "content", "decompression/failed", "the compressed content does not end where it should"
        )
    return plain


def _limited(data: bytes) -> bytes:
    if len(data) > CONTENT_BYTES_MAX:
        raise Refusal(KIND, "content", "length/over", "the content is too long", expected=CONTENT_BYTES_MAX)
    return data


def _opened(data: bytes, keys: KeyRing) -> tuple[Any, Key, Any]:
    outer = asn1.ContentInfo.load(_limited(data), strict=True)
    content = outer["content"]
    recipients = content["recipient_infos"]
    if len(recipients) > RECIPIENTS_MAX:
        raise Refusal(
            KIND, "recipients", "recipients/over", "there are too many recipients", expected=RECIPIENTS_MAX
        )
    for recipient in recipients:
        if recipient.name != "ktri":
            continue
        for key, own in certified(keys, Purpose.AS2):
            if is_named(recipient.chosen["rid"], own):
                return content, key, recipient.chosen
    raise Refusal(KIND, "recipients", "key/unknown", "the content is for none of our keys")


def _cipher(dotted: str) -> str:
    if dotted not in _BY_OID:
        raise Refusal(KIND, "cipher", "algorithm/not-allowed", "the cipher is not allowed", actual=dotted)
    return _BY_OID[dotted]


def _unwrapped(transport: Any, key: Key, size: int) -> bytes:
    """Unwrap the content key; what does not unwrap becomes a key that opens nothing."""
    private = key.private
    if not isinstance(private, rsa.RSAPrivateKey):
        raise KeySetError(f"key {key.kid} does not decrypt")
    named = transport["key_encryption_algorithm"]
    wrapped = transport["encrypted_key"].native
    random = AESGCM.generate_key(size * 8)
    try:
        if named["algorithm"].native == "rsaes_oaep":
            parameters = named["parameters"]
            secret = private.decrypt(wrapped, _oaep(parameters["hash_algorithm"]["algorithm"].native))
        else:
            secret = private.decrypt(wrapped, padding.PKCS1v15())
    except ValueError:
        return random
    return secret if len(secret) == size else random


def _oaep(digest: str) -> padding.OAEP:
    return padding.OAEP(mgf=padding.MGF1(_OAEP_HASHES[digest]), algorithm=_OAEP_HASHES[digest], label=None)


def _open_cbc(key: bytes, vector: bytes, hidden: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(hidden) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _open_gcm(key: bytes, parameters: Any, hidden: bytes, content: Any) -> bytes:
    nonce, length = _gcm_parameters(parameters)
    mac = content["mac"].native
    if len(mac) != length or length != 16:
        raise ValueError("the tag is not 16 bytes")
    attributes = content["auth_attrs"]
    # RFC 5083 §2.2: the attributes are authenticated under the tag of a SET.
    bound = b"\x31" + attributes.dump()[1:] if attributes else None
    return AESGCM(key).decrypt(nonce, hidden + mac, bound)


def _gcm_parameters(parameters: Any) -> tuple[bytes, int]:
    """RFC 5084 §3.2: nonce and tag length, 12 when it is not given."""
    read = GcmParameters.load(parameters.dump())
    return read["nonce"].native, read["length"].native
