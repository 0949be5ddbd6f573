"""Cases about elements: presence, length, type, codes, repetition, components.

Lives here: for each element of each segment of a set, a pair just inside and just outside each
constraint. An element that is the same wherever its segment stands has one set of cases, put
at one of these places by the seed. Never here: where segments stand (`structure.py`), what
elements have to do with each other (`notes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Operator, salt
from gateway.conformance.segments.draft import compose
from gateway.conformance.segments.expectation import accepted, element_fault
from gateway.conformance.segments.standing import content
from gateway.conformance.segments.tables import Composite, Element
from gateway.conformance.segments.trials import ADD, DROP, KEEP, LEAVE, VALUE, constraints
from gateway.conformance.segments.values import together, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.segments.draft import Draft, Line
    from gateway.conformance.segments.tables import Message, Place, Position
    from gateway.conformance.segments.trials import Constraint, Trial

Target = tuple["Place", ...]
_ALONE = "the composite has no other component: without it the whole is missing"


@dataclass(frozen=True, slots=True)
class Spotlight:
    """One element (with `component` one of its components) and every place where it is alike."""

    label: str
    targets: tuple[Target, ...]
    at: int
    component: int

    @property
    def position(self) -> Position:
        """What the tables say of it."""
        position = self.targets[0][-1].segment.positions[self.at - 1]
        if self.component and isinstance(position.what, Composite):
            return position.what.positions[self.component - 1]
        return position


def targets_of(spec: Message) -> dict[str, list[Target]]:
    """Give every place of each segment id, each as the way to it."""
    found: dict[str, list[Target]] = {}
    for way, place in spec.walk():
        found.setdefault(place.segment.id, []).append((*way, place))
    return found


def label(name: str, alike: list[Target], *, everywhere: bool) -> str:
    """Name a segment in an id: by its own id where it is the same everywhere, else by its way."""
    return name if everywhere else "/".join(step.step for step in alike[0])


class Elements:
    """The cases of one message. `suite` is `x12.309.004010`."""

    def __init__(self, suite: str, spec: Message, seed: int) -> None:
        """Keep what the cases are made from; nothing is made yet."""
        self.suite = suite
        self.spec = spec
        self.seed = seed

    def spotlights(self) -> Iterator[Spotlight]:
        """Yield each element that is described, those of composites after it."""
        for name, targets in targets_of(self.spec).items():
            size = max(len(target[-1].segment.positions) for target in targets)
            for at in range(1, size + 1):
                groups: dict[Position, list[Target]] = {}
                for target in targets:
                    groups.setdefault(target[-1].segment.positions[at - 1], []).append(target)
                for position, alike in groups.items():
                    where = f"{label(name, alike, everywhere=len(groups) == 1)}-{at:02}"
                    yield Spotlight(where, tuple(alike), at, 0)
                    if isinstance(position.what, Composite) and position.usage != "N":
                        for inner in range(1, len(position.what.positions) + 1):
                            yield Spotlight(f"{where}-{inner}", tuple(alike), at, inner)

    def _said(self, light: Spotlight) -> list[tuple[Clause, Constraint]]:
        position = light.position
        what = position.what
        kind = "element" if isinstance(what, Element) else "composite"
        spec = self.spec
        whole = light.targets[0][-1].segment.positions[light.at - 1].what
        lonely = light.component and isinstance(whole, Composite) and len(whole.positions) == 1
        found = []
        for constraint in constraints(
            spec.dialect, spec.era, position, position.name or what.name, component=bool(light.component)
        ):
            one = constraint
            if lonely and one.name == "usage":
                one = replace(one, tried=(), reason=_ALONE)
            clause = Clause(
                id=f"{self.suite}/{light.label}/{one.name}",
                text=one.text,
                source=f"{self.spec.source}, {kind} {what.number}",
                force=one.force,
                level=one.level,
                reason=one.reason,
                pair=len({trial.good for trial in constraint.tried}) == 2,
            )
            found.append((clause, one))
        return found

    def clauses(self) -> Iterator[Clause]:
        """Yield what the standard says of elements, one statement each."""
        for light in self.spotlights():
            for clause, _ in self._said(light):
                yield clause

    def cases(self) -> Iterator[Case]:
        """Yield the cases of every element.

        That an element is there once and alone is shown by any good value of it, so such a case
        stands on those clauses too.
        """
        for light in self.spotlights():
            said = self._said(light)
            shown = tuple(clause.id for clause, one in said if any(_only_there(trial) for trial in one.tried))
            carrier = next((one for _, one in said for trial in one.tried if _shows(trial)), None)
            for clause, one in said:
                for trial in one.tried:
                    if carrier is not None and _only_there(trial):
                        continue
                    also: tuple[str, ...] = ()
                    if one is carrier and _shows(trial) and shown:
                        also, shown = shown, ()
                    yield self._case(light, clause, trial, also)

    def _case(self, light: Spotlight, clause: Clause, trial: Trial, also: tuple[str, ...]) -> Case:
        name = f"{self.suite}/{light.label}/{trial.id}"
        return Case(
            id=name,
            suite=self.suite,
            clauses=(clause.id, *(one for one in also if one != clause.id)),
            level=clause.level,
            force=trial.force or clause.force,
            good=trial.good,
            make=partial(self.make, name, light, trial),
        )

    def make(self, name: str, light: Spotlight, trial: Trial) -> Built:
        """Make one case: a legal set with this element in it, then the change."""
        number = salt(self.seed, name)
        draft = self._draft(light.targets[number % len(light.targets)], light, number, trial)
        line = draft.line
        was = text_at(line, light.at, light.component)
        if trial.text is not None:
            put(line, light.at, light.component, trial.text(number))
        elif trial.how == DROP:
            drop(line, light.at, light.component)
        elif trial.how == ADD:
            put(line, light.at, light.component, _any(light.position, number))
        if trial.good:
            return Built(draft.written(), accepted(draft))
        now = text_at(line, light.at, light.component)
        where = (light.at, light.component, 0)
        expect = element_fault(draft, trial.problem, where, len(now))
        return Built(draft.written(), expect, Operator(trial.id.replace("/", "."), light.label, was, now))

    def _draft(self, target: Target, light: Spotlight, number: int, trial: Trial) -> Draft:
        segment = target[-1].segment
        lacking = trial.how in {DROP, ADD, LEAVE} and not light.component
        present: set[int] = {light.at}
        if lacking:
            present = together(segment.positions, segment.notes, (), {light.at}) or set()
        draft = compose(self.spec, target, number, present)
        if draft is None:
            raise LookupError(f"no legal {self.suite} has {light.label}")
        if light.component:
            position = segment.positions[light.at - 1]
            draft.line.values[light.at - 1] = content(position, number, (), self._components(light, trial))
        return draft

    def _components(self, light: Spotlight, trial: Trial) -> set[int]:
        """Choose the components that stand beside the one looked at; one is left when it is dropped."""
        whole = light.targets[0][-1].segment.positions[light.at - 1].what
        if trial.how != DROP or not isinstance(whole, Composite):
            return {light.component}
        without = together(whole.positions, whole.notes, (), {light.component})
        if without:
            return without
        others = [at for at in range(1, len(whole.positions) + 1) if at != light.component]
        return {light.component, *others[:1]}


def _only_there(trial: Trial) -> bool:
    return trial.good and trial.how == KEEP


def _shows(trial: Trial) -> bool:
    return trial.good and trial.how == VALUE


def _any(position: Position, number: int) -> str:
    return value(position.what, number) if isinstance(position.what, Element) else "X"


def text_at(line: Line, at: int, component: int, mark: str = ":") -> str:
    """Give the text of an element or component, "" where it is cut off."""
    if at > len(line.values):
        return ""
    held = line.values[at - 1]
    if not component:
        return held if isinstance(held, str) else mark.join(held)
    parts = held if isinstance(held, list) else [held]
    return parts[component - 1] if component <= len(parts) else ""


def put(line: Line, at: int, component: int, text: str) -> None:
    """Set an element or component; the segment grows where it must."""
    line.values.extend("" for _ in range(at - len(line.values)))
    if not component:
        line.values[at - 1] = text
        return
    held = line.values[at - 1]
    parts = list(held) if isinstance(held, list) else [held]
    parts.extend("" for _ in range(component - len(parts)))
    parts[component - 1] = text
    line.values[at - 1] = parts


def drop(line: Line, at: int, component: int) -> None:
    """Take an element or component out, and the separators that would be left at the end."""
    if component:
        if at > len(line.values):
            return
        held = line.values[at - 1]
        parts = list(held) if isinstance(held, list) else [held]
        if component <= len(parts):
            parts[component - 1] = ""
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        line.values[at - 1] = parts
        return
    if at <= len(line.values):
        line.values[at - 1] = ""
    while line.values and line.values[-1] in ("", [""]):
        line.values.pop()
