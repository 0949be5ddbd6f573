"""Scalars of a JSON document: just inside and just outside of what their schema says.

Lives here: the pairs for types, lengths, codes, patterns, numbers, dates and instants, as they stand
in the text. Never here: where a field stands.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.json.tables import Field

INTEGER_DIGITS_MAX = 18
DECIMAL_DIGITS_MAX = 38
_WORDS = ("Harbour", "Quay seven", "MSC OSCAR", "Größe 4", "052E")
# A text of each pattern, one that is just outside, and how.
_PATTERNS: Mapping[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "^[A-Z]{2}$": (
        ("DE", "US"),
        (("small-letters", "de"), ("three", "DEU"), ("one", "D"), ("line-end", "DE\n")),
    ),
    "^[A-Z]{3}$": (("EUR", "USD"), (("small-letters", "eur"), ("four", "EURO"), ("two", "EU"))),
    r"^\d{4,10}$": (
        ("8471", "8473301180"),
        (("three", "847"), ("eleven", "84733011801"), ("letter", "847A"), ("other-digits", "84७१")),
    ),
    r"^[AC]\d{9}$": (("A570123000", "C570124000"), (("other-letter", "B570123000"), ("eight", "A57012300"))),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A value as it stands in the text and the problem it makes, "" for none."""

    id: str
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A clause on a value, without the name of its field."""

    name: str
    level: int
    text: str
    tried: tuple[Trial, ...]


def quoted(text: str) -> str:
    """Give a string as JSON has it."""
    return json.dumps(text, ensure_ascii=False)


def usual(one: Field, number: int) -> str:
    """Give a legal scalar; the number chooses among equals."""
    if one.codes:
        return quoted(one.codes[number % len(one.codes)])
    if one.pattern:
        right = _PATTERNS[one.pattern][0]
        return quoted(right[number % len(right)])
    if one.kind in _USUAL:
        every = _USUAL[one.kind]
        return every[number % len(every)]
    word = _WORDS[number % len(_WORDS)]
    return quoted(word if one.most is None else word[: one.most])


_USUAL = {
    "integer": ("1", "0", "250"),
    "decimal": ('"17.50"', "17.5", '"0"', "-3"),
    "boolean": ("true", "false"),
    "date": ('"2026-03-02"', '"2024-02-29"'),
    "date-time": ('"2026-03-02T10:15:00Z"', '"2026-03-02T10:15:00+01:00"'),
}
_OTHER = {"string": "7", "date": "20260302", "date-time": "7", "integer": '"7"', "boolean": '"true"'}


def constraints(one: Field, number: int) -> Iterator[Constraint]:
    """Yield every constraint on a scalar."""
    yield _type(one, number)
    if one.codes:
        unknown = Trial("code/unknown", quoted("unheard-of"), "code/unknown")
        good = (Trial("code/first", quoted(one.codes[0])), Trial("code/last", quoted(one.codes[-1])))
        yield Constraint("codes", 5, f"is one of {', '.join(one.codes)}", (*good, unknown))
    elif one.pattern:
        right, wrong = _PATTERNS[one.pattern]
        fitting = tuple(Trial(f"pattern/right-{turn}", quoted(text)) for turn, text in enumerate(right, 1))
        bad = tuple(Trial(f"pattern/{name}", quoted(text), "string/pattern") for name, text in wrong)
        yield Constraint("pattern", 1, f"has the shape {one.pattern}", (*fitting, *bad))
    elif one.kind == "string":
        yield _length(one)
    elif one.kind in _SHAPES:
        yield Constraint("shape", 1, *_SHAPES[one.kind])


def _type(one: Field, number: int) -> Constraint:
    right = usual(one, number)
    tried = [Trial("type/right", right)]
    if one.kind in _OTHER:
        tried.append(Trial("type/other-scalar", _OTHER[one.kind], "field/type"))
    if one.kind != "boolean":
        tried.append(Trial("type/true", "true", "field/type"))
    else:
        tried.append(Trial("type/number", "1", "field/type"))
    if not one.many:
        tried += [
            Trial("type/object", '{"of": 1}', "field/type"),
            Trial("type/list", f"[{right}]", "field/type"),
        ]
        if one.nullable:
            tried.append(Trial("type/null", "null"))
    if one.many or one.required:
        tried.append(Trial("type/null", "null", "field/type"))
    word = f"a list of {one.kind}s" if one.many else one.kind
    return Constraint("type", 1, f"is a value of the type {word}", tuple(tried))


def _length(one: Field) -> Constraint:
    tried = [Trial("length/one", quoted("x")), Trial("length/long", quoted("é" * min(one.most or 200, 200)))]
    told = f"has {one.least} characters or more" if one.least else "is a text"
    if one.least:
        tried.append(Trial("length/empty", '""', "string/empty"))
    if one.most is not None:
        told = f"has {one.least} to {one.most} characters"
        tried.append(Trial("length/too-long", quoted("x" * (one.most + 1)), "string/length"))
    return Constraint("length", 1, told, tuple(tried))


def _shape(kind: str, *pairs: tuple[str, str, str]) -> tuple[Trial, ...]:
    return tuple(
        Trial(f"shape/{name}", text, f"{kind}/{problem}" if problem else "") for name, text, problem in pairs
    )


_SHAPES: Mapping[str, tuple[str, tuple[Trial, ...]]] = {
    "integer": (
        f"is a whole number of at most {INTEGER_DIGITS_MAX} digits",
        _shape(
            "integer",
            ("zero", "0", ""), ("negative", "-1", ""), ("max", "9" * INTEGER_DIGITS_MAX, ""),
            ("fraction", "1.5", "shape"), ("exponent", "1e3", "shape"),
            ("too-many-digits", "9" * (INTEGER_DIGITS_MAX + 1), "range"),
        ),
    ),
    "decimal": (
        f"is a decimal number without exponent, of at most {DECIMAL_DIGITS_MAX} characters",
        _shape(
            "decimal",
            ("text", '"17.50"', ""), ("number", "17.50", ""), ("negative", '"-17.5"', ""),
            ("max", quoted("9" * DECIMAL_DIGITS_MAX), ""),
            ("exponent", "1.75e1", "exponent"), ("exponent-in-text", '"1.75E1"', "exponent"),
            ("comma", '"17,50"', "shape"), ("letters", '"many"', "shape"), ("empty", '""', "shape"),
            ("plus", '"+17.5"', "shape"), ("point-at-the-end", '"17."', "shape"),
            ("too-many-digits", quoted("9" * (DECIMAL_DIGITS_MAX + 1)), "range"),
        ),
    ),
    "date": (
        "is a day of the calendar as YYYY-MM-DD",
        _shape(
            "date",
            ("leap-day", '"2024-02-29"', ""), ("last-day", '"2026-12-31"', ""),
            ("no-hyphens", '"20260302"', "shape"), ("day-first", '"02-03-2026"', "shape"),
            ("with-time", '"2026-03-02T10:15:00Z"', "shape"), ("empty", '""', "shape"),
            ("30-february", '"2026-02-30"', "calendar"), ("month-13", '"2026-13-01"', "calendar"),
            ("29-february-in-a-common-year", '"2026-02-29"', "calendar"),
        ),
    ),
    "date-time": (
        "is an instant with an offset, as RFC 3339 writes it",
        _shape(
            "date-time",
            ("utc", '"2026-03-02T10:15:00Z"', ""), ("offset", '"2026-03-02T10:15:00-05:00"', ""),
            ("fraction", '"2026-03-02T10:15:00.250Z"', ""), ("small-letters", '"2026-03-02t10:15:00z"', ""),
            ("day-only", '"2026-03-02"', "shape"), ("no-seconds", '"2026-03-02T10:15Z"', "shape"),
            ("blank", '"2026-03-02 10:15:00Z"', "shape"), ("empty", '""', "shape"),
            ("no-offset", '"2026-03-02T10:15:00"', "offset"),
            ("30-february", '"2026-02-30T10:15:00Z"', "calendar"),
            ("hour-25", '"2026-03-02T25:15:00Z"', "calendar"),
        ),
    ),
}  # fmt: skip
