"""A new set made ready: what its grammar wants and no entry says.

Everything done here is a row of `edi_specs/x12/writing.csv`; a text that was changed is told. What was
read, from a sender or from what was kept of a message, is left alone.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.levels import number_levels
from gateway.formats.x12.texts import Texts
from gateway.specs import SpecError, read_csv
from gateway.tree import Draft, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gateway.finding import Finding
    from gateway.specs.part import Part
    from gateway.specs.x12 import X12Spec
    from gateway.tree import Envelope

KINDS = frozenset(
    {
        "make",
        "ordinal",
        "count",
        "same",
        "default",
        "now",
        "drop",
        "levels",
        "cut",
        "plain",
        "upper",
        "longer",
        "rise",
    }
)


class Row(NamedTuple):
    """One row of the table; see the head of the file."""

    kind: str
    loop: tuple[str, ...]
    leaf: str
    value: str
    beside: str


class Turn(NamedTuple):
    """One turn of a loop, with the loops around it, outermost first."""

    node: Node
    around: tuple[Node, ...]
    number: int
    part: Part | None


@cache
def rows(root: Path, message: str) -> tuple[Row, ...]:
    """Load the rows of one set."""
    table = root / "edi_specs" / "x12" / "writing.csv"
    found = []
    for line, row in read_csv(table):
        if row["kind"] not in KINDS:
            raise SpecError(table, line, f"no such kind: {row['kind']!r}")
        if row["set"] == "*" or message in row["set"].split():
            loop = tuple(row["loop"].split("/")) if row["loop"] else ()
            found.append(Row(row["kind"], loop, row["leaf"], row["value"], row["with"]))
    return tuple(found)


def complete(body: Node, spec: X12Spec, envelope: Envelope, root: Path, index: int) -> list[Finding]:
    """Make a new set ready in place; give what was changed in its texts."""
    if not isinstance(body, Draft) or not body.fresh:
        return []
    own = rows(root, spec.message)
    for row in own:
        if row.kind == "levels":
            number_levels(body)
        elif row.kind == "rise":
            _rise(body, spec.root, row.leaf)
        for turn in _turns(Turn(body, (), 1, spec.root), row.loop):
            _apply(row, turn, body, envelope)
    return list(Texts(spec, own, root, index).fit(body, spec.body, ""))


def _turns(turn: Turn, loop: Sequence[str]) -> Iterator[Turn]:
    if not loop:
        yield turn
        return
    name, *rest = loop
    part = turn.part.part(name) if turn.part else None
    # A segment of that name that opens no loop in this release is no turn.
    if part is None or not part.loop:
        return
    found = [child for child in turn.node.children if child.name == name and child.children]
    for number, child in enumerate(found, 1):
        yield from _turns(Turn(child, (*turn.around, turn.node), number, part), rest)


def _apply(row: Row, turn: Turn, body: Node, envelope: Envelope) -> None:
    name, _, key = row.leaf.partition("-")
    if row.kind == "make":
        if _segment(turn.node, name) is None and turn.part is not None and turn.part.part(name) is not None:
            _insert(turn, name)
    elif row.kind == "ordinal":
        _fill(_leader(turn, name), key, str(turn.number))
    elif row.kind == "drop":
        if not row.beside or _text(turn.node, row.beside):
            _drop(turn.node, name, row.value.split())
    elif row.kind in {"same", "default", "now", "count"}:
        text = _value(row, turn, body, envelope)
        beside, _, other = row.beside.partition("-")
        for segment in _segments(turn.node, name):
            stands = segment.get(other) if beside == name else _text(turn.node, row.beside)
            if not row.beside or stands:
                _fill(segment, key, text)


def _value(row: Row, turn: Turn, body: Node, envelope: Envelope) -> str:
    """Give the text that a row fills in, "" where there is none."""
    if row.kind == "default":
        return row.value
    if row.kind == "now":
        at = datetime.fromisoformat(envelope.at)
        return at.strftime("%Y%m%d" if row.value == "date" else "%H%M")
    if row.kind == "count":
        found = sum(1 for _ in _nodes(turn.node, row.value.split("/")))
        return str(found) if found else ""
    places = [body] if row.value.startswith("/") else [turn.node, *reversed(turn.around)]
    leaf = row.value.removeprefix("/")
    return next((text for place in places if (text := _text(place, leaf))), "")


def _fill(segment: Node, key: str, text: str) -> None:
    if text and not segment.get(key):
        segment.values[key] = text


def _drop(node: Node, name: str, keys: Sequence[str]) -> None:
    segment = _segment(node, name)
    if segment is not None and not any(text for key, text in segment.values.items() if key not in keys):
        # A loop with nothing in it but the segment that opens it goes with it.
        node.children[:] = [
            child for child in node.children if child is not segment and child.children != [segment]
        ]


def _rise(node: Node, part: Part, name: str) -> list[Node]:
    """Give the segments of a name whose loop the entry does not hold to what holds that loop.

    What is left is given back: that of a node which has no such segment, or is not there itself.
    """
    risen: list[Node] = []
    for child in list(node.children):
        below = part.part(child.name)
        if child.children and below is not None and below.loop:
            more = _rise(child, below, name)
            if more and child in node.children and not any(map(_stands, child.children)):
                node.children.remove(child)
            risen += more
    leader = part.leader
    there = leader is None or any(one.name == leader.name and _stands(one) for one in node.children)
    if not there:
        mine = [one for one in node.children if one.name == name]
        node.children[:] = [one for one in node.children if one.name != name]
        return [*mine, *risen]
    if part.part(name) is None:
        heir = next((one for one in node.children if one.children and _takes(part, one, name)), None)
        return risen if heir is None else _put(heir, risen, name)
    return _put(node, risen, name)


def _takes(part: Part, loop: Node, name: str) -> bool:
    below = part.part(loop.name)
    return below is not None and below.part(name) is not None


def _put(node: Node, risen: list[Node], name: str) -> list[Node]:
    """Put segments behind the one that opens a loop, and those of their name that it has; nothing is left."""
    at = next(
        (at for at, one in enumerate(node.children, 1) if one.name in {name, "M10"} or not one.children), 0
    )
    while at < len(node.children) and node.children[at].name == name:
        at += 1
    node.children[at:at] = risen
    return []


def _stands(node: Node) -> bool:
    return any(node.values.values()) or any(map(_stands, node.children))


def _segments(node: Node, name: str) -> Iterator[Node]:
    """Yield the segments of a name in a turn: the one that opens it, those in it, those that open loops in it."""
    for child in node.children:
        if child.name != name:
            continue
        if not child.children:
            yield child
        elif child.children[0].name == name:
            yield child.children[0]


def _segment(node: Node, name: str) -> Node | None:
    return next(_segments(node, name), None)


def _leader(turn: Turn, name: str) -> Node:
    """Give the segment that opens a turn; made where it is missing."""
    found = next((child for child in turn.node.children if child.name == name and not child.children), None)
    if found is None:
        found = Draft(name)
        turn.node.children.insert(0, found)
    return found


def _insert(turn: Turn, name: str) -> None:
    """Make a segment where the grammar has its place."""
    order = [part.name for part in turn.part.parts] if turn.part else []
    later = set(order[order.index(name) + 1 :]) if name in order else set[str]()
    at = next(
        (at for at, child in enumerate(turn.node.children) if child.name in later), len(turn.node.children)
    )
    turn.node.children.insert(at, Draft(name))


def _nodes(node: Node, steps: Sequence[str]) -> Iterator[Node]:
    if not steps:
        yield node
        return
    for child in node.children:
        # A loop is named like the segment that opens it, which is no turn.
        if child.name == steps[0] and not (child.name == node.name and not child.children):
            yield from _nodes(child, steps[1:])


def _text(node: Node, leaf: str) -> str:
    """Give an element of the first segment of its name in a turn."""
    name, _, key = leaf.partition("-")
    segment = _segment(node, name)
    return segment.get(key) if segment is not None else ""
