"""Canonical paths: parsed, checked against the model, compiled to get and set.

A path works on the entry as JSON-plain values (dicts, lists, texts). A step is a
field, `f[0]` the first item, `f[scheme=irs]` the item that says so (made when it is
missing; where `f` is no list, the object that says so), `f[]` every item.
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from gateway.entry.base import Model

_STEP = re.compile(
    r"(?P<name>[a-z_]+)(?:\[(?:(?P<index>\d+)|(?P<field>[a-z_]+)=(?P<value>[^\]]+)|(?P<many>))\])?"
)


class PathError(ValueError):
    """A path that does not parse, or that the model does not have."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One field, and which item of it where it is a list."""

    name: str
    index: int | None = None
    select: tuple[str, str] | None = None
    many: bool = False
    single: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A checked path; `type` is the Python type at its end (a model class for objects).

    `kind` is that type with what the model asks of it: a pattern, a length.
    """

    text: str
    steps: tuple[PathStep, ...]
    type: Any
    kind: Any = None

    @property
    def many(self) -> bool:
        """Whether the path ends in every item of a list."""
        return self.steps[-1].many

    def get(self, item: dict[str, Any]) -> Any:
        """Give the value, None where there is none."""
        value: Any = item
        for step in self.steps:
            value = value.get(step.name)
            if value is None:
                return None
            if step.index is not None:
                if step.index >= len(value):
                    return None
                value = value[step.index]
                if value is None:
                    return None
            elif step.single and step.select is not None:
                if value.get(step.select[0]) != step.select[1]:
                    return None
            elif step.select is not None:
                value = _selected(value, step.select)
                if value is None:
                    return None
        return value

    def items(self, item: dict[str, Any]) -> tuple[list[Any], str]:
        """Give the list that a path of many ends in, and its concrete path."""
        place: Any = item
        words = []
        for step in self.steps[:-1]:
            place = place.get(step.name) if isinstance(place, dict) else None
            index = step.index
            if step.select is not None and not step.single:
                index, _ = _index(place or [], step.select)
            if index is None:
                words.append(step.name)
            else:
                words.append(f"{step.name}[{index}]")
                place = place[index] if place and index < len(place) else None
        last = self.steps[-1].name
        found = place.get(last) if isinstance(place, dict) else None
        return found or [], ".".join([*words, last])

    @property
    def fixed(self) -> bool:
        """Whether the path ends in one item of a list of texts, by its number."""
        return self.steps[-1].index is not None

    def at(self, index: int) -> Path:
        """Give the same path to another item of its list."""
        last = replace(self.steps[-1], index=index)
        return replace(self, steps=(*self.steps[:-1], last))

    def put(self, item: dict[str, Any], value: Any) -> None:
        """Set the value, making what is missing on the way; a path of many appends."""
        place: Any = item
        for step in self.steps[:-1]:
            place = enter(place, step)
        last = self.steps[-1]
        if last.many:
            place.setdefault(last.name, []).append(value)
        elif last.index is not None:
            items = place.setdefault(last.name, [])
            while len(items) <= last.index:
                items.append(None)
            items[last.index] = value
        else:
            place[last.name] = value

    def concrete(self, item: dict[str, Any]) -> str:
        """Give the path with the index of each chosen item, as it is in `item` now."""
        place: Any = item
        words = []
        for step in self.steps:
            place = place.get(step.name) if isinstance(place, dict) else None
            if step.index is not None:
                words.append(f"{step.name}[{step.index}]")
                place = place[step.index] if place and step.index < len(place) else None
            elif step.select is not None and not step.single:
                index, place = _index(place or [], step.select)
                words.append(f"{step.name}[{index}]")
            elif step.many:
                words.append(f"{step.name}[{len(place or ()) - 1}]")
            else:
                words.append(step.name)
        return ".".join(words)


def _selected(items: list[Any], select: tuple[str, str]) -> Any:
    field, wanted = select
    for one in items:
        if one is not None and one.get(field) == wanted:
            return one
    return None


def _index(items: list[Any], select: tuple[str, str]) -> tuple[int, Any]:
    field, wanted = select
    for index, one in enumerate(items):
        if one is not None and one.get(field) == wanted:
            return index, one
    return len(items), None


def enter(place: dict[str, Any], step: PathStep) -> Any:
    """Give what a step leads to, made where it is missing."""
    if step.index is not None:
        items = place.setdefault(step.name, [])
        while len(items) <= step.index:
            items.append(None)
        if items[step.index] is None:
            items[step.index] = {}
        return items[step.index]
    if step.single and step.select is not None:
        return place.setdefault(step.name, {step.select[0]: step.select[1]})
    if step.select is not None:
        items = place.setdefault(step.name, [])
        found = _selected(items, step.select)
        if found is None:
            found = {step.select[0]: step.select[1]}
            items.append(found)
        return found
    return place.setdefault(step.name, {})


@cache
def parse_path(text: str, model: type[Model]) -> Path:
    """Parse a path and walk the model with it; `PathError` where it does not fit. Tables say the same ones again."""
    steps = []
    here: Any = model
    kind: Any = model
    for piece in re.split(r"\.(?![^\[]*\])", text):
        match = _STEP.fullmatch(piece)
        if match is None:
            raise PathError(f"{text}: {piece!r} is not a step of a path")
        if not (isinstance(here, type) and issubclass(here, Model)):
            raise PathError(f"{text}: nothing stands under a {here}")
        field = _field(here, match["name"])
        if field is None:
            raise PathError(f"{text}: {here.__name__} has no field {match['name']!r}")
        here, is_list, kind = field
        bracketed = piece.endswith("]")
        select = (match["field"], match["value"]) if match["field"] else None
        if is_list != bracketed and (is_list or select is None):
            raise PathError(f"{text}: {match['name']} is {'a' if is_list else 'no'} list")
        if select is not None and select[0] not in here.model_fields:
            raise PathError(f"{text}: {here.__name__} has no field {select[0]!r}")
        index = int(match["index"]) if match["index"] else None
        many = bracketed and index is None and select is None
        steps.append(PathStep(match["name"], index, select, many, not is_list))
    if any(step.many for step in steps[:-1]):
        raise PathError(f"{text}: every item ([]) stands at the end of a path")
    return Path(text, tuple(steps), here, kind)


@cache
def _field(model: type[Model], name: str) -> tuple[Any, bool, Any] | None:
    """Give the type inside a field, whether it is a list, and the type with what the model asks; None for no field."""
    field = model.model_fields.get(name)
    return (*unwrap(field.annotation), _kind(field)) if field is not None else None


def _kind(field: Any) -> Any:
    """Give the type of one value with what the model asks of it."""
    kind = field.annotation
    if field.metadata:
        kind = Annotated[kind, *field.metadata]
    while get_origin(kind) in (Union, types.UnionType, tuple):
        kind = next(one for one in get_args(kind) if one is not type(None))
    return kind


def unwrap(annotation: Any) -> tuple[Any, bool]:
    """Give the type inside Optional, Annotated and tuple[..., ...], and whether it was a list."""
    is_list = False
    while True:
        origin = get_origin(annotation)
        if origin in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        elif origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin is tuple:
            annotation, is_list = get_args(annotation)[0], True
        else:
            return annotation, is_list


def leaf_paths(value: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """List every scalar of a plain entry with its concrete path."""
    if isinstance(value, dict):
        found = []
        for name, inner in value.items():
            found.extend(leaf_paths(inner, f"{prefix}.{name}" if prefix else name))
        return found
    if isinstance(value, list):
        return [leaf for i, inner in enumerate(value) for leaf in leaf_paths(inner, f"{prefix}[{i}]")]
    return [] if value is None else [(prefix, value)]
