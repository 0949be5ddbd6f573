"""What every part of the configuration is made of: strict models, secrets, one kind of error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

MIB = 1024 * 1024
_MARKS = ("element", "component", "repetition", "terminator", "release", "mark")


class ConfigError(Exception):
    """The configuration is wrong. The message begins with `file:line:`."""

    def __init__(self, file: Path | str, line: int, reason: str) -> None:
        self.file, self.line, self.reason = str(file), line, reason
        super().__init__(f"{file}:{line}: {reason}")


class Part(BaseModel):
    """A part of the configuration: what is not in the model is an error, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _divides(options: dict[str, str]) -> dict[str, str]:
    """Refuse what cannot divide a message: one character does, no letter and no digit, and each another one."""
    told = {name: options[name] for name in _MARKS if options.get(name, "") not in {"", " "}}
    for name, text in told.items():
        if len(text) != 1 or text.isalnum() or ord(text) > 255:
            raise ValueError(f"{name} is one character, no letter or digit")
    if len({*told.values()}) != len(told):
        raise ValueError(f"{', '.join(told)} are not each another character")
    return options


Options = Annotated[dict[str, str], AfterValidator(_divides)]
"""What formats and rules need to know of a partner or an endpoint."""


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
