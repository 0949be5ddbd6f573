"""What one value may be: characters, length, type, code.

Lives here: the judgement of a present value of one element, its first fault and, where lenient
reading may go on, what it is repaired to. Never here: whether it has to be there (`elements.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gateway.formats.edifact.notation import Notation
    from gateway.specs.edifact_keys import Cell
    from gateway.specs.edifact_service import Charset
    from gateway.specs.edifact_tables import Element

SHOWN_CHARS_MAX = 60
CODES_SHOWN_MAX = 20
# What may not stand in a value, by `letters` of a repertoire, as the inside of a pattern's class.
OUTSIDE = {
    "upper": r"\x00-\x1fa-z\x7f-\U0010ffff",
    "ascii": r"\x00-\x1f\x7f-\U0010ffff",
    "all": r"\x00-\x1f\x7f-\x9f",
}
_OUTSIDE = {name: re.compile(f"[{letters}]") for name, letters in OUTSIDE.items()}
_LINE_END = re.compile(r"[\r\n]+")
_NUMBER = re.compile(r"-?[0-9]+(?:([.,])[0-9]+)?")
_NO_DIGIT_BEFORE = re.compile(r"-?[.,][0-9]+")


class Wrong(NamedTuple):
    """What is wrong with a value; `repair` is the text that lenient reading goes on with."""

    problem: str
    message: str
    expected: str
    repair: str | None = None


def wrong(cell: Cell, raw: bytes, notation: Notation) -> Wrong | None:
    """Give the first thing that is wrong with a present value, None when nothing is.

    Blanks at the end of a value are not significant.
    """
    text = notation.text(raw).rstrip(" ")
    return _letters(cell.name, raw, text, notation) or _typed(cell, text, notation) or _code(cell, text)


def _letters(name: str, raw: bytes, text: str, notation: Notation) -> Wrong | None:
    expected = notation.charset.meaning
    if notation.charset.letters == "all" and not _decodes(raw, notation):
        return Wrong("type/encoding", f"{name} is no text in {expected}", expected)
    if _LINE_END.search(text):
        return Wrong("type/line-end", f"{name} has a line end in it", "no line end", _LINE_END.sub("", text))
    if _OUTSIDE[notation.charset.letters].search(text):
        return Wrong("type/characters", f"{name} has characters outside {expected}", expected, text)
    return None


def holds(charset: Charset, letters: str) -> bool:
    """Tell whether a repertoire has all these letters."""
    if _OUTSIDE[charset.letters].search(letters):
        return False
    try:
        letters.encode(charset.codec)
    except UnicodeEncodeError:
        return False
    return True


def _decodes(raw: bytes, notation: Notation) -> bool:
    try:
        raw.decode(notation.codec)
    except UnicodeDecodeError:
        return False
    return True


def _typed(cell: Cell, text: str, notation: Notation) -> Wrong | None:
    element, name = cell.element, cell.name
    if element.kind == "N":
        return _number(element, name, text, notation)
    if element.kind == "A" and not text.isalpha():
        return Wrong("type/letters", f"{name}: {shown(text)} has other characters than letters", "letters")
    if element.numeric and (mark := _other_mark(text, notation)):
        return mark
    return _length(element, name, len(text))


def _number(element: Element, name: str, text: str, notation: Notation) -> Wrong | None:
    # A sign and a decimal mark do not count in the length (ISO 9735, reference 1).
    if not _NUMBER.fullmatch(text):
        if _NO_DIGIT_BEFORE.fullmatch(text):
            return Wrong(
                "type/leading-mark", f"{name}: {shown(text)} has no digit before its mark", "a digit first"
            )
        return Wrong("type/number", f"{name}: {shown(text)} is no number", "digits")
    mark = _other_mark(text, notation)
    if mark is not None:
        return mark
    return _length(element, name, sum(letter.isdigit() for letter in text))


def _other_mark(text: str, notation: Notation) -> Wrong | None:
    """Say that a number has the decimal mark which is not this interchange's."""
    match = _NUMBER.fullmatch(text)
    if match is None or not match[1] or (notation.comma if match[1] == "," else notation.point):
        return None
    used = notation.delimiters.mark.decode()
    words = f"{shown(text)} has a decimal mark {match[1]!r}, this interchange uses {used!r}"
    return Wrong("type/decimal-mark", words, f"decimal mark {used!r}", text.replace(",", "."))


def _length(element: Element, name: str, length: int) -> Wrong | None:
    least, most = element.length_min, element.length_max
    if least <= length <= most:
        return None
    expected = f"{least}" if least == most else f"{least} to {most}"
    word = "short" if length < least else "long"
    return Wrong(f"element/too-{word}", f"{name} is too {word}: {length} of {expected}", expected)


def _code(cell: Cell, text: str) -> Wrong | None:
    element, codes = cell.element, cell.element.codes
    if codes is None or text in codes:
        return None
    expected = " ".join(codes) if len(codes) <= CODES_SHOWN_MAX else f"a code of element {element.number}"
    if text in element.elsewhere:
        words = f"{shown(text)} is a {cell.name} of directory {element.elsewhere[text]}, not of this one"
        return Wrong("code/elsewhere", words, expected)
    problem = "code/unknown" if element.closed else "code/unlisted"
    return Wrong(problem, f"{shown(text)} is not a {cell.name} (element {element.number})", expected)


def shown(text: str) -> str:
    """Give a value for a message, cut where it is long."""
    cut = text[:SHOWN_CHARS_MAX] + ("…" if len(text) > SHOWN_CHARS_MAX else "")
    return f"'{cut}'" if text else "nothing"
