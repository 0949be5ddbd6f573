"""Layouts: an element's markup with marks where its values and elements stand.

Lives here: making and filling them. A mark is made of control characters, which XML does
not have. A leaf's mark remembers how the sender wrote the value where that is not how we
would; a value that changed since is written our way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.tree import Node

IN_TEXT = {"\r": "&#13;"}
IN_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}

_MARK = re.compile(
    "\x01(?P<key>[^\x02]*)\x02(?P<raw>[^\x03]*)\x03(?P<was>[^\x04]*)\x04"
    "|\x05(?P<name>[^\x06]*)\x06"
    "|\x07(?P<silent>[^\x08]*)\x08(?P<same>[^\x0b]*)\x0b"
)


class Held(NamedTuple):
    """What a layout has marks for: leaf keys, and element names in order."""

    keys: set[str]
    names: list[str]


def escape(text: str, special: dict[str, str]) -> str:
    """Write a text as XML has it; `special` are the characters that have to be references where it stands.

    The standard library's own loads what opens addresses on the network.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character, reference in special.items():
        text = text.replace(character, reference)
    return text


def leaf(key: str, raw: str, value: str, special: dict[str, str]) -> str:
    """Mark a leaf; how it was written is kept where we would write it otherwise."""
    if raw == escape(value, special):
        return f"\x01{key}\x02\x03\x04"
    return f"\x01{key}\x02{raw}\x03{value}\x04"


def child(name: str) -> str:
    """Mark an element."""
    return f"\x05{name}\x06"


def silent(key: str, value: str) -> str:
    """Mark a leaf that stands elsewhere in the markup, or nowhere: it is not written here."""
    return f"\x07{key}\x08{value}\x0b"


def held(layout: str) -> Held:
    """List what a layout has marks for."""
    keys: set[str] = set()
    names: list[str] = []
    for match in _MARK.finditer(layout):
        if match["name"] is not None:
            names.append(match["name"])
        else:
            keys.add(match["key"] if match["key"] is not None else match["silent"])
    return Held(keys, names)


def fits(layout: str, node: Node, children: list[Node]) -> bool:
    """Tell whether a layout has a mark for all that a node holds now, and for nothing else."""
    found = held(layout)
    return found.names == [below.name for below in children] and found.keys == {
        key for key, text in node.values.items() if text
    }


def fill(
    layout: str, node: Node, children: list[Node], write: Callable[[Node], Iterator[str]]
) -> Iterator[str]:
    """Yield the markup with values and elements in it."""
    at = 0
    rest = iter(children)
    for match in _MARK.finditer(layout):
        yield layout[at : match.start()]
        at = match.end()
        if match["name"] is not None:
            yield from write(next(rest))
        elif match["key"] is not None:
            text = node.get(match["key"])
            kept = match["raw"] and text == match["was"]
            special = IN_ATTRIBUTE if match["key"] else IN_TEXT
            yield match["raw"] if kept else escape(text, special)
    yield layout[at:]
