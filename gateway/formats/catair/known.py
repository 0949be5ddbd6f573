"""Transactions that were read lately and had no fault, so that the same records are not judged again.

A filing is read as it comes, as it goes out and for its acknowledgement, and its records are the
same each time. What the walk (`grammar.py`) makes of records depends on their texts and the
spec alone, so where it found nothing, the tree is made again without it. Kept are texts and the way
to the tree, no node and no place in the bytes; the oldest goes when there are too many.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.catair.nodes import LoopNode, RecordNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.specs.catair import CatairSpec
    from gateway.specs.catair_fields import Layout

TRANSACTIONS_MAX = 512
"""So many a process remembers."""
RECORDS_MAX = 128
"""Of so many records at most: with the bound above some 14 MB, and 5 where each has fifty."""


class Placed(NamedTuple):
    """How a record is placed: below how many loops, the loop that it opens ("" for none), its name, its layout."""

    depth: int
    loop: str
    name: str
    layout: Layout


class Known:
    """The transactions that are remembered.

    Threads may ask at the same time: each step is one operation of the dictionary, and whoever
    comes too late for one does without.
    """

    def __init__(self, transactions_max: int = TRANSACTIONS_MAX) -> None:
        """Begin with none."""
        self._transactions_max = transactions_max
        self._found: OrderedDict[tuple[int, tuple[str, ...]], tuple[CatairSpec, Sequence[Placed]]] = (
            OrderedDict()
        )

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)

    def tree(
        self, spec: CatairSpec, records: Sequence[str], spans: Sequence[tuple[int, int]]
    ) -> LoopNode | None:
        """Give the root of a transaction in which these records had no fault, None where that is not known."""
        if len(records) > RECORDS_MAX:
            return None
        key = (id(spec), tuple(records))
        found = self._found.get(key)
        if found is None:
            return None
        with suppress(KeyError):
            self._found.move_to_end(key)
        return _tree(spec.message, records, spans, found[1])

    def keep(self, spec: CatairSpec, records: Sequence[str], placed: Sequence[Placed]) -> None:
        """Remember records in which nothing was found, and where each of them stands."""
        if len(records) > RECORDS_MAX or len(placed) != len(records):
            return
        # What is kept holds the spec too, so its number cannot become another's.
        self._found[id(spec), tuple(records)] = (spec, placed)
        while len(self._found) > self._transactions_max:
            with suppress(KeyError):
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._found.clear()


def _tree(
    message: str, records: Sequence[str], spans: Sequence[tuple[int, int]], placed: Sequence[Placed]
) -> LoopNode:
    root = LoopNode(message)
    open_loops = [root]
    for text, (start, end), (depth, loop, name, layout) in zip(records, spans, placed, strict=True):
        node = RecordNode(name, text, start, layout, end)
        del open_loops[depth + 1 :]
        if not loop:
            open_loops[depth].children.append(node)
            continue
        opened = LoopNode(loop)
        opened.children.append(node)
        open_loops[depth].children.append(opened)
        open_loops.append(opened)
    return root


KNOWN = Known()
"""What this process remembers."""
