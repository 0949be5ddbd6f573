"""A document that is legal and small, with one element in the middle of attention.

Lives here: which elements stand around a place, the bytes of the document and where each tag, text
and attribute is in them. Never here: what is made wrong (`values.py`, `structure.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.conformance.wco.values import usual

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.wco.tables import Part, Profile

Way = tuple["Part", ...]
ENVELOPE = "MetaData"
FOREIGN = "urn:example:another"
_PREFIXES = (("MetaData", "md"), ("DEC.types", "dt"), ("RES.types", "rt"), ("DEC", "dec"), ("RES", ""))
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


@dataclass(slots=True, eq=False)
class Elem:
    """One element on the way to bytes. `part` None is a stranger; `space` its namespace's part.

    `markup` replaces text and children. `declares` are namespaces that its tag declares.
    """

    name: str
    space: str
    part: Part | None = None
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Elem] = field(default_factory=list)
    markup: str = ""
    declares: dict[str, str] = field(default_factory=dict)
    prefix: str | None = None

    def walk(self) -> Iterator[Elem]:
        """Yield this element and all below."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Mark:
    """Where an element is: its start tag, its text, its attributes' values."""

    tag: tuple[int, int]
    text: tuple[int, int]
    attributes: dict[str, tuple[int, int]]


@dataclass(slots=True)
class Draft:
    """A document: the envelope, the message in it, the element looked at."""

    profile: Profile
    root: Elem
    body: Elem
    focus: Elem
    head: str = '<?xml version="1.0" encoding="UTF-8"?>\n'
    tail: str = "\n"
    marks: dict[int, Mark] = field(default_factory=dict)

    def written(self) -> bytes:
        """Write the document and note where everything is."""
        writer = _Writer(self)
        writer.put(self.head)
        writer.element(self.root, 0)
        writer.put(self.tail)
        self.marks = writer.marks
        return "".join(writer.texts).encode("utf-8")

    def mark(self, elem: Elem) -> Mark:
        """Give where an element is in what was written last."""
        return self.marks[id(elem)]

    def span(self, elem: Elem) -> tuple[int, int]:
        """Give the bytes that are told of an element: its text, or its start tag where it has none."""
        mark = self.mark(elem)
        return mark.text if mark.text[0] < mark.text[1] and not elem.children else mark.tag

    def parent(self, elem: Elem) -> Elem:
        """Give the element around another."""
        level = [self.root]
        while level:
            for one in level:
                for child in one.children:
                    if child is elem:
                        return one
            level = [child for one in level for child in one.children]
        raise LookupError(elem.name)

    def place(self, elem: Elem) -> str:
        """Give the address below the message: occurrences are shown from the second on."""
        steps: list[str] = []
        while elem is not self.body and elem is not self.root:
            around = self.parent(elem)
            same = [child for child in around.children if child.name == elem.name]
            turn = next(at for at, child in enumerate(same, 1) if child is elem)
            steps.append(elem.name if turn == 1 else f"{elem.name}[{turn}]")
            elem = around
        return "/".join(reversed(steps))


class _Writer:
    """Puts out texts and counts their bytes."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.texts: list[str] = []
        self.size = 0
        self.marks: dict[int, Mark] = {}
        self.prefixes = prefixes(draft.profile, draft.body.space)

    def put(self, text: str) -> int:
        self.texts.append(text)
        self.size += len(text) if text.isascii() else len(text.encode("utf-8"))
        return self.size

    def element(self, elem: Elem, depth: int) -> None:
        indent = "\n" + "  " * depth
        prefix = self.prefixes.get(elem.space, "") if elem.prefix is None else elem.prefix
        tag = f"{prefix}:{elem.name}" if prefix else elem.name
        start = self.put(indent) if depth else self.size
        opened = f"<{tag}"
        if elem is self.draft.root:
            opened += _declared(self.draft.profile, self.draft.body.space)
        if elem.declares:
            opened += _declaring(elem.declares)
        spans: dict[str, tuple[int, int]] = {}
        for name, value in elem.attributes.items():
            begin = self.put(f'{opened} {name}="')
            spans[name] = (begin, self.put(escaped(value)))
            opened = '"'
        end = self.put(f"{opened}>")
        content = elem.markup or escaped(elem.text)
        text = (end, end)
        if content:
            stop = self.put(content)
            text = _trimmed(content, end, stop)
        for child in elem.children:
            self.element(child, depth + 1)
        self.put(f"{indent}</{tag}>" if elem.children else f"</{tag}>")
        self.marks[id(elem)] = Mark((start, end), text, spans)


def _trimmed(content: str, start: int, stop: int) -> tuple[int, int]:
    """Give where a text is without the blanks around it."""
    left = len(content) - len(content.lstrip(" \t\r\n"))
    right = len(content) - len(content.rstrip(" \t\r\n"))
    return (start + left, stop - right) if left < len(content) else (start, start)


def _declaring(spaces: Mapping[str, str]) -> str:
    return "".join(
        f' xmlns:{prefix}="{uri}"' if prefix else f' xmlns="{uri}"' for prefix, uri in spaces.items()
    )


@lru_cache(maxsize=64)
def _declared(profile: Profile, message: str) -> str:
    """Write the namespaces that the first tag declares; of one prefix the first."""
    declared: dict[str, str] = {}
    for part, prefix in prefixes(profile, message).items():
        declared.setdefault(prefix, profile.space(part))
    return _declaring(declared)


@lru_cache(maxsize=64)
def prefixes(profile: Profile, message: str) -> Mapping[str, str]:
    """Give the prefix of each part: the message has none, and one namespace has one."""
    found: dict[str, str] = {}
    by_uri: dict[str, str] = {profile.space(message): ""}
    for part, prefix in _PREFIXES:
        uri = profile.space(part)
        if part in {message, "MetaData", f"{message}.types"} or (message == "RES" and profile.echo):
            found[part] = by_uri.setdefault(uri, prefix)
    found[message] = ""
    return found


def escaped(text: str) -> str:
    """Give a text as it stands in markup."""
    return text.translate(_ESCAPES)


class Composer:
    """Makes small legal documents of one message in one profile."""

    def __init__(self, profile: Profile, envelope: Part, message: Part, fixed: Mapping[str, str]) -> None:
        """Keep the trees. `fixed` are texts by address that a document of this kind must have."""
        self.profile = profile
        self.envelope = envelope
        self.message = message
        self.fixed = fixed

    def compose(self, way: Way, number: int, copies: int = 1, beside: Way = ()) -> Draft:
        """Make a document in which the last part of `way` stands, `copies` of it; and one at `beside`."""
        body = Elem(self.message.name, self.message.space, self.message)
        root = Elem(self.envelope.name, self.envelope.space, self.envelope, children=[body])
        making = _Making(self, number, copies)
        making.fill(body, self.message.parts, (), way, beside)
        return Draft(self.profile, root, body, making.focus or body)


class _Making:
    """One composition in progress."""

    def __init__(self, composer: Composer, number: int, copies: int) -> None:
        self.composer = composer
        self.number = number
        self.copies = copies
        self.focus: Elem | None = None

    def fill(self, around: Elem, parts: tuple[Part, ...], here: Way, way: Way, beside: Way) -> None:
        """Put the parts of one level; `way` and `beside` are what is left of the ways that are wanted."""
        first, second = way[0] if way else None, beside[0] if beside else None
        # Of some hundred parts a few stand.
        standing = (
            parts
            if self.composer.fixed
            else [part for part in parts if part.least or part is first or part is second]
        )
        for part in standing:
            wanted, also = part is first, part is second
            there = (*here, part)
            if not (part.least or wanted or also or self.fixed(there)):
                continue
            last = wanted and len(way) == 1
            for _ in range(self.copies if last else max(part.least, 1)):
                elem = self.made(part, there, way[1:] if wanted else (), beside[1:] if also else ())
                around.children.append(elem)
                if last and self.focus is None:
                    self.focus = elem

    def fixed(self, there: Way) -> str:
        """Give the text that a document of this kind must have at a place, "" for none."""
        known = self.composer.fixed
        return known.get("/".join([one.name for one in there]), "") if known else ""

    def made(self, part: Part, there: Way, way: Way, beside: Way) -> Elem:
        elem = Elem(part.name, part.space, part)
        if part.facets is not None:
            elem.text = self.fixed(there) or usual(part.facets, self.number)
            elem.attributes = {one.name: usual(one.facets, 0) for one in part.attributes if one.required}
        else:
            self.fill(elem, part.parts, there, way, beside)
        return elem
