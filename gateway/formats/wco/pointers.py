"""Pointers: places of a document as paths of WCO class and element ids, and back.

Lives here: building the Pointer list of an Error from a finding, and finding the leaf
that a received list means. A list is one path: each step names a class, its occurrence
where it repeats, and the last one the element's TagID (reference, section 8). Reading is
tolerant: a path that leads nowhere stays readable as `42A/67A/68A[1]@128`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.wco.node import XmlNode
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.specs.wco_grammar import Element


class Step(NamedTuple):
    """One step of a path: class id, occurrence from 1 or "" where none is said, TagID or ""."""

    section: str
    sequence: str = ""
    tag: str = ""


class Target(NamedTuple):
    """What a path leads to: the address, and the node where the document has one."""

    place: str
    node: Node | None


def steps_of(finding: Finding, root: Node, element: Element) -> list[Step]:
    """Give the path of a finding: by its place where that is an address here, else by its span."""
    steps, resolved = _by_place(finding.place, element)
    if resolved:
        return steps
    if finding.span is not None and isinstance(root, XmlNode):
        place = _place_at(root, finding.span.start)
        if place is not None:
            return _by_place(place, element)[0]
    return steps if len(steps) > 1 else []


def nodes_of(steps: Sequence[Step]) -> list[Node]:
    """Give a path as Pointer elements."""
    found = []
    for step in steps:
        parts = (
            ("SequenceNumeric", step.sequence),
            ("DocumentSectionCode", step.section),
            ("TagID", step.tag),
        )
        found.append(Node("Pointer", children=[Node(name, {"": text}) for name, text in parts if text]))
    return found


def read_steps(holder: Node) -> list[Step]:
    """Read the Pointer children of an Error, Status, Amendment or AdditionalInformation."""
    found = []
    for pointer in holder.children:
        if pointer.name == "Pointer":
            texts = {child.name: child.get("") for child in pointer.children}
            found.append(
                Step(
                    texts.get("DocumentSectionCode", ""),
                    texts.get("SequenceNumeric", ""),
                    texts.get("TagID", ""),
                )
            )
    return found


def compact(steps: Sequence[Step]) -> str:
    """Write a path for people: `42A/67A/68A[1]/23A/65A@128`."""
    return "/".join(
        f"{step.section}{f'[{step.sequence}]' if step.sequence else ''}{f'@{step.tag}' if step.tag else ''}"
        for step in steps
    )


def target(steps: Sequence[Step], root: Node, element: Element) -> Target | None:
    """Find what a path leads to in a document. None for a path that the schema does not have."""
    if not steps or steps[0].section != element.id:
        return None
    node: Node | None = root
    place = ""
    for step in steps[1:]:
        part = next(
            (child for child in element.children if child.id == step.section and not child.family), None
        )
        if part is None:
            return None
        turn = int(step.sequence) if step.sequence.isdigit() and part.count_max != 1 else 1
        name = part.name if turn == 1 else f"{part.name}[{turn}]"
        place = f"{place}/{name}" if place else name
        node = _nth(node, part.name, turn)
        element = part
    tag = steps[-1].tag
    if tag:
        leaf = next((child for child in element.children if child.id == tag and child.family), None)
        if leaf is None:
            return None
        place = f"{place}/{leaf.name}" if place else leaf.name
        node = _nth(node, leaf.name, 1)
        if leaf.children:
            place = f"{place}/{leaf.children[0].name}"
            node = _nth(node, leaf.children[0].name, 1)
    return Target(place, node)


def _by_place(place: str, element: Element) -> tuple[list[Step], bool]:
    """Give the path of an address, as far as the schema has it, and whether that was all of it."""
    steps = [Step(element.id)]
    for name, turn in _named(place):
        part = element.child(name)
        if part is None:
            return steps, False
        if part.family:
            # A date's text has the id of the date.
            steps[-1] = steps[-1]._replace(tag=part.id)
            return steps, True
        sequence = str(turn) if part.count_max != 1 else ""
        steps.append(Step(part.id, sequence))
        element = part
    return steps, True


def _named(place: str) -> list[tuple[str, int]]:
    found = []
    for text in place.partition("@")[0].split("/") if place.partition("@")[0] else []:
        name, _, turn = text.partition("[")
        number = turn.rstrip("]")
        found.append((name, int(number) if number.isdigit() else 1))
    return found


def _place_at(root: XmlNode, offset: int) -> str | None:
    """Give the address of the deepest element around an offset; None outside the root."""
    extent = root.extent()
    if not extent.start <= offset < extent.end:
        return None
    names: list[str] = []
    node: Node = root
    while True:
        seen: dict[str, int] = {}
        for child in node.children:
            turn = seen[child.name] = seen.get(child.name, 0) + 1
            inner = child.extent()
            if inner and inner.start <= offset < inner.end:
                names.append(child.name if turn == 1 else f"{child.name}[{turn}]")
                node = child
                break
        else:
            return "/".join(names)


def _nth(node: Node | None, name: str, turn: int) -> Node | None:
    if node is None:
        return None
    same = [child for child in node.children if child.name == name]
    return same[turn - 1] if 0 < turn <= len(same) else None
