"""ISA, GS, GE, IEA and TA1: what their elements may be.

Lives here: the check of one envelope segment against `edi_specs/x12/envelope.csv`. Never
here: how they nest, and the numbers that must agree (`reader.py`). Security
information (ISA04) may be a password: it is never quoted in a finding.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Span
from gateway.formats.x12 import delimiters
from gateway.formats.x12.values import shown, wrong
from gateway.specs.x12_tables import Element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.finding import Finding
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.formats.x12.segment import Segment
    from gateway.segments.log import Log
    from gateway.specs.x12_envelope import EnvelopeRow

SCOPE = "x12.envelope"
_PADDED = {"ISA-02", "ISA-04", "ISA-06", "ISA-08"}
_MAY_BE_BLANK = {"ISA-02", "ISA-04"}
_DELIMITERS = {"ISA-11", "ISA-16"}
_SECRET = {"ISA-02", "ISA-04"}


def check_envelope(
    segment: Segment, rows: tuple[EnvelopeRow, ...], log: Log, into: list[Finding], position: tuple[int, ...]
) -> None:
    """Report each element of an envelope segment that is wrong.

    `position` is (interchange, group), from 1; the element's number is put behind it.
    """
    elements, addresses = segment.elements, _addresses(segment.name, len(rows))
    for number, row in enumerate(rows, 1):
        raw = elements[number] if number < len(elements) else b""
        address = addresses[number - 1]
        reason = _wrong(address, row, raw)
        if reason:
            key = f"{number:02}"
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
    if len(segment.elements) - 1 > len(rows):
        log.add(
            into,
            SCOPE,
            segment.name,
            "envelope/structure",
            f"{segment.name} has {len(segment.elements) - 1} elements, the standard knows {len(rows)}",
            span=segment.extent(),
            expected=f"{len(rows)} elements",
            actual=f"{len(segment.elements) - 1}",
            position=(*position, len(rows) + 1),
        )


@lru_cache(maxsize=64)
def _addresses(name: str, count: int) -> tuple[str, ...]:
    """Give the addresses of the elements of a segment: `ISA-01` and so on."""
    return tuple(f"{name}-{number:02}" for number in range(1, count + 1))


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
    repetition, place = delimiters.shown(isa.elements[11]), isa.place_of("11")
    if isa.elements[12] >= delimiters.REPEATS_SINCE and not marks.repetition:
        words, problem = "from 00402 on ISA11 is the repetition separator", "envelope/repetition-separator"
        yield IsaFault("ISA-11", problem, words, place, "a separator", repetition, 11)
    if (
        isa.elements[12].isdigit()
        and isa.elements[12] < delimiters.REPEATS_SINCE
        and isa.elements[11] != b"U"
    ):
        words = "before 00402 ISA11 is the standards identifier"
        yield IsaFault("ISA-11", "envelope/standards", words, place, "U", repetition, 11)
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


def _wrong(address: str, row: EnvelopeRow, raw: bytes) -> str:
    """Say what is wrong with one element, "" when nothing is."""
    if address in _DELIMITERS:
        return "" if len(raw) == 1 else "is not one character"
    text = raw.rstrip(b" ") if address in _PADDED else raw
    if not raw or (not text and address not in _MAY_BE_BLANK):
        return "is missing"
    if row.codes:
        return "" if raw.decode("latin-1") in row.codes else "is not one of its codes"
    if not text:
        return ""
    # A short ISA is one finding of its own; its ids are judged without their padding.
    shortest = 1 if address in _PADDED else row.length_min
    element = _element(row.name, row.kind, shortest, row.length_max)
    return "is not what its type allows" if wrong(element, row.name, text) else ""


@lru_cache(maxsize=256)
def _element(name: str, kind: str, least: int, most: int) -> Element:
    """Give an element of an envelope as those of a set are judged."""
    return Element(number="", name=name, kind=kind, length_min=least, length_max=most)


def _expected(row: EnvelopeRow) -> str:
    length = (
        f"{row.length_min}" if row.length_min == row.length_max else f"{row.length_min} to {row.length_max}"
    )
    return f"{row.kind}, length {length}"
