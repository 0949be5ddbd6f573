"""ISA, GS, GE, IEA and TA1: what their elements may be.

Lives here: the check of one envelope segment against `edi_specs/x12/envelope.csv`. Never
here: how they nest, and the numbers that must agree (`reader.py`). Security
information (ISA04) may be a password: it is never quoted in a finding.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Span
from gateway.formats.x12 import delimiters
from gateway.formats.x12.values import shown, wrong
from gateway.specs.x12_envelope import envelope
from gateway.specs.x12_tables import Element

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.finding import Finding
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.formats.x12.segment import Segment
    from gateway.segments.log import Log
    from gateway.specs.x12_envelope import EnvelopeRow

SCOPE = "x12.envelope"
PADDED = {"ISA-02", "ISA-04", "ISA-06", "ISA-08"}
MAY_BE_BLANK = {"ISA-02", "ISA-04"}
_DELIMITERS = {"ISA-11", "ISA-16"}
_SECRET = {"ISA-02", "ISA-04"}


def check_envelope(
    segment: Segment, checks: Checks, log: Log, into: list[Finding], position: tuple[int, ...]
) -> None:
    """Report each element of an envelope segment that is wrong.

    `position` is (interchange, group), from 1; the element's number is put behind it.
    """
    elements = segment.elements
    for number, one in enumerate(checks, 1):
        raw = elements[number] if number < len(elements) else b""
        # What is one of its codes is right, as most of an envelope is.
        reason = "" if raw in one.codes else _wrong(one, raw)
        if reason:
            row, address, key = one.row, one.address, f"{number:02}"
            actual = "a value that is not shown" if address in _SECRET else shown(raw)
            log.add(
                into,
                SCOPE,
                address,
                row.problem,
                f"{row.name} {reason}",
                span=segment.place_of(key),
                expected=" ".join(sorted(row.codes)) if row.codes else _expected(row),
                actual=actual,
                position=(*position, number),
            )
    if len(segment.elements) - 1 > len(checks):
        log.add(
            into,
            SCOPE,
            segment.name,
            "envelope/structure",
            f"{segment.name} has {len(segment.elements) - 1} elements, the standard knows {len(checks)}",
            span=segment.extent(),
            expected=f"{len(checks)} elements",
            actual=f"{len(segment.elements) - 1}",
            position=(*position, len(checks) + 1),
        )


class Check(NamedTuple):
    """What one element of the envelope may be: its row, and what follows from it.

    `element` is it as those of a set are judged. `codes` are as they are received, none where any text may stand.
    """

    address: str
    row: EnvelopeRow
    codes: frozenset[bytes]
    element: Element


Checks = tuple[Check, ...]


@cache
def checks(root: Path) -> Mapping[str, Checks]:
    """Give what the elements of each segment of the envelope may be."""
    return {
        name: tuple(_check(f"{name}-{number:02}", row) for number, row in enumerate(rows, 1))
        for name, rows in envelope(root).items()
    }


def _check(address: str, row: EnvelopeRow) -> Check:
    # A short ISA is one finding of its own; its ids are judged without their padding.
    shortest = 1 if address in PADDED else row.length_min
    element = Element(number="", name=row.name, kind=row.kind, length_min=shortest, length_max=row.length_max)
    return Check(address, row, frozenset(code.encode("latin-1") for code in row.codes), element)


class IsaFault(NamedTuple):
    """What is wrong with an ISA as a whole: a finding of the envelope, with the element it is about or 0."""

    address: str
    problem: str
    words: str
    span: Span
    expected: str
    actual: str
    element: int = 0


def isa_faults(isa: Segment, marks: Delimiters) -> Iterator[IsaFault]:
    """Yield what the length of an ISA, its separators and what follows it have wrong."""
    length = isa.end + 1 - isa.start
    if length != delimiters.ISA_BYTES:
        words, actual = f"the ISA has {length} bytes", f"{length} bytes"
        yield IsaFault("ISA", "envelope/length", words, isa.extent(), f"{delimiters.ISA_BYTES} bytes", actual)
    repetition, version = isa.elements[11:13]
    if version >= delimiters.REPEATS_SINCE and not marks.repetition:
        words, problem = "from 00402 on ISA11 is the repetition separator", "envelope/repetition-separator"
        actual = delimiters.shown(repetition)
        yield IsaFault("ISA-11", problem, words, isa.place_of("11"), "a separator", actual, 11)
    if version.isdigit() and version < delimiters.REPEATS_SINCE and repetition != b"U":
        words, actual = "before 00402 ISA11 is the standards identifier", delimiters.shown(repetition)
        yield IsaFault("ISA-11", "envelope/standards", words, isa.place_of("11"), "U", actual, 11)
    end = isa.end + 1 + len(marks.extra)
    if marks.extra:
        words, span = (
            "the segment terminator has more than one byte",
            Span(isa.base + isa.end, isa.base + end),
        )
        actual = delimiters.shown(marks.terminator + marks.extra)
        yield IsaFault("ISA", "envelope/segment-terminator", words, span, "one byte", actual)
    after = isa.data[end : isa.stop]
    if after:
        words = "line ends or blanks after the segment terminator"
        span = Span(isa.base + isa.stop - len(after), isa.base + isa.stop)
        yield IsaFault("ISA", "envelope/line-ends", words, span, "the next segment", delimiters.shown(after))


def _wrong(one: Check, raw: bytes) -> str:
    """Say what is wrong with one element, "" when nothing is."""
    address = one.address
    if address in _DELIMITERS:
        return "" if len(raw) == 1 else "is not one character"
    text = raw.rstrip(b" ") if address in PADDED else raw
    if not raw or (not text and address not in MAY_BE_BLANK):
        return "is missing"
    if one.codes:
        return "" if raw in one.codes else "is not one of its codes"
    return "is not what its type allows" if text and wrong(one.element, one.row.name, text) else ""


def _expected(row: EnvelopeRow) -> str:
    length = (
        f"{row.length_min}" if row.length_min == row.length_max else f"{row.length_min} to {row.length_max}"
    )
    return f"{row.kind}, length {length}"
