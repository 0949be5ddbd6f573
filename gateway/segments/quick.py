"""Specs for the compiled part: loops and their lines, as `gateway.quick.lines` takes them.

Lives here: what X12 and EDIFACT have in common of that. Never here: how a segment is cut into leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.quick import Asked
    from gateway.quick.lines import Cutter
    from gateway.segments.placing import P

Element = tuple[bool, bool, tuple[int, ...], tuple[bool, ...], Any]
"""Divided, repeats, slots by component, numbers by component, what names an occurrence."""
Line = tuple[int, int, tuple[Element, ...]]
"""What is kept of a segment: the number of its node's name, how many slots, its elements."""
Chosen = tuple[int, tuple[bytes, ...]] | None
"""The element, from 1, whose text chooses a line, and those texts."""


class Cutters:
    """Cutters of one process, each kept as long as the table that asks."""

    def __init__(self) -> None:
        """Begin with none."""
        self._made: WeakKeyDictionary[Asked, dict[tuple[int, int], tuple[object, object, Cutter]]] = (
            WeakKeyDictionary()
        )

    def get(self, asked: Asked, spec: object, more: object = None) -> Cutter | None:
        """Give the cutter of a spec for a table; `more` is what else it depends on."""
        made = self._made.get(asked)
        found = made.get((id(spec), id(more))) if made is not None else None
        return found[2] if found is not None else None

    def keep(self, cutter: Cutter, asked: Asked, spec: object, more: object = None) -> Cutter:
        """Keep a cutter, and what it was made of beside it, so that their ids stay their own."""
        self._made.setdefault(asked, {})[id(spec), id(more)] = (spec, more, cutter)
        return cutter


CUTTERS = Cutters()


def levels_of(
    body: Sequence[P], leaves: Callable[[P], Line], chosen: Callable[[P], Chosen]
) -> tuple[tuple[Any, ...], ...]:
    """Write every loop of a message: the message itself first, each line with the number of its loop."""
    levels: list[tuple[Any, ...]] = []

    def level(parts: Sequence[P]) -> int:
        number = len(levels)
        levels.append(())
        levels[number] = tuple(
            (
                place.tag.encode(),
                line,
                place.count_max or 0,
                level(place.parts) if place.loop else -1,
                chosen(place),
                *leaves(place),
            )
            for line, place in enumerate(parts)
        )
        return number

    level(body)
    return tuple(levels)
