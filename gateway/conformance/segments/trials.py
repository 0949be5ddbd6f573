"""What is tried on one element, constraint by constraint: values just inside and just outside.

Lives here: the pairs for presence, codes, components and repetition, and those that the rows of
`edi_specs/conformance/segments/trials.csv` say for a type. Never here: the message around the element (`elements.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from gateway.conformance.rows import rows
from gateway.conformance.segments import templates
from gateway.conformance.segments.dialect import folder
from gateway.conformance.segments.tables import Composite, Element
from gateway.conformance.segments.values import foreign_code, legal_codes, together, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.conformance.segments.dialect import Dialect, Era
    from gateway.conformance.segments.tables import Position

# Beyond this a value is longer than what any segment may have.
LENGTH_TESTED_MAX = 4096
VALUE, DROP, ADD, KEEP, LEAVE = "value", "drop", "add", "keep", "leave"
_LEVEL = {"length": 1, "type": 1, "content": 1}


@dataclass(frozen=True, slots=True)
class Trial:
    """One change of a legal message: `id` is `length/max`, `problem` the fault it makes, "" for none.

    `how` is `value` (put what `text` makes of a number), `drop` (take it out), `add` (put a
    value where none may stand), `keep` (it is there), `leave` (it is not).
    """

    id: str
    problem: str = ""
    how: str = VALUE
    text: Callable[[int], str] | None = None
    force: str = ""

    @property
    def good(self) -> bool:
        """Tell whether the result is right."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Constraint:
    """A clause on one element, without the element's name, and what is tried on it."""

    name: str
    level: int
    text: str
    tried: tuple[Trial, ...]
    force: str = "must"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of `trials.csv`."""

    types: re.Pattern[str]
    constraint: str
    variant: str
    problem: str
    when: str
    value: str
    force: str


@cache
def _rows(root: Path) -> tuple[_Row, ...]:
    return tuple(
        _Row(
            re.compile(row["types"]),
            row["constraint"],
            row["variant"],
            row["problem"],
            row["when"],
            row["value"],
            row["force"],
        )
        for row in rows(folder(root) / "trials.csv")
    )


@cache
def _of_type(root: Path, kind: str) -> tuple[tuple[str, tuple[_Row, ...]], ...]:
    """Give the rows of one type, by constraint."""
    found: dict[str, list[_Row]] = {}
    for row in _rows(root):
        if row.types.fullmatch(kind):
            found.setdefault(row.constraint, []).append(row)
    return tuple((name, tuple(here)) for name, here in found.items())


def by_type(dialect: Dialect, kind: str, element: Element, word: str) -> Iterator[Constraint]:
    """Yield what the rows say for a type (`x12 AN`, `x12.envelope ISA-06.AN`)."""
    shown = f"{element.least}" if element.least == element.most else f"{element.least} to {element.most}"
    said = {"word": word, "bounds": shown, "kind": element.kind, "codes": ", ".join(element.codes or ())}
    for name, (head, *body) in _of_type(dialect.root, kind):
        text = head.value.format(**said)
        if name == "length" and element.most > LENGTH_TESTED_MAX:
            reason = f"a value of {element.most} characters is not exchanged"
            yield Constraint(name, _LEVEL[name], text, (), reason=reason)
            continue
        tried = tuple(
            Trial(row.variant, row.problem, VALUE, partial(templates.made, row.value, element), row.force)
            for row in body
            if templates.holds(row.when, element)
        )
        yield Constraint(name, _LEVEL[name], text, tried)


def constraints(
    dialect: Dialect, era: Era, position: Position, word: str, *, component: bool
) -> Iterator[Constraint]:
    """Yield every constraint on one element."""
    yield from _usage(position, word)
    what = position.what
    if position.usage == "N":
        return
    if isinstance(what, Composite):
        yield _components(dialect, era, what, word)
        return
    if what.codes is not None:
        yield _codes(dialect, what, word)
    else:
        yield from by_type(dialect, f"{dialect.name} {what.kind}", what, word)
    if component:
        return
    mark = dialect.frame.component
    yield Constraint(
        "components", 1, f"{word} is one value without components.",
        (Trial("components/in-simple", "element/components", text=lambda n: mark.join([value(what, n)] * 2)),
         Trial("components/none", how=KEEP)),
    )  # fmt: skip
    if era.repeats:
        yield _repeats(dialect, position, what, word)


def _usage(position: Position, word: str) -> Iterator[Constraint]:
    if position.usage == "M":
        yield Constraint(
            "usage", 2, f"{word} is mandatory.",
            (Trial("usage/present", how=KEEP), Trial("usage/missing", "element/missing", how=DROP)),
        )  # fmt: skip
    elif position.usage == "N":
        yield Constraint(
            "usage", 2, f"{word} is not used.",
            (Trial("usage/absent", how=LEAVE), Trial("usage/added", "element/not-used", how=ADD)),
        )  # fmt: skip


def _components(dialect: Dialect, era: Era, what: Composite, word: str) -> Constraint:
    mark = dialect.frame.component
    positions = list(enumerate(what.positions, 1))

    def usual(number: int) -> list[str]:
        there = together(what.positions, what.notes, {1}) or {1}
        return [_any(position, number) if at in there else "" for at, position in positions]

    def many(number: int) -> str:
        every = dialect.trials.too_many_components == "all"
        texts = [_any(position, number) for _, position in positions] if every else usual(number)
        return mark.join([*texts, "X"])

    def trailing(number: int) -> str:
        return mark.join(usual(number)).rstrip(mark) + mark

    tried = [
        Trial("components/all", how=KEEP),
        Trial("components/too-many", "element/components", text=many),
    ]
    if era.trailing:
        tried.append(Trial("components/trailing-separator", era.trailing, text=trailing))
    text = dialect.trials.components.format(word=word, most=len(positions))
    return Constraint("components", 1, text, tuple(tried))


def _any(position: Position, number: int) -> str:
    return value(position.what, number) if isinstance(position.what, Element) else ""


def _codes(dialect: Dialect, element: Element, word: str) -> Constraint:
    codes = legal_codes(element)
    longest = dialect.trials.foreign == "longest"
    tried = [Trial("code/first", text=lambda _: codes[0])] if codes else []
    if len(codes) > 1:
        tried.append(Trial("code/last", text=lambda _: codes[-1]))
    if foreign_code(element, 0, longest=longest) is not None:
        problem = "code/unknown" if element.closed else "code/unlisted"
        tried.append(Trial(problem, problem, text=lambda n: foreign_code(element, n, longest=longest) or ""))
    told = f"; our list is a part of the {dialect.trials.list_of}'s, another code is doubtful."
    text = f"{word} is one of the codes of element {element.number}{'.' if element.closed else told}"
    return Constraint("codes", 5, text, tuple(tried), "must" if element.closed else "should")


def _repeats(dialect: Dialect, position: Position, element: Element, word: str) -> Constraint:
    most = position.repeat
    step = 0 if dialect.trials.copies == "same" else 1

    def times(count: int) -> Callable[[int], str]:
        mark = dialect.frame.repetition
        return lambda number: mark.join(value(element, number + turn * step) for turn in range(count))

    good = Trial("repeats/max", text=times(most)) if most > 1 else Trial("repeats/once", how=KEEP)
    said = f"repeats at most {most} times" if most > 1 else "does not repeat"
    return Constraint(
        "repeats", 2, f"{word} {said}.",
        (good, Trial("repeats/too-many", "element/repeats", text=times(most + 1))),
    )  # fmt: skip
