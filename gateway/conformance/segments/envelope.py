"""Cases about the envelope: control numbers, counts, codes, delimiters, cuts.

Lives here: how the statements of `edi_specs/conformance/segments/<format>_envelope.csv`, and those that the tables make of
each element, become clauses and cases. Never here: what is changed (`sheet.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot, salt
from gateway.conformance.rows import rows
from gateway.conformance.segments.dialect import ack_rows, folder
from gateway.conformance.segments.expectation import ack, code_of, filled
from gateway.conformance.segments.loading import dictionary
from gateway.conformance.segments.sheet import Sheet, changes
from gateway.conformance.segments.tables import Composite, Element, key
from gateway.conformance.segments.trials import DROP, VALUE, by_type, constraints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.conformance.model import Ack
    from gateway.conformance.segments.dialect import Dialect, Era
    from gateway.conformance.segments.sheet import Change
    from gateway.conformance.segments.tables import Message
    from gateway.conformance.segments.trials import Constraint

_EXAMPLE = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an envelope. `at` is the place that is told, "" for any; `span` its bytes.

    `answer` is `none` where nobody can be answered, or the era whose words the answer has.
    """

    id: str
    problem: str
    at: str
    change: tuple[Change, ...]
    span: str = ""
    answer: str = ""


@dataclass(slots=True)
class Said:
    """One statement about the envelope and what is tried on it: right ones and faults."""

    where: str
    name: str
    text: str
    source: str
    reason: str = ""
    rights: list[tuple[str, tuple[Change, ...]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Envelopes:
    """The cases of a list of statements over one kind of interchange."""

    def __init__(self, suite: str, spec: Message, seed: int, said: Sequence[Said]) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.spec = spec
        self.seed = seed
        self.said = said
        self.told = ack_rows(spec.dialect)

    def clauses(self) -> Iterator[Clause]:
        """Yield each statement."""
        for one in self.said:
            yield Clause(
                id=f"{self.suite}/{one.where}/{one.name}",
                text=one.text,
                source=one.source,
                reason=one.reason,
                pair=bool(one.rights and one.faults),
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of each statement."""
        for one in self.said:
            clause = f"{self.suite}/{one.where}/{one.name}"
            for variant, change in one.rights:
                name = self._name(one, variant)
                make = partial(self._right, name, change)
                yield Case(name, self.suite, (clause,), 1, "must", good=True, make=make)
            for fault in one.faults:
                name = self._name(one, fault.id)
                make = partial(self._wrong, name, fault)
                force = "must" if self.told[fault.problem].bad else "should"
                yield Case(name, self.suite, (clause,), 1, force, good=False, make=make)

    def _name(self, one: Said, variant: str) -> str:
        words = {"name": one.name, "id": variant, "variant": variant.rpartition("/")[2]}
        return f"{self.suite}/{one.where}/{self.spec.dialect.envelopes.case.format(**words)}"

    def _right(self, name: str, change: tuple[Change, ...]) -> Built:
        sheet = Sheet.around(self.spec, salt(self.seed, name))
        sheet.apply(change)
        return Built(sheet.written(), Expect("accepted"))

    def _wrong(self, name: str, fault: Fault) -> Built:
        sheet = Sheet.around(self.spec, salt(self.seed, name))
        was, now = sheet.apply(fault.change)
        at = (fault.at,) if fault.at else ()
        where = fault.at or fault.problem
        spot = Spot(fault.problem.replace("/", "."), at, sheet.span(fault.span))
        answer = "rejected" if self.told[fault.problem].bad else "accepted"
        expect = Expect(answer, (spot,), self._ack(fault, where), where)
        return Built(sheet.written(), expect, Operator(fault.id.replace("/", "."), where, was, now))

    def _ack(self, fault: Fault, where: str) -> Ack | None:
        if fault.answer == "none":
            return None
        dialect, row = self.spec.dialect, self.told[fault.problem]
        era = dialect.era(fault.answer) if fault.answer else self.spec.era
        severity = "error" if row.bad else "warning"
        told = era.answer.tells(f"{severity} {row.level} {fault.problem} {where}")
        if told.message == "":
            return None
        words = {"code": code_of(row, era), "verdict": "R" if row.bad else "E"}
        return ack(self.spec, filled(told.codes, words), told.message or era.answer.message)


# -- statements ------------------------------------------------------------------------------------


def of_message(spec: Message, other_group: str) -> tuple[Said, ...]:
    """Give the statements about the two ends of one message; `other_group` is a group that is not its own."""
    return tuple(_statements(spec, "message", {"other_group": other_group}))


def of_envelope(spec: Message) -> tuple[Said, ...]:
    """Give the statements about the envelope that every message shares."""
    return (*_elements(spec.dialect, spec.era), *_statements(spec, "envelope", {}))


def _statements(spec: Message, about: str, more: Mapping[str, str]) -> Iterator[Said]:
    """Yield the statements of the table: a row without a variant opens one."""
    dialect, era = spec.dialect, spec.era
    own = dialect.envelopes
    words = {"body": spec.places[0].segment.id, "release": spec.release, "groups": " or ".join(spec.groups),
             "repetition": dialect.frame.repetition if era.repeats else era.no_repetition,
             **era.words, **more}  # fmt: skip
    words |= {name: text.format(**words) for name, text in own.words.items()}
    source = own.source.format(era=era.name)
    said: Said | None = None
    for row in rows(folder(dialect.root) / f"{dialect.name}_envelope.csv"):
        if row["for"] != about or (row["eras"] and row["eras"] != era.name):
            continue
        if not row["variant"] and row["answer"] != "reason":
            if said is not None:
                yield said
            said = Said(row["where"], row["name"], row["text"].format(**words), source)
        elif said is not None and row["answer"] == "reason":
            said.reason = row["text"]
        elif said is not None:
            for group in spec.groups if "{group}" in row["variant"] else ("",):
                _try(said, row, {**words, "group": group})
    if said is not None:
        yield said


def _try(said: Said, row: Mapping[str, str], words: Mapping[str, str]) -> None:
    variant, change = row["variant"].format(**words), changes(row["text"].format(**words))
    if row["problem"]:
        at = row["at"].format(**words)
        said.faults.append(Fault(variant, row["problem"], at, change, row["span"], row["answer"]))
    else:
        said.rights.append((variant, change))


def _elements(dialect: Dialect, era: Era) -> Iterator[Said]:
    """Yield the statements that the tables make of each element of the envelope."""
    own = dialect.envelopes
    if own.elements:
        for row in rows(dialect.folder / own.elements):
            place = f"{row['segment']}-{int(row['position']):02}"
            if row["segment"] in own.tags and place not in own.apart:
                yield from _listed(dialect, era, row, place)
        return
    for tag in own.tags:
        segment = dictionary(dialect, era.service)[tag]
        for at, position in enumerate(segment.positions, 1):
            what = position.what
            parts = enumerate(what.positions, 1) if isinstance(what, Composite) else [(0, position)]
            for inner, part in parts:
                if part.what.number in own.apart:
                    continue
                place = f"{tag}:{key(segment, at, inner)}"
                for one in constraints(dialect, era, part, part.name or part.what.name, component=True):
                    # A component of what may be left out is missing only beside another.
                    if one.name != "usage" or not inner or position.usage == "M":
                        yield _said(dialect, era, one, place, _where(tag, at, inner))


def _where(tag: str, element: int, component: int) -> str:
    return f"{tag}-{element:02}" + (f"-{component}" if component else "")


def _listed(dialect: Dialect, era: Era, row: Mapping[str, str], place: str) -> Iterator[Said]:
    """Yield the statement on an element of a table of its own, in which one problem is named for each."""
    codes = tuple(row["codes"].split())
    element = Element(place, row["name"], row["type"], int(row["min"]), int(row["max"]), codes or None)
    kind = f"{dialect.name}.envelope {place}.{'codes' if codes else row['type']}"
    for one in by_type(dialect, kind, element, row["name"]):
        yield _said(dialect, era, one, place, place, row["problem"], place)


def _said(
    dialect: Dialect, era: Era, one: Constraint, place: str, where: str, problem: str = "", span: str = ""
) -> Said:
    source = dialect.envelopes.element_source.format(place=place, era=era.name)
    said = Said(place, one.name, one.text, source)
    for trial in one.tried:
        change: tuple[Change, ...] = ()
        if trial.how in {VALUE, DROP}:
            text = trial.text(_EXAMPLE) if trial.text is not None else ""
            change = (("put", where, text),)
            if dialect.envelopes.companion and where.count("-") > 1 and not where.endswith("-1"):
                change = (("beside", where.rpartition("-")[0] + "-1", dialect.envelopes.companion), *change)
        if trial.problem:
            said.faults.append(Fault(trial.id, problem or trial.problem, place, change, span))
        else:
            said.rights.append((trial.id, change))
    return said
