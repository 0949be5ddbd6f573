"""Cases about A, B, Y and Z: their columns, what they repeat of each other, what may be missing.

Lives here: one suite for each dialect of the envelope (input, in-bond input, output). Every fault
here rejects the whole batch. Never here: the records in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.draft import Composer, control_layout, envelope_file
from gateway.conformance.catair.expectation import fault
from gateway.conformance.catair.tables import control_names, layouts
from gateway.conformance.catair.trials import constraints, filler
from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot, salt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.catair.draft import Draft
    from gateway.conformance.catair.parts import Field, Layout
    from gateway.conformance.catair.trials import Constraint, Trial

# What Z repeats of A, and Y of B.
_REPEATED = {"Z": ("A", ("2-5", "6-8", "15-20", "38-39")), "Y": ("B", ("4-7", "8-10", "11-12", "45-46"))}
# Judged by what they agree with, not alone.
_APART = {("A", "26-27"), ("B", "56"), ("B", "47-50"), ("B", "51-53"), ("B", "54-55")}
_PLACE = {"A": ("head", 0), "B": ("head", 1), "Y": ("tail", 0), "Z": ("tail", 1)}


@dataclass(frozen=True, slots=True)
class Said:
    """One statement about the envelope as a whole, and (variant, problem, place, change)."""

    where: str
    name: str
    text: str
    tried: tuple[tuple[str, str, str, Callable[[Draft], bytes | None]], ...]
    answered: bool = True


def put(draft: Draft, letter: str, key: str, text: str) -> None:
    """Write columns of a control record."""
    side, at = _PLACE[letter]
    records = getattr(draft, side)
    start, _, end = key.partition("-")
    first, last = int(start) - 1, int(end or start)
    records[at] = records[at][:first] + text.ljust(last - first)[: last - first] + records[at][last:]


def text_of(draft: Draft, letter: str) -> str:
    """Give a control record."""
    side, at = _PLACE[letter]
    return str(getattr(draft, side)[at])


def start_of(draft: Draft, letter: str) -> int:
    """Give where a control record begins."""
    side, at = _PLACE[letter]
    before = (
        draft.head[:at]
        if side == "head"
        else [*draft.head, *(line.text for line in draft.lines), *draft.tail[:at]]
    )
    return sum(map(len, before))


class Envelope:
    """The cases about the envelope around one application's message."""

    def __init__(self, suite: str, composer: Composer, seed: int) -> None:
        """Keep what the cases are made from; `suite` is `catair.envelope.in`."""
        self.suite = suite
        self.composer = composer
        self.seed = seed
        self.application = composer.message.application
        self.scope = f"cbp.batch.v23/{suite.rpartition('.')[2]}"
        self.names = control_names(composer.root)

    def _draft(self, number: int) -> Draft:
        for way in self.composer.message.sections[0].walk():
            try:
                return self.composer.compose(way, number)
            except LookupError:
                continue
        raise LookupError(self.suite)

    # -- columns ----------------------------------------------------------------------------

    def _layouts(self) -> Iterator[tuple[str, Layout]]:
        records = layouts(self.composer.root, envelope_file(self.application.direction))
        told = (" " * 10 + self.application.name).ljust(80)
        for letter in "ABYZ":
            yield letter, control_layout(records[letter], told)

    def _fields(self) -> Iterator[tuple[str, Field, Constraint, str]]:
        for letter, layout in self._layouts():
            repeated = _REPEATED.get(letter, ("", ()))[1]
            for one in layout.fields:
                if one.filler:
                    yield letter, one, filler(one), ""
                    continue
                if one.start == 1 or (letter, one.key) in _APART:
                    continue
                for constraint in constraints(one, self.composer.values):
                    reason = (
                        "judged by what it repeats"
                        if one.key in repeated
                        else self._special(letter, one, constraint)
                    )
                    yield letter, one, constraint, reason

    def _special(self, letter: str, one: Field, constraint: Constraint) -> str:
        if (letter, one.key) == ("B", "8-10") and constraint.name == "class":
            return "a filer code, judged in the header that repeats it"
        if (letter, one.key) == ("B", "11-12") and self.application.dialect == "eman":
            return "these columns choose the layout of Y"
        if (letter, one.key) == ("B", "11-12"):
            return "" if constraint.name == "usage" else "an application id, judged by its list"
        if letter in "YZ" and one.key == "13-17" and constraint.name != "usage":
            return "a count, judged by its number"
        return ""

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about the envelope."""
        for letter, one, constraint, reason in self._fields():
            yield self._clause(
                f"{letter}:{one.key}/{constraint.name}", constraint.text, constraint.level, reason
            )
        for said in self.said():
            yield self._clause(f"{said.where}/{said.name}", said.text, 1, "")

    def _clause(self, place: str, text: str, level: int, reason: str) -> Clause:
        return Clause(
            id=f"{self.scope}/{place}",
            text=text,
            source="CATAIR batch and block control, rev. 23",
            who="receiver" if self.application.direction == "out" else "sender",
            level=level,
            reason=reason,
        )

    def cases(self) -> Iterator[Case]:
        """Yield the cases about the envelope."""
        for letter, one, constraint, reason in self._fields():
            if reason:
                continue
            clause = f"{self.scope}/{letter}:{one.key}/{constraint.name}"
            for trial in constraint.tried:
                name = f"{self.suite}/{letter}:{one.key}/{trial.id}"
                force = "should" if trial.problem and self._doubtful(trial.problem) else "must"
                make = partial(self._column, name, letter, one, trial)
                yield Case(name, self.suite, (clause,), constraint.level, force, trial.good, make)
        for said in self.said():
            for variant, problem, place, change in said.tried:
                name = f"{self.suite}/{said.where}/{variant}"
                make = partial(self._whole, name, (variant, problem, place, change), said)
                yield Case(
                    name,
                    self.suite,
                    (f"{self.scope}/{said.where}/{said.name}",),
                    1,
                    "must",
                    not problem,
                    make,
                )

    def _doubtful(self, problem: str) -> bool:
        soft = problem in {"character/lower-case", "justify/left"}
        return soft or (self.application.direction == "out" and problem.startswith("code/"))

    def _column(self, name: str, letter: str, one: Field, trial: Trial) -> Built:
        number = salt(self.seed, name)
        draft = self._draft(number)
        text = self.composer.values.padded(one, self.composer.values.text(one, number + one.start))
        if not one.filler and not text_of(draft, letter)[one.start - 1 : one.end].strip():
            self._mirror(draft, letter, one, text)
        was = text_of(draft, letter)[one.start - 1 : one.end]
        if trial.text is not None:
            self._mirror(draft, letter, one, trial.text(number))
        now = text_of(draft, letter)[one.start - 1 : one.end]
        if not trial.problem:
            return Built(draft.written())
        problem = self.names.get((letter, one.key, trial.problem), trial.problem)
        at = f"{letter}:{one.key}"
        span = None if "secret" in one.words else _span(draft, letter, one)
        expect = fault(self.composer.root, self.application, problem, at, (at,), span, envelope=True)
        expect = replace(expect, also=self._echoed(letter, one))
        return Built(draft.written(), expect, Operator(trial.id.replace("/", "."), at, was, now))

    def _mirror(self, draft: Draft, letter: str, one: Field, text: str) -> None:
        """Write columns, and what repeats them."""
        put(draft, letter, one.key, text)
        for other, (source, keys) in _REPEATED.items():
            if source == letter and one.key in keys:
                put(draft, other, one.key, text)
        record, _, key = self.application.filer.partition(":")
        if (letter, one.key) == ("B", "8-10") and record and key:
            start, _, end = key.partition("-")
            header = draft.lines[0]
            header.text = header.text[: int(start) - 1] + text + header.text[int(end) :]

    def _echoed(self, letter: str, one: Field) -> tuple[Spot, ...]:
        """Give the findings that may come again where a column is repeated."""
        codes = "usage.missing|class.wrong|shape.wrong|date.invalid|character.lower-case|character.invalid|code.unknown"
        found = [
            Spot(codes, (f"{other}:{one.key}",))
            for other, (source, keys) in _REPEATED.items()
            if source == letter and one.key in keys
        ]
        if (letter, one.key) == ("B", "8-10"):
            found.append(Spot(codes, (self.application.filer,)))
        return tuple(found)

    # -- the whole --------------------------------------------------------------------------

    def _whole(
        self, name: str, tried: tuple[str, str, str, Callable[[Draft], bytes | None]], said: Said
    ) -> Built:
        variant, problem, place, change = tried
        number = salt(self.seed, name)
        draft = self._draft(number)
        changed = change(draft)
        data = changed if changed is not None else draft.written()
        if not problem:
            return Built(data)
        operator = Operator(variant.replace("/", "."), place or said.where, "", "")
        if not said.answered:
            at = (place,) if place else ()
            return Built(
                data, Expect("rejected", (Spot(problem.replace("/", "."), at),), None, place), operator
            )
        expect = fault(
            self.composer.root,
            self.application,
            problem,
            place,
            (place,) if place else (),
            None,
            envelope=True,
        )
        return Built(data, expect, operator)

    def said(self) -> Iterator[Said]:
        """Yield the statements about the envelope as a whole."""
        yield from _there()
        yield from _repeats(self)
        if self.application.direction == "in":
            yield from _applications(self.application.dialect)
            if self.application.preparer:
                yield from _preparer()
        yield from _counts(self)


def _span(draft: Draft, letter: str, one: Field) -> tuple[int, int]:
    start = start_of(draft, letter)
    raw = text_of(draft, letter)[one.start - 1 : one.end]
    if not raw.strip(" "):
        return start + one.start - 1, start + one.end
    left = len(raw) - len(raw.lstrip(" "))
    return start + one.start - 1 + left, start + one.start - 1 + len(raw.rstrip(" "))


def _as_it_is(_: Draft) -> None:
    """Change nothing."""


def _without(side: str, at: int, draft: Draft) -> None:
    del getattr(draft, side)[at]


def _no_detail(draft: Draft) -> None:
    draft.lines.clear()
    if draft.tail[0][12:17].isdigit():
        put(draft, "Y", "13-17", "00000")


def _there() -> Iterator[Said]:
    right = ("there", "", "", _as_it_is)
    yield Said("A", "there", "A batch begins with A.",
               (right, ("missing", "a-record/missing", "A", partial(_without, "head", 0))), answered=False)  # fmt: skip
    yield Said("B", "there", "A block begins with B.",
               (right, ("missing", "b-record/missing", "B", partial(_without, "head", 1))))  # fmt: skip
    yield Said("Y", "there", "A block ends with Y.",
               (right, ("missing", "y-record/missing", "Y", partial(_without, "tail", 0))))  # fmt: skip
    yield Said("Z", "there", "A batch ends with Z.",
               (right, ("missing", "z-record/missing", "Z", partial(_without, "tail", 1))))  # fmt: skip
    yield Said("B", "detail", "Records stand between B and Y.",
               (("detail/there", "", "", _as_it_is), ("detail/missing", "detail/missing", "B", _no_detail)))  # fmt: skip
    yield Said("batch", "whole", "A batch is made of records of 80 characters, to the last.",
               (("whole/records", "", "", _as_it_is), ("whole/cut", "record/short", "", _cut)))  # fmt: skip
    yield Said("batch", "something", "A batch is not empty.",
               (("something/there", "", "", _as_it_is), ("something/nothing", "batch/empty", "", lambda _: b"")),
               answered=False)  # fmt: skip


def _cut(draft: Draft) -> bytes:
    return draft.written()[:-20]


def _repeats(envelope: Envelope) -> Iterator[Said]:
    known = {letter: {one.key: one for one in layout.fields} for letter, layout in envelope._layouts()}  # noqa: SLF001
    for letter, (source, keys) in _REPEATED.items():
        for key in keys:
            one = known[letter].get(key)
            if one is None or one.filler:
                continue
            problem = f"{letter.lower()}-record/mismatch"
            yield Said(
                f"{letter}:{key}",
                "repeats",
                f"{letter} repeats columns {key} of {source}.",
                (
                    ("repeats/equal", "", "", _as_it_is),
                    ("repeats/differs", problem, f"{letter}:{key}", partial(_differ, letter, one)),
                ),
            )


def _differ(letter: str, one: Field, draft: Draft) -> None:
    was = text_of(draft, letter)[one.start - 1 : one.end]
    other = {"15-20": "030326", "4-7": "2709", "11-12": "WP" if was == "QP" else "AE"}
    text = other.get(one.key) or "".join("8" if char != "8" else "9" for char in was)
    put(draft, letter, one.key, text)


def _named(a: str, b: str, draft: Draft) -> None:
    put(draft, "A", "26-27", a)
    put(draft, "B", "11-12", b)
    put(draft, "Y", "11-12", b)


def _applications(dialect: str) -> Iterator[Said]:
    if dialect == "abi":
        yield Said("A:26-27", "application", "A names the application, and B the same.",
                   (("application/same", "", "", _as_it_is),
                    ("application/missing", "application/missing", "A:26-27",
                     lambda draft: put(draft, "A", "26-27", "")),
                    ("application/unknown", "application/unknown", "A:26-27", partial(_named, "ZQ", "ZQ")),
                    ("application/not-described", "application/not-described", "", partial(_named, "CW", "CW"))))  # fmt: skip
        yield Said("B:11-12", "application", "B names the application of the batch.",
                   (("application/same", "", "", _as_it_is),
                    ("application/other", "application/conflict", "B:11-12",
                     lambda draft: put(draft, "A", "26-27", "AE"))))  # fmt: skip


def _prepared(port: str, filer: str, mark: str, draft: Draft) -> None:
    put(draft, "B", "47-50", port)
    put(draft, "B", "51-53", filer)
    put(draft, "B", "56", mark)


def _preparer() -> Iterator[Said]:
    yield Said("B:47-56", "preparer", "A preparer is named whole: port, the filer of the block, and the indicator.",
               (("preparer/whole", "", "", partial(_prepared, "2704", "Q7Z", "1")),
                ("preparer/no-port", "preparer-port/missing", "B:47-50", partial(_prepared, "", "Q7Z", "1")),
                ("preparer/no-filer", "preparer-filer/missing", "B:51-53", partial(_prepared, "2704", "", "1")),
                ("preparer/other-filer", "preparer-filer/mismatch", "B:51-53",
                 partial(_prepared, "2704", "K4M", "1")),
                ("preparer/no-indicator", "preparer/conflict", "B:56", partial(_prepared, "2704", "Q7Z", "")),
                ("preparer/unknown", "preparer/unknown", "B:56", partial(_prepared, "", "", "7"))))  # fmt: skip


def _counts(envelope: Envelope) -> Iterator[Said]:
    _, layout = next(pair for pair in envelope._layouts() if pair[0] == "Y")  # noqa: SLF001
    if not any(one.key == "13-17" and not one.filler for one in layout.fields):
        return
    yield Said("Y:13-17", "count", "Y counts the records between B and Y.",
               (("count/equal", "", "", _as_it_is),
                ("count/one-more", "count/wrong", "Y:13-17", partial(_counted, 1)),
                ("count/one-less", "count/wrong", "Y:13-17", partial(_counted, -1))))  # fmt: skip


def _counted(step: int, draft: Draft) -> None:
    put(draft, "Y", "13-17", f"{len(draft.lines) + step:05}")
