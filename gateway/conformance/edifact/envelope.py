"""Cases about UNA, UNB, UNG, UNH, UNT, UNE and UNZ: elements, references, counts, marks, cuts.

Lives here: the sheet that a case changes, and how statements become clauses and cases. What is said
stands in `statements.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.edifact import tables
from gateway.conformance.edifact.draft import compose
from gateway.conformance.model import Ack, Built, Case, Clause, Expect, Operator, Spot, salt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.conformance.x12.tables import AckRow, Set

_MESSAGE_ENDS = ("UNH", "UNT")


@dataclass(slots=True)
class Sheet:
    """An interchange as segments, each a list of its elements, the tag first."""

    una: str
    segments: list[list[str]]
    begin: bytes = b""
    end: bytes = b""
    codec: str = "latin-1"
    line_end: str = ""
    terminator: str = "'"

    @staticmethod
    def around(spec: Set, number: int) -> Sheet:
        """Make a small legal interchange with one message."""
        draft = compose(spec, (spec.places[0],), number)
        if draft is None:
            raise LookupError(spec.number)
        text = draft.written().decode("latin-1")
        return Sheet(text[:9], [one.split("+") for one in text[9:].split("'")[:-1]])

    def written(self) -> bytes:
        """Write it."""
        body = "".join("+".join(one) + self.terminator + self.line_end for one in self.segments)
        return self.begin + self.una.encode(self.codec) + body.encode(self.codec) + self.end

    def find(self, tag: str, turn: int = 0) -> list[str]:
        """Give a segment by its tag."""
        return [one for one in self.segments if one[0] == tag][turn]

    def index(self, tag: str, turn: int = 0) -> int:
        """Give where a segment stands in the list."""
        return [at for at, one in enumerate(self.segments) if one[0] == tag][turn]

    def get(self, tag: str, element: int, component: int = 0) -> str:
        """Give the text of an element or component."""
        segment = self.find(tag)
        text = segment[element] if element < len(segment) else ""
        return text.split(":")[component - 1] if component else text

    def put(self, tag: str, element: int, component: int, text: str, turn: int = 0) -> None:
        """Set the text of an element or component; the segment grows where it must."""
        segment = self.find(tag, turn)
        segment.extend("" for _ in range(element + 1 - len(segment)))
        if not component:
            segment[element] = text
        else:
            parts = segment[element].split(":")
            parts.extend("" for _ in range(component - len(parts)))
            parts[component - 1] = text
            segment[element] = ":".join(parts).rstrip(":")
        while len(segment) > 1 and not segment[-1]:
            segment.pop()


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong: `at` are the places that are right, none for any. `unread`: nobody can be answered."""

    id: str
    problem: str
    at: tuple[str, ...]
    change: Callable[[Sheet], object]
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: rights as (variant, change), and what is wrong."""

    where: str
    name: str
    text: str
    rights: tuple[tuple[str, Callable[[Sheet], object]], ...]
    wrongs: tuple[Wrong, ...]


class Envelopes:
    """The cases of a list of statements over one small interchange."""

    def __init__(
        self, suite: str, spec: Set, rows: Mapping[str, AckRow], seed: int, said: Sequence[Said]
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
                source=f"ISO 9735 syntax {tables.syntax_of(self.spec.release)}",
                pair=bool(one.rights and one.wrongs),
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of each statement."""
        for one in self.said:
            clause = f"{self.suite}/{one.where}/{one.name}"
            for variant, change in one.rights:
                name = f"{self.suite}/{one.where}/{one.name}/{variant}"
                make = partial(self._right, name, change)
                yield Case(name, self.suite, (clause,), 1, "must", good=True, make=make)
            for wrong in one.wrongs:
                name = f"{self.suite}/{one.where}/{one.name}/{wrong.id}"
                make = partial(self._wrong, name, wrong)
                force = "must" if self._bad(wrong) else "should"
                yield Case(name, self.suite, (clause,), 1, force, good=False, make=make)

    def _bad(self, wrong: Wrong) -> bool:
        return self.rows[wrong.problem].severity not in {"warning", "info"}

    def _right(self, name: str, change: Callable[[Sheet], object]) -> Built:
        sheet = Sheet.around(self.spec, salt(self.seed, name))
        change(sheet)
        return Built(sheet.written(), Expect("accepted"))

    def _wrong(self, name: str, wrong: Wrong) -> Built:
        sheet = Sheet.around(self.spec, salt(self.seed, name))
        change = wrong.change(sheet)
        data = change if isinstance(change, bytes) else sheet.written()
        spot = Spot(wrong.problem.replace("/", "."), wrong.at)
        where = wrong.at[0] if wrong.at else wrong.problem
        operator = Operator(wrong.problem.replace("/", "."), where, "", wrong.id)
        if not self._bad(wrong):
            return Built(data, Expect("accepted", (spot,), None, where), operator)
        ack = None if wrong.unread else self._ack(wrong, where)
        return Built(data, Expect("rejected", (spot,), ack, where), operator)

    def _ack(self, wrong: Wrong, where: str) -> Ack:
        row = self.rows[wrong.problem]
        old = tables.syntax_of(self.spec.release) == "3"
        code = row.older if old else row.code
        if where.startswith("DTM"):
            return Ack("CONTRL", (("UCD0085", code), ("UCI0083", "7"), ("UCM0083", "4")))
        inside = where.startswith(_MESSAGE_ENDS) and not wrong.problem.startswith("envelope")
        if inside:
            return Ack("CONTRL", (("UCI0083", "7"), ("UCM0083", "4"), ("UCM0085", code)))
        if where.startswith(("UNG", "UNE")):
            return Ack("CONTRL", (("UCF0083", "4"), ("UCF0085", code), ("UCI0083", "7")))
        return Ack("CONTRL", (("UCI0083", "4"), ("UCI0085", code)))
