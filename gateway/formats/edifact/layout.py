"""A segment as text and back: how values become bytes, and what has to be kept beside them.

Lives here: `compose`, the plain way to write a segment from its values, and the layout of one
that was written in another way: separators at its end, release characters that are not needed,
line ends of its own. Never here: reading (`segment.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gateway.specs.edifact_keys import unknown_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.formats.edifact.notation import Notation
    from gateway.formats.edifact.segment import Segment
    from gateway.specs.edifact_keys import Layout

_BY = re.compile(r"(C\d{3})-([^.]+)\.(\d{4})")
# element from 1, repetition from 1, component from 1 -> raw text
_Cells = dict[tuple[int, int, int], bytes]


class Ways(NamedTuple):
    """A segment's own ways: `raw` as it was received, `tail` after its last element; None is the plain way.

    Of a UNB: `una` are the service characters that it opens with, as a UNA would say them,
    `read_as` the syntax version and the repertoire that it was read as.
    """

    raw: bytes | None = None
    tail: bytes | None = None
    una: bytes | None = None
    read_as: tuple[str, ...] = ()


PLAIN = Ways()


def layout_of(segment: Segment) -> str:
    """Give the layout of a received segment as text, "" where it is written the plain way.

    A segment without a tag has no name; its layout is its bytes, as those of text that is no segment.
    """
    words = []
    marks = segment.notation.delimiters
    raw = segment.data[segment.start : segment.end]
    values = segment.received
    if not segment.tag:
        return segment.data[segment.start : segment.stop].hex()
    # A tag with a point in it looks like the name of a place, so its bytes are kept.
    if "." in segment.tag or not (
        _plainly(segment, raw) or compose(segment.tag, values, segment.known, segment.notation) == raw
    ):
        words.append("r" + raw.hex())
    tail = segment.data[segment.end : segment.stop]
    if segment.tag == "UNB":
        syntax, charset = segment.notation.syntax, segment.notation.charset
        words.append("d" + marks.una.hex())
        words.append("v" + f"{syntax.version} {charset.code}".encode().hex())
    if segment.tag == "UNB" or tail != marks.terminator + marks.line_end:
        words.append("t" + tail.hex())
    return " ".join(words)


def _plainly(segment: Segment, raw: bytes) -> bool:
    """Tell at once that a segment is written the plain way; False is for all that needs a closer look.

    It has letters that every repertoire writes alike, no mark that could be written otherwise, nothing at the end
    of an element or of the segment, and each value under a key of its own, at its own place.
    """
    notation, known = segment.notation, segment.known
    marks = notation.delimiters
    if known is None or not raw.isascii() or b"," in raw or (marks.mark == b"," and b"." in raw):
        return False
    if (marks.release and marks.release in raw) or (notation.repetition and notation.repetition in raw):
        return False
    places, leaves, count = known.places, segment.received, 0
    if len(segment.elements) - 1 > len(known.slots):
        return False
    for number, one in enumerate(segment.elements[1:]):
        if not one:
            continue
        slot, parts = known.slots[number], one.split(marks.component)
        if not parts[-1] or slot.by >= 0 or len(parts) > len(slot.cells):
            return False
        for at, part in enumerate(parts):
            if part:
                count += 1
                if places.get(slot.cells[at].key) != (number, at):
                    return False
    return count == len(leaves) and bool(segment.elements[-1] or len(segment.elements) == 1)


def parse(text: str) -> Ways:
    """Read a layout; what it does not understand is left out, as another hand may have written it."""
    found: dict[str, bytes] = {}
    for word in text.split():
        try:
            found[word[0]] = bytes.fromhex(word[1:])
        except ValueError:
            continue
    read_as = found.get("v", b"").decode("latin-1").split()
    return Ways(found.get("r"), found.get("t"), found.get("d"), tuple(read_as))


def compose(tag: str, values: Mapping[str, str], known: Layout | None, notation: Notation) -> bytes:
    """Write a segment the plain way: nothing after the last value, only what must be is released."""
    straight = _straight(tag, values, known, notation) if known is not None else None
    if straight is not None:
        return straight
    cells: _Cells = {}
    listed: dict[str, dict[str, dict[str, str]]] = {}
    for key, text in values.items():
        if not text:
            continue
        match = _BY.fullmatch(key)
        if match is not None:
            listed.setdefault(match[1], {}).setdefault(match[2], {})[match[3]] = text
            continue
        place, numeric = _place(key, known)
        if place is not None:
            cells[place] = notation.raw(text, numeric=numeric)
    if known is not None:
        for composite, occurrences in listed.items():
            _put_listed(cells, composite, occurrences, known, notation)
    return _joined(tag, cells, notation)


def _straight(tag: str, values: Mapping[str, str], known: Layout, notation: Notation) -> bytes | None:
    """Write a segment whose every leaf has a place of its own, as nearly all are; None for another."""
    places, slots, component = known.places, known.slots, notation.delimiters.component
    codec, special, comma = notation.codec, notation.special, notation.delimiters.mark == b","
    rows: list[list[bytes]] = []
    for key, text in values.items():
        if not text:
            continue
        place = places.get(key)
        if place is None:
            return None
        slot, cell = place
        while len(rows) <= slot:
            rows.append([])
        row = rows[slot]
        while len(row) < cell:
            row.append(b"")
        numeric = comma and slots[slot].cells[cell].element.numeric
        # A text of ASCII without a service character, as nearly all are, is written as it stands.
        raw = text.encode(codec) if text.isascii() and not numeric else None
        if raw is None or (special is not None and special.search(raw)):
            raw = notation.raw(text, numeric=numeric)
        if len(row) == cell:
            row.append(raw)
        else:
            row[cell] = raw
    found = [tag.encode("latin-1", "replace"), *map(component.join, rows)]
    return notation.delimiters.element.join(found)


def _place(key: str, known: Layout | None) -> tuple[tuple[int, int, int] | None, bool]:
    """Give where a leaf stands, and whether it is a number."""
    found = known.places.get(key) if known is not None else None
    if found is None:
        return unknown_place(key), False
    slot, cell = found
    numeric = known.slots[slot].cells[cell].element.numeric if known is not None else False
    return (slot + 1, 1, cell + 1), numeric


def _put_listed(
    cells: _Cells, composite: str, occurrences: dict[str, dict[str, str]], known: Layout, notation: Notation
) -> None:
    """Put occurrences that a code names into the places that are free, in their order."""
    used = {element for element, _, _ in cells}
    free = [
        (number, slot)
        for number, slot in enumerate(known.slots, 1)
        if slot.composite is not None and slot.composite.number == composite and number not in used
    ]
    for (code, texts), (number, slot) in zip(occurrences.items(), free, strict=False):
        for at, cell in enumerate(slot.cells):
            text = texts.get(cell.element.number, "") or (code if at == slot.by else "")
            if text:
                cells[number, 1, at + 1] = notation.raw(text, numeric=cell.element.numeric)


def _joined(tag: str, cells: _Cells, notation: Notation) -> bytes:
    marks = notation.delimiters
    shape: dict[int, dict[int, dict[int, bytes]]] = {}
    for (element, turn, component), raw in cells.items():
        shape.setdefault(element, {}).setdefault(turn, {})[component] = raw
    found = [tag.encode("latin-1", "replace")]
    for element in range(1, max(shape, default=0) + 1):
        turns = shape.get(element, {})
        found.append(
            (notation.repetition or marks.component).join(
                marks.component.join(
                    turns.get(turn, {}).get(at, b"")
                    for at in range(1, max(turns.get(turn, {}), default=0) + 1)
                )
                for turn in range(1, max(turns, default=0) + 1)
            )
        )
    return marks.element.join(found)
