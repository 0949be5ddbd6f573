"""Cases about a record as a whole: fields that hang together, characters, repeats side by side.

Lives here: one pair for each relation, for the characters of each record and for its repeats.
Never here: single fields (`fields.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.expectation import doubtful, fault
from gateway.conformance.catair.fields import Fields, span_of
from gateway.conformance.model import Built, Case, Clause, Operator, salt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.catair.draft import Draft, Way
    from gateway.conformance.catair.parts import Field, Layout

_TEXTS = {
    "paired": "Columns {all} are filled together or not at all.",
    "exclusive": "Columns {first} and {rest} are not filled both.",
    "any": "At least one of columns {all} is filled.",
    "needs": "Where columns {first} are filled, {rest} are too.",
}
_TEXT_CLASSES = frozenset({"A", "AN", "X", "C"})


@dataclass(frozen=True, slots=True)
class Variant:
    """One filling of a record: which fields stand and which are blank, and the fault it makes."""

    id: str
    filled: tuple[str, ...]
    blank: tuple[str, ...]
    problem: str = ""
    at: str = ""


class Relations(Fields):
    """The cases about whole records of one message."""

    def statements(self) -> Iterator[tuple[Clause, Layout, tuple[Way, ...], str, tuple[Variant, ...]]]:
        """Yield clause, layout, places, label and variants of each relation and repeat."""
        for name, layout, ways in self.layouts():
            for relation, keys in layout.relations:
                variants = tuple(_related(relation, keys))
                text = _TEXTS[relation].format(all=", ".join(keys), first=keys[0], rest=", ".join(keys[1:]))
                label = "+".join(f"{name}:{key}" for key in keys)
                yield (
                    self._stated(f"{name}/{relation}:{'+'.join(keys)}", text, name),
                    layout,
                    ways,
                    label,
                    variants,
                )
            variants = tuple(_gaps(layout))
            if variants:
                text = "Repeats side by side fill from the left without a gap."
                yield self._stated(f"{name}/repeats", text, name), layout, ways, name, variants

    def _stated(self, place: str, text: str, record: str, level: int = 1) -> Clause:
        out = self.application.direction == "out"
        return Clause(
            id=f"{self.scope}/{place}",
            text=text,
            source=f"CATAIR {self.application.name} {self.application.version}, record {record}",
            force="should" if out else "must",
            who="receiver" if out else "sender",
            level=level,
        )

    def characters(self) -> Iterator[tuple[Clause, Layout, tuple[Way, ...], str, Field]]:
        """Yield each record with a text field in which characters are tried."""
        for name, layout, ways in self.layouts():
            held = [one for one in layout.fields if _is_text(one, self.composer.values.shape(one))]
            if held:
                one = held[salt(self.seed, f"{self.suite}/{name}") % len(held)]
                text = f"{name} holds capital letters, digits and signs; a text begins at its first column."
                yield self._stated(f"{name}/characters", text, name), layout, ways, name, one

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements on whole records."""
        for clause, *_ in self.statements():
            yield clause
        for clause, *_ in self.characters():
            yield clause

    def cases(self) -> Iterator[Case]:
        """Yield the cases of whole records."""
        for clause, layout, ways, label, variants in self.statements():
            for variant in variants:
                yield self._case(
                    clause,
                    f"{label}/{variant.id}",
                    variant.problem,
                    partial(self._related, layout, ways, variant),
                )
        for clause, layout, ways, label, one in self.characters():
            for variant_id, problem, text in _spelled():
                make = partial(self._spelled, layout, ways, one, text, problem)
                yield self._case(clause, f"{label}/{variant_id}", problem, make)

    def _case(self, clause: Clause, rest: str, problem: str, make: Callable[[str], Built]) -> Case:
        name = f"{self.suite}/{rest}"
        force = "should" if problem and doubtful(self.application, problem) else clause.force
        return Case(name, self.suite, (clause.id,), clause.level, force, not problem, partial(make, name))

    def _related(self, layout: Layout, ways: tuple[Way, ...], variant: Variant, name: str) -> Built:
        number = salt(self.seed, name)
        way = ways[number % len(ways)]
        by_key = {one.key: one for one in layout.fields}
        blanks = {key: " " * by_key[key].width for key in variant.blank}
        beside = tuple(
            key
            for relation, keys in layout.relations
            if relation == "any" and variant.problem == "relation/paired" and set(keys) & set(variant.blank)
            for key in [one for one in keys if one not in variant.blank][:1]
        )
        filled = {
            key: self.composer.values.padded(by_key[key], self._text(by_key[key], number))
            for key in variant.filled
        }
        draft = self.composer.compose(
            way, number, layout=layout, filled=(*variant.filled, *beside), texts={**filled, **blanks}
        )
        if not variant.problem:
            return Built(draft.written())
        return self._bad(draft, layout, by_key[variant.at], variant.problem, variant.id)

    def _text(self, one: Field, number: int) -> str:
        return self.composer.values.text(one, number)

    def _spelled(
        self, layout: Layout, ways: tuple[Way, ...], one: Field, text: str, problem: str, name: str
    ) -> Built:
        number = salt(self.seed, name)
        texts = {one.key: text[: one.width].ljust(one.width)}
        way = ways[number % len(ways)]
        draft = self.composer.compose(way, number, layout=layout, filled=(one.key,), texts=texts)
        if not problem:
            return Built(draft.written())
        return self._bad(draft, layout, one, problem, problem.replace("/", "."))

    def _bad(self, draft: Draft, layout: Layout, one: Field, problem: str, operator: str) -> Built:
        span = span_of(draft, one)
        at = (f"{draft.line.address}:{one.key}",)
        expect = fault(self.composer.root, self.application, problem, f"{layout.record}:{one.key}", at, span)
        now = draft.line.text[one.start - 1 : one.end]
        return Built(draft.written(), expect, Operator(operator.replace("/", "."), at[0], "", now))


def _is_text(one: Field, shape: str) -> bool:
    plain = not (one.codes or one.constant or one.date or shape)
    apart = {"echo", "right", "secret", "by-shape"} & set(one.words)
    return plain and not apart and one.cls in _TEXT_CLASSES and one.width > 2 and one.turn < 2


def _spelled() -> Iterator[tuple[str, str, str]]:
    """Yield (variant, problem, text) of what is tried with characters."""
    yield "characters/capitals", "", "QUAY"
    yield "characters/lower-case", "character/lower-case", "QuaY"
    yield "characters/control", "character/invalid", "Q\x07Y"
    yield "characters/blank-in-front", "justify/left", " QY"


def _related(relation: str, keys: tuple[str, ...]) -> Iterator[Variant]:
    first, *rest = keys
    if relation == "paired":
        yield Variant("paired/all", keys, ())
        for turn, key in enumerate(keys, 1):
            others = tuple(other for other in keys if other != key)
            yield Variant(f"paired/{turn}-missing", others, (key,), "relation/paired", first)
    elif relation == "exclusive":
        yield Variant("exclusive/first-alone", (first,), tuple(rest))
        yield Variant("exclusive/second-alone", tuple(rest), (first,))
        yield Variant("exclusive/both", keys, (), "relation/exclusive", first)
    elif relation == "any":
        yield Variant("any/first", (first,), ())
        yield Variant("any/none", (), keys, "relation/any", first)
    else:
        yield Variant("needs/all", keys, ())
        yield Variant("needs/missing", (first,), tuple(rest), "relation/needs", first)


def _gaps(layout: Layout) -> Iterator[Variant]:
    turns: dict[int, list[Field]] = {}
    for one in layout.fields:
        if one.turn and not one.filler:
            turns.setdefault(one.turn, []).append(one)
    if len(turns) < 3:
        return
    last = max(turns)
    keys = {turn: tuple(one.key for one in fields) for turn, fields in turns.items()}
    yield Variant("repeats/full", tuple(key for turn in turns for key in keys[turn]), ())
    blank = keys[last - 1]
    yield Variant("repeats/gap", (*keys[1], *keys[last]), blank, "turn/gap", keys[last][0])
