"""The service's signing keys: from the folder, from a token, and the public ones of earlier days.

One key for each purpose. What every answer needs is there from the start; a key for a form
that nobody has asked for yet is made when somebody does.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.shell.config import Config, ConfigError
from gateway.shell.keys import SERVICE_PURPOSES, KeyFolder
from gateway.shell.pkcs11 import Token, TokenError
from gateway.signing import KeyRing, KeySetError, Purpose
from gateway.signing.certificates import certificate

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.shell.clock import Clock
    from gateway.signing import Key


class KeyShelf:
    """Opens and extends the key ring. `ring` is the newest; a ring that was given out stays valid."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._held: tuple[Key, ...] = ()
        passphrase = config.keys.passphrase.reveal() if config.keys.passphrase is not None else None
        self._folder = KeyFolder(config.keys.folder, passphrase, config.name, config.keys.rsa_bits)
        self.ring = KeyRing()

    def open(self) -> KeyRing:
        """Open everything that is needed from the start. Blocks.

        Raises `KeyFolderError`, or `ConfigError` for a token or a file that cannot be used.
        """
        now = self._clock.now()
        self._held = (*self._from_token(), *self._published())
        return self._load(now, self._wanted())

    def close(self) -> None:
        """Leave the token."""
        if self._token is not None:
            self._token.close()
            self._token = None

    async def signer(self, purpose: Purpose) -> Key:
        """Give the key that signs for a purpose; it is made if it is missing and may be.

        Raises `KeySetError` where there is none and none is made, `KeyFolderError`.
        """
        if not self.ring.signs(purpose):
            if not self._config.keys.generate:
                raise KeySetError(f"there is no key for {purpose}, and none is made")
            async with self._lock:
                if not self.ring.signs(purpose):
                    await asyncio.to_thread(self._load, self._clock.now(), (purpose,))
        return self.ring.signer(purpose)

    def _wanted(self) -> tuple[Purpose, ...]:
        config = self._config
        wanted = [*SERVICE_PURPOSES, Purpose.HTTP]
        if any(partner.xml_signature for partner in config.partners.values()):
            wanted.append(Purpose.XML)
        if config.partnerships:
            wanted += [Purpose.CMS, Purpose.AS2]
        return tuple(wanted)

    def _load(self, now: datetime, purposes: tuple[Purpose, ...]) -> KeyRing:
        held = {key.purpose for key in self._held if key.signer is not None}
        wanted = [purpose for purpose in purposes if purpose not in held]
        ring = self._folder.open(now, wanted, make=self._config.keys.generate)
        known = {key.kid for key in ring}
        try:
            self.ring = KeyRing((*ring, *(key for key in self._held if key.kid not in known)))
        except KeySetError as error:
            raise ConfigError("config", 0, f"keys: {error}") from error
        return self.ring

    def _from_token(self) -> list[Key]:
        settings = self._config.keys.token
        if settings is None:
            return []
        found = []
        try:
            self._token = Token(settings.library, settings.label, settings.pin.reveal())
            for purpose, one in settings.keys.items():
                chain = _read(one.certificate) if one.certificate is not None else b""
                key = self._token.key(one.label, Purpose(purpose), one.algorithm, certificates=chain)
                if chain:
                    certificate(key)
                found.append(key)
        except (TokenError, KeySetError) as error:
            raise ConfigError("config", 0, f"keys.token: {error}") from error
        return found

    def _published(self) -> list[Key]:
        file = self._config.keys.published
        if file is None:
            return []
        try:
            return list(KeyRing.from_jwks(_read(file)))
        except KeySetError as error:
            raise ConfigError(file, 0, str(error)) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(file, 0, f"cannot be read: {error.strerror}") from error


def read_keys(file: Path) -> KeyRing:
    """Read keys that a partner gave: a JWK set, or PEM keys or certificates. Raises `ConfigError`."""
    try:
        return KeyRing.trusted(_read(file))
    except KeySetError as error:
        raise ConfigError(file, 0, str(error)) from error
