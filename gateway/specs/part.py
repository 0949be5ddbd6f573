"""Part, LeafSpec, MessageSpec: what a standard says of one message, as one tree.

Every format's tables end up in this shape, so that mappings, coverage, inspection
and help read one thing. A format may subclass `MessageSpec` to add what only its own
grammar needs (patterns, relations, layouts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafSpec:
    """One element, field, attribute or scalar.

    `kind` is the standard's own type word (`AN`, `N2`, `DT`, `10AN`, `amount`).
    `length_max` counts characters, None is unbounded. `usage` is M, O, X or N
    (mandatory, optional, relational, not used). `codes` maps each allowed code to its
    meaning, None where any text may stand. `control` marks counters, identifiers of
    the record itself and the like: they are no data, and coverage says so. `meaning` says
    what customs means by it, where the title does not.
    """

    key: str
    title: str
    kind: str = "AN"
    length_min: int = 0
    length_max: int | None = None
    usage: str = "O"
    codes: Mapping[str, str] | None = None
    control: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One node a message may hold: loop, segment, record, XML element, JSON object.

    `parts` stand in the order in which the standard wants them. `count_max` None is
    unbounded. In a loop the first part is the leader: it has the loop's name, and an
    address `N1[01=CN]-02` on the loop means the leader's leaf. In a `free` loop the parts
    behind the leader stand in any order, but for the one that closes it: `closer`.
    """

    name: str
    title: str = ""
    leaves: Mapping[str, LeafSpec] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    usage: str = "O"
    count_max: int | None = 1
    loop: bool = False
    free: bool = False
    closer: str = ""
    ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Give each child its number; a writer asks for it at each node."""
        ranks = {
            part.name: rank if not (self.free and rank) else 2 if part.name == self.closer else 1
            for rank, part in enumerate(self.parts)
        }
        object.__setattr__(self, "ranks", ranks)

    def part(self, name: str) -> Part | None:
        """Give the child of that name, None where the standard has none."""
        if name in self.ranks:
            for part in self.parts:
                if part.name == name:
                    return part
        return None

    @property
    def leader(self) -> Part | None:
        """The segment or record that opens this loop, None for anything else."""
        return self.parts[0] if self.loop and self.parts else None

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Part]]:
        """Yield every part below with its address, in the standard's order."""
        for part in self.parts:
            address = f"{prefix}/{part.name}" if prefix else part.name
            yield address, part
            yield from part.walk(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSpec:
    """One message of one version: `x12` `309` `004010`.

    `root` is the node that a `Transaction.root` has; addresses are relative to it.
    `separator` stands between node and leaf in an address. `source` and `since` say
    where the table came from and from when it holds. `base` is the version whose mapping
    serves this one where it has none of its own.
    """

    format: str
    message: str
    version: str
    title: str
    root: Part
    separator: str
    source: str = ""
    since: str = ""
    base: str = ""

    @property
    def id(self) -> str:
        """`x12/309/004010`."""
        return f"{self.format}/{self.message}/{self.version}"
