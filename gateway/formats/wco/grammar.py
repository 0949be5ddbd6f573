"""Structure against the spec: why a document breaks its schema, in words.

Lives here: the walk over a tree beside our grammar. lxml gives the verdict and is fast;
this walk runs when that verdict is no and says what is wrong, each with its class, WCO id,
place and span. A test holds the two to the same verdict over generated documents.

In lenient mode what a tolerant reader can put right is a repair: namespaces, the order
of elements, empty elements, a date without formatCode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Finding, Layer, Severity
from gateway.formats.wco.node import BLANK, XSI, XmlNode, namespace
from gateway.formats.wco.values import Flaw, fits, flaws

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gateway.specs.wco_grammar import Element, Profile

_LOCATIONS = frozenset({f"{XSI}schemaLocation", f"{XSI}noNamespaceSchemaLocation"})
_DATE_FORMS = {8: "102", 15: "304", 17: "304"}  # length of a date text -> its formatCode
_SAYINGS = {
    "length/long": "the value is too long",
    "length/short": "the value is too short",
    "code/unknown": "the code is not in the list",
    "number/malformed": "the value is no number",
    "number/digits": "the number has too many digits",
    "number/fraction": "the number has too many digits after the point",
    "value/blank": "the value is blank",
    "value/linebreak": "the value has a line break",
    "value/letters": "the value is not made of letters",
    "value/digits": "the value is not made of digits",
    "value/currency": "the value is no currency code",
    "value/datetime": "the value is no date",
    "value/language": "the value is no language tag",
    "value/uri": "the value is no URI",
}


class Spot(NamedTuple):
    """Where the walk is. `address` is the schema's, without occurrences; `place` the document's."""

    node: XmlNode
    element: Element
    parent: Element | None
    address: str
    place: str

    @property
    def name(self) -> str:
        """The element with its WCO id: `NetNetWeightMeasure (65A/128)`."""
        return f"{self.element.name} ({self.ids})" if self.ids else self.element.name

    @property
    def ids(self) -> str:
        """The WCO ids of class and element: `65A/128`."""
        parts = [part.id for part in (self.parent, self.element) if part is not None and part.id]
        return "/".join(dict.fromkeys(parts))


class Walk:
    """One walk over one message; `findings` has what it found, in document order.

    `label` begins each code: `wco.DEC.3.6`. Children of the root that are named in `apart`
    are counted, but not walked; they are left in `messages`.
    """

    def __init__(
        self,
        label: str,
        profile: Profile,
        *,
        lenient: bool,
        findings_max: int,
        transaction: int | None = None,
        layer: Layer = Layer.SCHEMA,
        apart: Collection[str] = (),
    ) -> None:
        self.label = label
        self.profile = profile
        self.lenient = lenient
        self.findings_max = findings_max
        self.transaction = transaction
        self.layer = layer
        self.apart = apart
        self.messages: list[XmlNode] = []
        self.findings: list[Finding] = []
        self._foreign: set[tuple[str, str]] = set()
        # Names that are in the namespace of their part.
        self._own: set[tuple[object, str]] = set()

    def root(self, node: XmlNode, element: Element) -> None:
        """Walk from a message's own element."""
        spot = Spot(node, element, None, "", "")
        self._space(spot)
        self._attributes(spot)
        self._class(spot)

    def _element(self, spot: Spot) -> None:
        self._space(spot)
        self._attributes(spot)
        node, element = spot.node, spot.element
        if element.facets is None:
            self._class(spot)
        elif node.children:
            name = node.children[0].name
            self._add(spot, Flaw("content/element", "a value without elements", name), "holds an element")
        elif self.lenient and not element.count_min and not node.text().strip(BLANK):
            if any(flaws(element.facets, node.text())):
                self._add(spot, Flaw("value/empty", "a value", "nothing"), "is empty", repaired=True)
        else:
            for flaw in flaws(element.facets, node.text()):
                self._add(spot, flaw, _SAYINGS[flaw.problem])

    def _class(self, spot: Spot) -> None:
        text = spot.node.text().strip(BLANK)
        if text:
            self._add(
                spot, Flaw("content/text", "elements only", text[:60]), "holds text between its elements"
            )
        self._sequence(spot, [child for child in spot.node.children if isinstance(child, XmlNode)])

    def _sequence(self, spot: Spot, nodes: Sequence[XmlNode]) -> None:
        """Hold children to the one order of their class, each to its occurrences."""
        at = 0
        counts: dict[int, int] = {}
        seen: dict[str, int] = {}
        for child in nodes:
            came = seen[child.name] = seen.get(child.name, 0) + 1
            right = self._right(child, spot.element, at, counts)
            if right is not None:
                counts[right] = counts.get(right, 0) + 1
                at = right
                continue
            turn = f"[{came}]" if came > 1 else ""
            below = _join(spot.address, child.name)
            there = _join(spot.place, f"{child.name}{turn}")
            index = self._particle(child, spot.element, counts)
            if index is None:
                self._unknown(Spot(child, spot.element, spot.parent, below, there))
                continue
            counts[index] = counts.get(index, 0) + 1
            here = Spot(child, spot.element.children[index], spot.element, below, there)
            self._count(here, counts[index])
            if index < at:
                later = spot.element.children[at].name
                flaw = Flaw("order/misplaced", f"before {later}", f"after {later}")
                self._add(here, flaw, f"comes too late in {spot.name}", repaired=True)
            at = max(at, index)
            if child.name in self.apart and not spot.place:
                self.messages.append(child)
            else:
                self._element(here)
        self._missing(spot, counts)

    def _right(self, child: XmlNode, element: Element, at: int, counts: Mapping[int, int]) -> int | None:
        """Tell which child of the class this is where it is a text alone with nothing wrong, as nearly all are.

        None is for all that needs a closer look.
        """
        places = element.places.get(child.name)
        if places is None or len(places) > 1 or places[0] < at:
            return None
        part, xml = element.children[places[0]], child.element
        if part.facets is None or part.echo or part.demanded or len(xml) or xml.items():
            return None
        if part.count_max is not None and counts.get(places[0], 0) >= part.count_max:
            return None
        known = (xml.tag, part.space)
        if known not in self._own:
            if namespace(xml) != self.profile.space(part.space):
                return None
            self._own.add(known)
        return places[0] if fits(part.facets, xml.text or "") else None

    def _count(self, spot: Spot, count: int) -> None:
        most = spot.element.count_max
        if most is not None and count > most:
            flaw = Flaw("count/exceeded", f"at most {most}", str(count))
            self._add(spot, flaw, "occurs too often")

    def _missing(self, spot: Spot, counts: Mapping[int, int]) -> None:
        for index in spot.element.needed:
            part = spot.element.children[index]
            if counts.get(index, 0) >= part.count_min or (part.echo and not self.profile.echo):
                continue
            there = Spot(
                spot.node,
                part,
                spot.element,
                _join(spot.address, part.name),
                _join(spot.place, part.name),
            )
            flaw = Flaw("presence/missing", f"{part.name}, at least {part.count_min}", "none")
            self._add(there, flaw, f"is missing in {spot.name}")

    def _particle(self, child: XmlNode, element: Element, counts: Mapping[int, int]) -> int | None:
        """Tell which child of the class this is. Two of one name differ by namespace, else by which is still free."""
        same = [
            index
            for index in element.places.get(child.name, ())
            if self.profile.echo or not element.children[index].echo
        ]
        if len(same) > 1:
            space = namespace(child.element)
            spaces = {index: self.profile.space(element.children[index].space) for index in same}
            same = [index for index in same if spaces[index] == space] or same
            for index in same:
                most = element.children[index].count_max
                if most is None or counts.get(index, 0) < most:
                    return index
        return same[-1] if same else None

    def _unknown(self, spot: Spot) -> None:
        wanted = ", ".join(dict.fromkeys(part.name for part in spot.element.children))
        wanted = f"one of {wanted}" if len(wanted) < 400 else "an element of this class"
        flaw = Flaw("element/unknown", wanted, spot.node.name)
        self._add(spot, flaw, f"has no element {spot.node.name}")

    def _space(self, spot: Spot) -> None:
        wanted = self.profile.space(spot.element.space)
        actual = namespace(spot.node.element)
        if actual == wanted or (spot.element.space, actual) in self._foreign:
            return
        # One finding for each pair: a whole document in the wrong namespace is one fault.
        self._foreign.add((spot.element.space, actual))
        problem = "namespace/foreign" if actual else "namespace/missing"
        self._add(
            spot, Flaw(problem, wanted, actual or "no namespace"), "is not in its namespace", repaired=True
        )

    def _attributes(self, spot: Spot) -> None:
        element, present = spot.element, spot.node.element.attrib
        for key, value in present.items():
            name = str(key)
            if name in _LOCATIONS:
                continue
            attribute = element.attributes.get(name)
            shown = name.rpartition("}")[2]
            if attribute is None:
                flaw = Flaw("attribute/unknown", ", ".join(element.attributes) or "no attribute", shown)
                self._add(spot, flaw, f"has no attribute {shown}", key=f"@{shown}")
                continue
            for flaw in flaws(attribute.facets, str(value)):
                self._add(spot, flaw, f"in its attribute {name}, {_SAYINGS[flaw.problem]}", key=f"@{name}")
        for name in element.demanded:
            if name not in present:
                self._required(spot, name)

    def _required(self, spot: Spot, name: str) -> None:
        text = spot.node.text().strip(BLANK)
        guess = _DATE_FORMS.get(len(text), "") if name == "formatCode" else ""
        if self.lenient and guess:
            spot.node.add(f"@{name}", guess)
        flaw = Flaw("attribute/missing", name, "none")
        self._add(spot, flaw, f"lacks its attribute {name}", key=f"@{name}", repaired=bool(guess))

    def _add(self, spot: Spot, flaw: Flaw, says: str, *, key: str = "", repaired: bool = False) -> None:
        if len(self.findings) >= self.findings_max:
            return
        joint = " " if says.split(" ", 1)[0] in _VERBS else ": "
        span = None if flaw.problem == "presence/missing" else spot.node.span(key)
        self.findings.append(
            Finding(
                code="/".join(part for part in (self.label, f"{spot.address}{key}", flaw.problem) if part),
                message=f"{spot.name}{joint}{says}",
                severity=Severity.REPAIRED if repaired and self.lenient else Severity.ERROR,
                layer=self.layer,
                clause=f"wco/{spot.ids}" if spot.ids else "wco/MetaData",
                place=f"{spot.place}{key}",
                span=span or spot.node.tag_span(),
                expected=flaw.expected,
                actual=flaw.actual,
                transaction=self.transaction,
            )
        )


_VERBS = frozenset({"holds", "is", "comes", "occurs", "has", "lacks"})


def _join(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name
