"""The table of a message for the compiled matcher: what its patterns say, in one pass over the bytes as received.

Lives here: the elements of a message, written from the same layouts and shapes as the patterns
(`pattern.py`). It accepts nothing that they refuse; a test holds the two together. What needs to be
tidied, letters of several bytes and dates with an offset are left to them. Never here: what is wrong with a message.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.formats.edifact.dates import FORMS
from gateway.formats.edifact.pattern import layouts_of, letters_of, translation
from gateway.formats.edifact.shapes import shape
from gateway.quick import COMPILED
from gateway.segments.matching import Sure, Writer, short
from gateway.specs.edifact import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.formats.edifact.delimiters import Delimiters
    from gateway.formats.edifact.notation import Notation
    from gateway.quick.matcher import Ways
    from gateway.quick.matching import Program
    from gateway.segments.matching import Choice, Row
    from gateway.specs.edifact import EdifactSpec
    from gateway.specs.edifact_keys import Cell, Layout, Slot

    _Key = tuple[int, int, str, bool, bool]
    _Made = tuple[EdifactSpec | None, Notation, Program | None, Mapping[int, int], bool]
    _Found = tuple[Program | None, Mapping[int, int], bool, Ways | None]
    _Asked = tuple[EdifactSpec | None, Notation, _Found]

if COMPILED:
    from gateway.quick import matcher

_ONE_BYTE = re.compile(r"ascii|latin-1|iso8859-\d+")
_CODES = tuple(code.encode() for code in FORMS)
_FORMS = tuple(form.encode() for form in FORMS.values())
_ENVELOPE = frozenset({"UNB", "UNG", "UNE", "UNZ"})
_NEVER = ("!", 1, -1, ((), (), None))
"""An element that has to be there and may not."""


class Programs:
    """The programs of one process, made when a message is first seen in a notation."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: dict[_Key, _Made] = {}
        # What was asked for last, of a message and of the envelope: an interchange asks for the same again and again.
        self._last: dict[bool, _Asked] = {}

    def get(self, spec: EdifactSpec | None, notation: Notation) -> _Found:
        """Give the program of a message, the number of each segment in it, and how its bytes are divided.

        The third says whether it leaves nothing of its tables to the patterns. No program and no ways without the
        compiled part, and for what the matcher has no room for or does not do.
        """
        last = self._last.get(spec is None)
        if last is not None and last[0] is spec and last[1] is notation:
            return last[2]
        _, _, program, numbers, whole = self._of(spec, notation)
        found = program, numbers, whole, ways(notation)
        self._last[spec is None] = (spec, notation, found)
        return found

    def _of(self, spec: EdifactSpec | None, notation: Notation) -> _Made:
        key = _key(spec, notation)
        made = self._made.get(key)
        if made is None:
            # Spec and notation are kept beside the program, so their ids stay their own.
            program = written(spec, notation) if COMPILED else (None, {}, False)
            made = self._made[key] = (spec, notation, *program)
        return made

    def sure(self, spec: EdifactSpec | None, notation: Notation) -> Sure | None:
        """Give what tells of a message's segments that they are without fault; None where there is no program.

        Without a message it is asked about the segments of the envelope, and about UNH and UNT.
        """
        program, numbers, _, way = self.get(spec, notation)
        return None if program is None or way is None else Sure(program, numbers, way)


PROGRAMS = Programs()


def ways(notation: Notation) -> Ways | None:
    """Give how an interchange divides its bytes; None for what the matcher does not do."""
    marks = notation.delimiters
    return _ways(marks, notation.repetition, notation.charset.letters, notation.codec) if COMPILED else None


@lru_cache(maxsize=64)
def _ways(marks: Delimiters, repetition: bytes, repertoire: str, codec: str) -> Ways | None:
    table = bytearray(translation(marks, repetition))
    allowed = re.compile(letters_of(repertoire))
    for byte in range(256):
        if table[byte] not in b"\x1c\x1d\x1e\x1f":
            known = byte > 0x1F and allowed.fullmatch(_letter(byte, codec))
            table[byte] = 0 if not known else byte if byte < 0x7F else ord("A")
    try:
        return matcher.Ways(bytes(table), marks.line_end, marks.gap, marks.release)
    except ValueError:
        return None


def _letter(byte: int, codec: str) -> str:
    """Give the letter that a byte is by itself, "" where it is none."""
    if byte < 0x7F:
        return chr(byte)
    return bytes([byte]).decode(codec, "ignore") if _ONE_BYTE.fullmatch(codec) else ""


def written(spec: EdifactSpec | None, notation: Notation) -> tuple[Program | None, Mapping[int, int], bool]:
    """Write the program of a message, None for the service segments alone.

    With it come the number of each segment in it, and whether nothing is left to the patterns.
    """
    service = notation.service.layouts
    writer = _Writer(layouts_of(spec, notation) if spec is not None else service, notation)
    ends = (b"UNH", writer.tagged("UNH"), 1, b"UNT", writer.tagged("UNT"))
    for tag in () if spec is not None else _ENVELOPE & service.keys():
        writer.tagged(tag)
    program = writer.program(spec.body if spec is not None else (), ends)
    return program, writer.numbers, writer.whole


def _key(spec: EdifactSpec | None, notation: Notation) -> _Key:
    return (id(spec), id(notation.service), notation.charset.letters, notation.comma, notation.point)


class _Writer(Writer[Place]):
    """Writes one message."""

    def __init__(self, layouts: Mapping[str, Layout], notation: Notation) -> None:
        super().__init__()
        self.layouts = layouts
        self.notation = notation
        self.whole = True

    def segment(self, place: Place) -> int:
        return self.tagged(place.tag)

    def tagged(self, tag: str) -> int:
        """Write the segment of a tag; give its number."""
        known = self.layouts[tag]

        def row() -> tuple[bool, Row]:
            slots = tuple(map(self.slot, known.slots))
            if known.segment.relations:
                self.whole, slots = False, (_NEVER,)
            return False, (slots, (), None)

        return self.shared(known, self.segments, row)

    def chosen(self, place: Place) -> Choice | None:
        if place.qualifier is None:
            return None
        at, code = place.qualifier
        return at + 1, frozenset({code})

    def slot(self, slot: Slot) -> tuple[Any, ...]:
        """Write one element."""
        usage = "M" if slot.usage == "M" else "O"
        if slot.composite is None:
            return usage, 1, self.cell(slot.cells[0]), None
        dated = None
        if slot.composite.relations:
            self.whole = False
            return _NEVER if usage == "M" else ("N", *_NEVER[1:])
        parts = [("M" if cell.usage == "M" else "O", 1, self.cell(cell), None) for cell in slot.cells]
        if slot.composite.date is not None:
            date, form = slot.composite.date
            dated = date - 1, form - 1, _CODES, _FORMS
            # As in the pattern: what kind of date it is comes first.
            parts[0] = ("M", *parts[0][1:])
        return usage, 1, -1, (tuple(parts), (), dated)

    def cell(self, cell: Cell) -> int:
        """Write a value; give its number."""

        def plain() -> tuple[Any, ...]:
            kind, least, most, codes = shape(cell.element, self.notation)
            known = short(codes)
            self.whole = self.whole and len(known) == len(codes)
            return kind, least, most, known

        return self.shared(cell.element, self.values, plain)
