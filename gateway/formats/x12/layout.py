"""How a segment was laid out beyond its values, as one line of text that a writer understands.

Lives here: what has to be kept so that a segment can be written again byte for byte when
only its values are known: the delimiters of an ISA, separators after the last element, line
ends that are not those of the interchange. "" is the plain way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.formats.x12 import GAP
from gateway.formats.x12.delimiters import Delimiters

if TYPE_CHECKING:
    from gateway.formats.x12.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A segment's own ways: `elements` as received where some at the end are empty, `tail` after its last element.

    `tail` None is the terminator and line end that the interchange uses throughout.
    `delimiters` are set by an ISA, for what follows it.
    """

    elements: int = 0
    tail: bytes | None = None
    delimiters: Delimiters | None = None


_PLAIN = Layout()


def layout_of(segment: Segment) -> str:
    """Give the layout of a received segment as text."""
    words = []
    elements = segment.elements
    if len(elements) > 1 and not elements[-1]:
        words.append(f"n{len(elements) - 1}")
    delimiters = segment.delimiters
    tail = segment.data[segment.end : segment.stop]
    if segment.name == "ISA":
        parts = (delimiters.element, delimiters.component, delimiters.repetition, delimiters.terminator)
        words.append("d" + "-".join(part.hex() for part in (*parts, delimiters.extra, delimiters.line_end)))
    elif tail != delimiters.terminator + delimiters.line_end:
        words.append("t" + tail.hex())
    return " ".join(words)


def parse(text: str) -> Layout:
    """Read a layout; what it does not understand is left out, as another hand may have written it."""
    if not text:
        return _PLAIN
    elements, tail, delimiters = 0, None, None
    for word in text.split():
        kind, rest = word[0], word[1:]
        try:
            if kind == "n":
                elements = int(rest)
            elif kind == "t":
                tail = bytes.fromhex(rest)
            elif kind == "d":
                element, component, repetition, terminator, extra, line_end = (
                    bytes.fromhex(part) for part in rest.split("-")
                )
                delimiters = Delimiters(
                    element=element,
                    component=component,
                    repetition=repetition,
                    terminator=terminator,
                    extra=extra,
                    line_end=line_end,
                    gap=bytes(byte for byte in GAP + extra if byte != terminator[0]),
                )
        except (ValueError, IndexError):
            # An ISA without a terminator is none.
            continue
    return Layout(elements=elements, tail=tail, delimiters=delimiters)
