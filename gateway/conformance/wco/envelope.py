"""Cases about the envelope: its header, what it may hold, and whether the bytes are XML that is read.

Lives here: the statements about MetaData and about XML itself, shown around the smallest document of
each profile. Changes of the XML itself are made in `markup.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Ack, Built, Case, Clause, Expect, Operator, Spot, salt
from gateway.conformance.wco import markup
from gateway.conformance.wco.draft import FOREIGN, Composer, Elem
from gateway.conformance.wco.expectation import ACCEPTED, code, fault, right
from gateway.conformance.wco.tables import message
from gateway.conformance.wco.values import usual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.conformance.wco.draft import Draft
    from gateway.conformance.wco.tables import Part, Profile

# Versions of the data model whose tables are the same, and one that nobody has.
_VERSIONS = ("3.6", "3.7")
_NO_VERSION = "9.9"


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: its name, its words, and (variant, problem, maker)."""

    where: str
    name: str
    text: str
    tried: tuple[tuple[str, str, Callable[[int], Built]], ...]
    level: int = 1
    force: str = "must"


class Envelope:
    """The cases about the envelope of one profile."""

    def __init__(self, suite: str, root: Path, profile: Profile, seed: int) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.root = root
        self.profile = profile
        self.seed = seed
        self.envelope = message(root, "MetaData")
        self.composers = {
            name: Composer(profile, self.envelope, message(root, name), {}) for name in ("DEC", "RES")
        }

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about the envelope."""
        for said in self.statements():
            yield Clause(
                id=f"{self.suite}/{said.where}/{said.name}",
                text=said.text,
                source="XML 1.0" if said.where == "xml" else "WCO data model 3.6, document metadata",
                force=said.force,
                level=said.level,
                pair=len({not problem for _, problem, _ in said.tried}) == 2,
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases about the envelope."""
        for said in self.statements():
            clause = f"{self.suite}/{said.where}/{said.name}"
            for variant, problem, make in said.tried:
                name = f"{self.suite}/{said.where}/{said.name}/{variant}"
                made = partial(self._made, name, make)
                yield Case(name, self.suite, (clause,), said.level, said.force, not problem, made)

    def _made(self, name: str, make: Callable[[int], Built]) -> Built:
        return make(salt(self.seed, name))

    def statements(self) -> Iterator[Said]:
        """Yield every statement."""
        for part in self.envelope.parts:
            yield from self._header(part)
        yield self._version()
        yield from self._message()
        for where, name, text, tried in markup.STATEMENTS:
            makers = tuple(
                (variant, problem, partial(self._marked, variant, problem, change))
                for variant, problem, change in tried
            )
            yield Said(where, name, text, makers)

    # -- header -----------------------------------------------------------------------------

    def _header(self, part: Part) -> Iterator[Said]:
        name = part.name
        yield Said(
            name, "count", f"{name} stands at most once.",
            (("once", "", self._right), ("none", "", partial(self._without, name)),
             ("empty", "", partial(self._empty, name)),
             ("twice", "count/exceeded", partial(self._twice, name))), 2,
        )  # fmt: skip
        yield Said(
            name, "namespace", f"{name} is in the namespace of MetaData.",
            (("same", "", self._right), ("foreign", "namespace/foreign", partial(self._foreign, name))),
        )  # fmt: skip
        at = self.envelope.parts.index(part)
        if at:
            other = self.envelope.parts[at - 1].name
            yield Said(
                name, "order", f"{name} stands after {other}.",
                (("in-order", "", self._right),
                 ("swapped", "order/misplaced", partial(self._swapped, other, name))),
            )  # fmt: skip

    def draft(self, number: int, message_name: str = "DEC") -> Draft:
        """Make the smallest document with a whole header."""
        draft = self.composers[message_name].compose((), number)
        header = [self._leaf(part, number, message_name) for part in self.envelope.parts]
        draft.root.children = [*header, draft.body]
        return draft

    def _leaf(self, part: Part, number: int, message_name: str) -> Elem:
        said = self.profile.values.get(f"header.{part.name}", "").replace("{message}", message_name)
        facets = part.facets
        return Elem(part.name, part.space, part, said or (usual(facets, number) if facets else ""))

    def _right(self, number: int) -> Built:
        draft = self.draft(number)
        return Built(draft.written(), right(draft))

    def _without(self, name: str, number: int) -> Built:
        draft = self.draft(number)
        draft.root.children = [child for child in draft.root.children if child.name != name]
        return Built(draft.written(), right(draft))

    def _empty(self, name: str, number: int) -> Built:
        draft = self.draft(number)
        _named(draft, name).text = ""
        return Built(draft.written(), right(draft))

    def _twice(self, name: str, number: int) -> Built:
        draft = self.draft(number)
        first = _named(draft, name)
        second = Elem(name, first.space, first.part, first.text)
        draft.root.children.insert(draft.root.children.index(first), second)
        return self._bad(draft, "count/exceeded", first, Operator("count.over", name, "1", "2"))

    def _foreign(self, name: str, number: int) -> Built:
        draft = self.draft(number)
        elem = _named(draft, name)
        elem.prefix, elem.declares = "x", {"x": FOREIGN}
        operator = Operator("namespace.change", name, elem.space, FOREIGN)
        return self._bad(draft, "namespace/foreign", elem, operator)

    def _swapped(self, first: str, second: str, number: int) -> Built:
        draft = self.draft(number)
        one, two = _named(draft, first), _named(draft, second)
        children = draft.root.children
        at, to = children.index(one), children.index(two)
        children[at], children[to] = two, one
        data = draft.written()
        expect = fault(self.root, draft, "order/misplaced", (first, second), None)
        return Built(data, expect, Operator("element.swap", second, first, second))

    def _bad(self, draft: Draft, problem: str, elem: Elem, operator: Operator) -> Built:
        data = draft.written()
        expect = fault(self.root, draft, problem, (draft.place(elem),), draft.span(elem))
        return Built(data, expect, operator)

    def _version(self) -> Said:
        known = tuple((f"known-{text}", "", partial(self._versioned, text)) for text in _VERSIONS)
        unknown = ("unknown", "code/unknown", partial(self._versioned, _NO_VERSION))
        return Said(
            "WCODataModelVersionCode", "codes",
            f"The version of the data model is one of {', '.join(_VERSIONS)}.", (*known, unknown), 5, "should",
        )  # fmt: skip

    def _versioned(self, text: str, number: int) -> Built:
        draft = self.draft(number)
        elem = _named(draft, "WCODataModelVersionCode")
        was, elem.text = elem.text, text
        data = draft.written()
        if text in _VERSIONS:
            return Built(data, right(draft))
        spot = Spot("code.unknown", (elem.name,))
        said = code(self.root, "code/unknown")
        ack = Ack("RES", (("FunctionCode", ACCEPTED), ("ValidationCode", said)))
        return Built(
            data, Expect("accepted", (spot,), ack, elem.name), Operator("code.unknown", elem.name, was, text)
        )

    # -- the message ------------------------------------------------------------------------

    def _message(self) -> Iterator[Said]:
        yield Said(
            "MetaData", "root", "The document is a MetaData.",
            (("MetaData", "", self._right), ("another", "element/unknown", partial(self._rooted, "Letter")),
             ("another-spelling", "element/name", partial(self._rooted, "DocumentMetaData")),
             ("none", "presence/missing", self._bare)), 2,
        )  # fmt: skip
        yield Said(
            "MetaData", "message", "It holds one Declaration, or Responses.",
            (("one-declaration", "", self._right), ("one-response", "", partial(self._responses, 1)),
             ("three-responses", "", partial(self._responses, 3)),
             ("none", "presence/missing", self._empty_envelope),
             ("two-declarations", "count/exceeded", self._declarations)), 2,
        )  # fmt: skip
        yield Said(
            "MetaData", "known", "It holds nothing else.",
            (("known", "", self._right), ("unknown", "element/unknown", self._stranger)), 1,
        )  # fmt: skip
        yield Said(
            "MetaData", "attributes", "MetaData has no attribute but where its schemas are.",
            (("schema-location", "", self._located), ("unknown", "attribute/unknown", self._odd)), 1,
        )  # fmt: skip

    def _rooted(self, name: str, number: int) -> Built:
        draft = self.draft(number)
        draft.root.name = name
        data = draft.written()
        problem = "element/name" if name.endswith("MetaData") else "element/unknown"
        expect = fault(self.root, draft, problem, (name,), None)
        return Built(data, expect, Operator("element.rename", name, "MetaData", name))

    def _bare(self, number: int) -> Built:
        draft = self.draft(number)
        draft.root = draft.body
        data = draft.written()
        expect = fault(self.root, draft, "presence/missing", (draft.body.name,), None)
        return Built(data, expect, Operator("element.drop", "MetaData", "MetaData"))

    def _empty_envelope(self, number: int) -> Built:
        draft = self.draft(number)
        draft.root.children.remove(draft.body)
        expect = fault(self.root, draft, "presence/missing", ("Declaration",), None)
        return Built(draft.written(), expect, Operator("element.drop", "Declaration", "Declaration"))

    def _declarations(self, number: int) -> Built:
        draft = self.draft(number)
        second = self.draft(number).body
        draft.root.children.append(second)
        data = draft.written()
        expect = fault(self.root, draft, "count/exceeded", ("Declaration[2]",), draft.mark(second).tag)
        return Built(data, expect, Operator("count.over", "Declaration", "1", "2"))

    def _responses(self, count: int, number: int) -> Built:
        draft = self.draft(number, "RES")
        draft.root.children += [self.draft(number, "RES").body for _ in range(count - 1)]
        return Built(draft.written(), right(draft))

    def _stranger(self, number: int) -> Built:
        draft = self.draft(number)
        stranger = Elem("UnheardOf", "MetaData")
        draft.root.children.insert(0, stranger)
        operator = Operator("element.insert", "UnheardOf", "", "UnheardOf")
        return self._bad(draft, "element/unknown", stranger, operator)

    def _located(self, number: int) -> Built:
        draft = self.draft(number)
        draft.root.declares = {"xsi": "http://www.w3.org/2001/XMLSchema-instance"}
        draft.root.attributes = {"xsi:schemaLocation": f"{self.profile.space('MetaData')} any.xsd"}
        return Built(draft.written(), right(draft))

    def _odd(self, number: int) -> Built:
        draft = self.draft(number)
        draft.root.attributes = {"shade": "dark"}
        data = draft.written()
        span = draft.mark(draft.root).attributes["shade"]
        expect = fault(self.root, draft, "attribute/unknown", ("@shade",), span)
        return Built(data, expect, Operator("attribute.insert", "@shade", "", "dark"))

    # -- XML --------------------------------------------------------------------------------

    def _marked(self, variant: str, problem: str, change: markup.Change, number: int) -> Built:
        draft = self.draft(number)
        data = change(draft)
        if not problem:
            return Built(data, right(draft))
        expect = fault(self.root, draft, problem, (), None)
        return Built(data, expect, Operator(problem.replace("/", "."), "xml", "", variant))


def _named(draft: Draft, name: str) -> Elem:
    return next(child for child in draft.root.children if child.name == name)
