"""What a compiled table calls while it reads: the rarer words, and what it remembers.

Lives here: the run-time half of `emit.py`. A value that does not convert, does not fit the
model or contradicts another copy raises `ValueError`: this is no place for explanations, the
message is then read again by `read.py`, which has them all.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.entry.settle import sound
from gateway.mapping.convert import join_words
from gateway.mapping.gather import follow, owner_of
from gateway.mapping.plan import ABSENT
from gateway.mapping.read import only_leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.entry.settle import Fit
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Each, Op
    from gateway.tree import Node

REMEMBERED_MAX = 4096
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?")
"""Decimals that the entry writes as the wire does; prices and weights seldom come again."""


class Memo(dict[str, Any]):
    """Wire text to value, or to a tuple of them where a row has several paths; None says nothing.

    Values of one row are few and come again and again: units, codes, dates, prices.
    """

    def __init__(self, op: Op, fits: tuple[Fit, ...]) -> None:
        """Convert with a row's own words, then hold each value to its place in the model."""
        self.op = op
        self.fits = fits
        number = op.convert.word == "decimal" and [path.kind for path in op.paths] == [Decimal]
        self.same = _NUMBER.fullmatch if number and not (op.codes or op.default or op.joined) else None

    def __missing__(self, text: str) -> Any:
        op = self.op
        if self.same is not None and self.same(text):
            value: Any = text
        elif (not text.strip() or text == op.default) and not op.joined:
            value = None
        else:
            found = tuple(
                None if one is None else fit(one) for fit, one in zip(self.fits, op.parse(text), strict=True)
            )
            value = found if len(found) > 1 else found[0]
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        self[text] = value
        return value


class Run:
    """One reading: the entry as it grows, the keys of the loops around, what waits for the end."""

    __slots__ = ("_fixed", "_index", "keys", "last", "near", "pieces", "positions", "root")

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.keys: list[Any] = []
        self.last: dict[int, tuple[Node, dict[str, Any]]] = {}
        self.near: dict[Op, tuple[Node, str, str]] = {}
        self.positions: list[tuple[Path, Path, Fit, str, dict[str, Any]]] = []
        self.pieces: dict[tuple[int, int], int] = {}
        self._fixed: dict[tuple[int, str], tuple[list[int], dict[str, Any]]] = {}
        self._index: dict[int, tuple[dict[Any, Any], list[Any]]] = {}

    def values(self, op: Op, item: dict[str, Any], found: Any, node: Node, key: str, text: str) -> None:
        """Put the values of a row where its paths say, as far as nothing else is there."""
        for path, value in zip(op.paths, found if len(op.paths) > 1 else (found,), strict=True):
            if value is None:
                continue
            last = path.steps[-1]
            if last.index is not None:
                owner = owner_of(item, path)
                if owner is None or not self.fixed(owner, last.name, last.index, value):
                    return
                continue
            present = None if path.many else path.get(item)
            if present is None:
                path.put(item, value.copy() if value.__class__ is dict else value)
            elif present != value:
                if op.agree:
                    raise ValueError("copies of one value differ")
                return
            elif not (op.agree or op.contested):
                return
        if op.near:
            self.near.setdefault(op, (node, key, text))

    def fixed(self, owner: dict[str, Any], name: str, number: int, value: Any) -> bool:
        """Put a text into its list by number. Lists have no gaps: what would leave one moves up."""
        taken, _ = self._fixed.setdefault((id(owner), name), ([], owner))
        at = bisect_left(taken, number)
        if at < len(taken) and taken[at] == number:
            return False
        taken.insert(at, number)
        owner.setdefault(name, []).insert(at, value)
        return True

    def free(self, op: Op, fit: Fit, node: Node, item: dict[str, Any]) -> None:
        """Read an object whose field names are free: flags by name."""
        flags = {key: op.convert.parse(text) for key, text in node.values.items()}
        if flags:
            op.paths[0].put(item, fit(flags))

    def text(self, op: Op, node: Node) -> str:
        """Give the text of a row that joins several leaves of one node."""
        pieces = [node.get(key) for key in op.address.keys]
        return join_words(pieces, op.wrap) if op.wrap else "".join(pieces)

    def joined(self, op: Op, node: Node) -> str:
        """Give the text of a row whose leaves stand in several nodes."""
        places = [(follow(node, one), one.keys[0]) for one in op.joined]
        texts = [place.get(key) if place is not None else "" for place, key in places]
        if any(texts) and op.codes is not None:
            # The table has to tell A alone from B alone.
            texts = [text or ABSENT for text in texts]
            while texts[-1] == ABSENT:
                texts.pop()
        return "".join(texts)

    def known(self, items: list[Any], key: Path, value: Any) -> dict[str, Any] | None:
        """Give the item of a list that has a key, None where there is none."""
        index, seen = self._index.setdefault(id(items), ({}, [items]))
        for item in items[len(seen) - 1 :]:
            index.setdefault(key.get(item), item)
            seen.append(item)
        return index.get(value)

    def same(self, item: dict[str, Any], again: dict[str, Any], *, adds: bool) -> None:
        """Hold a second turn with a known key against the first; it `adds` what the first does not say."""
        for name, value in again.items():
            if (item.setdefault(name, value) if adds else item.get(name)) != value:
                raise ValueError("two turns with one key differ")

    def goes_on(self, each: Each, number: int, parent: Node, node: Node) -> bool:
        """Join a turn that only goes on with the text of the one before it; False where it is one of its own."""
        last = self.last.get(number)
        if last is None or last[0] is not parent or not only_leaves(node, each.wrap_keys):
            return False
        for op in each.wraps:
            place = follow(node, op.address)
            text = place.get(op.address.keys[0]) if place is not None else ""
            if text:
                before = op.paths[0].get(last[1])
                pieces = (id(last[1]), id(op))
                whole, self.pieces[pieces] = joined_text(before, text, op.wrap, self.pieces.get(pieces))
                op.paths[0].put(last[1], whole)
        return True

    def resolve(self) -> None:
        """Turn positions in another list into the key of the item that stands there."""
        for nth, path, fit, text, target in self.positions:
            items = self.root.get(nth.steps[0].name) or []
            stripped = text.strip()
            number = int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 9 else 0
            value = items[number - 1].get(nth.steps[-1].name) if 1 <= number <= len(items) else None
            if value is None:
                raise ValueError("there is no item at that position")
            path.put(target, fit(value))


def item_of(place: dict[str, Any], name: str, number: int) -> dict[str, Any]:
    """Give the item of a list by its number, made where it is missing."""
    items = place.get(name)
    if items is None:
        items = place[name] = []
    while len(items) <= number:
        items.append(None)
    if items[number] is None:
        items[number] = {}
    found: dict[str, Any] = items[number]
    return found


def saying(place: dict[str, Any], name: str, field: str, value: str) -> dict[str, Any]:
    """Give the item of a list that says `value` in a field, made where it is missing."""
    items = place.get(name)
    if items is None:
        items = place[name] = []
    for one in items:
        if one is not None and one.get(field) == value:
            found: dict[str, Any] = one
            return found
    made = {field: value}
    items.append(made)
    return made


def key_of(each: Each, fit: Fit) -> Callable[[Node], Any]:
    """Give what finds a turn's key before anything else of it: inner loops ask for it."""
    op = each.key_op
    ops = (op, *each.plan.rivals.get(id(op), ())) if op is not None else ()

    def key(node: Node) -> Any:
        for one in ops:
            place = follow(node, one.address)
            text = "".join(place.get(name) for name in one.address.keys) if place is not None else ""
            if text.strip():
                return fit(one.parse(text)[0])
        return None

    return key


def ask(node: Node, path: tuple[str, ...], key: str) -> str | None:
    """Give the text that a condition asks for, None where its node is not there."""
    for name in path:
        for child in node.children:
            if child.name == name:
                node = child
                break
        else:
            return None
    return node.values.get(key, "")


def joined_text(before: Any, text: str, wrap: int, width: int | None) -> tuple[str, int]:
    """Go on with a text; a piece that fills its field was cut in a word, a shorter one at a blank."""
    before = "" if before is None else str(before)
    full = (len(before) if width is None else width) >= wrap
    return before + ("" if full or not before else " ") + sound(text), len(text)
