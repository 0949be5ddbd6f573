"""What was read of a sample, kept for the cases that ask about the same bytes one after the other.

Lives here: the memory, and whether there is one. A run has it; who looks at what a single case reaches (the selftest)
has not, since a case would then reach only what the one before it did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

# Cases of one sample follow each other, some of them with changes of their own.
KEPT_MAX = 6


class Memory:
    """The last outcomes by what they were made of; none is kept before `begin`. Nobody changes what is kept."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._most = 0
        self._kept: dict[Hashable, Any] = {}

    def begin(self) -> None:
        """Forget everything, and remember from now on."""
        self._most = KEPT_MAX
        self._kept.clear()

    def of(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Give what was made for a key, made now where it is not known."""
        if key in self._kept:
            return self._kept[key]
        made = make()
        if self._most:
            self._kept[key] = made
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return made


TAKEN, DOCUMENTS, TOLD = Memory(), Memory(), Memory()


def remember() -> None:
    """Begin to remember, with nothing of before."""
    for one in (TAKEN, DOCUMENTS, TOLD):
        one.begin()
