"""The settings of signatures: AS2 partnerships, tokens, witnesses, time-stamps, the recheck."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.shell.config_base import Part, Secret

AS2_NAME = r"^[\x20-\x7e]{1,128}$"
Cipher = Literal["none", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes192-gcm", "aes256-gcm"]


class As2(Part):
    """AS2 in general. `name` is ours in the headers, by default that of the gateway."""

    name: str = Field(default="", pattern=r"^[\x20-\x7e]{0,128}$")


class As2Retry(Part):
    """When a message that nobody took is sent again: `first` doubled up to `most`, until `limit`."""

    first_seconds: float = Field(default=300, gt=0)
    most_seconds: float = Field(default=2400, gt=0)
    limit_seconds: float = Field(default=3 * 86400, gt=0)
    jitter: float = Field(default=0.2, ge=0, lt=1)


class As2Partner(Part):
    """A partnership. `name` is theirs, exactly as in `AS2-From`.

    `certificates` (PEM) are pinned: what they sign is verified with them and nothing else.
    `encrypt_for` is the certificate that is encrypted for, where it is another. `requires` is
    what must protect what they send. `receipt_url` is the one address to which asynchronous
    receipts are sent. What we send goes to `url`; without one, nothing is sent. `tls_ca` (PEM)
    is trusted there instead of the system's authorities.
    """

    name: str = Field(pattern=AS2_NAME)
    certificates: tuple[Path, ...] = ()
    requires: tuple[Literal["signed", "encrypted"], ...] = ("signed", "encrypted")
    receipt_url: str = ""
    url: str = Field(default="", pattern=r"^(https?://.*)?$")
    tls_ca: Path | None = None
    acknowledgements: bool = True
    sign: bool = True
    encrypt_for: Path | None = None
    cipher: Cipher = "aes128-cbc"
    oaep: bool = False
    compression: Literal["none", "inside", "outside"] = "none"
    receipt: Literal["sync", "async"] = "sync"
    micalg: Literal["sha-256", "sha-384", "sha-512"] = "sha-256"
    receipt_seconds_max: float = Field(default=4 * 3600, gt=0)
    send_seconds_max: float = Field(default=60, gt=0)
    retry: As2Retry = As2Retry()

    def at(self, address: str) -> As2Partner:
        """Give the partnership with this address, unless it has one of its own."""
        return self if self.url else self.model_copy(update={"url": address})

    @model_validator(mode="after")
    def _can_be_verified(self) -> Self:
        if "signed" in self.requires and not self.certificates:
            raise ValueError("what must be signed needs certificates to be verified with")
        if self.url and self.cipher != "none" and self.encrypt_for is None and not self.certificates:
            raise ValueError("what is encrypted needs encrypt_for")
        return self


class TokenKey(Part):
    """A key in a token, by its label. `certificate` (PEM chain) is needed for CMS and XML."""

    label: str = Field(min_length=1)
    algorithm: Literal["ES256", "ES384", "EdDSA", "RS256"] = "ES256"
    certificate: Path | None = None


class Token(Part):
    """A PKCS#11 token and the keys in it by what they sign; the others lie in the folder."""

    library: Path
    label: str = Field(min_length=1)
    pin: Secret
    keys: dict[Literal["receipt", "http", "cms", "xml", "log"], TokenKey] = Field(min_length=1)


class Witness(Part):
    """Somebody who cosigns our checkpoints: verifier key `name+hexid+base64`, address of its `add-checkpoint`."""

    key: str = Field(min_length=1)
    url: str = Field(pattern=r"^https?://")
    seconds_max: float = Field(default=5, gt=0)


class Timestamps(Part):
    """An authority (RFC 3161) that stamps a checkpoint every so often; its certificate is pinned."""

    url: str = Field(pattern=r"^https?://")
    certificate: Path
    every_seconds: float = Field(default=86400, gt=0)
    seconds_max: float = Field(default=15, gt=0)


class Recheck(Part):
    """How often all that is stored is verified again, and what a mismatch does; 0: never."""

    every_seconds: float = Field(default=7 * 86400, ge=0)
    first_seconds: float = Field(default=600, ge=0)
    on_mismatch: Literal["stop", "report"] = "stop"


class Signing(Part):
    """Signatures of the service. `responses`: HTTP responses are signed (RFC 9421)."""

    responses: bool = True
    witnesses: tuple[Witness, ...] = Field(default=(), max_length=8)
    timestamps: Timestamps | None = None
    recheck: Recheck = Recheck()
