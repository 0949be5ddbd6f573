"""What the generators of segments and elements need to know of a syntax: X12's own, and who else has one.

Lives here: the functions that make a legal message, tell a legal order, and expect one fault. UN/EDIFACT
has tables of the same shape and brings its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.conformance.model import Ack
from gateway.conformance.x12.draft import REPEATS_SINCE, compose
from gateway.conformance.x12.expectation import accepted, element_fault, line_fault
from gateway.conformance.x12.grammar import legal
from gateway.conformance.x12.trials import constraints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.conformance.model import Expect
    from gateway.conformance.x12.draft import Draft, Line
    from gateway.conformance.x12.tables import AckRow, Place, Position, Set
    from gateway.conformance.x12.trials import Constraint


class Compose(Protocol):
    """Make the smallest legal message in which a place stands, None where there is none."""

    def __call__(  # noqa: D102 - the class says it
        self,
        spec: Set,
        target: tuple[Place, ...],
        number: int,
        present: Iterable[int] = (),
        copies: int = 1,
        beside: tuple[Place, ...] = (),
    ) -> Draft | None: ...


class Constraints(Protocol):
    """Yield every constraint on one element."""

    def __call__(  # noqa: D102 - the class says it
        self, position: Position, word: str, *, repeats: bool, component: bool
    ) -> Iterator[Constraint]: ...


class ElementFault(Protocol):
    """Expect one finding at (element, component, repetition) of the line in focus."""

    def __call__(  # noqa: D102 - the class says it
        self,
        draft: Draft,
        rows: Mapping[str, AckRow],
        problem: str,
        where: tuple[int, int, int],
        size: int,
        at: int | None = None,
    ) -> Expect: ...


class LineFault(Protocol):
    """Expect one finding about a whole segment."""

    def __call__(  # noqa: D102 - the class says it
        self,
        draft: Draft,
        rows: Mapping[str, AckRow],
        problem: str,
        at: tuple[str, ...],
        index: int | None,
        span: tuple[int, int] | None,
        name: str = "",
    ) -> Expect: ...


@dataclass(frozen=True)
class Dialect:
    """One syntax. `refused` is the answer that refuses a message, whatever the fault.

    `unknown` is a segment that nobody knows, `stranger` what a known one of another message is called.
    """

    source: Callable[[Set], str]
    compose: Compose
    legal: Callable[[Set, Sequence[Line]], bool]
    right: Callable[[Draft], Expect]
    refused: Callable[[Draft], Ack | None]
    element_fault: ElementFault
    line_fault: LineFault
    constraints: Constraints
    repeats: Callable[[Set], bool]
    unknown: str
    stranger: str
    service: frozenset[str]
    trailing: Callable[[Set], bool]
    relations: Mapping[str, str]


def _x12(spec: Set) -> str:
    return f"X12 {spec.release}"


def _refused(draft: Draft) -> Ack | None:
    said = accepted(draft).ack
    return Ack(said.message, tuple((name, "R") for name, _ in said.codes)) if said is not None else None


X12 = Dialect(
    source=_x12,
    compose=compose,
    legal=legal,
    right=accepted,
    refused=_refused,
    element_fault=element_fault,
    line_fault=line_fault,
    constraints=constraints,
    repeats=lambda spec: spec.release >= REPEATS_SINCE,
    unknown="ZZ9",
    stranger="segment/not-in-set",
    service=frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"}),
    trailing=lambda _: True,
    relations={kind: f"relation/{kind}" for kind in "PRECL"},
)
