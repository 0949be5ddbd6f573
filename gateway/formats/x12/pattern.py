r"""One pattern for each transaction set: tells whether a whole transaction is without fault.

Lives here: the compiler from a spec to one possessive regular expression, which cannot
backtrack, and the bytes that it is tried on. Never here: what is wrong (`grammar.py` says that when the pattern fails).
Whatever the pattern accepts, the slow way accepts; a test holds the two to it.

The pattern knows one set of delimiters. A transaction is translated to it first: elements
are divided by `\x1d`, segments ended by `\x1e`, components divided by `\x1f`, repetitions by `\x1c`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.formats.x12.fields import (
    COMPONENT,
    ELEMENT,
    REPETITION,
    TERMINATOR,
    Fields,
    alternatives,
    repeated,
)
from gateway.formats.x12.shapes import has_convention, takers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Segment

# What ends badly is left to the slow way: a blank before a separator, and where there are
# components or repetitions a separator with nothing behind it. At a segment's end the pattern looks itself.
_BLANK = b" " + ELEMENT
_ENDS = tuple(
    first + second
    for first, second in (
        (b" ", COMPONENT),
        (b" ", REPETITION),
        (COMPONENT, ELEMENT),
        (COMPONENT, TERMINATOR),
        (COMPONENT, REPETITION),
    )
)
_SEGMENT_END = rb"(?<![ \x1d])\x1e"
# After so many optional places the rest of the row is looked at as a whole.
_RUN = 10


@lru_cache(maxsize=64)
def translation(delimiters: Delimiters) -> bytes:
    """Give the table for `bytes.translate` from one interchange's delimiters to ours."""
    table = bytearray(range(256))
    # A control byte that is no delimiter here must not become one.
    for byte in ELEMENT + TERMINATOR + COMPONENT + REPETITION:
        table[byte] = 0
    table[delimiters.element[0]] = ELEMENT[0]
    table[delimiters.component[0]] = COMPONENT[0]
    if delimiters.repetition:
        table[delimiters.repetition[0]] = REPETITION[0]
    table[delimiters.terminator[0]] = TERMINATOR[0]
    return bytes(table)


def plain(raw: bytes, delimiters: Delimiters, table: bytes) -> bytes:
    """Translate a transaction by `translation`; the line ends that follow each terminator are taken out."""
    if delimiters.line_end:
        raw = raw.replace(delimiters.terminator + delimiters.line_end, delimiters.terminator)
    return raw.translate(table)


def suspect(text: bytes) -> bool:
    """Tell whether a translated transaction has something at an element's end to look at."""
    # Looked for from the end: CPython then compares the rarer byte first.
    if text.rfind(_BLANK) >= 0:
        return True
    inner = COMPONENT in text or REPETITION in text
    return inner and any(pair in text for pair in _ENDS)


class Patterns:
    """The compiled patterns of one process, made when a set is first seen."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: dict[int, tuple[X12Spec, re.Pattern[bytes]]] = {}

    def get(self, spec: X12Spec) -> re.Pattern[bytes]:
        """Give the pattern of a set. Groups: ST02, SE01, SE02."""
        made = self._made.get(id(spec))
        if made is None:
            # The spec is kept beside its pattern, so its id stays its own.
            made = self._made[id(spec)] = (spec, re.compile(transaction(spec)))
        return made[1]


PATTERNS = Patterns()


def transaction(spec: X12Spec) -> bytes:
    """Write the pattern of a whole transaction from ST to the terminator of SE."""
    convention = rb"(?:\x1d[ -~]{1,35}+)?+" if has_convention(spec) else b""
    return (
        rb"ST\x1d"
        + re.escape(spec.message.encode("ascii"))
        + rb"\x1d((?! +[\x1d\x1e])[ -~]{4,9}+)"
        + convention
        + TERMINATOR
        + places(spec.body)
        + rb"SE\x1d([0-9]{1,10}+)\x1d([ -~]{4,9}+)\x1e"
    )


def places(parts: Sequence[Place]) -> bytes:
    """Write what the lines of one level accept, one after the other."""
    written: list[bytes] = []
    run: list[tuple[str, bytes]] = []
    for index, place in enumerate(parts):
        item = segment(place.segment, _elsewhere(place, parts[:index]))
        if place.loop:
            item += places(place.parts)
        if place.usage == "M":
            written.append(_run(run))
            written.append(_times(item, place))
            run = []
        else:
            run.append((place.name, _times(item, place)))
    return b"".join([*written, _run(run)])


def _run(items: Sequence[tuple[str, bytes]]) -> bytes:
    """Write optional places in a row; what is left of a long row is skipped at once if none of it comes."""
    first = b"".join(item for _, item in items[:_RUN])
    rest = items[_RUN:]
    if len(rest) < _RUN // 2:
        return first + b"".join(item for _, item in rest)
    names = alternatives(name for name, _ in rest)
    return first + b"(?:(?=" + names + rb"[\x1d\x1e])" + _run(rest) + b")?+"


def _elsewhere(place: Place, before: Iterable[Place]) -> bytes:
    """Keep a segment out of a place when a line above it takes it by its qualifier."""
    found = b""
    for at, codes in takers(place, before):
        skip = rb"(?:\x1d[^\x1d\x1e]*+){%d}\x1d" % (at - 1)
        found += b"(?!" + skip + alternatives(codes) + rb"[\x1d\x1e])"
    return found


def _times(item: bytes, place: Place) -> bytes:
    least = 1 if place.usage == "M" else 0
    most = place.count_max
    if (least, most) == (1, 1):
        return item
    if most is None:
        times = b"++" if least else b"*+"
    elif most == 1:
        times = b"?+"
    else:
        times = b"{%d,%d}+" % (least, most)
    return b"(?:" + item + b")" + times


def segment(spec: Segment, guard: bytes = b"") -> bytes:
    """Write one segment, terminator included."""
    name = spec.name.encode("ascii")
    if spec.open:
        return name + rb"(?=[\x1d\x1e])" + guard + rb"[^\x1e]*+\x1e"
    wanted = [(position.usage, repeated(position)) for position in spec.positions]
    return name + guard + Fields(wanted, spec.relations, ELEMENT, rb"\x1e").write() + _SEGMENT_END
