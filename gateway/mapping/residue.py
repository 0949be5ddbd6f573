"""What no mapping carried, kept so that the same message can be written again, byte for byte.

The residue is the message's tree with a hole where each canonical value was. Writing
the entry onto it gives the message back; the sender's own way of writing a value is
remembered in the hole where ours differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.mapping.nodes import Hole
from gateway.mapping.write import trace
from gateway.tree import Draft

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gateway.mapping.plan import Mapping
    from gateway.mapping.read import Reading
    from gateway.tree import Node

Leaves = set[tuple[int, str]]


def residue(mapping: Mapping, root: Node, reading: Reading, plain: dict[str, Any]) -> Draft:
    """Give a message's tree with holes for what `reading` mapped into `plain`."""
    mapped = {(id(m.node), m.key) for m in reading.mapped}
    asked = {(id(condition.place(node)), condition.key) for node, condition in reading.conditions}
    trials: list[tuple[Draft, Draft, str, str]] = []
    kept, trial = _twins(root, mapped, asked, trials)
    trace(mapping, plain, trial)
    for place, tried, key, text in trials:
        hole = place.values[key]
        again = tried.values.get(key)
        if isinstance(again, Hole) or again is None:
            # Nothing would be written back here, so the text itself is kept.
            place.values[key] = text
        elif again != text or (isinstance(hole, Hole) and hole.was):
            place.values[key] = Hole(text, again)
    return kept


def _twins(
    node: Node,
    mapped: AbstractSet[tuple[int, str]],
    asked: AbstractSet[tuple[int, str]],
    trials: list[tuple[Draft, Draft, str, str]],
) -> tuple[Draft, Draft]:
    """Copy a tree twice, with holes: one copy to keep, one to try the writing on."""
    kept, trial = (Draft(node.name, layout=node.layout, fresh=False) for _ in range(2))
    for key, text in node.values.items():
        if (id(node), key) in mapped:
            # What a condition asks stays readable in its hole.
            was = text if (id(node), key) in asked else ""
            kept.values[key] = Hole(was)
            trial.values[key] = Hole(was)
            trials.append((kept, trial, key, text))
        else:
            kept.values[key] = trial.values[key] = text
    for child in node.children:
        below, below_trial = _twins(child, mapped, asked, trials)
        kept.children.append(below)
        trial.children.append(below_trial)
    return kept, trial


def thaw(node: Node) -> Draft:
    """Copy a tree as it is, to be kept."""
    return Draft.copied(node)


def to_json(node: Node) -> dict[str, Any]:
    """Give a kept tree as JSON-plain values; a hole is null, or what it remembers."""
    plain: dict[str, Any] = {"name": node.name}
    if node.values:
        plain["values"] = {
            key: _hole_json(text) if isinstance(text, Hole) else text for key, text in node.values.items()
        }
    if node.children:
        plain["children"] = [to_json(child) for child in node.children]
    if node.layout:
        plain["layout"] = node.layout
    if isinstance(node, Draft) and node.borrowed:
        plain["borrowed"] = node.borrowed
    return plain


def _hole_json(hole: Hole) -> dict[str, str] | None:
    return {"was": hole.was, "plain": hole.plain} if hole.was else None


def from_json(plain: Any) -> Draft:
    """Read a kept tree back; `ValueError` for anything that is none."""
    if not isinstance(plain, dict) or not isinstance(plain.get("name"), str):
        raise ValueError("a node of a residue has a name")  # noqa: TRY004 - the text is wrong, not a type
    node = Draft(plain["name"], layout=str(plain.get("layout", "")), fresh=False)
    values, children = plain.get("values", {}), plain.get("children", [])
    if not isinstance(values, dict) or not isinstance(children, list):
        raise ValueError(f"{node.name}: values is an object and children a list")  # noqa: TRY004
    for key, text in values.items():
        if text is None:
            node.values[key] = Hole()
        elif isinstance(text, dict):
            node.values[key] = Hole(str(text.get("was", "")), str(text.get("plain", "")))
        else:
            node.values[key] = str(text)
    node.children = [from_json(child) for child in children]
    borrowed = plain.get("borrowed", {})
    if not isinstance(borrowed, dict):
        raise ValueError(f"{node.name}: borrowed is an object")  # noqa: TRY004
    node.borrowed = borrowed
    return node
