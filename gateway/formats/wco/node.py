"""XmlNode: an XML element as the tree's `Node`, made when somebody looks.

Lives here: the view over a parsed document, with byte spans. Never here: judgement.

A node's text has the key "", its attributes `@name`; xsi attributes and namespace
declarations are markup and no leaves. Text is given without the blanks around it, and its
span is the bytes between them, markup such as comments and character references included.
An attribute's span is the bytes between its quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.wco.scan import Scan, scan
from gateway.specs import Limits
from gateway.tree import Node

if TYPE_CHECKING:
    from lxml.etree import _Element

BLANK = " \t\r\n"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XML = "{http://www.w3.org/XML/1998/namespace}"

_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_ATTRIBUTE = re.compile(rb"""[ \t\r\n]([^ \t\r\n=/>"']+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_SLOTS = {name: Node.__dict__[name] for name in ("values", "children")}
_NO_LIMITS = Limits(
    depth_max=1 << 20, attributes_max=1 << 20, value_chars_max=1 << 40, interchange_bytes_max=1 << 40
)


class Document:
    """One parsed document: its bytes, and the offsets of its elements once somebody asks."""

    __slots__ = ("_scan", "data")

    def __init__(self, data: bytes, scanned: Scan | None = None) -> None:
        self.data = data
        self._scan = scanned

    @property
    def offsets(self) -> Scan:
        """Where the elements stand, in document order."""
        if self._scan is None:
            self._scan, _ = scan(self.data, _NO_LIMITS)
        return self._scan


class XmlNode(Node):
    """An element that was read. `added` holds attributes a lenient reading put there."""

    __slots__ = ("_document", "_index", "_parent", "added", "element")

    def __init__(self, document: Document, element: _Element, parent: XmlNode | None) -> None:
        self.name = local(element)
        self.element = element
        self.added: dict[str, str] = {}
        self._document = document
        self._parent = parent
        self._index = -1 if parent is not None else 0

    def __getattr__(self, name: str) -> object:
        """Fill `values` and `children` when they are first asked for."""
        if name == "values":
            self.values = self.read_values()
            return self.values
        if name == "children":
            self.children = self.read_children()
            return self.children
        raise AttributeError(name)

    def read_values(self) -> dict[str, str]:
        """Give the leaves as the document has them."""
        element = self.element
        text = self.text().strip(BLANK)
        values = {"": text} if text else {}
        for key, value in element.attrib.items():
            name = str(key)
            if not name.startswith("{"):
                values[f"@{name}"] = str(value)
            elif not name.startswith(XSI):
                values[f"@{self._qualified(name)}"] = str(value)
        values.update(self.added)
        return values

    def read_children(self) -> list[Node]:
        """Give the elements below as the document has them."""
        return [XmlNode(self._document, child, self) for child in self.element]

    def add(self, key: str, value: str) -> None:
        """Put an attribute there that the document lacks, as a repair."""
        self.added[key] = value
        self.values[key] = value

    def touched(self, name: str) -> bool:
        """Tell whether `values` or `children` was asked for, so that somebody may have changed it."""
        try:
            _SLOTS[name].__get__(self)
        except AttributeError:
            return False
        return True

    def text(self) -> str:
        """Give all character data of this element, blanks included."""
        element = self.element
        text = element.text or ""
        if len(element):
            text += "".join(child.tail or "" for child in element)
        return text

    def span(self, key: str) -> Span | None:
        """Give the bytes of a leaf, None for one that a lenient reading added."""
        if not key:
            return self._text_span() if self.text().strip(BLANK) else None
        if key in self.added:
            return None
        for name, start, end in self._attributes():
            if name == key[1:]:
                return Span(start, end)
        return None

    def extent(self) -> Span | None:
        """Give the bytes of the whole element, tags included."""
        tag = self.tag_span()
        data = self._document.data
        if data.endswith(b"/>", tag.start, tag.end):
            return tag
        match = _TAG.match(data, self._document.offsets.stops[self.index])
        return Span(tag.start, match.end() if match else len(data))

    def tag_span(self) -> Span:
        """Give the bytes of the start tag."""
        start = self._document.offsets.starts[self.index]
        match = _TAG.match(self._document.data, start)
        return Span(start, match.end() if match else start)

    @property
    def index(self) -> int:
        """The element's number in document order, from 0."""
        if self._index < 0 and self._parent is not None:
            self._parent.number()
        return self._index

    def number(self) -> None:
        """Give every child its number in document order."""
        at = self.index + 1
        lasts = self._document.offsets.lasts
        for child in self.children:
            if isinstance(child, XmlNode):
                child._index = at  # noqa: SLF001 - its own class
                at = lasts[at]

    def _text_span(self) -> Span:
        start = self.tag_span().end
        stop = self._document.offsets.stops[self.index]
        raw = self._document.data[start:stop]
        blank = BLANK.encode()
        return Span(start + len(raw) - len(raw.lstrip(blank)), stop - len(raw) + len(raw.rstrip(blank)))

    def _attributes(self) -> list[tuple[str, int, int]]:
        start, end = self.tag_span()
        found = []
        for match in _ATTRIBUTE.finditer(self._document.data, start, end):
            quoted = 2 if match[2] is not None else 3
            found.append((match[1].decode("utf-8", "replace"), match.start(quoted), match.end(quoted)))
        return found

    def _qualified(self, name: str) -> str:
        """Give an attribute's name with its prefix: `xml:lang`."""
        space, _, short = name[1:].partition("}")
        if f"{{{space}}}" == XML:
            return f"xml:{short}"
        for prefix, uri in self.element.nsmap.items():
            if uri == space and prefix:
                return f"{prefix}:{short}"
        return short


def local(element: _Element) -> str:
    """Give an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: _Element) -> str:
    """Give an element's namespace, "" for none."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
