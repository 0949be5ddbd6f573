"""The JSON mapping, made from the model: every field is its own address.

A table by hand would only repeat the model, so this one is generated and then checked
and compiled like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, overload

from gateway.entry import Entry
from gateway.entry.base import Model
from gateway.mapping.address import ANY
from gateway.mapping.path import unwrap
from gateway.mapping.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAME = ("same",)


def identity_table() -> Table:
    """Give the table `json/entry/1`."""
    return Table(Path("gateway/entry"), "json", "entry", "1", tuple(_rows(Entry, "", "")), made=True)


class _Inside(Sequence[Row]):
    """The rows of a class of the model, made when somebody looks at them."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        return _rows_of(self._model)[at]

    def __len__(self) -> int:
        return len(_rows_of(self._model))


@cache
def _rows_of(model: type[Model]) -> tuple[Row, ...]:
    return tuple(_rows(model, "", ""))


def _rows(model: type[Model], address: str, path: str) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        kind, is_list = unwrap(field.annotation)
        here = f"{address}{name}"
        there = f"{path}{name}"
        if not isinstance(kind, type):
            # dict[str, bool | None]: an object whose field names are free.
            yield Row(0, "map", f"{here}/{ANY}", (there,), convert=_SAME)
        elif not issubclass(kind, Model):
            yield Row(0, "map", here, (f"{there}[]" if is_list else there,), convert=_SAME)
        elif is_list:
            yield Row(0, "each", here, (f"{there}[]",), rows=_Inside(kind))
        else:
            yield from _rows(kind, f"{here}/", f"{there}.")
