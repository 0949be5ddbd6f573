"""CTX of a 999: which piece of the set an error is in, and what made an element necessary.

Lives here: the two contexts that an implementation acknowledgement can give, from
`edi_specs/x12/business_units.csv` and from the syntax notes. Never here: the notes themselves (`acks_syntax.py`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.finding import Finding
    from gateway.tree import Node

TRIGGER = "SITUATIONAL TRIGGER"
CONTEXT_CHARS_MAX = 35


class Unit(NamedTuple):
    """A row: the loop that is one piece of the set, and the element that names it."""

    loop: tuple[str, ...]
    leaf: str


@cache
def units(root: Path, message: str) -> tuple[Unit, ...]:
    """Load the rows of one set, the first that fits first."""
    rows = read_csv(root / "edi_specs" / "x12" / "business_units.csv")
    return tuple(Unit(tuple(row["loop"].split("/")), row["leaf"]) for _, row in rows if row["set"] == message)


def unit_of(way: list[Node], rows: tuple[Unit, ...]) -> tuple[str, str]:
    """Give name and text of the piece of a set that these loops lead to, empty where they lead to none."""
    names = tuple(node.name for node in way)
    for row in rows:
        if names[: len(row.loop)] == row.loop:
            turn = way[len(row.loop) - 1]
            name, _, key = row.leaf.partition("-")
            text = next((node.get(key) for node in _within(turn) if node.name == name and node.get(key)), "")
            if text:
                return f"{name}{key}", text
    return "", ""


class Ways:
    """The loops around each segment of a set, as far as somebody has asked: a set is gone through once."""

    def __init__(self, root: Node) -> None:
        """Begin in front of the first segment."""
        self.root = root
        self._found: list[list[Node]] = []
        self._pending: list[tuple[Node, list[Node]]] = [(root, [])]

    def to(self, place: int) -> list[Node]:
        """List the loops around the segment of a number, outermost first."""
        while self._pending and len(self._found) < place:
            node, way = self._pending.pop()
            children = node.children
            if children:
                inside = way if node is self.root else [*way, node]
                self._pending.extend((child, inside) for child in reversed(children))
            else:
                self._found.append(way)
        return self._found[place - 1] if 0 < place <= len(self._found) else []


def _within(turn: Node) -> Iterator[Node]:
    """Yield the segments of a turn that stand in no loop inside it."""
    return (child for child in turn.children if not child.children)


def trigger_context(finding: Finding, segment: str, loop: str, separator: str) -> list[str]:
    """Give the CTX of a broken syntax note: the element that made the other one necessary, or forbids it."""
    kind, note = finding.problem.rpartition("/")[2], finding.expected
    element = finding.position[1] if len(finding.position) > 1 else 0
    digits = note[1:]
    if not finding.problem.startswith("relation/") or kind == "R" or not digits.isdecimal():
        return []
    positions = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    trigger = positions[0] if positions[0] != element else positions[-1]
    return [separator.join(("CTX", TRIGGER, segment, str(finding.position[0]), loop, str(trigger)))]
