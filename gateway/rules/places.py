"""Every value of one kind in an entry, each with its canonical path.

What may stand where is read from the model once, so a field that is added tomorrow is
found by every rule that speaks of its kind. There are two ways to look. `rough` gives each
different value of a field once, with the path that the first item of each list would have:
enough to know whether a rule objects at all, and nothing is made for the thousands of values
that it does not object to. Of money and quantities those from one up are not told apart by the
number: no rule of this kind speaks of how much it is. `exact` gives all, for the rule that objects.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.entry import Entry
from gateway.rules.fields import Field, plan, reached
from gateway.rules.looking import looker
from gateway.rules.views import converter, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.entry.base import Model
    from gateway.rules.looking import Found


class Places:
    """The values of one entry by kind: model classes, and the scalars that rules speak of."""

    def __init__(self, plain: dict[str, Any], kinds: frozenset[Any] = frozenset()) -> None:
        """Look at nothing yet; `kinds` are looked for together when one of them is asked for."""
        self.plain = plain
        self.asked = False
        self._kinds = kinds
        self._rough: dict[Any, Sequence[Found]] = {}

    def rough(self, kind: Any) -> Sequence[Found]:
        """Give the values of each field of the kind, those once that rules cannot tell apart."""
        self.asked = True
        if kind not in self._rough:
            wanted = self._kinds if kind in self._kinds else frozenset({kind})
            self._rough |= looker(wanted)(self.plain)
        return self._rough[kind]

    def exact(self, kind: Any) -> Sequence[Found]:
        """Give every value of the kind, in the entry's order."""
        return list(_walk(self.plain, Entry, kind, "", converter(unwrap(kind).kind)))


def fields_with(kind: Any) -> frozenset[str]:
    """Name the fields of an entry in which something of a kind may stand."""
    return frozenset(field.name for field in _fields(Entry, kind))


def _walk(
    plain: dict[str, Any], model: type[Model], kind: Any, prefix: str, convert: Callable[[Any], Any] | None
) -> Iterator[Found]:
    for field in _fields(model, kind):
        value = plain.get(field.name)
        if value is None:
            continue
        path = f"{prefix}{field.name}"
        places = (
            [(f"{path}[{turn}]", one) for turn, one in enumerate(value)] if field.many else [(path, value)]
        )
        for where, one in places:
            if field.kind == kind:
                yield where, one if convert is None else convert(one)
            if field.inside is not None:
                yield from _walk(one, field.inside, kind, f"{where}.", convert)


@cache
def _fields(model: type[Model], kind: Any) -> tuple[Field, ...]:
    """Give the fields of a class that are of a kind, or have something of it in them."""
    return tuple(
        field
        for field in plan(model)
        if field.kind == kind or (field.inside is not None and kind in reached(field.inside))
    )
