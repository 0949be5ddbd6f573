"""A valid document's text as a folded tree: what a table of rows reads, and nothing else.

Lives here: cutting markup that is known to be right. In a folded tree an element without
elements in it is no node: it stands in the values of the element around it, its text by its name,
its attributes by `Name@attribute`. Only names that are `kept` stay nodes. Nothing here knows
where anything stood; the tree of `node.py` says that when somebody asks.
"""

from __future__ import annotations

import re
import sys
from itertools import chain
from typing import TYPE_CHECKING

from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLANK = " \t\r\n"
PORTION_BYTES = 1 << 16
"""The text is cut in portions of about this size, so that only one of them is there in pieces."""

TAGS_MAX = 4096
TAG_CHARS_MAX = 200
_MARKUP = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(
    r"""([^ \t\r\n/=<>"']+)((?:[ \t\r\n]+[^ \t\r\n/=<>"']+[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*'))*)[ \t\r\n]*(/?)"""
)
_ATTRIBUTE = re.compile(r"""([^ \t\r\n=]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
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


class _Tags(dict[str, "tuple[str, Tag | None] | None"]):
    """What a tag says, by its text: its name, and more where there is more; None for an end tag.

    A document has few different ones.
    """

    def __missing__(self, text: str) -> tuple[str, Tag | None] | None:
        found = None if text.startswith("/") else _tag(text)
        if len(text) <= TAG_CHARS_MAX:
            if len(self) >= TAGS_MAX:
                self.clear()
            self[text] = found
        return found


def _tag(text: str) -> tuple[str, Tag | None]:
    match = _TAG.fullmatch(text)
    if match is None:
        raise NotFoldedError(text)
    name = sys.intern(match[1].rpartition(":")[2])
    leaves = dict(_leaves(match[2]))
    return name, Tag(name, leaves, empty=bool(match[3])) if leaves or match[3] else None


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
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    number, hexadecimal, name = match.groups()
    return _CHARACTERS[name] if name else chr(int(number) if number else int(hexadecimal, 16))


def fold(data: bytes, kept: Mapping[str, frozenset[str]]) -> Node | None:
    """Give the root of a valid document's folded tree, None where it is cut by the other tree only."""
    data, start = begun(data)
    root = _folded(data, start, kept)
    if root is None and (without := bare(data)) is not None:
        root = _folded(*without, kept)
    return root


def begun(data: bytes) -> tuple[bytes, int]:
    """Give a document with line ends as XML reads them, and where its first tag begins."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    declared = data.startswith((b"<?xml", b"\xef\xbb\xbf<?xml"))
    return data, data.find(b"<", data.find(b"?>")) if declared else data.find(b"<")


def bare(data: bytes) -> tuple[bytes, int] | None:
    """Give a document without its comments and where it begins, None where it has none or they cannot be told."""
    if b"<![CDATA[" in data:
        return None
    found = _MARKUP.sub(b"", data)
    return (found, found.find(b"<")) if len(found) < len(data) else None


def _folded(data: bytes, start: int, kept: Mapping[str, frozenset[str]]) -> Node | None:
    root = Node("")
    pieces = chain.from_iterable(map(_tags_and_texts, _cut(data, start)))
    try:
        _build(pieces, kept, root, b"&" in data)
    except NotFoldedError:
        return None
    return root.children[0] if root.children else None


def _cut(data: bytes, at: int) -> Iterator[bytes]:
    while at >= 0:
        end = data.find(b"<", at + PORTION_BYTES)
        yield data[at:end] if end >= 0 else data[at:]
        at = end


def _tags_and_texts(portion: bytes) -> Iterator[tuple[str, str]]:
    """Give each tag of a portion with the text behind it."""
    pieces = portion.decode().replace(">", "<").split("<")
    # Only if every > ends a tag are tags and texts in turn.
    if portion.count(b">") * 2 + 1 != len(pieces):
        raise NotFoldedError(portion)
    return zip(pieces[1::2], pieces[2::2], strict=True)


def _build(
    pieces: Iterator[tuple[str, str]],
    kept: Mapping[str, frozenset[str]],
    root: Node,
    referring: bool,  # noqa: FBT001 - one caller
) -> None:
    """Hang every element under the one around it.

    An element whose tag is open waits until the next one says whether it is a leaf.
    """
    tags, names = _tags, kept.get
    stack: list[tuple[dict[str, str], list[Node], frozenset[str]]] = []
    values, children, keep = root.values, root.children, _NOTHING
    name, tag, held = "", None, ""
    for said, text in pieces:
        found = tags[said]
        if found is not None:
            if name:
                node = _new(Node)
                node.name = name
                stack.append((values, children, keep))
                children.append(node)
                values = node.values = {} if tag is None else tag.leaves.copy()
                children = node.children = []
                keep = names(name, _NOTHING)
            name, tag = found
            held = text
            if tag is None or not tag.empty:
                continue
            held = ""
        elif not name:
            values, children, keep = stack.pop()
            continue
        if referring and "&" in held:
            held = _plain(held)
        if name in keep:
            children.append(_leaf(name, tag, held.strip(BLANK)))
        else:
            values[name] = held
            if tag is not None:
                values.update(tag.folded)
        name = ""


def _leaf(name: str, tag: Tag | None, text: str) -> Node:
    node = _new(Node)
    node.name = name
    node.values = {"": text} if text else {}
    if tag is not None:
        node.values.update(tag.leaves)
    node.children = []
    return node
