"""A whole log checked entry by entry: what was removed, changed, moved or cut off is named."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.finding import Finding
from gateway.signing.checkpoint import KIND, Checkpoint
from gateway.signing.log import Lookup, Tree, leaf_hash, node_hash, subtree
from gateway.signing.verdict import wrong

FINDINGS_MAX = 1000
SWAP_ENTRIES_MAX = 256
"""The longest stretch in which a pair of exchanged entries is looked for."""


class Stored(NamedTuple):
    """One entry as a store has it: place, leaf hash, text; None for a text that is not there."""

    place: int
    leaf: bytes
    text: bytes | None


def audit(entries: Iterable[Stored], checkpoints: Sequence[Checkpoint]) -> tuple[Tree, list[Finding]]:
    """Check the entries, in order of place, against themselves and against signed checkpoints.

    Give the tree up to the first gap, and what is wrong: at most 1,000 findings.
    """
    tree, found, texts = Tree(), [], {}
    expected, whole = 0, True
    for entry in entries:
        if entry.place > expected:
            found.append(_missing(expected, entry.place))
            whole = False
        expected = entry.place + 1
        if whole:
            tree.append(entry.leaf)
        if entry.text is None:
            found.append(_at(entry.place, "text/absent", "the text of the entry is gone"))
        elif (own := leaf_hash(entry.text)) != entry.leaf:
            texts[entry.place] = own
        if len(found) + len(texts) >= FINDINGS_MAX:
            break
    found += _changed_texts(tree, texts)
    return tree, found + _against(tree, sorted(checkpoints, key=lambda one: one.size), expected)


def _changed_texts(tree: Tree, texts: Mapping[int, bytes]) -> list[Finding]:
    if not texts:
        return []
    homes = {tree.node(0, index): index for index in range(len(tree))}
    found = []
    for index, own in texts.items():
        if own in homes:
            message = f"the text of the entry is that of entry {homes[own]}: entries were moved"
            found.append(_at(index, "text/moved", message))
        else:
            found.append(_at(index, "text/changed", "the text of the entry is not what was logged"))
    return found


def _against(tree: Tree, checkpoints: Sequence[Checkpoint], count: int) -> list[Finding]:
    """Compare with each checkpoint; a root that differs is told once, for the first stretch."""
    good = 0
    for checkpoint in checkpoints:
        if checkpoint.size > count:
            message = f"the log was cut off: a checkpoint has {checkpoint.size} entries"
            return [
                wrong(KIND, "size", "size/shrunk", message, expected=checkpoint.size, actual=count),
            ]
        if checkpoint.size > len(tree):
            return []
        if tree.root(checkpoint.size) != checkpoint.root:
            return [_stretch(tree, checkpoint, good)]
        good = checkpoint.size
    return []


def _stretch(tree: Tree, checkpoint: Checkpoint, good: int) -> Finding:
    swapped = _exchanged(tree, checkpoint, good)
    if swapped is not None:
        message = f"entries {swapped[0]} and {swapped[1]} were exchanged"
        place, problem = f"entry {swapped[0]}", "order/changed"
    else:
        message = f"between entries {good} and {checkpoint.size - 1} the log is not what it was"
        place, problem = f"entries {good}-{checkpoint.size - 1}", "history/changed"
    return wrong(
        KIND,
        place,
        problem,
        message,
        expected=base64.b64encode(checkpoint.root).decode("ascii"),
        actual=base64.b64encode(tree.root(checkpoint.size)).decode("ascii"),
    )


def _exchanged(tree: Tree, checkpoint: Checkpoint, good: int) -> tuple[int, int] | None:
    """Find the two entries whose exchange gives the signed root again."""
    if checkpoint.size - good > SWAP_ENTRIES_MAX:
        return None
    for first in range(good, checkpoint.size):
        for second in range(first + 1, checkpoint.size):
            swap = {first: tree.node(0, second), second: tree.node(0, first)}
            if _root_with(0, checkpoint.size, swap, tree.node) == checkpoint.root:
                return first, second
    return None


def _root_with(low: int, high: int, changes: Mapping[int, bytes], node: Lookup) -> bytes:
    """Hash [low, high) as if the leaves in `changes` were others."""
    if not any(low <= index < high for index in changes):
        return subtree(low, high, node)
    if high - low == 1:
        return changes[low]
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    return node_hash(_root_with(low, middle, changes, node), _root_with(middle, high, changes, node))


def _missing(first: int, after: int) -> Finding:
    if after - first == 1:
        return _at(first, "entry/absent", "the entry was removed")
    message = f"entries {first} to {after - 1} were removed"
    return wrong(KIND, f"entries {first}-{after - 1}", "entry/absent", message)


def _at(index: int, problem: str, message: str) -> Finding:
    return wrong(KIND, f"entry {index}", problem, message)
