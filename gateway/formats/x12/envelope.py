"""ISA, GS, GE, IEA and TA1: what their elements may be.

Lives here: the check of one envelope segment against `edi_specs/x12/envelope.csv`. Never
here: how they nest, and the numbers that must agree (`reader.py`). Security
information (ISA04) may be a password: it is never quoted in a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12.values import shown, wrong
from gateway.specs.x12_tables import Element

if TYPE_CHECKING:
    from gateway.finding import Finding
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
    for number, row in enumerate(rows, 1):
        key = f"{number:02}"
        address = f"{segment.name}-{key}"
        raw = segment.elements[number] if number < len(segment.elements) else b""
        reason = _wrong(address, row, raw)
        if reason:
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
    element = Element(number="", name=row.name, kind=row.kind, length_min=shortest, length_max=row.length_max)
    return "is not what its type allows" if wrong(element, row.name, text) else ""


def _expected(row: EnvelopeRow) -> str:
    length = (
        f"{row.length_min}" if row.length_min == row.length_max else f"{row.length_min} to {row.length_max}"
    )
    return f"{row.kind}, length {length}"
