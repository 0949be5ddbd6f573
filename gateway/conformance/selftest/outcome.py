"""What a part of the selftest says: how many faults there were, which were not noticed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Outcome:
    """One fault or one kind of fault. `survivors` are named with the clause or place they live in.

    `share_min` is the part that has to be caught, of all outcomes together that have it; below 1.0 each
    survivor has to be explained too, and `unexplained` counts those that are not. `notes` are worth saying,
    `counts` say what `total` was drawn from.
    """

    name: str
    total: int = 0
    caught: int = 0
    survivors: list[str] = field(default_factory=list)
    share_min: float = 1.0
    unexplained: int = 0
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Give the caught part, 1.0 of nothing."""
        return self.caught / self.total if self.total else 1.0

    @property
    def missed(self) -> int:
        """Count what is held against the suite whatever the others are."""
        return self.total - self.caught if self.share_min == 1 else self.unexplained


def too_few(outcomes: Iterable[Outcome]) -> int:
    """Count what was not caught where less was caught than has to be, of all these together; 0 where enough was."""
    total = caught = 0
    share_min = 0.0
    for one in outcomes:
        total, caught, share_min = total + one.total, caught + one.caught, one.share_min
    return total - caught if total and caught / total < share_min else 0


def drawn(name: str, one_in: int) -> bool:
    """Tell whether something belongs to a sample of one in so many: the same on every machine."""
    return one_in <= 1 or int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) % one_in == 0
