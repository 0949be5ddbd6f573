"""From a message's tree to a plain entry: one walk, every value with the leaf it came from.

Nothing here knows a format. Loops become lists of items; the values in them are read in
`gather.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.mapping.gather import Gatherer, KeyLeaf, Mapped, Reading, Turn, follow, owner_of
from gateway.mapping.plan import Op

if TYPE_CHECKING:
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Branch, Each, Mapping, Plan
    from gateway.tree import Node


class Walk(Gatherer):
    """Walks loops; everything in one turn is its base's work."""

    def __init__(self, mapping: Mapping) -> None:
        super().__init__(mapping)
        self.keys: list[tuple[Any, KeyLeaf]] = []
        self.last: dict[int, tuple[Node, Turn]] = {}
        self.pieces: dict[tuple[int, int], int] = {}

    def node(self, plan: Plan, node: Node, turn: Turn) -> None:
        """Read one node's leaves, then its children by name."""
        if plan.simple:
            self.simple(plan, node, turn)
        for op in plan.ops:
            self.other(op, node, turn)
        for each in plan.whole:
            self.turn(each, node, node, turn)
        branches = plan.branches
        if branches and node.children:
            counts: dict[int, int] = {}
            for child in node.children:
                found = branches.get(child.name)
                if found is not None:
                    for branch in found:
                        self.branch(branch, node, child, turn, counts)
        for op in plan.joins:
            self.join(op, node, turn)

    def branch(self, branch: Branch, parent: Node, child: Node, turn: Turn, counts: dict[int, int]) -> None:
        """Follow one branch if its conditions choose this child."""
        for condition in branch.conditions:
            if not condition.holds(child):
                return
        if branch.nth:
            counts[id(branch)] = counts.get(id(branch), 0) + 1
            if counts[id(branch)] != branch.nth and not (branch.rest and counts[id(branch)] > branch.nth):
                return
        for condition in branch.conditions:
            self.reading.conditions.append((child, condition))
        if branch.each is None:
            self.node(branch.plan, child, turn)
        else:
            self.turn(branch.each, parent, child, turn)

    def turn(self, each: Each, parent: Node, node: Node, outer: Turn) -> None:
        """Read one turn of a loop into a new item, or into the one that has its key."""
        last = self.last.get(id(each))
        if each.wrap_keys and last is not None and last[0] is parent and only_leaves(node, each.wrap_keys):
            self.continuation(each, node, last[1])
            return
        target = self.root if each.absolute else outer
        name = each.path.steps[-1].name
        owner = owner_of(target.item, each.path)
        items = owner.setdefault(name, []) if owner is not None else []
        key, leaf = self.key(each, node)
        known = _known(items, each.key, key) if each.within is not None or each.agree else None
        where = target.at(_list_text(each.path))
        inner = Turn({}, f"{where}[{len(items) if known is None else known}]")
        mark = len(self.reading.mapped)
        if each.key is not None:
            self.keys.append((key, leaf))
        self.node(each.plan, node, inner)
        if each.key is not None:
            self.keys.pop()
        if known is not None:
            self.merge(items[known], inner, each, mark)
        elif inner.item:
            inner.item.update(each.select)
            items.append(inner.item)
            self.finish(each, inner, len(items))
        elif not items and owner is not None:
            del owner[name]
        if inner.item and each.within is not None and key is not None:
            self.link(each.within, outer, key, leaf)
        if known is None and inner.item:
            self.last[id(each)] = (parent, inner)

    def finish(self, each: Each, inner: Turn, number: int) -> None:
        """Give a new item its parents' keys and its number."""
        for path, (key, leaf) in zip(each.by, self.keys, strict=False):
            if path is not None and key is not None:
                self.link(path, inner, key, leaf)
        for op in each.plan.ordinals:
            op.paths[0].put(inner.item, number)

    def link(self, path: Path, turn: Turn, key: Any, leaf: KeyLeaf) -> None:
        """Write another item's key into an item; it comes from where the key stands."""
        path.put(turn.item, key)
        where = turn.at(path.concrete(turn.item))
        if leaf is not None:
            self.reading.links.append(Mapped(where, *leaf))

    def key(self, each: Each, node: Node) -> tuple[Any, KeyLeaf]:
        """Find a turn's key, and its leaf, before anything else of it: inner loops ask for it."""
        if each.key_op is None:
            return None, None
        for op in (each.key_op, *each.plan.rivals.get(id(each.key_op), ())):
            place = follow(node, op.address)
            text = "".join(place.get(key) for key in op.address.keys) if place is not None else ""
            if place is None or not text.strip():
                continue
            try:
                leaf = next(key for key in op.address.keys if place.get(key))
                return op.parse(text)[0], (place, leaf, op)
            except ValueError:
                break
        return None, None

    def merge(self, item: dict[str, Any], inner: Turn, each: Each, mark: int) -> None:
        """Hold a second turn with a known key against the first; what differs stays unmapped.

        Where loops agree on their items, the second adds what the first does not say.
        """
        again = inner.item
        if each.agree:
            for name, value in again.items():
                item.setdefault(name, value)
        differs = {name for name, value in again.items() if item.get(name) != value}
        if not differs:
            return
        key_name = each.key.steps[0].name if each.key is not None else ""
        kept = []
        for mapped in self.reading.mapped[mark:]:
            field = mapped.path.removeprefix(f"{inner.prefix}.").partition(".")[0].partition("[")[0]
            if mapped.op is each.key_op or (each.agree and field not in differs):
                kept.append(mapped)
            else:
                said = item.get(mapped.path.rsplit(".", 1)[-1])
                self.conflict(mapped.op, mapped.node, mapped.key, mapped.path, said)
        self.reading.mapped[mark:] = kept
        again.clear()
        if key_name:
            again[key_name] = item.get(key_name)

    def continuation(self, each: Each, node: Node, turn: Turn) -> None:
        """Join a turn that only goes on with the text of the one before it."""
        for op in each.plan.steps:
            if not (isinstance(op, Op) and op.wrap):
                continue
            place = follow(node, op.address)
            text = place.get(op.address.keys[0]) if place is not None else ""
            if place is None or not text:
                continue
            before = op.paths[0].get(turn.item)
            before = "" if before is None else str(before)
            # A piece that fills its field was cut in a word, a shorter one at a blank.
            pieces = (id(turn.item), id(op))
            full = self.pieces.get(pieces, len(before)) >= op.wrap
            self.pieces[pieces] = len(text)
            glue = "" if full or not before else " "
            op.paths[0].put(turn.item, before + glue + text)
            where = turn.at(op.paths[0].concrete(turn.item))
            self.reading.mapped.append(Mapped(where, place, op.address.keys[0], op))


def only_leaves(node: Node, keys: frozenset[str]) -> bool:
    """Tell whether a turn carries nothing but these leaves (on itself or its leading segment)."""
    pending = [node]
    some = False
    while pending:
        place = pending.pop()
        for key, text in place.values.items():
            if text:
                if key not in keys:
                    return False
                some = True
        pending.extend(place.children)
    return some


def _list_text(path: Path) -> str:
    return ".".join(step.name for step in path.steps)


def _known(items: list[dict[str, Any]], key: Path | None, value: Any) -> int | None:
    if key is None or value is None:
        return None
    for index, item in enumerate(items):
        if key.get(item) == value:
            return index
    return None


def read(mapping: Mapping, root: Node) -> Reading:
    """Read a message's tree. The plain entry is not validated here."""
    walk = Walk(mapping)
    walk.node(mapping.plan, root, walk.root)
    walk.resolve_positions()
    if mapping.gaps:
        _close_gaps(walk.reading.plain)
    return walk.reading


def _close_gaps(value: Any) -> None:
    """Cut what a table's fixed indices left open in lists."""
    if isinstance(value, dict):
        for inner in value.values():
            _close_gaps(inner)
    elif isinstance(value, list):
        value[:] = [inner for inner in value if inner is not None]
        for inner in value:
            _close_gaps(inner)


__all__ = ["Mapped", "Reading", "Walk", "only_leaves", "read"]
