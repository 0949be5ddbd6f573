"""The suites of a format made of segments: one for each message and release, one for each envelope.

Lives here: which suites there are and what belongs to each. A release in which a message is the same as
in an earlier one has a small suite of its own, which shows that the release is known.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Case, Clause, salt
from gateway.conformance.parts import Parted
from gateway.conformance.segments import envelope, loading
from gateway.conformance.segments.dialect import dialect, dialects, folder
from gateway.conformance.segments.elements import Elements
from gateway.conformance.segments.envelope import Envelopes
from gateway.conformance.segments.notes import Notes
from gateway.conformance.segments.structure import Structure
from gateway.conformance.segments.tail import Tails

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gateway.conformance.model import Built
    from gateway.conformance.parts import Part
    from gateway.conformance.segments.dialect import Dialect
    from gateway.conformance.segments.tables import Message


@dataclass(frozen=True)
class MessageSuite(Parted):
    """One message in one release. `like` names the earlier release in which it is the same, or is ""."""

    dialect: Dialect
    message: str
    release: str
    seed: int
    like: str = ""
    counted: frozenset[tuple[str, int]] = frozenset()

    @property
    def name(self) -> str:
        """`x12.309.004010`."""
        return f"{self.dialect.name}.{self.message}.{self.release}"

    @cached_property
    def spec(self) -> Message:
        """The message as the tables have it."""
        return loading.load(self.dialect, self.message, self.release)

    @property
    def size(self) -> int:
        """About how many cases there are."""
        if self.like:
            return 2
        return 8 * sum(len(place.segment.positions) for _, place in self.spec.walk())

    @cached_property
    def _structure(self) -> Structure:
        return Structure(self.name, self.spec, self.seed, self.counted)

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        said = envelope.of_message(self.spec, _other_group(self.spec))
        return (
            Envelopes(self.name, self.spec, self.seed, said),
            self._structure,
            Tails(self.name, self.spec, self.seed),
            Elements(self.name, self.spec, self.seed),
            Notes(self.name, self.spec, self.seed),
        )

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the message."""
        if self.like:
            yield Clause(
                id=f"{self.name}/release/like",
                text=f"Set {self.message} in {self.release} is as it is in {self.like}.",
                source=self.spec.source,
                level=2,
            )
            return
        yield from super().clauses()

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the message."""
        if self.like:
            for variant, good in (("known", True), ("fault-seen", False)):
                name = f"{self.name}/release/{variant}"
                make = partial(self._release, name, good=good)
                clause = f"{self.name}/release/like"
                yield Case(name, self.name, (clause,), 2, "must", good=good, make=make)
            return
        yield from super().cases()

    def near(self, case_id: str, /) -> Iterator[Case]:
        """Yield what is made soon first."""
        return self.cases() if self.like else super().near(case_id)

    def _release(self, name: str, *, good: bool) -> Built:
        """Make a legal message, or one with a segment that nobody knows."""
        number = salt(self.seed, name)
        return self._structure.some(number) if good else self._structure.foreign(number)


@dataclass(frozen=True)
class EnvelopeSuite(Parted):
    """The envelope that the releases of one era share, shown around one message."""

    dialect: Dialect
    era: str
    message: str
    release: str
    seed: int

    @property
    def name(self) -> str:
        """`x12.envelope.004010`."""
        return f"{self.dialect.name}.envelope.{self.era}"

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        spec = loading.load(self.dialect, self.message, self.release)
        return (Envelopes(self.name, spec, self.seed, envelope.of_envelope(spec)),)


def suites(root: Path, seed: int) -> list[MessageSuite | EnvelopeSuite]:
    """Give every suite of every format that is made of segments, in order."""
    found: list[MessageSuite | EnvelopeSuite] = []
    for one in dialects(root):
        found += [EnvelopeSuite(one, *shown, seed) for shown in one.shown]
        for name, release, like, counted in _distinct(one):
            found.append(MessageSuite(one, name, release, seed, like, counted))
    return found


def suite(root: Path, name: str, seed: int) -> MessageSuite | EnvelopeSuite | None:
    """Give a suite by its name, None where it has another module's; the tables of its own format are read alone."""
    form, _, rest = name.partition(".")
    if not (folder(root) / f"{form}.toml").is_file():
        return None
    one = dialect(root, form)
    message, _, release = rest.partition(".")
    if message == "envelope":
        return next((EnvelopeSuite(one, *shown, seed) for shown in one.shown if shown[0] == release), None)
    # Of the later releases nothing is read.
    there = (row for row in _listed(one, message) if row[1] == release)
    return next((MessageSuite(one, *row[:2], seed, *row[2:]) for row in there), None)


_Row = tuple[str, str, str, frozenset[tuple[str, int]]]


def _distinct(one: Dialect) -> Iterator[_Row]:
    """Yield each message and release with the earlier release it equals, and the large counts tested before."""
    for name in loading.messages(one):
        yield from _releases(one, name)


@cache
def _releases(one: Dialect, name: str) -> tuple[_Row, ...]:
    """Give the releases of one message, none where there is no such message."""
    return tuple(_listed(one, name))


def _listed(one: Dialect, name: str) -> Iterator[_Row]:
    """Yield the releases of one message, each read when it is asked for."""
    seen: dict[str, str] = {}
    counted: frozenset[tuple[str, int]] = frozenset()
    for release in loading.messages(one).get(name, ()):
        spec = loading.load(one, name, release)
        like = seen.setdefault(_digest(spec), release)
        yield name, release, "" if like == release else like, counted
        if one.tables.large_counts == "once":
            counted |= {
                ("/".join(step.step for step in (*way, place)), place.most)
                for way, place in spec.walk()
                if place.most is not None
            }


def _digest(spec: Message) -> str:
    text = repr([(len(way), place.must, place.most, place.loop, place.segment) for way, place in spec.walk()])
    return hashlib.sha256(f"{spec.groups}{spec.era.name}{text}".encode()).hexdigest()


def _other_group(spec: Message) -> str:
    one = spec.dialect
    known = {
        group
        for name, releases in loading.messages(one).items()
        for group in loading.load(one, name, releases[0]).groups
    }
    return min(known - set(spec.groups) - one.unanswered)
