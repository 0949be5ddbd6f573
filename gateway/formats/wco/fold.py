"""A valid document's text as a folded tree: what a table of rows reads, and nothing else.

Lives here: cutting markup that is known to be right. In a folded tree an element without
elements in it is no node: it stands in the values of the element around it, its text by its name,
its attributes by `Name@attribute`. Only names that are `kept` stay nodes. Nothing here knows
where anything stood; the tree of `node.py` says that when somebody asks.
"""

from __future__ import annotations

import re
import sys
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING

from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLANK = " \t\r\n"
PIECE_BYTES = 1 << 16
"""The text is cut in portions of about this size, so that only one of them is there in pieces."""

TAGS_MAX = 4096
TAG_CHARS_MAX = 200
_MARKUP = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(
    r"""([^ \t\r\n/=<>"']+)((?:[ \t\r\n]+[^ \t\r\n/=<>"']+[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*'))*)[ \t\r\n]*(/?)"""
)
_ATTRIBUTE = re.compile(r"""([^ \t\r\n=]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_SPACES = str.maketrans("\t\r\n", "   ")
_NOTHING: frozenset[str] = frozenset()
_new = object.__new__


class NotFoldedError(Exception):
    """Markup that is cut by the other tree only."""


class Tag:
    """A start tag with attributes, or an empty one: its leaves in both forms."""

    __slots__ = ("empty", "folded", "leaves")

    def __init__(self, name: str, leaves: dict[str, str], *, empty: bool) -> None:
        self.leaves = leaves
        self.folded = {f"{name}{key}": value for key, value in leaves.items()}
        self.empty = empty


class _Tags(dict[str, "tuple[str, Tag | None]"]):
    """What a start tag says, by its text: its name, and more where there is more. There are few different ones."""

    def __missing__(self, text: str) -> tuple[str, Tag | None]:
        match = _TAG.fullmatch(text)
        if match is None:
            raise NotFoldedError(text)
        name = match[1].rpartition(":")[2]
        leaves = dict(_leaves(match[2]))
        name = sys.intern(name)
        found = (name, Tag(name, leaves, empty=bool(match[3])) if leaves or match[3] else None)
        if len(text) <= TAG_CHARS_MAX:
            if len(self) >= TAGS_MAX:
                self.clear()
            self[text] = found
        return found


def _leaves(text: str) -> Iterator[tuple[str, str]]:
    for name, double, single in _ATTRIBUTE.findall(text):
        space, _, _ = name.rpartition(":")
        if name == "xmlns" or space in {"xmlns", "xsi"}:
            continue
        if space not in {"", "xml"}:
            raise NotFoldedError(name)
        yield f"@{name}", _plain((double or single).translate(_SPACES))


_tags = _Tags()


def _plain(text: str) -> str:
    """Put characters for references; a document without a DTD has no others than XML's own."""
    return unescape(text) if "&" in text else text


def fold(data: bytes, kept: Mapping[str, frozenset[str]]) -> Node | None:
    """Give the root of a valid document's folded tree, None where it is cut by the other tree only."""
    pieces = _pieces(data)
    if pieces is None:
        return None
    root = Node("")
    try:
        _build(pieces, kept, root, b"&" in data)
    except NotFoldedError:
        return None
    return root.children[0] if root.children else None


def _pieces(data: bytes) -> Iterator[str] | None:
    """Cut the text at each `<`; None where that would cut something else."""
    if b"<![CDATA[" in data:
        return None
    start = data.find(b"?>") if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?") else 0
    if b"<!--" in data or data.find(b"<?", start) >= 0:
        data = _MARKUP.sub(b"", data)
        start = 0
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        start = 0
    return chain.from_iterable(portion.split("<") for portion in _portions(data, data.find(b"<", start)))


def _portions(data: bytes, at: int) -> Iterator[str]:
    while at >= 0:
        end = data.find(b"<", at + PIECE_BYTES)
        yield (data[at + 1 : end] if end >= 0 else data[at + 1 :]).decode()
        at = end


def _build(pieces: Iterator[str], kept: Mapping[str, frozenset[str]], root: Node, referring: bool) -> None:  # noqa: FBT001 - one loop over every tag
    """Hang every element under the one around it. A piece is a tag and the text behind it, without `<`."""
    tags, names, pull = _tags, kept.get, pieces.__next__
    stack: list[tuple[dict[str, str], list[Node], frozenset[str]]] = []
    values, children, keep = root.values, root.children, _NOTHING
    piece = pull()
    while True:
        if piece[0] == "/":
            values, children, keep = stack.pop()
            if not stack:
                return
            piece = pull()
            continue
        said, _, text = piece.partition(">")
        name, tag = tags[said]
        after = pull() if tag is None or not tag.empty else "/"
        if after[0] != "/":
            node = _new(Node)
            node.name = name
            stack.append((values, children, keep))
            children.append(node)
            values = node.values = {} if tag is None else tag.leaves.copy()
            children = node.children = []
            keep = names(name, _NOTHING)
            piece = after
            continue
        if referring and "&" in text:
            text = unescape(text)
        if name in keep or not stack:
            children.append(_leaf(name, tag, text.strip(BLANK)))
            if not stack:
                return
        else:
            values[name] = text
            if tag is not None:
                values.update(tag.folded)
        piece = pull()


def _leaf(name: str, tag: Tag | None, text: str) -> Node:
    node = _new(Node)
    node.name = name
    node.values = {"": text} if text else {}
    if tag is not None:
        node.values.update(tag.leaves)
    node.children = []
    return node
