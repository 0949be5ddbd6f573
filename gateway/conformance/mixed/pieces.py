"""The pieces that a transmission is made of, and what can be done to one of them.

Lives here: cutting a sample and spoiling one piece, format by format. Never here: which changes are made
(`suites.py`). Every choice is a number below 100, so that the name of a case tells all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from gateway.conformance.segments.answers import marks_of
from gateway.conformance.segments.dialect import dialects
from gateway.specs import data_root

if TYPE_CHECKING:
    from gateway.conformance.segments.dialect import Dialect

Spoil = Callable[[bytes, int], bytes]

_WIDTH = 80
_LEAF = re.compile(rb"\s*<([\w:]+)[^<>]*>[^<>]*</[\w:]+>\s*")
_MEMBER = re.compile(rb'\s*"\w+": .*[^\[{],\s*', re.DOTALL)
_TEXTS = (
    b"",
    b" ",
    b"0",
    b"X",
    b"-1",
    b"1.50",
    b"20261301",
    b"x" * 300,
    b"\xc3\xa9",
    b"\x01",
    b"A B ",
    b"99999999999",
)
_COLUMNS = (b" ", b"0", b"9", b"A", b"a", b"-", b"~", b"\x07", b"    ", b"ZZZZ", b"0000", b"11  ")


@dataclass(frozen=True, slots=True)
class Cut:
    """A sample in pieces. `usable` are the places of those that can go or move; `spoil` changes one by a number."""

    pieces: Sequence[bytes]
    usable: Sequence[int]
    spoil: Mapping[str, Spoil]


@cache
def _described(form: str) -> Dialect | None:
    """Give the description of a format that is made of segments."""
    return next((one for one in dialects(data_root()) if one.name == form), None)


# Cases of one sample follow each other, and each begins at the sample as it is.
@lru_cache(maxsize=8)
def cut(form: str, data: bytes, sample: bytes) -> Cut:
    """Cut a transmission of a format; its delimiters are those of the sample that it was made from."""
    one = _described(form)
    if one is not None:
        return _segments(one, data, sample)
    pieces = data.splitlines(keepends=True)
    if form == "catair":
        if len(pieces) == 1:
            # As it goes over the wire: without line ends.
            pieces = [data[at : at + _WIDTH] for at in range(0, len(data), _WIDTH)]
        return Cut(pieces, range(len(pieces)), {"columns": _columns, "shorter": _shorter, "longer": _longer})
    leaf, spoil = (_LEAF, _MARKUP) if form == "wco" else (_MEMBER, _JSON)
    return Cut(pieces, [at for at, piece in enumerate(pieces) if leaf.fullmatch(piece)], spoil)


def _segments(one: Dialect, data: bytes, sample: bytes) -> Cut:
    marks = {name: mark.encode("latin-1") for name, mark in marks_of(one, sample).items()}
    component, element, terminator = marks["component"], marks["element"], marks["terminator"]
    pieces = re.findall(b"[^%b]*%b\\s*" % (re.escape(terminator), re.escape(terminator)), data)
    # What only announces the marks is no piece.
    skipped = not one.read["always"] and data.startswith(one.read["begin"].encode("ascii"))

    def change(piece: bytes, at: int, now: Callable[[bytes], bytes]) -> bytes:
        body, mark, rest = piece.partition(terminator)
        parts = body.split(element)
        place = 1 + at % max(1, len(parts) - 1)
        if place < len(parts):
            parts[place] = now(parts[place])
        return element.join(parts) + mark + rest

    spoil: dict[str, Spoil] = {
        "text": lambda piece, at: change(piece, at, lambda _: _TEXTS[at % len(_TEXTS)]),
        "again": lambda piece, at: change(piece, at, lambda was: was + element + was),
        "component": lambda piece, at: change(piece, at, lambda was: was + component + b"1"),
        "less": lambda piece, _: piece.rpartition(element)[0] + terminator,
        "tag": lambda piece, at: _TAGS[at % len(_TAGS)] + piece[3:],
    }
    return Cut(pieces, range(int(skipped), len(pieces)), spoil)


_TAGS = (b"ZZZ", b"REF", b"N1*", b"NAD", b"DTM", b"", b"A", b"UNS", b"SE*", b"X-Y")


def _columns(piece: bytes, at: int) -> bytes:
    now = _COLUMNS[at % len(_COLUMNS)]
    place = at * 79 // 100
    return piece[:place] + now + piece[place + len(now) :]


def _shorter(piece: bytes, at: int) -> bytes:
    line = piece.rstrip(b"\r\n")
    return line[: max(1, at * len(line) // 100)] + piece[len(line) :]


def _longer(piece: bytes, at: int) -> bytes:
    line = piece.rstrip(b"\r\n")
    return line + b"X" * (1 + at % 9) + piece[len(line) :]


def _between(piece: bytes, now: bytes) -> bytes:
    return re.sub(rb">[^<>]*<", lambda _: b">" + now + b"<", piece, count=1)


_MARKUP: Mapping[str, Spoil] = {
    "text": lambda piece, at: _between(piece, _TEXTS[at % len(_TEXTS)].replace(b"\x01", b"\t")),
    "tag": lambda piece, at: re.sub(rb"([\w]+)(?=[ >])", (b"ID", b"Name", b"TypeCode", b"Foreign")[at % 4], piece),
    "attribute": lambda piece, at: piece.replace(
        b">", (b' languageID="en">', b' unitCode="KGM">', b' currencyID="EUR">', b' x="1">')[at % 4], 1),
    "bare": lambda piece, _: re.sub(rb" [\w]+=\"[^\"]*\"", b"", piece),
    "markup": lambda piece, at: piece.replace((b"</", b">", b"<")[at % 3], b"", 1),
}  # fmt: skip
_VALUES = (b'""', b"12", b"-1.5", b"null", b"true", b'"X"', b'"' + b"x" * 300 + b'"', b"[]", b"{}", b'"2026-02-30"',
           b"1e400", b"nul", b'"\\ud800"', b'" A "')  # fmt: skip
_JSON: Mapping[str, Spoil] = {
    "text": lambda piece, at: re.sub(
        rb": .*,", lambda _: b": " + _VALUES[at % len(_VALUES)] + b",", piece, flags=re.DOTALL),
    "tag": lambda piece, at: re.sub(rb'"\w+"', (b'"number"', b'"kind"', b'"Foreign"', b'""')[at % 4], piece, count=1),
    "markup": lambda piece, at: piece.replace((b'"', b":", b",")[at % 3], b"", 1),
}  # fmt: skip
