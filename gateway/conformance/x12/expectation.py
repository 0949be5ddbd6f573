"""What must come back for one fault in an X12 interchange.

Lives here: the finding with its place and bytes, and the codes of the 997 or 999 (of the TA1, of
AK9) that say it. The codes stand in `edi_specs/ack_codes/x12.csv`. Never here: how the fault
was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.model import Ack, Expect, Spot
from gateway.conformance.x12.tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conformance.x12.draft import Draft
    from gateway.conformance.x12.tables import AckRow, Position

FIRST_WITH_999 = "005010"
# Nobody acknowledges an acknowledgement.
NEVER_ANSWERED = "FA"


def message_for(draft: Draft) -> str:
    """Give the set that acknowledges, "" where none does."""
    if (draft.group or draft.set.groups[0]) == NEVER_ANSWERED:
        return ""
    return "997" if draft.set.release < FIRST_WITH_999 else "999"


def element_fault(
    draft: Draft,
    rows: Mapping[str, AckRow],
    problem: str,
    where: tuple[int, int, int],
    size: int,
    at: int | None = None,
) -> Expect:
    """Expect one finding at (element, component, repetition) of the line in focus.

    `size` is the length of what is wrong, `at` where it begins if not at the element.
    """
    element, component, repetition = where
    line = draft.line
    begin = draft.start(draft.focus) + (line.start_of(element, component, draft.frame) if at is None else at)
    place = f"{line.address}-{element:02}"
    if repetition > 1:
        place += f"#{repetition}"
    if component:
        place += f"-{component}"
    row = rows[problem]
    spot = Spot(problem.replace("/", "."), (place,), (begin, begin + size))
    message = message_for(draft)
    code = row.code if message == "999" else row.older
    letters = "IK" if message == "999" else "AK"
    codes = {
        f"{letters}301": line.id,
        f"{letters}302": str(draft.position(draft.focus)),
    }
    if row.level == "element":
        codes[f"{letters}304"] = "8"
        codes[f"{letters}401"] = f"{element}" + (f":{component}" if component else "")
        if number := reference(line.place.segment.positions if line.place else (), element, component):
            codes[f"{letters}402"] = number
        codes[f"{letters}403"] = code
    else:
        codes[f"{letters}304"] = code
    return _expect(row, message, codes, spot, place)


def line_fault(
    draft: Draft,
    rows: Mapping[str, AckRow],
    problem: str,
    at: tuple[str, ...],
    index: int | None,
    span: tuple[int, int] | None,
    name: str = "",
) -> Expect:
    """Expect one finding about a whole segment: `index` is its line, None where it may be one of two."""
    row = rows[problem]
    spot = Spot(problem.replace("/", "."), at, span)
    message = message_for(draft)
    letters = "IK" if message == "999" else "AK"
    codes = {f"{letters}304": row.code if message == "999" else row.older}
    if index is not None:
        codes[f"{letters}302"] = str(draft.position(index))
    if name:
        codes[f"{letters}301"] = name
    return _expect(row, message, codes, spot, at[0])


def set_fault(
    draft: Draft, rows: Mapping[str, AckRow], problem: str, at: str, span: tuple[int, int] | None
) -> Expect:
    """Expect one finding about ST or SE."""
    row = rows[problem]
    message = message_for(draft)
    letters = "IK" if message == "999" else "AK"
    codes = {f"{letters}502": row.code if message == "999" else row.older}
    return _expect(row, message, codes, Spot(problem.replace("/", "."), (at,), span), at)


def _expect(row: AckRow, message: str, codes: dict[str, str], spot: Spot, where: str) -> Expect:
    bad = row.severity not in {"warning", "info"}
    letters = "IK" if message == "999" else "AK"
    codes[f"{letters}501"] = "R" if bad else "E"
    codes["AK901"] = "R" if bad else "E"
    ack = Ack(message, tuple(sorted(codes.items()))) if message else None
    return Expect("rejected" if bad else "accepted", (spot,), ack, where)


def accepted(draft: Draft) -> Expect:
    """Expect a set without a finding, and an acknowledgement that says so."""
    message = message_for(draft)
    letters = "IK" if message == "999" else "AK"
    return Expect("accepted", (), Ack(message, ((f"{letters}501", "A"), ("AK901", "A"))) if message else None)


def reference(positions: tuple[Position, ...], element: int, component: int) -> str:
    """Give the number of the data element at a position, "" where it has none of the standard's."""
    if not 0 < element <= len(positions):
        return ""
    what = positions[element - 1].what
    if isinstance(what, Composite) and 0 < component <= len(what.positions):
        what = what.positions[component - 1].what
    return what.number if isinstance(what, Element) and what.number.isdecimal() else ""
