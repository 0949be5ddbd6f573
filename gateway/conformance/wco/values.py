"""Texts for elements and attributes: just inside and just outside of what their facets say.

Lives here: the pairs for lengths, letters, codes, numbers, dates, tags of languages and addresses,
with the words of the clause each stands on. Never here: where an element stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.wco.tables import Facets

_LETTERS = "KTRBMWHCDFGLNPQVXZ"
# What is longer says nothing that a shorter text does not.
LENGTH_TESTED_MAX = 4096
_FIXED: Mapping[str, tuple[str, ...]] = {
    "datetime": ("20260302",),
    "currency": ("EUR", "GBP", "USD"),
    "language": ("en-GB",),
    "anyURI": ("urn:example:list",),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One text and the problem it makes, "" for none. `form` is the formatCode of a date."""

    id: str
    text: str
    problem: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A clause on a text, without the name of its element."""

    name: str
    level: int
    text: str
    tried: tuple[Trial, ...]


def usual(facets: Facets, number: int) -> str:
    """Give a legal text; the number chooses among equals."""
    if facets.codes:
        return facets.codes[number % len(facets.codes)]
    if facets.base == "decimal":
        most = min(facets.digits or 5, 5)
        return str(1 + number % (10**most - 1))
    fixed = _FIXED.get(facets.pattern) or _FIXED.get(facets.base)
    if fixed:
        return fixed[number % len(fixed)]
    size = min(facets.most or 6, 6) if not facets.least else facets.least
    return sized(facets, size, number)


def sized(facets: Facets, size: int, number: int) -> str:
    """Give a text of so many characters."""
    signs = "123456789" if facets.letters == "n" else _LETTERS
    return "".join(signs[(number + at * 5) % len(signs)] for at in range(size))


def constraints(facets: Facets, title: str, number: int) -> Iterator[Constraint]:
    """Yield every constraint on a text."""
    if facets.codes:
        yield _codes(facets, title)
    elif facets.pattern == "datetime":
        yield from _dates(title)
    elif facets.base == "decimal":
        yield from _decimals(facets, title)
    elif facets.base == "language":
        yield Constraint(
            "language", 1, f"{title} is the tag of a language.",
            (Trial("language/tag", "en-GB"), Trial("language/underscore", "en_GB", "value/language")),
        )  # fmt: skip
    elif facets.base == "anyURI":
        yield Constraint(
            "uri", 1, f"{title} is a URI.",
            (Trial("uri/absolute", "https://lists.example/unit?v=1"),
             Trial("uri/half-an-escape", "urn:example:%4", "value/uri")),
        )  # fmt: skip
    elif facets.pattern == "currency":
        yield Constraint(
            "currency", 5, f"{title} is three capital letters.",
            (Trial("currency/capitals", "CHF"), Trial("currency/small-letters", "chf", "value/currency")),
        )  # fmt: skip
    else:
        yield from _texts(facets, title, number)


def _codes(facets: Facets, title: str) -> Constraint:
    first, last = facets.codes[0], facets.codes[-1]
    tried = [Trial("code/first", first)]
    if last != first:
        tried.append(Trial("code/last", last))
    unknown = next(text for text in ("8", "88", "ZZ") if text not in facets.codes)
    tried.append(Trial("code/unknown", unknown, "code/unknown"))
    return Constraint("codes", 5, f"{title} is one of {', '.join(facets.codes)}.", tuple(tried))


def _dates(title: str) -> Iterator[Constraint]:
    tried = [
        Trial("date/day", "20260302", form="102"),
        Trial("date/leap-day", "20240229", form="102"),
        Trial("date/utc", "20260302101500Z", form="304"),
        Trial("date/offset", "20260302235959-05", form="304"),
    ]
    wrong = (
        ("before-2000", "19991231", "102"),
        ("letter", "2026030A", "102"),
        ("seven-digits", "2026032", "102"),
        ("no-zone", "20260302101500", "304"),
        ("zone-with-minutes", "20260302101500+0000", "304"),
        ("no-seconds", "202603021015Z", "304"),
    )
    tried += [Trial(f"date/{name}", text, "value/datetime", form) for name, text, form in wrong]
    yield Constraint(
        "date",
        1,
        f"{title} is 20YYMMDD, or with HHMMSS and a zone of Z or sign and two digits.",
        tuple(tried),
    )
    wrong = (
        ("30-february", "20260230", "102"),
        ("month-13", "20261301", "102"),
        ("29-february-in-a-common-year", "20260229", "102"),
        ("hour-24", "20260302240000Z", "304"),
        ("minute-60", "20260302106000Z", "304"),
        ("zone-15", "20260302101500+15", "304"),
    )
    good = Trial("calendar/last-second", "20261231235959Z", form="304")
    yield Constraint(
        "calendar", 1, f"{title} is a day and a time that exist.",
        (good, *(Trial(f"calendar/{name}", text, "date/impossible", form) for name, text, form in wrong)),
    )  # fmt: skip
    yield Constraint(
        "form", 1, f"{title} has the form that its formatCode says.",
        (Trial("form/as-said", "20260302101500Z", form="304"),
         Trial("form/time-as-102", "20260302101500Z", "date/form", "102"),
         Trial("form/day-as-304", "20260302", "date/form", "304")),
    )  # fmt: skip


def _decimals(facets: Facets, title: str) -> Iterator[Constraint]:
    yield Constraint(
        "number", 1, f"{title} is a decimal number without exponent.",
        (Trial("number/one", "1"), Trial("number/zero", "0"), Trial("number/plus", "+1"),
         Trial("number/minus", "-1"), Trial("number/blanks-around", " 1 "),
         Trial("number/letter", "1A", "number/malformed"), Trial("number/exponent", "1E1", "number/malformed"),
         Trial("number/comma", "1,5", "number/malformed"), Trial("number/hex", "0x1", "number/malformed"),
         Trial("number/not-a-number", "NaN", "number/malformed"), Trial("number/empty", "", "number/malformed")),
    )  # fmt: skip
    if facets.digits is None:
        return
    digits, decimals = facets.digits, facets.decimals
    most = "9" * (digits - decimals) + ("." + "9" * decimals if decimals else "")
    yield Constraint(
        "digits", 1, f"{title} has at most {digits} digits.",
        (Trial("digits/max", most), Trial("digits/zeros-in-front", "00" + most),
         Trial("digits/too-many", "9" * (digits + 1), "number/digits")),
    )  # fmt: skip
    told = f"at most {decimals} digits after the point" if decimals else "no digits after the point"
    inside = "0." + "1" * decimals if decimals else "1.0"
    yield Constraint(
        "decimals", 1, f"{title} has {told}.",
        (Trial("decimals/max", inside), Trial("decimals/zeros-behind", inside + "00"),
         Trial("decimals/too-many", "0." + "1" * (decimals + 1), "number/fraction")),
    )  # fmt: skip


def _texts(facets: Facets, title: str, number: int) -> Iterator[Constraint]:
    if facets.most is not None:
        yield _lengths(facets, title, number)
    if facets.visible:
        yield _visible(facets, title)
    if facets.letters != "an":
        word = "letters" if facets.letters == "a" else "digits"
        size = facets.most or 1
        wrong = sized(facets, size - 1, number) + ("7" if word == "letters" else "A")
        yield Constraint(
            word, 1, f"{title} is made of {word}.",
            (Trial(f"{word}/all", sized(facets, size, number)), Trial(f"{word}/other", wrong, f"value/{word}")),
        )  # fmt: skip


def _lengths(facets: Facets, title: str, number: int) -> Constraint:
    least, most = facets.least, facets.most or 0
    tried = [
        Trial("length/max", sized(facets, most, number)),
        Trial("length/too-long", sized(facets, most + 1, number), "length/long"),
    ]
    if facets.letters == "an":
        tried.append(Trial("length/in-characters", "é" * most))
    if least != most:
        tried.append(Trial("length/one", sized(facets, 1, number)))
    if least and least == most and least > 1:
        tried.append(Trial("length/too-short", sized(facets, least - 1, number), "length/short"))
    if least == 1 or (least == most == 1):
        tried.append(Trial("length/empty", "", "length/short"))
    if not least and not facets.visible:
        tried.append(Trial("length/empty", ""))
    words = f"exactly {most}" if least == most else f"{least} to {most}" if least else f"at most {most}"
    return Constraint("length", 1, f"{title} has {words} character{'s' * (most != 1)}.", tuple(tried))


def _visible(facets: Facets, title: str) -> Constraint:
    tried = [
        Trial("visible/one-sign", "."),
        Trial("visible/blank", " ", "value/blank"),
        Trial("visible/empty", "", "value/blank"),
    ]
    if (facets.most or 3) >= 3:
        if facets.base == "string":
            tried.append(Trial("visible/line-break", "A\nB", "value/linebreak"))
        else:
            tried.append(Trial("visible/line-break-is-a-blank", "A\nB"))
        tried.append(Trial("visible/blank-inside", "A B"))
    return Constraint("visible", 1, f"{title} is one line with something to see.", tuple(tried))
