"""Functions that look for every value of some kinds in an entry, compiled from the model.

Roughly: each different value of a field once, with the path that the first item of each list would have.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.entry import Entry
from gateway.rules.fields import Field, is_model, keys_of, models, plan, reached
from gateway.rules.views import converter, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from gateway.entry.base import Model

WIDE_MIN = 20
"""Of objects in which so many kinds may stand it is told what fields they have: few have many of them."""

Found = tuple[str, Any]
"""The path of one value, and the value."""


class _Look(NamedTuple):
    """A function that looks into one field of an entry: it gives what it found in each bucket by the bucket's number.

    `names` are those that objects at some paths have had until now: it was made for these, and gives None where there
    is another one.
    """

    names: Mapping[str, Collection[str]]
    buckets: Sequence[Found]
    found: Callable[[dict[str, Any]], Sequence[tuple[int, Collection[Any]]] | None]


class Looker:
    """Functions that look for some kinds roughly, in one pass: loops over lists, nothing made in them.

    There is one for each field of an entry, made when an entry first has it, and anew when an object in it first has
    another field: of all that may stand in a line, lines have little.

    Where a kind is a text in objects that can be told apart (the currency of money), it is
    left to those: `keyed` are their classes and the field, by the kind.
    """

    def __init__(self, kinds: frozenset[Any]) -> None:
        self.keyed = {kind: _keyed(kind) for kind in kinds if not is_model(kind)}
        self.kinds = kinds.union(model for found in self.keyed.values() for model, _ in found)
        self.fields = [
            field
            for field in plan(Entry)
            if field.kind in self.kinds or (field.inside and self.kinds & reached(field.inside))
        ]
        self.looks: dict[str, _Look] = {}
        self.converters = {kind: converter(unwrap(kind).kind) for kind in self.kinds}

    def look(self, field: Field, plain: dict[str, Any]) -> Iterator[tuple[Found, Collection[Any]]]:
        """Yield each bucket of a field that has something in it, with its path and kind."""
        look = self.looks.get(field.name)
        found = look.found(plain) if look is not None else None
        if look is None or found is None:
            names = {path: set(known) for path, known in look.names.items()} if look is not None else {}
            for path, there in _names(field, [plain[field.name]], ""):
                names.setdefault(path, set()).update(there)
            look = self.looks[field.name] = _look(field, self.kinds, names)
            found = look.found(plain) or ()
        for at, bucket in found:
            yield look.buckets[at], bucket

    def __call__(self, plain: dict[str, Any]) -> dict[Any, Sequence[Found]]:
        """Give what is found by kind, each with the path of its place."""
        found: dict[Any, list[Found]] = {kind: [] for kind in self.kinds}
        for field in self.fields:
            if field.name not in plain:
                continue
            for (path, kind), bucket in self.look(field, plain):
                convert = self.converters[kind]
                values = bucket.values() if bucket.__class__ is dict else bucket
                found[kind] += [(path, one) for one in (values if convert is None else map(convert, values))]
        for kind, keyed in self.keyed.items():
            for model, name in keyed:
                if found[model]:
                    found[kind] += _told(found[model], name, self.converters[kind])
        return dict(found)


def _names(field: Field, values: Sequence[Any], prefix: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the names of the fields that objects have, by the path of the field in which these objects are."""
    if field.inside is None:
        return
    objects = list(chain.from_iterable(values)) if field.many else values
    names = set[str]().union(*objects)
    path = _path(field, prefix)
    yield path, names
    for inner in _wide(field.inside):
        if inner.name in names:
            inside = [one[inner.name] for one in objects if inner.name in one]
            yield from _names(inner, inside, f"{path}.")


@cache
def _wide(model: type[Model]) -> tuple[Field, ...]:
    return tuple(
        field for field in plan(model) if field.inside is not None and len(reached(field.inside)) >= WIDE_MIN
    )


def _path(field: Field, prefix: str) -> str:
    """Give the path of a field, of the first item where it is a list."""
    return f"{prefix}{field.name}{'[0]' if field.many else ''}"


def _look(field: Field, kinds: frozenset[Any], names: Mapping[str, Collection[str]]) -> _Look:
    """Make the function that looks into a field of an entry for some kinds, where objects have fields of these names."""
    source = _Source(kinds, names)
    body = source.field(field, "e", "", 1, ())
    lines = ["def look(e):", " found = []"]
    if body:
        # Few of some hundred buckets have something in them: each is made for its first value.
        buckets = range(len(source.buckets))
        lines += [body[0], f"  {''.join(f'b{at} = ' for at in buckets)}None", *body[1:]]
        lines += [f"  if b{at} is not None: found.append(({at}, b{at}))" for at in buckets]
    lines.append(" return found")
    defined: dict[str, Any] = source.known
    exec(compile("\n".join(lines), "<every value>", "exec"), defined)  # noqa: S102 - our own text
    return _Look(names, source.buckets, defined["look"])


class _Source:
    """The lines of a function that looks, and the path and kind of each bucket that it keeps values in."""

    def __init__(self, kinds: frozenset[Any], names: Mapping[str, Collection[str]]) -> None:
        self.kinds = kinds
        self.names = names
        self.known: dict[str, Any] = {}
        self.buckets: list[tuple[str, Any]] = []

    def lines(
        self, model: type[Model], name: str, path: str, depth: int, above: tuple[Any, ...]
    ) -> list[str]:
        """Give the lines that look into one object; a class inside itself is looked at twice."""
        fields, lines = plan(model), list[str]()
        if (there := self.names.get(path)) is not None:
            more = {one.name for one in fields if one.name not in there}
            fields = tuple(one for one in fields if one.name in there)
            known = f"n{len(self.known)}"
            self.known[known] = frozenset(model.model_fields) - more
            lines.append(f"{' ' * depth}if not {known}.issuperset({name}): return None")
        for field in fields:
            if above.count(field.inside) <= 1:
                lines += self.field(field, name, f"{path}.", depth, above)
        return lines

    def field(self, field: Field, name: str, prefix: str, depth: int, above: tuple[Any, ...]) -> list[str]:
        """Give the lines that look into one field, none where nothing of the kinds can be in it."""
        path, inner, deeper = _path(field, prefix), f"v{depth}", depth + field.many + 1
        body = self.kept(field.kind, inner, path, " " * deeper) if field.kind in self.kinds else []
        if field.inside is not None and not keys_of(field.inside):
            body += self.lines(field.inside, inner, path, deeper, (*above, field.inside))
        if not body:
            return []
        asked = f"{name}[{field.name!r}]"
        there = f"for {inner} in {asked}:" if field.many else f"{inner} = {asked}"
        return [f"{' ' * depth}if {field.name!r} in {name}:", f"{' ' * depth} {there}", *body]

    def kept(self, kind: Any, name: str, path: str, space: str) -> list[str]:
        """Give the lines that keep one value."""
        bucket = f"b{len(self.buckets)}"
        keys = keys_of(kind)
        self.buckets.append((path, kind))
        new = "{}" if keys else "[]" if is_model(kind) else "set()"
        made = f"{space}if {bucket} is None: {bucket} = {new}"
        if not keys:
            return [made, f"{space}{bucket}.{'append' if is_model(kind) else 'add'}({name})"]
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
            f"{space}if {small}: {bucket}[k, {every}] = {name}",
            f"{space}elif k not in {bucket}: {bucket}[k] = {name}",
        ]


looker = cache(Looker)


def _told(objects: Sequence[Found], name: str, convert: Callable[[Any], Any] | None) -> list[Found]:
    """Give each different value of a field of objects that were found already."""
    told = {(path, one.plain.get(name)): None for path, one in objects}
    return [
        (f"{path}.{name}", value if convert is None else convert(value))
        for path, value in told
        if value is not None
    ]


@cache
def _keyed(kind: Any) -> tuple[tuple[type[Model], str], ...]:
    """Give the classes whose objects are told apart by fields among which this kind is, with the field."""
    return tuple(
        (model, field.name)
        for model in models()
        if keys_of(model)
        for field in plan(model)
        if field.kind == kind
    )
