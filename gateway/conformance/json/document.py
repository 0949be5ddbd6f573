"""A document that is legal and small, with one field in the middle of attention.

Lives here: which fields stand around a place, the bytes, and where each value is in them. Never
here: what is made wrong (`fields.py`, `syntax.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.conformance.json.values import usual

if TYPE_CHECKING:
    from gateway.conformance.json.tables import Field, Schema

# A key or an index of each level.
Path = tuple[str | int, ...]
# Definitions nest; a place deeper than this is like one above it.
DEPTH_MAX = 12


@dataclass(slots=True)
class Raw:
    """A scalar as it stands in the text: `"ABC"`, `1.5`, `null`."""

    text: str


# An object is a list of pairs, since a field may stand twice.
Object = list[tuple[str, "Value"]]


@dataclass(slots=True)
class List:
    """A list of values."""

    items: list[Value]


Value = Raw | List | Object


def text(value: str) -> Raw:
    """Give a string as a value."""
    return Raw(json.dumps(value, ensure_ascii=False))


@dataclass(slots=True)
class Draft:
    """A document, the object looked at and the path to it."""

    top: Object
    focus: Object
    path: Path
    spans: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def written(self) -> bytes:
        """Write the document; a second field of one name is the one that is kept in `spans`."""
        data = bytearray()
        self._write(data, self.top, ())
        return bytes(data) + b"\n"

    def _write(self, data: bytearray, value: Value, path: Path) -> None:
        start = len(data)
        if isinstance(value, Raw):
            data += value.text.encode("utf-8", "surrogatepass")
        elif isinstance(value, List):
            data += b"["
            for index, item in enumerate(value.items):
                data += b", " if index else b""
                self._write(data, item, (*path, index))
            data += b"]"
        else:
            data += b"{"
            for index, (name, inner) in enumerate(value):
                data += b", " if index else b""
                begin = len(data)
                data += json.dumps(name, ensure_ascii=False).encode()
                self.keys[*path, name] = (begin, len(data))
                data += b": "
                self._write(data, inner, (*path, name))
            data += b"}"
        self.spans[path] = (start, len(data))

    def place(self, name: str = "", item: int = 0) -> str:
        """Give the address of a field of the object looked at."""
        return address((*self.path, name) if name else self.path) + (f"#{item + 1}" if item else "")

    def put(self, name: str, value: Value) -> None:
        """Set a field of the object looked at; a new one goes to the end."""
        at = next((index for index, (key, _) in enumerate(self.focus) if key == name), None)
        if at is None:
            self.focus.append((name, value))
        else:
            self.focus[at] = (name, value)

    def drop(self, name: str) -> None:
        """Take a field of the object looked at out."""
        self.focus[:] = [pair for pair in self.focus if pair[0] != name]


def address(path: Path) -> str:
    """Give a path as findings have it: `lines/tariffs[2]/number`."""
    steps: list[str] = []
    for step in path:
        if isinstance(step, str):
            steps.append(step)
        elif step:
            steps[-1] += f"[{step + 1}]"
    return "/".join(steps)


class Composer:
    """Makes small legal documents of one message."""

    def __init__(self, schema: Schema) -> None:
        """Keep the schema."""
        self.schema = schema

    @cached_property
    def ways(self) -> dict[str, list[tuple[Field, ...]]]:
        """The ways to each shape, the shortest first."""
        found: dict[str, list[tuple[Field, ...]]] = {}
        for way in self._ways():
            found.setdefault(way[-1].shape if way else "", []).append(way)
        return found

    def _ways(self) -> Iterator[tuple[Field, ...]]:
        level: list[tuple[Field, ...]] = [()]
        for _ in range(DEPTH_MAX):
            below = []
            for way in level:
                yield way
                shape = self.schema.shapes[way[-1].shape if way else ""]
                below += [(*way, one) for one in shape.values() if one.kind == "object" and one.shape]
            level = below

    def compose(self, shape: str, number: int, way: tuple[Field, ...] | None = None) -> Draft:
        """Make a document in which an object of a shape stands; the number chooses where."""
        ways = self.ways[shape]
        way = ways[number % len(ways)] if way is None else way
        top: Object = []
        path: list[str | int] = []
        focus, here = top, ""
        for step in way:
            inner: Object = []
            for one in self.schema.shapes[here].values():
                if one is step:
                    focus.append((one.name, List([inner]) if one.many else inner))
                elif one.required:
                    focus.append((one.name, self.value(one, number)))
            path += [step.name, 0] if step.many else [step.name]
            focus, here = inner, step.shape
        focus.extend((one.name, self.value(one, number)) for one in self.required(here))
        return Draft(top, focus, tuple(path))

    def required(self, shape: str) -> list[Field]:
        """Give the fields of a shape that must be there."""
        return [one for one in self.schema.shapes[shape].values() if one.required]

    def value(self, one: Field, number: int) -> Value:
        """Give a legal value of a field."""
        value: Value
        if one.kind == "object":
            value = [(inner.name, self.value(inner, number)) for inner in self.required(one.shape)]
            if one.free:
                value = [("signature", Raw("true"))]
        else:
            value = Raw(usual(one, number))
        return List([value]) if one.many else value
