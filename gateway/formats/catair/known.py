"""Records and arrangements of records that had no fault, so that the same ones are not judged again.

What a record's own text breaks depends on the text alone, and the parties and goods of one filer come
again. What the walk (`grammar.py`) makes of records depends on their names and on the few columns
that the structure asks about, and the same goods are filed in the same arrangement under other
numbers. So where nothing was found, the next tree is made without either. No node is kept and no
place in the bytes; the oldest arrangement goes when there are too many, and records all at once.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.catair.nodes import LoopNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.formats.catair.nodes import RecordNode
    from gateway.specs.catair import CatairSpec, Order
    from gateway.specs.catair_fields import Layout
    from gateway.specs.catair_structure import Section

ARRANGEMENTS_MAX = 512
"""So many a process remembers."""
RECORDS_MAX = 1000
"""Of so many records at most: with the bound above some 8 MB for names that stand elsewhere too."""
TEXTS_MAX = 4096
"""Texts of records that a process remembers for each structure: some 1.5 MB."""

Key = tuple[int | str, ...]
"""The structure, what it asks of the header, and each record's name with what is asked of it."""


class Good(NamedTuple):
    """A record's text without fault: its name, its layout, and what of it is in the key."""

    name: str
    layout: Layout
    told: str


class Place(NamedTuple):
    """Where a record stands: below how many loops, and the loop that it opens ("" for none)."""

    depth: int
    loop: str


class Ordered(NamedTuple):
    """Siblings that stand in an order: their numbers among the records."""

    order: Order
    numbers: tuple[int, ...]

    def holds(self, records: Sequence[RecordNode]) -> bool:
        """Tell whether these records stand in the order."""
        key = self.order.key
        return next(self.order.strays([records[number].get(key) for number in self.numbers]), None) is None


class Arrangement(NamedTuple):
    """Where each record stands, and what is left to be asked. It holds the spec, whose number is in the key."""

    spec: CatairSpec
    places: tuple[Place, ...]
    ordered: tuple[Ordered, ...]

    def tree(self, records: Sequence[RecordNode]) -> LoopNode | None:
        """Give the root over records of this arrangement, None where some are out of their order."""
        if not all(one.holds(records) for one in self.ordered):
            return None
        root = LoopNode(self.spec.message)
        open_loops = [root.children]
        for node, (depth, loop) in zip(records, self.places, strict=True):
            if not loop:
                del open_loops[depth + 1 :]
                open_loops[depth].append(node)
                continue
            opened = LoopNode(loop)
            opened.children.append(node)
            open_loops[depth].append(opened)
            open_loops[depth + 1 :] = [opened.children]
        return root


class Known:
    """What is remembered.

    Threads may ask at the same time: each step is one operation of the dictionary, and whoever
    comes too late for one does without.
    """

    def __init__(self, arrangements_max: int = ARRANGEMENTS_MAX) -> None:
        """Begin with none."""
        self._arrangements_max = arrangements_max
        self._found: OrderedDict[Key, Arrangement] = OrderedDict()
        self._texts: dict[int, tuple[Section, dict[str, Good]]] = {}

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)

    def find(self, key: Key) -> Arrangement | None:
        """Give the arrangement of a key, None where it is not known."""
        found = self._found.get(key)
        if found is not None:
            with suppress(KeyError):
                self._found.move_to_end(key)
        return found

    def keep(self, key: Key, arrangement: Arrangement) -> None:
        """Remember an arrangement in which nothing was found."""
        if len(arrangement.places) > RECORDS_MAX:
            return
        self._found[key] = arrangement
        while len(self._found) > self._arrangements_max:
            with suppress(KeyError):
                self._found.popitem(last=False)

    def texts(self, section: Section) -> dict[str, Good]:
        """Give the texts of records that are known in a structure, to be looked into and added to."""
        # What is kept holds the section too, so its number cannot become another's.
        _, found = self._texts.setdefault(id(section), (section, {}))
        if len(found) > TEXTS_MAX:
            found.clear()
        return found

    def clear(self) -> None:
        """Forget all."""
        self._found.clear()
        self._texts.clear()


KNOWN = Known()
"""What this process remembers."""
