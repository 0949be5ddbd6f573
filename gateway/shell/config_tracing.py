"""Where traces go."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from gateway.shell.config_base import Part


class Tracing(Part):
    """Traces by OpenTelemetry, sent over OTLP/HTTP to `endpoint`; the extra `otel` must be installed.

    `service` is the name that they come under.
    """

    endpoint: str
    service: str = Field(default="customs-gateway", min_length=1, max_length=255)

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it is an address such as http://127.0.0.1:4318/v1/traces")
        if "@" in parts.netloc:
            raise ValueError("it has a name or password; credentials go into OTEL_EXPORTER_OTLP_HEADERS")
        return value
