"""A suite that is made of parts: what they say and try, one after the other."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.conformance.model import Case, Clause


class Part(Protocol):
    """Cases of one kind about one message or envelope."""

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements that it tests."""

    def cases(self) -> Iterator[Case]:
        """Yield its cases."""


class Parted:
    """A suite whose clauses and cases are those of `parts`, in their order."""

    @property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        return ()

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of every part."""
        yield from chain.from_iterable(part.clauses() for part in self.parts)

    def cases(self) -> Iterator[Case]:
        """Yield the cases of every part."""
        yield from chain.from_iterable(part.cases() for part in self.parts)

    def near(self, _: str, /) -> Iterator[Case]:
        """Yield the cases of every part, the last part first: the first ones compose messages to know what to list."""
        yield from chain.from_iterable(part.cases() for part in reversed(self.parts))
