"""Every value of one kind in an entry, each with its canonical path; found in one walk.

What may stand where is read from the model once, so a field that is added tomorrow is
found by every rule that speaks of its kind.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from gateway.entry.base import CaseNumber, Country, Currency, Hts, Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCALARS: tuple[Any, ...] = (Country, Currency, Hts, CaseNumber, date, datetime)


class Found(NamedTuple):
    """One value and where it stands."""

    path: str
    value: Any


class _Field(NamedTuple):
    name: str
    kind: Any
    inside: bool


def index(entry: Model) -> Mapping[Any, Sequence[Found]]:
    """Give all values by kind: model classes, and the scalars that rules speak of."""
    found: dict[Any, list[Found]] = defaultdict(list)
    _walk(entry, "", found)
    return found


def _walk(item: Model, prefix: str, found: dict[Any, list[Found]]) -> None:
    values = item.__dict__
    for name, kind, inside in _plan(type(item)):
        value = values[name]
        if value is None:
            continue
        if value.__class__ is not tuple:
            path = f"{prefix}{name}"
            found[kind].append(Found(path, value))
            if inside:
                _walk(value, f"{path}.", found)
            continue
        for turn, one in enumerate(value):
            path = f"{prefix}{name}[{turn}]"
            found[kind].append(Found(path, one))
            if inside:
                _walk(one, f"{path}.", found)


@cache
def _plan(model: type[Model]) -> tuple[_Field, ...]:
    plan = []
    for name, field in model.model_fields.items():
        kind = _kind(field.annotation, field.metadata)
        if kind is not None:
            plan.append(_Field(name, kind, isinstance(kind, type) and issubclass(kind, Model)))
    return tuple(plan)


def _kind(annotation: Any, metadata: Sequence[Any] = ()) -> Any:
    """Find the model class or scalar in `X`, `X | None`, `tuple[X, ...]`."""
    for scalar in SCALARS:
        if annotation == scalar or (metadata and get_args(scalar)[1:] == tuple(metadata[:1])):
            return scalar
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    for inner in get_args(annotation):
        if (kind := _kind(inner)) is not None:
            return kind
    return None
