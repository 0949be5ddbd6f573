"""Signing keys in a PKCS#11 token: the private half never leaves it.

Needs the package `python-pkcs11`, which is not installed by default, and the token's own
library. A key opened here is a `Key` like any other; only what it signs goes to the token.
"""

from __future__ import annotations

import hashlib
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from gateway.signing.keys import Key, KeySetError, Purpose, public_key_from_der, with_signer

_MECHANISMS = {"ES256": "ECDSA", "ES384": "ECDSA", "RS256": "SHA256_RSA_PKCS", "EdDSA": "EDDSA"}
"""JOSE name to mechanism. ECDSA takes a digest and gives r and s at full width, as JWS has them."""

_DIGESTS = {"ES256": "sha256", "ES384": "sha384"}


class TokenError(Exception):
    """A token, its library, its PIN or a key in it cannot be used. The message says which."""


class Token:
    """An open token; one signature at a time, as the standard wants it."""

    def __init__(self, library: Path, label: str, pin: str) -> None:
        """Open the token. Raises `TokenError`."""
        try:
            self._pkcs11 = import_module("pkcs11")
        except ImportError as error:
            raise TokenError("the package python-pkcs11 is not installed") from error
        self._lock = threading.Lock()
        try:
            token = self._pkcs11.lib(str(library)).get_token(token_label=label)
            self._open = token.open(user_pin=pin)
        except (self._pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise TokenError(f"token {label} of {library}: {_reason(error)}") from error

    def close(self) -> None:
        """Leave the token."""
        with self._lock:
            self._open.close()

    def key(self, label: str, purpose: Purpose, algorithm: str = "ES256", **life: Any) -> Key:
        """Give a key of the token by its label; `life` as for `Key`. Raises `TokenError`."""
        kinds = self._pkcs11.ObjectClass
        try:
            private = self._open.get_key(object_class=kinds.PRIVATE_KEY, label=label)
            public = self._open.get_key(object_class=kinds.PUBLIC_KEY, label=label)
            key = public_key_from_der(self._public(public), algorithm=algorithm, purpose=purpose, **life)
            mechanism = getattr(self._pkcs11.Mechanism, _MECHANISMS[key.algorithm])
        except (self._pkcs11.PKCS11Error, KeySetError, KeyError, ValueError) as error:
            raise TokenError(f"key {label}: {_reason(error)}") from error
        return with_signer(key, _TokenSigner(self, private, mechanism, _DIGESTS.get(key.algorithm, "")))

    def sign(self, private: Any, data: bytes, mechanism: Any) -> bytes:
        """Let the token sign. Raises `TokenError`."""
        with self._lock:
            try:
                return bytes(private.sign(data, mechanism=mechanism))
            except self._pkcs11.PKCS11Error as error:
                raise TokenError(f"the token does not sign: {_reason(error)}") from error

    def _public(self, public: Any) -> bytes:
        """Give the public half as DER."""
        types = self._pkcs11.KeyType
        if public.key_type == types.RSA:
            return bytes(import_module("pkcs11.util.rsa").encode_rsa_public_key(public))
        elliptic = import_module("pkcs11.util.ec")
        if public.key_type == types.EC:
            return bytes(elliptic.encode_ec_public_key(public))
        return bytes(elliptic.encode_edwards_public_key(public))


class _TokenSigner:
    """The private half of one key: it signs in the token."""

    def __init__(self, token: Token, private: Any, mechanism: Any, digest: str) -> None:
        self._token, self._private, self._mechanism, self._digest = token, private, mechanism, digest

    def sign(self, data: bytes) -> bytes:
        message = hashlib.new(self._digest, data).digest() if self._digest else data
        return self._token.sign(self._private, message, self._mechanism)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
