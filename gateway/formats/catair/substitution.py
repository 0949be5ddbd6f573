"""PG00: records written once and put in where a message set refers to them.

`PG00S0001`, records, `PG00E` at header or line; `PG00R0001` in a message set stands for
the records. Numbers are unique and rise in the transaction (catair.md 11.1). The tree
keeps what was sent; `expanded` gives the tree that is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Layer
from gateway.formats.catair.fields import Fault
from gateway.tree import Node

if TYPE_CHECKING:
    from gateway.formats.catair.nodes import RecordNode

RECORD = "PG00"


class Groups:
    """The substitution groups met so far in one transaction."""

    def __init__(self) -> None:
        """Begin without groups."""
        self.known: set[str] = set()
        self.last = ""
        self.asked = False

    def check(self, node: RecordNode) -> Fault | None:
        """Judge one PG00 against those before it."""
        letter, number = node.get("5"), node.get("6-9")
        if letter == "S":
            risen = number > self.last
            self.known.add(number)
            self.last = max(self.last, number)
            if not risen:
                return Fault(
                    None,
                    "substitution/order",
                    f"group {number} does not rise above the one before it",
                    expected=f"above {self.last}",
                    actual=number,
                    layer=Layer.SCHEMA,
                )
        elif letter == "R" and number in self.known:
            self.asked = True
        elif letter == "R":
            return Fault(
                None,
                "substitution/unknown",
                f"there is no group {number} before this record",
                expected=" ".join(sorted(self.known)),
                actual=number,
                layer=Layer.SCHEMA,
            )
        return None


def expanded(root: Node) -> Node:
    """Give a copy of a transaction's tree with each PG00 R replaced by the group it names.

    Records stay the very nodes that were read, so their spans point at where the group
    was written. A reference to no group stays as it is.
    """
    groups: dict[str, list[Node]] = {}
    _collect(root, groups)
    return _copy(root, groups)


def _collect(node: Node, groups: dict[str, list[Node]]) -> None:
    for child in node.children:
        leader = child.children[0] if child.children else None
        if child.name == RECORD and leader is not None and leader.get("5") == "S":
            inside = [each for each in child.children[1:] if each.get("5") != "E" or each.name != RECORD]
            groups.setdefault(leader.get("6-9"), inside)
        _collect(child, groups)


def _copy(node: Node, groups: dict[str, list[Node]]) -> Node:
    if not node.children:
        return node
    children: list[Node] = []
    for child in node.children:
        inside = groups.get(child.get("6-9")) if child.name == RECORD and child.get("5") == "R" else None
        children.extend([child] if inside is None else inside)
    return Node(node.name, node.values, [_copy(child, groups) for child in children])
