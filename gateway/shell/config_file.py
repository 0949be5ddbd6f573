"""Reading `config.yaml`: every scalar as text, each fault with file and line; and showing what was read.

A country `NO` stays Norway and a code `010` keeps its zero, since the model (`config.py`) gives the types. A key
that is not in the model is an error. Nothing here prints what stands in a secret's place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from gateway.shell.config import Config
from gateway.shell.config_base import ConfigError, Secret
from gateway.specs import data_root


def find_config() -> Path:
    """Give `config.yaml` of the working directory, else the one that is shipped."""
    here = Path("config.yaml")
    return here if here.is_file() else data_root() / "config.yaml"


def load_config(path: Path) -> Config:
    """Read a configuration file. Relative paths in it are relative to the file's folder."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(path, 0, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, 0, "is not UTF-8 text") from error
    config = parse_config(text, path)
    # The shipped file lies in the install, where nothing is written.
    base = Path.cwd() if path.resolve().parent == data_root() else path.resolve().parent
    return config if not isinstance(anchored := _anchored(config, base), Config) else anchored


def parse_config(text: str, file: Path | str = "config.yaml") -> Config:
    """Turn YAML text into a configuration, or raise `ConfigError` with file and line."""
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        raise ConfigError(file, line, getattr(error, "problem", None) or "is not YAML") from error
    lines: dict[tuple[str, ...], int] = {}
    plain = _plain(root, (), lines, file) if root is not None else {}
    if not isinstance(plain, dict):
        raise ConfigError(file, 1, "the file holds a mapping of names to settings")
    try:
        return Config.model_validate(plain)
    except ValidationError as error:
        raise _explained(error, lines, file) from error


def _plain(node: yaml.Node, at: tuple[str, ...], lines: dict[tuple[str, ...], int], file: Path | str) -> Any:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in found:
                raise ConfigError(file, line, f"{'.'.join((*at, name))} is set twice")
            lines[*at, name] = line
            found[name] = _plain(value, (*at, name), lines, file)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, str(turn)), lines, file) for turn, item in enumerate(node.value)]
    return node.value


def _explained(error: ValidationError, lines: dict[tuple[str, ...], int], file: Path | str) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    at = tuple(str(step) for step in first["loc"])
    known = at
    while known and known not in lines:
        known = known[:-1]
    reason = {
        "extra_forbidden": "there is no such setting",
        "missing": "this setting is missing",
    }.get(first["type"], first["msg"].removeprefix("Value error, "))
    return ConfigError(file, lines.get(known, 1), f"{'.'.join(at)}: {reason}" if at else reason)


def _anchored(value: Any, base: Path) -> Any:
    if isinstance(value, Path):
        return value if value.is_absolute() else base / value
    if isinstance(value, BaseModel):
        changed = {name: _anchored(getattr(value, name), base) for name in type(value).model_fields}
        return value.model_copy(update=changed)
    if isinstance(value, dict):
        return {name: _anchored(item, base) for name, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_anchored(item, base) for item in value)
    return value


def secrets_of(config: Config) -> list[Secret]:
    """Give every secret that a configuration names."""
    found: list[Secret] = []

    def collect(value: Any) -> None:
        if isinstance(value, Secret):
            found.append(value)
        elif isinstance(value, BaseModel):
            for name in type(value).model_fields:
                collect(getattr(value, name))
        elif isinstance(value, dict):
            for item in value.values():
                collect(item)

    collect(config)
    return found


def shown(config: Config) -> str:
    """Write the configuration as it was read, as YAML; of a secret only its place is said."""
    plain = config.model_dump(mode="json", exclude_defaults=False)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
