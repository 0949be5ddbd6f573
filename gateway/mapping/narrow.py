"""Where one value of an entry came from, without reading the whole message again.

The same rows as `read.py` reads, but only those that can have made the value: the rows of its
path, of the objects around it and of what is in it, and of a loop only the turn that became its
item. A list whose items cannot be counted by turns (turns that agree on one item, several loops,
rows that choose an item) is read as a whole. Where the turns of the message are not as many as
the items of the entry, there is no answer here, and the caller reads everything.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.mapping.gather import Mapped, Turn
from gateway.mapping.plan import Each, Op, Plan
from gateway.mapping.read import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.mapping.path import Path
    from gateway.mapping.plan import Branch, Mapping
    from gateway.tree import Node

PATH_STEPS_MAX = 1 << 16
REMEMBERED_MAX = 4096
_STEP = re.compile(r"([^.\[]+)(?:\[(\d+)\])?")


class UnsureError(Exception):
    """The turns of a loop are not the items of its list."""


class _Way(NamedTuple):
    """The names of a path, the loops on it whose turns are counted, and how many names must be the same."""

    names: tuple[str, ...]
    loops: tuple[Each, ...]
    floor: int

    def asks(self, names: tuple[str, ...]) -> bool:
        """Tell whether a row of that path may have made the value, or stands in a list read as a whole."""
        short = min(len(names), len(self.names), self.floor)
        return names[:short] == self.names[:short]


def mapped_of(mapping: Mapping, root: Node, plain: dict[str, Any], path: str) -> list[Mapped]:
    """Give what was read for a path, the objects around it and what is in it, in reading order.

    Raises `UnsureError` where that needs the whole message.
    """
    names, loops, turns, counts = [], [], [], []
    place: Any = plain
    floor = PATH_STEPS_MAX
    for name, index in _STEP.findall(path):
        names.append(name)
        place = place.get(name) if isinstance(place, dict) and floor == PATH_STEPS_MAX else None
        if not index or floor < PATH_STEPS_MAX:
            continue
        each = _loop(mapping, tuple(names))
        if each is None or not isinstance(place, list) or int(index) >= len(place):
            floor = len(names)
            continue
        loops.append(each)
        turns.append(int(index))
        counts.append(len(place))
        place = place[int(index)]
    walk = _Narrow(mapping, dict(zip(loops, turns, strict=True)))
    walk.node(_narrowed(mapping, _Way(tuple(names), tuple(loops), floor)), root, walk.root)
    if [walk.seen.get(each, 0) for each in loops] != counts:
        raise UnsureError(path)
    walk.resolve_positions()
    return walk.reading.mapped


@lru_cache(maxsize=REMEMBERED_MAX)
def _loop(mapping: Mapping, names: tuple[str, ...]) -> Each | None:
    """Give the one loop that makes a list, None where anything else has a part in it."""
    found: Each | None = None
    for way, step, around in _rows(mapping.plan, (), ()):
        if isinstance(step, Op):
            # A row of the loop goes on behind the list's name; one from outside chooses an item.
            if way[: len(names)] == names and found not in around:
                return None
        elif way == names:
            if found is not None or step.wrap_keys or step.within or step.agree or step.select:
                return None
            found = step
    return found


def _rows(
    plan: Plan, prefix: tuple[str, ...], around: tuple[Each, ...]
) -> Iterator[tuple[tuple[str, ...], Op | Each, tuple[Each, ...]]]:
    """Yield every row that makes something, loops before the rows in them, and the names of its path."""
    for step in plan.steps:
        if isinstance(step, Op):
            for path in step.paths:
                yield _way(path, prefix, absolute=step.absolute), step, around
        elif isinstance(step, Each):
            way = _way(step.path, prefix, absolute=step.absolute)
            yield way, step, around
            yield from _rows(step.plan, way, (*around, step))


def _way(path: Path, prefix: tuple[str, ...], *, absolute: bool) -> tuple[str, ...]:
    names = tuple(step.name for step in path.steps)
    return names if absolute else (*prefix, *names)


@lru_cache(maxsize=REMEMBERED_MAX)
def _narrowed(mapping: Mapping, target: _Way) -> Plan:
    return _pruned(mapping.plan, (), target)


def _pruned(plan: Plan, prefix: tuple[str, ...], target: _Way) -> Plan:
    """Give a plan with nothing but the rows that are asked."""

    def asked(op: object) -> bool:
        return isinstance(op, Op) and any(
            target.asks(_way(path, prefix, absolute=op.absolute)) for path in op.paths
        )

    branches: dict[str, list[Branch]] = {}
    for name, found in plan.branches.items():
        kept = [one for branch in found if (one := _branch(branch, prefix, target)) is not None]
        if kept:
            branches[name] = kept
    return replace(
        plan,
        simple=[one for one in plan.simple if asked(one[0])],
        ops=[op for op in plan.ops if asked(op)],
        joins=[op for op in plan.joins if asked(op)],
        whole=[turns for each in plan.whole if (turns := _each(each, prefix, target)) is not None],
        branches=branches,
    )


def _branch(branch: Branch, prefix: tuple[str, ...], target: _Way) -> Branch | None:
    if branch.each is not None:
        each = _each(branch.each, prefix, target)
        return replace(branch, each=each, plan=each.plan) if each is not None else None
    plan = _pruned(branch.plan, prefix, target)
    return replace(branch, plan=plan) if _says(plan) else None


def _each(each: Each, prefix: tuple[str, ...], target: _Way) -> Each | None:
    way = _way(each.path, prefix, absolute=each.absolute)
    if not target.asks(way):
        # Whose path begins otherwise makes nothing of it, but for rows that say the whole path.
        if not _absolute(each.plan):
            return None
    elif each not in target.loops:
        return each
    plan = _pruned(each.plan, way, target)
    # What is left of another loop are rows that make something outside of its items.
    return _Turns(each, plan, counted=each in target.loops) if _says(plan) else None


def _absolute(plan: Plan) -> bool:
    """Tell whether any row or loop of a plan says its whole path."""
    return any(
        step.absolute or (isinstance(step, Each) and _absolute(step.plan))
        for step in plan.steps
        if isinstance(step, Op | Each)
    )


def _says(plan: Plan) -> bool:
    return bool(plan.simple or plan.ops or plan.joins or plan.whole or plan.branches)


class _Turns(Each):
    """A loop whose items are there already: of a counted one a single turn is read."""

    __slots__ = ("counted", "whole")

    def __init__(self, each: Each, plan: Plan, *, counted: bool) -> None:
        values = {one.name: getattr(each, one.name) for one in fields(Each)}
        super().__init__(**{**values, "plan": plan})
        self.whole = each
        self.counted = counted


class _Narrow(Walk):
    """Walks the rows that are left."""

    def __init__(self, mapping: Mapping, turns: dict[Each, int]) -> None:
        super().__init__(mapping)
        self.turns = turns
        self.seen: dict[Each, int] = {}

    def turn(self, each: Each, parent: Node, node: Node, outer: Turn) -> None:
        """Read the one turn that is asked for; count the others."""
        if not isinstance(each, _Turns):
            super().turn(each, parent, node, outer)
            return
        if each.wrap_keys:
            raise UnsureError(each.row.address)
        number = self.seen.get(each.whole, 0)
        self.seen[each.whole] = number + 1
        if each.counted and number != self.turns[each.whole]:
            return
        target = self.root if each.absolute else outer
        where = target.at(".".join(step.name for step in each.path.steps))
        if each.key is not None:
            self.keys.append(self.key(each, node))
        self.node(each.plan, node, Turn({}, f"{where}[{number}]"))
        if each.key is not None:
            self.keys.pop()

    def resolve_positions(self) -> None:
        """Note where positions stood; the whole reading has found their items."""
        for op, _, node, key, target in self.positions:
            op.paths[0].put(target.item, node.get(key))
            where = target.at(op.paths[0].concrete(target.item))
            self.reading.mapped.append(Mapped(where, node, key, op))
