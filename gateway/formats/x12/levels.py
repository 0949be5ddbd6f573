"""HL levels of a new ship notice: each a number, its parent, and its place behind it.

Lives here: the order shipment, order, pallet, pack, item as a tree. Never here: levels that were read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.tree import Node

# What a level stands under where it names no parent: the last one before it of these.
_ABOVE = {"O": "S", "T": "OS", "P": "OS", "I": "OS"}


def number_levels(body: Node) -> None:
    """Give the levels numbers from 1, each parent before what belongs to it."""
    levels = [child for child in body.children if child.name == "HL" and child.children]
    if not levels:
        return
    named: dict[str, Node] = {}
    for level in levels:
        named.setdefault(_of(level).get("01"), level)
    named.pop("", None)
    parents = {id(level): _parent(level, levels, named) for level in levels}
    ordered: list[Node] = []
    for level in levels:
        if _root(level, parents):
            _descend(level, levels, parents, ordered)
    # A ring of parents has no first one; what is in it stands at the end, in its order.
    ordered.extend(level for level in levels if not any(one is level for one in ordered))
    numbers = {id(level): str(number) for number, level in enumerate(ordered, 1)}
    for level in ordered:
        parent = parents[id(level)]
        segment = _of(level)
        above = parent is not None and _of(parent).get("03") in {"T", "P"}
        code = "P" if segment.get("03") == "T" and above else segment.get("03")
        has = any(one is level for one in parents.values())
        segment.values.clear()
        segment.values["01"] = numbers[id(level)]
        if parent is not None and int(numbers[id(parent)]) < int(numbers[id(level)]):
            segment.values["02"] = numbers[id(parent)]
        segment.values["03"] = code
        segment.values["04"] = "1" if has else "0"
    at = next(at for at, child in enumerate(body.children) if child is levels[0])
    others = [child for child in body.children if not any(child is level for level in levels)]
    body.children[:] = [*others[:at], *ordered, *others[at:]]


def _of(level: Node) -> Node:
    return level.children[0]


def _parent(level: Node, levels: list[Node], named: dict[str, Node]) -> Node | None:
    segment = _of(level)
    parent = named.get(segment.get("02")) if segment.get("02") else None
    if parent is not None and parent is not level:
        return parent
    wanted = _ABOVE.get(segment.get("03"), "")
    found = None
    for other in levels:
        if other is level:
            break
        if _of(other).get("03") and _of(other).get("03") in wanted:
            found = other
    return found


def _root(level: Node, parents: dict[int, Node | None]) -> bool:
    return parents[id(level)] is None


def _descend(level: Node, levels: list[Node], parents: dict[int, Node | None], ordered: list[Node]) -> None:
    """List a level, then what is under it; the depth is that of shipment, order, pallet, pack, item."""
    pending = [level]
    while pending:
        one = pending.pop()
        ordered.append(one)
        pending.extend(reversed([other for other in levels if parents[id(other)] is one]))
