"""A transaction that is known to be good, cut for a table by the compiled part.

Lives here: the loops of a set as `gateway.quick` takes them; it makes the same tree as `nest.py`, of
what a table asks for. Never here: anything that judges.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.formats.x12.segment import leaf_keys
from gateway.quick import COMPILED
from gateway.segments.quick import CUTTERS, levels_of
from gateway.specs.x12_tables import Composite

if TYPE_CHECKING:
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.quick import Asked
    from gateway.quick.tree import Tree
    from gateway.segments.nodes import Body, Bounds
    from gateway.segments.quick import Line
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Segment

if COMPILED:
    from gateway.quick import segments
    from gateway.quick.lines import Cutter

COMPONENTS_MAX = 16
"""A composite has fewer; what stands behind is no leaf of a table."""


def cut(body: Body, asked: Asked, trailer: Bounds, delimiters: Delimiters, spec: X12Spec) -> Tree | None:
    """Cut a transaction that the pattern accepted; None where `nest` has to."""
    if not COMPILED:
        return None
    cutter = CUTTERS.get(asked, spec)
    if cutter is None:
        cutter = CUTTERS.keep(_cutter(spec, asked), asked, spec)
    tree = segments.cut(cutter, body.data, body.start, trailer[:2], _ways(delimiters))
    if tree is not None:
        tree.base = body.base
    return tree


@lru_cache(maxsize=64)
def _ways(one: Delimiters) -> tuple[int, ...]:
    repetition = one.repetition[0] if one.repetition else 0
    marks = one.element[0], one.terminator[0], one.component[0], repetition
    return (*marks, 0, 0, 0, len(one.terminator) - 1 + len(one.line_end))


def _cutter(spec: X12Spec, asked: Asked) -> Cutter:
    def leaves(place: Place) -> Line:
        return _leaves(place.segment, asked)

    ends = tuple(
        (one.name.encode(), 0, 0, -1, None, *_leaves(one, asked)) for one in (spec.header, spec.trailer)
    )
    return Cutter(levels_of(spec.body, leaves, _chosen), ends)


def _chosen(place: Place) -> tuple[int, tuple[bytes, ...]] | None:
    if place.qualifier is None:
        return None
    element, codes = place.qualifier
    return element, tuple(code.encode() for code in sorted(codes))


def _leaves(segment: Segment, asked: Asked) -> Line:
    """Give a segment's name and leaves by their numbers, -1 for what is not asked."""
    slots = asked.slots(segment.name)
    elements = []
    for number, key in enumerate(leaf_keys(segment), 1):
        divided = number in segment.divided
        position = segment.positions[number - 1] if divided else None
        parts = position is not None and isinstance(position.what, Composite)
        keys = [f"{key[:2]}-{part}" for part in range(1, COMPONENTS_MAX)] if parts else [key]
        found = tuple(slots.get(one, -1) for one in keys)
        repeats = position is not None and position.repeat > 1
        elements.append((parts, repeats, found, (False,) * len(found), None))
    return asked.names.get(segment.name, -1), len(slots), tuple(elements)
