"""Countries (ISO 3166-1), currencies (ISO 4217), containers (ISO 6346), legal entities (ISO 17442)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.entry import Identifier
from gateway.entry.base import Country, Currency
from gateway.rules.cbp.scope import is_us
from gateway.rules.checks import container_check_digit, is_container, lei_check_digits
from gateway.rules.codes import codes
from gateway.rules.registry import Given, doubtful, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding


@rule("iso.country", clause="iso.3166/code", about=Country)
def country_known(entry: Entry, given: Given) -> Iterator[Finding]:
    """A country is one of ISO 3166-1, or one that the authority adds to it."""
    us = is_us(entry)
    say = wrong if us else doubtful
    for path, country in given.every(Country):
        code = codes("countries").get(country)
        known = code is not None and (not us or code.says("iso") or code.says("cbp"))
        if not known:
            yield say(path, "no country of the list", expected="a code of ISO 3166-1", actual=country)


@rule("iso.currency", clause="iso.4217/code", about=Currency)
def currency_known(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A currency is one of ISO 4217, and still in use."""
    for path, currency in given.every(Currency):
        code = codes("currencies").get(currency)
        if code is None:
            yield wrong(path, "no currency of the list", expected="a code of ISO 4217", actual=currency)
        elif not code.stands(given.on):
            dates = f"{code.since or ''} to {code.until or ''}".strip()
            yield doubtful(path, "a currency that is not in use", expected=dates, actual=currency)


@rule("iso.container", clause="iso.6346/check-digit", about="equipment")
def container_number(entry: Entry) -> Iterator[Finding]:
    """A container number ends with the check digit of the rest."""
    for turn, equipment in enumerate(entry.equipment):
        number = equipment.number
        if is_container(number) and number[10] != (digit := container_check_digit(number[:10])):
            yield doubtful(
                f"equipment[{turn}].number",
                "the check digit does not fit",
                expected=f"{number[:10]}{digit}",
                actual=number,
            )


@rule("iso.lei", clause="iso.17442/check-digits", about=Identifier)
def lei(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A legal entity identifier has twenty characters and ends with two check digits."""
    for path, identifier in given.every(Identifier):
        if identifier.scheme == "lei":
            digits = lei_check_digits(identifier.value[:18])
            if digits is None or identifier.value[18:] != digits:
                expected = f"{identifier.value[:18]}{digits}" if digits else "18 of A-Z 0-9 and two digits"
                yield doubtful(
                    f"{path}.value", "the check digits do not fit", expected=expected, actual=identifier.value
                )
