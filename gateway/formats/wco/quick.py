"""A valid document, cut for a table by the compiled part: the same folded tree as `fold.py` makes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from gateway.formats.wco.fold import bare, begun
from gateway.quick import COMPILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.quick import Asked
    from gateway.quick.markup import Cutter
    from gateway.quick.tree import Tree

if COMPILED:
    from gateway.quick import markup

_CUTTERS: WeakKeyDictionary[Asked, dict[str, Cutter]] = WeakKeyDictionary()


def cut(data: bytes, asked: Asked, root: str) -> Tree | None:
    """Cut the one message of a document, which begins with an element of that name; None where `fold` has to."""
    if not COMPILED or asked.kept is None:
        return None
    cutter = _cutter(asked, asked.kept, root)
    data, start = begun(data)
    tree = cutter.cut(data, start)
    if tree is None and (without := bare(data)) is not None:
        tree = cutter.cut(*without)
    return tree


def _cutter(asked: Asked, kept: Mapping[str, frozenset[str]], root: str) -> Cutter:
    """Give what cuts such messages for a table; kept as long as the table."""
    made = _CUTTERS.setdefault(asked, {})
    found = made.get(root)
    if found is None:
        found = made[root] = markup.Cutter(asked, kept, root)
    return found
