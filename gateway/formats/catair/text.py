"""Text made fit for a record: upper case, CBP's characters, the width of the field.

Every change is told, so that an audit can show what was said and what was sent
(catair.md 2.2, 2.3). Numbers are never cut: one that does not fit is left out and is an
error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Severity
from gateway.specs.letters import transliterated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.specs.catair_fields import Field

_OUTSIDE = re.compile(r"[^ -~\xa2]")
_NOT_AN = re.compile(r"[^A-Z0-9 ]+")
_BLANKS = re.compile(r" {2,}")


class Fitted(NamedTuple):
    """A text that fits, and what was done to it: problem, message, severity; "" nothing."""

    text: str
    problem: str = ""
    message: str = ""
    severity: Severity = Severity.INFO


def transliterate(text: str, table: Mapping[str, str]) -> str:
    """Write a text in CBP's characters: accents off, table, `?` for what is left; upper case."""
    return transliterated(text, table, _OUTSIDE).upper()


def fits(room: Mapping[str, tuple[int, re.Pattern[str]]], values: Mapping[str, str]) -> bool:
    """Tell at one look that `fit` has nothing to change in a record; False where a closer look is needed.

    `room` is that of the record (`catair_fields.Record`).
    """
    for key, text in values.items():
        field = room.get(key) or room.get(key.partition("#")[0])
        if field is None or not text:
            continue
        width, pattern = field
        if len(text) > width or pattern.fullmatch(text) is None:
            return False
    return True


def fit(field: Field, text: str, table: Mapping[str, str]) -> Fitted:
    """Make a text fit its field."""
    if field.cls in {"N", "SN"}:
        return _number(field, text.strip(" "))
    plain = transliterate(text, table).strip(" ")
    told = Fitted(plain)
    if plain != text.upper().strip(" "):
        replaced = "?" in plain and "?" not in text
        told = Fitted(
            plain,
            "text/replaced" if replaced else "text/transliterated",
            "characters that no record may hold were written otherwise",
            Severity.WARNING if replaced else Severity.INFO,
        )
    elif plain != text.strip(" "):
        told = Fitted(plain, "text/upper-case", "lower case letters were raised")
    if field.cls in {"A", "AN"} and not field.shape and _NOT_AN.search(plain):
        cleaned = _BLANKS.sub(" ", _NOT_AN.sub(" ", plain)).strip(" ")
        told = Fitted(
            cleaned, "text/cleaned", f"{field.title} holds only letters, digits and blanks", Severity.INFO
        )
    if len(told.text) > field.width:
        kept = told.text[: field.width].rstrip(" ")
        return Fitted(
            kept, "text/cut", f"{field.title} was cut at {field.width} characters", Severity.WARNING
        )
    return told


def _number(field: Field, text: str) -> Fitted:
    if not text:
        return Fitted("")
    digits = text.lstrip("0") or "0"
    if not (text.isdigit() and text.isascii()):
        if field.shape_name == "signed" and re.fullmatch(field.shape, text):
            return Fitted(text)
        return Fitted("", "number/invalid", f"{field.title} holds digits only", Severity.ERROR)
    if len(digits) > field.width:
        message = f"{field.title} has room for {field.width} digits"
        return Fitted("", "number/too-long", message, Severity.ERROR)
    return Fitted(text[-field.width :])
