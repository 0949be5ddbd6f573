"""Cases about syntax notes: elements that stand together, or not (X12.6: P R E C L).

Lives here: each legal combination of a note once, and each way to break it alone while every
other note of the segment holds. Never here: single elements (`elements.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Operator, salt
from gateway.conformance.segments.draft import compose
from gateway.conformance.segments.elements import label, targets_of
from gateway.conformance.segments.expectation import accepted, element_fault
from gateway.conformance.segments.standing import content
from gateway.conformance.segments.tables import Composite
from gateway.conformance.segments.values import holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.conformance.segments.elements import Target
    from gateway.conformance.segments.tables import Message, Note, Position

WORDS = {"P": "paired", "R": "required", "E": "exclusive", "C": "conditional", "L": "list"}
_TEXTS = {
    "P": "{all} stand together or not at all.",
    "R": "At least one of {all} stands.",
    "E": "At most one of {all} stands.",
    "C": "Where {first} stands, {rest} stands too.",
    "L": "Where {first} stands, at least one of {rest} stands too.",
}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Noted:
    """One note of a segment, or of the composite at `at`, where it is the same."""

    label: str
    note: Note
    targets: tuple[Target, ...]
    at: int

    @property
    def whole(self) -> tuple[Sequence[Position], Sequence[Note]]:
        """The positions and notes that it stands among."""
        segment = self.targets[0][-1].segment
        what = segment.positions[self.at - 1].what if self.at else segment
        if not self.at or isinstance(what, Composite):
            return what.positions, what.notes  # type: ignore[union-attr]  # a segment or a composite
        return (), ()

    @property
    def places(self) -> str:
        """`N10-04+N10-05`."""
        return "+".join(
            f"{self.label}-{at}" if self.at else f"{self.label}-{at:02}" for at in self.note.positions
        )


class Notes:
    """The cases about the notes of one set."""

    def __init__(self, suite: str, spec: Message, seed: int) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.spec = spec
        self.seed = seed

    def noted(self) -> Iterator[Noted]:
        """Yield each note of each segment, and of each composite in it."""
        for name, targets in targets_of(self.spec).items():
            groups: dict[tuple[tuple[str, ...], tuple[Note, ...]], list[Target]] = {}
            for target in targets:
                segment = target[-1].segment
                usages = tuple(position.usage for position in segment.positions)
                groups.setdefault((usages, segment.notes), []).append(target)
            for alike in groups.values():
                where = label(name, alike, everywhere=len(groups) == 1)
                segment = alike[0][-1].segment
                for note in segment.notes:
                    yield Noted(where, note, tuple(alike), 0)
                for at, position in enumerate(segment.positions, 1):
                    if isinstance(position.what, Composite) and position.usage != "N":
                        for note in position.what.notes:
                            yield Noted(f"{where}-{at:02}", note, tuple(alike), at)

    def clauses(self) -> Iterator[Clause]:
        """Yield one statement for each note."""
        for noted in self.noted():
            tried = list(self.variants(noted))
            names = [f"{at:02}" for at in noted.note.positions]
            pair = len({problem == "" for _, _, problem in tried}) == 2
            yield Clause(
                id=f"{self.suite}/{noted.label}/{noted.note.text}",
                text=_TEXTS[noted.note.kind].format(
                    all=", ".join(names), first=names[0], rest=", ".join(names[1:])
                ),
                source=f"{self.spec.source}, syntax note {noted.note.text} of {noted.label}",
                pair=pair,
                reason="" if pair else "other notes of the segment leave no way to break it alone",
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of every note."""
        for noted in self.noted():
            word = WORDS[noted.note.kind]
            for variant, present, problem in self.variants(noted):
                name = f"{self.suite}/{noted.places}/{word}/{variant}"
                yield Case(
                    id=name,
                    suite=self.suite,
                    clauses=(f"{self.suite}/{noted.label}/{noted.note.text}",),
                    level=1,
                    force="must",
                    good=not problem,
                    make=partial(self.make, name, noted, present, problem),
                )

    def variants(self, noted: Noted) -> Iterator[tuple[str, frozenset[int], str]]:
        """Yield (variant, the positions that stand, problem): the legal ones, then the broken ones."""
        positions, notes = noted.whole
        note = noted.note
        for variant, wanted, absent in _legal(note):
            found = _stand(positions, notes, wanted, absent)
            if found is not None and holds(note, found):
                yield variant, frozenset(found), ""
        others = [other for other in notes if other is not note]
        for variant, wanted, absent in _broken(note):
            found = _stand(positions, others, wanted, absent)
            if found is not None and not holds(note, found) and (found or not noted.at):
                yield variant, frozenset(found), self.spec.dialect.relations[note.kind]

    def make(self, name: str, noted: Noted, present: frozenset[int], problem: str) -> Built:
        """Make one case."""
        number = salt(self.seed, name)
        target = noted.targets[number % len(noted.targets)]
        segment = target[-1].segment
        draft = compose(self.spec, target, number, {noted.at} if noted.at else ())
        if draft is None:
            raise LookupError(f"no legal {self.suite} has {noted.label}")
        positions, _ = noted.whole
        texts = [
            content(positions[at - 1], number + at) if at in present else ""
            for at in range(1, max(present, default=0) + 1)
        ]
        if noted.at:
            draft.line.values[noted.at - 1] = [str(text) for text in texts] or [""]
        else:
            draft.line.values = texts
        if not problem:
            return Built(draft.written(), accepted(draft))
        at = reported(noted.note, present)
        where = (noted.at, at, 0) if noted.at else (at, 0, 0)
        whole = draft.line.values[at - 1] if not noted.at and at <= len(draft.line.values) else ""
        size = len(whole if isinstance(whole, str) else ":".join(whole)) if noted.note.kind == "E" else 0
        expect = element_fault(draft, problem, where, size)
        stood = "+".join(f"{segment.id}-{one:02}" for one in sorted(present))
        return Built(draft.written(), expect, Operator(f"relation.{noted.note.text}", noted.label, "", stood))


def _stand(
    positions: Sequence[Position], notes: Sequence[Note], wanted: Iterable[int], absent: Iterable[int]
) -> set[int] | None:
    """Complete a choice so that the notes given hold; what is mandatory stands unless it must be absent."""
    banned = {at for at, position in enumerate(positions, 1) if position.usage == "N"} | set(absent)
    must = {at for at, position in enumerate(positions, 1) if position.usage == "M"}
    if must & set(absent):
        return None
    return _complete(notes, must | set(wanted), banned)


def _complete(notes: Sequence[Note], present: set[int], banned: set[int], depth: int = 0) -> set[int] | None:
    if present & banned or depth > 30:
        return None
    for note in notes:
        if holds(note, present):
            continue
        if note.kind == "E":
            return None
        options = [set(note.positions)] if note.kind in {"P", "C"} else [{at} for at in note.positions]
        for option in options:
            found = _complete(notes, present | option, banned, depth + 1)
            if found is not None:
                return found
        return None
    return present


def _legal(note: Note) -> Iterator[tuple[str, set[int], set[int]]]:
    """Yield (variant, must stand, must not stand) of the legal combinations."""
    every = set(note.positions)
    first, *rest = note.positions
    if note.kind == "P":
        yield "all", every, set()
        yield "none", set(), every
    elif note.kind == "R":
        for turn, at in enumerate(note.positions):
            yield f"{_ORDINALS[turn]}-alone", {at}, every - {at}
        yield "all", every, set()
    elif note.kind == "E":
        for turn, at in enumerate(note.positions):
            yield f"{_ORDINALS[turn]}-alone", {at}, every - {at}
        yield "none", set(), every
    elif note.kind == "C":
        yield "all", every, set()
        yield "condition-unmet", set(rest), {first}
        yield "none", set(), every
    else:
        for turn, at in enumerate(rest):
            yield f"{_ORDINALS[turn + 1]}-alone", {first, at}, every - {first, at}
        yield "condition-unmet", set(), {first}


def _broken(note: Note) -> Iterator[tuple[str, set[int], set[int]]]:
    """Yield (variant, must stand, must not stand) of the combinations that break the note."""
    every = set(note.positions)
    first, *rest = note.positions
    if note.kind == "P":
        for turn, at in enumerate(note.positions):
            yield f"{_ORDINALS[turn]}-missing", every - {at}, {at}
    elif note.kind == "R":
        yield "none", set(), every
    elif note.kind == "E":
        for turn, at in enumerate(rest):
            yield f"first-and-{_ORDINALS[turn + 1]}", {first, at}, every - {first, at}
    elif note.kind == "C":
        for turn, at in enumerate(rest):
            yield f"{_ORDINALS[turn + 1]}-missing", every - {at}, {at}
    else:
        yield "all-missing", {first}, set(rest)


def reported(note: Note, present: Iterable[int]) -> int:
    """Give the position that a broken note is reported at: what is missing, or what is one too many."""
    there = set(present)
    if note.kind == "E":
        return [at for at in note.positions if at in there][1]
    if note.kind == "R":
        return note.positions[0]
    if note.kind == "L":
        return note.positions[1]
    return next(at for at in note.positions if at not in there)
