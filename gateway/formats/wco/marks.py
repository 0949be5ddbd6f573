"""Layouts: an element's markup with marks where its values and elements stand.

Lives here: making and filling them. A mark is made of control characters, which XML does
not have. A leaf's mark remembers how the sender wrote the value where that is not how we
would; a value that changed since is written our way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.tree import Node

IN_TEXT = {"\r": "&#13;"}
IN_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}

_SPECIAL = re.compile('[&<>"\r\n\t]')
_MARK = re.compile(
    "\x01(?P<key>[^\x02]*)\x02(?P<raw>[^\x03]*)\x03(?P<was>[^\x04]*)\x04"
    "|\x05(?P<name>[^\x06]*)\x06"
    "|\x07(?P<silent>[^\x08]*)\x08(?P<same>[^\x0b]*)\x0b"
)


def escape(text: str, special: dict[str, str]) -> str:
    """Write a text as XML has it; `special` are the characters that have to be references where it stands.

    The standard library's own loads what opens addresses on the network.
    """
    if _SPECIAL.search(text) is None:
        return text
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


def fitting(layout: str, node: Node, children: list[Node]) -> list[re.Match[str]] | None:
    """Give the marks of a layout if it has one for all that a node holds now, and for nothing else."""
    found = list(_MARK.finditer(layout))
    names: list[str] = []
    keys: set[str] = set()
    for match in found:
        if match.lastgroup == "name":
            names.append(match["name"])
        else:
            keys.add(match["key" if match.lastgroup == "was" else "silent"])
    if names != [below.name for below in children]:
        return None
    return found if keys == {key for key, text in node.values.items() if text} else None


def fill(
    layout: str,
    found: Iterable[re.Match[str]],
    node: Node,
    children: Iterable[Node],
    out: list[str],
    write: Callable[[Node], None],
) -> None:
    """Put the markup at the end of `out`, with values in it; `write` does so with an element."""
    at = 0
    rest = iter(children)
    for match in found:
        start, end = match.span()
        out.append(layout[at:start])
        at = end
        if match.lastgroup == "name":
            write(next(rest))
        elif match.lastgroup == "was":
            key, raw, was = match.group("key", "raw", "was")
            text = node.get(key)
            out.append(raw if raw and text == was else escape(text, IN_ATTRIBUTE if key else IN_TEXT))
    out.append(layout[at:])
