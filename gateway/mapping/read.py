"""From a message's tree to a plain entry: one walk, every value with the leaf it came from.

Nothing here knows a format. What a row cannot take (a text that does not convert, a
copy that differs) stays unmapped and is a finding; nothing is lost.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.finding import Finding, Layer, Severity
from gateway.mapping.address import ANY
from gateway.mapping.compile import ABSENT, Constant, Each, Ignored, Op, Plan
from gateway.mapping.path import enter

if TYPE_CHECKING:
    from gateway.mapping.address import Address, Condition
    from gateway.mapping.compile import Branch, Mapping
    from gateway.mapping.path import Path
    from gateway.tree import Node


class Mapped(NamedTuple):
    """One canonical value and the leaf that it came from (several of them in a joined row)."""

    path: str
    node: Node
    key: str
    op: Op


KeyLeaf = tuple["Node", str, Op] | None


@dataclass(slots=True)
class Reading:
    """What one walk found. `plain` is the entry as JSON-plain values, not yet validated.

    `links` are keys that stand in other items too (a line's bills): the leaf is the key's.
    """

    plain: dict[str, Any] = field(default_factory=dict)
    mapped: list[Mapped] = field(default_factory=list)
    links: list[Mapped] = field(default_factory=list)
    control: list[tuple[Node, str]] = field(default_factory=list)
    conditions: list[tuple[Node, Condition]] = field(default_factory=list)
    ignored: list[tuple[Node, str | None, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Turn:
    """The item that a turn of a loop is read into, and where it stands in the entry."""

    item: dict[str, Any]
    prefix: str

    def at(self, path: str) -> str:
        return f"{self.prefix}.{path}" if self.prefix else path


class _Walk:
    """One reading in progress."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.reading = Reading()
        self.root = _Turn(self.reading.plain, "")
        self.keys: list[tuple[Any, KeyLeaf]] = []
        self.last: dict[int, tuple[Node, _Turn]] = {}
        self.positions: list[tuple[Op, Path, Node, str, _Turn]] = []
        self.noted: set[Op] = set()
        self.taken: dict[tuple[int, str], list[int]] = {}
        self.pieces: dict[tuple[int, int], int] = {}

    def node(self, plan: Plan, node: Node, turn: _Turn) -> None:
        """Read one node's leaves, then its children by name."""
        if plan.simple:
            self.simple(plan, node, turn)
        for op in plan.ops:
            self.other(op, node, turn)
        for each in plan.whole:
            self.turn(each, node, node, turn)
        branches = plan.branches
        if branches and node.children:
            counts: dict[int, int] = {}
            for child in node.children:
                found = branches.get(child.name)
                if found is not None:
                    for branch in found:
                        self.branch(branch, node, child, turn, counts)
        for op in plan.joins:
            self.join(op, node, turn)

    def other(self, op: Op | Constant | Ignored, node: Node, turn: _Turn) -> None:
        """Read a row that is more than a plain leaf."""
        if isinstance(op, Op):
            self.leaf(op, node, turn)
        elif isinstance(op, Constant):
            key = op.address.keys[0]
            if node.get(key) == op.text:
                self.reading.control.append((node, key))
        else:
            self.reading.ignored.append((node, op.address.keys[0] if op.address.keys else None, op.reason))

    def simple(self, plan: Plan, node: Node, turn: _Turn) -> None:
        """Read the rows that are one leaf, one converter and one plain path: most of them.

        The same as `leaf` and `value` do, without the questions whose answers are known
        when the table is compiled.
        """
        get, item, prefix, mapped = node.get, turn.item, turn.prefix, self.reading.mapped
        for op, key, way, name, parse in plan.simple:
            text = get(key)
            if not text or text.isspace():
                continue
            place = item
            for step in way:
                place = place.setdefault(step, {})
            if name in place:
                self.leaf(op, node, turn)
                continue
            try:
                place[name] = parse(text)
            except ValueError as error:
                self.finding(op, node, key, "convert/failed", str(error), text)
                continue
            path = op.paths[0].text
            mapped.append(Mapped(f"{prefix}.{path}" if prefix else path, node, key, op))

    def branch(self, branch: Branch, parent: Node, child: Node, turn: _Turn, counts: dict[int, int]) -> None:
        """Follow one branch if its conditions choose this child."""
        for condition in branch.conditions:
            if not condition.holds(child):
                return
        if branch.nth:
            counts[id(branch)] = counts.get(id(branch), 0) + 1
            if counts[id(branch)] != branch.nth:
                return
        for condition in branch.conditions:
            self.reading.conditions.append((child, condition))
        if branch.each is None:
            self.node(branch.plan, child, turn)
        else:
            self.turn(branch.each, parent, child, turn)

    def turn(self, each: Each, parent: Node, node: Node, outer: _Turn) -> None:
        """Read one turn of a loop into a new item, or into the one that has its key."""
        last = self.last.get(id(each))
        if each.wrap_keys and last is not None and last[0] is parent and only_leaves(node, each.wrap_keys):
            self.continuation(each, node, last[1])
            return
        target = self.root if each.absolute else outer
        name = each.path.steps[-1].name
        owner = _owner(target.item, each.path)
        items = owner.setdefault(name, []) if owner is not None else []
        key, leaf = self.key(each, node)
        known = _known(items, each.key, key) if each.within is not None else None
        where = target.at(_list_text(each.path))
        inner = _Turn({}, f"{where}[{len(items) if known is None else known}]")
        mark = len(self.reading.mapped)
        if each.key is not None:
            self.keys.append((key, leaf))
        self.node(each.plan, node, inner)
        if each.key is not None:
            self.keys.pop()
        if known is not None:
            self.merge(items[known], inner.item, each, mark)
        elif inner.item:
            if each.select is not None:
                inner.item[each.select[0]] = each.select[1]
            items.append(inner.item)
            self.finish(each, inner, len(items))
        elif not items and owner is not None:
            del owner[name]
        if inner.item and each.within is not None and key is not None:
            self.link(each.within, outer, key, leaf)
        if known is None and inner.item:
            self.last[id(each)] = (parent, inner)

    def finish(self, each: Each, inner: _Turn, number: int) -> None:
        """Give a new item its parents' keys and its number."""
        for path, (key, leaf) in zip(each.by, self.keys, strict=False):
            if path is not None and key is not None:
                self.link(path, inner, key, leaf)
        for op in each.plan.ordinals:
            op.paths[0].put(inner.item, number)

    def link(self, path: Path, turn: _Turn, key: Any, leaf: KeyLeaf) -> None:
        """Write another item's key into an item; it comes from where the key stands."""
        path.put(turn.item, key)
        where = turn.at(path.concrete(turn.item))
        if leaf is not None:
            self.reading.links.append(Mapped(where, *leaf))

    def key(self, each: Each, node: Node) -> tuple[Any, KeyLeaf]:
        """Find a turn's key, and its leaf, before anything else of it: inner loops ask for it."""
        op = each.key_op
        if op is None:
            return None, None
        place = follow(node, op.address)
        text = "".join(place.get(key) for key in op.address.keys) if place is not None else ""
        if place is None or not text.strip():
            return None, None
        try:
            leaf = next(key for key in op.address.keys if place.get(key))
            return op.parse(text)[0], (place, leaf, op)
        except ValueError:
            return None, None

    def merge(self, item: dict[str, Any], again: dict[str, Any], each: Each, mark: int) -> None:
        """Hold a second turn with a known key against the first; what differs stays unmapped."""
        differs = [name for name, value in again.items() if item.get(name) != value]
        if not differs:
            return
        key_name = each.key.steps[0].name if each.key is not None else ""
        kept = [m for m in self.reading.mapped[mark:] if m.op is each.key_op]
        for mapped in self.reading.mapped[mark:]:
            if mapped.op is not each.key_op:
                self.conflict(
                    mapped.op, mapped.node, mapped.key, mapped.path, item.get(mapped.path.rsplit(".", 1)[-1])
                )
        self.reading.mapped[mark:] = kept
        again.clear()
        if key_name:
            again[key_name] = item.get(key_name)

    def leaf(self, op: Op, node: Node, turn: _Turn) -> None:
        """Read one row's value at the node that has its leaves."""
        keys = op.address.keys
        if keys == (ANY,):
            self.free(op, node, turn)
            return
        text = node.get(keys[0]) if len(keys) == 1 else "".join(node.get(key) for key in keys)
        if not text.strip():
            return
        if op.write_only or not op.paths or text == op.default:
            self.reading.control.append((node, keys[0]))
            return
        self.value(op, [(node, key) for key in keys if node.get(key)], text, turn)
        if op.paths[0].many and len(keys) == 1:
            repeat = 2
            while again := node.get(f"{keys[0]}#{repeat}"):
                self.value(op, [(node, f"{keys[0]}#{repeat}")], again, turn)
                repeat += 1

    def free(self, op: Op, node: Node, turn: _Turn) -> None:
        """Read an object whose field names are free: flags by name."""
        flags = {}
        for key, text in node.values.items():
            try:
                flags[key] = op.convert.parse(text)
            except ValueError as error:
                self.finding(op, node, key, "convert/failed", str(error), text)
        if flags:
            op.paths[0].put(turn.item, flags)
            where = turn.at(op.paths[0].text)
            self.reading.mapped.extend(Mapped(f"{where}.{key}", node, key, op) for key in flags)

    def join(self, op: Op, node: Node, turn: _Turn) -> None:
        """Read a row whose leaves stand in several nodes."""
        places = [(follow(node, one), one.keys[0]) for one in op.joined]
        found = [(place, key) for place, key in places if place is not None and place.get(key)]
        if found:
            texts = [place.get(key) if place is not None else "" for place, key in places]
            if op.codes is not None:
                # The table has to tell A alone from B alone.
                texts = [text or ABSENT for text in texts]
                while texts[-1] == ABSENT:
                    texts.pop()
            self.value(op, found, "".join(texts), turn)
            for address in op.joined:
                self.reading.conditions.extend(asked(node, address))

    def value(self, op: Op, leaves: list[tuple[Node, str]], text: str, turn: _Turn) -> None:
        """Convert a text and put it where the row says, if nothing else is there."""
        target = self.root if op.absolute else turn
        if op.nth is not None:
            self.positions.append((op, op.nth, *leaves[0], target))
            return
        try:
            values = op.parse(text)
        except ValueError as error:
            self.finding(op, *leaves[0], "convert/failed", str(error), text)
            return
        for path, value in zip(op.paths, values, strict=True):
            if value is not None and not self.store(op, path, value, leaves, target):
                return
        if op.near and op not in self.noted:
            self.noted.add(op)
            self.finding(op, *leaves[0], "near/read", op.near, text, Severity.INFO)

    def store(self, op: Op, path: Path, value: Any, leaves: list[tuple[Node, str]], target: _Turn) -> bool:
        """Put one value where its path says; False where something else is there already."""
        if path.fixed:
            return self.place(path, value, Mapped("", *leaves[0], op), target)
        present = None if path.many else path.get(target.item)
        if present is None:
            path.put(target.item, value)
        elif present != value:
            if op.agree:
                self.conflict(op, *leaves[0], target.at(path.concrete(target.item)), present)
            return False
        elif not (op.agree or op.contested):
            return False
        where = target.at(path.concrete(target.item))
        self.reading.mapped.extend(Mapped(where, node, key, op) for node, key in leaves)
        return True

    def place(self, path: Path, value: Any, mapped: Mapped, target: _Turn) -> bool:
        """Put a text into its list by number. Lists have no gaps: what would leave one moves up."""
        name = path.text.rpartition("[")[0]
        taken = self.taken.setdefault((id(target.item), name), [])
        number = path.steps[-1].index or 0
        at = bisect_left(taken, number)
        if at < len(taken) and taken[at] == number:
            return False
        taken.insert(at, number)
        owner = _owner(target.item, path)
        items = owner.setdefault(path.steps[-1].name, []) if owner is not None else []
        items.insert(at, value)
        where = target.at(path.items(target.item)[1])
        for index, one in enumerate(self.reading.mapped) if at < len(items) - 1 else ():
            # What stood behind it has moved down by one.
            if one.path.startswith(f"{where}["):
                old = int(one.path[len(where) + 1 : -1])
                if old >= at:
                    self.reading.mapped[index] = one._replace(path=f"{where}[{old + 1}]")
        self.reading.mapped.append(mapped._replace(path=f"{where}[{at}]"))
        return True

    def continuation(self, each: Each, node: Node, turn: _Turn) -> None:
        """Join a turn that only goes on with the text of the one before it."""
        for op in each.plan.steps:
            if not (isinstance(op, Op) and op.wrap):
                continue
            place = follow(node, op.address)
            text = place.get(op.address.keys[0]) if place is not None else ""
            if place is None or not text:
                continue
            before = op.paths[0].get(turn.item)
            before = "" if before is None else str(before)
            # A piece that fills its field was cut in a word, a shorter one at a blank.
            pieces = (id(turn.item), id(op))
            full = self.pieces.get(pieces, len(before)) >= op.wrap
            self.pieces[pieces] = len(text)
            glue = "" if full or not before else " "
            op.paths[0].put(turn.item, before + glue + text)
            where = turn.at(op.paths[0].concrete(turn.item))
            self.reading.mapped.append(Mapped(where, place, op.address.keys[0], op))

    def resolve_positions(self) -> None:
        """Turn positions in another list into the key of the item that stands there."""
        for op, nth, node, key, target in self.positions:
            items = self.reading.plain.get(nth.steps[0].name) or []
            text = node.get(key).strip()
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
            value = items[number - 1].get(nth.steps[-1].name) if 1 <= number <= len(items) else None
            if value is None:
                self.finding(
                    op, node, key, "position/unknown", f"there is no item {text} in {nth.text}", text
                )
                continue
            op.paths[0].put(target.item, value)
            where = target.at(op.paths[0].concrete(target.item))
            self.reading.mapped.append(Mapped(where, node, key, op))

    def conflict(self, op: Op, node: Node, key: str, path: str, kept: Any) -> None:
        """Say that copies of one value differ."""
        text = node.get(key)
        message = f"another copy of {path} says something else; the first one counts"
        self.finding(op, node, key, "agree/differs", message, text, Severity.WARNING, expected=str(kept))

    def finding(
        self, op: Op, node: Node, key: str, problem: str, message: str, actual: str,
        severity: Severity = Severity.ERROR, expected: str = "",
    ) -> None:  # fmt: skip
        self.reading.findings.append(
            Finding(
                code=f"mapping.{self.mapping.id.replace('/', '.')}/{op.row.address}/{problem}",
                message=message,
                severity=severity,
                layer=Layer.BUSINESS,
                place=op.row.address,
                span=node.span(key),
                expected=expected,
                actual=actual,
            )
        )


def only_leaves(node: Node, keys: frozenset[str]) -> bool:
    """Tell whether a turn carries nothing but these leaves (on itself or its leading segment)."""
    pending = [node]
    some = False
    while pending:
        place = pending.pop()
        for key, text in place.values.items():
            if text:
                if key not in keys:
                    return False
                some = True
        pending.extend(place.children)
    return some


def follow(node: Node, address: Address) -> Node | None:
    """Give the first node that an address chooses below `node`."""
    for step in address.steps:
        count = 0
        for child in node.children:
            if child.name == step.name and all(c.holds(child) for c in step.conditions):
                count += 1
                if count >= step.nth:
                    node = child
                    break
        else:
            return None
    return node


def asked(node: Node, address: Address) -> list[tuple[Node, Condition]]:
    """List the conditions that chose the nodes of an address, each with its node."""
    found: list[tuple[Node, Condition]] = []
    for number in range(1, len(address.steps) + 1):
        place = follow(node, replace(address, steps=address.steps[:number]))
        if place is not None:
            found.extend((place, condition) for condition in address.steps[number - 1].conditions)
    return found


def _owner(item: dict[str, Any], path: Path) -> dict[str, Any] | None:
    place: Any = item
    for step in path.steps[:-1]:
        place = enter(place, step)
    return place if isinstance(place, dict) else None


def _list_text(path: Path) -> str:
    return ".".join(step.name for step in path.steps)


def _known(items: list[dict[str, Any]], key: Path | None, value: Any) -> int | None:
    if key is None or value is None:
        return None
    for index, item in enumerate(items):
        if key.get(item) == value:
            return index
    return None


def read(mapping: Mapping, root: Node) -> Reading:
    """Read a message's tree. The plain entry is not validated here."""
    walk = _Walk(mapping)
    walk.node(mapping.plan, root, walk.root)
    walk.resolve_positions()
    if mapping.gaps:
        _close_gaps(walk.reading.plain)
    return walk.reading


def _close_gaps(value: Any) -> None:
    """Cut what a table's fixed indices left open in lists."""
    if isinstance(value, dict):
        for inner in value.values():
            _close_gaps(inner)
    elif isinstance(value, list):
        value[:] = [inner for inner in value if inner is not None]
        for inner in value:
            _close_gaps(inner)


__all__ = ["Ignored", "Mapped", "Reading", "follow", "only_leaves", "read"]
