"""Documents made from the grammar: for each rule of the schema a good one and bad ones.

Each is as small as can be: the way from the message down to one element, with what the
schema requires on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs.wco_grammar import Element, Facets, Grammar, Profile


class Case(NamedTuple):
    """A document, what was done to it, and whether it is valid."""

    name: str
    data: bytes
    valid: bool


def sample(facets: Facets) -> str:
    """Give a short text that the facets allow."""
    if facets.codes:
        return facets.codes[0]
    names = {pattern.name for pattern in facets.patterns}
    size = max(facets.length_min, 1)
    if "datetime" in names:
        return "20260301"
    if facets.base == "decimal" or "digits" in names:
        return "1" * size
    return {"currency": "EUR"}.get(next(iter(names), ""), {"language": "en"}.get(facets.base, "X" * size))


class Generator:
    """Makes documents of one message in one profile."""

    def __init__(self, grammar: Grammar, profile: Profile, message: str) -> None:
        self.grammar = grammar
        self.profile = profile
        self.message = message
        self.top = grammar.messages[message]

    def cases(self) -> Iterator[Case]:
        """Yield every case: per element what its place, its value and its attributes may not be."""
        yield from self._of(self.top, [])

    def _of(self, element: Element, way: list[Element]) -> Iterator[Case]:
        for child in element.children:
            if child.echo and not self.profile.echo:
                continue
            below = [*way, child]
            yield from self._structure(below)
            if child.facets is not None:
                yield from self._values(below, child)
            if not child.echo:
                yield from self._of(child, below)

    def document(self, way: list[Element]) -> tuple[etree._Element, etree._Element]:
        """Give a valid document with that way in it, and the element at its end."""
        root = etree.Element(self._tag("MetaData", "MetaData"))
        node = etree.SubElement(root, self._tag(self.top.space, self.top.name))
        element, last = self.top, node
        for step in way:
            last = self._fill(node, element, step)
            node, element = last, step
        self._fill(node, element, None)
        return root, last

    def _fill(self, node: etree._Element, element: Element, wanted: Element | None) -> etree._Element:
        """Add what a class requires and the wanted child, in order; give the wanted one."""
        found = node
        if element.facets is not None:
            node.text = sample(element.facets)
            for attribute in element.attributes.values():
                if attribute.required:
                    node.set(attribute.name, sample(attribute.facets))
        for child in element.children:
            if child is not wanted and (not child.count_min or (child.echo and not self.profile.echo)):
                continue
            made = etree.SubElement(node, self._tag(child.space, child.name))
            if child is wanted:
                found = made
            else:
                self._fill(made, child, None)
        return found

    def _tag(self, space: str, name: str) -> str:
        return f"{{{self.profile.space(space)}}}{name}"

    def _case(self, name: str, way: list[Element], root: etree._Element, *, valid: bool) -> Case:
        path = "/".join(step.name for step in way)
        return Case(f"{self.message}/{path} {name}", etree.tostring(root), valid)

    def _structure(self, way: list[Element]) -> Iterator[Case]:
        element = way[-1]
        root, node = self.document(way)
        yield self._case("stands", way, root, valid=True)
        parent = node.getparent()
        assert parent is not None

        root, node = self.document(way)
        node.getparent().remove(node)
        yield self._case("deleted", way, root, valid=not element.count_min)

        root, node = self.document(way)
        copies = (element.count_max or 2) if element.count_max != 1 else 1
        for _ in range(copies if element.count_max is not None else 1):
            copy = etree.fromstring(etree.tostring(node))
            copy.tail = None
            node.addnext(copy)
        unbounded = element.count_max is None
        twice = self._second(way)
        yield self._case("too often", way, root, valid=unbounded or twice)

        root, node = self.document(way)
        node.tag = self._tag(element.space, f"{element.name}x")
        yield self._case("renamed", way, root, valid=False)

        root, node = self.document(way)
        node.tag = f"{{urn:elsewhere}}{element.name}"
        yield self._case("in another namespace", way, root, valid=False)

        root, node = self.document(way)
        node.set("oddAttribute", "x")
        yield self._case("with an unknown attribute", way, root, valid=False)

        if element.facets is None:
            root, node = self.document(way)
            node.text = "text"
            yield self._case("with text", way, root, valid=False)
        else:
            root, node = self.document(way)
            etree.SubElement(node, self._tag(element.space, "Inner"))
            yield self._case("with an element inside", way, root, valid=False)
        yield from self._swapped(way)

    def _second(self, way: list[Element]) -> bool:
        """Tell whether a second element of that tag is another one's place: one namespace, two of one name."""
        parent = way[-2] if len(way) > 1 else self.top
        tags = [
            self._tag(part.space, part.name) for part in parent.children if self.profile.echo or not part.echo
        ]
        return tags.count(self._tag(way[-1].space, way[-1].name)) > 1

    def _swapped(self, way: list[Element]) -> Iterator[Case]:
        """Put the element before the sibling that the schema has before it."""
        parent = way[-2] if len(way) > 1 else self.top
        at = next(index for index, part in enumerate(parent.children) if part is way[-1])
        if not at:
            return
        other = parent.children[at - 1]
        root, node = self.document(way)
        holder = node.getparent()
        for sibling in holder.findall(self._tag(other.space, other.name)):
            holder.remove(sibling)
        made = etree.Element(self._tag(other.space, other.name))
        self._fill(made, other, None)
        node.addnext(made)
        yield self._case(f"before {other.name}", way, root, valid=False)
        root, node = self.document(way)
        holder = node.getparent()
        if holder.find(self._tag(other.space, other.name)) is None:
            made = etree.Element(self._tag(other.space, other.name))
            self._fill(made, other, None)
            node.addprevious(made)
        yield self._case(f"after {other.name}", way, root, valid=True)

    def _values(self, way: list[Element], element: Element) -> Iterator[Case]:
        facets = element.facets
        assert facets is not None
        for text, valid in texts(facets):
            root, node = self.document(way)
            node.text = text
            yield self._case(f"is {text[:30]!r}", way, root, valid=valid)
        for attribute in element.attributes.values():
            for text, valid in texts(attribute.facets):
                root, node = self.document(way)
                node.set(attribute.name, text)
                yield self._case(f"@{attribute.name} is {text[:30]!r}", way, root, valid=valid)
            root, node = self.document(way)
            if attribute.name in node.attrib:
                del node.attrib[attribute.name]
                yield self._case(f"@{attribute.name} deleted", way, root, valid=not attribute.required)


def texts(facets: Facets) -> Iterator[tuple[str, bool]]:
    """Yield texts around the borders of the facets, and whether each is allowed."""
    names = {pattern.name for pattern in facets.patterns}
    blank = facets.base in {"token", "decimal", "language", "anyURI"}
    yield sample(facets), True
    yield f" {sample(facets)}\t", _with_blanks(facets, names, collapsed=blank)
    if facets.codes:
        yield from ((code, True) for code in facets.codes)
        yield "zz", False
        return
    if facets.base == "decimal":
        yield from _numbers(facets)
        return
    special = {"language": _LANGUAGES, "anyURI": _URIS}.get(facets.base)
    if special is None and "datetime" in names:
        special = _DATES
    if special is not None:
        yield from special
        return
    yield from _lengths(facets, names)
    if "visible" in names:
        # A Code collapses the line break to a blank; an ID or Text keeps it.
        yield from (("   ", False), ("", False))
        if (facets.length_max or 9) >= 3:
            yield "a\nb", blank
    if names & {"letters", "currency"}:
        yield "1" * (facets.length_max or 3), False
    if "digits" in names:
        yield "x" * (facets.length_max or 1), False


_LANGUAGES = (("en-GB", True), ("not a language", False), ("", False))
_URIS = (("urn:x:y", True), ("%zz", False))
_DATES = (
    ("20260301093000Z", True),
    ("20260301093000+01", True),
    ("20269901", True),
    ("19990101", False),
    ("20260301093000", False),
    ("20260301093000+0000", False),
    ("", False),
)


def _lengths(facets: Facets, names: set[str]) -> Iterator[tuple[str, bool]]:
    letter = "A" if names & {"letters", "currency"} else "1"
    if facets.length_max is not None:
        yield letter * facets.length_max, True
        yield letter * (facets.length_max + 1), False
    if facets.length_min:
        yield letter * (facets.length_min - 1), False


def _with_blanks(facets: Facets, names: set[str], *, collapsed: bool) -> bool:
    if collapsed:
        return True
    if facets.codes or names - {"visible"}:
        return False
    return facets.length_max is None or len(sample(facets)) + 2 <= facets.length_max


def _numbers(facets: Facets) -> Iterator[tuple[str, bool]]:
    yield from (("1E3", False), ("x", False), ("", False), ("1,5", False), ("-1", True), ("+1", True))
    if facets.total is None:
        yield "1.23456789", True
        return
    fraction = facets.fraction or 0
    whole = facets.total - fraction
    yield "9" * facets.total, True
    yield "9" * (facets.total + 1), False
    yield f"000{'9' * whole}.{'1' * fraction}0" if fraction else "12.0"[: facets.total + 2], True
    yield f"1.{'1' * (fraction + 1)}", False
