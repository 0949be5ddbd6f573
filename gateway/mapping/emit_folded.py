"""A table's rows as functions over a folded tree.

Most elements of XML hold a text and nothing else. In a folded tree they are no nodes but
values of the element around them, `Name` and `Name@attribute`, and a row that speaks of one is a
line of its parent's function. Rows that ask for more than a plain leaf keep theirs as a node:
those with conditions, loops over leaves, joined ones, and those whose order tells.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.entry.base import Model
from gateway.mapping.address import ANY
from gateway.mapping.emit import Reads, compiled
from gateway.mapping.plan import Op
from gateway.mapping.source import indented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Mapping as Names

    from gateway.mapping.address import Step
    from gateway.mapping.plan import Branch, Each, Mapping, Plan
    from gateway.mapping.run import Run
    from gateway.tree import Node


@dataclass(frozen=True, slots=True)
class Folding:
    """How a table reads a folded tree: the names that stay nodes, by the element around them."""

    kept: Names[str, frozenset[str]]
    read: Callable[[Node], Run]


def folding(mapping: Mapping) -> Folding | None:
    """Compile what reads a folded message of this table; None where a row looks at leaves as a whole."""
    kept = kept_names(mapping)
    return None if kept is None else Folding(kept, compiled(_FoldedReads, mapping, kept=kept))


def kept_names(mapping: Mapping) -> Names[str, frozenset[str]] | None:
    """Give the names that stay nodes in a folded tree, by the element around them; None where it cannot be folded."""
    kept: dict[str, set[str]] = defaultdict(set)
    if not all(_keep(mapping.plan, kept, frozenset(_told(mapping.plan)))):
        return None
    return {name: frozenset(found) for name, found in kept.items()}


def _told(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Name the objects that a row makes with something in them: who comes first there tells."""
    for op in [*_ops(plan), *plan.joins]:
        for path in op.paths:
            names = tuple(step.name for step in path.steps)
            yield from (names[: at + 1] for at, step in enumerate(path.steps) if step.single and step.select)
    for branch in (one for branches in plan.branches.values() for one in branches):
        yield from _told(branch.plan)
    for each in plan.whole:
        yield from _told(each.plan)


def _keep(plan: Plan, kept: dict[str, set[str]], told: frozenset[tuple[str, ...]]) -> Iterator[bool]:
    """Collect the names that stay nodes; false for a row that a folded tree cannot serve."""
    mine = kept[plan.part.name]
    for op in _ops(plan):
        yield op.address.keys != (ANY,)
    for op in plan.joins:
        for address in op.joined:
            _keep_way(plan.part.name, address.steps, kept)
    for each in plan.whole:
        yield from _keep_each(each, kept, told)
    for name, branches in plan.branches.items():
        if not _folds(branches, told):
            mine.add(name)
        for branch in branches:
            for condition in branch.conditions:
                _keep_names(name, condition.path, kept)
            if branch.each is not None:
                yield from _keep_each(branch.each, kept, told)
            else:
                yield from _keep(branch.plan, kept, told)


def _keep_each(each: Each, kept: dict[str, set[str]], told: frozenset[tuple[str, ...]]) -> Iterator[bool]:
    yield not each.wrap_keys
    if each.key_op is not None:
        for op in (each.key_op, *each.plan.rivals.get(id(each.key_op), ())):
            _keep_way(each.plan.part.name, op.address.steps, kept)
    yield from _keep(each.plan, kept, told)


def _keep_way(name: str, steps: Sequence[Step], kept: dict[str, set[str]]) -> None:
    for step in steps:
        kept[name].add(step.name)
        for condition in step.conditions:
            _keep_names(step.name, condition.path, kept)
        name = step.name


def _keep_names(name: str, path: Sequence[str], kept: dict[str, set[str]]) -> None:
    for below in path:
        kept[name].add(below)
        name = below


def _ops(plan: Plan) -> list[Op]:
    return [*(simple[0] for simple in plan.simple), *(op for op in plan.ops if isinstance(op, Op))]


def _folds(branches: list[Branch], told: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether children of a name are plain leaves, each with rows of its own."""
    if len(branches) > 1 or branches[0].conditions or branches[0].nth or branches[0].each is not None:
        return False
    plan = branches[0].plan
    below = plan.part.parts or plan.branches or plan.joins or plan.whole
    return not below and all(_plain(op, told) for op in _ops(plan))


def _plain(op: Op, told: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether it is one text for one place, whatever was read before it."""
    names = [tuple(step.name for step in path.steps) for path in op.paths]
    if any(way[:end] in told for way in names for end in range(len(way) + 1)):
        return False
    steps = [step for path in op.paths for step in path.steps]
    objects = any(isinstance(path.type, type) and issubclass(path.type, Model) for path in op.paths)
    return (
        len(op.address.keys) == 1
        and not (op.near or op.agree or op.contested or op.absolute or op.joined or objects)
        and not any(step.select or step.many for step in steps)
        and all(path.steps[-1].index is None for path in op.paths)
    )


class _FoldedReads(Reads):
    """The functions that read one table's folded messages."""

    sound = True
    kept: Names[str, frozenset[str]]

    def plan(self, plan: Plan) -> str:
        """Define what reads one node: the leaves in it are its own values."""
        mine = self.kept.get(plan.part.name, frozenset())
        folded = {name: found[0].plan for name, found in plan.branches.items() if name not in mine}
        rest = {name: found for name, found in plan.branches.items() if name in mine}
        lines = ["v = c.values"] if folded else []
        for name, leaf in folded.items():
            ops = [op for op in _ops(leaf) if op.paths and not op.write_only]
            own = [line for op in ops if not op.address.keys[0] for line in self.leaf(op, name)]
            others = [line for op in ops if op.address.keys[0] for line in self.attribute(op, name)]
            if own or others:
                # A leaf's attributes are there with its element only.
                lines += [f"if {name!r} in v:", *indented([*own, *others])]
        return self.body(replace(plan, branches=rest), lines)

    def leaf(self, op: Op, name: str) -> list[str]:
        """Give the lines that read one folded leaf, which is there."""
        lines = self.converted(op)
        return [f"t = v[{name!r}]", *(lines if op.nth is None else ["if t:", *indented(lines)])]

    def attribute(self, op: Op, name: str) -> list[str]:
        """Give the lines that read an attribute of a folded leaf, if it is there."""
        key = f"{name}{op.address.keys[0]}"
        return [f"if {key!r} in v:", *indented(self.leaf(op, key))]


__all__ = ["Folding", "folding", "kept_names"]
