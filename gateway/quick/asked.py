"""What a table asks of a message: which nodes and which of their leaves, by number.

A cutter keeps what is asked and drops everything else, so a tree has numbers where the message has
names: a node the number of its name, a leaf the number of its place among those of its name that
anybody asks. Who compiles a table fills it in; who prepares a cutter looks it up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Asked:
    """Numbers of names, and by name the numbers of leaf keys. Both are given out from 0 on."""

    __slots__ = ("__weakref__", "kept", "keys", "names")

    def __init__(self, kept: Mapping[str, frozenset[str]] | None = None) -> None:
        """Begin with nothing. Of a tree that folds, `kept` are the leaves that stay nodes, by the name around them."""
        self.names: dict[str, int] = {}
        self.keys: list[dict[str, int]] = []
        self.kept = kept

    def name(self, name: str) -> int:
        """Ask for the nodes of a name; give its number."""
        number = self.names.setdefault(name, len(self.names))
        if number == len(self.keys):
            self.keys.append({})
        return number

    def key(self, name: str, key: str) -> int:
        """Ask for a leaf of the nodes of a name; give its number."""
        keys = self.keys[self.name(name)]
        return keys.setdefault(key, len(keys))

    def slots(self, name: str) -> dict[str, int]:
        """Give the numbers of the leaves that are asked of the nodes of a name."""
        number = self.names.get(name)
        return self.keys[number] if number is not None else {}
