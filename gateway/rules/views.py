"""What rules see of an entry: its plain values, read as the model's objects.

A declaration has thousands of objects and a rule looks at a few. So none is made before it is
asked for: a view is a plain object and the class that it is of, and its attributes are
those of the model, converted as the model converts them, once. Views are compared by what they hold.
"""

from __future__ import annotations

import types
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Union, cast, get_args, get_origin

from gateway.entry import Entry
from gateway.entry.base import Model

if TYPE_CHECKING:
    from collections.abc import Callable

_CONVERTED: dict[type, Callable[[str], Any]] = {
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


class Unwrapped(NamedTuple):
    """What stands in a field: the class or type, and whether it is a list of them."""

    kind: Any
    many: bool


class View:
    """One object of an entry; what it has is its class's own."""

    def __init__(self, plain: dict[str, Any]) -> None:
        self.plain = plain

    def __eq__(self, other: object) -> bool:
        """Tell whether another view is of the same class and holds the same."""
        return isinstance(other, type(self)) and other.plain == self.plain

    def __hash__(self) -> int:
        """Hash what it holds."""
        return hash(repr(self.plain))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.plain!r})"


class _Kept:
    """A field of a view: made when it is first asked for, an attribute like any other from then on.

    It has no `__set__`, so what stands in the view goes before it.
    """

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[dict[str, Any]], Any]) -> None:
        self.name = name
        self.make = make

    def __get__(self, view: View, kind: type[View]) -> Any:
        """Make the value."""
        value = view.__dict__[self.name] = self.make(view.plain)
        return value


class _Same(_Kept):
    """A field whose value is the same in a view: most of those that rules ask for."""

    __slots__ = ("default",)

    def __init__(self, name: str, default: Any) -> None:
        super().__init__(name, lambda plain: plain.get(name, default))
        self.default = default

    def __get__(self, view: View, kind: type[View]) -> Any:
        """Give the value, without a call of `make`."""
        value = view.__dict__[self.name] = view.plain.get(self.name, self.default)
        return value


def view_of(plain: dict[str, Any]) -> Entry:
    """Give an entry's plain values as an entry to be read; what is in it is made once."""
    return cast("Entry", view_class(Entry)(plain))


@cache
def view_class(model: type[Model]) -> type[View]:
    """Give the class of views on objects of a class of the model."""
    members = {
        name: _kept(name, unwrap(field.annotation), field.default)
        for name, field in model.model_fields.items()
    }
    return type(model.__name__, (View,), members)


def unwrap(annotation: Any) -> Unwrapped:
    """Look through `X | None`, `Annotated[X, ...]` and `tuple[X, ...]`."""
    many = False
    while (origin := get_origin(annotation)) in (Union, types.UnionType, Annotated, tuple):
        many = many or origin is tuple
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    return Unwrapped(annotation, many)


def converter(kind: Any) -> Callable[[Any], Any] | None:
    """Give what makes of a plain value the model's own, None where they are the same."""
    if isinstance(kind, type) and issubclass(kind, Model):
        return view_class(kind)
    return _CONVERTED.get(kind)


def _kept(name: str, inside: Unwrapped, default: Any) -> _Kept:
    convert = converter(inside.kind)
    if inside.many:
        return _Kept(name, _list_maker(name, convert))
    return _Same(name, default) if convert is None else _Kept(name, _maker(name, convert, default))


def _maker(name: str, convert: Callable[[Any], Any], default: Any) -> Callable[[dict[str, Any]], Any]:

    def make(plain: dict[str, Any]) -> Any:
        value = plain.get(name)
        return default if value is None else convert(value)

    return make


def _list_maker(name: str, convert: Callable[[Any], Any] | None) -> Callable[[dict[str, Any]], Any]:
    def make(plain: dict[str, Any]) -> Any:
        values = plain.get(name)
        if not values:
            return ()
        return tuple(values) if convert is None else tuple(map(convert, values))

    return make
