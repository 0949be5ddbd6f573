"""Key rings: which key signs, which keys verify, and the public set that is published.

A ring is a value: every change gives a new ring. Old public keys stay in it, for receipts
are kept for years and so are the keys that prove them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.signing.jsontext import JsonTextError, strict_object
from gateway.signing.keys import Key, KeySetError, Purpose, State, key_from_jwk, public_key

KEYS_MAX = 1000
"""Keys in one set; more is not a key set of ours."""

KEY_SET_BYTES_MAX = 4 * 1024 * 1024


class KeyRing:
    """Keys by `kid`; exactly one active private key for each purpose that signs."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Collect the keys. Raises `KeySetError` for a `kid` given twice or two active signers."""
        self._keys: dict[str, Key] = {}
        for key in keys:
            if key.kid in self._keys:
                raise KeySetError(f"key {key.kid} stands twice in the set")
            self._keys[key.kid] = key
        self._signers = _signers(self._keys.values())

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def signer(self, purpose: Purpose = Purpose.RECEIPT) -> Key:
        """Give the one key that signs for a purpose. Raises `KeySetError` when there is none."""
        if purpose not in self._signers:
            raise KeySetError(f"no active key for {purpose}")
        return self._signers[purpose]

    def signs(self, purpose: Purpose) -> bool:
        """Tell whether a key signs for this purpose."""
        return purpose in self._signers

    def find(self, kid: str) -> Key | None:
        """Give the key of that id, in whatever state, or None."""
        return self._keys.get(kid)

    def add(self, key: Key) -> KeyRing:
        """Give a ring with one more key."""
        return KeyRing((*self, key))

    def rotate(self, new: Key, at: datetime) -> KeyRing:
        """Give a ring in which `new` signs from `at` on and its predecessor is retired.

        A pending key that becomes active keeps its `kid`. Raises `KeySetError` for a key
        without purpose or private half.
        """
        if new.purpose is None or new.signer is None:
            raise KeySetError("only a private key with a purpose can sign")
        kept = [
            replace(key, state=State.RETIRED, not_after=at) if self._signers.get(new.purpose) == key else key
            for key in self
            if key.kid != new.kid
        ]
        return KeyRing((*kept, replace(new, state=State.ACTIVE, not_before=new.not_before or at)))

    def retire(self, kid: str, at: datetime, *, compromised: bool = False) -> KeyRing:
        """Give a ring in which the key signs no more; what it signed before `at` still counts.

        With `compromised` nothing that it signed is believed. Raises `KeySetError` for an
        unknown key.
        """
        if kid not in self._keys:
            raise KeySetError(f"no key {kid}")
        state = State.COMPROMISED if compromised else State.RETIRED
        return KeyRing(replace(key, state=state, not_after=at) if key.kid == kid else key for key in self)

    def jwks(self) -> dict[str, Any]:
        """Give the public key set (RFC 7517 §5), every key that ever signed included."""
        return {"keys": [key.as_jwk() for key in self]}

    @classmethod
    def from_jwks(cls, plain: object) -> KeyRing:
        """Read a public key set, parsed or as text. Raises `KeySetError`."""
        if isinstance(plain, bytes | str):
            try:
                plain = strict_object(plain, KEY_SET_BYTES_MAX)
            except JsonTextError as error:
                raise KeySetError(f"the key set is not JSON: {error}") from error
        if not isinstance(plain, dict):
            raise KeySetError("a key set is an object with the member keys")
        keys = plain.get("keys", [plain] if "kty" in plain else None)
        if (
            not isinstance(keys, list)
            or len(keys) > KEYS_MAX
            or not all(isinstance(key, dict) for key in keys)
        ):
            raise KeySetError(f"a key set has a list keys of at most {KEYS_MAX} objects")
        return cls(key_from_jwk(key) for key in keys)

    @classmethod
    def trusted(cls, data: bytes) -> KeyRing:
        """Read what a verifier was given as trusted: a JWK set, a JWK, or PEM keys or certificates.

        Raises `KeySetError`.
        """
        if not data.lstrip().startswith(b"-----BEGIN"):
            return cls.from_jwks(data)
        try:
            if b"CERTIFICATE-----" in data:
                keys = [
                    public_key(one.public_key(), certificates=one.public_bytes(Encoding.PEM))
                    for one in x509.load_pem_x509_certificates(data)
                ]
            else:
                keys = [public_key(serialization.load_pem_public_key(data))]
        except KeySetError:
            raise
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeySetError(f"not a public key or certificate: {error}") from error
        return cls(keys)

    def jwks_text(self) -> str:
        """Give the public key set as JSON text, for a file or an HTTP answer."""
        return json.dumps(self.jwks(), indent=1) + "\n"


def _signers(keys: Iterable[Key]) -> dict[Purpose, Key]:
    """Give the active private keys by what they sign. Raises `KeySetError` for two of one purpose."""
    found: dict[Purpose, Key] = {}
    for key in keys:
        if key.purpose is None or key.signer is None or key.state is not State.ACTIVE:
            continue
        if key.purpose in found:
            raise KeySetError(f"two active keys for {key.purpose}: one must be retired")
        found[key.purpose] = key
    return found
