"""Transactions made from the tables: good ones, and copies that break one constraint each.

A case is small: the mandatory parts of the set, and the way to the place that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.elements import broken
from gateway.specs.x12_tables import Composite, Element
from tests.formats.x12.support import SPECS, group, interchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Position, Relation, Segment

COUNT_MAX = 40  # a place that may stand more often is not filled up
COMPONENT = ">"
SEARCH_MAX = 10


class Case(NamedTuple):
    """A broken transaction: its segments, and the one finding that it gives."""

    name: str
    body: list[list[str]]
    code: str
    segment: int
    element: int = 0
    component: int = 0


@dataclass(slots=True)
class Written:
    """A segment in a transaction that is being made: its place and its elements."""

    place: Place
    way: tuple[Place, ...]
    elements: list[str]


def text(element: Element, length: int = 0) -> str:
    """Give a good value, of that length where the type allows one."""
    size = length or max(element.length_min, 1)
    if element.codes is not None and not length:
        return next(code for code in element.codes if element.length_min <= len(code) <= element.length_max)
    if element.kind == "DT":
        return "20261125" if element.length_max >= 8 else "261125"
    if element.kind == "TM":
        return "0930"
    return ("1" if element.kind[0] in "NR" else "A") * size


def present(positions: Sequence[Position], relations: Sequence[Relation], also: int = 0) -> list[bool]:
    """Choose the positions to fill: the mandatory ones, `also`, and what relations then want."""
    chosen = [position.usage == "M" for position in positions]
    if also:
        chosen[also - 1] = True
    for _ in range(len(positions) + 1):
        at = next((one for one in relations if broken(one, chosen)), None)
        if at is None:
            return chosen
        wanted = at.positions if at.kind in "PC" else (at.positions[1 if at.kind == "L" else 0],)
        if at.kind == "E":
            wanted = ()
            for position in at.positions:
                if position != also and positions[position - 1].usage != "M":
                    chosen[position - 1] = False
        for position in wanted:
            chosen[position - 1] = True
    return search(positions, relations, also) or chosen


def search(positions: Sequence[Position], relations: Sequence[Relation], also: int) -> list[bool] | None:
    """Find a filling that keeps every relation by trying all, where relations pull both ways."""
    size = len(positions)
    if size > SEARCH_MAX:
        return None
    for chosen in sorted(product((False, True), repeat=size), key=sum):
        mandatory = all(
            stands or position.usage != "M" for stands, position in zip(chosen, positions, strict=True)
        )
        if mandatory and (not also or chosen[also - 1]) and not any(broken(one, chosen) for one in relations):
            return list(chosen)
    return None


def composite(spec: Composite, also: int = 0) -> list[str]:
    """Give the components of a good composite."""
    chosen = present(spec.components, spec.relations, also)
    if not any(chosen):
        chosen[0] = True
    found = [
        text(one.what) if stands and isinstance(one.what, Element) else ""
        for one, stands in zip(spec.components, chosen, strict=True)
    ]
    return cut(found)


def elements(spec: Segment, also: int = 0) -> list[str]:
    """Give the elements of a good segment; `also` is filled too."""
    chosen = present(spec.positions, spec.relations, also)
    if spec.positions and not any(chosen):
        chosen = present(spec.positions, spec.relations, 1)
    found = []
    for position, stands in zip(spec.positions, chosen, strict=True):
        if not stands:
            found.append("")
        elif isinstance(position.what, Composite):
            found.append(COMPONENT.join(composite(position.what)))
        else:
            found.append(text(position.what))
    return cut(found) or ["A"]


def cut(found: list[str]) -> list[str]:
    """Leave out what is empty at the end."""
    while found and not found[-1]:
        found.pop()
    return found


def body(
    parts: Sequence[Place], way: tuple[Place, ...], target: tuple[Place, ...], times: int = 1
) -> Iterator[Written]:
    """Yield the mandatory segments of one level, and those on the way to `target`, it `times` times."""
    for place in parts:
        here = (*way, place)
        on_way = target[: len(here)] == here
        if place.usage != "M" and not on_way:
            continue
        for _ in range(times if target == here else 1):
            yield Written(place, here, elements(place.segment))
            if place.loop:
                yield from body(place.parts, here, target, times)


def places(parts: Sequence[Place], way: tuple[Place, ...] = ()) -> Iterator[tuple[Place, ...]]:
    """Yield the way to every place of a set."""
    for place in parts:
        here = (*way, place)
        yield here
        yield from places(place.parts, here)


def address(way: tuple[Place, ...]) -> str:
    """Give the address of a place."""
    return "/".join(place.name for place in way)


def good(spec: X12Spec, target: tuple[Place, ...] = (), times: int = 1) -> list[Written]:
    """Give a good transaction that has the place `target`."""
    return list(body(spec.body, (), target, times))


def cases(spec: X12Spec) -> Iterator[Case]:
    """Yield a case for each constraint of a set."""
    scope = f"x12.{spec.message}.{spec.version}"
    for way in places(spec.body):
        made = good(spec, way)
        at = next(number for number, one in enumerate(made) if one.way == way)
        place = way[-1]
        for case in element_cases(place.segment):
            changed = [[one.place.name, *one.elements] for one in made]
            changed[at] = [place.name, *case.body[0]]
            key = f"-{case.element:02}" + (f"-{case.component}" if case.component else "")
            code = f"{scope}/{address(way)}{key}/{case.code}"
            yield Case(
                f"{address(way)}{key} {case.name}", changed, code, at + 2, case.element, case.component
            )
        yield from structure_cases(spec, way, scope)


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


def element_cases(spec: Segment) -> Iterator[Case]:
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
    if not any(isinstance(one.what, Composite) for one in spec.positions[-1:]):
        many = elements(spec, len(spec.positions))
        if len(many) == len(spec.positions):
            extra = len(many) + 1
            yield Case("one element more", [[*many, "A"]], "element/too-many", 0, extra)
    for relation in spec.relations:
        yield from relation_case(spec, relation)


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


def relation_case(spec: Segment, relation: Relation) -> Iterator[Case]:
    """Yield a segment that breaks this relation and no other."""
    others = [one for one in spec.relations if one is not relation]
    size = len(spec.positions)
    for chosen in choices(spec, relation):
        bad = broken(relation, chosen)
        if not bad or any(broken(one, chosen) for one in others):
            continue
        if not any(chosen):
            continue
        found = []
        for position, stands in zip(spec.positions, chosen, strict=True):
            if not stands:
                found.append("")
            elif isinstance(position.what, Composite):
                found.append(COMPONENT.join(composite(position.what)))
            else:
                found.append(text(position.what))
        assert len(found) == size
        yield Case(relation.name, [cut(found)], f"relation/{relation.kind}", 0, bad)
        return


def choices(spec: Segment, relation: Relation) -> Iterator[list[bool]]:
    """Yield ways to fill a segment that may break a relation."""
    base = [position.usage == "M" for position in spec.positions]
    for also in range(len(spec.positions) + 1):
        for dropped in (None, *relation.positions):
            filled = present(spec.positions, [one for one in spec.relations if one is not relation], also)
            if also == 0 and dropped is None:
                filled = list(base)
            if relation.kind == "E":
                for position in relation.positions[:2]:
                    filled[position - 1] = True
            if dropped is not None:
                if spec.positions[dropped - 1].usage == "M":
                    continue
                filled[dropped - 1] = False
            yield filled


def file(spec: X12Spec, segments: Sequence[Sequence[str]]) -> bytes:
    """Put a transaction into an interchange of its release."""
    lines = ["*".join(one) for one in segments]
    inside = [f"ST*{spec.message}*0001", *lines, f"SE*{len(lines) + 2}*0001"]
    later = spec.version >= "004020"
    return interchange(
        group(inside, code=spec.groups[0], release=spec.version),
        version=spec.version[:5],
        repetition="^" if later else "U",
    ).encode("latin-1")


def own_sets() -> list[X12Spec]:
    """List each set in each release whose tables change it, the ones that an analyst wrote."""
    found = []
    for message, versions in SPECS.versions("x12").items():
        for version in versions:
            table = SPECS.root / "edi_specs" / "x12" / version / f"{message}.set"
            spec = SPECS.message("x12", message, version)
            if spec is not None and (table.exists() or version in {"005020", "006050", "007010"}):
                found.append(spec)
    return found
