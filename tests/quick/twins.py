"""The compiled part beside its twin: one transaction, read by both."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gateway.flow.translate import load_tables
from gateway.formats import formats
from gateway.mapping import Mapping, Translation, translate
from gateway.quick import COMPILED
from gateway.specs import Limits

if TYPE_CHECKING:
    from gateway.quick import Asked
    from gateway.tree import Node, Transaction

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
TABLES = load_tables()
compiled = pytest.mark.skipif(not COMPILED, reason="the compiled part is not built here")


class Said(NamedTuple):
    """What a translation says, keys in their order."""

    plain: str
    json: bytes
    findings: tuple[Any, ...]


def said(translation: Translation) -> Said:
    """Give everything that may not differ."""
    return Said(json.dumps(translation.plain), translation.json, tuple(translation.findings))


def in_python(mapping: Mapping, transaction: Transaction) -> Translation:
    """Translate without the compiled part."""
    held = {"quick": mapping.quick, "quick_folded": mapping.quick_folded}
    mapping.__dict__.update(dict.fromkeys(held))
    try:
        return translate(mapping, transaction)
    finally:
        mapping.__dict__.update(held)


def transactions(name: str, data: bytes) -> list[tuple[Mapping, Transaction]]:
    """Read some bytes; give the transactions that have a table, with it."""
    found = formats()[name].read(data, TABLES.specs, Limits()).transactions
    tables = [TABLES.mappings.get(name, one.message, one.version) for one in found]
    return [(table, one) for table, one in zip(tables, found, strict=True) if table is not None]


def pairs(name: str, data: bytes) -> list[bool]:
    """Hold every translation of some bytes to its twin; tell which the compiled part made."""
    found = []
    for mapping, one in transactions(name, data):
        first = translate(mapping, one)
        assert said(first) == said(in_python(mapping, one))
        found.append(not isinstance(first.held, dict))
    return found


def trees(name: str, data: bytes) -> list[tuple[object, object]]:
    """Give each tree that is cut for a table beside what the nodes of Python have of it."""
    found = []
    for mapping, one in transactions(name, data):
        quick = mapping.quick
        tree = one.root.cut(quick.asked) if quick is not None else None
        if quick is not None and tree is not None:
            found.append((tree.plain(quick.asked)[1:], shape(one.root, quick.asked)[1:]))
    return found


def shape(node: Node, asked: Asked) -> tuple[object, ...]:
    """Give of a node what a table asks, as `Tree.plain` does."""
    keys = asked.slots(node.name)
    return (
        node.name,
        tuple((key, node.get(key)) for key in keys if node.get(key)),
        tuple(shape(child, asked) for child in node.children if child.name in asked.names),
    )


def changed(segments: list[bytes], star: bytes, texts: list[bytes], seed: int) -> None:
    """Put texts in the place of elements, and leave out, cut off and double what else there is."""
    chance = random.Random(seed)  # noqa: S311 - the choices of a test
    for text in texts:
        at = chance.randrange(len(segments))
        elements = segments[at].split(star)
        place = chance.randrange(len(elements))
        match chance.randrange(4):
            case 0:
                elements[place] = text
            case 1:
                elements[place] = b""
            case 2:
                segments.insert(at, segments[at])
            case _:
                del elements[place:]
        segments[at] = star.join(elements)


def counted(segments: list[bytes], star: bytes, first: bytes, last: bytes, place: int) -> None:
    """Have the first trailer count the segments that there are now, so that more than its fault is met."""
    begin = next((n for n, one in enumerate(segments) if one.strip().startswith(first + star)), 0)
    end = next((n for n, one in enumerate(segments) if one.strip().startswith(last + star)), None)
    if end is not None:
        parts = segments[end].split(star)
        parts[place : place + 1] = [str(end - begin + 1).encode()]
        segments[end] = star.join(parts)
