r"""Two patterns for each message: tell whether a whole message is without fault.

Lives here: the compiler from a spec to possessive regular expressions, which cannot
backtrack, and the text that they are tried on. One pattern knows every segment of the message,
each once; the other the order of their tags. Never here: what is wrong (`grammar.py`
says that when a pattern fails). Whatever they accept, the slow way accepts; a test holds them to it.

The patterns know one notation. A message is translated to it first: elements are divided by
`\x1d`, segments ended by `\x1e`, components divided by `\x1f`, repetitions by `\x1c`; each
released character is `\x02`, which stands for one character of a text and nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.formats.edifact.dates import FORMATS
from gateway.formats.edifact.shapes import shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.formats.edifact.delimiters import Delimiters
    from gateway.formats.edifact.notation import Notation
    from gateway.specs.edifact import EdifactSpec, Place
    from gateway.specs.edifact_keys import Cell, Layout, Slot
    from gateway.specs.edifact_tables import Element

ELEMENT, TERMINATOR, COMPONENT, REPETITION = "\x1d", "\x1e", "\x1f", "\x1c"
RELEASED = "\x02"
# What a value is made of, by `letters` of a repertoire: the rest of `values.OUTSIDE`. Where a few letters may stand they are
# named, not those that may not: `re` notes each letter of a class apart, and there are a million of the others.
# The stand-in for a released character is below the blank, and may stand.
_LETTERS = {
    "upper": r"[\x02 -`{-~]",
    "ascii": r"[\x02 -~]",
    "all": r"[^\x00\x01\x03-\x1f\x7f-\x9f]",
}
_GAP = re.compile("\x1e[\r\n\t ]+")
_BLANKS = re.compile(" +(?=[\x1d-\x1f])")
_BAD_TAG = re.compile("\x1e[^\x1d\x1e]*[ \x1f][\x1d\x1e]")
_EMPTY_COMPONENTS = re.compile("\x1f+(?=[\x1d\x1e])")
_EMPTY_ELEMENTS = re.compile("\x1d+(?=\x1e)")
_BLANK = re.compile(" [\x1d-\x1f]")
# A date with an offset, by its code.
_OFFSET = re.compile("\x1f20[58]")
_HOLLOW = re.compile("\x1f[\x1d\x1e]")


@lru_cache(maxsize=64)
def translation(delimiters: Delimiters, repetition: bytes) -> bytes:
    """Give the table for `bytes.translate` from one interchange's characters to ours."""
    table = bytearray(range(256))
    # A control byte that is no separator here must not become one.
    for byte in b"\x1c\x1d\x1e\x1f\x02":
        table[byte] = 0
    table[delimiters.element[0]] = 0x1D
    table[delimiters.component[0]] = 0x1F
    table[delimiters.terminator[0]] = 0x1E
    if repetition:
        table[repetition[0]] = 0x1C
    return bytes(table)


def plain(raw: bytes, notation: Notation) -> str | None:
    """Translate a message; None where only the slow way can say what it is."""
    marks, repetition = notation.delimiters, notation.repetition
    placeholder = b""
    if marks.release and marks.release in raw:
        if b"\x02" in raw or b"\x03" in raw:
            return None
        placeholder = b"\x03"
        for special in (marks.release, marks.element, marks.component, marks.terminator, repetition):
            if special:
                raw = raw.replace(marks.release + special, placeholder)
        if marks.release in raw:
            return None
    raw = raw.translate(translation(marks, repetition))
    if placeholder:
        raw = raw.replace(placeholder, b"\x02")
    try:
        text = raw.decode(notation.codec)
    except UnicodeDecodeError:
        return None
    if notation.delimiters.line_end:
        text = text.replace(TERMINATOR + notation.delimiters.line_end.decode("latin-1"), TERMINATOR)
    return text


def tidy(text: str) -> bool:
    """Tell whether no blank and no separator stands before a separator, where it would mean nothing."""
    return not (_BLANK.search(text) or _HOLLOW.search(text) or "\x1d\x1e" in text)


def beyond_matcher(raw: bytes, text: str, marks: Delimiters) -> bool:
    """Tell whether something stands in a message, and in its text, that the compiled matcher leaves to the patterns.

    That is what has to be tidied, letters of several bytes, a date with an offset, and a line end missing.
    """
    if not (text.isascii() and tidy(text)) or _GAP.search(text) or _OFFSET.search(text):
        return True
    ended = raw.count(marks.terminator + marks.line_end) + 1
    return bool(marks.line_end) and ended != raw.count(marks.terminator)


def tidied(text: str, notation: Notation) -> str | None:
    """Take out what is no data: line ends between segments, blanks and separators at an end.

    None where a separator at an end is a fault: from syntax 4 on.
    """
    text = _GAP.sub(TERMINATOR, text)
    if _BAD_TAG.search(text):
        return None
    text = _BLANKS.sub("", text)
    if notation.syntax.old:
        return _EMPTY_ELEMENTS.sub("", _EMPTY_COMPONENTS.sub("", text))
    return text if tidy(text) else None


class Maker:
    """Writes the patterns of one message."""

    def __init__(self, spec: EdifactSpec, notation: Notation) -> None:
        self.spec = spec
        self.notation = notation
        self.letters = letters_of(notation.charset.letters)
        self.layouts = layouts_of(spec, notation)

    def aliases(self) -> tuple[tuple[str, str], ...]:
        """Write which segments a code tells apart."""
        return tuple(
            (f"\x1e{place.tag}\x1d{place.qualifier[1]}\x1e", f"\x1e{alias(place)}\x1e")
            for top in self.spec.body
            for place in top.walk()
            if place.qualifier is not None
        )

    def all_segments(self) -> str:
        """Write a run of segments of the message, whatever their order."""
        written = {tag: self.segment(known) for tag, known in self.layouts.items()}
        return f"(?:{_by_letter(written, 0)})++"

    def one_segment(self, tag: str) -> str | None:
        """Write what follows a tag; None for one that the message does not have."""
        known = self.layouts.get(tag)
        return None if known is None else self.segment(known)

    def segment(self, known: Layout) -> str:
        """Write what follows a segment's tag, its terminator included."""
        if known.segment.relations:
            return "(?!)"
        rows = [(slot.usage == "M", self.slot(slot)) for slot in known.slots]
        return _row(rows, ELEMENT, first=True) + TERMINATOR

    def slot(self, slot: Slot) -> str:
        """Write a present element."""
        if slot.composite is None:
            return self.cell(slot.cells[0])
        if slot.composite.relations:
            return "(?!)"
        if slot.composite.date is not None:
            return self.dated(slot)
        rows = [(cell.usage == "M", self.cell(cell)) for cell in slot.cells]
        return "(?![\x1d\x1e])" + _row(rows, COMPONENT, first=False)

    def dated(self, slot: Slot) -> str:
        """Write a composite of a kind, a date and the code of its format: C507."""
        kind, date, form = slot.cells
        codes = form.element.codes or {}
        known = "|".join(f"{FORMATS[code]}\x1f{code}" for code in FORMATS if code in codes)
        others = [code for code in codes if code not in FORMATS]
        either = f"(?:{known})"
        if others:
            either = f"(?:{known}|{self.cell(date)}\x1f{alternatives(others)})"
        bare = f"(?:{self.cell(date)})?+"
        return f"{self.cell(kind)}(?:\x1f{either}(?=[\x1d\x1e])|\x1f{bare}(?=[\x1d\x1e]))?+"

    def cell(self, cell: Cell) -> str:
        """Write a present value of one element."""
        return self.value(cell.element)

    def value(self, element: Element) -> str:
        """Write a present value."""
        kind, least, most, codes = shape(element, self.notation)
        if kind == "codes":
            return alternatives(codes)
        times = f"{{{least},{most}}}+"
        if kind == "figure":
            whole = rf"[0-9]{times}(?![0-9.,])"
            mark = f"[{''.join(codes)}]"
            broken = rf"(?=(?:[0-9]{mark}?+){times}(?![0-9.,]))[0-9]++{mark}[0-9]++"
            return f"-?+(?:{whole}|{broken})"
        if kind == "quantity":
            # A number with the other decimal mark is left to the slow way.
            return rf"(?!-?+[0-9]++{re.escape(codes[0])}[0-9]++[\x1d-\x1f]){self.letters}{times}"
        return {"upper": "[A-Z]", "letters": "[A-Za-z]", "text": self.letters}[kind] + times


def layouts_of(spec: EdifactSpec, notation: Notation) -> dict[str, Layout]:
    """Give the layout of each segment of a message, header and trailer included."""
    service = notation.service.layouts
    layouts = {place.tag: place.layout for top in spec.body for place in top.walk()}
    return layouts | {tag: service[tag] for tag in ("UNH", "UNT")}


def letters_of(repertoire: str) -> str:
    """Write the class of the characters of a repertoire."""
    return _LETTERS[repertoire]


def alias(place: Place) -> str:
    """Give the three letters by which the order knows a segment that a code tells apart."""
    return place.tag[:2] + place.name[-1].lower() if place.qualifier is not None else place.tag


def order_of(parts: Sequence[Place]) -> str:
    """Write the tags of one level in their order."""
    written = []
    for place in parts:
        item = alias(place) + (order_of(place.parts) if place.loop else "")
        least, most = (1 if place.usage == "M" else 0), place.count_max
        if (least, most) == (1, 1):
            written.append(item)
        elif most == 1:
            written.append(f"(?:{item})?+")
        else:
            written.append(f"(?:{item}){{{least},{most}}}+")
    return "".join(written)


def _row(rows: Sequence[tuple[bool, str]], separator: str, *, first: bool) -> str:
    """Write places in a row: each with its separator, those at the end left off where they may be."""
    written, open_ends = [], 0
    for number, (mandatory, pattern) in enumerate(rows):
        lead = separator if first or number else ""
        rest = any(later for later, _ in rows[number:])
        if not rest and lead:
            written.append("(?:")
            open_ends += 1
        written.append(lead + (pattern if mandatory else f"(?:{pattern})?+"))
    return "".join(written) + ")?+" * open_ends


def _by_letter(written: dict[str, str], at: int) -> str:
    """Write alternatives as a tree over the letters of the tags, so that their number costs little."""
    branches: dict[str, dict[str, str]] = {}
    for tag, pattern in written.items():
        branches.setdefault(tag[at], {})[tag] = pattern
    found = []
    for letter, below in branches.items():
        if at == 2:
            found.append(letter + next(iter(below.values())))
        else:
            found.append(letter + _by_letter(below, at + 1))
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"


def alternatives(codes: Iterable[str]) -> str:
    """Write a list of codes as a tree over their characters."""
    words = sorted({code for code in codes if code})
    return _tree(words) if words else "(?!)"


def _tree(words: list[str]) -> str:
    branches: dict[str, list[str]] = {}
    ends = False
    for one in words:
        if one:
            branches.setdefault(one[0], []).append(one[1:])
        else:
            ends = True
    if not branches:
        return ""
    by_rest: dict[tuple[str, ...], list[str]] = {}
    for letter, rest in branches.items():
        by_rest.setdefault(tuple(rest), []).append(letter)
    written = []
    for rests, letters in by_rest.items():
        inside = "".join(re.escape(letter) for letter in letters)
        written.append((f"[{inside}]" if len(letters) > 1 else inside) + _tree(list(rests)))
    whole = written[0] if len(written) == 1 and not ends else f"(?:{'|'.join(written)})"
    return whole + ("?+" if ends else "")
