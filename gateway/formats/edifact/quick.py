"""A message that is known to be good, cut for a table by the compiled part.

Lives here: the groups of a message as `gateway.quick` takes them; it makes the same tree as
`grammar.build`, of what a table asks for. Never here: anything that judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.quick import COMPILED
from gateway.segments.quick import CUTTERS, levels_of

if TYPE_CHECKING:
    from gateway.formats.edifact.notation import Notation
    from gateway.quick import Asked
    from gateway.quick.tree import Tree
    from gateway.segments.nodes import Body, Bounds
    from gateway.segments.quick import Element, Line
    from gateway.specs.edifact import EdifactSpec, Place
    from gateway.specs.edifact_keys import Layout, Slot

if COMPILED:
    from gateway.quick import segments
    from gateway.quick.lines import Cutter

LETTERS = {"utf-8": 1, "latin-1": 2}
"""Repertoires that are taken beyond ASCII; all others are ASCII with more letters."""


def cut(body: Body, asked: Asked, trailer: Bounds, notation: Notation, spec: EdifactSpec) -> Tree | None:
    """Cut a message that the patterns accepted; None where `build` has to."""
    if not COMPILED:
        return None
    cutter = CUTTERS.get(asked, spec, notation.service)
    if cutter is None:
        cutter = CUTTERS.keep(_cutter(spec, notation, asked), asked, spec, notation.service)
    tree = segments.cut(cutter, body.data, body.start, trailer[:2], _ways(notation))
    if tree is not None:
        tree.base = body.base
    return tree


def _ways(notation: Notation) -> tuple[int, ...]:
    marks, letters = notation.delimiters, LETTERS.get(notation.codec, 0)
    repetition = notation.repetition[0] if notation.repetition else 0
    release = marks.release[0] if marks.release else 0
    bytes_ = marks.element[0], marks.terminator[0], marks.component[0], repetition, release
    return (*bytes_, int(notation.comma), letters, -1)


def _cutter(spec: EdifactSpec, notation: Notation, asked: Asked) -> Cutter:
    service = notation.service.layouts

    def leaves(place: Place) -> Line:
        return _leaves(place.name, place.layout, asked)

    ends = tuple((tag.encode(), 0, 0, -1, None, *_leaves(tag, service[tag], asked)) for tag in ("UNH", "UNT"))
    return Cutter(levels_of(spec.body, leaves, _chosen), ends)


def _chosen(place: Place) -> tuple[int, tuple[bytes, ...]] | None:
    if place.qualifier is None:
        return None
    slot, code = place.qualifier
    return slot + 1, (code.encode(),)


def _leaves(name: str, layout: Layout, asked: Asked) -> Line:
    """Give a segment's name and leaves by their numbers, -1 for what is not asked."""
    slots = asked.slots(name)
    elements = tuple(_element(slot, layout, slots) for slot in layout.slots)
    return asked.names.get(name, -1), len(slots), elements


def _element(slot: Slot, layout: Layout, slots: dict[str, int]) -> Element:
    found = tuple(slots.get(cell.key, -1) for cell in slot.cells)
    numeric = tuple(cell.element.numeric for cell in slot.cells)
    named = None
    if slot.by >= 0 and slot.composite is not None:
        codes = layout.lists.get(slot.composite.number, ())
        rows = tuple(tuple(slots.get(key, -1) for key in slot.keys(code)) for code in codes)
        named = (slot.by, tuple(code.encode() for code in codes), rows)
    return True, True, found, numeric, named
