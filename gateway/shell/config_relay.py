"""Brokers that get copies of the events."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from gateway.shell.config_base import Part, Secret

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NATS_ONLY = ("stream", "subject", "replicas", "token", "nkey", "credentials")
_KAFKA_ONLY = ("topic", "mechanism")
_NAME = r"^[A-Za-z0-9_-]{1,64}$"
RelayName = Annotated[str, Field(pattern=_NAME)]
_DOTTED = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")


class RelayTls(Part):
    """Encrypted to the broker: who may have signed its certificate, and our own where it asks for one."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _is_a_pair(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class Relay(Part):
    """A broker to which every event is copied: NATS JetStream, or one that speaks Kafka's protocol.

    `servers` are `nats://host:4222` or `host:9092`. `begin` says where a relay that is new begins: with
    the first event of the ledger, or with those that come from now on. A NATS stream that is not there
    is made, with `replicas` copies. `nkey` is the seed of a NATS user, `credentials` what is in its
    credentials file (a JWT and a seed).
    """

    transport: Literal["nats", "kafka"]
    servers: tuple[str, ...] = Field(min_length=1)
    begin: Literal["first", "now"] = "first"
    stream: str = Field(default="CUSTOMS", pattern=_NAME)
    subject: str = Field(default="customs.events", pattern=_DOTTED, max_length=200)
    replicas: int = Field(default=1, ge=1, le=5)
    topic: str = Field(default="customs.events", pattern=_DOTTED, max_length=200)
    user: str = ""
    password: Secret | None = None
    token: Secret | None = None
    nkey: Secret | None = None
    credentials: Secret | None = None
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    tls: RelayTls | None = None
    message_bytes_max: int = Field(default=900_000, ge=4096)
    publish_seconds_max: float = Field(default=10, gt=0)

    @model_validator(mode="after")
    def _settings_are_its_own(self) -> Self:
        for name in _KAFKA_ONLY if self.transport == "nats" else _NATS_ONLY:
            if name in self.model_fields_set:
                raise ValueError(f"{name} is no setting of transport {self.transport}")
        if bool(self.user) is not (self.password is not None):
            raise ValueError("user and password go together")
        ways = [self.token, self.password, self.nkey, self.credentials]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("one of: user and password, token, nkey, credentials")
        return self

    @model_validator(mode="after")
    def _servers_are_addresses(self) -> Self:
        for number, server in enumerate(self.servers, 1):
            # What is wrong is not repeated: a password may be in it.
            if "@" in server:
                raise ValueError(f"server {number} has a name or password; it belongs into user and password")
            if self.transport == "kafka" and not _HOST_PORT.fullmatch(server):
                raise ValueError(f"server {number} is no address such as broker.example:9092")
            if self.transport == "nats" and not _is_nats(server):
                raise ValueError(f"server {number} is no address such as nats://broker.example:4222")
        if (self.password or self.token) and not self.secure and not self.local:
            raise ValueError("what opens the broker goes out encrypted: set tls")
        return self

    @property
    def secure(self) -> bool:
        """Tell whether the connection is encrypted."""
        return self.tls is not None

    @property
    def local(self) -> bool:
        """Tell whether every server is on this machine's loopback."""
        return all(host in LOOPBACK for host, _ in self.places)

    @property
    def places(self) -> list[tuple[str, int]]:
        """Host and port of each server."""
        found = [urlsplit(one if "://" in one else f"//{one}") for one in self.servers]
        return [(one.hostname or "", one.port or 4222) for one in found]


def _is_nats(server: str) -> bool:
    try:
        parts = urlsplit(server)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.path.strip("/") or parts.query or parts.fragment)
    return parts.scheme == "nats" and bool(parts.hostname) and plain and port != 0
