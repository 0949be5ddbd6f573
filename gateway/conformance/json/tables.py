"""The JSON schemas, read for the suite alone.

Lives here: `edi_specs/json/` as plain classes, by a reader that shares nothing with the product's.
Never here: cases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUFFIX = ".schema.json"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object. `kind` is a scalar's, or `object` with the shape's name in `shape`.

    `free` are objects whose field names are the sender's own, all of this scalar kind.
    """

    name: str
    kind: str
    required: bool
    many: bool
    nullable: bool
    shape: str = ""
    least: int = 0
    most: int | None = None
    codes: tuple[str, ...] = ()
    pattern: str = ""
    free: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """One message: its shapes by name (the whole document is ""), each with its fields in order."""

    message: str
    version: str
    shapes: Mapping[str, Mapping[str, Field]]


@cache
def schemas(root: Path) -> tuple[Schema, ...]:
    """Give every message that has a schema."""
    found = []
    for path in sorted((root / "edi_specs" / "json").glob(f"*{_SUFFIX}")):
        message, version = path.name.removesuffix(_SUFFIX).split(".")
        plain = json.loads(path.read_text(encoding="utf-8"))
        shapes = {"": _fields(plain)} | {name: _fields(one) for name, one in plain["$defs"].items()}
        found.append(Schema(message, version, shapes))
    return tuple(found)


def _fields(shape: Mapping[str, Any]) -> Mapping[str, Field]:
    must = shape.get("required", ())
    return {name: _field(name, one, name in must) for name, one in shape.get("properties", {}).items()}


def _field(name: str, plain: Mapping[str, Any], required: bool) -> Field:  # noqa: FBT001 - one call
    kinds, nullable = _kinds(plain)
    many = kinds[0].get("type") == "array"
    if many:
        kinds, _ = _kinds(kinds[0]["items"])
    one = kinds[0]
    if "$ref" in one:
        shape = one["$ref"].rpartition("/")[2]
        return Field(name, "object", required, many, nullable, shape)
    if one.get("type") == "object":
        inner, _ = _kinds(one["additionalProperties"])
        return Field(name, "object", required, many, nullable, free=inner[0]["type"])
    kind = "decimal" if len(kinds) > 1 else one.get("format", one["type"])
    return Field(
        name,
        kind,
        required,
        many,
        nullable,
        least=one.get("minLength", 0),
        most=one.get("maxLength"),
        codes=tuple(one.get("enum", ())),
        pattern=one.get("pattern", ""),
    )


def _kinds(plain: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], bool]:
    every = plain.get("anyOf", [plain])
    kinds = [one for one in every if one.get("type") != "null"]
    return kinds, len(kinds) < len(every)
