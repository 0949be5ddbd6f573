"""A transaction that is known to be good, cut for a table by the compiled part.

Lives here: the loops of a set as `gateway.quick` takes them; it makes the same tree as `nest.py`, of
what a table asks for. Never here: anything that judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from gateway.formats.x12.segment import leaf_keys
from gateway.quick import COMPILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.quick import Asked
    from gateway.quick.segments import Cutter
    from gateway.quick.tree import Tree
    from gateway.segments.nodes import Body, Bounds
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Segment

if COMPILED:
    from gateway.quick import segments

_CUTTERS: WeakKeyDictionary[Asked, dict[int, tuple[X12Spec, Cutter]]] = WeakKeyDictionary()


def cut(body: Body, asked: Asked, *, trailer: Bounds, delimiters: Delimiters, spec: X12Spec) -> Tree | None:
    """Cut a transaction that the pattern accepted; None where `nest` has to."""
    if not COMPILED:
        return None
    one = delimiters
    marks = (one.element[0], one.terminator[0], one.component[0], one.repetition[0] if one.repetition else 0)
    gap = len(one.terminator) + len(one.line_end)
    tree = segments.cut(cutter_of(spec, asked), body.data, body.start, trailer[:2], marks, gap)
    if tree is not None:
        tree.base = body.base
    return tree


def cutter_of(spec: X12Spec, asked: Asked) -> Cutter:
    """Give the loops of a set as a table asks for them; kept as long as the table."""
    made = _CUTTERS.setdefault(asked, {})
    found = made.get(id(spec))
    if found is None:
        # The spec is kept beside them, so that its id stays its own.
        found = made[id(spec)] = (spec, _cutter(spec, asked))
    return found[1]


def _cutter(spec: X12Spec, asked: Asked) -> Cutter:
    levels: list[Any] = []

    def level(parts: Sequence[Place]) -> int:
        number = len(levels)
        levels.append(None)
        levels[number] = tuple(
            (
                place.name.encode(),
                line,
                place.count_max or 0,
                level(place.parts) if place.loop else -1,
                _chosen(place),
                *_leaves(place.segment, asked),
            )
            for line, place in enumerate(parts)
        )
        return number

    level(spec.body)
    ends = tuple(
        (one.name.encode(), 0, 0, -1, None, *_leaves(one, asked)) for one in (spec.header, spec.trailer)
    )
    return segments.Cutter(tuple(levels), ends)


def _chosen(place: Place) -> tuple[int, tuple[bytes, ...]] | None:
    if place.qualifier is None:
        return None
    element, codes = place.qualifier
    return element, tuple(code.encode() for code in sorted(codes))


def _leaves(segment: Segment, asked: Asked) -> tuple[int, int, tuple[int, ...], tuple[bool, ...]]:
    """Give a segment's name and leaves by their numbers, -1 for what is not asked."""
    slots = asked.slots(segment.name)
    keys = leaf_keys(segment)
    divided = tuple(number in segment.divided for number in range(1, len(keys) + 1))
    return asked.names.get(segment.name, -1), len(slots), tuple(slots.get(key, -1) for key in keys), divided
