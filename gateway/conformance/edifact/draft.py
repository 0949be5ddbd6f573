"""A small legal message in its interchange, and what must come back for one fault in it.

Lives here: UNA, UNB, UNH, UNT and UNZ around what the X12 composer chose, findings with leaf keys,
and the codes of CONTRL, which stand in `edi_specs/ack_codes/edifact_contrl.csv`. Never here: how a
fault is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance.edifact import tables
from gateway.conformance.edifact.trials import constraints
from gateway.conformance.model import Ack, Expect, Spot
from gateway.conformance.x12 import draft as x12
from gateway.conformance.x12.dialect import Dialect
from gateway.conformance.x12.draft import Draft, Frame
from gateway.conformance.x12.grammar import legal
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.conformance.x12.tables import AckRow, Place, Set

USUAL = Frame(element="+", component=":", repetition="*", terminator="'", control="905", set_control="1")
NEVER_ANSWERED = frozenset({"CONTRL", "AUTACK"})
_OLD_SYNTAX = "3"


@dataclass(slots=True)
class Message(Draft):
    """A message on the way to bytes."""

    def head(self) -> bytes:
        """Write UNA, UNB and UNH."""
        spec, frame = self.set, self.frame
        syntax = tables.syntax_of(spec.release)
        date = "260302" if syntax == _OLD_SYNTAX else "20260302"
        una = f"UNA:+.?{' ' if syntax == _OLD_SYNTAX else '*'}'".encode()
        unb = ["UNB", f"UNOB:{syntax}", "BROKER01:ZZZ", "GATEWAY:ZZZ", f"{date}:1015", frame.control]
        version = f"{spec.release[0]}:{spec.release[1:]}"
        unh = ["UNH", frame.set_control, f"{spec.number}:{version}:UN"]
        return una + self._written(unb, unh)

    def tail(self) -> bytes:
        """Write UNT and UNZ."""
        frame = self.frame
        return self._written(
            ["UNT", str(len(self.lines) + 2), frame.set_control], ["UNZ", "1", frame.control]
        )


def compose(
    spec: Set,
    target: tuple[Place, ...],
    number: int,
    present: Iterable[int] = (),
    copies: int = 1,
    beside: tuple[Place, ...] = (),
) -> Message | None:
    """Make the smallest legal message in which `target` stands; see the X12 composer."""
    made = x12.compose(spec, target, number, present, copies, beside)
    return Message(spec, made.lines, made.focus, frame=USUAL) if made is not None else None


def _answer(draft: Draft, codes: dict[str, str]) -> Ack | None:
    if draft.set.number in NEVER_ANSWERED:
        return None
    return Ack("CONTRL", tuple(sorted(codes.items())))


def right(draft: Draft) -> Expect:
    """Expect a message without a finding, and a CONTRL that acknowledges it."""
    return Expect("accepted", (), _answer(draft, {"UCI0083": "7"}))


def refused(draft: Draft) -> Ack | None:
    """Give the CONTRL that refuses a message, whatever the fault."""
    return _answer(draft, {"UCI0083": "7", "UCM0083": "4"})


def key(draft: Draft, tag: str, element: int, component: int) -> str:
    """Give the leaf key of a place, `@6` for what no table knows."""
    keys = tables.words(data_root(), draft.set.release)[tag].keys
    return keys.get((element, component)) or f"@{element}"


def element_fault(
    draft: Draft,
    rows: Mapping[str, AckRow],
    problem: str,
    where: tuple[int, int, int],
    size: int,
    at: int | None = None,
) -> Expect:
    """Expect one finding at (element, component, repetition) of the line in focus."""
    element, component, _ = where
    line = draft.line
    begin = draft.start(draft.focus) + (line.start_of(element, component, draft.frame) if at is None else at)
    # Separators at the end of a segment belong to none of its elements.
    tail = problem == "segment/trailing-separators" and at is not None
    place = line.address if tail else f"{line.address}:{key(draft, line.id, element, component)}"
    spot = Spot(problem.replace("/", "."), (place,), (begin, begin + size))
    codes = {"UCS0096": str(draft.position(draft.focus)), "UCD0098": str(element + 1)}
    if component:
        codes["UCD0104"] = str(component)
    return _expect(draft, rows[problem], "UCD0085", codes, spot, place)


def line_fault(
    draft: Draft,
    rows: Mapping[str, AckRow],
    problem: str,
    at: tuple[str, ...],
    index: int | None,
    span: tuple[int, int] | None,
    name: str = "",
) -> Expect:
    """Expect one finding about a whole segment; what is missing is told at the segment before it."""
    del name
    spot = Spot(problem.replace("/", "."), at, span)
    codes = {}
    if index is not None:
        codes["UCS0096"] = str(draft.position(index) - problem.endswith("/missing"))
    return _expect(draft, rows[problem], "UCS0085", codes, spot, at[0])


def _expect(draft: Draft, row: AckRow, name: str, codes: dict[str, str], spot: Spot, where: str) -> Expect:
    if row.severity in {"warning", "info"}:
        return Expect("accepted", (spot,), _answer(draft, {"UCI0083": "7"}), where)
    syntax = tables.syntax_of(draft.set.release)
    codes[name] = row.older if syntax == _OLD_SYNTAX else row.code
    codes |= {"UCI0083": "7", "UCM0083": "4"}
    return Expect("rejected", (spot,), _answer(draft, codes), where)


def _source(spec: Set) -> str:
    return f"UN/EDIFACT {spec.release}"


def _new_syntax(spec: Set) -> bool:
    return tables.syntax_of(spec.release) != _OLD_SYNTAX


EDIFACT = Dialect(
    source=_source,
    compose=compose,
    legal=legal,
    right=right,
    refused=refused,
    element_fault=element_fault,
    line_fault=line_fault,
    constraints=constraints,
    repeats=_new_syntax,
    unknown="ZZZ",
    stranger="segment/not-in-message",
    service=frozenset(
        {"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNS", "UCI", "UCF", "UCM", "UCS", "UCD"}
    ),
    trailing=_new_syntax,
    relations={
        "P": "relation/D2",
        "R": "relation/D3",
        "E": "relation/D4",
        "C": "relation/D5",
        "L": "relation/D6",
    },
)
