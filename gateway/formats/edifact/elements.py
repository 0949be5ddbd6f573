"""What a segment may hold: presence, length, type, code, components, dependencies.

Lives here: the slow check of one segment, which says exactly what is wrong and where. The
patterns of `pattern.py` accept the same segments; a test holds the two together. Never
here: where a segment may stand (`gateway.segments`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Span
from gateway.formats.edifact.cutting import split
from gateway.formats.edifact.dates import is_date
from gateway.formats.edifact.values import Wrong, shown, wrong
from gateway.specs.edifact_keys import unknown_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.formats.edifact.segment import Segment
    from gateway.specs.edifact_keys import Cell, Layout, Slot
    from gateway.specs.edifact_tables import Relation


class Fault(NamedTuple):
    """One thing wrong in a segment.

    `key` is the leaf or composite ("" for the segment). `element` and `component` count as
    CONTRL does: the tag is element 1, the first data element 2; 0 is the segment itself, or the
    whole element.
    """

    problem: str
    message: str
    key: str
    element: int
    component: int
    repetition: int
    span: Span
    expected: str
    actual: str
    repair: str | None = None


def check(
    segment: Segment, known: Layout, repairs: Callable[[str], bool], chosen: tuple[int, str] | None = None
) -> list[Fault]:
    """List what is wrong with the elements of a segment, in their order.

    `repairs` tells whether a problem is repaired in this reading; the fault then carries
    the repaired text. `chosen` is the data element, from 1, whose code chooses the place of this
    segment, and that code.
    """
    return _Check(segment, known, repairs, chosen).run()


class _Check:
    def __init__(
        self,
        segment: Segment,
        known: Layout,
        repairs: Callable[[str], bool],
        chosen: tuple[int, str] | None,
    ) -> None:
        self.segment = segment
        self.known = known
        self.repairs = repairs
        self.chosen = chosen
        self.notation = segment.notation
        self.faults: list[Fault] = []
        self.missing: set[int] = set()

    def fault(
        self, problem: str, message: str, key: str, at: tuple[int, int], span: Span, *,
        expected: str = "", actual: str = "", repetition: int = 0, repair: str | None = None,
    ) -> None:  # fmt: skip
        """Add one; `at` is (data element, component), from 1, 0 for none."""
        element, component = at
        self.faults.append(
            Fault(
                problem,
                message,
                key,
                element + 1 if element else 0,
                component,
                repetition,
                span,
                expected,
                actual or shown(self.notation.text(self.segment.data[span.start : span.end])),
                repair if self.repairs(problem) else None,
            )
        )

    def run(self) -> list[Fault]:
        segment = self.segment
        pieces = segment.elements
        self.release(segment.data[segment.start : segment.end])
        count, start, end = len(pieces), segment.start + len(pieces[0]), segment.end
        for number, slot in enumerate(self.known.slots, 1):
            raw = pieces[number] if number < count else b""
            if start < end:
                start += 1
            # Of what is absent only that which must be there is looked at; most of a segment is.
            if raw or slot.usage == "M":
                self.element(number, slot, raw, start)
                start += len(raw)
        self.tail(pieces)
        if self.known.segment.relations:
            present = [self.stands(raw) for raw in pieces[1:]]
            self.relations(self.known.segment.relations, present, 0)
        return sorted(self.faults, key=lambda fault: (fault.element, fault.component, fault.repetition))

    def release(self, raw: bytes) -> None:
        """Look at release characters: one before an ordinary character, one at the end."""
        marks = self.notation.delimiters
        if not marks.release or marks.release not in raw:
            return
        special = (
            marks.release + marks.component + marks.element + marks.terminator + self.notation.repetition
        )
        at = raw.find(marks.release)
        while at >= 0:
            following = raw[at + 1 : at + 2]
            span = Span(self.segment.start + at, min(self.segment.start + at + 2, self.segment.end))
            tag = self.segment.tag
            if not following:
                words = f"{tag} ends with a release character"
                self.fault("segment/release-at-end", words, "", (0, 0), span, expected="a character after it")
            elif following not in special:
                words = f"{tag}: a release character stands before an ordinary character"
                self.fault(
                    "segment/released", words, "", (0, 0), span, expected="a service character after it"
                )
                return
            at = raw.find(marks.release, at + 2)

    def tail(self, pieces: list[bytes]) -> None:
        """Look behind the last element that the segment has; before syntax 4 blanks at the end are only superfluous."""
        used, holds = len(pieces), self.stands if self.notation.syntax.old else bool
        while used > 1 and not holds(pieces[used - 1]):
            used -= 1
        most = len(self.known.slots)
        tag = self.segment.tag
        if used - 1 > most:
            span = Span(self.segment.element_place(most + 1).start, self.segment.end)
            words = f"{tag} has {used - 1} elements, the directory knows {most}"
            key = unknown_key(most + 1, 1, 1)
            self.fault(
                "element/too-many", words, key, (most + 1, 0), span, expected=f"at most {most} elements"
            )
        if used < len(pieces) and not self.notation.syntax.old:
            start = self.segment.start + sum(len(raw) + 1 for raw in pieces[:used]) - 1
            span = Span(start, self.segment.end)
            words = f"{tag} ends with {len(pieces) - used} separators too many"
            self.fault(
                "segment/trailing-separators", words, "", (used, 0), span, expected="no separator at the end"
            )

    def stands(self, raw: bytes) -> bool:
        """Tell whether an element has a value: blanks and separators alone are none."""
        return bool(raw.strip(b" " + self.notation.delimiters.component))

    def element(self, number: int, slot: Slot, raw: bytes, start: int) -> None:
        key = slot.cells[0].key if slot.composite is None else slot.composite.number
        if not self.stands(raw):
            if slot.usage == "M":
                self.missing.add(number)
                words = f"{self.segment.tag}: {slot.name} is missing"
                span = Span(start, start + len(raw))
                self.fault(
                    "element/missing", words, key, (number, 0), span, expected="a value", actual="nothing"
                )
            elif self.notation.delimiters.component in raw:
                self.trailing_components(number, key, slot.name, Span(start, start + len(raw)))
            return
        marks, repetition = self.notation.delimiters, self.notation.repetition
        if repetition and repetition in raw and len(split(raw, repetition, marks.release)) > 1:
            words = f"{slot.name} repeats, and may stand once"
            self.fault(
                "element/repeats", words, key, (number, 0), Span(start, start + len(raw)),
                expected="no repetition", repetition=2,
            )  # fmt: skip
            return
        parts = split(raw, marks.component, marks.release)
        if slot.composite is None:
            self.single(number, slot, raw, parts, start)
        else:
            self.composite(number, slot, parts, start)

    def single(self, number: int, slot: Slot, raw: bytes, parts: list[bytes], start: int) -> None:
        cell = slot.cells[0]
        # Blanks alone are no component, as they are no element.
        if any(part.strip(b" ") for part in parts[1:]):
            words = f"{cell.name} has {len(parts)} components, and is one element"
            span = Span(start, start + len(raw))
            self.fault("element/components", words, cell.key, (number, 0), span, expected="one value")
            return
        if len(parts) > 1:
            self.trailing_components(number, cell.key, cell.name, Span(start, start + len(raw)))
        found = wrong(cell, parts[0], self.notation) or self.elsewhere(number, cell, parts[0])
        if found is not None:
            self.wrong(found, cell.key, (number, 0), Span(start, start + len(parts[0])))

    def elsewhere(self, number: int, cell: Cell, raw: bytes) -> Wrong | None:
        """Say that a code of the list chooses another place than the one where its segment stands."""
        if self.chosen is None or self.chosen[0] != number:
            return None
        text, code = self.notation.text(raw).rstrip(" "), self.chosen[1]
        if text == code:
            return None
        return Wrong("code/unknown", f"{shown(text)} is a {cell.name} that cannot stand here", code)

    def wrong(self, found: Wrong, key: str, at: tuple[int, int], span: Span) -> None:
        """Add what is wrong with a value."""
        self.fault(found.problem, found.message, key, at, span, expected=found.expected, repair=found.repair)

    def trailing_components(self, number: int, key: str, name: str, span: Span) -> None:
        """Report separators after the last component; before syntax 4 they are only superfluous."""
        if not self.notation.syntax.old:
            words = f"{name} ends with a separator"
            self.fault(
                "segment/trailing-separators",
                words,
                key,
                (number, 0),
                span,
                expected="no separator at the end",
            )

    def composite(self, number: int, slot: Slot, parts: list[bytes], start: int) -> None:
        composite = slot.composite
        if composite is None:
            return
        whole = Span(start, start + sum(len(part) + 1 for part in parts) - 1)
        if any(part.strip(b" ") for part in parts[len(slot.cells) :]):
            most = len(slot.cells)
            words = f"{slot.name} has {len(parts)} components, at most {most} are allowed"
            self.fault(
                "element/components", words, composite.number, (number, 0), whole, expected=f"at most {most}"
            )
            return
        if len(parts) > 1 and not parts[-1]:
            self.trailing_components(number, composite.number, slot.name, whole)
        at = start
        clean = True
        for index, cell in enumerate(slot.cells):
            part = parts[index] if index < len(parts) else b""
            first = min(at, whole.end)
            if part.strip(b" "):
                found = wrong(cell, part, self.notation)
                if found is not None:
                    clean = clean and found.problem.startswith("code/")
                    self.wrong(found, cell.key, (number, index + 1), Span(first, first + len(part)))
            elif cell.usage == "M":
                words, span = f"{cell.name} is missing in {slot.name}", Span(first, first + len(part))
                self.fault(
                    "element/missing", words, cell.key, (number, index + 1), span,
                    expected="a value", actual="nothing",
                )  # fmt: skip
            at += len(part) + 1
        if clean:
            self.date(number, slot, parts, start)
        if composite.relations:
            self.relations(composite.relations, [bool(part) for part in parts], number)

    def date(self, number: int, slot: Slot, parts: list[bytes], start: int) -> None:
        """Hold a date against the code of its format."""
        if slot.composite is None or slot.composite.date is None:
            return
        value, form = slot.composite.date
        if len(parts) < max(value, form) or not parts[value - 1]:
            return
        text, code = (self.notation.text(parts[at - 1]).rstrip(" ") for at in (value, form))
        if not is_date(text, code):
            cell = slot.cells[value - 1]
            at = start + sum(len(part) + 1 for part in parts[: value - 1])
            expected = (slot.cells[form - 1].element.codes or {}).get(code, code)
            words = f"{cell.name}: {shown(text)} is no date of format {code}"
            span = Span(at, at + len(parts[value - 1]))
            self.fault("type/date", words, cell.key, (number, value), span, expected=expected)

    def relations(self, relations: Sequence[Relation], present: list[bool], inside: int) -> None:
        """Report broken dependencies between elements, or inside element `inside` between components."""
        for relation in relations:
            at = broken(relation, present)
            if not at or (not inside and at in self.missing):
                continue
            element = inside or at
            place = self.segment.element_place(element)
            slot = self.known.slots[element - 1]
            cell = slot.cells[at - 1 if inside else 0]
            key = slot.composite.number if slot.composite is not None and not inside else cell.key
            words = f"{self.segment.tag}: {_RELATION_WORDS[relation.kind]} ({relation.name})"
            where = (element, at if inside else 0)
            self.fault(f"relation/{relation.kind}", words, key, where, place, expected=relation.name)


_RELATION_WORDS = {
    "D1": "one and only one of these elements may stand",
    "D2": "these elements stand together or not at all",
    "D3": "one of these elements is needed",
    "D4": "only one of these elements may stand",
    "D5": "the first of these elements needs all the others",
    "D6": "the first of these elements needs one of the others",
    "D7": "with the first of these elements none of the others may stand",
}


def broken(relation: Relation, present: Sequence[bool]) -> int:
    """Give the position (from 1) at which a dependency is broken, 0 where it holds."""

    def has(at: int) -> bool:
        return at <= len(present) and present[at - 1]

    first, *rest = relation.positions
    stand = [at for at in relation.positions if has(at)]
    lacking = next((at for at in relation.positions if not has(at)), 0)
    others = next((at for at in rest if has(at)), 0)
    second = stand[1] if len(stand) > 1 else 0
    results = {
        "D1": second or (0 if stand else first),
        "D2": lacking if stand else 0,
        "D3": 0 if stand else first,
        "D4": second,
        "D5": lacking if has(first) else 0,
        "D6": rest[0] if has(first) and not others else 0,
        "D7": others if has(first) else 0,
    }
    return results[relation.kind]
