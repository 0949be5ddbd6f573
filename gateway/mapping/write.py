"""From an entry to a message's tree, alone or onto what was kept of the message it came from.

With a kept tree (`residue.py`) each value goes back into the place that it was read
from, a place whose text would be written the same way keeps its very characters, and
everything that no row speaks of stays as it was. Without one, nodes are made in the
order of the spec.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.finding import Finding, Layer, Severity
from gateway.mapping.compile import Constant, Each, Op, Plan
from gateway.mapping.nodes import (
    Hole,
    belongs,
    children_of,
    cut,
    first,
    kept_turns,
    make_child,
    matching,
    parent_of,
    remove,
)
from gateway.mapping.path import leaf_paths
from gateway.tree import Draft

if TYPE_CHECKING:
    from gateway.mapping.address import Address, Step
    from gateway.mapping.compile import Mapping
    from gateway.specs import Part
    from gateway.tree import Node


@dataclass(slots=True)
class Written:
    """A tree, where each value of the entry went, and what the message had no place for."""

    root: Draft
    places: list[tuple[str, Node, str]] = field(default_factory=list)
    unwritten: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


class _Writer:
    """One writing in progress. `kept` says whether the tree came from a message."""

    def __init__(self, mapping: Mapping, plain: dict[str, Any], *, kept: bool, near: bool) -> None:
        self.mapping = mapping
        self.plain = plain
        self.kept = kept
        self.near = near or kept
        self.written: set[str] = set()
        self.out: list[tuple[str, Node, str]] = []
        self.findings: list[Finding] = []
        self.keys: list[tuple[Any, int]] = []
        self.placed: set[int] = set()
        self.rest: dict[tuple[int, int], list[str]] = {}
        self.waiting: list[tuple[Each, Draft, Part, dict[str, Any], str, list[tuple[Any, int]]]] = []

    def rows(self, plan: Plan, node: Draft, item: dict[str, Any], prefix: str, number: int) -> None:
        """Write every row of a plan; copies come last, when all their nodes are there."""
        late: list[Op] = []
        constants: list[Constant] = []
        defaults: list[Op] = []
        for step in plan.steps:
            if isinstance(step, Each):
                self.each(step, node, plan.part, item, prefix)
            elif isinstance(step, Constant):
                constants.append(step)
            elif isinstance(step, Op):
                if step.default and not step.read_only:
                    defaults.append(step)
                if step.agree:
                    late.append(step)
                else:
                    self.op(step, node, plan.part, item, prefix, number)
        for op in late:
            self.copies(op, node, plan.part, item, prefix)
        for op in defaults:
            self.default(op, node)
        for constant in constants:
            self.constant(constant, node, plan.part)

    def text(self, op: Op, item: dict[str, Any], prefix: str, number: int) -> str | None:
        """Give the wire text of a row, None where there is nothing to write."""
        if not op.paths:
            return str(number) if number else None
        source = self.plain if op.absolute else item
        try:
            text = self.position(op, source) if op.nth is not None else op.format(source)
        except ValueError as error:
            self.finding(op, "write/failed", str(error), Severity.ERROR)
            return None
        if text is None:
            return None
        if op.near and not self.near:
            self.finding(op, "near/withheld", op.near, Severity.WARNING)
            return None
        base = "" if op.absolute else prefix
        for path in op.paths:
            if path.get(source) is not None:
                where = path.concrete(source)
                self.written.add(f"{base}.{where}" if base else where)
        return text

    def position(self, op: Op, source: dict[str, Any]) -> str | None:
        """Give the place of a key in its list, from 1."""
        value = op.paths[0].get(source)
        if isinstance(value, list):
            value = value[0] if value else None
        if value is None or op.nth is None:
            return None
        field_name = op.nth.steps[-1].name
        for index, one in enumerate(self.plain.get(op.nth.steps[0].name) or []):
            if one.get(field_name) == value:
                return str(index + 1)
        raise ValueError(f"{value} is not in {op.nth.text}")

    def op(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str, number: int) -> None:
        """Write one row's value into the node that its address chooses."""
        if op.address.text == "ordinal":
            for path in op.paths:
                self.written.add(f"{prefix}.{path.text}" if prefix else path.text)
            return
        if op.paths and op.paths[0].many and op.nth is None:
            self.many(op, node, part, item, prefix)
            return
        text = self.text(op, item, prefix, number)
        where = self.where(op, item, prefix)
        if text is None:
            return
        if op.joined:
            self.put_joined(op, text, node, part, where)
            return
        target = self.choose(node, part, op.address, make=not (op.read_only or (op.write_only and self.kept)))
        if target is None:
            return
        if len(op.address.keys) > 1:
            rest = text
            keys = op.address.keys if target.fresh else [k for k in op.address.keys if k in target.values]
            for key in keys:
                last = key == keys[-1]
                piece, rest = (rest, "") if last else (rest[: op.cut], rest[op.cut :])
                self.fill(op, target, key, piece, where)
        elif op.wrap:
            # Cut before filling: a piece is what the sender's own form is held against.
            piece, *pieces = cut(text, op.wrap)
            self.fill(op, target, op.address.keys[0], piece, where)
            self.rest[id(op), id(node)] = pieces
        else:
            self.fill(op, target, op.address.keys[0], text, where)

    def where(self, op: Op, item: dict[str, Any], prefix: str) -> str:
        if not op.paths:
            return ""
        source, base = (self.plain, "") if op.absolute else (item, prefix)
        if any(path.get(source) is None for path in op.paths[:1]):
            return ""
        path = op.paths[0].concrete(source)
        return f"{base}.{path}" if base else path

    def put_joined(self, op: Op, text: str, node: Draft, part: Part, where: str) -> None:
        """Divide a text over leaves of several nodes."""
        rest = text
        for index, address in enumerate(op.joined):
            last = index == len(op.joined) - 1
            piece, rest = (rest, "") if last else (rest[: op.cut], rest[op.cut :])
            if not piece:
                continue
            target = self.choose(node, part, address, make=not op.read_only)
            if target is not None:
                self.fill(op, target, address.keys[0], piece, where)

    def many(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write each item of a list of texts into a node or a repetition of its own."""
        source, base = (self.plain, "") if op.absolute else (item, prefix)
        values: Any = source
        for step in op.paths[0].steps:
            values = values.get(step.name) if isinstance(values, dict) else None
        targets = matching(node, op.address)
        repeats = not op.address.parts or op.address.parts[-1].count_max == 1
        name = ".".join(step.name for step in op.paths[0].steps)
        for index, value in enumerate(values or []):
            text = op.codes.to_wire.get((value,), "") if op.codes else op.convert.format(value)
            where = f"{base}.{name}[{index}]" if base else f"{name}[{index}]"
            if repeats:
                target = targets[0] if targets else self.choose(node, part, op.address, make=True)
                key = op.address.keys[0] if index == 0 else f"{op.address.keys[0]}#{index + 1}"
            else:
                target = targets[index] if index < len(targets) else self.make(node, part, op.address)
                key = op.address.keys[0]
            if target is not None:
                self.fill(op, target, key, text, where)
                self.written.add(where)

    def copies(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write a value into every node that the address matches."""
        text = self.text(op, item, prefix, 0)
        if text is None:
            return
        where = self.where(op, item, prefix)
        key = op.address.keys[0]
        targets = [one for one in matching(node, op.address) if isinstance(one.values.get(key), Hole)]
        if not targets and not op.read_only:
            targets = self.spread(node, part, op.address.steps, op.address.parts)
        for target in targets:
            self.fill(op, target, key, text, where)

    def spread(
        self, node: Draft, part: Part, steps: tuple[Step, ...], parts: tuple[Part, ...]
    ) -> list[Draft]:
        """Find or make the node below every node that matches on the way."""
        if not steps:
            return [node]
        found = children_of(node, steps[0])
        if not found:
            found = [make_child(node, part, steps[0])]
        return [end for one in found for end in self.spread(one, parts[0], steps[1:], parts[1:])]

    def default(self, op: Op, node: Draft) -> None:
        """Write what stands where the entry has no value; never into a kept message."""
        for target in matching(node, op.address):
            if target.fresh and not target.get(op.address.keys[0]):
                target.values[op.address.keys[0]] = op.default

    def constant(self, constant: Constant, node: Draft, part: Part) -> None:
        """Write a constant into the nodes that are there, or that the standard demands."""
        address = constant.address
        targets = matching(node, address)
        mandatory = all(step_part.usage == "M" for step_part in address.parts)
        if not targets and mandatory and node.fresh:
            made = self.choose(node, part, address, make=True)
            targets = [made] if made is not None else []
        for target in targets:
            if target.fresh and not target.get(address.keys[0]):
                target.values[address.keys[0]] = constant.text

    def each(self, each: Each, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write the items of a list as turns of a loop."""
        items = self.items(each, item, prefix)
        turns = kept_turns(each, node) if self.kept else []
        if each.by and not node.fresh and len(items) > len(turns):
            # The same key may come again further on: what is too much here waits until the end.
            self.waiting.extend(
                (each, node, part, value, where, list(self.keys)) for value, where in items[len(turns) :]
            )
            items = items[: len(turns)]
        for index, (value, where) in enumerate(items):
            following: list[Draft] = []
            if index < len(turns):
                turn, following = turns[index]
            else:
                turn = self.make(node, part, each.address)
            self.turn(each, turn, value, where, index)
            if each.wrap_keys:
                self.wrap(each, node, part, turn, following)
        for turn, following in turns[len(items) :]:
            for one in (turn, *following):
                remove(node, one)

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
                turn = self.make(node, part, each.address)
                self.turn(each, turn, value, where, 0)
                if each.wrap_keys:
                    self.wrap(each, node, part, turn, [])

    def items(self, each: Each, item: dict[str, Any], prefix: str) -> list[tuple[dict[str, Any], str]]:
        """Choose the items that stand under this turn, each with its path."""
        source, base = (self.plain, "") if each.absolute else (item, prefix)
        values: Any = source
        for step in each.path.steps:
            values = values.get(step.name) if isinstance(values, dict) else None
        name = ".".join(step.name for step in each.path.steps)
        where = f"{base}.{name}" if base else name
        numbered = [(value, f"{where}[{i}]") for i, value in enumerate(values or [])]
        if each.within is not None and each.key is not None:
            return self.linked(each, item, prefix, numbered)
        links = list(zip(each.by, self.keys, strict=False))
        chosen = []
        for value, path in numbered:
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
                following[index] if index < len(following) else self.make_after(node, part, each, turn, index)
            )
            for op in wrapped:
                if index < len(rest[id(op)]):
                    place = self.choose(again, each.plan.part, op.address, make=True)
                    if place is not None:
                        self.fill(op, place, op.address.keys[0], rest[id(op)][index], "")
        for again in following[count:]:
            remove(node, again)

    def make_after(self, node: Draft, part: Part, each: Each, turn: Draft, index: int) -> Draft:
        """Make a continuation turn right behind the turn that it continues."""
        made = self.make(node, part, each.address)
        parent = parent_of(node, made)
        siblings = parent.children
        siblings.remove(made)
        siblings.insert(siblings.index(turn) + 1 + index, made)
        return made

    def choose(self, node: Draft, part: Part, address: Address, *, make: bool) -> Draft | None:
        """Give the node an address chooses, one with a hole for it first; make it if allowed."""
        found = matching(node, address)
        key = address.keys[0] if address.keys else None
        for one in found:
            if isinstance(one.values.get(key or ""), Hole):
                return one
        if found:
            return found[0]
        if not make:
            return None
        for step, below in zip(address.steps, address.parts, strict=True):
            found = children_of(node, step)
            node = found[0] if found else make_child(node, part, step)
            part = below
        return node

    def make(self, node: Draft, part: Part, address: Address) -> Draft:
        """Make a new node at the end of an address, below the last of each node on the way."""
        for index, (step, below) in enumerate(zip(address.steps, address.parts, strict=True)):
            found = children_of(node, step) if index < len(address.steps) - 1 else []
            node = found[-1] if found else make_child(node, part, step)
            part = below
        return node

    def fill(self, op: Op, target: Draft, key: str, text: str, where: str) -> None:
        """Put a text at a leaf; the sender's own characters win where they mean the same."""
        old = target.values.get(key)
        if isinstance(old, Hole):
            if old.was and old.plain == text:
                text = old.was
        elif old and old != op.default:
            return
        target.values[key] = text
        if where:
            self.out.append((where, target, key))

    def finding(self, op: Op, problem: str, message: str, severity: Severity) -> None:
        self.findings.append(
            Finding(
                code=f"mapping.{self.mapping.id.replace('/', '.')}/{op.row.address}/{problem}",
                message=message,
                severity=severity,
                layer=Layer.BUSINESS,
                place=op.row.address,
            )
        )


def write(
    mapping: Mapping, plain: dict[str, Any], kept: Draft | None = None, *, near: bool = False
) -> Written:
    """Write a plain entry as a message's tree.

    `kept` is the residue of the message that the entry was read from (it is filled in
    place); `near` is the profile's leave to write what is only near.
    """
    root = kept if kept is not None else Draft(mapping.spec.root.name)
    writer = _Writer(mapping, plain, kept=kept is not None, near=near)
    writer.rows(mapping.plan, root, plain, "", 0)
    writer.late()
    _order_leaves(root, mapping.spec.root)
    unwritten = tuple(path for path, _ in leaf_paths(plain) if not _covered(path, writer.written))
    return Written(root, writer.out, unwritten, writer.findings)


def _order_leaves(node: Node, part: Part | None) -> None:
    """Put the leaves of new nodes in the standard's order."""
    if isinstance(node, Draft) and node.fresh and part is not None and len(node.values) > 1:
        order = {key: index for index, key in enumerate(part.leaves)}
        ranked = sorted(node.values, key=lambda key: order.get(key.split("#")[0], len(order)))
        node.values = {key: node.values[key] for key in ranked}
    for child in node.children:
        _order_leaves(child, part.part(child.name) if part is not None else None)


def _covered(path: str, written: set[str]) -> bool:
    """Tell whether a path, or an object around it, was written."""
    while True:
        if path in written:
            return True
        at = max(path.rfind("."), path.rfind("["))
        if at <= 0:
            return False
        path = path[:at]
