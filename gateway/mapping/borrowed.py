"""Items that a message says once and refers to where they belong (PG00 of CATAIR).

Read, they stand in the entry where they are meant. Written back onto the message that they
came from they stay where they were said: an item that is still the same is not written again.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.mapping.gather import Reading
    from gateway.tree import Node

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def apart(
    meant: Node, reading: Reading, plain: dict[str, Any]
) -> tuple[Reading, dict[str, Any], dict[str, Any]]:
    """Give reading and entry without the items that stand elsewhere, and those by their paths."""
    counts: Counter[int] = Counter()
    _count(meant, counts)
    shared = {node for node, count in counts.items() if count > 1}
    own = {path for one in reading.mapped if id(one.node) not in shared for path in _items(one.path)}
    found: dict[str, Any] = {}
    for one in reading.mapped:
        if id(one.node) in shared:
            path = next((path for path in _items(one.path) if path not in own), None)
            if path is not None:
                found.setdefault(path, copy.deepcopy(_at(plain, path)))
    rest = [one for one in reading.mapped if id(one.node) not in shared]
    return replace(reading, mapped=rest), without(plain, found), found


def without(plain: dict[str, Any], borrowed: dict[str, Any]) -> dict[str, Any]:
    """Give an entry without the items that are still what was borrowed."""
    same = [path for path, item in borrowed.items() if _at(plain, path) == item]
    if not same:
        return plain
    left = copy.deepcopy(plain)
    # From the end, so that the numbers before it stay what they are.
    for path in sorted(same, key=_numbers, reverse=True):
        items = _at(left, path[: path.rindex("[")])
        del items[int(path[path.rindex("[") + 1 : -1])]
        if not items:
            above, _, name = path[: path.rindex("[")].rpartition(".")
            (_at(left, above) if above else left).pop(name)
    return left


def _count(node: Node, counts: Counter[int]) -> None:
    for child in node.children:
        if child.children:
            _count(child, counts)
        else:
            counts[id(child)] += 1


def _items(path: str) -> list[str]:
    """Give the paths of the list items that a path goes through, outermost first."""
    return [path[: match.end()] for match in re.finditer(r"\[\d+\]", path)]


def _at(plain: Any, path: str) -> Any:
    for name, number in _STEP.findall(path):
        if number:
            plain = plain[int(number)] if isinstance(plain, list) and int(number) < len(plain) else None
        else:
            plain = plain.get(name) if isinstance(plain, dict) else None
    return plain


def _numbers(path: str) -> list[int]:
    return [int(number) for number in re.findall(r"\[(\d+)\]", path)]
