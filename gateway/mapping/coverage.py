"""What became of each leaf of a message: mapped, ignored (and why), control, or unmapped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from gateway.tree import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.mapping.plan import Mapping
    from gateway.mapping.read import Reading
    from gateway.specs import Part
    from gateway.tree import Node

MAPPED = "mapped"
IGNORED = "ignored"
CONTROL = "control"
UNMAPPED = "unmapped"


class Covered(NamedTuple):
    """One leaf, its category, and the canonical path or the reason."""

    leaf: Leaf
    category: str
    why: str


def cover(mapping: Mapping, root: Node, reading: Reading) -> tuple[Covered, ...]:
    """Give every leaf of a transaction with what became of it, in wire order."""
    mapped = {(id(m.node), m.key): m.path for m in reading.mapped}
    control = {(id(node), key) for node, key in reading.control}
    for node, condition in reading.conditions:
        control.add((id(condition.place(node)), condition.key))
    ignored: dict[tuple[int, str | None], str] = {(id(n), key): why for n, key, why in reading.ignored}
    found = []
    for leaf, spec_control, above in _walk(root, mapping.spec.root, mapping.spec.separator, "", ()):
        key = (id(leaf.node), leaf.key)
        whole = next((ignored[node, None] for node in above if (node, None) in ignored), None)
        if key in mapped:
            found.append(Covered(leaf, MAPPED, mapped[key]))
        elif key in control or spec_control:
            found.append(Covered(leaf, CONTROL, ""))
        elif key in ignored:
            found.append(Covered(leaf, IGNORED, ignored[key]))
        elif whole is not None:
            found.append(Covered(leaf, IGNORED, whole))
        elif leaf.key in mapping.anywhere:
            found.append(Covered(leaf, IGNORED, mapping.anywhere[leaf.key]))
        else:
            found.append(Covered(leaf, UNMAPPED, ""))
    return tuple(found)


def _walk(
    node: Node, part: Part | None, separator: str, prefix: str, above: tuple[int, ...]
) -> Iterator[tuple[Leaf, bool, tuple[int, ...]]]:
    """Walk a tree beside its spec, as `tree.walk` does, with the nodes around each leaf."""
    above = (*above, id(node))
    for key, text in node.values.items():
        if text:
            spec = part.leaves.get(key) or part.leaves.get(key.split("#")[0]) if part else None
            address = f"{prefix}{separator}{key}" if key else prefix
            yield Leaf(address, node, key, text), spec is not None and spec.control, above
    seen: Counter[str] = Counter()
    for child in node.children:
        seen[child.name] += 1
        turn = seen[child.name]
        name = child.name if turn == 1 else f"{child.name}[{turn}]"
        below = part.part(child.name) if part else None
        yield from _walk(child, below, separator, f"{prefix}/{name}" if prefix else name, above)


def count(covered: Iterable[Covered]) -> dict[str, int]:
    """Count leaves by category; the four sum up to all leaves."""
    counted = Counter(one.category for one in covered)
    return {name: counted[name] for name in (MAPPED, IGNORED, CONTROL, UNMAPPED)}
