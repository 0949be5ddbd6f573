"""Why a byte cannot begin a token: the words for a text that breaks off or goes wrong."""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.finding import Span
from gateway.formats.json.faults import shown
from gateway.formats.json.tokens import BLANKS

_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+')
_NAN = re.compile(rb"[-+]?(?:NaN|Infinity)\b")
_NUMBER = re.compile(rb"[-+.0-9][0-9A-Za-z_.+-]*+")
_WORD = re.compile(rb"[A-Za-z_][0-9A-Za-z_.+-]*+")
_CUT = re.compile(rb"-|-?[0-9]+\.|-?[0-9]+(?:\.[0-9]+)?[eE][+-]?")


class Break(NamedTuple):
    """What stands there instead of a token."""

    problem: str
    message: str
    span: Span
    actual: str


def explain(data: bytes, at: int) -> Break:
    """Say why no token begins at `at` (blanks before it are passed over)."""
    blanks = BLANKS.match(data, at)
    at = blanks.end() if blanks is not None else at
    if data[at : at + 1] == b'"':
        return _string(data, at)
    return _other(data, at) if at < len(data) else _truncated(data)


def _other(data: bytes, at: int) -> Break:
    if (found := _NAN.match(data, at)) is not None:
        return _say("syntax/nan", "JSON has no such number", data, found.span())
    if (found := _NUMBER.match(data, at)) is not None:
        if found.end() == len(data) and _CUT.fullmatch(found[0]):
            return _truncated(data)
        return _say("syntax/number", "this is no number of JSON", data, found.span())
    if (found := _WORD.match(data, at)) is not None:
        cut = any(word.startswith(found[0]) for word in (b"true", b"false", b"null"))
        if found.end() == len(data) and cut:
            return _truncated(data)
        return _say("syntax/word", "JSON has no such word", data, found.span())
    return _say("syntax/unexpected", "no token of JSON begins here", data, (at, at + 1))


def _string(data: bytes, at: int) -> Break:
    found = _STRING.match(data, at)
    end = found.end() if found is not None else at + 1
    control = end + 1 if data[end : end + 1] == b"\\" else end
    if control >= len(data):
        return _truncated(data)
    return _say("syntax/control", "a control character inside a string", data, (control, control + 1))


def _truncated(data: bytes) -> Break:
    end = len(data)
    return Break("syntax/truncated", "the text ends inside the document", Span(end, end), "end of the text")


def _say(problem: str, message: str, data: bytes, span: tuple[int, int]) -> Break:
    raw = data[slice(*span)]
    text = raw.decode("utf-8", "backslashreplace") if raw >= b" " else f"byte {raw.hex()}"
    return Break(problem, message, Span(*span), shown(text))
