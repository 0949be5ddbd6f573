"""What a text may be for its kind: the shapes of RFC 3339, decimals without exponent, patterns."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Layer

if TYPE_CHECKING:
    from gateway.specs.json import JsonLeaf

INTEGER_DIGITS_MAX = 18
DECIMAL_DIGITS_MAX = 38

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_EXPONENT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?P<offset>[Zz]|[-+][0-9]{2}:[0-9]{2})?"
)


class Verdict(NamedTuple):
    """What is wrong with a text."""

    problem: str
    message: str
    expected: str
    layer: Layer = Layer.SCHEMA


def judge(leaf: JsonLeaf, text: str) -> Verdict | None:
    """Say what is wrong with the text of a leaf, None where nothing is."""
    if leaf.kind != "string":
        return _KINDS[leaf.kind](text)
    if len(text) < leaf.length_min:
        return Verdict("string/empty", "an empty text; leave the field out instead", "text")
    if leaf.length_max is not None and len(text) > leaf.length_max:
        return Verdict("string/length", "the text is too long", f"at most {leaf.length_max} characters")
    if leaf.codes is not None and text not in leaf.codes:
        return Verdict("code/unknown", "not a code of the list", ", ".join(leaf.codes), Layer.CODE)
    if leaf.pattern and not _pattern(leaf.pattern).search(text):
        return Verdict("string/pattern", "the text has not the shape that is wanted", leaf.pattern)
    return None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # A schema's `$` is the end of the text, Python's also stands before a last line end.
    return re.compile(re.sub(r"\$$", r"\\Z", text), re.ASCII)


def _integer(text: str) -> Verdict | None:
    if not _INTEGER.fullmatch(text):
        return Verdict("integer/shape", "not a whole number", "digits")
    if len(text) > INTEGER_DIGITS_MAX:
        return Verdict("integer/range", "the number is too large", f"at most {INTEGER_DIGITS_MAX} digits")
    return None


def _boolean(text: str) -> Verdict | None:
    return None if text in {"true", "false"} else Verdict("boolean/shape", "neither true nor false", "true")


def _decimal(text: str) -> Verdict | None:
    if len(text) > DECIMAL_DIGITS_MAX:
        return Verdict("decimal/range", "the number is too long", f"at most {DECIMAL_DIGITS_MAX} digits")
    if _EXPONENT.fullmatch(text):
        return Verdict("decimal/exponent", "a decimal is written without exponent", "digits and a point")
    if not _DECIMAL.fullmatch(text):
        return Verdict("decimal/shape", "not a decimal number", "digits and a point")
    return None


def _date(text: str) -> Verdict | None:
    if not _DATE.fullmatch(text):
        return Verdict("date/shape", "not a date", "YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError:
        return Verdict("date/calendar", "no such day in the calendar", "a real date")
    return None


def _instant(text: str) -> Verdict | None:
    found = _INSTANT.fullmatch(text)
    if found is None:
        return Verdict("date-time/shape", "not an instant", "YYYY-MM-DDThh:mm:ssZ")
    if found["offset"] is None:
        return Verdict("date-time/offset", "an instant has an offset", "Z or +hh:mm at the end")
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return Verdict("date-time/calendar", "no such instant in the calendar", "a real date and time")
    return None


_KINDS = {
    "integer": _integer,
    "boolean": _boolean,
    "decimal": _decimal,
    "date": _date,
    "date-time": _instant,
}
