"""A message's segments in their loops, each with its address.

Lives here: the nodes that the walk asks for, and the turns that addresses count. Never here: what
is wrong (`judge.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.segments.nodes import Loop, SegmentNode
from gateway.segments.placing import P, S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.segments.placing import Misplaced
    from gateway.segments.walker import Walker
    from gateway.tree import Node


N = TypeVar("N", bound=SegmentNode)


@dataclass(slots=True)
class Tree(Generic[P, N]):
    """A message's nodes, and beside each segment its place and its address, with turns and without."""

    children: list[Node]
    segments: list[N]
    places: list[P | None]
    addresses: list[str]
    concrete: list[str]
    misplaced: list[Misplaced]


class Loops(Generic[P, S]):
    """Makes loop nodes when their first segment comes, and counts turns for addresses."""

    def __init__(self, walker: Walker[P, S]) -> None:
        """Begin with the message itself."""
        self.walker = walker
        self.top: list[Node] = []
        self._made: dict[int, tuple[list[Node], str, Counter[str]]] = {0: (self.top, "", Counter())}

    def put(self, number: int, place: P | None, segment: Node) -> str:
        """Put a segment into loop `number`; give its address: that of the loop where it opens it."""
        children, prefix, turns = self.loop(number)
        leader = place is not None and place.loop and not children
        address = prefix if leader else numbered(prefix, segment.name, turns)
        if leader:
            turns[segment.name] += 1
        children.append(segment)
        return address

    def loop(self, number: int) -> tuple[list[Node], str, Counter[str]]:
        """Give children, address and turns of a loop."""
        made = self._made.get(number)
        if made is None:
            parent, place = self.walker.loops[number]
            children, prefix, turns = self.loop(parent)
            loop = Loop(place.name if place is not None else "")
            children.append(loop)
            made = self._made[number] = (loop.children, numbered(prefix, loop.name, turns), Counter())
        return made


def owners_of(walker: Walker[P, S], count: int) -> list[tuple[int, P | None]]:
    """Give (loop, place) of each of `count` segments: the walk saw all but the header and perhaps a trailer.

    Those two stand in the message itself.
    """
    outside: tuple[int, P | None] = (0, None)
    return [outside, *walker.owners, outside][:count]


def arranged(walker: Walker[P, S], segments: Sequence[N]) -> Tree[P, N]:
    """Put the segments of a message, header and trailer included, where a walk that has run says."""
    loops = Loops(walker)
    tree: Tree[P, N] = Tree(loops.top, list(segments), [], [], [], walker.found)
    for (number, place), segment in zip(owners_of(walker, len(segments)), segments, strict=True):
        address = loops.put(number, place, segment)
        tree.places.append(place)
        tree.concrete.append(address)
        tree.addresses.append(_plain(address))
    return tree


def numbered(prefix: str, name: str, turns: Counter[str]) -> str:
    """Give the address of the next child of that name: `P4/LX[2]`, `CST[2]`."""
    turns[name] += 1
    step = name if turns[name] == 1 else f"{name}[{turns[name]}]"
    return f"{prefix}/{step}" if prefix else step


def _plain(address: str) -> str:
    """Take the turns out of an address: `P4/LX[2]/M11` is `P4/LX/M11`."""
    if "[" not in address:
        return address
    return "/".join(step.partition("[")[0] for step in address.split("/"))
