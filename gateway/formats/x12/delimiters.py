"""The delimiters of one interchange, as its own ISA says them.

Lives here: how an ISA of any length is cut, and what follows a terminator. Never here: what
the ISA's elements mean (`envelope.py`). Nothing is assumed: any byte may be a delimiter as long
as all of them differ and none can be part of a name or number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gateway.formats.x12 import GAP

ISA_ELEMENTS = 16
ISA_BYTES = 106
# An ISA whose ids are not padded is shorter than 106 bytes, one that was padded wrongly is longer.
ISA_BYTES_MAX = 512
REPEATS_SINCE = b"00402"
# Longer ones are the blanks of one file.
_LINE_END_BYTES_MAX = 8
_CONTINUATION = range(0x80, 0xC0)
_LEAD = range(0xC2, 0xF5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """One byte each; `repetition` is empty before control version 00402.

    `extra` are bytes that go on after the terminator's first one, in files whose terminator
    is a character of several bytes in UTF-8. `line_end` is what stands between a terminator
    and the next segment throughout the interchange: `extra`, line ends, nothing. `gap` has the bytes
    that may stand there.
    """

    element: bytes = b"*"
    component: bytes = b":"
    repetition: bytes = b""
    terminator: bytes = b"~"
    extra: bytes = b""
    line_end: bytes = b""
    gap: bytes = GAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A cut ISA: `end` is its terminator, `stop` the byte after it."""

    elements: list[bytes]
    delimiters: Delimiters
    start: int
    end: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadHeader:
    """Why an ISA gives no delimiters: the finding's problem and the place of it."""

    problem: str
    address: str
    message: str
    start: int
    stop: int


def cut_header(data: bytes, start: int) -> Header | BadHeader:
    """Cut the ISA that begins at `start`; ISA16 and the terminator are found by counting separators."""
    head = data[start : start + ISA_BYTES_MAX]
    separator = head[3:4]
    pieces = head.split(separator, ISA_ELEMENTS) if separator else []
    if len(pieces) != ISA_ELEMENTS + 1 or len(pieces[-1]) < 2:
        problem = "end-of-file" if len(head) < ISA_BYTES_MAX else "structure"
        return BadHeader(
            problem=f"envelope/{problem}",
            address="ISA",
            message="the ISA has not 16 elements and a terminator",
            start=start,
            stop=min(len(data), start + len(head)),
        )
    end = start + len(head) - len(pieces[-1]) + 1
    elements = [*pieces[1:-1], pieces[-1][:1]]
    delimiters = _delimiters(data, separator, elements, end)
    bad = _clash(delimiters)
    if bad:
        address, problem, message = bad
        return BadHeader(problem=problem, address=address, message=message, start=start, stop=end + 1)
    return Header(elements=elements, delimiters=delimiters, start=start, end=end, stop=end + 1)


def _delimiters(data: bytes, separator: bytes, elements: list[bytes], end: int) -> Delimiters:
    repetition = elements[10] if elements[11] >= REPEATS_SINCE else b""
    # A letter here is the old standards identifier left in place: `U`, seen as `V` too.
    if len(repetition) != 1 or repetition.isalnum() or repetition == b" ":
        repetition = b""
    extra = b""
    if data[end] in _LEAD:
        stop = end + 1
        while stop < len(data) and stop < end + 4 and data[stop] in _CONTINUATION:
            stop += 1
        extra = data[end + 1 : stop]
    gap = GAP + extra
    stop = end + 1
    while stop < len(data) and data[stop] in gap and data[stop] != data[end]:
        stop += 1
    made = _made if stop - end <= _LINE_END_BYTES_MAX else _made.__wrapped__
    return made(separator, elements[15], repetition, data[end : end + 1], extra, data[end + 1 : stop])


@lru_cache(maxsize=64)
def _made(
    element: bytes, component: bytes, repetition: bytes, terminator: bytes, extra: bytes, line_end: bytes
) -> Delimiters:
    """Give the same object for the same bytes: much is known by it."""
    return Delimiters(
        element=element,
        component=component,
        repetition=repetition,
        terminator=terminator,
        extra=extra,
        line_end=line_end,
        gap=bytes(byte for byte in GAP + extra if byte != terminator[0]),
    )


def _clash(delimiters: Delimiters) -> tuple[str, str, str] | None:
    """Name the first delimiter that cannot be one: (address, problem, message)."""
    named = (
        ("ISA", "envelope/element-separator", delimiters.element),
        ("ISA-16", "envelope/component-separator", delimiters.component),
        ("ISA-11", "envelope/repetition-separator", delimiters.repetition),
        ("ISA", "envelope/segment-terminator", delimiters.terminator),
    )
    seen: set[bytes] = set()
    for address, problem, byte in named:
        if not byte:
            continue
        if byte.isalnum() or byte == b" ":
            return address, problem, f"{shown(byte)} cannot be a delimiter"
        if byte in seen:
            return address, problem, f"{shown(byte)} is two delimiters at once"
        seen.add(byte)
    return None


def shown(raw: bytes) -> str:
    """Give bytes for a message: quoted when they can be printed, in hex when not."""
    if raw and all(0x20 <= byte < 0x7F for byte in raw):
        return f"'{raw.decode('ascii')}'"
    return "hex " + raw.hex(" ") if raw else "nothing"
