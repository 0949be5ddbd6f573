"""From an entry to a message's tree, alone or onto what was kept of the message it came from.

With a kept tree (`residue.py`) each value goes back into the place that it was read
from, a place whose text would be written the same way keeps its very characters, and
everything that no row speaks of stays as it was. Without one, nodes are made in the
order of the spec.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from gateway.mapping.borrowed import without
from gateway.mapping.fill import Filler, near_withheld
from gateway.mapping.mixed import Mixed
from gateway.mapping.nodes import (
    EVERY,
    belongs,
    choose,
    first,
    kept_turns,
    make,
    make_after,
    order_leaves,
    remove,
)
from gateway.mapping.path import leaf_paths
from gateway.mapping.plan import Each, Op, Plan
from gateway.tree import Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.finding import Finding
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Mapping
    from gateway.specs import Part
    from gateway.tree import Node


@dataclass(slots=True)
class Traced:
    """A tree, where each value of the entry went, and what the message had no place for."""

    root: Draft
    places: list[tuple[str, Node, str]]
    unwritten: tuple[str, ...]
    findings: list[Finding]


@dataclass(slots=True)
class Written:
    """A tree that an entry was written into, and what was wrong with its values."""

    root: Draft
    findings: list[Finding]
    trace: Callable[[], Traced]

    @property
    def unwritten(self) -> tuple[str, ...]:
        """The canonical paths that the message has no place for; found when asked for."""
        return self.trace().unwritten


class _Writer(Filler):
    """Writes lists as turns of loops, and everything else as its base does."""

    def __init__(self, mapping: Mapping, plain: dict[str, Any], *, kept: bool, near: bool) -> None:
        super().__init__(mapping, plain, kept=kept, near=near)
        self.keys: list[tuple[Any, int]] = []
        self.placed: set[int] = set()
        self.index: dict[int, dict[Any, list[tuple[dict[str, Any], str]]]] = {}
        self.waiting: list[tuple[Each, Draft, Part, dict[str, Any], str, list[tuple[Any, int]]]] = []

    def rows(self, plan: Plan, node: Draft, item: dict[str, Any], prefix: str, number: int) -> None:
        """Write every row of a plan; copies come last, when all their nodes are there."""
        part = plan.part
        if not node.fresh and (plan.rivals or plan.lists):
            self.hold(plan, node)
        for step in plan.writes:
            if isinstance(step, Each):
                self.each(step, node, part, item, prefix)
            elif isinstance(step, Mixed):
                self.mixed(step, node, part, item, prefix)
            elif not (step.plain and step.paths[0].get(item) is None) and self.own(step, plan, node):
                self.op(step, node, part, item, prefix, number)
        for op in plan.copies:
            self.copies(op, node, part, item, prefix)
        for op in plan.defaults:
            self.default(op, node)
        for constant in plan.constants:
            self.constant(constant, node, part)

    def each(self, each: Each, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write the items of a list as turns of a loop."""
        items = self.items(each, item, prefix)
        if not items and each.holds and node.fresh:
            self.hollow(each, node, part)
            return
        turns = kept_turns(each, node) if self.kept else []
        if each.by and not node.fresh and len(items) > len(turns):
            # The same key may come again further on: what is too much here waits until the end.
            self.waiting.extend(
                (each, node, part, value, where, list(self.keys)) for value, where in items[len(turns) :]
            )
            items = items[: len(turns)]
        if each.agree and not node.fresh:
            # Another loop has the items too: a kept message gets no turn that it did not have.
            items = items[: len(turns)]
        if not each.address.steps:
            # The node itself is the only turn there is.
            items = items[:1]
        for index, (value, where) in enumerate(items):
            following: list[Draft] = []
            if index < len(turns):
                turn, following = turns[index]
            else:
                turn = make(node, part, each.address)
            self.turn(each, turn, value, where, index)
            if each.wrap_keys:
                self.wrap(each, node, part, turn, following)
        for turn, following in turns[len(items) :] if each.address.steps else []:
            for one in (turn, *following):
                remove(node, one)

    def mixed(self, mixed: Mixed, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write the items of one list as turns of several loops: into a new node in the list's order."""
        if not node.fresh:
            for each in mixed.eaches.values():
                self.each(each, node, part, item, prefix)
            return
        found = [
            (int(where[where.rindex("[") + 1 : -1]), where, value, each)
            for each in mixed.eaches.values()
            for value, where in self.items(each, item, prefix)
        ]
        for _, where, value, each in sorted(found, key=itemgetter(0)):
            self.turn(each, make(node, part, each.address), value, where, 0)

    def hollow(self, each: Each, node: Draft, part: Part) -> None:
        """Make one turn of a mandatory loop that has no item, for the lists that stand in it."""
        turn = make(node, part, each.address)
        self.keys.append((EVERY, 0))
        self.rows(each.plan, turn, {}, "", 1)
        self.keys.pop()

    def turn(self, each: Each, turn: Draft, value: dict[str, Any], where: str, index: int) -> None:
        """Write one item into its turn."""
        if each.by:
            self.placed.add(id(value))
        if each.key is not None:
            self.keys.append((each.key.get(value), index))
        self.rows(each.plan, turn, value, where, index + 1)
        if each.key is not None:
            self.keys.pop()

    def late(self) -> None:
        """Write what waited and found no kept turn of its own: items that the entry has more."""
        for each, node, part, value, where, keys in self.waiting:
            if id(value) not in self.placed:
                self.keys = keys
                turn = make(node, part, each.address)
                self.turn(each, turn, value, where, 0)
                if each.wrap_keys:
                    self.wrap(each, node, part, turn, [])

    def items(self, each: Each, item: dict[str, Any], prefix: str) -> list[tuple[dict[str, Any], str]]:
        """Choose the items that stand under this turn, each with its path."""
        if each.within is not None and each.key is not None:
            return self.linked(each, item, prefix, self.numbered(each, item, prefix))
        links = list(zip(each.by, self.keys, strict=False))
        chosen = []
        for value, path in self.candidates(each, item, prefix, links):
            if id(value) not in self.placed and all(
                one is None or belongs(first(one.get(value)), *key) for one, key in links
            ):
                chosen.append((value, path))
                # A line of several bills stands under the first; the others are unwritten.
                self.written.update(
                    f"{path}.{one.steps[0].name}{'[0]' if one.many else ''}"
                    for one, _ in links
                    if one is not None
                )
        return chosen

    def numbered(self, each: Each, item: dict[str, Any], prefix: str) -> list[tuple[dict[str, Any], str]]:
        """List all items of a loop's list, each with its path."""
        source, base = (self.plain, "") if each.absolute else (item, prefix)
        values, name = each.path.items(source)
        where = f"{base}.{name}" if base else name
        numbered = [(value, f"{where}[{i}]") for i, value in enumerate(values)]
        if not each.select:
            return numbered
        chosen = [
            (value, path)
            for value, path in numbered
            if all(value.get(name) == wanted for name, wanted in each.select)
        ]
        self.written.update(f"{path}.{name}" for _, path in chosen for name, _ in each.select)
        return chosen

    def candidates(
        self, each: Each, item: dict[str, Any], prefix: str, links: list[tuple[Path | None, tuple[Any, int]]]
    ) -> list[tuple[dict[str, Any], str]]:
        """Narrow a list of the entry by its outermost link, so that many bills stay linear."""
        links = [one for one in links if one[0] is not None and one[1][0] is not EVERY]
        if not each.absolute or not links:
            return self.numbered(each, item, prefix)
        link, (key, turn) = links[0]
        index = self.index.get(id(each))
        if index is None:
            index = self.index[id(each)] = {}
            for value, path in self.numbered(each, item, prefix):
                index.setdefault(first(link.get(value)) if link is not None else None, []).append(
                    (value, path)
                )
        return index.get(key, []) + (index.get(None, []) if turn == 0 else [])

    def linked(
        self, each: Each, item: dict[str, Any], prefix: str, numbered: list[tuple[dict[str, Any], str]]
    ) -> list[tuple[dict[str, Any], str]]:
        """Order items as the outer item names them."""
        within, key = each.within, each.key
        if within is None or key is None:
            return []
        by_key = {key.get(value): (value, path) for value, path in reversed(numbered)}
        names = within.get(item) or []
        chosen = []
        for index, name in enumerate(names if isinstance(names, list) else [names]):
            found = by_key.get(name)
            if found is not None:
                chosen.append(found)
                base = f"{prefix}.{within.steps[0].name}" if prefix else within.steps[0].name
                self.written.add(f"{base}[{index}]")
        return chosen

    def wrap(self, each: Each, node: Draft, part: Part, turn: Draft, following: list[Draft]) -> None:
        """Cut long texts of a turn, and let them go on in turns that follow it."""
        wrapped = [op for op in each.plan.steps if isinstance(op, Op) and op.wrap]
        rest = {id(op): self.rest.pop((id(op), id(turn)), []) for op in wrapped}
        count = max((len(pieces) for pieces in rest.values()), default=0)
        for index in range(count):
            again = (
                following[index]
                if index < len(following)
                else make_after(node, part, each.address, turn, index)
            )
            for op in wrapped:
                if index < len(rest[id(op)]):
                    place = choose(again, each.plan.part, op.address, make=True)
                    if place is not None:
                        self.fill(op, place, op.address.keys[0], rest[id(op)][index], "")
        for again in following[count:]:
            remove(node, again)


def write(
    mapping: Mapping, plain: dict[str, Any], kept: Draft | None = None, *, near: bool = False
) -> Written:
    """Write a plain entry as a message's tree.

    `kept` is the residue of the message that the entry was read from (it is filled in
    place); `near` is the profile's leave to write what is only near. A new message is
    written by the compiled table; where that gives up, the rows say what is wrong.
    """
    if kept is None:
        try:
            root, withheld = mapping.writer(plain, near=near)
        except ValueError:
            pass
        else:
            found = [near_withheld(mapping, op) for op in withheld]
            return Written(root, found, lambda: trace(mapping, plain, near=near))
    traced = trace(mapping, plain, kept, near=near)
    return Written(traced.root, traced.findings, lambda: traced)


def trace(
    mapping: Mapping, plain: dict[str, Any], kept: Draft | None = None, *, near: bool = False
) -> Traced:
    """Write row by row, and note where each value goes."""
    root = kept if kept is not None else Draft(mapping.spec.root.name)
    if root.borrowed:
        plain = without(plain, root.borrowed)
    writer = _Writer(mapping, plain, kept=kept is not None, near=near)
    writer.rows(mapping.plan, root, plain, "", 0)
    writer.late()
    order_leaves(root, mapping.spec.root)
    unwritten = tuple(path for path, _ in leaf_paths(plain) if not _covered(path, writer.written))
    return Traced(root, writer.out, unwritten, writer.findings)


def _covered(path: str, written: set[str]) -> bool:
    """Tell whether a path, or an object around it, was written."""
    while True:
        if path in written:
            return True
        at = max(path.rfind("."), path.rfind("["))
        if at <= 0:
            return False
        path = path[:at]
