"""Cases about the columns of a record: presence, class, codes, dates, shapes, fillers, relations.

Lives here: for each field of each record that a message brings, a pair just inside and just
outside each constraint, the record at one of its places. Never here: which records stand where
(`structure.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.expectation import doubtful, fault
from gateway.conformance.catair.trials import Constraint, Trial, constraints, filler
from gateway.conformance.model import Built, Case, Clause, Operator, salt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.catair.draft import Composer, Draft, Way
    from gateway.conformance.catair.parts import Field, Layout, Section


@dataclass(frozen=True, slots=True)
class Spotlight:
    """One field of one layout, and the places where its record may stand."""

    label: str
    layout: Layout
    field: Field
    ways: tuple[Way, ...]


class Fields:
    """The cases about fields of one message."""

    def __init__(self, suite: str, composer: Composer, seed: int) -> None:
        """Keep what the cases are made from; `suite` is `catair.SE.v40`."""
        self.suite = suite
        self.composer = composer
        self.seed = seed
        self.application = composer.message.application
        self.scope = f"cbp.{self.application.name.lower()}.{self.application.version}"

    def layouts(self) -> Iterator[tuple[str, Layout, tuple[Way, ...]]]:
        """Yield each layout that the message brings, what it is called, and where its record may stand."""
        ways = self.ways()
        for record, group in self.composer.message.layouts.items():
            if record not in self.composer.message.own or record not in ways:
                continue
            for layout in group:
                if self.composer.values.reachable(layout, group):
                    name = f"{record}[{layout.select}]" if layout.select else record
                    yield name, layout, ways[record]

    def ways(self) -> dict[str, tuple[Way, ...]]:
        """Give the places of each record at which it can be made."""
        found: dict[str, list[Way]] = {}
        for section in self.composer.message.sections:
            for way in section.walk():
                try:
                    self.composer.compose(way, 0)
                except LookupError:
                    continue
                found.setdefault(way[-1].name, []).append(way)
        return {name: tuple(ways) for name, ways in found.items()}

    def said(self) -> Iterator[tuple[Clause, Spotlight, Constraint]]:
        """Yield each clause on a field, the field, and what is tried."""
        for name, layout, ways in self.layouts():
            for one in layout.fields:
                light = Spotlight(f"{name}:{one.key}", layout, one, ways)
                if one.filler:
                    yield self._clause(light, filler(one)), light, filler(one)
                    continue
                if one.constant and one.end <= len(layout.wire):
                    continue
                for constraint in constraints(one, self.composer.values):
                    tried = self._possible(light, constraint)
                    if tried is not None:
                        yield self._clause(light, tried), light, tried

    def _possible(self, light: Spotlight, constraint: Constraint) -> Constraint | None:
        """Leave out what would choose another layout or another place for the record."""
        one = light.field
        choices = [light.layout.choice, *(way[-1].choice for way in light.ways)]
        if any(
            one.start <= choice.end and choice.start <= one.end for choice in choices if choice is not None
        ):
            reason = "these columns choose the layout: another text is another record"
            return Constraint(constraint.name, constraint.level, constraint.text, (), reason)
        numbered = [columns for way in light.ways for columns in (way[-1].count,) if columns is not None]
        if (
            any(one.start <= end and start <= one.end for start, end in numbered)
            and constraint.name == "class"
        ):
            return Constraint(
                constraint.name, constraint.level, constraint.text, (), "numbered in their order"
            )
        if self._agrees(light) and constraint.name == "shape":
            return Constraint(
                constraint.name, constraint.level, constraint.text, (), "tested by its agreement with B"
            )
        if one.turn > 1 and constraint.name == "usage" and not self._beside(light):
            return Constraint(
                constraint.name, constraint.level, constraint.text, (), "the repeat has no other field"
            )
        return constraint

    def _agrees(self, light: Spotlight) -> bool:
        """Tell whether a field repeats the filer of the block."""
        record, _, key = self.application.filer.partition(":")
        return (record, key) == (light.layout.record, light.field.key)

    def _clause(self, light: Spotlight, constraint: Constraint) -> Clause:
        return Clause(
            id=f"{self.scope}/{light.label}/{constraint.name}",
            text=constraint.text,
            source=f"CATAIR {self.application.name} {self.application.version}, record {light.layout.record}",
            force="should" if self.application.direction == "out" else "must",
            who="receiver" if self.application.direction == "out" else "sender",
            level=constraint.level,
            reason=constraint.reason,
            pair=len({trial.good for trial in constraint.tried}) == 2,
        )

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements on fields."""
        for clause, _, _ in self.said():
            yield clause

    def cases(self) -> Iterator[Case]:
        """Yield the cases of every field."""
        for clause, light, constraint in self.said():
            for trial in constraint.tried:
                name = f"{self.suite}/{light.label}/{trial.id}"
                weak = trial.problem and doubtful(self.application, trial.problem)
                yield Case(
                    id=name,
                    suite=self.suite,
                    clauses=(clause.id,),
                    level=clause.level,
                    force="should" if weak else clause.force,
                    good=trial.good,
                    make=partial(self.make, name, light, trial),
                )

    def make(self, name: str, light: Spotlight, trial: Trial) -> Built:
        """Make one case."""
        number = salt(self.seed, name)
        one = light.field
        texts = {one.key: trial.text(number)} if trial.text is not None else {}
        fitting = self._fitting(light, texts)
        way = fitting[number % len(fitting)]
        filled = self._filled(light)
        draft = self.composer.compose(way, number, layout=light.layout, filled=filled, texts=texts)
        if trial.good:
            return Built(draft.written())
        before = self.composer.compose(way, number, layout=light.layout, filled=filled)
        was = before.line.text[one.start - 1 : one.end]
        expect = fault(
            self.composer.root,
            self.application,
            trial.problem,
            f"{light.layout.record}:{one.key}",
            (f"{draft.line.address}:{one.key}",),
            None if "secret" in one.words else span_of(draft, one),
        )
        now = draft.line.text[one.start - 1 : one.end]
        return Built(draft.written(), expect, Operator(trial.id.replace("/", "."), light.label, was, now))

    def _filled(self, light: Spotlight) -> tuple[str, ...]:
        """Give the fields that stand beside the trial: a repeat that is looked at is not blank."""
        one = light.field
        if not one.filler:
            return (one.key, *self._beside(light))
        return tuple(
            each.key for each in light.layout.fields if one.turn and each.turn == one.turn and not each.filler
        )

    def _fitting(self, light: Spotlight, texts: dict[str, str]) -> list[Way]:
        """Give the places whose structure holds for a header with this text.

        Where none does, the first structure is asked.
        """
        sections = self.composer.message.sections
        record = [" "] * 80
        for key, text in texts.items():
            start, _, end = key.partition("-")
            record[int(start) - 1 : int(end or start)] = text
        header = "".join(record)
        told = [section for section in sections if section.when is not None and self._heads(section, light)]
        touched = [section for section in told if self._touches(section, light.field)]
        if not touched or not texts:
            return list(light.ways)
        holding = [one for one in sections if one.when is None or one.when.choice.holds(header)] or sections[
            :1
        ]
        return [way for way in light.ways if self.composer.section(way) in holding] or list(light.ways)

    @staticmethod
    def _heads(section: Section, light: Spotlight) -> bool:
        return section.slots[0].name == light.layout.record

    @staticmethod
    def _touches(section: Section, one: Field) -> bool:
        when = section.when
        return when is not None and one.start <= when.choice.end and when.choice.start <= one.end

    @staticmethod
    def _beside(light: Spotlight) -> tuple[str, ...]:
        """Give a field that stays in a repeat when the one looked at is blank."""
        one = light.field
        if one.turn < 2:
            return ()
        others = [each.key for each in light.layout.fields if each.turn == one.turn and not each.filler]
        return tuple(key for key in others if key != one.key)[:1]


def span_of(draft: Draft, one: Field) -> tuple[int, int]:
    """Give the bytes of a field's text, of all its columns where it is blank."""
    start = draft.start(draft.focus)
    raw = draft.line.text[one.start - 1 : one.end]
    if not raw.strip(" "):
        return start + one.start - 1, start + one.end
    left = len(raw) - len(raw.lstrip(" "))
    return start + one.start - 1 + left, start + one.start - 1 + len(raw.rstrip(" "))
