"""Shapes and check digits of the numbers that CBP gives or asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.entry import Identifier, Place
from gateway.rules.cbp.scope import us
from gateway.rules.checks import entry_check_digit
from gateway.rules.codes import codes
from gateway.rules.registry import Given, doubtful, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

ENTRY_NUMBER = re.compile(r"(?!000)[A-Z0-9]{3}[0-9]{8}")
_PARTY_SHAPES = {
    "irs": (re.compile(r"[0-9]{2}-[0-9]{7}(?:[A-Z0-9]{2})?"), "NN-NNNNNNN, or with a suffix of two"),
    "ssn": (re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}"), "NNN-NN-NNNN"),
    "cbp": (re.compile(r"[0-9]{6}-[0-9]{5}"), "YYDDPP-NNNNN"),
}
_MID = re.compile(r"[A-Z]{2}[A-Z0-9]{6,13}")
_PLACE_SHAPES = {
    "firms": (re.compile(r"[A-Z0-9]{4}"), "four letters or digits"),
    "schedule-d": (re.compile(r"[0-9]{3,4}"), "four digits, three for a Canadian port"),
    "schedule-k": (re.compile(r"[0-9]{5}"), "five digits"),
    "unlocode": (re.compile(r"[A-Z]{2} ?[A-Z2-9]{3}"), "country and three letters or digits"),
}


@rule("cbp.entry-number.shape", clause="cbp.numbers/entry-number", of=us, about="number")
def entry_number_shape(entry: Entry) -> Iterator[Finding]:
    """An entry number is a filer code of three, seven digits and a check digit."""
    if entry.number is not None and not ENTRY_NUMBER.fullmatch(entry.number):
        yield wrong(
            "number", "no entry number", expected="filer 3, number 7, check digit", actual=entry.number
        )


@rule("cbp.entry-number.check-digit", clause="cbp.numbers/entry-number-check-digit", of=us, about="number")
def entry_number_check_digit(entry: Entry, given: Given) -> Iterator[Finding]:
    """The last digit of an entry number is computed from the rest and the filer's offset."""
    number = entry.number
    if number is None or not ENTRY_NUMBER.fullmatch(number):
        return
    expected = entry_check_digit(number[:10], _offset(number[:3], given))
    if number[10] != expected:
        yield wrong(
            "number", "the check digit does not fit", expected=f"{number[:10]}{expected}", actual=number
        )


def _offset(filer: str, given: Given) -> int:
    text = given.profile.get(f"check_digit_offset.{filer}", given.profile.get("check_digit_offset", "0"))
    return int(text) if text in set("0123456789") else 0


@rule("cbp.entry-number.filer", clause="cbp.numbers/filer", about="number")
def filer_of_number(entry: Entry) -> Iterator[Finding]:
    """The number belongs to the filer that files it."""
    if entry.number is None or entry.broker is None or not ENTRY_NUMBER.fullmatch(entry.number):
        return
    for turn, identifier in enumerate(entry.broker.identifiers):
        if identifier.scheme == "filer" and identifier.value != entry.number[:3]:
            yield doubtful(
                f"broker.identifiers[{turn}].value",
                "the filer is not the one of the entry number",
                expected=entry.number[:3],
                actual=identifier.value,
            )


@rule(
    "cbp.earlier-entry.number",
    clause="cbp.numbers/entry-number-check-digit",
    of=us,
    about=("warehouse_entry", "releases"),
)
def earlier_entry_numbers(entry: Entry) -> Iterator[Finding]:
    """Entries that this one cites have numbers that can be right."""
    cited = [("warehouse_entry", entry.warehouse_entry)]
    cited += [(f"releases[{turn}]", number) for turn, number in enumerate(entry.releases)]
    for path, number in cited:
        if number is None:
            continue
        if not ENTRY_NUMBER.fullmatch(number):
            yield wrong(path, "no entry number", expected="filer 3, number 7, check digit", actual=number)
        elif number[10] != entry_check_digit(number[:10]):
            # The other filer's offset is not known here.
            yield doubtful(path, "the check digit does not fit a filer without offset", actual=number)


@rule("cbp.party-number.shape", clause="cbp.numbers/party-number", about=Identifier)
def party_number_shape(_entry: Entry, given: Given) -> Iterator[Finding]:
    """Numbers of US parties keep their hyphens and their lengths."""
    for path, identifier in given.every(Identifier):
        if identifier.scheme in _PARTY_SHAPES:
            pattern, expected = _PARTY_SHAPES[identifier.scheme]
            if not pattern.fullmatch(identifier.value):
                # A social security number is never repeated in a message.
                actual = "not shown" if identifier.scheme == "ssn" else identifier.value
                yield wrong(f"{path}.value", "no such number", expected=expected, actual=actual)


@rule("cbp.mid.shape", clause="cbp.numbers/mid", about=Identifier)
def mid_shape(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A manufacturer id is 8 to 15 letters and digits, its country (or Canadian province) first."""
    for path, identifier in given.every(Identifier):
        if identifier.scheme != "mid":
            continue
        value = identifier.value
        country = codes("countries").get(value[:2])
        if not _MID.fullmatch(value):
            yield wrong(f"{path}.value", "no manufacturer id", expected="8 to 15 of A-Z 0-9", actual=value)
        elif value.startswith("CA"):
            yield wrong(
                f"{path}.value", "Canada is written as its province", expected="XA to XY", actual=value[:2]
            )
        elif not (country and country.says("cbp")) and value[:2] not in codes("canadian_provinces"):
            yield wrong(f"{path}.value", "begins with no country", expected="a country", actual=value[:2])


@rule("cbp.filer.shape", clause="cbp.numbers/filer", about=Identifier)
def filer_shape(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A filer code is three letters or digits."""
    for path, identifier in given.every(Identifier):
        if identifier.scheme == "filer" and not re.fullmatch(r"[A-Z0-9]{3}", identifier.value):
            yield wrong(
                f"{path}.value", "no filer code", expected="three letters or digits", actual=identifier.value
            )


@rule("cbp.place.shape", clause="cbp.numbers/places", about=Place)
def place_shape(_entry: Entry, given: Given) -> Iterator[Finding]:
    """Codes of ports and facilities have the lengths of their lists."""
    for path, place in given.every(Place):
        if place.code is not None and place.scheme in _PLACE_SHAPES:
            pattern, expected = _PLACE_SHAPES[place.scheme]
            if not pattern.fullmatch(place.code):
                yield wrong(f"{path}.code", f"no {place.scheme} code", expected=expected, actual=place.code)
