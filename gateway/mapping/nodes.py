"""The tree under a writer's hands: holes, and finding and making nodes by address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from gateway.mapping.read import only_leaves
from gateway.tree import Draft

if TYPE_CHECKING:
    from gateway.mapping.address import Address, Step
    from gateway.mapping.plan import Each, Op
    from gateway.specs import Part
    from gateway.tree import Node


class Hole(str):
    """The text of a leaf that a row carries: empty until it is filled.

    `was` is how the sender wrote it, `plain` how we would have written that value; both
    are "" where they are the same.
    """

    __slots__ = ("plain", "was")

    was: str
    plain: str

    def __new__(cls, was: str = "", plain: str = "") -> Self:
        """Make an empty text that remembers."""
        hole = super().__new__(cls, "")
        hole.was = was
        hole.plain = plain
        return hole


class Chosen(str):
    """The text that a condition `[key=V|W]` gave a new node; a row may say another of its values."""

    __slots__ = ("values",)

    values: tuple[str, ...]

    def __new__(cls, values: tuple[str, ...]) -> Self:
        """Make the first of the values."""
        chosen = super().__new__(cls, values[0])
        chosen.values = values
        return chosen


def make_child(node: Draft, part: Part, step: Step) -> Draft:
    """Make a node where the spec's order wants it, and fill what its conditions ask."""
    child = Draft(step.name)
    order = part.ranks
    mine = order.get(step.name, len(order))
    at = len(node.children)
    while at > 0 and order.get(node.children[at - 1].name, -1) > mine:
        at -= 1
    while part.free and at > 0 and _takes(node.children[at - 1], part, step.name):
        at -= 1
    node.children.insert(at, child)
    for condition in step.conditions:
        place = child
        for name in condition.path:
            below = next((one for one in place.children if one.name == name), None)
            if not isinstance(below, Draft):
                below = Draft(name)
                place.children.append(below)
            place = below
        if not condition.negated and condition.values[0]:
            place.values[condition.key] = Chosen(tuple(condition.values))
    return child


def _takes(child: Node, part: Part, name: str) -> bool:
    """Tell whether a record right behind `child` would be read as one of it, or of the last loop in it."""
    here = part.part(child.name)
    while here is not None and here.loop:
        if name != here.name and name in here.ranks:
            return not (here.closer and child.children and child.children[-1].name == here.closer)
        if not child.children:
            return False
        child = child.children[-1]
        here = here.part(child.name)
    return False


def adopt(node: Draft, step: Step, part: Part, key: str | None = None) -> Draft | None:
    """Give a new node whose qualifier is still open to a row that asks for one; None if there is none.

    `PER[03=TE]-04` and `PER[05=EM]-06` are two pairs of one segment. A node whose leaf `key` is
    taken is another value's, whatever its qualifier.
    """
    if part.count_max != 1 or not step.conditions:
        return None
    for child in node.children:
        if not (isinstance(child, Draft) and child.fresh and child.name == step.name):
            continue
        if key is not None and child.get(key):
            continue
        places = [(condition, condition.place(child)) for condition in step.conditions]
        if all(place is not None and not place.get(c.key) for c, place in places):
            for condition, place in places:
                if place is not None and not condition.negated:
                    place.values[condition.key] = condition.values[0]
            return child
    return None


def asked(op: Op, key: str, old: str, text: str) -> bool:
    """Tell whether a leaf holds one of the values `[key=V|W]` that chose its node, and the row says the other."""
    return any(
        condition.key == key and {old, text} <= set(condition.values)
        for address in op.joined or (op.address,)
        for step in address.steps
        for condition in step.conditions
    )


def holes(op: Op, node: Draft) -> bool:
    """Tell whether a row's value was read at this kept node."""
    addresses = op.joined or (op.address,)
    return any(
        isinstance(one.values.get(key), Hole)
        for address in addresses
        for one in matching(node, address)
        for key in address.keys
    )


def cut(text: str, width: int) -> list[str]:
    """Cut a text into pieces of at most `width`, the blank at a cut dropped."""
    pieces = []
    while len(text) > width:
        piece = text[:width]
        pieces.append(piece.rstrip(" ") or piece)
        text = text[width:]
    pieces.append(text)
    return pieces


def children_of(node: Node, step: Step) -> list[Draft]:
    """List the children that a step chooses."""
    found = [
        child
        for child in node.children
        if child.name == step.name
        and isinstance(child, Draft)
        and all(c.holds(child) for c in step.conditions)
    ]
    if step.nth:
        return found[step.nth - 1 :] if step.rest else found[step.nth - 1 : step.nth]
    return found


def matching(node: Draft, address: Address) -> list[Draft]:
    """List the nodes that an address chooses, in wire order."""
    found = [node]
    for step in address.steps:
        found = [below for one in found for below in children_of(one, step)]
    return found


def has_hole(node: Node) -> bool:
    """Tell whether a value was read from this node or below it."""
    return any(isinstance(text, Hole) for text in node.values.values()) or any(map(has_hole, node.children))


def kept_turns(each: Each, node: Draft) -> list[tuple[Draft, list[Draft]]]:
    """List the kept turns that had become items, each with the turns that continued it.

    The same choice as in reading: a turn with nothing but wrapped texts that follows
    another under one parent goes on with it.
    """
    if not each.address.steps:
        return [(node, [])]
    *way, last = each.address.steps
    parents = [node]
    for step in way:
        parents = [below for one in parents for below in children_of(one, step)]
    found: list[tuple[Draft, list[Draft]]] = []
    for parent in parents:
        first = len(found)
        for turn in children_of(parent, last):
            if not has_hole(turn):
                continue
            if each.wrap_keys and len(found) > first and continues(turn, each.wrap_keys):
                found[-1][1].append(turn)
            else:
                found.append((turn, []))
    return found


def continues(turn: Node, keys: frozenset[str]) -> bool:
    """Tell whether a kept turn carries nothing but holes of wrapped texts."""
    held = Draft(turn.name)
    pending = [turn]
    while pending:
        place = pending.pop()
        for key, text in place.values.items():
            if text or isinstance(text, Hole):
                held.values[key] = "x"
        pending.extend(place.children)
    return only_leaves(held, keys)


# The key of a turn that was made for what stands in it: the list that it is of has no item.
EVERY = object()


def belongs(link: Any, key: Any, turn: int) -> bool:
    """Tell whether an item stands under a turn; one that names none stands under the first."""
    if key is EVERY:
        return True
    return turn == 0 if link is None else link == key


def parent_of(node: Node, child: Node) -> Node:
    """Find the node that has this very child, somewhere below `node`."""
    pending = [node]
    while pending:
        place = pending.pop()
        if any(one is child for one in place.children):
            return place
        pending.extend(place.children)
    return node


def remove(node: Node, child: Node) -> None:
    """Take a node out of the tree."""
    parent = parent_of(node, child)
    parent.children[:] = [one for one in parent.children if one is not child]


def first(value: Any) -> Any:
    """Give the first of a list, or the value itself."""
    if isinstance(value, list):
        return value[0] if value else None
    return value


def choose(node: Draft, part: Part, address: Address, *, make: bool) -> Draft | None:
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
        leaf = key if step is address.steps[-1] else None
        next_node = found[0] if found else adopt(node, step, below, leaf)
        if next_node is None:
            if below.count_max == 1 and any(child.name == step.name for child in node.children):
                return None  # the only place there is holds another's value
            next_node = make_child(node, part, step)
        node, part = next_node, below
    return node


def make(node: Draft, part: Part, address: Address) -> Draft:
    """Make a new turn of an address: new from its deepest node that may repeat."""
    repeating = [index for index, one in enumerate(address.parts) if one.count_max != 1]
    first_new = repeating[-1] if repeating else len(address.steps) - 1
    for index, (step, below) in enumerate(zip(address.steps, address.parts, strict=True)):
        found = children_of(node, step) if index != first_new else []
        node = found[-1] if found else make_child(node, part, step)
        part = below
    return node


def spread(node: Draft, part: Part, steps: tuple[Step, ...], parts: tuple[Part, ...]) -> list[Draft]:
    """Find or make the node below every node that matches on the way."""
    if not steps:
        return [node]
    found = children_of(node, steps[0])
    if not found:
        found = [make_child(node, part, steps[0])]
    return [end for one in found for end in spread(one, parts[0], steps[1:], parts[1:])]


def make_after(node: Draft, part: Part, address: Address, turn: Node, index: int) -> Draft:
    """Make a continuation turn right behind the turn that it continues."""
    made = make(node, part, address)
    siblings = parent_of(node, made).children
    siblings.remove(made)
    siblings.insert(siblings.index(turn) + 1 + index, made)
    return made


def order_leaves(node: Node, part: Part | None) -> None:
    """Put the leaves of new nodes in the standard's order."""
    if isinstance(node, Draft) and node.fresh and part is not None and len(node.values) > 1:
        values = node.values
        ranked = [key for key in part.leaves if key in values]
        if len(ranked) < len(values):
            order = {key: index for index, key in enumerate(part.leaves)}
            ranked = sorted(values, key=lambda key: order.get(key.split("#")[0], len(order)))
        if list(values) != ranked:
            node.values = {key: values[key] for key in ranked}
    for child in node.children:
        order_leaves(child, part.part(child.name) if part is not None else None)
