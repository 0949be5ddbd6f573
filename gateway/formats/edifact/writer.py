"""Trees into bytes: what was read byte for byte, everything else plainly.

Never here: whether the result is right; it is read back for that. New envelopes: `envelop.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.formats.edifact.delimiters import DEFAULTS, UNA_BYTES, BadStart, Delimiters, find_start
from gateway.formats.edifact.layout import PLAIN, Ways, compose, parse
from gateway.formats.edifact.notation import FRAME, Notation
from gateway.formats.edifact.numbers import identity
from gateway.formats.edifact.segment import Segment
from gateway.segments.nodes import Body, Raw
from gateway.specs.edifact import EdifactSpec, service_words
from gateway.specs.edifact_service import charsets, syntaxes
from gateway.tree import Draft, Interchange, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.specs import Specs
    from gateway.specs.edifact_keys import Layout

SERVICE = frozenset({"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})


def write(interchange: Interchange, specs: Specs) -> bytes:
    """Write a tree. What was read gives the same bytes again."""
    return _Writer(interchange.frame, specs).write(interchange.root)


class _Writer:
    """One writing in progress: the notation of the interchange and the directory of the message at hand."""

    def __init__(self, frame: Mapping[str, str], specs: Specs) -> None:
        self.specs = specs
        self.frame = delimiters_of(frame)
        self.marks = self.frame
        self.notation = notation_of({}, self.marks, specs)
        self.spec: EdifactSpec | None = None
        self.inside = False
        self.out = bytearray()

    def write(self, node: Node) -> bytes:
        for child in node.children:
            self.node(child)
        return bytes(self.out)

    def node(self, node: Node) -> None:
        """Write what was received as it was received, and everything else in parts."""
        if node.name == "UNB" and node.children:
            self.marks = self.frame
        if isinstance(node, Segment):
            self.out += node.data[node.start : node.stop]
            if node.tag == "UNB":
                self.notation = node.notation
        elif isinstance(node, Raw) or (isinstance(node, Body) and not node.touched):
            self.out += node.data[node.start : node.stop]
        else:
            self.made(node)

    def made(self, node: Node) -> None:
        """Write a node that is not, or not any more, what was received."""
        if node.name == "UNA":
            self.una(node.layout)
        elif node.children and node.children[0].name == "UNH":
            self.message(node)
        elif node.children:
            for child in node.children:
                self.node(child)
        elif not node.name:
            self.raw(node.layout)
        elif stands(node):
            self.segment(node, node.layout)

    def una(self, layout: str) -> None:
        """Write a service string advice, and what follows it with its characters."""
        self.raw(layout)
        try:
            start = find_start(bytes.fromhex(layout) + b"UNB" + self.frame.element, 0)
        except ValueError:
            return
        if not isinstance(start, BadStart) and not start.problem:
            self.marks = _with_line_end(start.delimiters, self.frame.line_end)

    def message(self, node: Node) -> None:
        """Write a message by its own tables."""
        spec = self.specs.message("edifact", *identity(node.children[0]))
        self.spec = spec if isinstance(spec, EdifactSpec) else None
        self.inside = True
        for child in node.children:
            self.node(child)
        self.spec, self.inside = None, False

    def raw(self, layout: str) -> None:
        try:
            self.out += bytes.fromhex(layout)
        except ValueError:
            return

    def segment(self, node: Node, laid: str) -> None:
        ways = parse(laid) if laid else PLAIN
        tag = node.name.partition(".")[0]
        if ways.raw is not None and ways.raw.decode("latin-1").startswith(node.name):
            tag = node.name
        if tag == "UNB":
            self.marks = self.opened(ways)
            said = dict(zip(("S001.0002", "S001.0001"), ways.read_as, strict=False)) or node.values
            self.notation = notation_of(said, self.marks, self.specs)
        marks = self.notation.delimiters
        self.out += written(tag, node.values, ways.raw, self.known(tag), self.notation)
        self.out += marks.terminator + marks.line_end if ways.tail is None else ways.tail

    def opened(self, ways: Ways) -> Delimiters:
        """Give the service characters of the interchange that a UNB opens."""
        marks = self.marks
        if ways.una is not None and len(ways.una) == UNA_BYTES:
            start = find_start(ways.una + b"UNB" + ways.una[4:5], 0)
            marks = marks if isinstance(start, BadStart) else _with_line_end(start.delimiters, marks.line_end)
        return marks if ways.tail is None else _with_line_end(marks, ways.tail[1:])

    def known(self, tag: str) -> Layout | None:
        """Give a tag's layout: the envelope's own, or that of the message's directory."""
        service = self.notation.service.layouts
        if tag in SERVICE or (self.inside and self.spec is None):
            return service.get(tag)
        return self.spec.words.layouts.get(tag) if self.spec is not None else None


def written(
    tag: str, values: Mapping[str, str], raw: bytes | None, known: Layout | None, notation: Notation
) -> bytes:
    """Give a segment without its terminator: as it was received if it still says the same, else plainly."""
    if raw is not None:
        before = Segment(raw, (0, len(raw), len(raw)), notation, known)
        if before.tag == tag and before.values == {key: text for key, text in values.items() if text}:
            return raw
    return compose(tag, values, known, notation)


def stands(node: Node) -> bool:
    """Tell whether a node is written: a segment that is new and has no value is not."""
    return any(node.values.values()) or (isinstance(node, Draft) and not node.fresh)


def segments_of(node: Node) -> Iterator[Node]:
    """Yield the segments of a tree that will be written."""
    if node.children:
        for child in node.children:
            yield from segments_of(child)
    elif node.name and node.name != "UNA" and stands(node):
        yield node


def notation_of(values: Mapping[str, str], marks: Delimiters, specs: Specs) -> Notation:
    """Give the notation that the values of a UNB open; what is not known is read as syntax 3, UNOC."""
    syntax = syntaxes(specs.root).get(values.get("S001.0002", "")) or syntaxes(specs.root)["3"]
    known = charsets(specs.root)
    charset = known.get(values.get("S001.0001", ""))
    if charset is None or not charset.codec:
        charset = known["UNOC"]
    service = service_words(specs.root, syntax.directory)
    return Notation(marks, syntax, charset, service)


def delimiters_of(frame: Mapping[str, str]) -> Delimiters:
    """Give service characters as a frame or options name them; the rest are the defaults."""
    return _delimiters(tuple([frame.get(name) for name in FRAME]))


@lru_cache(maxsize=64)
def _delimiters(told: tuple[str | None, ...]) -> Delimiters:
    """Give the same object for the same characters."""
    plain = {name: getattr(DEFAULTS, name) for name in FRAME}
    frame = dict(zip(FRAME, told, strict=True))
    given = {name: text.encode("latin-1", "replace") for name, text in frame.items() if text}
    empty = {name: b"" for name in ("release", "repetition") if frame[name] == ""}
    return Delimiters(**{**plain, **given, **empty})


def _with_line_end(marks: Delimiters, line_end: bytes) -> Delimiters:
    if not marks.announced and marks.line_end == line_end:
        return marks
    return Delimiters(**{**{name: getattr(marks, name) for name in FRAME}, "line_end": line_end})
