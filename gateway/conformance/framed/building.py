"""Transmissions built of letters: each stands for a piece of an envelope, a message, or something that is neither.

Lives here: the pieces of one sample, and putting them together with numbers and counts that are right. Never here:
which rows of letters are asked (`suites.py`). What a letter makes stands at `Maker.piece`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from gateway.conformance.segments.answers import marks_of
from gateway.conformance.segments.dialect import dialect
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Segment = list[bytes]

X12, EDIFACT = "x12", "edifact"
LETTERS = "IiGgSBUWNOTXELJHDKZV"
"""Every letter that stands for a piece."""

_TAGS = {
    X12: {"I": b"ISA", "G": b"GS", "S": b"ST", "end": b"SE", "g": b"GE", "i": b"IEA"},
    EDIFACT: {"I": b"UNB", "G": b"UNG", "S": b"UNH", "end": b"UNT", "g": b"UNE", "i": b"UNZ"},
}
# Of each header the element that has its number.
_NUMBER = {X12: {"I": 13, "G": 6, "S": 2}, EDIFACT: {"I": 5, "G": 5, "S": 1}}
# What is neither envelope nor message, or the wrong one: its segments.
_STRANGE: dict[str, dict[str, list[Segment]]] = {
    X12: {
        "T": [[b"TA1", b"000000077", b"260301", b"1200", b"A", b"000"]],
        "X": [[b"REF", b"BM", b"1"]],
        "L": [[b"zz", b"1"]],
        "H": [[b"ST"]],
        "D": [[b"ST", b"353", b"0001"]],
        "Z": [[b"B1-X", b"4", b"2"]],
    },
    EDIFACT: {
        "T": [[b"UNS", b"D"]],
        "X": [[b"RFF", b"ABE:1"]],
        "L": [[b"zz", b"1"]],
        "H": [[b"UNH"]],
        "D": [[b"UNH", b"1", b"CUSREP:D:96B:UN"]],
        "Z": [[b"B1-X", b"4", b"2"]],
    },
}
_UNKNOWN = {X12: b"187", EDIFACT: b"ZZZREP:D:96B:UN"}
_OTHER = {X12: b"309", EDIFACT: b"CUSCAR:D:96B:UN"}
_ACKNOWLEDGED: dict[str, list[Segment]] = {
    X12: [
        [b"GS", b"FA", b"A1", b"B1", b"20260710", b"0905", b"77", b"X", b"004010"],
        [b"ST", b"997", b"0001"],
        [b"AK1", b"SO", b"1"],
        [b"AK9", b"A", b"1", b"1", b"1"],
        [b"SE", b"4", b"0001"],
        [b"GE", b"1", b"77"],
    ],
    EDIFACT: [
        [b"UNH", b"77", b"CONTRL:D:3:UN"],
        [b"UCI", b"ICR0000123", b"BROKER01:ZZZ", b"GATEWAY:ZZZ", b"7"],
        [b"UNT", b"3", b"77"],
    ],
}


@dataclass(frozen=True)
class Base:
    """A sample in pieces: headers, and the segments of its first message without header and trailer."""

    form: str
    marks: dict[str, bytes]
    una: bytes
    headers: dict[str, Segment]
    body: tuple[tuple[bytes, ...], ...]


@cache
def base(form: str, name: str) -> Base:
    """Cut a sample; its messages have no released characters."""
    data = (data_root() / "fixtures" / form / name).read_bytes()
    marks = {key: mark.encode("latin-1") for key, mark in marks_of(dialect(data_root(), form), data).items()}
    una = data[:9] if data.startswith(b"UNA") else b""
    rest = data[len(una) :].replace(b"\r", b"").replace(b"\n", b"")
    cut = [one.split(marks["element"]) for one in rest.split(marks["terminator"]) if one]
    tags = _TAGS[form]
    headers = {letter: next((one for one in cut if one[0] == tags[letter]), []) for letter in "IGS"}
    first = next(at for at, one in enumerate(cut) if one[0] == tags["S"])
    last = next(at for at, one in enumerate(cut) if one[0] == tags["end"])
    body = tuple(tuple(one) for one in cut[first + 1 : last])
    if not headers["G"]:
        headers["G"] = [
            b"UNG",
            b"CUSREP",
            b"NQSC:ZZZ",
            b"GATEWAY:ZZZ",
            headers["I"][4],
            b"G1",
            b"UN",
            b"D:96B",
        ]
    return Base(form, marks, una, headers, body)


@dataclass
class Maker:
    """Puts pieces together. Numbers count up in each kind; trailers say what their headers say and what was built.

    With `same` every header of a kind has the same number.
    """

    base: Base
    same: bool = False
    segments: list[Segment] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=lambda: {"I": 0, "G": 0, "S": 0})
    sets: int = 0
    groups: int = 0
    messages: int = 0

    def built(self, letters: Iterable[str]) -> list[Segment]:
        """Give the segments that a row of letters makes."""
        for letter in letters:
            self.segments += self.piece(letter)
        return self.segments

    def piece(self, letter: str) -> list[Segment]:
        """Give the segments of one letter.

        `I` `G` open and `i` `g` close, `S` is a message, `B` one with two faults, `U` one that nobody knows, `W` one
        with the body of another, `N` one without trailer, `O` a trailer alone, `H` and `D` a header alone, `K` an
        acknowledgement; `T` a segment that may stand outside messages, the others none that may; `E` an empty one,
        `V` the announcement of delimiters.
        """
        if letter in "IG":
            return [self.header(letter)]
        if letter in "ig":
            return [self.trailer(letter)]
        if letter in "SBUWN":
            return self.message(letter)
        form = self.base.form
        others = {
            **_STRANGE[form],
            "O": [[_TAGS[form]["end"], b"5", b"0001"]],
            "K": _ACKNOWLEDGED[form],
            "E": [[b""]],
            "J": [[b"", b"A"]],
            "V": [[self.base.una[:-1]]],
        }
        return [list(one) for one in others[letter]]

    def header(self, letter: str) -> Segment:
        """Give a header with the next number of its kind."""
        segment = list(self.base.headers[letter])
        self.numbers[letter] += 0 if self.same and self.numbers[letter] else 1
        at, number = _NUMBER[self.base.form][letter], self.numbers[letter]
        wide = 9 if self.base.form == X12 and letter == "I" else 1
        segment[at] = f"{number:0{wide}}".encode()
        if letter == "I":
            self.groups = self.messages = 0
        if letter == "G":
            self.groups += 1
            self.sets = 0
        return segment

    def trailer(self, letter: str) -> Segment:
        """Give the trailer of what was opened last."""
        opened = letter.upper()
        count = self.sets if letter == "g" else self.groups
        if letter == "i" and self.base.form == EDIFACT and not self.groups:
            count = self.messages
        wide = 9 if self.base.form == X12 and letter == "i" else 1
        number = f"{self.numbers[opened]:0{wide}}"
        return [_TAGS[self.base.form][letter], str(count).encode(), number.encode()]

    def message(self, letter: str) -> list[Segment]:
        """Give a message with the next number."""
        tags, form = _TAGS[self.base.form], self.base.form
        self.sets += 1
        self.messages += 1
        self.numbers["S"] += 0 if self.same and self.numbers["S"] else 1
        number = f"{self.numbers['S']:04}".encode()
        header = list(self.base.headers["S"])
        header[_NUMBER[form]["S"]] = number
        name = 1 if form == X12 else 2
        if letter == "U":
            header[name] = _UNKNOWN[form]
        if letter == "W":
            header[name] = _OTHER[form]
        body = [list(one) for one in self.base.body]
        if letter == "B":
            body[0][1] = b"9" * 40
            del body[1]
        ended = [] if letter == "N" else [[tags["end"], str(len(body) + 2).encode(), number]]
        return [header, *body, *ended]


def written(
    base_: Base, segments: Sequence[Segment], line_ends: Sequence[bytes] = (b"",), *, announced: bool = True
) -> bytes:
    """Write segments with the marks of a sample; `line_ends` follow the terminators in turn."""
    marks = base_.marks
    out = [base_.una if announced else b""]
    for turn, one in enumerate(segments):
        out += [marks["element"].join(one), marks["terminator"], line_ends[turn % len(line_ends)]]
    return b"".join(out)


def remarked(data: bytes, was: bytes, now: bytes) -> bytes:
    """Write a text with other marks; what stands for one of the new ones already stays."""
    table = dict(zip(was, [now[at : at + 1] for at in range(len(was))], strict=True))
    return re.sub(b"[" + re.escape(was) + b"]", lambda found: table[found[0][0]], data)
