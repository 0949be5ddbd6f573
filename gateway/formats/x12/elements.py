"""What an element may be: presence, length, type, code, components, relations.

Lives here: the slow check of one segment, which says exactly what is wrong and where. The
patterns of `pattern.py` accept the same segments; a test holds the two together. Never
here: where a segment may stand (`gateway.segments`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Span
from gateway.formats.x12.values import shown, wrong
from gateway.specs.x12_tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.formats.x12.segment import Segment
    from gateway.specs.x12_tables import Position, Relation
    from gateway.specs.x12_tables import Segment as SegmentSpec


class Fault(NamedTuple):
    """One thing wrong in a segment. `element` counts from 1, 0 is the segment itself."""

    problem: str
    message: str
    element: int
    component: int
    repetition: int
    span: Span
    expected: str
    actual: str
    note: str = ""
    repair: str | None = None


def check(segment: Segment, spec: SegmentSpec, repairs: Callable[[str], bool]) -> list[Fault]:
    """List what is wrong with the elements of a segment, in their order.

    `repairs` tells whether a problem is repaired in this reading; the fault then
    carries the repaired text.
    """
    if spec.open:
        return []
    return _Check(segment, spec, repairs).run()


class _Check:
    def __init__(self, segment: Segment, spec: SegmentSpec, repairs: Callable[[str], bool]) -> None:
        self.segment = segment
        self.spec = spec
        self.repairs = repairs
        self.delimiters = segment.delimiters
        self.faults: list[Fault] = []
        self.missing: set[int] = set()
        # The place that is looked at: element, component, repetition, first byte.
        self.at = (0, 0, 0)
        self.start = segment.start

    def fault(
        self,
        problem: str,
        message: str,
        expected: str,
        raw: bytes,
        *,
        note: str = "",
        repair: str | None = None,
    ) -> None:
        element, component, repetition = self.at
        base = self.segment.base
        self.faults.append(
            Fault(
                problem=problem,
                message=message,
                element=element,
                component=component,
                repetition=repetition,
                span=Span(base + self.start, base + self.start + len(raw)),
                expected=expected,
                actual=shown(raw),
                note=note,
                repair=repair if self.repairs(problem) else None,
            )
        )

    def run(self) -> list[Fault]:
        pieces, end = self.segment.elements, self.segment.end
        count, start = len(pieces), self.segment.start + len(pieces[0])
        for number, position in enumerate(self.spec.positions, 1):
            raw = pieces[number] if number < count else b""
            if start < end:
                start += 1
            # Of what is absent only that which must be there is looked at; most of a segment is.
            if raw or position.usage == "M":
                self.at, self.start = (number, 0, 0), start
                self.element(position, raw)
                start += len(raw)
        self.tail(pieces)
        if self.spec.relations:
            self.relations(self.spec.relations, [bool(raw) for raw in pieces[1:]], self.element_place)
        return sorted(self.faults, key=lambda fault: (fault.element, fault.component, fault.repetition))

    def tail(self, pieces: list[bytes]) -> None:
        """Look behind the last element that the segment has."""
        used = len(pieces)
        while used > 1 and not pieces[used - 1]:
            used -= 1
        if used < len(pieces):
            number = used
            self.at = (number, 0, 0)
            self.start = self.segment.start + sum(len(raw) + 1 for raw in pieces[:used]) - 1
            self.fault(
                "segment/trailing-separators",
                f"{self.spec.name} ends with {len(pieces) - used} separators too many",
                "no separator after the last element",
                self.segment.data[self.start : self.segment.end],
            )
        most = len(self.spec.positions)
        if used - 1 > most:
            self.at = (most + 1, 0, 0)
            self.start = self.segment.offset(most + 1)
            self.fault(
                "element/too-many",
                f"{self.spec.name} has {used - 1} elements, the standard knows {most}",
                f"at most {most} elements",
                self.segment.data[self.start : self.segment.end],
            )

    def element(self, position: Position, raw: bytes) -> None:
        number = self.at[0]
        name = title(position)
        if not raw:
            if position.usage == "M":
                self.missing.add(number)
                self.fault(
                    "element/missing", f"{self.spec.name}-{number:02}, {name}, is missing", "a value", raw
                )
            return
        if position.usage == "N":
            self.fault(
                "element/not-used", f"{self.spec.name}-{number:02}, {name}, is not used here", "nothing", raw
            )
            return
        separator = self.delimiters.repetition
        turns = raw.split(separator) if separator and separator in raw else [raw]
        if len(turns) > position.repeat:
            self.fault(
                "element/repeats",
                f"{name} repeats {len(turns)} times, at most {position.repeat} are allowed",
                f"at most {position.repeat}",
                raw,
            )
            return
        for turn, one in enumerate(turns, 1):
            self.at = (number, 0, turn if len(turns) > 1 else 0)
            if isinstance(position.what, Composite):
                self.composite(position.what, one)
            else:
                self.value(position.what, name, one)
            self.start += len(one) + 1

    def composite(self, composite: Composite, raw: bytes) -> None:
        element, _, turn = self.at
        start = self.start
        parts = raw.split(self.delimiters.component)
        if len(parts) > 1 and not parts[-1]:
            self.fault(
                "element/trailing-components",
                f"{composite.name} ends with a separator",
                "no separator after the last component",
                raw,
            )
        if len(parts) > len(composite.components) and any(parts[len(composite.components) :]):
            most = len(composite.components)
            self.fault(
                "element/components",
                f"{composite.name} has {len(parts)} components, at most {most} are allowed",
                f"at most {most}",
                raw,
            )
            return
        missing: set[int] = set()
        for number, component in enumerate(composite.components, 1):
            part = parts[number - 1] if number <= len(parts) else b""
            self.at = (element, number, turn)
            name = title(component)
            if part and isinstance(component.what, Element):
                self.value(component.what, name, part, inside=True)
            elif component.usage == "M" and any(parts):
                missing.add(number)
                self.fault("element/missing", f"{name} is missing in {composite.name}", "a value", b"")
            self.start = min(self.start + len(part) + 1, start + len(raw))
        self.relations(
            composite.relations,
            [bool(part) for part in parts],
            # A component that is cut off stands where the composite ends.
            lambda at: (
                (element, at, turn),
                start + min(sum(len(part) + 1 for part in parts[: at - 1]), len(raw)),
            ),
            missing,
        )
        self.at, self.start = (element, 0, turn), start

    def value(self, element: Element, name: str, raw: bytes, *, inside: bool = False) -> None:
        """Check one value; the first thing that is wrong with it is the finding."""
        if self.delimiters.component in raw and not inside:
            self.fault("element/components", f"{name} has no components", "one value", raw)
            return
        found = wrong(element, name, raw)
        if found is not None:
            self.fault(found.problem, found.message, found.expected, raw, repair=found.repair)

    def element_place(self, number: int) -> tuple[tuple[int, int, int], int]:
        return (number, 0, 0), self.segment.offset(number)

    def relations(
        self,
        relations: Sequence[Relation],
        present: list[bool],
        place: Callable[[int], tuple[tuple[int, int, int], int]],
        missing: set[int] | None = None,
    ) -> None:
        known_missing = self.missing if missing is None else missing
        for relation in relations:
            at = broken(relation, present)
            if not at or at in known_missing:
                continue
            self.at, self.start = place(at)
            raw = b""
            if relation.kind == "E":
                raw = self.segment.elements[at] if not self.at[1] else b""
            self.fault(
                f"relation/{relation.kind}",
                f"{self.spec.name}: {_RELATION_WORDS[relation.kind].format(*_listed(relation))} ({relation.name})",
                relation.name,
                raw,
                note=relation.name,
            )


# {0} are all the elements of the note, {1} the first, {2} the others.
_RELATION_WORDS = {
    "P": "{0} stand together or not at all",
    "R": "one of {0} is needed",
    "E": "only one of {0} may stand",
    "C": "{1} needs {2}",
    "L": "{1} needs one of {2}",
}


def _listed(relation: Relation) -> tuple[str, str, str]:
    names = [f"{at:02}" for at in relation.positions]
    return ", ".join(names), names[0], ", ".join(names[1:])


def broken(relation: Relation, present: Sequence[bool]) -> int:
    """Give the position at which a relation is broken, 0 where it holds."""

    def has(at: int) -> bool:
        return at <= len(present) and present[at - 1]

    first, *rest = relation.positions
    absent = [at for at in relation.positions if not has(at)]
    stand = [at for at in relation.positions if has(at)]
    match relation.kind:
        case "P":
            return absent[0] if absent and stand else 0
        case "R":
            return 0 if stand else first
        case "E":
            return stand[1] if len(stand) > 1 else 0
        case "C":
            return next((at for at in rest if not has(at)), 0) if has(first) else 0
        case _:
            return rest[0] if has(first) and not any(map(has, rest)) else 0


def title(position: Position) -> str:
    """Give the name of an element as a message has it."""
    return position.title or position.what.name
