"""Cases about the fields of a document: there or missing, their type, what they hold, known at all.

Lives here: for each field of each shape one pair for each constraint. A shape that stands in many
places is tried in one of them, drawn by the case's id.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gateway.conformance.json.document import Draft, List, Raw, text
from gateway.conformance.json.values import constraints
from gateway.conformance.model import Ack, Built, Case, Clause, Expect, Operator, Spot, salt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.json.document import Composer, Value
    from gateway.conformance.json.tables import Field
    from gateway.conformance.json.values import Trial

_UNKNOWN = "colour"


class Said(NamedTuple):
    """One statement about one place: `shape/field`, and (variant, problem, maker)."""

    where: str
    name: str
    text: str
    tried: tuple[tuple[str, str, Callable[[int], Built]], ...]
    level: int = 1


class Fields:
    """The cases of one message."""

    def __init__(self, suite: str, composer: Composer, seed: int) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.composer = composer
        self.seed = seed
        schema = composer.schema
        self.label = f"json.{schema.message}.{schema.version}"

    def clauses(self) -> Iterator[Clause]:
        """Yield what the schema says, one statement each."""
        for said in self.statements():
            yield Clause(
                id=f"{self.suite}/{said.where}/{said.name}",
                text=said.text,
                source=f"the JSON schema of {self.composer.schema.message}",
                level=said.level,
                pair=len({not problem for _, problem, _ in said.tried}) == 2,
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of each statement."""
        for said in self.statements():
            clause = f"{self.suite}/{said.where}/{said.name}"
            for variant, problem, make in said.tried:
                name = f"{self.suite}/{said.where}/{variant}"
                made = partial(self._made, name, make)
                yield Case(name, self.suite, (clause,), said.level, "must", not problem, made)

    def _made(self, name: str, make: Callable[[int], Built]) -> Built:
        return make(salt(self.seed, name))

    def statements(self) -> Iterator[Said]:
        """Yield every statement, shape by shape."""
        for shape, fields in self.composer.schema.shapes.items():
            if shape not in self.composer.ways:
                continue
            where = shape or self.composer.schema.message
            yield from self._whole(shape, where)
            for one in fields.values():
                yield from self._field(shape, f"{where}/{one.name}", one)

    # -- objects ------------------------------------------------------------------------------

    def _whole(self, shape: str, where: str) -> Iterator[Said]:
        yield Said(
            where, "known", f"{where} has the fields of its schema only.",
            (("known/smallest", "", partial(self._right, shape)),
             ("known/unknown", "field/unknown", partial(self._unknown, shape, Raw('"red"'))),
             ("known/unknown-object", "field/unknown", partial(self._unknown, shape, [("of", Raw("1"))])),
             ("known/unknown-list", "field/unknown", partial(self._unknown, shape, List([])))),
        )  # fmt: skip
        first = next(iter(self.composer.schema.shapes[shape].values()))
        yield Said(
            where, "once", f"{where} has each field once.",
            (("once/each", "", partial(self._right, shape)),
             ("once/twice", "field/duplicate", partial(self._twice, shape, first))),
        )  # fmt: skip

    def _field(self, shape: str, where: str, one: Field) -> Iterator[Said]:
        # Without the one field that a whole document has it is a document of another message.
        if one.required and shape:
            yield Said(
                where, "usage", f"{one.name} is required.",
                (("usage/present", "", partial(self._right, shape)),
                 ("usage/missing", "required/missing", partial(self._missing, shape, one))), 2,
            )  # fmt: skip
        if one.kind == "object":
            yield self._object(shape, where, one)
            return
        for said in constraints(one, len(where)):
            tried: tuple[tuple[str, str, Callable[[int], Built]], ...] = tuple(
                (t.id, t.problem, partial(self._put, shape, one, t)) for t in said.tried
            )
            if one.many and said.name == "type":
                tried += tuple(self._lists(shape, one))
            yield Said(where, said.name, f"{one.name} {said.text}.", tried, said.level)

    def _lists(self, shape: str, one: Field) -> Iterator[tuple[str, str, Callable[[int], Built]]]:
        right = self.composer.value(one, 0)
        assert isinstance(right, List)  # noqa: S101 - it is one of many
        item = right.items[0]
        yield "type/three", "", partial(self._set, shape, one, List([item] * 3), "", "")
        yield "type/empty-list", "", partial(self._set, shape, one, List([]), "", "")
        yield "type/no-list", "field/type", partial(self._set, shape, one, item, "field/type", "")
        second: Value = List([item, Raw("false")])
        yield "type/second", "field/type", partial(self._set, shape, one, second, "field/type", "second")

    def _object(self, shape: str, where: str, one: Field) -> Said:
        right = self.composer.value(one, 0)
        inner = right.items[0] if isinstance(right, List) else right
        wrong: list[tuple[str, Value, str]] = [
            ("string", List([text("red")]) if one.many else text("red"), ""),
            ("number", List([Raw("7")]) if one.many else Raw("7"), ""),
            ("no-list" if one.many else "list", inner if one.many else List([inner]), "extent"),
        ]
        if one.required:
            wrong.append(("null", Raw("null"), ""))
        tried = [("type/right", "", partial(self._set, shape, one, right, "", ""))]
        if one.nullable and not one.required:
            tried.append(("type/null", "", partial(self._set, shape, one, Raw("null"), "", "")))
        if one.many:
            tried.append(("type/empty-list", "", partial(self._set, shape, one, List([]), "", "")))
            tried.append(("type/three", "", partial(self._set, shape, one, List([inner] * 3), "", "")))
        tried += [
            (f"type/{name}", "field/type", partial(self._set, shape, one, value, "field/type", at))
            for name, value, at in wrong
        ]
        told = "a list of objects" if one.many else "an object"
        return Said(where, "type", f"{one.name} is {told}.", tuple(tried))

    # -- making -------------------------------------------------------------------------------

    def _right(self, shape: str, number: int) -> Built:
        draft = self.composer.compose(shape, number)
        return Built(draft.written(), self.right())

    def _unknown(self, shape: str, value: Value, number: int) -> Built:
        draft = self.composer.compose(shape, number)
        draft.focus.append((_UNKNOWN, value))
        data = draft.written()
        start, end = draft.spans[*draft.path, _UNKNOWN]
        # A list is told by its bracket, where it has no items.
        span = (start, start + 1) if isinstance(value, List) else (start, end)
        operator = Operator("field.insert", draft.place(_UNKNOWN), "", _UNKNOWN)
        return Built(data, self.bad(draft, _UNKNOWN, "field/unknown", span), operator)

    def _twice(self, shape: str, one: Field, number: int) -> Built:
        draft = self.composer.compose(shape, number)
        draft.put(one.name, self.composer.value(one, number))
        first = draft.focus.pop(next(at for at, pair in enumerate(draft.focus) if pair[0] == one.name))
        draft.focus[:0] = [first, first]
        data = draft.written()
        span = draft.keys[*draft.path, one.name]
        operator = Operator("field.repeat", draft.place(one.name), one.name, one.name)
        return Built(data, self.bad(draft, one.name, "field/duplicate", span), operator)

    def _missing(self, shape: str, one: Field, number: int) -> Built:
        draft = self.composer.compose(shape, number)
        draft.drop(one.name)
        data = draft.written()
        span = draft.spans[draft.path]
        operator = Operator("field.drop", draft.place(one.name), one.name)
        return Built(data, self.bad(draft, one.name, "required/missing", span), operator)

    def _put(self, shape: str, one: Field, trial: Trial, number: int) -> Built:
        value = Raw(trial.text)
        whole: Value = List([value]) if one.many else value
        at = "item" if one.many or trial.id == "type/list" else ""
        return self._set(shape, one, whole, trial.problem, at, number, trial.text)

    def _set(
        self, shape: str, one: Field, value: Value, problem: str, at: str, number: int, told: str = ""
    ) -> Built:
        """Put a value; `at` says whether the whole of it is told, or its first or second item."""
        draft = self.composer.compose(shape, number)
        draft.put(one.name, value)
        data = draft.written()
        if not problem:
            return Built(data, self.right())
        path = (*draft.path, one.name)
        span, item = draft.spans[path], 0
        if at == "second":
            span, item = draft.spans[*path, 1], 1
        elif at == "item":
            begin = span[0] + 1
            span = draft.spans.get((*path, 0), (begin, span[1] - 1))
        elif isinstance(value, List) and value.items:
            span = draft.spans[*path, 0]
        operator = Operator(problem.replace("/", "."), draft.place(one.name), "", told or "another type")
        return Built(data, self.bad(draft, one.name, problem, span, item), operator)

    # -- expecting ------------------------------------------------------------------------------

    def right(self) -> Expect:
        """Expect a document without a finding."""
        return Expect("accepted", (), Ack("acknowledgement", (("accepted", "true"),)))

    def bad(self, draft: Draft, name: str, problem: str, span: tuple[int, int], item: int = 0) -> Expect:
        """Expect one finding about a field of the object looked at."""
        place = draft.place(name, item)
        path = "/".join(step for step in (*draft.path, name) if isinstance(step, str))
        code = f"{self.label}/{path}/{problem}"
        spot = Spot(problem.replace("/", "."), (place,), span)
        ack = Ack("acknowledgement", (("accepted", "false"), ("finding", code)))
        return Expect("rejected", (spot,), ack, place)
