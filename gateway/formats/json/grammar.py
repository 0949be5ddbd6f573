"""Structure and values against the schema: unknown fields, types, shapes, what must be there.

The walk keeps its own stack. Under an unknown field nothing is said: the field itself is
the finding, and what it holds stays in the tree for coverage to list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.finding import Layer, Severity, Span
from gateway.formats.json.faults import Fault, Place, shown
from gateway.formats.json.node import JsonNode
from gateway.formats.json.values import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs.json import JsonLeaf, JsonPart

_WORDS = {"s": "a string", "n": "a number", "b": "true or false", "0": "null"}
_WANTED = {"integer": "n", "boolean": "b"}


@dataclass(frozen=True, slots=True)
class _At:
    """One object on the walk, with the address that leads to it."""

    node: JsonNode
    part: JsonPart
    names: tuple[str, ...]
    steps: tuple[str, ...]


class Check:
    """Judges one document; `lenient` takes what has only one reading, and says so."""

    def __init__(self, transaction: int, *, lenient: bool) -> None:
        self.transaction = transaction
        self.lenient = lenient

    def run(self, root: JsonNode, part: JsonPart) -> Iterator[Fault]:
        """Yield what is wrong, in the order of the document. Gives each node its spec on the way."""
        stack = [_At(root, part, (), ())]
        while stack:
            at = stack.pop()
            at.node.part = at.part
            yield from self._leaves(at)
            yield from self._missing(at)
            below: list[_At] = []
            yield from self._children(at, below)
            stack.extend(reversed(below))

    # -- fields that are objects --------------------------------------------------------

    def _children(self, at: _At, below: list[_At]) -> Iterator[Fault]:
        turns: dict[str, int] = {}
        for child in at.node.children:
            if not isinstance(child, JsonNode):
                continue
            turn = turns[child.name] = turns.get(child.name, 0) + 1
            step = child.name if turn == 1 else f"{child.name}[{turn}]"
            part = at.part.part(child.name)
            if part is None:
                if turn == 1:
                    yield self._no_object(at, child)
                continue
            if turn == 1 and (part.count_max is None) is not (child.name in at.node.arrays):
                expected = "a list of objects" if part.count_max is None else "an object"
                repaired = part.count_max is None
                yield self._type(at, child.name, child.extent(), expected, "", repaired=repaired)
            below.append(_At(child, part, (*at.names, child.name), (*at.steps, step)))

    def _no_object(self, at: _At, child: JsonNode) -> Fault:
        leaf = at.part.leaf(child.name)
        if leaf is None:
            return self._unknown(at, child.name, child.extent())
        return self._type(at, child.name, child.extent(), _expected(leaf), "an object")

    # -- fields that are scalars --------------------------------------------------------

    def _leaves(self, at: _At) -> Iterator[Fault]:
        node, part = at.node, at.part
        for key, (kind, start, end) in node.tokens.items():
            field = key.partition("#")[0]
            leaf = part.leaf(key)
            span = Span(start, end)
            if leaf is not None:
                yield from self._leaf(at, key, leaf, kind, span)
            elif (below := part.part(field)) is None:
                if field == key:
                    yield self._unknown(at, key, span)
            elif kind != "0" or below.count_max is None or below.usage == "M":
                expected = "an object" if below.count_max == 1 else "a list of objects"
                repaired = kind == "0" and below.usage != "M"
                yield self._type(at, key, span, expected, _WORDS[kind], repaired=repaired)
        if not node.arrays:
            return
        held = {child.name for child in node.children} | node.tokens.keys()
        for field, start in node.arrays.items():
            if field not in held and part.leaf(field) is None and part.part(field) is None:
                yield self._unknown(at, field, Span(start, start + 1))

    def _leaf(self, at: _At, key: str, leaf: JsonLeaf, kind: str, span: Span) -> Iterator[Fault]:
        field = key.partition("#")[0]
        if field == key and leaf.many is not (field in at.node.arrays):
            repaired = leaf.many
            yield self._type(at, key, span, _expected(leaf), _WORDS[kind], repaired=repaired)
            return
        if kind == "0":
            if leaf.many or leaf.usage == "M":
                yield self._type(at, key, span, _expected(leaf), "null")
            return
        text = at.node.get(key)
        wanted = _WANTED.get(leaf.kind, "s")
        if kind != wanted and not (kind == "n" and leaf.kind == "decimal"):
            # A number for a text, or a text that spells the number, has only one reading.
            repaired = kind != "b" and (wanted == "s" or judge(leaf, text) is None)
            yield self._type(at, key, span, _expected(leaf), _WORDS[kind], repaired=repaired)
            return
        if (found := judge(leaf, text)) is not None:
            yield self._fault(
                at,
                key,
                found.problem,
                found.message,
                span,
                expected=found.expected,
                actual=shown(text),
                layer=found.layer,
            )

    def _missing(self, at: _At) -> Iterator[Fault]:
        if not at.node.closed:
            return
        there = at.node.tokens.keys() | {child.name for child in at.node.children}
        for name in at.part.needed:
            if name not in there:
                message = f"{at.part.name} has no {name}"
                yield self._fault(at, name, "required/missing", message, at.node.extent(), expected=name)

    # -- faults -------------------------------------------------------------------------

    def _unknown(self, at: _At, key: str, span: Span) -> Fault:
        severity = Severity.WARNING if self.lenient else Severity.ERROR
        message = f"{at.part.name} has no field {shown(key)}"
        return self._fault(at, key, "field/unknown", message, span, severity=severity)

    def _type(
        self, at: _At, key: str, span: Span, expected: str, actual: str, *, repaired: bool = False
    ) -> Fault:
        severity = Severity.REPAIRED if repaired and self.lenient else Severity.ERROR
        message = f"{key} is {expected}"
        return self._fault(
            at, key, "field/type", message, span, severity=severity, expected=expected, actual=actual
        )

    def _fault(
        self,
        at: _At,
        key: str,
        problem: str,
        message: str,
        span: Span,
        *,
        severity: Severity = Severity.ERROR,
        expected: str = "",
        actual: str = "",
        layer: Layer = Layer.SCHEMA,
    ) -> Fault:
        place = Place(
            names=(*at.names, key.partition("#")[0]),
            address="/".join((*at.steps, key)),
            transaction=self.transaction,
        )
        return Fault(
            problem=problem,
            message=message,
            place=place,
            span=span,
            expected=expected,
            actual=actual,
            severity=severity,
            layer=layer,
        )


def _expected(leaf: JsonLeaf) -> str:
    if leaf.many:
        return f"a list of {leaf.kind}s"
    return f"an {leaf.kind}" if leaf.kind[0] in "aeiou" else f"a {leaf.kind}"
