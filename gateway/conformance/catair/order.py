"""Whether records may stand in an order: an answer of our own.

Lives here: a small machine over the structure tables. Each record goes to the nearest open loop
that takes it. It says yes or no about order and counts, and nothing about columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.catair.draft import Line
    from gateway.conformance.catair.parts import Section, Slot


Way = tuple["Slot", ...]


@dataclass(slots=True)
class _Frame:
    """A loop that is open, and the way to it; `over` once a record came that ends it."""

    slots: tuple[Slot, ...]
    way: Way = ()
    rank: int = -1
    counts: dict[int, int] = field(default_factory=dict)
    over: bool = False

    def takes(self, line: Line) -> Slot | None:
        """Give the slot that a record goes to, None where there is none left."""
        for slot in self.slots:
            if slot.name == line.name and (slot.choice is None or slot.choice.holds(line.text)):
                if self.over or slot.rank < self.rank:
                    continue
                return slot
        return None

    def complete(self) -> bool:
        """Tell whether what must stand has come."""
        return all(id(slot) in self.counts for slot in self.slots if slot.must and slot.guard is None)


def legal(section: Section, lines: Sequence[Line]) -> bool:
    """Tell whether records may stand in this order, each as often as it does."""
    return ways(section, lines) is not None


def ways(section: Section, lines: Sequence[Line]) -> list[Way] | None:
    """Give the way to the slot that each record goes to, None where one cannot stand or one is missing."""
    frames = [_Frame(section.slots)]
    found: list[Way] = []
    for line in lines:
        way = _placed(frames, line)
        if way is None:
            return None
        found.append(way)
    return found if all(frame.complete() for frame in frames) else None


def _placed(frames: list[_Frame], line: Line) -> Way | None:
    for depth in range(len(frames) - 1, -1, -1):
        frame = frames[depth]
        slot = frame.takes(line)
        if slot is None:
            continue
        if depth + 1 < len(frames):
            if not all(one.complete() for one in frames[depth + 1 :]):
                return None
            del frames[depth + 1 :]
        count = frame.counts[id(slot)] = frame.counts.get(id(slot), 0) + 1
        frame.rank = slot.rank
        frame.over = slot.ends
        way = (*frame.way, slot)
        if slot.loop:
            frames.append(_Frame(slot.parts, way))
        return way if slot.most is None or count <= slot.most else None
    return None
