"""What a part of the selftest says: how many faults there were, which were not noticed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """One fault or one kind of fault. `survivors` are named with the clause or place they live in."""

    name: str
    total: int = 0
    caught: int = 0
    survivors: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Give the caught part, 1.0 of nothing."""
        return self.caught / self.total if self.total else 1.0


def drawn(name: str, one_in: int) -> bool:
    """Tell whether something belongs to a sample of one in so many: the same on every machine."""
    return one_in <= 1 or int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) % one_in == 0
