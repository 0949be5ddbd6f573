"""The EDIFACT suites: one for each message and directory, one for each envelope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.edifact import tables
from gateway.conformance.edifact.draft import EDIFACT
from gateway.conformance.edifact.envelope import Envelopes
from gateway.conformance.edifact.statements import statements
from gateway.conformance.x12 import elements, notes, structure, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Case, Clause
    from gateway.conformance.x12.tables import Set
    from gateway.conformance.x12.trials import Constraint

_ALONE = "the composite has no other component: without it the whole is missing"


class Structure(structure.Structure):
    """The cases about the lines of one message."""

    dialect = EDIFACT


class Elements(elements.Elements):
    """The cases about the elements of one message."""

    dialect = EDIFACT

    def _said(self, light: elements.Spotlight) -> list[tuple[Clause, Constraint]]:
        """Leave out what cannot be tried alone: the one component of a composite."""
        said = super()._said(light)
        whole = light.targets[0][-1].segment.positions[light.at - 1].what
        if not light.component or len(getattr(whole, "positions", ())) > 1:
            return said
        return [
            (replace(clause, reason=_ALONE), replace(one, tried=(), reason=_ALONE))
            if one.name == "usage"
            else (clause, one)
            for clause, one in said
        ]


class Notes(notes.Notes):
    """The cases about dependencies between elements."""

    dialect = EDIFACT


class Tails(tail.Tails):
    """The cases about the ends of the segments of one message."""

    dialect = EDIFACT


@dataclass(frozen=True)
class MessageSuite:
    """One message of one directory."""

    root: Path
    message: str
    directory: str
    seed: int

    @property
    def name(self) -> str:
        """`edifact.CUSDEC.D96B`."""
        return f"edifact.{self.message}.{self.directory}"

    @cached_property
    def spec(self) -> Set:
        """The message as the tables have it."""
        return tables.load(self.root, self.message, self.directory)

    @property
    def size(self) -> int:
        """About how many cases there are."""
        return 8 * sum(len(place.segment.positions) for _, place in self.spec.walk())

    @cached_property
    def _parts(self) -> tuple[Structure | Elements | Notes | Tails, ...]:
        rows = tables.ack_rows(self.root)
        return (
            Structure(self.name, self.spec, rows, self.seed),
            Tails(self.name, self.spec, rows, self.seed),
            Elements(self.name, self.spec, rows, self.seed),
            Notes(self.name, self.spec, rows, self.seed),
        )

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the message."""
        yield from chain.from_iterable(part.clauses() for part in self._parts)

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the message."""
        yield from chain.from_iterable(part.cases() for part in self._parts)


@dataclass(frozen=True)
class EnvelopeSuite:
    """The envelope of one syntax version, shown around a customs declaration."""

    root: Path
    directory: str
    service: str
    seed: int

    @property
    def name(self) -> str:
        """`edifact.envelope.3`."""
        return f"edifact.envelope.{tables.syntax_of(self.directory)}"

    @cached_property
    def _part(self) -> Envelopes:
        spec = tables.load(self.root, "CUSDEC", self.directory)
        said = tuple(statements(self.root, self.service))
        return Envelopes(self.name, spec, tables.ack_rows(self.root), self.seed, said)

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the envelope."""
        yield from self._part.clauses()

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the envelope."""
        yield from self._part.cases()


def suites(root: Path, seed: int) -> list[MessageSuite | EnvelopeSuite]:
    """Give every EDIFACT suite in order."""
    envelopes = [EnvelopeSuite(root, "D96B", "D3", seed), EnvelopeSuite(root, "D13A", "41", seed)]
    messages = [MessageSuite(root, name, directory, seed) for name, directory in tables.messages(root)]
    return [*envelopes, *messages]
