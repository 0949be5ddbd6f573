"""The X12 suites: one for each set and release that differs from the one before, one for the envelope.

Lives here: which suites there are and what belongs to each. A release in which a set is the same as
in an earlier one has a small suite of its own, which shows that the release is known.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.model import Case, Clause, salt
from gateway.conformance.x12 import envelope as said
from gateway.conformance.x12 import tables
from gateway.conformance.x12.elements import Elements
from gateway.conformance.x12.frame import Envelopes, element_statements
from gateway.conformance.x12.notes import Notes
from gateway.conformance.x12.structure import Structure
from gateway.conformance.x12.tail import Tails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Built
    from gateway.conformance.x12.tables import Set


@dataclass(frozen=True)
class SetSuite:
    """One set in one release. `like` names the earlier release in which it is the same, or is ""."""

    root: Path
    number: str
    release: str
    seed: int
    like: str = ""
    counted: frozenset[tuple[str, int]] = frozenset()

    @property
    def name(self) -> str:
        """`x12.309.004010`."""
        return f"x12.{self.number}.{self.release}"

    @cached_property
    def spec(self) -> Set:
        """The set as the tables have it."""
        return tables.load(self.root / "edi_specs" / "x12", self.number, self.release)

    @property
    def size(self) -> int:
        """About how many cases there are."""
        if self.like:
            return 2
        return 8 * sum(len(place.segment.positions) for _, place in self.spec.walk())

    @cached_property
    def _parts(self) -> tuple[Elements | Notes | Structure | Tails | Envelopes, ...]:
        rows = tables.ack_rows(self.root)
        statements = said.set_statements(self.spec, _other_group(self.root, self.spec))
        return (
            Envelopes(self.name, self.spec, rows, self.seed, statements),
            Structure(self.name, self.spec, rows, self.seed, self.counted),
            Tails(self.name, self.spec, rows, self.seed),
            Elements(self.name, self.spec, rows, self.seed),
            Notes(self.name, self.spec, rows, self.seed),
        )

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the set."""
        if self.like:
            yield Clause(
                id=f"{self.name}/release/like",
                text=f"Set {self.number} in {self.release} is as it is in {self.like}.",
                source=f"X12 {self.release}",
                level=2,
            )
            return
        yield from chain.from_iterable(part.clauses() for part in self._parts)

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the set."""
        if self.like:
            for variant, good in (("known", True), ("fault-seen", False)):
                name = f"{self.name}/release/{variant}"
                make = partial(self._release, name, good=good)
                clause = f"{self.name}/release/like"
                yield Case(name, self.name, (clause,), 2, "must", good=good, make=make)
            return
        yield from chain.from_iterable(part.cases() for part in self._parts)

    def _release(self, name: str, *, good: bool) -> Built:
        """Make a legal set, or one with a segment that nobody knows."""
        number = salt(self.seed, name)
        structure = Structure(self.name, self.spec, tables.ack_rows(self.root), self.seed)
        return structure.some(number) if good else structure.foreign(number)


@dataclass(frozen=True)
class EnvelopeSuite:
    """The envelope that every release shares, shown around one set of an old and one of a new release."""

    root: Path
    number: str
    release: str
    seed: int

    @property
    def name(self) -> str:
        """`x12.envelope.004010`."""
        return f"x12.envelope.{self.release}"

    @cached_property
    def _part(self) -> Envelopes:
        folder = self.root / "edi_specs" / "x12"
        spec = tables.load(folder, self.number, self.release)
        newer = self.release >= "004020"
        statements = (
            *element_statements(tables.envelope(folder), newer=newer),
            *said.number_statements(self.release),
            *said.shape_statements(spec),
            *(one for one in said.delimiter_statements(spec) if newer or one.name != "repetition"),
        )
        return Envelopes(self.name, spec, tables.ack_rows(self.root), self.seed, statements)

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the envelope."""
        yield from self._part.clauses()

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the envelope."""
        yield from self._part.cases()


def suites(root: Path, seed: int) -> list[SetSuite | EnvelopeSuite]:
    """Give every X12 suite in order."""
    found: list[SetSuite | EnvelopeSuite] = [
        EnvelopeSuite(root, "309", "004010", seed),
        EnvelopeSuite(root, "309", "005010", seed),
    ]
    for number, release, like, counted in _distinct(root):
        found.append(SetSuite(root, number, release, seed, like, counted))
    return found


@cache
def _distinct(root: Path) -> tuple[tuple[str, str, str, frozenset[tuple[str, int]]], ...]:
    """Give each set and release with the earlier release it equals, and the large counts tested before."""
    folder = root / "edi_specs" / "x12"
    found = []
    for number, releases in tables.sets(folder).items():
        seen: dict[str, str] = {}
        counted: frozenset[tuple[str, int]] = frozenset()
        for release in releases:
            spec = tables.load(folder, number, release)
            key = _digest(spec)
            like = seen.setdefault(key, release)
            found.append((number, release, "" if like == release else like, counted))
            counted |= {
                ("/".join(step.step for step in (*way, place)), place.most)
                for way, place in spec.walk()
                if place.most is not None
            }
    return tuple(found)


def _digest(spec: Set) -> str:
    text = repr([(len(way), place.must, place.most, place.loop, place.segment) for way, place in spec.walk()])
    newer = spec.release >= "005010", spec.release >= "004020"
    return hashlib.sha256(f"{spec.groups}{newer}{text}".encode()).hexdigest()


def _other_group(root: Path, spec: Set) -> str:
    folder = root / "edi_specs" / "x12"
    known = {
        group
        for number, releases in tables.sets(folder).items()
        for group in tables.load(folder, number, releases[0]).groups
    }
    return min(known - set(spec.groups) - {"FA"})
