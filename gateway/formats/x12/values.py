"""What one value may be: characters, length, type, code.

Lives here: the judgement of a present value of one element, its first fault and, where lenient
reading may go on, what it is repaired to. Never here: whether it has to be there (`elements.py`).
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.segment import text_of

if TYPE_CHECKING:
    from gateway.specs.x12_tables import Element

SHOWN_CHARS_MAX = 60
CODES_SHOWN_MAX = 20
_NUMBER = {
    "N": re.compile(rb"-?\d+"),
    "R": re.compile(rb"-?(?:\d+\.?\d*|\.\d+)"),
}
_TIME = re.compile(rb"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?")
_PRINTABLE = re.compile(rb"[ -~]*")
_PIVOT_YEAR = 60  # a six-digit date before it is of this century


class Wrong(NamedTuple):
    """What is wrong with a value; `repair` is the text that lenient reading goes on with."""

    problem: str
    message: str
    expected: str
    repair: str | None = None


def wrong(element: Element, name: str, raw: bytes) -> Wrong | None:
    """Give the first thing that is wrong with a present value, None when nothing is."""
    if not _PRINTABLE.fullmatch(raw):
        message = f"{name} has characters outside the X12 set"
        return Wrong("type/characters", message, "printable ASCII", text_of(raw))
    if not raw.strip(b" "):
        return Wrong("type/characters", f"{name} is only blanks", "at least one other character", "")
    if element.kind == "DT":
        return _date(element, name, raw)
    if element.kind == "TM":
        return _time(element, name, raw)
    if element.kind[0] in _NUMBER:
        return _number(element, name, raw)
    return _text(element, name, raw)


def _time(element: Element, name: str, raw: bytes) -> Wrong | None:
    if not element.length_min <= len(raw) <= element.length_max:
        return _length(element, name, len(raw))
    if _TIME.fullmatch(raw):
        return None
    return Wrong("type/time", f"{name}: {shown(raw)} is no time", "HHMM[SS[d[d]]]")


def _number(element: Element, name: str, raw: bytes) -> Wrong | None:
    # A sign and a decimal point do not count in the length (X12.6).
    kind = element.kind
    if not _NUMBER[kind[0]].fullmatch(raw):
        return Wrong("type/number", f"{name}: {shown(raw)} is no number of type {kind}", f"type {kind}")
    digits = len(raw) - raw.count(b"-") - raw.count(b".")
    if element.length_min <= digits <= element.length_max:
        return None
    return _length(element, name, digits)


def _text(element: Element, name: str, raw: bytes) -> Wrong | None:
    if not element.length_min <= len(raw) <= element.length_max:
        return _length(element, name, len(raw))
    text = raw.decode("ascii")
    codes = element.codes
    if codes is not None and text not in codes:
        problem = "code/unknown" if element.closed else "code/unlisted"
        few = len(codes) <= CODES_SHOWN_MAX
        expected = " ".join(codes) if few else f"a code of element {element.number}"
        return Wrong(problem, f"{shown(raw)} is not a {name} (element {element.number})", expected)
    if raw.endswith(b" ") and len(raw.rstrip(b" ")) >= element.length_min:
        message = f"{name} ends with blanks"
        return Wrong("element/trailing-blanks", message, "no blanks at the end", text.rstrip(" "))
    return None


def _date(element: Element, name: str, raw: bytes) -> Wrong | None:
    expected = "CCYYMMDD" if element.length_max >= 8 else "YYMMDD"
    bare = raw.strip(b" ")
    if bare != raw:
        repair = _long_date(bare)
        problem = "date/blanks" if repair else "type/date"
        return Wrong(problem, f"{name}: {shown(raw)} has blanks in a date", expected, repair)
    long_date = _long_date(raw)
    if long_date and len(raw) == 6 and element.length_min == 8:
        return Wrong("date/short", f"{name}: {shown(raw)} has no century", expected, long_date)
    if not element.length_min <= len(raw) <= element.length_max:
        return _length(element, name, len(raw))
    if long_date:
        return None
    return Wrong("type/date", f"{name}: {shown(raw)} is no date", expected)


def _long_date(raw: bytes) -> str | None:
    """Give CCYYMMDD of a date with or without century, None for what is no date."""
    if not raw.isdigit() or len(raw) not in {6, 8}:
        return None
    text = raw.decode("ascii")
    if len(text) == 6:
        text = ("20" if int(text[:2]) < _PIVOT_YEAR else "19") + text
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return text


def _length(element: Element, name: str, length: int) -> Wrong:
    least, most = element.length_min, element.length_max
    expected = f"{least}" if least == most else f"{least} to {most}"
    word = "short" if length < least else "long"
    return Wrong(f"element/too-{word}", f"{name} is too {word}: {length} of {expected}", expected)


def shown(raw: bytes) -> str:
    """Give a value for a message, cut where it is long."""
    text = text_of(raw)
    kept = "".join(
        letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text[:SHOWN_CHARS_MAX]
    )
    return f"'{kept}{'…' if len(text) > SHOWN_CHARS_MAX else ''}'" if text else "nothing"
