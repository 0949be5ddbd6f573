"""Addresses on the wire: parsed from a table's text, resolved against the spec.

`P4/LX/N1[01=CN]-02` is three steps and a leaf. A leaf on a loop means the segment
that opens the loop; a condition on a loop asks that segment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.specs import LeafSpec, Part
    from gateway.tree import Node

_STEP = re.compile(r"(?P<name>[^\[\]/]+?)(?P<marks>(?:\[[^\]]*\])*)")
_MARK = re.compile(r"\[([^\]]*)\]")
# A block that stands in many places says the same addresses there.
_PARSED_MAX = 20_000

ANY = "*"
"""The leaf key that means every leaf of an object whose field names are free."""


class AddressError(ValueError):
    """An address that does not parse, or that the spec does not have."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`[key=V|W]` or `[key=!V]`: the node's leaf, or that of the child on the way to it."""

    path: tuple[str, ...]
    key: str
    values: tuple[str, ...]
    negated: bool = False

    def holds(self, node: Node) -> bool:
        """Tell whether the node is one that the condition chooses."""
        for name in self.path:
            for child in node.children:
                if child.name == name:
                    node = child
                    break
            else:
                return self.negated
        text = node.get(self.key)
        # A kept message has a hole where a value was; the condition asks what stood there.
        return ((text or getattr(text, "was", "")) in self.values) is not self.negated

    def place(self, node: Node) -> Node | None:
        """Give the node whose leaf the condition asks, below the one that it chooses."""
        found: Node | None = node
        for name in self.path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found


@dataclass(frozen=True, slots=True)
class Step:
    """One node on the way: its name, what chooses it, and which of those that match (from 1).

    `rest` is `[2+]`: that one and all behind it.
    """

    name: str
    conditions: tuple[Condition, ...] = ()
    nth: int = 0
    rest: bool = False

    @property
    def chooses(self) -> tuple[tuple[Condition, ...], int, bool]:
        """What chooses the node among those of its name."""
        return self.conditions, self.nth, self.rest


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from a context node, and the leaves there that make the value (none: a whole node)."""

    text: str
    steps: tuple[Step, ...]
    keys: tuple[str, ...]
    parts: tuple[Part, ...]
    leaves: tuple[LeafSpec, ...] = ()


def resolve(text: str, context: Part, separator: str, *, leaf: bool) -> Address:
    """Parse an address and find it in the spec; `leaf` says whether a value or a node is meant."""
    steps, key = _parse(text, separator, leaf=leaf)
    resolved, parts = _walk(text, steps, context, leaf=leaf)
    if not leaf:
        return Address(text, resolved, (), parts)
    part = parts[-1] if parts else context
    spec = part.leaves.get(key) or part.leaves.get(key.split("#")[0])
    if key == ANY:
        return Address(text, resolved, (ANY,), parts)
    if spec is None:
        known = ", ".join(list(part.leaves)[:12])
        raise AddressError(f"{text}: {part.name} has no leaf {key!r} (it has {known})")
    return Address(text, resolved, (key,), parts, (spec,))


def resolve_joined(text: str, context: Part, separator: str) -> tuple[Address, ...]:
    """Resolve `A-02+A-03`: one address with two leaves, or one for each node that is joined."""
    if "+" not in text:
        return (resolve(text, context, separator, leaf=True),)
    found = [resolve(piece, context, separator, leaf=True) for piece in _split(text, "+")]
    first = found[0]
    if any(one.steps != first.steps for one in found):
        return tuple(found)
    keys = tuple(key for one in found for key in one.keys)
    leaves = tuple(leaf for one in found for leaf in one.leaves)
    return (Address(text, first.steps, keys, first.parts, leaves),)


def _split(text: str, at: str) -> list[str]:
    """Split outside brackets."""
    if "[" not in text:
        return text.split(at)
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        if char == "[":
            depth += 1
        elif char == "]":
            depth -= 1
        elif char == at and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts


@lru_cache(_PARSED_MAX)
def _parse(text: str, separator: str, *, leaf: bool) -> tuple[tuple[Step, ...], str]:
    pieces = _split(text, "/")
    key = ""
    if leaf and separator == "/":
        key = pieces.pop()
    elif leaf:
        last = pieces[-1]
        close = last.rfind("]") + 1
        head, tail = last[:close], last[close:]
        mark = separator or "@"
        at = tail.find(mark)
        if separator:
            if at < 0:
                raise AddressError(f"{text}: names no leaf after {separator!r}")
            key = tail[at + 1 :]
            pieces[-1] = head + tail[:at]
        elif at >= 0:
            key = tail[at:]
            pieces[-1] = head + tail[:at]
        if not pieces[-1]:
            pieces.pop()
    return tuple(_step(piece, text, separator) for piece in pieces), key


def _step(piece: str, text: str, separator: str) -> Step:
    match = _STEP.fullmatch(piece)
    if match is None:
        raise AddressError(f"{text}: {piece!r} is not a step")
    nth, rest = 0, False
    conditions = []
    for mark in _MARK.findall(match["marks"]):
        if mark.removesuffix("+").isdigit():
            nth, rest = int(mark.removesuffix("+")), mark.endswith("+")
            continue
        name, equals, value = mark.partition("=")
        if not equals or not name:
            raise AddressError(f"{text}: [{mark}] is neither a number (2, or 2+) nor key=value")
        negated = value.startswith("!")
        path, key = _condition_key(name, separator)
        conditions.append(Condition(path, key, tuple(value.lstrip("!").split("|")), negated))
    return Step(match["name"], tuple(conditions), nth, rest)


def _condition_key(name: str, separator: str) -> tuple[tuple[str, ...], str]:
    """In XML a condition's name is a child element or `@attribute`, elsewhere a leaf."""
    if separator:
        return (), name
    *path, last = name.split("/")
    if last.startswith("@"):
        return tuple(path), last
    if "@" in last:
        child, _, attribute = last.partition("@")
        return (*path, child), f"@{attribute}"
    return (*path, last), ""


def _walk(
    text: str, steps: tuple[Step, ...], context: Part, *, leaf: bool
) -> tuple[tuple[Step, ...], tuple[Part, ...]]:
    resolved: list[Step] = []
    parts: list[Part] = []
    part = context
    for number, step in enumerate(steps):
        below = part.part(step.name)
        if below is None and number == 0 and part.name == step.name and not step.conditions:
            # In `each N9` the segment itself is meant by its own name.
            continue
        if below is None:
            known = ", ".join(child.name for child in part.parts[:12])
            raise AddressError(f"{text}: {part.name} has no {step.name} (it has {known})")
        part = below
        conditions = step.conditions
        if part.leader is not None:
            leader = part.leader.name
            conditions = tuple(
                Condition((leader, *c.path), c.key, c.values, c.negated) for c in step.conditions
            )
        _check_conditions(text, part, conditions)
        resolved.append(Step(step.name, conditions, step.nth, step.rest))
        parts.append(part)
    if leaf:
        end = parts[-1] if parts else context
        if end.leader is not None:
            resolved.append(Step(end.leader.name))
            parts.append(end.leader)
    return tuple(resolved), tuple(parts)


def _check_conditions(text: str, part: Part, conditions: tuple[Condition, ...]) -> None:
    for condition in conditions:
        place: Part | None = part
        for name in condition.path:
            place = place.part(name) if place is not None else None
        if place is None or condition.key not in place.leaves:
            raise AddressError(f"{text}: the condition asks a leaf that {part.name} does not have")
