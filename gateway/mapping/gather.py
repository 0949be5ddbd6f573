"""Reading single values: from the leaf that a row's address chooses into the entry.

The other side of `fill.py`. What a row cannot take (a text that does not convert, a copy
that differs) stays unmapped and is a finding; nothing is lost.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.finding import Finding, Layer, Severity
from gateway.mapping.address import ANY
from gateway.mapping.convert import join_words
from gateway.mapping.path import enter
from gateway.mapping.plan import ABSENT, Constant, Ignored, Op

if TYPE_CHECKING:
    from gateway.finding import Span
    from gateway.mapping.address import Address, Condition
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Mapping, Plan
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
class Turn:
    """The item that a turn of a loop is read into, and where it stands in the entry."""

    item: dict[str, Any]
    prefix: str

    def at(self, path: str) -> str:
        """Give the whole path of a place in the item."""
        return f"{self.prefix}.{path}" if self.prefix else path


class Gatherer:
    """One reading in progress: the entry as it grows, and what each leaf became."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.reading = Reading()
        self.root = Turn(self.reading.plain, "")
        self.positions: list[tuple[Op, Path, Node, str, Turn]] = []
        self.noted: set[Op] = set()
        self.taken: dict[tuple[int, str], list[int]] = {}

    def simple(self, plan: Plan, node: Node, turn: Turn) -> None:
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

    def other(self, op: Op | Constant | Ignored, node: Node, turn: Turn) -> None:
        """Read a row that is more than a plain leaf."""
        if isinstance(op, Op):
            self.leaf(op, node, turn)
        elif isinstance(op, Constant):
            key = op.address.keys[0]
            if node.get(key) == op.text:
                self.reading.control.append((node, key))
        else:
            self.reading.ignored.append((node, op.address.keys[0] if op.address.keys else None, op.reason))

    def leaf(self, op: Op, node: Node, turn: Turn) -> None:
        """Read one row's value at the node that has its leaves."""
        keys = op.address.keys
        if keys == (ANY,):
            self.free(op, node, turn)
            return
        if len(keys) == 1:
            text = node.get(keys[0])
        else:
            pieces = [node.get(key) for key in keys]
            text = join_words(pieces, op.wrap) if op.wrap else "".join(pieces)
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

    def free(self, op: Op, node: Node, turn: Turn) -> None:
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

    def join(self, op: Op, node: Node, turn: Turn) -> None:
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

    def value(self, op: Op, leaves: list[tuple[Node, str]], text: str, turn: Turn) -> None:
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
            self.reading.findings.append(near_read(self.mapping, op, *leaves[0], text))

    def store(self, op: Op, path: Path, value: Any, leaves: list[tuple[Node, str]], target: Turn) -> bool:
        """Put one value where its path says; False where something else is there already."""
        if path.fixed:
            return self.place(path, value, [Mapped("", *leaf, op) for leaf in leaves], target)
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

    def place(self, path: Path, value: Any, mapped: list[Mapped], target: Turn) -> bool:
        """Put a text into its list by number. Lists have no gaps: what would leave one moves up."""
        name = path.text.rpartition("[")[0]
        taken = self.taken.setdefault((id(target.item), name), [])
        number = path.steps[-1].index or 0
        at = bisect_left(taken, number)
        if at < len(taken) and taken[at] == number:
            return False
        taken.insert(at, number)
        owner = owner_of(target.item, path)
        items = owner.setdefault(path.steps[-1].name, []) if owner is not None else []
        items.insert(at, value)
        where = target.at(path.items(target.item)[1])
        for index, one in enumerate(self.reading.mapped) if at < len(items) - 1 else ():
            # What stood behind it has moved down by one.
            if one.path.startswith(f"{where}["):
                old = int(one.path[len(where) + 1 : -1])
                if old >= at:
                    self.reading.mapped[index] = one._replace(path=f"{where}[{old + 1}]")
        self.reading.mapped.extend(one._replace(path=f"{where}[{at}]") for one in mapped)
        return True

    def conflict(self, op: Op, node: Node, key: str, path: str, kept: Any) -> None:
        """Say that copies of one value differ."""
        text = node.get(key)
        message = f"another copy of {path} says something else; the first one counts"
        self.finding(op, node, key, "agree/differs", message, text, Severity.WARNING, expected=str(kept))

    def finding(
        self, op: Op, node: Node, key: str, problem: str, message: str, actual: str,
        severity: Severity = Severity.ERROR, expected: str = "",
    ) -> None:  # fmt: skip
        """Say what could not be read, at its leaf."""
        self.reading.findings.append(
            at_leaf(self.mapping, op, node, key, problem, message, actual, severity, expected)
        )

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


def near_read(mapping: Mapping, op: Op, node: Node, key: str, text: str) -> Finding:
    """Say that a value is near, not the same."""
    return at_leaf(mapping, op, node, key, "near/read", op.near, text, Severity.INFO)


def near_at(mapping: Mapping, op: Op, text: str, span: Span) -> Finding:
    """Say the same of a text whose place is known, not its node."""
    return _about(mapping, op, "near/read", op.near, text, Severity.INFO, span)


def at_leaf(
    mapping: Mapping, op: Op, node: Node, key: str, problem: str, message: str, actual: str,
    severity: Severity, expected: str = "",
) -> Finding:  # fmt: skip
    """Make a finding about the leaf that a row read."""
    return _about(mapping, op, problem, message, actual, severity, node.span(key), expected)


def _about(
    mapping: Mapping, op: Op, problem: str, message: str, actual: str,
    severity: Severity, span: Span | None, expected: str = "",
) -> Finding:  # fmt: skip
    return Finding(
        code=f"mapping.{mapping.id.replace('/', '.')}/{op.row.address}/{problem}",
        message=message,
        severity=severity,
        layer=Layer.BUSINESS,
        place=op.row.address,
        span=span,
        expected=expected,
        actual=actual,
    )


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


def owner_of(item: dict[str, Any], path: Path) -> dict[str, Any] | None:
    """Give the object that has a path's list, made where it is missing."""
    place: Any = item
    for step in path.steps[:-1]:
        place = enter(place, step)
    return place if isinstance(place, dict) else None
