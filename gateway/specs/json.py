"""JSON messages: a JSON Schema of ours becomes a `MessageSpec`.

`edi_specs/json/<message>.<version>.schema.json` is the table. An object is a `JsonPart`,
a list of objects a part with `count_max` None (the node repeats), a scalar a `JsonLeaf`
whose `kind` is `string`, `integer`, `boolean`, `decimal`, `date` or `date-time`. A list of
scalars is one leaf with `many`: its items are the leaves `equipment`, `equipment#2`, ...
An object whose field names are free (`evidence/checks`) has the leaf of all of them as
`open`. Only the part of JSON Schema that our own files use is understood; anything else
in a file is a `SpecError`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.specs import SpecError
from gateway.specs.part import LeafSpec, MessageSpec, Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FOLDER = ("edi_specs", "json")
_SUFFIX = ".schema.json"
_KINDS = {"string", "integer", "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLeaf(LeafSpec):
    """A scalar. `pattern` is a regular expression or ""; `many` says that it stands in a list."""

    pattern: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPart(Part):
    """An object. `order` names leaves and parts as the schema orders them; `open` takes any other field.

    `named` are its parts by name, `needed` the fields that have to come, `lists` those that are lists, `ranks` the
    places of the order.
    """

    leaves: Mapping[str, JsonLeaf] = field(default_factory=dict)
    parts: tuple[JsonPart, ...] = ()
    order: tuple[str, ...] = ()
    open: JsonLeaf | None = None
    named: Mapping[str, JsonPart] = field(init=False, repr=False, compare=False)
    needed: tuple[str, ...] = field(init=False, repr=False, compare=False)
    lists: frozenset[str] = field(init=False, repr=False, compare=False)
    ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {part.name: part for part in reversed(self.parts)}
        fields: dict[str, JsonLeaf | JsonPart] = {**named, **self.leaves}
        lists = {part.name for part in self.parts if part.count_max is None}
        lists |= {key for key, leaf in self.leaves.items() if leaf.many}
        needed = tuple(name for name in self.order if name in fields and fields[name].usage == "M")
        object.__setattr__(self, "named", named)
        object.__setattr__(self, "needed", needed)
        object.__setattr__(self, "lists", frozenset(lists))
        object.__setattr__(self, "ranks", {name: rank for rank, name in enumerate(self.order)})

    def part(self, name: str) -> JsonPart | None:
        """Give the object of that name, None where there is none."""
        return self.named.get(name)

    def leaf(self, key: str) -> JsonLeaf | None:
        """Give the scalar of a leaf key (`equipment#2`), None where there is none."""
        return self.leaves.get(key.partition("#")[0], self.open)


def load(root: Path, message: str, version: str) -> MessageSpec | None:
    """Give the spec of one JSON message, None where there is no schema for it."""
    if version not in versions(root).get(message, ()):
        return None
    path = root.joinpath(*_FOLDER, f"{message}.{version}{_SUFFIX}")
    schema = _read(path)
    part = _Builder(path, schema.get("$defs", {})).part(message, schema, usage="M", count_max=1)
    return MessageSpec(
        format="json",
        message=message,
        version=version,
        title=schema.get("title", message),
        root=part,
        separator="/",
        source=schema.get("$id", ""),
    )


def versions(root: Path) -> Mapping[str, tuple[str, ...]]:
    """Give the versions of each message that has a schema."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(root.joinpath(*_FOLDER).glob(f"*{_SUFFIX}")):
        message, _, version = path.name.removesuffix(_SUFFIX).partition(".")
        found[message].append(version)
    return {message: tuple(numbers) for message, numbers in found.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SpecError(path, error.lineno, error.msg) from error
    if not isinstance(schema, dict):
        raise SpecError(path, 1, "a schema is an object")
    return schema


class _Builder:
    """Turns one schema file into parts. A definition that holds itself is refused."""

    def __init__(self, path: Path, defs: Mapping[str, Any]) -> None:
        self.path = path
        self.defs = defs
        self.open: list[str] = []
        self.known: dict[tuple[str, str, str, bool], JsonPart] = {}

    def part(self, name: str, schema: Mapping[str, Any], *, usage: str, count_max: int | None) -> JsonPart:
        required = set(schema.get("required", ()))
        leaves: dict[str, JsonLeaf] = {}
        parts: list[JsonPart] = []
        properties = schema.get("properties", {})
        for key, shape in properties.items():
            found = self._field(key, shape, "M" if key in required else "O")
            if isinstance(found, JsonPart):
                parts.append(found)
            else:
                leaves[key] = found
        more = schema.get("additionalProperties", False)
        return JsonPart(
            name=name,
            title=schema.get("description", ""),
            leaves=leaves,
            parts=tuple(parts),
            usage=usage,
            count_max=count_max,
            order=tuple(properties),
            open=self._leaf("", more, "O", many=False, shape=more) if isinstance(more, dict) else None,
        )

    def _field(self, key: str, shape: Mapping[str, Any], usage: str) -> JsonPart | JsonLeaf:
        schema = self._plain(shape)
        many = schema.get("type") == "array"
        if many:
            schema = self._plain(schema.get("items", {}))
        if "$ref" not in schema and schema.get("type") != "object":
            return self._leaf(key, schema, usage, many=many, shape=shape)
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name in self.open:
            raise self._error(f"{key}: {name} holds itself")
        if name and (known := self.known.get((key, name, usage, many))):
            # Parties, places and the like stand in many objects under one name.
            return known
        self.open.append(name or key)
        target = self.defs.get(name, {}) if name else schema
        found = self.part(key, target, usage=usage, count_max=None if many else 1)
        self.open.pop()
        if name:
            self.known[key, name, usage, many] = found
        return found

    def _plain(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take `null` out of a choice; what is left is one thing, or the two spellings of a decimal."""
        choice = [one for one in schema.get("anyOf", (schema,)) if one.get("type") != "null"]
        if len(choice) == 1:
            only: Mapping[str, Any] = choice[0]
            return only
        if {one.get("type") for one in choice} == {"number", "string"}:
            return {"type": "decimal"}
        raise self._error(f"{schema.get('title', 'a field')} is a choice that is not understood")

    def _leaf(
        self, key: str, schema: Mapping[str, Any], usage: str, *, many: bool, shape: Mapping[str, Any]
    ) -> JsonLeaf:
        plain = self._plain(schema)
        kind = plain.get("format", plain.get("type"))
        if kind not in _KINDS | {"decimal", "date", "date-time"}:
            raise self._error(f"{key}: {kind!r} is not a kind that is understood")
        codes = {str(code): "" for code in plain["enum"]} if "enum" in plain else None
        return JsonLeaf(
            key=key,
            title=shape.get("title", key),
            kind=kind,
            length_min=plain.get("minLength", 0),
            length_max=plain.get("maxLength"),
            usage=usage,
            codes=codes,
            pattern=plain.get("pattern", ""),
            many=many,
        )

    def _error(self, reason: str) -> Exception:
        return SpecError(self.path, 1, reason)
