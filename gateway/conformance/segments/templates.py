"""Texts of a table with something made in them: `{digits most-1}.5`, and the conditions that rows stand on.

Lives here: the small language of `edi_specs/conformance/segments/trials.csv`, which describes it. Never here: what is tried.
"""

from __future__ import annotations

import operator
import re
from functools import cache
from typing import TYPE_CHECKING

from gateway.conformance.segments.values import capitals, digits, legal_codes, letters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.segments.tables import Element

_MADE = re.compile(r"\{([^{}]*?)([ *<>:])(~?-?\w+)([+-]\d+)?\}")
_WHEN = re.compile(r"(~?\w+)([<>=])(~?\w+)")
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {"<": operator.lt, ">": operator.gt, "=": operator.eq}
# Control characters, and what is not ASCII.
_ILLEGAL = "\x07\xe9\x00\x1b\x7f"


@cache
def unescaped(text: str) -> str:
    """Give a text of a table with its escapes read: a byte by its two digits, or a line end."""
    return re.sub(r"\\(?:x([0-9a-f]{2})|([rn]))", lambda one: _escape(*one.groups()), text)


def _escape(number: str | None, letter: str | None) -> str:
    return chr(int(number, 16)) if number else {"r": "\r", "n": "\n"}[letter or "n"]


def size(word: str, element: Element) -> int:
    """Give a number: `least`, `most`, `~4` (4 brought inside the bounds), or itself."""
    if word.startswith("~"):
        return min(element.most, max(element.least, int(word[1:])))
    return {"least": element.least, "most": element.most}.get(word) or int(word)


def holds(when: str, element: Element) -> bool:
    """Tell whether a condition such as `least<most` holds; none always does."""
    match = _WHEN.fullmatch(when)
    if match is None:
        return True
    left, sign, right = match.groups()
    return _COMPARED[sign](size(left, element), size(right, element))


def made(text: str, element: Element, number: int) -> str:
    """Make a text for an element."""

    def one(match: re.Match[str]) -> str:
        what, how, word, more = match.groups()
        if what == "code":
            return legal_codes(element)[int(word)]
        length = size(word, element) + int(more or 0)
        return _SHAPES[how](what, length) if how != " " else _MAKERS[what](length, number)

    return _MADE.sub(one, unescaped(text))


def _spoilt(length: int, number: int) -> str:
    at = number % length
    text = letters(length, number)
    return text[:at] + _ILLEGAL[number % len(_ILLEGAL)] + text[at + 1 :]


_MAKERS: Mapping[str, Callable[[int, int], str]] = {
    "digits": digits,
    "letters": letters,
    "capitals": capitals,
    "spoilt": _spoilt,
}
_SHAPES: Mapping[str, Callable[[str, int], str]] = {
    "*": lambda text, length: text * length,
    "<": lambda text, length: text.ljust(length),
    ":": lambda text, length: text[:length],
    ">": lambda text, length: text[-length:],
}
