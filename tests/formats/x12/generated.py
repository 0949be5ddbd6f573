"""Transactions made from the tables: the mandatory parts of a set, and the way to the place that one is about."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from gateway.formats.x12.elements import broken
from gateway.specs.x12_tables import Composite, Element
from tests.formats.x12.support import SPECS, group, interchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Position, Relation, Segment

COMPONENT = ">"
REPETITION = "^"
REPEATS_SINCE = "004020"
SEARCH_MAX = 10


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


def file(spec: X12Spec, segments: Sequence[Sequence[str]]) -> bytes:
    """Put a transaction into an interchange of its release."""
    lines = ["*".join(one) for one in segments]
    inside = [f"ST*{spec.message}*0001", *lines, f"SE*{len(lines) + 2}*0001"]
    later = spec.version >= REPEATS_SINCE
    return interchange(
        group(inside, code=spec.groups[0], release=spec.version),
        version=spec.version[:5],
        repetition=REPETITION if later else "U",
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
