"""Cases about ISA, GS, ST, SE, GE and IEA: control numbers, counts, codes, delimiters, truncation.

Lives here: one suite for the envelope that every release shares, and a few cases on the ST and SE
of each set. Never here: what stands between ST and SE.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Ack, Built, Case, Clause, Expect, Operator, Spot, salt
from gateway.conformance.x12.draft import Frame, Line, compose
from gateway.conformance.x12.expectation import FIRST_WITH_999, NEVER_ANSWERED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.conformance.x12.tables import AckRow, EnvelopeElement, Set


@dataclass(slots=True)
class Whole:
    """An interchange as a list of segments, the envelope's among them."""

    lines: list[Line]
    frame: Frame = field(default_factory=Frame)
    end: bytes = b""
    begin: bytes = b""

    @staticmethod
    def around(spec: Set, number: int, frame: Frame | None = None) -> Whole:
        """Make a small legal interchange with one set."""
        place = spec.places[0]
        draft = compose(spec, (place,), number)
        if draft is None:
            raise LookupError(f"no legal {spec.number}")
        draft.frame = frame or draft.frame
        head = [_line(text, draft.frame) for text in _cut(draft.head(), draft.frame)]
        tail = [_line(text, draft.frame) for text in _cut(draft.tail(), draft.frame)]
        return Whole([*head, *draft.lines, *tail], draft.frame)

    def written(self) -> bytes:
        """Write it."""
        end = self.frame.terminator + self.frame.line_end
        text = "".join(line.text(self.frame) + end for line in self.lines)
        return self.begin + text.encode("latin-1") + self.end

    def index(self, name: str, turn: int = 0) -> int:
        """Give where a segment stands in the list."""
        return [at for at, line in enumerate(self.lines) if line.id == name][turn]

    def get(self, name: str, element: int) -> str:
        """Give the text of an element."""
        return str(self.lines[self.index(name)].values[element - 1])

    def put(self, name: str, element: int, text: str, turn: int = 0) -> None:
        """Set the text of an element."""
        self.lines[self.index(name, turn)].values[element - 1] = text

    def start(self, index: int) -> int:
        """Give the offset of a segment's first byte."""
        end = len(self.frame.terminator) + len(self.frame.line_end)
        return len(self.begin) + sum(len(line.text(self.frame)) + end for line in self.lines[:index])

    def span(self, name: str, element: int, turn: int = 0) -> tuple[int, int]:
        """Give the bytes of an element, empty where it is cut off."""
        index = self.index(name, turn)
        line = self.lines[index]
        begin = self.start(index) + line.start_of(element, 0, self.frame)
        size = len(str(line.values[element - 1])) if element <= len(line.values) else 0
        return begin, begin + size


def _cut(data: bytes, frame: Frame) -> list[str]:
    return data.decode("latin-1").split(frame.terminator + frame.line_end)[:-1]


def _line(text: str, frame: Frame) -> Line:
    name, *values = text.split(frame.element)
    return Line(name, list(values))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an envelope. `change` makes it and gives the operator's two values.

    `at` and `span` are told after the change; a span of None is not judged.
    """

    id: str
    problem: str
    at: str
    change: Callable[[Whole, int], tuple[str, str]]
    span: Callable[[Whole], tuple[int, int] | None]
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """One statement about the envelope and what is tried on it: right ones and faults."""

    where: str
    name: str
    text: str
    rights: tuple[tuple[str, Callable[[Whole, int], object]], ...]
    faults: tuple[Fault, ...]
    source: str = "X12.5, X12.6"
    reason: str = ""


class Envelopes:
    """The cases of a list of statements over one kind of interchange."""

    def __init__(
        self,
        suite: str,
        spec: Set,
        rows: Mapping[str, AckRow],
        seed: int,
        said: Sequence[Said],
    ) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.spec = spec
        self.rows = rows
        self.seed = seed
        self.said = said

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
                name = f"{self.suite}/{one.where}/{variant}"
                make = partial(self._right, name, change)
                yield Case(name, self.suite, (clause,), 1, "must", good=True, make=make)
            for fault in one.faults:
                name = f"{self.suite}/{one.where}/{fault.id}"
                make = partial(self._wrong, name, fault)
                bad = self.rows[fault.problem].severity not in {"warning", "info"}
                force = "must" if bad else "should"
                yield Case(name, self.suite, (clause,), 1, force, good=False, make=make)

    def _whole(self, number: int) -> Whole:
        return Whole.around(self.spec, number)

    def _right(self, name: str, change: Callable[[Whole, int], object]) -> Built:
        number = salt(self.seed, name)
        whole = self._whole(number)
        changed = change(whole, number)
        whole = changed if isinstance(changed, Whole) else whole
        return Built(whole.written(), Expect("accepted"))

    def _wrong(self, name: str, fault: Fault) -> Built:
        number = salt(self.seed, name)
        whole = self._whole(number)
        was, now = fault.change(whole, number)
        spot = Spot(fault.problem.replace("/", "."), (fault.at,), fault.span(whole))
        expect = self._expect(fault, spot, whole)
        return Built(whole.written(), expect, Operator(fault.id.replace("/", "."), fault.at, was, now))

    def _expect(self, fault: Fault, spot: Spot, whole: Whole) -> Expect:
        row = self.rows[fault.problem]
        bad = row.severity not in {"warning", "info"}
        answer = "rejected" if bad else "accepted"
        if not fault.answered:
            return Expect(answer, (spot,), None, fault.at)
        if row.level == "interchange":
            older = whole.get("ISA", 12) < "00501" if len(whole.lines[0].values) > 11 else False
            codes = {"TA104": "R" if bad else "E", "TA105": row.older if older else row.code}
            return Expect(answer, (spot,), Ack("TA1", tuple(sorted(codes.items()))), fault.at)
        if NEVER_ANSWERED in self.spec.groups:
            return Expect(answer, (spot,), None, fault.at)
        newer = whole.get("GS", 8) >= FIRST_WITH_999
        message, letters = ("999", "IK") if newer else ("997", "AK")
        name = "AK905" if row.level == "group" else f"{letters}502"
        # Of two sets with one number the first is taken.
        group = "P" if fault.problem == "set/duplicate" else "R"
        codes = {name: row.code if newer else row.older, "AK901": group}
        return Expect(answer, (spot,), Ack(message, tuple(sorted(codes.items()))), fault.at)


def element_statements(rows: Mapping[str, tuple[EnvelopeElement, ...]], *, newer: bool) -> Iterator[Said]:
    """Yield the statements that `envelope.csv` makes of each element, with what breaks them.

    `newer` tells whether the interchange has a repetition separator, which ISA12 must agree with.
    """
    for segment in ("ISA", "GS", "GE", "IEA"):
        for row in rows[segment]:
            if (segment, row.position) in _APART:
                continue
            if (segment, row.position) == ("ISA", 12):
                codes = tuple(code for code in row.codes if (code >= "00402") is newer)
                yield _statement(replace(row, codes=codes), "00999" if newer else "00100")
            else:
                yield _statement(row)


# Judged as delimiters, as numbers that agree, or by the sets that they choose.
_APART = {("ISA", 11), ("ISA", 16), ("ISA", 13), ("GS", 1), ("GS", 6), ("GS", 8), ("IEA", 1), ("IEA", 2),
          ("GE", 1), ("GE", 2)}  # fmt: skip


def _statement(row: EnvelopeElement, foreign: str = "") -> Said:
    place = f"{row.segment}-{row.position:02}"
    size = f"{row.least}" if row.least == row.most else f"{row.least} to {row.most}"
    text = f"{row.name} is of type {row.kind} and has {size} characters."
    if row.codes:
        text = f"{row.name} is one of {', '.join(row.codes)}."
    faults = [
        Fault(variant, row.problem, place, partial(_set, row, now), partial(_element, row))
        for variant, now in ([("code/unknown", foreign)] if foreign else _wrongs(row))
    ]
    rights = tuple((variant, partial(_set, row, now)) for variant, now in _rights(row))
    return Said(place, "content", text, rights, tuple(faults), source=f"X12.5, {place}")


def _set(row: EnvelopeElement, now: str, whole: Whole, _: int) -> tuple[str, str]:
    was = whole.get(row.segment, row.position)
    whole.put(row.segment, row.position, now)
    return was, now


def _element(row: EnvelopeElement, whole: Whole) -> tuple[int, int]:
    return whole.span(row.segment, row.position)


def _rights(row: EnvelopeElement) -> list[tuple[str, str]]:
    if row.codes:
        return [("code/first", row.codes[0]), ("code/last", row.codes[-1])]
    if row.kind == "DT":
        return [("type/leap-day", "20240229"[-row.most :])]
    if row.kind == "TM":
        return [("type/midnight", "0000"), ("type/last-minute", "2359")]
    if row.segment == "ISA":
        return [("length/full", "X" * row.most), ("length/padded", "QTZL".ljust(row.most))]
    return [("length/min", "Q" * row.least), ("length/max", "Q" * row.most)]


def _wrongs(row: EnvelopeElement) -> list[tuple[str, str]]:
    """Give values of the same width, so that an ISA keeps its 106 bytes."""
    if row.codes:
        return [("code/unknown", "?" * row.least if row.segment == "ISA" else "Q")]
    if row.kind == "DT":
        return [
            ("type/30-february", "20260230"[-row.most :]),
            ("type/letter-in-date", "2026030A"[-row.most :]),
        ]
    if row.kind == "TM":
        return [("type/hour-24", "2400"), ("type/letter-in-time", "12A0")]
    if row.segment == "ISA":
        spoilt = "QT\x07L".ljust(row.most)
        blank = [] if row.position in {2, 4} else [("usage/blank", " " * row.most)]
        return [("type/control-character", spoilt), *blank]
    wrong = [("length/too-long", "Q" * (row.most + 1))]
    if row.least > 1:
        wrong.append(("length/too-short", "Q" * (row.least - 1)))
    return wrong
