"""The model of the configuration: what `config.yaml` may say, with defaults and units.

Lives here: the settings and what has to hold between them. A secret is never written in the file: it names an
environment variable or a file. Never here: how the file is read and its faults told (`config_file.py`).
"""

from __future__ import annotations

import ipaddress
import os
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from gateway.shell.config_base import MIB, ConfigError, Part, Secret
from gateway.shell.config_endpoint import Endpoint, Webhooks
from gateway.shell.config_partner import Partner, key_hash
from gateway.shell.config_relay import Relay, RelayName
from gateway.shell.config_retention import Retention
from gateway.shell.config_signing import As2, As2Partner, Signing, Token
from gateway.shell.config_tracing import Tracing
from gateway.specs import Limits

__all__ = ["Config", "ConfigError", "Endpoint", "Partner", "Secret", "key_hash"]


class Tls(Part):
    """Certificate and key of the listener; `client_ca` turns mutual TLS on."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


class Server(Part):
    """The HTTP listener and its limits."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    tls: Tls | None = None
    allow_plain: bool = False
    body_bytes_max: int = Field(default=20 * MIB, ge=1)
    inflate_ratio_max: int = Field(default=100, ge=1)
    body_seconds_max: float = Field(default=60, gt=0)
    wait_seconds_max: float = Field(default=60, ge=0)
    connections_max: int = Field(default=16_384, ge=1)
    queue_max: int = Field(default=2000, ge=1)
    queue_seconds_max: float = Field(default=2, gt=0)
    stop_seconds_max: float = Field(default=10, ge=0)
    core: int | None = Field(default=None, ge=0)

    @property
    def loopback(self) -> bool:
        """Tell whether only this machine can reach the listener."""
        return is_loopback(self.host)


class Store(Part):
    """Where the ledger lies: in the file `path`, or in the PostgreSQL database at `address`.

    Of a file, bodies above `inline_bytes_max` are files beside it, and `library` says whose SQLite
    opens it: Python's own (`sqlite3`), that of the extra `apsw`, or (`auto`) that of `apsw` where it is
    installed and only it is free of the fault in WAL resets.
    """

    path: Path = Path("var/gateway.sqlite")
    inline_bytes_max: int = Field(default=MIB, ge=0)
    library: Literal["auto", "sqlite3", "apsw"] = "auto"
    address: str = Field(default="", pattern=r"^(postgres(ql)?://.*)?$")
    password: Secret | None = None

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
        if urlsplit(self.address).password is not None or "password=" in self.address:
            raise ValueError("address has a password; it belongs into password, as env or file")
        return self

    @property
    def place(self) -> Path | str:
        """The address if there is one, else the file."""
        return self.address or self.path


class Keys(Part):
    """Where the signing keys lie; made when they are first needed, if `generate` says so, those of RSA of `rsa_bits`.

    `token` names keys that stay in a PKCS#11 token. `published` is a JWK set of earlier public
    keys that are still published, for what they signed.
    """

    folder: Path = Path("var/keys")
    passphrase: Secret | None = None
    generate: bool = True
    # As in gateway/signing/algorithms.py, which is dear to import for who only wants to know the folder of a ledger.
    rsa_bits: int = Field(default=3072, ge=2048, le=8192)
    token: Token | None = None
    published: Path | None = None


class Work(Part):
    """Reading, mapping and answering, away from the event loop. 0 processes: in threads."""

    processes: int | Literal["auto"] = "auto"
    seconds_max: float = Field(default=10, gt=0)
    bytes_max: int = Field(default=1024 * MIB, ge=64 * MIB)
    in_flight_max: int = Field(default=32, ge=1)

    @property
    def count(self) -> int:
        """The number of processes."""
        return min(os.cpu_count() or 1, 4) if self.processes == "auto" else self.processes


class ReadLimits(Part):
    """The readers' bounds; see `gateway/specs/limits.py`."""

    interchange_bytes_max: int = Field(default=48 * MIB, ge=1)
    transactions_max: int = Field(default=100_000, ge=1)
    segments_max: int = Field(default=5_000_000, ge=1)
    segment_bytes_max: int = Field(default=64 * 1024, ge=1)
    value_chars_max: int = Field(default=1_000_000, ge=1)
    depth_max: int = Field(default=64, ge=1)
    attributes_max: int = Field(default=64, ge=1)
    findings_max: int = Field(default=1_000, ge=1)

    def limits(self, *, lenient: bool) -> Limits:
        """Give the limits that a reader takes."""
        return Limits(**self.model_dump(), lenient=lenient)


class Config(Part):
    """Everything that can be set."""

    name: str = Field(default="GATEWAY", pattern=r"^[A-Z0-9]{2,15}$")
    log: str = Field(default="gateway.local/receipts", pattern=r"^[a-z0-9.-]+(/[a-z0-9.-]+)*$")
    server: Server = Server()
    store: Store = Store()
    keys: Keys = Keys()
    work: Work = Work()
    limits: ReadLimits = ReadLimits()
    partners: dict[str, Partner] = Field(default_factory=dict)
    endpoints: dict[str, Endpoint] = Field(default_factory=dict)
    as2: As2 = As2()
    webhooks: Webhooks = Webhooks()
    signing: Signing = Signing()
    retention: Retention = Retention()
    tracing: Tracing | None = None
    relays: dict[RelayName, Relay] = Field(default_factory=dict)

    @property
    def as2_name(self) -> str:
        """Our name in AS2 headers."""
        return self.as2.name or self.name

    @property
    def partnerships(self) -> list[As2Partner]:
        """Every AS2 partnership, of partners and of endpoints."""
        found = [one.as2 for one in self.partners.values()] + [one.as2 for one in self.endpoints.values()]
        return [one for one in found if one is not None]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        strangers = [name for name, partner in self.partners.items() if partner.anonymous]
        if len(strangers) > 1:
            raise ValueError(f"only one partner can be anonymous, not {', '.join(strangers)}")
        if strangers and not self.server.loopback:
            raise ValueError(
                f"partner {strangers[0]} is anonymous, so server.host must be a loopback address"
            )
        if not self.server.loopback and self.server.tls is None and not self.server.allow_plain:
            raise ValueError(
                "server.host is reachable from outside: set server.tls, or allow_plain behind a proxy"
            )
        for name, partner in self.partners.items():
            for endpoint in partner.endpoints:
                if endpoint not in self.endpoints:
                    raise ValueError(f"partner {name} names the endpoint {endpoint}, which is not there")
        return self

    @model_validator(mode="after")
    def _partnerships_hold(self) -> Self:
        names = [one.name for one in self.partnerships]
        if len(set(names)) != len(names):
            raise ValueError("two partnerships have one AS2 name")
        signing = [name for name, partner in self.partners.items() if partner.request_keys is not None]
        if signing and not self.server.public_url and not self.server.loopback:
            raise ValueError(f"partner {signing[0]} signs requests, so server.public_url must be set")
        return self

    def endpoint_for(self, partner: str, message: str) -> str:
        """Name the endpoint for an incoming message of a partner, "" where there is none."""
        profile = self.partner(partner)
        for name in profile.endpoints or tuple(self.endpoints):
            if self.endpoints[name].takes(message):
                return name
        return ""

    def partner(self, name: str) -> Partner:
        """Give a partner's profile; one that is not there any more has the settings that nobody changed."""
        found = self.partners.get(name)
        return _unchanged() if found is None else found

    def anonymous(self) -> str:
        """Name the partner that callers without credentials are, "" where there is none."""
        return next((name for name, partner in self.partners.items() if partner.anonymous), "")


@cache
def _unchanged() -> Partner:
    return Partner()


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's own loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
