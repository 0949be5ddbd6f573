"""Every value of one kind in an entry, each with its canonical path.

What may stand where is read from the model once, so a field that is added tomorrow is
found by every rule that speaks of its kind. There are two ways to look. `rough` gives each
different value of a field once, with the path that the first item of each list would have:
enough to know whether a rule objects at all, and nothing is made for the thousands of values
that it does not object to. `exact` gives all of them, for the rule that does.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from gateway.entry import Entry
from gateway.entry.base import CaseNumber, Country, Currency, Hts, Model
from gateway.rules.views import converter, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SCALARS: tuple[Any, ...] = (Country, Currency, Hts, CaseNumber, date, datetime)
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

    def __init__(self, plain: dict[str, Any]) -> None:
        """Look at nothing yet."""
        self.plain = plain
        self.asked = False
        self._rough: dict[Any, Sequence[Found]] = {}

    def rough(self, kind: Any) -> Sequence[Found]:
        """Give each different value of each field of the kind once."""
        self.asked = True
        found = self._rough.get(kind)
        if found is None:
            look = _looker(kind)
            found = look(self.plain)
            for model, name in look.keyed:
                found += _told(self.rough(model), name, look.convert)
            self._rough[kind] = found
        return found

    def exact(self, kind: Any) -> Sequence[Found]:
        """Give every value of the kind, in the entry's order."""
        return list(_walk(self.plain, Entry, kind, "", converter(unwrap(kind).kind)))


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
    for scalar in SCALARS:
        if annotation == scalar or (metadata and get_args(scalar)[1:] == tuple(metadata[:1])):
            return scalar
    if _is_model(annotation):
        return annotation
    for inner in get_args(annotation):
        if (kind := _kind(inner)) is not None:
            return kind
    return None


class _Looker:
    """A function that looks for a kind roughly: loops over lists, nothing made in them.

    Where the kind is a text in objects that can be told apart (the currency of money), it is
    left to those: `keyed` are their classes and the field.
    """

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.paths: list[str] = []
        self.keyed: dict[tuple[type[Model], str], None] = {}
        self.keys = _keys(kind)
        self.empty = "{}" if self.keys else "[]" if _is_model(kind) else "set()"
        body = self.lines(Entry, "e", "", 1, ())
        buckets = [f"b{number}" for number in range(len(self.paths))]
        given = "".join(f"{name}, " for name in buckets)
        source = [
            "def look(e):",
            *(f" {name} = {self.empty}" for name in buckets),
            *body,
            f" return ({given})",
        ]
        names: dict[str, Any] = {}
        exec(compile("\n".join(source), f"<every {kind}>", "exec"), names)  # noqa: S102 - our own text
        self.look = names["look"]
        self.convert = converter(unwrap(kind).kind)

    def __call__(self, plain: dict[str, Any]) -> list[Found]:
        """Give what is found, each with the path of its place."""
        convert = self.convert
        found: list[Found] = []
        for path, bucket in zip(self.paths, self.look(plain), strict=True):
            if bucket:
                values = bucket.values() if bucket.__class__ is dict else bucket
                found += [(path, one) for one in (values if convert is None else map(convert, values))]
        return found

    def lines(
        self, model: type[Model], name: str, prefix: str, depth: int, above: tuple[Any, ...]
    ) -> list[str]:
        """Give the lines that look into one object; a class inside itself is looked at twice."""
        lines = []
        for field in _fields(model, self.kind):
            if above.count(field.inside) > 1:
                continue
            path = f"{prefix}{field.name}{'[0]' if field.many else ''}"
            inner = f"v{depth}"
            body = [self.kept(inner, path)] if field.kind == self.kind else []
            if field.inside is not None:
                body += self.inside(field.inside, inner, path, depth + field.many + 1, (*above, field.inside))
            if not body:
                continue
            lines.append(f"{' ' * depth}if {field.name!r} in {name}:")
            there = (
                f"{inner} in {name}[{field.name!r}]:" if field.many else f"{inner} = {name}[{field.name!r}]"
            )
            lines.append(f"{' ' * depth} {'for ' if field.many else ''}{there}")
            lines += [
                f"{' ' * (depth + field.many + 1)}{line}" if not line.startswith(" ") else line
                for line in body
            ]
        return lines

    def inside(
        self, model: type[Model], name: str, path: str, depth: int, above: tuple[Any, ...]
    ) -> list[str]:
        """Give the lines that look into an object, none where others have looked at it."""
        if _keys(model) and not _is_model(self.kind):
            self.keyed.update({(model, field.name): None for field in _fields(model, self.kind)})
            return []
        return self.lines(model, name, f"{path}.", depth, above)

    def kept(self, name: str, path: str) -> str:
        """Give the line that keeps one value."""
        bucket = f"b{len(self.paths)}"
        self.paths.append(path)
        if self.keys:
            return f"{bucket}[{''.join(f'{name}.get({one!r}), ' for one in self.keys)}] = {name}"
        return f"{bucket}.{'append' if _is_model(self.kind) else 'add'}({name})"


_looker = cache(_Looker)


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
