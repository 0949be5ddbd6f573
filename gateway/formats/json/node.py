r"""JsonNode: an object as it was read, and how it was laid out.

A layout is the object's own text with each value taken out: a leaf as `\x01 key \x02 raw
\x03` (`raw` only where the value was not written in the canonical way), a child as `\x04
levels name \x05` (levels of indent, one digit). What carries no value (null, empty text,
empty list, an object of nothing, the second field of one name) stays as it was written.
JSON text holds none of these control characters, so a layout cannot be misread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.json.tokens import encode, key_to_name, quote, scalar
from gateway.tree import Node

if TYPE_CHECKING:
    from gateway.specs.json import JsonPart

# The name of the node that holds several documents, or none.
DOCUMENTS = "[]"


class JsonNode(Node):
    """An object (or a list in a list) of what was received.

    `tokens` has kind (`s` string, `n` number, `b` boolean, `0` null) and bytes of every scalar,
    empty ones too; `arrays` the fields that were lists. `levels` is how much deeper the node
    is indented than the one around it, `indent` how deep in all. `closed` is False where the
    text broke off inside. `part` is its spec.
    """

    __slots__ = ("arrays", "closed", "data", "end", "hollow", "indent", "levels", "part", "start", "tokens")

    def __init__(self, name: str, data: bytes, start: int, indent: int, levels: int) -> None:
        """Open a node at its first byte."""
        super().__init__(name)
        self.data = data
        self.start = start
        self.end = start
        self.indent = indent
        self.levels = levels
        self.tokens: dict[str, tuple[str, int, int]] = {}
        self.arrays: dict[str, int] = {}
        self.hollow = True
        self.closed = False
        self.part: JsonPart | None = None

    def span(self, key: str) -> Span | None:
        """Give the bytes of a leaf; a string's without its quotes."""
        token = self.tokens.get(key)
        if token is None:
            return None
        kind, start, end = token
        return Span(start + 1, end - 1) if kind == "s" else Span(start, end)

    def extent(self) -> Span:
        """Give the bytes from the opening to the closing bracket."""
        return Span(self.start, self.end)

    @property
    def layout(self) -> str:
        """The layout as read, "" where it is the canonical one."""
        layout = self._as_read()
        return "" if layout == canonical(self, self.part, self.indent) else layout

    def _as_read(self) -> str:
        places: list[tuple[int, int, str]] = []
        for key, (_, start, end) in self.tokens.items():
            if text := self.values.get(key):
                raw = self.data[start:end].decode("utf-8", "surrogateescape")
                kept = (
                    "" if raw == encode(text, self.part.leaf(key) if self.part is not None else None) else raw
                )
                places.append((start, end, f"\x01{key}\x02{kept}\x03"))
        places += (
            (child.start, child.end, f"\x04{child.levels}{child.name}\x05")
            for child in self.children
            if isinstance(child, JsonNode) and not child.hollow
        )
        places.sort()
        pieces: list[str] = []
        at = self.start
        for start, end, mark in places:
            pieces += (self.data[at:start].decode("utf-8", "surrogateescape"), mark)
            at = end
        pieces.append(self.data[at : self.end].decode("utf-8", "surrogateescape"))
        return "".join(pieces)


def is_hollow(node: Node) -> bool:
    """Tell whether no leaf in or under the node has text."""
    if isinstance(node, JsonNode):
        return node.hollow
    return not any(node.values.values()) and all(is_hollow(child) for child in node.children)


def canonical(node: Node, part: JsonPart | None, indent: int) -> str:
    """Lay a node out in the canonical way: the spec's order, two blanks a level, one item a line."""
    fields: dict[str, list[str]] = {}
    many: set[str] = set()
    for key, text in node.values.items():
        if text:
            name, turn, _ = key.partition("#")
            fields.setdefault(name, []).append(f"\x01{key}\x02\x03")
            if turn:
                many.add(name)
    for child in node.children:
        if not is_hollow(child):
            fields.setdefault(child.name, []).append(child.name)
    many |= {key for key, marks in fields.items() if len(marks) > 1}
    if part is not None:
        many |= part.lists
    if node.name == DOCUMENTS or "" in fields:
        return _array([mark for marks in fields.values() for mark in marks], indent, 1)
    ranks = part.ranks if part is not None else {}
    names = sorted(fields, key=lambda name: ranks.get(name, len(ranks)))
    if not names:
        return "{}"
    pad = "\n" + "  " * (indent + 1)
    lines = []
    for name in names:
        marks = fields[name]
        value = _array(marks, indent + 1, 2) if name in many else _mark(marks[0], 1)
        # A name of letters, as nearly all are, is written as it stands.
        plain = name.isascii() and name.isidentifier()
        lines.append(f'{pad}"{name}": {value}' if plain else f"{pad}{quote(key_to_name(name))}: {value}")
    return "{" + ",".join(lines) + "\n" + "  " * indent + "}"


def _array(marks: list[str], indent: int, levels: int) -> str:
    if not marks:
        return "[]"
    pad = "\n" + "  " * (indent + 1)
    return "[" + ",".join(pad + _mark(mark, levels) for mark in marks) + "\n" + "  " * indent + "]"


def _mark(mark: str, levels: int) -> str:
    return mark if mark.startswith("\x01") else f"\x04{levels}{mark}\x05"


def text_of(raw: str) -> str:
    """Give the text of a value as a layout keeps it."""
    return scalar(raw.encode("utf-8", "surrogateescape"))
