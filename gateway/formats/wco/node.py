"""XmlNode: an XML element as the tree's `Node`, made when somebody looks.

Lives here: the view over a parsed document, with byte spans. Never here: judgement.

A node's text has the key "", its attributes `@name`; xsi attributes and namespace
declarations are markup and no leaves. Text is given without the blanks around it, and its
span is the bytes between them, markup such as comments and character references included.
An attribute's span is the bytes between its quotes.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree

from gateway.finding import Span
from gateway.formats.wco import fold, marks, quick
from gateway.formats.wco.scan import Scan, scan
from gateway.specs import Limits
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lxml.etree import _Element

    from gateway.quick import Asked
    from gateway.quick.tree import Tree

BLANK = " \t\r\n"
_BLANK_BYTES = BLANK.encode()
_BLANK = ord(" ")
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XML = "{http://www.w3.org/XML/1998/namespace}"

_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_ATTRIBUTE = re.compile(rb"""[ \t\r\n]([^ \t\r\n=/>"']+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_ESCAPED = re.compile("[&<>\r]")
_OPENING = re.compile(rb"<[^/?]")
_number: Callable[[_Element], Any] = etree.XPath("count(preceding::*) + count(ancestor::*)")
COUNTED_MAX = 16
"""So many elements are found by counting; who asks for more has all of them noted in one pass."""

_NOTHING: Mapping[str, str] = {}
_new = object.__new__
# Half of what it takes by name: a document has thousands of them.
_span = tuple.__new__
_NO_LIMITS = Limits(
    depth_max=1 << 20, attributes_max=1 << 20, value_chars_max=1 << 40, interchange_bytes_max=1 << 40
)


class Document:
    """One parsed document: its bytes, and the offsets of its elements (`scanned`) once somebody asks.

    `prefixes` are those by which we would write its namespaces; a node laid out as we would
    do it has no layout of its own.
    """

    __slots__ = (
        "data", "encoding", "extents", "names", "prefixes", "repairs", "scanned", "starts", "tags", "valid",
    )  # fmt: skip

    def __init__(self, data: bytes, scanned: Scan | None = None, encoding: str = "utf-8") -> None:
        self.data = data
        self.encoding = encoding
        self.names: dict[str, str] = {}
        self.prefixes: Mapping[str, str] = {}
        self.valid = False
        self.starts: dict[XmlNode, int] = {}
        # Bytes of what was asked for: who asks about a node asks of its leaves and of the node around it too.
        self.tags: dict[XmlNode, Span] = {}
        self.extents: dict[XmlNode, Span] = {}
        self.repairs: dict[XmlNode, dict[str, str]] = {}
        self.scanned = scanned

    @property
    def offsets(self) -> Scan:
        """Where the elements stand, in document order."""
        if self.scanned is None:
            self.scanned, _ = scan(self.data, _NO_LIMITS)
        return self.scanned

    @property
    def counts(self) -> bool:
        """Whether a few elements may be found by counting tags, before everything is looked at."""
        if self.scanned is not None or not self.valid or len(self.starts) >= COUNTED_MAX:
            return False
        return bool(self.starts) or (b"<!" not in self.data and self.data.count(b"<?") < 2)

    def counted(self, node: XmlNode) -> int:
        """Give where a node's tag begins: it is the tag of its number."""
        at = self.starts.get(node)
        if at is None:
            number = int(_number(node.element))
            tag = next(islice(_OPENING.finditer(self.data), number, None))
            at = self.starts[node] = tag.start()
        return at

    def text(self, start: int, end: int) -> str:
        """Give some of the bytes as text."""
        return self.data[start:end].decode(self.encoding, "surrogateescape")


class XmlNode(Node):
    """An element that was read."""

    __slots__ = ("_document", "_index", "_originals", "_parent", "_tails", "element")

    folds = True

    def __init__(self, document: Document, element: _Element, parent: XmlNode | None) -> None:
        self.name = local(element)
        self.element = element
        self._document = document
        self._parent = parent
        self._index = -1 if parent is not None else 0
        self._originals: list[XmlNode] | None = None

    @property
    def above(self) -> XmlNode | None:
        """The element around this one."""
        return self._parent

    @property
    def added(self) -> Mapping[str, str]:
        """Attributes that a lenient reading put there."""
        return self._document.repairs.get(self, _NOTHING)

    def __getattr__(self, name: str) -> object:
        """Fill `values` and `children` when they are first asked for."""
        if name == "values":
            self.values = self.read_values()
            return self.values
        if name == "children":
            self.children = list(self.originals())
            return self.children
        raise AttributeError(name)

    def read_values(self) -> dict[str, str]:
        """Give the leaves as the document has them."""
        text = self.text().strip(BLANK)
        values = {"": text} if text else {}
        items = self.element.items()
        if items:
            self._attribute_values(items, values)
        values.update(self.added)
        return values

    def _attribute_values(self, items: Sequence[tuple[Any, Any]], values: dict[str, str]) -> None:
        for key, value in items:
            name = str(key)
            if not name.startswith("{"):
                values[f"@{name}"] = str(value)
            elif not name.startswith(XSI):
                values[f"@{self._qualified(name)}"] = str(value)

    def originals(self) -> list[XmlNode]:
        """Give the elements below as the document has them."""
        if self._originals is None:
            self._originals = self._made()
        return self._originals

    def _made(self) -> list[XmlNode]:
        """Make the nodes below; a leaf, and most elements are leaves, gets its values at once."""
        document, names = self._document, self._document.names
        made, tails = [], ""
        for element in self.element:
            node = _new(XmlNode)
            tag = element.tag
            name = names.get(tag)
            if name is None:
                name = names[tag] = local(element)
            node.name = name
            node.element = element
            node._document = document  # noqa: SLF001 - its own class
            node._parent = self  # noqa: SLF001 - its own class
            node._index = -1  # noqa: SLF001 - its own class
            node._originals = None  # noqa: SLF001 - its own class
            if not len(element):
                text = element.text
                text = text.strip(BLANK) if text else ""
                node.values = values = {"": text} if text else {}
                items = element.items()
                if items:
                    node._attribute_values(items, values)  # noqa: SLF001 - its own class
                node.children = []
            if element.tail:
                tails += element.tail
            made.append(node)
        self._tails = tails
        return made

    def add(self, key: str, value: str) -> None:
        """Put an attribute there that the document lacks, as a repair."""
        self._document.repairs.setdefault(self, {})[key] = value
        self.values[key] = value

    def said(self, address: str) -> str:
        """Give the text at an address of plain names as the document has it, "" where there is none.

        No node is made for it.
        """
        element = self.element
        for name in address.split("/"):
            found = next(element.iterchildren(f"{{*}}{name}"), None)
            if found is None:
                return ""
            element = found
        return _all_text(element).strip(BLANK)

    def text(self) -> str:
        """Give all character data of this element, blanks included."""
        text = self.element.text or ""
        if len(self.element):
            # Who asks for the text between elements asks for these too.
            self.originals()
            return text + self._tails
        return text

    def span(self, key: str) -> Span | None:
        """Give the bytes of a leaf, None for one that a lenient reading added."""
        if not key:
            element = self.element
            text = element.text if not len(element) else self.text()
            return self._text_span() if text and (text[0] > " " or text.strip(BLANK)) else None
        if key in self.added:
            return None
        begin, stop = self.tag_span()
        data, name = self._document.data, key[1:]
        said = f' {name}="'.encode()
        start = data.find(said, begin, stop) + len(said)
        # Most often it is written so; what stands in the quotes of another attribute is none.
        if start > len(said) and _unquoted(data, begin, start - 1):
            return _span(Span, (start, data.find(b'"', start)))
        for name, start, end in self._attributes():
            if name == key[1:]:
                return Span(start, end)
        return None

    def extent(self) -> Span:
        """Give the bytes of the whole element, tags included."""
        document = self._document
        known = document.extents.get(self)
        if known is not None:
            return known
        data, scanned = document.data, document.scanned
        if scanned is not None:
            index = self._index if self._index >= 0 else self.index
            start, stop = scanned.starts[index], scanned.stops[index]
            if data.startswith(b"</", stop) and not data.endswith(b"/>", start, stop):
                # An end tag holds its name alone. Its start tag is looked at where it may be the only one.
                document.extents[self] = extent = _span(Span, (start, data.find(b">", stop) + 1))
                return extent
        tag = self.tag_span()
        if not data.endswith(b"/>", tag.start, tag.end):
            match = _TAG.match(data, document.offsets.stops[self.index])
            tag = Span(tag.start, match.end() if match else len(data))
        document.extents[self] = tag
        return tag

    def folded(self, kept: Mapping[str, frozenset[str]]) -> Node | None:
        """Give the tree of this message without the leaves; only a valid document of one message has it."""
        if not self._alone():
            return None
        root, above = fold.fold(self._document.data, kept), self._parent
        if root is None or above is None:
            return root
        return next((child for child in root.children if child.name == self.name), None)

    def cut(self, asked: Asked) -> Tree | None:
        """Give the same tree from the compiled part, of what is asked."""
        return quick.cut(self._document.data, asked, self.name) if self._alone() else None

    def _alone(self) -> bool:
        """Tell whether this is the one message of a valid document as it came."""
        document, above = self._document, self._parent
        if not document.valid or document.repairs or document.encoding != "utf-8":
            return False
        if above is None:
            return True
        # A message in a request around the envelope is looked for by the other tree only.
        return above._parent is None and len(list(above.element.iterchildren(f"{{*}}{self.name}"))) == 1  # noqa: SLF001

    @property
    def layout(self) -> str:
        """The element's markup with marks for what it holds; "" where it is as we would write it."""
        if self._plain_leaf():
            return ""
        element = self.element
        bare = not (element.attrib or self.added)
        if bare and len(element) and not self.text().strip(BLANK):
            return self._branch()
        pieces = self._leaf_piece() if bare and not len(element) else list(self._pieces())
        extent = self.extent()
        at, parts = extent.start, []
        for start, end, mark in sorted(pieces) if len(pieces) > 1 else pieces:
            parts += [self._document.text(at, start), mark]
            at = end
        parts.append(self._document.text(at, extent.end))
        parts += [marks.silent(key, value) for key, value in self.added.items()]
        markup = "".join(parts)
        return "" if markup == self._plain(pieces) else markup

    def _branch(self) -> str:
        """Give the layout of an element that holds elements alone, as nearly all do that hold any."""
        document, extent = self._document, self.extent()
        data, encoding, at = document.data, document.encoding, extent.start
        children, gaps = self.originals(), []
        for child in children:
            start, end = child.extent()
            gaps.append(data[at:start].decode(encoding, "surrogateescape"))
            at = end
        gaps.append(data[at : extent.end].decode(encoding, "surrogateescape"))
        if self._plain_gaps(gaps):
            return ""
        marked = [marks.child(child.name) + gap for child, gap in zip(children, gaps[1:], strict=True)]
        return gaps[0] + "".join(marked)

    def _plain_gaps(self, gaps: Sequence[str]) -> bool:
        """Tell whether the markup around elements is as we would write it."""
        prefixes = self._document.prefixes
        prefix = prefixes.get(namespace(self.element)) if prefixes else None
        if prefix is None or self._parent is None:
            return False
        tag = f"{prefix}:{self.name}" if prefix else self.name
        indent = "\n" + "  " * self.depth
        between = f"{indent}  "
        return (
            gaps[0] == f"<{tag}>{between}"
            and gaps[-1] == f"{indent}</{tag}>"
            and gaps.count(between) == len(gaps) - 2
        )

    def _plain_leaf(self) -> bool:
        """Tell at once that this is a text alone, as we would write it; False is for all that needs a closer look."""
        element, document = self.element, self._document
        text = element.text if document.prefixes else None
        if not text or len(element) or len(element.attrib) or self.added or document.encoding != "utf-8":
            return False
        prefix = document.prefixes.get(namespace(element)) if document.prefixes else None
        if prefix is None or self._parent is None or text.strip(BLANK) != text or _ESCAPED.search(text):
            return False
        tag = f"{prefix}:{self.name}" if prefix else self.name
        start, end = self.extent()
        return document.data[start:end] == f"<{tag}>{text}</{tag}>".encode()

    def _leaf_piece(self) -> list[tuple[int, int, str]]:
        """Give what to replace of an element that has a text alone, or nothing."""
        text = (self.element.text or "").strip(BLANK)
        if not text:
            return []
        start, end = self._text_span()
        return [(start, end, marks.leaf("", self._document.text(start, end), text, marks.IN_TEXT))]

    def _pieces(self) -> Iterator[tuple[int, int, str]]:
        """Yield what to replace by marks: the text, the attributes, the elements below."""
        values = self.read_values()
        for name, start, end in self._attributes():
            key = f"@{name}"
            if values.get(key):
                raw = self._document.text(start, end)
                yield start, end, marks.leaf(key, raw, values[key], marks.IN_ATTRIBUTE)
        if not len(self.element):
            if "" in values:
                start, end = self._text_span()
                yield start, end, marks.leaf("", self._document.text(start, end), values[""], marks.IN_TEXT)
            return
        if "" in values:
            # Text between elements has no one place: it stays in the markup.
            start = self.tag_span().end
            yield start, start, marks.silent("", values[""])
        for child in self.originals():
            inner = child.extent()
            yield inner.start, inner.end, marks.child(child.name)

    def _plain(self, pieces: Sequence[tuple[int, int, str]]) -> str:
        """Give the markup as we would write it: what `layout` is compared with."""
        prefixes = self._document.prefixes
        prefix = prefixes.get(namespace(self.element)) if prefixes else None
        if prefix is None or self._parent is None or self.added or len(self.element.attrib) > 1:
            return ""
        if any(mark.startswith("\x01") and not mark.endswith("\x02\x03\x04") for _, _, mark in pieces):
            return ""
        tag = f"{prefix}:{self.name}" if prefix else self.name
        attributes = [mark for _, _, mark in pieces if mark.startswith("\x01@")]
        names = [str(name) for name in self.element.attrib]
        opened = "".join(f' {name}="{mark}"' for name, mark in zip(names, attributes, strict=False))
        inner = [mark for _, _, mark in pieces if not mark.startswith("\x01@")]
        if not inner:
            return f"<{tag}{opened}/>"
        if not len(self.element):
            return f"<{tag}{opened}>{inner[0]}</{tag}>"
        indent = "\n" + "  " * self.depth
        return f"<{tag}{opened}>{''.join(f'{indent}  {mark}' for mark in inner)}{indent}</{tag}>"

    @property
    def depth(self) -> int:
        """How many elements are around this one."""
        return 0 if self._parent is None else self._parent.depth + 1

    def tag_span(self) -> Span:
        """Give the bytes of the start tag."""
        document = self._document
        known = document.tags.get(self)
        if known is not None:
            return known
        scanned = document.scanned
        if scanned is not None:
            start = scanned.starts[self.index]
        elif self in document.starts or document.counts:
            start = document.counted(self)
        else:
            start = document.offsets.starts[self.index]
        match = _TAG.match(document.data, start)
        span = document.tags[self] = Span(start, match.end() if match else start)
        return span

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
        for child in self.originals():
            child._index = at  # noqa: SLF001 - its own class
            at = lasts[at]

    def _text_span(self) -> Span:
        data, scanned = self._document.data, self._document.scanned
        if scanned is not None:
            index = self._index if self._index >= 0 else self.index
            tag, stop = scanned.starts[index], scanned.stops[index]
            start = data.find(b">", tag) + 1
            # Nearly every text has no blanks around it.
            if data[start] > _BLANK and data[stop - 1] > _BLANK and _unquoted(data, tag, start):
                return _span(Span, (start, stop))
        start = self.tag_span().end
        if self in self._document.starts and not len(self.element):
            stop = self._document.data.index(b"<", start)
        else:
            stop = self._document.offsets.stops[self.index]
        raw = self._document.data[start:stop]
        left = raw.lstrip(_BLANK_BYTES)
        return Span(stop - len(left), stop - len(raw) + len(raw.rstrip(_BLANK_BYTES)))

    def _attributes(self) -> list[tuple[str, int, int]]:
        start, end = self.tag_span()
        found: list[tuple[str, int, int]] = []
        if self._document.data.find(b"=", start, end) < 0:
            return found
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


def _unquoted(data: bytes, start: int, end: int) -> bool:
    """Tell at once that what is behind some bytes of a tag is in no quotes; False is for all that needs a closer look."""
    return data.find(b"=", start, end) < 0 or (
        not data.count(b'"', start, end) % 2 and data.find(b"'", start, end) < 0
    )


def _all_text(element: _Element) -> str:
    text = element.text or ""
    if len(element):
        text += "".join([child.tail or "" for child in element])
    return text


def local(element: _Element) -> str:
    """Give an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: _Element) -> str:
    """Give an element's namespace, "" for none."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
