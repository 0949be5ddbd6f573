"""Writing single values: into the leaf that a row's address chooses, made where it is missing."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from gateway.finding import Finding, Layer, Severity
from gateway.mapping.address import ANY
from gateway.mapping.convert import cut_words
from gateway.mapping.nodes import Chosen, Hole, asked, choose, cut, holes, make, matching, spread
from gateway.mapping.plan import ABSENT, ORDINAL, Op

if TYPE_CHECKING:
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Constant, Mapping, Plan
    from gateway.specs import Part
    from gateway.tree import Draft, Node


class Filler:
    """One writing in progress. `kept` says whether the tree came from a message."""

    def __init__(self, mapping: Mapping, plain: dict[str, Any], *, kept: bool, near: bool) -> None:
        self.mapping = mapping
        self.plain = plain
        self.kept = kept
        self.near = near or kept
        self.written: set[str] = set()
        self.out: list[tuple[str, Node, str]] = []
        self.findings: list[Finding] = []
        self.rest: dict[tuple[int, int], list[str]] = {}
        self.held: set[tuple[int, int]] = set()
        self.moved: dict[tuple[int, int], int] = {}

    def hold(self, plan: Plan, node: Draft) -> None:
        """Note, before anything is filled, which contested rows were read at this kept node."""
        for op in (step for step in plan.steps if isinstance(step, Op)):
            if id(op) in plan.rivals and holes(op, node):
                self.held.add((id(op), id(node)))
        for ops in plan.lists:
            there = [op for op in ops if holes(op, node)]
            for index, op in enumerate(there):
                self.moved[id(op), id(node)] = index
            for op in ops if there else ():
                self.moved.setdefault((id(op), id(node)), -1)

    def own(self, op: Op, plan: Plan, node: Draft) -> bool:
        """Tell whether a row may write at a node: in a kept one not what another row had read there."""
        if node.fresh:
            return True
        here = (id(op), id(node))
        if self.moved.get(here, 0) < 0:
            return False
        if here in self.held:
            return True
        return not any((id(rival), id(node)) in self.held for rival in plan.rivals.get(id(op), ()))

    def text(self, op: Op, item: dict[str, Any], prefix: str, number: int) -> str | None:
        """Give the wire text of a row, None where there is nothing to write."""
        if not op.paths:
            return str(number) if number else None
        source = self.plain if op.absolute else item
        try:
            text = self.position(op.nth, op.paths[0].get(source)) if op.nth else op.format(source)
        except ValueError as error:
            self.finding(op, "write/failed", str(error), Severity.ERROR)
            return None
        if text is None:
            return None
        if op.near and not self.near:
            self.findings.append(near_withheld(self.mapping, op))
            return None
        base = "" if op.absolute else prefix
        for path in op.paths:
            if path.get(source) is not None:
                self.mark(path, source, base)
        return text

    def mark(self, path: Path, source: dict[str, Any], base: str) -> None:
        """Note that a value was written, and with it what chose its item (`[scheme=irs]`)."""
        where = path.concrete(source)
        where = f"{base}.{where}" if base else where
        self.written.add(where)
        for number, step in enumerate(path.steps, 1):
            if step.select is not None:
                depth = len(path.steps) - number
                item = where.rsplit(".", depth)[0] if depth else where
                self.written.add(f"{item}.{step.select[0]}")

    def unmark(self, op: Op, where: str) -> None:
        """Take back that a value was written: the message has one place and that is another value's."""
        self.written.discard(where)
        item, select = where.rpartition(".")[0], op.paths[0].steps[-2:-1] if op.paths else ()
        for step in select:
            if step.select is not None:
                self.written.discard(f"{item}.{step.select[0]}")

    def position(self, nth: Path, value: Any) -> str | None:
        """Give the place of a key in its list, from 1."""
        if value is None:
            return None
        for index, one in enumerate(self.plain.get(nth.steps[0].name) or []):
            if one.get(nth.steps[-1].name) == value:
                return str(index + 1)
        raise ValueError(f"{value} is not in {nth.text}")

    def op(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str, number: int) -> None:
        """Write one row's value into the node that its address chooses."""
        if op.address.text == ORDINAL:
            for path in op.paths:
                self.written.add(f"{prefix}.{path.text}" if prefix else path.text)
        elif op.paths and op.paths[0].many:
            self.many(op, node, part, item, prefix)
        elif op.address.keys == (ANY,):
            self.free(op, node, part, item, prefix)
        else:
            moved = self.moved.get((id(op), id(node)))
            if moved is not None:
                # The text of a list that this row had read, wherever the list has it now.
                op = replace(op, paths=(op.paths[0].at(moved),))
            text = self.text(op, item, prefix, number)
            if text is not None:
                self.put(op, text, node, part, self.where(op, item, prefix))

    def put(self, op: Op, text: str, node: Draft, part: Part, where: str) -> None:
        """Put a row's text into the leaf, or the leaves, of its address."""
        if op.joined:
            self.put_joined(op, text, node, part, where)
            return
        target = choose(node, part, op.address, make=not (op.read_only or (op.write_only and self.kept)))
        if target is None and not op.read_only and not op.write_only:
            self.unmark(op, where)
        if target is None or (op.read_only and not holes(op, node)):
            return
        if len(op.address.keys) > 1 and op.wrap:
            pieces = cut_words(text, op.wrap, len(op.address.keys))
            for key, piece in zip_longest(op.address.keys, pieces, fillvalue=""):
                if piece or key in target.values:
                    self.fill(op, target, key, piece, where)
        elif len(op.address.keys) > 1:
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

    def free(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write an object whose field names are free."""
        flags = op.paths[0].get(item)
        target = choose(node, part, op.address, make=bool(flags))
        if not flags or target is None:
            return
        where = f"{prefix}.{op.paths[0].text}" if prefix else op.paths[0].text
        self.written.add(where)
        for key, value in flags.items():
            self.fill(op, target, key, op.convert.format(value), f"{where}.{key}")

    def where(self, op: Op, item: dict[str, Any], prefix: str) -> str:
        """Give the canonical path of a row's value, "" where the entry has none."""
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
            if not piece or (op.codes is not None and piece == ABSENT):
                continue
            target = choose(node, part, address, make=not op.read_only)
            if target is not None:
                self.fill(op, target, address.keys[0], piece, where)

    def many(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write each item of a list of texts into a node or a repetition of its own."""
        source, base = (self.plain, "") if op.absolute else (item, prefix)
        values, name = op.paths[0].items(source)
        targets = matching(node, op.address)
        if op.read_only and not holes(op, node):
            return
        repeats = all(one.count_max == 1 for one in op.address.parts)
        for index, value in enumerate(values):
            text = self.item_text(op, value)
            if text is None:
                continue
            where = f"{base}.{name}[{index}]" if base else f"{name}[{index}]"
            if repeats:
                target = targets[0] if targets else choose(node, part, op.address, make=True)
                key = op.address.keys[0] if index == 0 else f"{op.address.keys[0]}#{index + 1}"
            else:
                target = targets[index] if index < len(targets) else make(node, part, op.address)
                key = op.address.keys[0]
            if target is not None:
                self.fill(op, target, key, text, where)
                self.written.add(where)

    def item_text(self, op: Op, value: Any) -> str | None:
        """Give the wire text of one item of a list, None where it cannot be written."""
        try:
            if op.nth is not None:
                return self.position(op.nth, value)
            if op.codes is not None:
                return op.codes.write((value,))
            return op.convert.format(value)
        except ValueError as error:
            self.finding(op, "write/failed", str(error), Severity.ERROR)
            return None

    def copies(self, op: Op, node: Draft, part: Part, item: dict[str, Any], prefix: str) -> None:
        """Write a value into every node that the address matches."""
        text = self.text(op, item, prefix, 0)
        if text is None:
            return
        where = self.where(op, item, prefix)
        key = op.address.keys[0]
        targets = [one for one in matching(node, op.address) if isinstance(one.values.get(key), Hole)]
        if not targets and not op.read_only:
            targets = spread(node, part, op.address.steps, op.address.parts)
        for target in targets:
            self.fill(op, target, key, text, where)

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
            made = choose(node, part, address, make=True)
            targets = [made] if made is not None else []
        for target in targets:
            if target.fresh and not target.get(address.keys[0]):
                target.values[address.keys[0]] = constant.text

    def fill(self, op: Op, target: Draft, key: str, text: str, where: str) -> None:
        """Put a text at a leaf; the sender's own characters win where they mean the same."""
        old = target.values.get(key)
        if isinstance(old, Hole):
            if old.was and old.plain == text:
                text = old.was
        elif isinstance(old, Chosen) and text in old.values:
            pass
        elif old and old != op.default and not asked(op, key, old, text):
            return
        target.values[key] = text
        if where:
            self.out.append((where, target, key))

    def finding(self, op: Op, problem: str, message: str, severity: Severity) -> None:
        """Say what could not be written."""
        self.findings.append(at_row(self.mapping, op, problem, message, severity))


def near_withheld(mapping: Mapping, op: Op) -> Finding:
    """Say that a value is only near, and there is no leave to write it."""
    return at_row(mapping, op, "near/withheld", op.near, Severity.WARNING)


def at_row(mapping: Mapping, op: Op, problem: str, message: str, severity: Severity) -> Finding:
    """Make a finding about a row that could not write."""
    return Finding(
        code=f"mapping.{mapping.id.replace('/', '.')}/{op.row.address}/{problem}",
        message=message,
        severity=severity,
        layer=Layer.BUSINESS,
        place=op.row.address,
    )
