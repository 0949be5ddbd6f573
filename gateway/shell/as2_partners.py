"""AS2 partnerships: who may send to us under which name, with which pinned certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.shell.config import Config, ConfigError
from gateway.shell.shelf import read_keys
from gateway.signing import Key, KeyRing, KeySetError

if TYPE_CHECKING:
    from gateway.shell.config_signing import As2Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Partnership:
    """One pair of names. Either `partner` or `endpoint` says who it is in the configuration.

    `pinned` verifies what they sign; `recipient` is the certificate that is encrypted for.
    """

    ours: str
    theirs: str
    settings: As2Partner
    pinned: KeyRing
    recipient: Key | None
    partner: str = ""
    endpoint: str = ""

    @property
    def id(self) -> str:
        """Its name in the ledger."""
        return f"partner/{self.partner}" if self.partner else f"endpoint/{self.endpoint}"


class Partnerships:
    """Every partnership of a configuration, by name and by who it is."""

    def __init__(self, config: Config) -> None:
        """Read the pinned certificates. Raises `ConfigError`."""
        self.ours = config.as2_name
        found = [
            self._made(one.as2, "partner", name)
            for name, one in config.partners.items()
            if one.as2 is not None
        ]
        found += [
            self._made(one.as2.at(one.address), "endpoint", name)
            for name, one in config.endpoints.items()
            if one.as2 is not None
        ]
        self._by_name = {one.theirs: one for one in found}
        self._by_id = {one.id: one for one in found}

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def find(self, theirs: str, ours: str) -> Partnership | None:
        """Find the partnership of a message's `AS2-From` and `AS2-To`; names are case-sensitive."""
        return self._by_name.get(theirs) if ours == self.ours else None

    def get(self, name: str) -> Partnership | None:
        """Find a partnership by its name in the ledger."""
        return self._by_id.get(name)

    def _made(self, settings: As2Partner, kind: str, name: str) -> Partnership:
        keys: dict[str, Key] = {}
        for file in settings.certificates:
            for key in read_keys(file):
                if not key.certificates:
                    raise ConfigError(file, 0, "AS2 partners are verified with certificates, not bare keys")
                keys[key.kid] = key
        recipient = None
        if settings.cipher != "none":
            given = read_keys(settings.encrypt_for) if settings.encrypt_for is not None else keys.values()
            recipient = next((key for key in given if key.algorithm.startswith(("RS", "PS"))), None)
            if recipient is None and settings.url:
                raise ConfigError("config", 0, f"{kind} {name}: encryption needs an RSA certificate")
        try:
            pinned = KeyRing(keys.values())
        except KeySetError as error:
            raise ConfigError("config", 0, f"{kind} {name}: {error}") from error
        who = {kind: name}
        return Partnership(
            ours=self.ours,
            theirs=settings.name,
            settings=settings,
            pinned=pinned,
            recipient=recipient,
            **who,
        )
