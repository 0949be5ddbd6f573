"""A table's rows for the compiled part, over a folded tree: what `emit_folded.py` writes as Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.mapping.emit_folded import kept_names
from gateway.mapping.emit_quick import LEAF, Tuples, quick
from gateway.mapping.plan import Op
from gateway.quick import COMPILED, Asked

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from gateway.mapping.emit_quick import Quick
    from gateway.mapping.plan import Branch, Mapping, Plan
    from gateway.specs import Part


def quick_folded(mapping: Mapping) -> Quick | None:
    """Write a table's rows for folded trees; None where there is no compiled part, or a row is not done there."""
    if not COMPILED or (kept := kept_names(mapping)) is None:
        return None
    return quick(mapping, FoldedTuples, kept=kept, asked=Asked(kept))


class FoldedTuples(Tuples):
    """The rows of one table, those of plain leaves with the node around them."""

    kept: Names[str, frozenset[str]]
    leaf = ""

    def folded(self, plan: Plan, model: Any) -> list[tuple[Any, ...]]:
        """Give the rows of the leaves that are values of this node."""
        kept = self.kept.get(plan.part.name, frozenset())
        rows = []
        for name, branches in plan.branches.items():
            if name in kept:
                continue
            leaf = branches[0].plan
            ops = [*(simple[0] for simple in leaf.simple), *(op for op in leaf.ops if isinstance(op, Op))]
            self.leaf = name
            rows += [self.row(op, plan.part, model) for op in ops if op.paths and not op.write_only]
            self.leaf = ""
        return rows

    def nodes(self, plan: Plan) -> dict[str, list[Branch]]:
        """Give the branches whose nodes stay nodes."""
        kept = self.kept.get(plan.part.name, frozenset())
        return {name: branches for name, branches in plan.branches.items() if name in kept}

    def source(self, op: Op, part: Part, *, followed: bool = False) -> tuple[Any, ...]:
        """Write where a row's text is: that of a folded leaf is a value of the node around it."""
        if not self.leaf:
            return super().source(op, part, followed=followed)
        return LEAF, 0, 0, (((), self.asked.key(part.name, f"{self.leaf}{op.address.keys[0]}")),)
