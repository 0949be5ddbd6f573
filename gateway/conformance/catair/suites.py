"""The CATAIR suites: one for each application with tables, one for each dialect of the envelope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.catair import tables
from gateway.conformance.catair.agreements import Agreements
from gateway.conformance.catair.draft import Composer
from gateway.conformance.catair.envelope import Envelope
from gateway.conformance.catair.fields import Fields
from gateway.conformance.catair.orders import Orders
from gateway.conformance.catair.relations import Relations
from gateway.conformance.catair.structure import Structure
from gateway.conformance.parts import Parted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.parts import Part

# The application whose batch shows an envelope, and what the suite is called.
_ENVELOPES = (("SE", "in"), ("QP", "eman"), ("SX", "out"))


@dataclass(frozen=True)
class MessageSuite(Parted):
    """One application's message."""

    root: Path
    application: str
    seed: int

    @property
    def name(self) -> str:
        """`catair.SE.v40`."""
        return f"catair.{self.application}.{tables.applications(self.root)[self.application].version}"

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        composer = Composer(self.root, tables.message(self.root, self.application))
        return (
            Structure(self.name, composer, self.seed),
            Agreements(self.name, composer, self.seed),
            Orders(self.name, composer, self.seed),
            Fields(self.name, composer, self.seed),
            Relations(self.name, composer, self.seed),
        )

    @cached_property
    def size(self) -> int:
        """About how many cases there are."""
        message = tables.message(self.root, self.application)
        own = [layout for record in message.own for layout in message.layouts[record]]
        return 3 * sum(len(layout.fields) for layout in own)


@dataclass(frozen=True)
class EnvelopeSuite(Parted):
    """A, B, Y and Z in one dialect."""

    root: Path
    application: str
    dialect: str
    seed: int

    @property
    def name(self) -> str:
        """`catair.envelope.in`."""
        return f"catair.envelope.{self.dialect}"

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        composer = Composer(self.root, tables.message(self.root, self.application))
        return (Envelope(self.name, composer, self.seed),)


def suites(root: Path, seed: int) -> list[MessageSuite | EnvelopeSuite]:
    """Give every CATAIR suite in order."""
    return [
        *(EnvelopeSuite(root, application, dialect, seed) for application, dialect in _ENVELOPES),
        *(MessageSuite(root, name, seed) for name in tables.applications(root)),
    ]
