"""What a scan holds open: a frame for each bracket, and the place that they spell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.formats.json.faults import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.formats.json.node import JsonNode

VALUE, FIRST_VALUE, FIRST_KEY, KEY, COLON, NEXT, END = range(7)
EXPECTED = {
    VALUE: "a value",
    FIRST_VALUE: "a value or ]",
    FIRST_KEY: "a field name or }",
    KEY: "a field name",
    COLON: ":",
    NEXT: "a comma or a closing bracket",
    END: "nothing more",
}

# Walking a tree takes a frame of the interpreter's stack for each level; this is far below its limit.
DEPTH_MAX = 200
# An object that begins with one of these names is that message; any other is an entry.
CANONICAL = "canonical"
MESSAGES = (CANONICAL, "acknowledgement")
ENTRY = "entry"


@dataclass(slots=True)
class Frame:
    """One open bracket. In a list `name` is the field whose items go into `node`.

    `count` are the scalars of the list so far, `seen` the fields of the object, `twice` says
    that the field at hand came before: its value is left out of the tree.
    """

    node: JsonNode
    array: bool
    name: str = ""
    count: int = 0
    seen: set[str] = field(default_factory=set)
    twice: bool = False


def where(stack: Sequence[Frame], documents: JsonNode, key: str, transaction: int | None) -> Place:
    """Spell the place of the innermost frame; `key` is the leaf at hand, "" between leaves."""
    names: list[str] = []
    steps: list[str] = []
    owner: JsonNode | None = None
    for frame in stack:
        node = frame.node
        if owner is not None and node is not owner and owner is not documents:
            turn = sum(child.name == node.name for child in owner.children)
            names.append(node.name)
            steps.append(node.name if turn <= 1 else f"{node.name}[{turn}]")
        owner = node
    key = key or (stack[-1].name if stack else "")
    if key:
        names.append(key.partition("#")[0])
        steps.append(key)
    return Place(names=tuple(names), address="/".join(steps), transaction=transaction)
