"""What the configuration may say of a party that files through us."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from gateway.flow.decide import Policy
from gateway.shell.config_base import MIB, Part, fitting
from gateway.shell.config_retention import Retention
from gateway.shell.config_signing import As2Partner
from gateway.specs import data_root
from gateway.specs.options import options
from gateway.specs.x12_profiles import AUTO, profiles


class ApiKey(Part):
    """An API key by its SHA-256, in hex: the key itself is nowhere in the configuration."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    note: str = ""


class Relaxation(Part):
    """Errors whose code begins so are taken as warnings, for this reason."""

    code: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Partner(Part):
    """One party that files through us.

    `request_keys` (a JWK set or PEM) verify its signed requests; `signed_requests` says whether
    a request that changes something must be signed. `xml_signature` puts an XML signature
    inside the XML answers that it gets. `profiles` are asked about its messages beyond the standard:
    `cbp_ocean`, ..., or `auto` for the one that fits mode, set and release. `retention` stands in the
    place of that for all.
    """

    anonymous: bool = False
    operator: bool = False
    keys: tuple[ApiKey, ...] = ()
    certificates: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    lenient: bool = False
    unmapped: Literal["report", "refuse"] = "report"
    warnings: Literal["report", "refuse"] = "report"
    duplicates: Literal["refuse", "report"] = "refuse"
    relaxed: tuple[Relaxation, ...] = ()
    profiles: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    envelope: dict[str, str] = Field(default_factory=dict)
    folder: Path | None = None
    webhook_hosts: tuple[str, ...] = ()
    webhook_private: bool = False
    requests_per_second: float = Field(default=50, gt=0)
    requests_burst: int = Field(default=200, ge=1)
    bytes_per_day: int = Field(default=10 * 1024 * MIB, ge=1)
    request_keys: Path | None = None
    signed_requests: Literal["accept", "require"] = "accept"
    xml_signature: bool = False
    as2: As2Partner | None = None
    retention: Retention | None = None

    @field_validator("envelope")
    @classmethod
    def _of_any_format(cls, said: dict[str, str]) -> dict[str, str]:
        """Take what any format knows, and rules, which are asked of what the partner files."""
        return fitting(said, options(data_root()))

    @model_validator(mode="after")
    def _can_be_verified(self) -> Self:
        if self.signed_requests == "require" and self.request_keys is None:
            raise ValueError("signed_requests is require, so request_keys must name the keys")
        return self

    @model_validator(mode="after")
    def _profiles_are_there(self) -> Self:
        known = (AUTO, *profiles(data_root()))
        for name in self.profiles:
            if name not in known:
                raise ValueError(f"there is no profile {name}; there are {', '.join(known)}")
        return self

    @property
    def settings(self) -> dict[str, str]:
        """Give what formats and rules need to know of this partner."""
        return {**self.envelope, **({"profiles": " ".join(self.profiles)} if self.profiles else {})}

    def policy(self) -> Policy:
        """Give what the decisions need to know of this profile."""
        return Policy(
            lenient=self.lenient,
            unmapped=self.unmapped,
            warnings=self.warnings,
            duplicates=self.duplicates,
            relaxed={one.code: one.reason for one in self.relaxed},
        )


def key_hash(key: str) -> str:
    """Give the form in which an API key is kept: its SHA-256 in hex."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
