"""Where each leaf of a segment stands on the wire, and what it is called.

Lives here: a segment's places in a row, repeated ones written out, each with its leaf keys:
`1004`, `C106.1004`, from the second occurrence on `C080.3036#2`. Occurrences of a composite that
a code list tells apart (CST) are keyed by the list instead: `C246-122.7361`. What no table
knows stands under its place: `@6`, `@6.2`. Never here: cutting bytes (`gateway.formats.edifact`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.specs.edifact_tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.specs.edifact_tables import Position, Segment

# Four digits are more than any segment has; a longer number is no place of ours.
_UNKNOWN = re.compile(r"@([1-9]\d{0,3})(?:\*([1-9]\d{0,3}))?(?:\.([1-9]\d{0,3}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One component of one place, or the stand-alone element itself."""

    key: str
    element: Element
    usage: str
    title: str = ""

    @property
    def name(self) -> str:
        """The name as a message has it."""
        return self.title or self.element.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One data element of a segment on the wire.

    `composite` is None for a stand-alone element, which has one cell. `turn` counts the
    places of one position from 1; `by` is the index of the cell whose code names the occurrence.
    """

    position: Position
    composite: Composite | None
    cells: tuple[Cell, ...]
    usage: str
    turn: int = 1
    by: int = -1

    @property
    def name(self) -> str:
        """The name as a message has it."""
        return self.position.title or self.position.what.name

    def keys(self, code: str) -> tuple[str, ...]:
        """Give the keys of an occurrence which the code names."""
        if self.composite is None:
            return tuple(cell.key for cell in self.cells)
        number = self.composite.number
        return tuple(f"{number}-{code}.{_bare(cell.key)}" for cell in self.cells)


def _bare(key: str) -> str:
    """Give `7361` of `C246.7361#2`."""
    return key.partition(".")[2].partition("#")[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """All slots of a segment. `places` is the way back: key to (slot, cell), from 0.

    `lists` are the codes by which the occurrences of a composite may be keyed, by composite. `keys` are those of
    each element's leaves; the first is the tag, which is none.
    """

    segment: Segment
    slots: tuple[Slot, ...]
    places: Mapping[str, tuple[int, int]]
    lists: Mapping[str, tuple[str, ...]]
    keys: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "keys", (("",), *(tuple(cell.key for cell in slot.cells) for slot in self.slots))
        )


def layout(segment: Segment, lists: Mapping[str, Mapping[str, str]]) -> Layout:
    """Lay out a segment; `lists` has the code list of each element that a `by` names."""
    slots = tuple(_slots(segment))
    places = {
        cell.key: (at, number) for at, slot in enumerate(slots) for number, cell in enumerate(slot.cells)
    }
    known = {}
    for slot in slots:
        if slot.by >= 0 and slot.composite is not None:
            element, *first = slot.position.by
            known[slot.composite.number] = tuple(dict.fromkeys([*first, *lists.get(element, {})]))
    return Layout(segment, slots, places, known)


def _slots(segment: Segment) -> Iterator[Slot]:
    seen: Counter[str] = Counter()
    for position in segment.positions:
        what = position.what
        composite = what if isinstance(what, Composite) else None
        for turn in range(1, position.repeat + 1):
            cells: list[Cell] = []
            if isinstance(what, Element):
                cells.append(_cell(seen, "", what, "M", position.title))
            else:
                for component in what.components:
                    element = component.what
                    if isinstance(element, Element):
                        cells.extend(
                            _cell(
                                seen, f"{what.number}.", element, component.usage if again == 0 else "C",
                                component.title,
                            )
                            for again in range(component.repeat)
                        )  # fmt: skip
            by = next((at for at, cell in enumerate(cells) if position.by[:1] == (cell.element.number,)), -1)
            yield Slot(
                position=position,
                composite=composite,
                cells=tuple(cells),
                usage=position.usage if turn == 1 else "C",
                turn=turn,
                by=by,
            )


def _cell(seen: Counter[str], prefix: str, element: Element, usage: str, title: str) -> Cell:
    key = prefix + element.number
    seen[key] += 1
    turn = seen[key]
    return Cell(
        key=key if turn == 1 else f"{key}#{turn}",
        element=element,
        usage=usage,
        title=title,
    )


@lru_cache(maxsize=4096)
def unknown_place(key: str) -> tuple[int, int, int] | None:
    """Read a key of what no table knows: `@6` `@6.2` `@6*2.3` as (element, repetition, component), from 1."""
    match = _UNKNOWN.fullmatch(key)
    if match is None:
        return None
    element, turn, component = (int(text or 1) for text in match.groups())
    return element, turn, component


def unknown_key(element: int, turn: int, component: int) -> str:
    """Name a place that no table knows."""
    head = f"@{element}" if turn == 1 else f"@{element}*{turn}"
    return head if component == 1 else f"{head}.{component}"
