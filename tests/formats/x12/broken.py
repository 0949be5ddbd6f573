"""Copies of good transactions, each with one constraint of its set broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.elements import broken
from gateway.specs.x12_tables import Composite, Element
from tests.formats.x12.generated import (
    COMPONENT,
    REPEATS_SINCE,
    REPETITION,
    address,
    composite,
    cut,
    elements,
    good,
    places,
    present,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Position, Relation, Segment

COUNT_MAX = 40  # a place that may stand more often is not filled up
ENVELOPE_SEGMENTS = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"})


class Case(NamedTuple):
    """A broken transaction: its segments, and the one finding that it gives."""

    name: str
    body: list[list[str]]
    code: str
    segment: int
    element: int = 0
    component: int = 0

    @property
    def problem(self) -> str:
        """What is wrong: the last two words of the finding's code."""
        return "/".join(self.code.rsplit("/", 2)[1:])


def cases(spec: X12Spec) -> Iterator[Case]:
    """Yield a case for each constraint of a set."""
    scope = f"x12.{spec.message}.{spec.version}"
    for way in places(spec.body):
        made = good(spec, way)
        at = next(number for number, one in enumerate(made) if one.way == way)
        place = way[-1]
        for case in element_cases(place.segment, repeats=spec.version >= REPEATS_SINCE):
            changed = [[one.place.name, *one.elements] for one in made]
            changed[at] = [place.name, *case.body[0]]
            key = f"-{case.element:02}" + (f"-{case.component}" if case.component else "")
            code = f"{scope}/{address(way)}{key}/{case.code}"
            yield Case(
                f"{address(way)}{key} {case.name}", changed, code, at + 2, case.element, case.component
            )
        yield from structure_cases(spec, way, scope)
    yield from stray_cases(spec, scope)


def stray_cases(spec: X12Spec, scope: str) -> Iterator[Case]:
    """Yield a case for a segment that no release has, and for one that another set has."""
    written = good(spec) or good(spec, spec.body[:1])
    made = [[one.place.name, *one.elements] for one in written]
    last = written[-1].way
    around = [place.name for place in (last if last[-1].loop else last[:-1])]
    names = sorted(name for name in spec.dictionary.segments if name not in ENVELOPE_SEGMENTS)
    other = next(name for name in names if name not in spec.segment_ids)
    for name, word in (("ZZZ", "unknown"), (other, "not-in-set")):
        code = "/".join([scope, *around, name, "segment", word])
        yield Case(f"{name} {word}", [*made, [name, "A"]], code, len(made) + 2)


def structure_cases(spec: X12Spec, way: tuple[Place, ...], scope: str) -> Iterator[Case]:
    """Yield a case for a place that is missing, and for one that stands too often."""
    place = way[-1]
    made = good(spec, way)
    at = next(number for number, one in enumerate(made) if one.way == way)
    if place.usage == "M":
        kept = [one for one in made if one.way[: len(way)] != way]
        word = "loop" if place.loop and place.parts else "segment"
        yield Case(
            f"{address(way)} missing",
            [[one.place.name, *one.elements] for one in kept],
            f"{scope}/{address(way)}/{word}/missing",
            at + 2,
        )
    if place.count_max is not None and place.count_max <= COUNT_MAX and not clashes(way, spec):
        many = good(spec, way, place.count_max + 1)
        last = [number for number, one in enumerate(many) if one.way == way][-1]
        word = "loop" if place.loop else "segment"
        yield Case(
            f"{address(way)} too many",
            [[one.place.name, *one.elements] for one in many],
            f"{scope}/{address(way)}/{word}/too-many",
            last + 2,
        )


def clashes(way: tuple[Place, ...], spec: X12Spec) -> bool:
    """Tell whether one more of a place would rightly stand in a loop around it."""
    name = way[-1].name
    levels = [spec.body, *(place.parts for place in way[:-1])]
    for level, here in zip(levels, way, strict=True):
        later = level[level.index(here) :]
        if any(place.name == name and place is not way[-1] for place in later):
            return True
    return any(place.name == name for place in way[:-1])


def element_cases(spec: Segment, *, repeats: bool) -> Iterator[Case]:
    """Yield cases for the elements of one segment; `body` has just its elements, `code` the problem."""
    if spec.open:
        return
    for number, position in enumerate(spec.positions, 1):
        filled = elements(spec, number)
        if len(filled) < number or not filled[number - 1]:
            continue
        if position.usage == "M":
            yield Case("missing", [with_value(filled, number, "")], "element/missing", 0, number)
        if position.usage == "N":
            continue
        for value, problem, component in wrong_values(position):
            yield Case(problem, [with_value(filled, number, value)], problem, 0, number, component)
    yield from divided_cases(spec, repeats=repeats)
    many = elements(spec, len(spec.positions))
    if len(many) == len(spec.positions) and not isinstance(spec.positions[-1].what, Composite):
        yield Case("one element more", [[*many, "A"]], "element/too-many", 0, len(many) + 1)
    for relation in spec.relations:
        for found, bad in broken_fillings(spec.positions, spec.relations, relation):
            yield Case(relation.name, [found], f"relation/{relation.kind}", 0, bad)


def divided_cases(spec: Segment, *, repeats: bool) -> Iterator[Case]:
    """Yield a case for a simple element with two components, and for one that repeats too often."""
    filled = elements(spec)
    for number, position in enumerate(spec.positions, 1):
        if position.usage == "N" or number > len(filled) or not filled[number - 1]:
            continue
        if isinstance(position.what, Element):
            value = COMPONENT.join([filled[number - 1]] * 2)
            yield Case("two components", [with_value(filled, number, value)], "element/components", 0, number)
        if repeats:
            value = REPETITION.join([filled[number - 1]] * (position.repeat + 1))
            yield Case("repeats", [with_value(filled, number, value)], "element/repeats", 0, number)
        return


def with_value(found: list[str], number: int, value: str) -> list[str]:
    """Give the elements with one of them changed."""
    return cut([*found[: number - 1], value, *found[number:]])


def wrong_values(position: Position) -> Iterator[tuple[str, str, int]]:
    """Yield (value, problem, component) for each way in which an element can be wrong."""
    what = position.what
    if isinstance(what, Composite):
        for number, component in enumerate(what.components, 1):
            filled = composite(what, number)
            if not isinstance(component.what, Element) or len(filled) < number or not filled[number - 1]:
                continue
            for value, problem in wrong_texts(component.what):
                yield COMPONENT.join(with_value(filled, number, value)), problem, number
        yield from wrong_parts(what)
        return
    for value, problem in wrong_texts(what):
        yield value, problem, 0


def wrong_texts(element: Element) -> Iterator[tuple[str, str]]:
    """Yield (value, problem) for one simple element."""
    most = element.length_max
    if element.kind == "DT":
        yield "20261325", "type/date"
    elif element.kind == "TM":
        yield "2561", "type/time"
    elif element.kind[0] in "NR":
        yield "1" * (most + 1), "element/too-long"
        yield "A" * max(element.length_min, 1), "type/number"
    else:
        if most <= 300:
            yield "A" * (most + 1), "element/too-long"
        yield "\x07" * max(element.length_min, 1), "type/characters"
        unknown = next(
            (word for word in (letter * most for letter in "!&?") if word not in (element.codes or {})), ""
        )
        if element.codes is not None and unknown:
            yield unknown, "code/unknown" if element.closed else "code/unlisted"
    if element.length_min > 1 and element.kind not in {"DT", "TM"}:
        letter = "1" if element.kind[0] in "NR" else "A"
        yield letter * (element.length_min - 1), "element/too-short"


def wrong_parts(what: Composite) -> Iterator[tuple[str, str, int]]:
    """Yield (value, problem, component) for each way in which a composite can be wrong as a whole."""
    size = len(what.components)
    for number, component in enumerate(what.components, 1):
        other = next(at for at in (*range(size, 0, -1), 0) if at != number)
        filled = composite(what, other) if other else []
        if component.usage == "M" and any(filled[: number - 1] + filled[number:]):
            yield COMPONENT.join(with_value(filled, number, "")), "element/missing", number
    for relation in what.relations:
        for found, bad in broken_fillings(what.components, what.relations, relation):
            yield COMPONENT.join(found), f"relation/{relation.kind}", bad
    many = composite(what, size)
    yield COMPONENT.join([*many, *[""] * (size - len(many)), "A"]), "element/components", 0


def broken_fillings(
    positions: Sequence[Position], relations: Sequence[Relation], relation: Relation
) -> Iterator[tuple[list[str], int]]:
    """Yield one filling that breaks this relation and no other, and the position that is to blame."""
    others = [one for one in relations if one is not relation]
    for chosen in choices(positions, relations, relation):
        bad = broken(relation, chosen)
        if not bad or any(broken(one, chosen) for one in others) or not any(chosen):
            continue
        found = []
        for position, stands in zip(positions, chosen, strict=True):
            if not stands:
                found.append("")
            elif isinstance(position.what, Composite):
                found.append(COMPONENT.join(composite(position.what)))
            else:
                found.append(text(position.what))
        yield cut(found), bad
        return


def choices(
    positions: Sequence[Position], relations: Sequence[Relation], relation: Relation
) -> Iterator[list[bool]]:
    """Yield ways to fill a segment or composite that may break a relation."""
    base = [position.usage == "M" for position in positions]
    for also in range(len(positions) + 1):
        for dropped in (None, *relation.positions):
            filled = present(positions, [one for one in relations if one is not relation], also)
            if also == 0 and dropped is None:
                filled = list(base)
            if relation.kind == "E":
                for position in relation.positions[:2]:
                    filled[position - 1] = True
            if dropped is not None:
                if positions[dropped - 1].usage == "M":
                    continue
                filled[dropped - 1] = False
            yield filled
