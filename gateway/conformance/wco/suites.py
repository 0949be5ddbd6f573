"""The WCO suites: one for each message, one for the cancellation subset, one for each profile's envelope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.parts import Parted
from gateway.conformance.wco import tables
from gateway.conformance.wco.draft import Composer
from gateway.conformance.wco.envelope import Envelope
from gateway.conformance.wco.structure import Structure
from gateway.conformance.wco.subset import SubsetStructure, SubsetTexts
from gateway.conformance.wco.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.conformance.parts import Part


USUAL_PROFILE = "uk-cds"
CANCELLING: Mapping[str, str] = {"FunctionCode": "13", "TypeCode": "INV"}
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class MessageSuite(Parted):
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
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
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


@dataclass(frozen=True)
class EnvelopeSuite(Parted):
    """MetaData in one profile, and XML itself."""

    root: Path
    profile: str
    seed: int

    @property
    def name(self) -> str:
        """`wco.envelope.uk-cds`."""
        return f"wco.envelope.{self.profile}"

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        return (Envelope(self.name, self.root, tables.profiles(self.root)[self.profile], self.seed),)


def suites(root: Path, seed: int) -> list[MessageSuite | EnvelopeSuite]:
    """Give every WCO suite in order."""
    envelopes = [EnvelopeSuite(root, profile, seed) for profile in tables.profiles(root)]
    return [*envelopes, *(MessageSuite(root, message, seed) for message in ("DEC", "RES", "CAN"))]
