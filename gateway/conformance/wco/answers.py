"""What a Response says, and whether it is well formed: read by code of our own.

Lives here: FunctionCode, ValidationCode and Pointers of each Response; the order and occurrence of
its elements. Never here: what it has to say (`expectation.py`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from xml.parsers import expat

from gateway.conformance.model import Ack
from gateway.conformance.wco.tables import message
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.wco.tables import Part

_REFERENCE = re.compile(rb"FunctionalReferenceID(?:[ \t\r\n][^<>]*)?>([^<>&]*)<")
# What a Response repeats of a reference that is too long.
_REFERENCE_MAX = 35
_DEPTH_MAX = 100


class _Node:
    __slots__ = ("children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.children: list[_Node] = []

    def all(self, name: str) -> list[_Node]:
        return [child for child in self.children if child.name == name]

    def leaf(self, name: str) -> str:
        for child in self.children:
            if child.name == name:
                return child.text.strip()
        return ""


class _RefusedError(ValueError):
    """An answer that is not read."""


def read(answer: bytes, received: bytes = b"") -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself."""
    if not answer:
        return (), ()
    try:
        top = _parsed(answer)
    except (expat.ExpatError, _RefusedError) as error:
        return (), (f"the answer is no XML that is read: {error}",)
    responses = top.all("Response")
    flaws = [] if top.name == "MetaData" else [f"the answer is a {top.name}, not a MetaData"]
    if not responses:
        flaws.append("the answer has no Response")
    tree = message(data_root(), "RES")
    for response in responses:
        flaws += _wrong(response, tree)
        flaws += _wrong_verdict(response)
        flaws += _wrong_reference(response, received)
    return tuple(Ack("RES", tuple(_codes(response))) for response in responses), tuple(flaws)


def _parsed(answer: bytes) -> _Node:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = _Node("")
    stack = [top]

    def start(name: str, _attributes: dict[str, str]) -> None:
        if len(stack) > _DEPTH_MAX:
            raise _RefusedError("it is nested too deep")
        node = _Node(name[name.rfind(" ") + 1 :])
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def text(some: str) -> None:
        stack[-1].text += some

    def doctype(*_parts: object) -> None:
        raise _RefusedError("it has a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(answer, True)  # noqa: FBT003 - expat's own interface
    return top.children[0]


def _codes(response: _Node) -> Iterator[tuple[str, str]]:
    yield "FunctionCode", response.leaf("FunctionCode")
    for error in response.all("Error"):
        yield "ValidationCode", error.leaf("ValidationCode")
        if path := _path(error):
            yield "Pointer", path


def _path(error: _Node) -> str:
    steps = []
    for pointer in error.all("Pointer"):
        turn, tag = pointer.leaf("SequenceNumeric"), pointer.leaf("TagID")
        step = pointer.leaf("DocumentSectionCode")
        steps.append(step + (f"[{turn}]" if turn else "") + (f"@{tag}" if tag else ""))
    return "/".join(steps)


def _wrong(node: _Node, part: Part) -> list[str]:
    """Hold the children of a class to its order and occurrences."""
    if part.facets is not None:
        return []
    flaws: list[str] = []
    places, counts = _places(part), _counted(node.children)
    at = 0
    for child in node.children:
        index = places.get(child.name)
        if index is None:
            flaws.append(f"{part.name} of the answer has a {child.name}")
            continue
        if index < at:
            flaws.append(f"{child.name} stands too late in {part.name} of the answer")
        at = max(at, index)
        flaws += _wrong(child, part.parts[index])
    for one in part.parts:
        count = counts.get(one.name, 0)
        if not one.echo and (count < one.least or (one.most is not None and count > one.most)):
            flaws.append(f"{part.name} of the answer has {one.name} {count} times")
    return flaws


def _counted(nodes: list[_Node]) -> dict[str, int]:
    """Count names; a handful each, which no `Counter` is made for."""
    found: dict[str, int] = {}
    for one in nodes:
        found[one.name] = found.get(one.name, 0) + 1
    return found


@cache
def _places(part: Part) -> Mapping[str, int]:
    """Give where each child of a class stands among the others."""
    return {name: at for at, name in reversed(list(enumerate(one.name for one in part.parts)))}


def _wrong_verdict(response: _Node) -> list[str]:
    function, errors = response.leaf("FunctionCode"), response.all("Error")
    if function == "03" and not errors:
        return ["a Response rejects without an Error"]
    return ["an Error has no ValidationCode" for error in errors if not error.leaf("ValidationCode")]


def _wrong_reference(response: _Node, received: bytes) -> list[str]:
    sent = _REFERENCE.search(received)
    declared = next(iter(response.all("Declaration")), None)
    if sent is None or declared is None:
        return []
    told = sent[1].decode("utf-8", "replace").strip()[:_REFERENCE_MAX]
    if not told:
        return []
    back = declared.leaf("FunctionalReferenceID")
    return [] if back == told else [f"the answer names the declaration {back or 'not at all'}"]
