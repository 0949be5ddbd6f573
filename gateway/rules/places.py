"""Every value of one kind in an entry, each with its canonical path.

What may stand where is read from the model once, so a field that is added tomorrow is
found by every rule that speaks of its kind. There are two ways to look. `rough` gives each
different value of a field once, with the path that the first item of each list would have:
enough to know whether a rule objects at all, and nothing is made for the thousands of values
that it does not object to. Of money and quantities those from one up are not told apart by the
number: no rule of this kind speaks of how much it is. `exact` gives all, for the rule that objects.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from gateway.entry import Entry
from gateway.entry.base import CaseNumber, Country, Currency, Hts, Model
from gateway.rules.views import converter, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SCALARS: tuple[Any, ...] = (Country, Currency, Hts, CaseNumber, date, datetime)
_SCALARS = frozenset(SCALARS)
_OF_CONSTRAINT: dict[Any, Any] = {one[1]: scalar for scalar in SCALARS if (one := get_args(scalar))}
KEYED_MAX = 5
"""Objects of so many plain fields are told apart by them; of larger ones each is looked at."""


Found = tuple[str, Any]
"""The path of one value, and the value."""


class _Field(NamedTuple):
    name: str
    kind: Any
    many: bool
    inside: type[Model] | None


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
            self._rough |= _looker(wanted)(self.plain)
        return self._rough[kind]

    def exact(self, kind: Any) -> Sequence[Found]:
        """Give every value of the kind, in the entry's order."""
        return list(_walk(self.plain, Entry, kind, "", converter(unwrap(kind).kind)))


def fields_with(kind: Any) -> frozenset[str]:
    """Name the fields of an entry in which something of a kind may stand."""
    return frozenset(field.name for field in _fields(Entry, kind))


def _told(objects: Sequence[Found], name: str, convert: Callable[[Any], Any] | None) -> list[Found]:
    """Give each different value of a field of objects that were found already."""
    told = {(path, one.plain.get(name)): None for path, one in objects}
    return [
        (f"{path}.{name}", value if convert is None else convert(value))
        for path, value in told
        if value is not None
    ]


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
def _fields(model: type[Model], kind: Any) -> tuple[_Field, ...]:
    """Give the fields of a class that are of a kind, or have something of it in them."""
    return tuple(
        field
        for field in _plan(model)
        if field.kind == kind or (field.inside is not None and kind in _reached(field.inside))
    )


@cache
def _plan(model: type[Model]) -> tuple[_Field, ...]:
    plan = []
    for name, field in model.model_fields.items():
        kind = _kind(field.annotation, field.metadata)
        if kind is not None:
            inside = kind if _is_model(kind) else None
            plan.append(_Field(name, kind, unwrap(field.annotation).many, inside))
    return tuple(plan)


@cache
def _reached(model: type[Model]) -> frozenset[Any]:
    """Give every kind that may stand somewhere in an object of a class."""
    seen: set[Any] = set()
    pending = [model]
    while pending:
        for field in _plan(pending.pop()):
            if field.kind not in seen:
                seen.add(field.kind)
                if field.inside is not None:
                    pending.append(field.inside)
    return frozenset(seen)


def _kind(annotation: Any, metadata: Sequence[Any] = ()) -> Any:
    """Find the model class or scalar in `X`, `X | None`, `tuple[X, ...]`."""
    if annotation in _SCALARS or _is_model(annotation):
        return annotation
    if metadata and metadata[0] in _OF_CONSTRAINT:
        return _OF_CONSTRAINT[metadata[0]]
    for inner in get_args(annotation):
        if (kind := _kind(inner)) is not None:
            return kind
    return None


class _Looker:
    """Functions that look for some kinds roughly, in one pass: loops over lists, nothing made in them.

    There is one for each field of an entry, made when an entry first has it.

    Where a kind is a text in objects that can be told apart (the currency of money), it is
    left to those: `keyed` are their classes and the field, by the kind.
    """

    def __init__(self, kinds: frozenset[Any]) -> None:
        self.keyed = {kind: _keyed(kind) for kind in kinds if not _is_model(kind)}
        self.kinds = kinds.union(model for found in self.keyed.values() for model, _ in found)
        self.buckets: list[Found] = []
        self.looks: dict[str, Callable[[dict[str, Any]], Sequence[tuple[int, Any]]]] = {
            field.name: partial(self.first, field)
            for field in _plan(Entry)
            if field.kind in self.kinds or (field.inside and self.kinds & _reached(field.inside))
        }
        self.converters = {kind: converter(unwrap(kind).kind) for kind in self.kinds}

    def first(self, field: _Field, plain: dict[str, Any]) -> Sequence[tuple[int, Any]]:
        """Make the function that looks into a field of an entry, and use it."""
        first = len(self.buckets)
        body = self.field(field, "e", "", 1, ())
        source = ["def look(e):", " found = []"]
        if body:
            places = range(first, len(self.buckets))
            # Few of some hundred buckets have something in them: each is made for its first value.
            source += [body[0], f"  {' = '.join(f'b{at}' for at in places)} = None", *body[1:]]
            source += [f"  if b{at} is not None: found.append(({at}, b{at}))" for at in places]
        source.append(" return found")
        names: dict[str, Any] = {}
        exec(compile("\n".join(source), "<every value>", "exec"), names)  # noqa: S102 - our own text
        look = self.looks[field.name] = names["look"]
        found: Sequence[tuple[int, Any]] = look(plain)
        return found

    def __call__(self, plain: dict[str, Any]) -> dict[Any, Sequence[Found]]:
        """Give what is found by kind, each with the path of its place."""
        found: dict[Any, list[Found]] = {kind: [] for kind in self.kinds}
        for name, look in self.looks.items():
            for at, bucket in look(plain) if name in plain else ():
                path, kind = self.buckets[at]
                convert = self.converters[kind]
                values = bucket.values() if bucket.__class__ is dict else bucket
                found[kind] += [(path, one) for one in (values if convert is None else map(convert, values))]
        for kind, keyed in self.keyed.items():
            for model, name in keyed:
                if found[model]:
                    found[kind] += _told(found[model], name, self.converters[kind])
        return dict(found)

    def lines(
        self, model: type[Model], name: str, prefix: str, depth: int, above: tuple[Any, ...]
    ) -> list[str]:
        """Give the lines that look into one object; a class inside itself is looked at twice."""
        return [
            line
            for field in _plan(model)
            if above.count(field.inside) <= 1
            for line in self.field(field, name, prefix, depth, above)
        ]

    def field(self, field: _Field, name: str, prefix: str, depth: int, above: tuple[Any, ...]) -> list[str]:
        """Give the lines that look into one field, none where nothing of the kinds can be in it."""
        path = f"{prefix}{field.name}{'[0]' if field.many else ''}"
        inner, deeper = f"v{depth}", depth + field.many + 1
        body = self.kept(field.kind, inner, path, " " * deeper) if field.kind in self.kinds else []
        if field.inside is not None and not _keys(field.inside):
            body += self.lines(field.inside, inner, f"{path}.", deeper, (*above, field.inside))
        if not body:
            return []
        asked = f"{name}[{field.name!r}]"
        there = f"for {inner} in {asked}:" if field.many else f"{inner} = {asked}"
        return [f"{' ' * depth}if {field.name!r} in {name}:", f"{' ' * depth} {there}", *body]

    def kept(self, kind: Any, name: str, path: str, space: str) -> list[str]:
        """Give the lines that keep one value."""
        bucket = f"b{len(self.buckets)}"
        keys = _keys(kind)
        self.buckets.append((path, kind))
        new = "{}" if keys else "[]" if _is_model(kind) else "set()"
        made = f"{space}if {bucket} is None: {bucket} = {new}"
        if not keys:
            return [made, f"{space}{bucket}.{'append' if _is_model(kind) else 'add'}({name})"]
        numbers = [one for one in keys if unwrap(kind.model_fields[one].annotation).kind is Decimal]
        texts = "".join(f"{name}.get({one!r}), " for one in keys if one not in numbers)
        if not numbers or not texts:
            return [made, f"{space}{bucket}[{''.join(f'{name}.get({one!r}), ' for one in keys)}] = {name}"]
        small = " or ".join(f"{name}.get({one!r}, '1') < '1'" for one in numbers)
        every = "".join(f"{name}.get({one!r}), " for one in numbers)
        text = texts.removesuffix(", ") if texts.count(", ") == 1 else f"({texts})"
        return [
            made,
            f"{space}k = {text}",
            f"{space}if k not in {bucket}: {bucket}[k] = {name}",
            f"{space}if {small}: {bucket}[k, {every}] = {name}",
        ]


_looker = cache(_Looker)


@cache
def _keyed(kind: Any) -> tuple[tuple[type[Model], str], ...]:
    """Give the classes whose objects are told apart by fields among which this kind is, with the field."""
    return tuple(
        (model, field.name)
        for model in _models()
        if _keys(model)
        for field in _plan(model)
        if field.kind == kind
    )


@cache
def _models() -> tuple[type[Model], ...]:
    return tuple(kind for kind in _reached(Entry) if _is_model(kind))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


@cache
def _keys(kind: Any) -> tuple[str, ...]:
    """Give the fields by which objects of a class are told apart; none where each is looked at."""
    if not _is_model(kind) or len(kind.model_fields) > KEYED_MAX:
        return ()
    inner = [unwrap(field.annotation) for field in kind.model_fields.values()]
    if any(many or _is_model(one) or get_origin(one) is not None for one, many in inner):
        return ()
    return tuple(kind.model_fields)
