"""The WCO suites: one for each message, one for the cancellation subset, one for each profile's envelope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.wco import tables
from gateway.conformance.wco.draft import Composer
from gateway.conformance.wco.envelope import Envelope
from gateway.conformance.wco.structure import Structure
from gateway.conformance.wco.subset import SubsetStructure, SubsetTexts
from gateway.conformance.wco.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.model import Case, Clause

USUAL_PROFILE = "uk-cds"
CANCELLING: Mapping[str, str] = {"FunctionCode": "13", "TypeCode": "INV"}
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class MessageSuite:
    """One message, or the subset of one, in one profile."""

    root: Path
    message: str
    seed: int
    profile: str = USUAL_PROFILE

    @property
    def name(self) -> str:
        """`wco.DEC.3.6`."""
        return f"wco.{self.message}.{tables.VERSION}"

    @cached_property
    def _parts(self) -> tuple[Structure, ...]:
        profile = tables.profiles(self.root)[self.profile]
        tree = tables.message(self.root, self.message)
        cancels = self.message == "CAN"
        composer = Composer(
            profile, tables.message(self.root, "MetaData"), tree, CANCELLING if cancels else _NOTHING
        )
        kinds: tuple[type[Structure], ...] = (SubsetStructure, SubsetTexts) if cancels else (Structure, Texts)
        return tuple(kind(self.name, self.root, composer, self.seed) for kind in kinds)

    @cached_property
    def size(self) -> int:
        """About how many cases there are."""
        return 14 * sum(1 for _ in tables.message(self.root, self.message).walk())

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the message."""
        yield from chain.from_iterable(part.clauses() for part in self._parts)

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the message."""
        yield from chain.from_iterable(part.cases() for part in self._parts)


@dataclass(frozen=True)
class EnvelopeSuite:
    """MetaData in one profile, and XML itself."""

    root: Path
    profile: str
    seed: int

    @property
    def name(self) -> str:
        """`wco.envelope.uk-cds`."""
        return f"wco.envelope.{self.profile}"

    @cached_property
    def _part(self) -> Envelope:
        return Envelope(self.name, self.root, tables.profiles(self.root)[self.profile], self.seed)

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the envelope."""
        yield from self._part.clauses()

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the envelope."""
        yield from self._part.cases()


def suites(root: Path, seed: int) -> list[MessageSuite | EnvelopeSuite]:
    """Give every WCO suite in order."""
    envelopes = [EnvelopeSuite(root, profile, seed) for profile in tables.profiles(root)]
    return [*envelopes, *(MessageSuite(root, message, seed) for message in ("DEC", "RES", "CAN"))]
