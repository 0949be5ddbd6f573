"""What a compiled table calls while it writes a new message: choosing items, making nodes, the rarer words.

Lives here: the run-time half of `emit_write.py`. It is `write.py` for a message that begins
empty, without saying where anything went. A value that cannot be written raises `ValueError`:
the message is then written again by `write.py`, which says so.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from gateway.mapping.convert import cut_words
from gateway.mapping.nodes import (
    EVERY,
    Chosen,
    asked,
    belongs,
    choose,
    cut,
    first,
    make,
    make_after,
    matching,
    spread,
)
from gateway.mapping.plan import ABSENT

if TYPE_CHECKING:
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Constant, Each, Op
    from gateway.specs import Part
    from gateway.tree import Draft

REMEMBERED_MAX = 4096


class Texts(dict[Any, str]):
    """Value to wire text, remembered: the values of one row come again and again."""

    def __init__(self, op: Op) -> None:
        """Format with a row's own words."""
        self.op = op

    def __missing__(self, value: Any) -> str:
        text = self.op.convert.format(value)
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        self[value] = text
        return text


class Pen:
    """One writing: the entry, the keys of the loops around, what was withheld."""

    __slots__ = ("_index", "keys", "near", "placed", "plain", "rest", "withheld")

    def __init__(self, plain: dict[str, Any], *, near: bool) -> None:
        self.plain = plain
        self.near = near
        self.keys: list[tuple[Any, int]] = []
        self.placed: set[int] = set()
        self.withheld: list[Op] = []
        self.rest: dict[tuple[int, int], list[str]] = {}
        self._index: dict[int, dict[Any, list[dict[str, Any]]]] = {}

    def items(self, each: Each, item: dict[str, Any]) -> list[dict[str, Any]]:
        """Choose the items that stand under this turn."""
        if each.within is not None and each.key is not None:
            return self._linked(each.within, each.key, item, self._all(each, item))
        links = list(zip(each.by, self.keys, strict=False))
        return [
            value
            for value in self._candidates(each, item, links)
            if id(value) not in self.placed
            and all(one is None or belongs(first(one.get(value)), *key) for one, key in links)
        ]

    def _all(self, each: Each, item: dict[str, Any]) -> list[dict[str, Any]]:
        values, _ = each.path.items(self.plain if each.absolute else item)
        if not each.select:
            return values
        return [one for one in values if all(one.get(name) == wanted for name, wanted in each.select)]

    def _candidates(
        self, each: Each, item: dict[str, Any], links: list[tuple[Path | None, tuple[Any, int]]]
    ) -> list[dict[str, Any]]:
        links = [one for one in links if one[0] is not None and one[1][0] is not EVERY]
        if not each.absolute or not links:
            return self._all(each, item)
        link, (key, turn) = links[0]
        index = self._index.get(id(each))
        if index is None:
            index = self._index[id(each)] = {}
            for value in self._all(each, item):
                index.setdefault(first(link.get(value)) if link is not None else None, []).append(value)
        return index.get(key, []) + (index.get(None, []) if turn == 0 else [])

    def _linked(
        self, within: Path, key: Path, item: dict[str, Any], items: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        by_key = {key.get(value): value for value in reversed(items)}
        names = within.get(item) or []
        return [by_key[name] for name in (names if isinstance(names, list) else [names]) if name in by_key]

    def held(self, op: Op) -> bool:
        """Tell whether a row is only near and the profile gives no leave."""
        if op.near and not self.near:
            self.withheld.append(op)
            return True
        return False

    def position(self, nth: Path, value: Any) -> str:
        """Give the place of a key in its list, from 1."""
        for index, one in enumerate(self.plain.get(nth.steps[0].name) or []):
            if one.get(nth.steps[-1].name) == value:
                return str(index + 1)
        raise ValueError(f"{value} is not in {nth.text}")

    def fill(self, op: Op, target: Draft, key: str, text: str) -> None:
        """Put a text at a leaf, if nothing else is there."""
        old = target.values.get(key)
        mine = isinstance(old, Chosen) and text in old.values
        if mine or not old or old == op.default or asked(op, key, old, text):
            target.values[key] = text

    def divided(self, op: Op, target: Draft, text: str) -> None:
        """Divide a text over several leaves of one node."""
        keys = op.address.keys
        if op.wrap:
            pieces = cut_words(text, op.wrap, len(keys))
            for key, piece in zip_longest(keys, pieces, fillvalue=""):
                if piece or key in target.values:
                    self.fill(op, target, key, piece)
            return
        for key in keys[:-1]:
            self.fill(op, target, key, text[: op.cut])
            text = text[op.cut :]
        self.fill(op, target, keys[-1], text)

    def wrapped(self, op: Op, node: Draft, target: Draft, text: str) -> None:
        """Write the first piece of a long text; the others wait for turns of their own."""
        piece, *pieces = cut(text, op.wrap)
        self.fill(op, target, op.address.keys[0], piece)
        self.rest[id(op), id(node)] = pieces

    def joined(self, op: Op, node: Draft, part: Part, text: str) -> None:
        """Divide a text over leaves of several nodes."""
        for index, address in enumerate(op.joined):
            last = index == len(op.joined) - 1
            piece, text = (text, "") if last else (text[: op.cut], text[op.cut :])
            if not piece or (op.codes is not None and piece == ABSENT):
                continue
            target = choose(node, part, address, make=not op.read_only)
            if target is not None:
                self.fill(op, target, address.keys[0], piece)

    def many(self, op: Op, node: Draft, part: Part, item: dict[str, Any]) -> None:
        """Write each item of a list of texts into a node or a repetition of its own."""
        if op.read_only:
            return
        values, _ = op.paths[0].items(self.plain if op.absolute else item)
        targets = matching(node, op.address)
        repeats = all(one.count_max == 1 for one in op.address.parts)
        key = op.address.keys[0]
        for index, value in enumerate(values):
            text = self.item_text(op, value)
            if repeats:
                target = targets[0] if targets else choose(node, part, op.address, make=True)
            else:
                target = targets[index] if index < len(targets) else make(node, part, op.address)
            if target is not None:
                self.fill(op, target, f"{key}#{index + 1}" if repeats and index else key, text)

    def item_text(self, op: Op, value: Any) -> str:
        """Give the wire text of one item of a list."""
        if op.nth is not None:
            return self.position(op.nth, value)
        return op.codes.write((value,)) if op.codes is not None else op.convert.format(value)

    def free(self, op: Op, node: Draft, part: Part, item: dict[str, Any]) -> None:
        """Write an object whose field names are free."""
        flags = op.paths[0].get(item)
        target = choose(node, part, op.address, make=bool(flags))
        if flags and target is not None:
            for key, value in flags.items():
                self.fill(op, target, key, op.convert.format(value))

    def copies(self, op: Op, node: Draft, part: Part, text: str) -> None:
        """Write a value into every node that the address matches."""
        if not op.read_only:
            for target in spread(node, part, op.address.steps, op.address.parts):
                self.fill(op, target, op.address.keys[0], text)

    def wrap(self, each: Each, node: Draft, part: Part, turn: Draft) -> None:
        """Let long texts of a turn go on in turns that follow it."""
        rest = {op: self.rest.pop((id(op), id(turn)), []) for op in each.wraps}
        for index in range(max((len(pieces) for pieces in rest.values()), default=0)):
            again = make_after(node, part, each.address, turn, index)
            for op, pieces in rest.items():
                if index < len(pieces):
                    place = choose(again, each.plan.part, op.address, make=True)
                    if place is not None:
                        self.fill(op, place, op.address.keys[0], pieces[index])


def nth(place: dict[str, Any], name: str, number: int) -> Any:
    """Give the item of a list by its number, None where there is none."""
    items = place.get(name)
    return items[number] if items is not None and number < len(items) else None


def that(value: dict[str, Any] | None, says: tuple[str, str]) -> dict[str, Any] | None:
    """Give an object if it says so, else None."""
    return value if value is not None and value.get(says[0]) == says[1] else None


def by(place: dict[str, Any] | None, name: str, field: str) -> dict[Any, dict[str, Any]]:
    """Give the items of a list by what they say in a field, the first that says it."""
    items = place.get(name) if place is not None else None
    return {one.get(field): one for one in reversed(items or ()) if one is not None}


def default(op: Op, node: Draft) -> None:
    """Write what stands where the entry has no value."""
    for target in matching(node, op.address):
        if not target.get(op.address.keys[0]):
            target.values[op.address.keys[0]] = op.default


def constant(row: Constant, node: Draft, part: Part) -> None:
    """Write a constant into the nodes that are there, or that the standard demands."""
    targets = matching(node, row.address)
    if not targets and all(one.usage == "M" for one in row.address.parts):
        made = choose(node, part, row.address, make=True)
        targets = [made] if made is not None else []
    for target in targets:
        if not target.get(row.address.keys[0]):
            target.values[row.address.keys[0]] = row.text
