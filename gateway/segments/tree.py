"""A message's segments in their loops, each with its address.

Lives here: the nodes that the walk asks for, and the turns that addresses count. Never here: what
is wrong (`judge.py`).
"""

from __future__ import annotations

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

_Made = tuple[list["Node"], str, str, dict[str, int]]
"""A loop's children, its address with turns and without, and how often each name stands in it."""


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
        self._made: dict[int, _Made] = {0: (self.top, "", "", {})}

    def put(self, number: int, place: P | None, segment: Node) -> tuple[str, str]:
        """Put a segment into loop `number`; give its address, that of the loop where it opens it: concrete and plain."""
        children, prefix, plain, turns = self._made.get(number) or self.loop(number)
        name = segment.name
        turn = turns[name] = turns.get(name, 0) + 1
        leader = not children and place is not None and place.loop
        children.append(segment)
        return (prefix, plain) if leader else (numbered(prefix, name, turn), _below(plain, name))

    def loop(self, number: int) -> _Made:
        """Give children, address with turns and without, and turns of a loop."""
        made = self._made.get(number)
        if made is None:
            parent, place = self.walker.loops[number]
            children, prefix, plain, turns = self.loop(parent)
            name = place.name if place is not None else ""
            turn = turns[name] = turns.get(name, 0) + 1
            loop = Loop(name)
            children.append(loop)
            made = self._made[number] = (
                loop.children, numbered(prefix, name, turn), _below(plain, name), {}
            )  # fmt: skip
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
        concrete, plain = loops.put(number, place, segment)
        tree.places.append(place)
        tree.concrete.append(concrete)
        tree.addresses.append(plain)
    return tree


def numbered(prefix: str, name: str, turn: int) -> str:
    """Give the address of a turn of a child: `P4/LX[2]`, `CST[2]`."""
    step = name if turn == 1 else f"{name}[{turn}]"
    return f"{prefix}/{step}" if prefix else step


def _below(prefix: str, name: str) -> str:
    """Give the address of a child without turns: `P4/LX/M11`."""
    return f"{prefix}/{name}" if prefix else name
