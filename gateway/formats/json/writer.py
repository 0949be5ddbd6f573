"""Writes a tree as JSON: laid out as it was read, or in the canonical way.

A node's layout is used where it fits what the node holds now: the same leaves, as many
children of each name. A value that changed since is written anew, its neighbours stay.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from gateway.formats.json.node import DOCUMENTS, canonical, is_hollow
from gateway.formats.json.tokens import encode, scalar
from gateway.specs.json import JsonPart
from gateway.tree import Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.specs import Specs
    from gateway.tree import Envelope

_MARK = re.compile("\x01([^\x02]*)\x02([^\x03]*)\x03|\x04([0-9])([^\x05]*)\x05")


def write(interchange: Interchange, specs: Specs) -> bytes:
    """Write the documents of an interchange."""
    parts = {}
    for transaction in interchange.transactions:
        spec = specs.message("json", transaction.message, transaction.version)
        if spec is not None and isinstance(spec.root, JsonPart):
            parts[id(transaction.root)] = spec.root
    head = interchange.frame.get("head", "")
    tail = interchange.frame.get("tail", "\n")
    extent = interchange.root.extent()
    if extent is not None and extent.start == extent.end:
        text = head + tail
    else:
        text = "".join((head, *_node(interchange.root, parts, parts.get(id(interchange.root)), 0), tail))
    return text.encode("utf-8", "surrogateescape")


def envelop(message: str, version: str, bodies: Sequence[Node], envelope: Envelope) -> Interchange:
    """Wrap bodies: one is the document itself, more make a list."""
    root = bodies[0] if len(bodies) == 1 else Node(DOCUMENTS, children=list(bodies))
    transactions = [
        Transaction(message=message, version=version, control=body.get("number"), root=body)
        for body in bodies
    ]
    return Interchange(
        format="json",
        root=root,
        transactions=transactions,
        separator="/",
        sender=envelope.sender,
        receiver=envelope.receiver,
        control=str(envelope.control),
    )


def _node(node: Node, roots: Mapping[int, JsonPart], part: JsonPart | None, indent: int) -> Iterator[str]:
    part = roots.get(id(node), part)
    layout = node.layout
    if not layout or not _fits(layout, node):
        layout = canonical(node, part, indent)
    children: dict[str, list[Node]] = defaultdict(list)
    for child in node.children:
        if not is_hollow(child):
            children[child.name].append(child)
    turns: Counter[str] = Counter()
    at = 0
    for mark in _MARK.finditer(layout):
        yield layout[at : mark.start()]
        at = mark.end()
        key, raw, levels, name = mark.groups()
        if levels is None:
            yield _leaf(node.get(key), raw, key, part)
        else:
            child = children[name][turns[name]]
            turns[name] += 1
            below = part.part(name) if part is not None else None
            yield from _node(child, roots, below, indent + int(levels))
    yield layout[at:]


def _leaf(text: str, raw: str, key: str, part: JsonPart | None) -> str:
    if raw and scalar(raw.encode("utf-8", "surrogateescape")) == text:
        return raw
    return encode(text, part.leaf(key) if part is not None else None)


def _fits(layout: str, node: Node) -> bool:
    keys: set[str] = set()
    names: Counter[str] = Counter()
    for key, _, levels, name in _MARK.findall(layout):
        if levels:
            names[name] += 1
        else:
            keys.add(key)
    held = Counter(child.name for child in node.children if not is_hollow(child))
    return keys == {key for key, text in node.values.items() if text} and names == held
