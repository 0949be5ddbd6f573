"""Plain values held to the model one by one, so that an entry need not be validated whole.

Two halves of one check. `fitted` makes the check of a single value, asked when a table is
compiled and answered once for each different text. `settle` looks at objects only: it puts
their fields in the model's order and sees that none lacks what it needs. What both take is
what `entry_of` takes without a misfit, and then it is equal to `plain_of` of that entry.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter

from gateway.entry.base import Model, Text
from gateway.entry.header import Entry

Fit = Callable[[Any], Any]

LEARNED_MAX = 4096
"""So many orders of fields are remembered for a class; a sender chooses which there are."""


class UnsettledError(ValueError):
    """An object that lacks a field, or has one that the model does not know."""


@cache
def fitted(kind: Any) -> Fit:
    """Give the check of one value: it gives the value as the entry has it, or raises `ValueError`."""
    if kind == Text:
        return _text
    adapter = TypeAdapter(kind)

    def fit(value: Any) -> Any:
        return _full(adapter.dump_python(adapter.validate_python(value), mode="json", exclude_none=True))

    return fit


def _text(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return sound(value)


def sound(text: str) -> str:
    """Give a text that is one; `ValueError` where half a surrogate pair stands in it."""
    if not text.isascii():
        text.encode()
    return text


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _full(inner) for name, inner in value.items() if inner not in ({}, [])}
    return [_full(inner) for inner in value] if isinstance(value, list) else value


class _Shape:
    """One class of the model: its order, what it needs, and which of its fields hold objects."""

    __slots__ = ("_inner", "_learned", "_needs", "_order")

    def __init__(self, model: type[Model]) -> None:
        fields = model.model_fields
        self._order = {name: number for number, name in enumerate(fields)}
        self._needs = frozenset(name for name, field in fields.items() if field.is_required())
        self._inner = {
            name: found for name, field in fields.items() if (found := object_class(field.annotation))
        }
        self._learned: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[tuple[str, _Shape], ...]]] = {}

    def settle(self, plain: dict[str, Any]) -> None:
        """Order an object in place, and every object in it."""
        names = tuple(plain)
        known = self._learned.get(names)
        if known is None:
            known = self._learn(names)
        moved, inner = known
        for name in moved:
            plain[name] = plain.pop(name)
        for name, shape in inner:
            value = plain[name]
            if value.__class__ is dict:
                shape.settle(value)
            else:
                if None in value:
                    # A list that was filled by numbers has no gaps in the end.
                    value[:] = [one for one in value if one is not None]
                for one in value:
                    shape.settle(one)

    def _learn(self, names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, _Shape], ...]]:
        if not (self._needs <= set(names) <= self._order.keys()):
            raise UnsettledError(f"{', '.join(names)}: these fields do not make an object")
        wanted = sorted(names, key=self._order.__getitem__)
        kept = 0
        for name in names:
            # What stands in order at the front stays; the rest is put behind it, one by one.
            if name == wanted[kept]:
                kept += 1
            else:
                break
        inner = tuple((name, _shape(self._inner[name])) for name in wanted if name in self._inner)
        if len(self._learned) >= LEARNED_MAX:
            self._learned.clear()
        known = self._learned[names] = (tuple(wanted[kept:]), inner)
        return known


def order_of(model: type[Model]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the fields of a class in the model's order, and those that an object of it needs."""
    fields = model.model_fields
    return tuple(fields), frozenset(name for name, field in fields.items() if field.is_required())


@cache
def _shape(model: type[Model]) -> _Shape:
    return _Shape(model)


def object_class(annotation: Any) -> type[Model] | None:
    """Give the class of the model inside Optional, Annotated and tuple, None for a value."""
    while get_origin(annotation) in (Union, types.UnionType, Annotated, tuple):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    return annotation if isinstance(annotation, type) and issubclass(annotation, Model) else None


def settle(plain: dict[str, Any]) -> None:
    """Put an entry of fitted values in the model's order, in place; `ValueError` where an object is no whole."""
    _shape(Entry).settle(plain)
