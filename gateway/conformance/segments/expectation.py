"""What must come back for one fault: the finding with its place and bytes, and the codes of the acknowledgement.

The codes stand in `edi_specs/ack_codes/`, where they go in the answer in `edi_specs/conformance/segments/<format>.toml`.
Never here: how the fault was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.model import Ack, Expect, Spot
from gateway.conformance.segments.dialect import ack_rows
from gateway.conformance.segments.tables import Composite, Element, key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conformance.segments.dialect import AckRow, Era
    from gateway.conformance.segments.draft import Draft, Line
    from gateway.conformance.segments.tables import Message, Position


def ack(spec: Message, codes: Mapping[str, str], message: str = "") -> Ack | None:
    """Give the acknowledgement of a message; nobody acknowledges an acknowledgement."""
    if spec.dialect.unanswered & {*spec.groups, spec.name}:
        return None
    return Ack(message or spec.era.answer.message, tuple(sorted(codes.items())))


def accepted(draft: Draft) -> Expect:
    """Expect a message without a finding, and an acknowledgement that says so."""
    return Expect("accepted", (), ack(draft.set, draft.set.era.answer.taken))


def refused(draft: Draft) -> Ack | None:
    """Give the acknowledgement that refuses a message, whatever the fault."""
    return ack(draft.set, draft.set.era.answer.refused)


def code_of(row: AckRow, era: Era) -> str:
    """Give what an era calls a problem."""
    return row.older if era.older_codes else row.code


def filled(templates: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """Put words into the templates of codes; one that has nothing to say is not there."""
    found = {}
    for name, template in templates.items():
        # Most say one word, and no more.
        text = words.get(template[1:-1]) if template[:1] == "{" else None
        if text is None:
            text = template.format(**words)
        if text:
            found[name] = text
    return found


def element_fault(
    draft: Draft, problem: str, where: tuple[int, int, int], size: int, at: int | None = None
) -> Expect:
    """Expect one finding at (element, component, repetition) of the line in focus.

    `size` is the length of what is wrong, `at` where it begins if not at the element.
    """
    element, component, _ = where
    line, spec = draft.line, draft.set
    begin = draft.start(draft.focus) + (line.start_of(element, component, draft.frame) if at is None else at)
    place = _place(spec, line, where, alone=at is not None and problem == "segment/trailing-separators")
    row = ack_rows(spec.dialect)[problem]
    words = {
        "id": line.id,
        "position": str(draft.position(draft.focus)),
        "place": f"{element}" + (f":{component}" if component else ""),
        "number": reference(line.place.segment.positions if line.place else (), element, component),
        "component": str(component) if component else "",
        "counted": str(element + 1),
        "code": code_of(row, spec.era),
    }
    answer = spec.era.answer
    codes = filled(answer.element if row.level == "element" else answer.segment, words)
    return _expect(spec, row, codes, Spot(_code(problem), (place,), (begin, begin + size)), place)


def _place(spec: Message, line: Line, where: tuple[int, int, int], *, alone: bool) -> str:
    element, component, repetition = where
    if spec.dialect.tables.places == "key":
        # Separators at the end of a segment belong to none of its elements.
        known = spec.segments.get(line.id) or (line.place.segment if line.place else None)
        name = key(known, element, component) if known else f"@{element}"
        return line.address if alone else f"{line.address}:{name}"
    place = f"{line.address}-{element:02}"
    if repetition > 1:
        place += f"#{repetition}"
    return f"{place}-{component}" if component else place


def line_fault(
    draft: Draft,
    problem: str,
    at: tuple[str, ...],
    index: int | None,
    span: tuple[int, int] | None,
    name: str = "",
) -> Expect:
    """Expect one finding about a whole segment: `index` is its line, None where it may be one of two."""
    spec = draft.set
    row, answer = ack_rows(spec.dialect)[problem], spec.era.answer
    moved = answer.missing_at if problem.endswith("/missing") else 0
    words = {
        "id": name,
        "position": "" if index is None else str(draft.position(index) + moved),
        "code": code_of(row, spec.era),
    }
    return _expect(spec, row, filled(answer.segment, words), Spot(_code(problem), at, span), at[0])


def _code(problem: str) -> str:
    return problem.replace("/", ".")


def _expect(spec: Message, row: AckRow, codes: dict[str, str], spot: Spot, where: str) -> Expect:
    answer = spec.era.answer
    if row.bad:
        return Expect("rejected", (spot,), ack(spec, {**codes, **answer.refused}), where)
    noted = answer.taken if answer.noted is None else {**codes, **answer.noted}
    return Expect("accepted", (spot,), ack(spec, noted), where)


def reference(positions: tuple[Position, ...], element: int, component: int) -> str:
    """Give the number of the data element at a position, "" where it has none of the standard's."""
    if not 0 < element <= len(positions):
        return ""
    what = positions[element - 1].what
    if isinstance(what, Composite) and 0 < component <= len(what.positions):
        what = what.positions[component - 1].what
    return what.number if isinstance(what, Element) and what.number.isdecimal() else ""
