"""GS1 numbers (GLN, GTIN, SSCC) and the DUNS number beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.entry import Identifier
from gateway.rules.checks import gs1_check_digit
from gateway.rules.registry import Given, doubtful, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

_LENGTHS = {"gln": (13,), "gtin": (8, 12, 13, 14), "sscc": (18,)}


@rule("gs1.check-digit", clause="gs1.general/check-digit", about=Identifier)
def gs1_numbers(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A GS1 number has its length and ends with its check digit."""
    for path, identifier in given.every(Identifier):
        lengths = _LENGTHS.get(identifier.scheme)
        value = identifier.value
        if lengths is None:
            continue
        if len(value) not in lengths or gs1_check_digit(value) is None:
            expected = f"{' or '.join(str(length) for length in lengths)} digits"
            yield doubtful(
                f"{path}.value", f"no {identifier.scheme.upper()}", expected=expected, actual=value
            )
        elif value[-1] != (digit := gs1_check_digit(value[:-1])):
            yield doubtful(
                f"{path}.value", "the check digit does not fit", expected=f"{value[:-1]}{digit}", actual=value
            )


@rule("duns.shape", clause="duns/shape", about=Identifier)
def duns(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A DUNS number has nine digits, thirteen with its suffix."""
    for path, identifier in given.every(Identifier):
        if identifier.scheme == "duns" and not re.fullmatch(r"[0-9]{9}(?:[0-9]{4})?", identifier.value):
            yield doubtful(
                f"{path}.value", "no DUNS number", expected="9 or 13 digits", actual=identifier.value
            )
