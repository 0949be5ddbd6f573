"""Whether records may stand in an order: an answer of our own.

Lives here: a small machine over the structure tables. Each record goes to the nearest open loop
that takes it. It says yes or no about order and counts, and nothing about columns.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.catair.draft import Line
    from gateway.conformance.catair.tables import Section, Slot


@dataclass(slots=True)
class _Frame:
    """A loop that is open; `over` once a record came that ends it."""

    slots: tuple[Slot, ...]
    rank: int = -1
    counts: Counter[int] = field(default_factory=Counter)
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
        return all(self.counts[id(slot)] for slot in self.slots if slot.must and slot.guard is None)


def legal(section: Section, lines: Sequence[Line]) -> bool:
    """Tell whether records may stand in this order, each as often as it does."""
    frames = [_Frame(section.slots)]
    return all(_placed(frames, line) for line in lines) and all(frame.complete() for frame in frames)


def _placed(frames: list[_Frame], line: Line) -> bool:
    for depth in range(len(frames) - 1, -1, -1):
        frame = frames[depth]
        slot = frame.takes(line)
        if slot is None:
            continue
        if not all(one.complete() for one in frames[depth + 1 :]):
            return False
        del frames[depth + 1 :]
        frame.counts[id(slot)] += 1
        frame.rank = slot.rank
        frame.over = slot.ends
        if slot.loop:
            frames.append(_Frame(slot.parts))
        return slot.most is None or frame.counts[id(slot)] <= slot.most
    return False
