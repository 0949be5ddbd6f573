"""What the configuration may say of where entries go, and of what is tried again."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from gateway.shell.config_base import Part, Secret, fitting
from gateway.shell.config_signing import As2Partner


class Again(Part):
    """When what failed is tried again: after `first`, doubled up to `most`, until `limit`."""

    first_seconds: float = Field(default=1, gt=0)
    most_seconds: float = Field(default=900, gt=0)
    limit_seconds: float = Field(default=86400, gt=0)
    jitter: float = Field(default=0.2, ge=0, lt=1)


class Webhooks(Again):
    """How addresses that subscribed are called. One call takes `call_seconds_max` at most."""

    call_seconds_max: float = Field(default=15, gt=0)


class Retry(Again):
    """When a failed transmission is tried again.

    What was answered and not done (`edi_specs/catair/retries.csv`) goes out again after `answered_seconds`,
    `answered_times_max` times; then its rejection is passed on.
    """

    answered_seconds: float = Field(default=180, gt=0)
    answered_times_max: int = Field(default=3, ge=0)


class Endpoint(Part):
    """Where entries go and answers come from."""

    format: str = "catair"
    message: str = "SE"
    transport: Literal["http", "directory", "as2"] = "http"
    address: str
    as2: As2Partner | None = None
    token: Secret | None = None
    password: Secret | None = None
    messages: tuple[str, ...] = ()
    sender: str = ""
    receiver: str = ""
    envelope: dict[str, str] = Field(default_factory=dict)
    retry: Retry = Retry()
    requests_per_second: float = Field(default=1000, gt=0)
    send_seconds_max: float = Field(default=15, gt=0)
    poll_seconds: float = Field(default=1, gt=0)
    answer_seconds_max: float = Field(default=900, gt=0)
    failures_max: int = Field(default=5, ge=1)
    pause_seconds: float = Field(default=10, gt=0)

    @field_validator("envelope")
    @classmethod
    def _of_its_format(cls, said: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        return fitting(said, [info.data.get("format", "")])

    @model_validator(mode="after")
    def _has_a_partnership(self) -> Self:
        if (self.transport == "as2") is not (self.as2 is not None):
            raise ValueError("transport as2 and the setting as2 go together")
        if self.as2 is not None and self.password is not None and self.as2.cipher == "none":
            raise ValueError("a password goes out encrypted: set as2.cipher")
        return self

    @property
    def target(self) -> str:
        """What entries become for this endpoint: `catair/SE`."""
        return f"{self.format}/{self.message}"

    def takes(self, message: str) -> bool:
        """Tell whether an incoming message such as `x12/309` goes here."""
        return not self.messages or message in self.messages
