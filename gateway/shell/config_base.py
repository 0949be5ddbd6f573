"""What every part of the configuration is made of: strict models, secrets, one kind of error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from gateway.specs import data_root
from gateway.specs.options import unfit

if TYPE_CHECKING:
    from collections.abc import Iterable

MIB = 1024 * 1024


class ConfigError(Exception):
    """The configuration is wrong. The message begins with `file:line:`."""

    def __init__(self, file: Path | str, line: int, reason: str) -> None:
        self.file, self.line, self.reason = str(file), line, reason
        super().__init__(f"{file}:{line}: {reason}")


class Part(BaseModel):
    """A part of the configuration: what is not in the model is an error, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def fitting(said: dict[str, str], formats: Iterable[str]) -> dict[str, str]:
    """Give the options of an envelope as they are, or refuse one that these formats do not know, at its own line."""
    if (wrong := unfit(data_root(), said, formats)) is not None:
        name, reason = wrong
        told = {"error": ValueError(reason)}
        raise ValidationError.from_exception_data(
            "envelope", [{"type": "value_error", "loc": (name,), "input": "", "ctx": told}]
        )
    return said


class Secret(Part):
    """Where a secret stands: in an environment variable or in a file."""

    env: str = ""
    file: Path | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.env) == (self.file is not None):
            raise ValueError("a secret names either env or file")
        return self

    def reveal(self) -> str:
        """Give the secret itself. Raises `ConfigError` where there is none."""
        if self.env:
            if value := os.environ.get(self.env):
                return value
            raise ConfigError("environment", 0, f"the variable {self.env} is not set")
        try:
            return Path(str(self.file)).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(str(self.file), 0, f"cannot be read: {error.strerror}") from error
