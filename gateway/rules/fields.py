"""The fields of the model in which something that rules speak of may stand, read from it once."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from gateway.entry import Entry
from gateway.entry.base import CaseNumber, Country, Currency, Hts, Model
from gateway.rules.views import unwrap

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALARS: tuple[Any, ...] = (Country, Currency, Hts, CaseNumber, date, datetime)
_SCALARS = frozenset(SCALARS)
_OF_CONSTRAINT: dict[Any, Any] = {one[1]: scalar for scalar in SCALARS if (one := get_args(scalar))}
KEYED_MAX = 5
"""Objects of so many plain fields are told apart by them; of larger ones each is looked at."""


class Field(NamedTuple):
    """A field of a class: the kind of what stands in it, whether that is a list, and the class of its objects."""

    name: str
    kind: Any
    many: bool
    inside: type[Model] | None


@cache
def plan(model: type[Model]) -> tuple[Field, ...]:
    """Give the fields of a class in which something of a kind may stand, or an object."""
    found = []
    for name, field in model.model_fields.items():
        kind = _kind(field.annotation, field.metadata)
        if kind is not None:
            inside = kind if is_model(kind) else None
            found.append(Field(name, kind, unwrap(field.annotation).many, inside))
    return tuple(found)


@cache
def reached(model: type[Model]) -> frozenset[Any]:
    """Give every kind that may stand somewhere in an object of a class."""
    seen: set[Any] = set()
    pending = [model]
    while pending:
        for field in plan(pending.pop()):
            if field.kind not in seen:
                seen.add(field.kind)
                if field.inside is not None:
                    pending.append(field.inside)
    return frozenset(seen)


def _kind(annotation: Any, metadata: Sequence[Any] = ()) -> Any:
    """Find the model class or scalar in `X`, `X | None`, `tuple[X, ...]`."""
    if annotation in _SCALARS or is_model(annotation):
        return annotation
    if metadata and metadata[0] in _OF_CONSTRAINT:
        return _OF_CONSTRAINT[metadata[0]]
    for inner in get_args(annotation):
        if (kind := _kind(inner)) is not None:
            return kind
    return None


@cache
def models() -> tuple[type[Model], ...]:
    """Give every class of which there may be objects in an entry."""
    return tuple(kind for kind in reached(Entry) if is_model(kind))


def is_model(kind: Any) -> bool:
    """Tell whether a kind is a class of the model."""
    return isinstance(kind, type) and issubclass(kind, Model)


@cache
def keys_of(kind: Any) -> tuple[str, ...]:
    """Give the fields by which objects of a class are told apart; none where each is looked at."""
    if not is_model(kind) or len(kind.model_fields) > KEYED_MAX:
        return ()
    inner = [unwrap(field.annotation) for field in kind.model_fields.values()]
    if any(many or is_model(one) or get_origin(one) is not None for one, many in inner):
        return ()
    return tuple(kind.model_fields)
