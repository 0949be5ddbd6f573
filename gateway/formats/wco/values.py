"""Values against facets: which rule of XML Schema a text breaks, in words.

Lives here: the checks of one text. Never here: where it stands. The verdict is that of
the XSD written from the same facets; a test compares the two over generated texts.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs.wco_grammar import Facets

_BLANKS = re.compile(r"[ \t\r\n]+")
_DECIMAL = re.compile(r"[+-]?(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")
# Percent signs are escapes, and what stands before the first colon is a scheme or a path.
_URI = re.compile(
    r"(?=(?:[^%]|%[0-9A-Fa-f]{2})*\Z)(?:[A-Za-z][A-Za-z0-9+.-]*:.*|[^:/?#]*(?:[/?#].*)?)", re.DOTALL
)
_STAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2})(Z|[+-][0-9]{2}))?")
_COLLAPSED = frozenset({"token", "decimal", "language", "anyURI"})


class Flaw(NamedTuple):
    """One rule that a text breaks: `length/long`, the rule and the text in words."""

    problem: str
    expected: str
    actual: str


def flaws(facets: Facets, text: str) -> Iterator[Flaw]:
    """Yield what is wrong with a text, as the document has it, blanks included."""
    if facets.base in _COLLAPSED:
        text = _BLANKS.sub(" ", text).strip(" ")
    if facets.base == "decimal":
        yield from _number(facets, text)
        return
    if facets.base == "language" and not _LANGUAGE.fullmatch(text):
        yield Flaw("value/language", "a language tag such as en-GB", _shown(text))
    if facets.base == "anyURI" and not _URI.fullmatch(text):
        yield Flaw("value/uri", "a URI", _shown(text))
    if facets.codes and text not in facets.codes:
        yield Flaw("code/unknown", f"one of {', '.join(facets.codes)}", _shown(text))
        return
    size = len(text)
    if size < facets.length_min or (facets.length_max is not None and size > facets.length_max):
        yield _length(facets, size)
    for pattern in facets.patterns:
        if pattern.python.fullmatch(text):
            continue
        name = pattern.name
        if name == "visible":
            name = "linebreak" if text.strip(" \t\r\n") else "blank"
        yield Flaw(f"value/{name}", pattern.words, _shown(text))


def fits(facets: Facets, text: str) -> bool:
    """Tell whether a text, as the document has it, breaks no rule."""
    return next(flaws(facets, text), None) is None


def stamp_flaws(text: str, format_code: str) -> Iterator[Flaw]:
    """Yield what the schema leaves unsaid of a date: its calendar, and the form its code promises.

    102 is a date, 304 a date with time and zone (reference, section 3).
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        return
    year, month, day, hour, minute, second, zone = match.groups()
    wanted = {"102": "20YYMMDD", "304": "20YYMMDDHHMMSS and a zone"}.get(format_code)
    if wanted is not None and (format_code == "304") != (hour is not None):
        yield Flaw("date/form", f"{wanted}, as formatCode {format_code} says", _shown(text))
    try:
        date(int(year), int(month), int(day))
        if hour is not None:
            time(int(hour), int(minute), int(second))
        exists = hour is None or zone == "Z" or abs(int(zone)) <= 14
    except ValueError:
        exists = False
    if not exists:
        yield Flaw("date/impossible", "a day and a time that exist", _shown(text))


def _length(facets: Facets, size: int) -> Flaw:
    low, high = facets.length_min, facets.length_max
    words = f"exactly {high}" if low == high else f"{low or 'at most'}{' to' if low else ''} {high}"
    words = f"{words} character{'' if high == 1 else 's'}"
    return Flaw("length/short" if size < low else "length/long", words, f"{size} characters")


def _number(facets: Facets, text: str) -> Iterator[Flaw]:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        yield Flaw("number/malformed", "a decimal number without exponent", _shown(text))
        return
    if facets.total is None:
        return
    whole = (match[1] or "").lstrip("0")
    fraction = (match[2] or match[3] or "").rstrip("0")
    if len(whole) + len(fraction) > facets.total:
        yield Flaw("number/digits", f"at most {facets.total} digits", _shown(text))
    if len(fraction) > (facets.fraction or 0):
        most = f"at most {facets.fraction} digits after the point" if facets.fraction else "a whole number"
        yield Flaw("number/fraction", most, _shown(text))


def _shown(text: str) -> str:
    """Give a text as it is shown to people: short, on one line, never empty."""
    flat = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return "nothing" if not flat else flat if len(flat) <= 60 else f"{flat[:57]}..."
