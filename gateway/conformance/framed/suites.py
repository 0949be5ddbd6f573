"""The suites of odd envelopes and values, one for each format that is made of segments.

Lives here: which of the classes are cases, and how each is read. What comes back is judged by what holds of every
reading (it is written again as it came, findings tell where), and by `answers.lock`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.framed.building import EDIFACT, X12
from gateway.conformance.framed.classes import CLASSES
from gateway.conformance.model import Built, Case, Clause, Expect, Operator, salt
from gateway.conformance.ways.suites import OPTIONS, WAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRAMED = "framed"
_LEVEL = 1
_OPEN = Expect("", open=True)
_SIZE = 4_800
_CHUNKS = (1, 7, 64, 300)


@dataclass(frozen=True)
class FramedSuite:
    """The odd envelopes and values of one format."""

    form: str

    @property
    def name(self) -> str:
        """`x12.framed`."""
        return f"{self.form}.{FRAMED}"

    @property
    def size(self) -> int:
        """About how many cases there are: as many as one process lists for itself at most."""
        return _SIZE

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for each class."""
        for one in CLASSES[self.form]:
            text = f"{(one.__doc__ or '').partition('.')[0]}: all of it is kept, and what is wrong is told at its place."
            yield Clause(
                self._clause(one.__name__), text, "this library", who="receiver", level=_LEVEL, pair=False
            )

    def _clause(self, what: str) -> str:
        return f"{self.name}/{what}/held"

    def cases(self) -> Iterator[Case]:
        """Yield each oddity read strictly, some read leniently, answered by options, read in pieces, or told with few findings."""
        for one in CLASSES[self.form]:
            clause = (self._clause(one.__name__),)
            seen: set[str] = set()
            for told, data in one(self.form):
                if told in seen:
                    continue
                seen.add(told)
                for way, steps in self._ways(told):
                    make = partial(_made, data, {"way": FRAMED, "format": self.form, **steps}, told)
                    name = f"{self.name}/{told}/{way}"
                    yield Case(name, self.name, clause, _LEVEL, "must", good=True, make=make, kind=WAY)

    def _ways(self, told: str) -> Iterator[tuple[str, dict[str, Any]]]:
        yield "read", {}
        drawn = salt(0, f"{self.name}/{told}")
        drawn, which = divmod(drawn, 9)
        if which == 0:
            yield "mended", {"lenient": True}
        if which == 1:
            option = drawn % len(OPTIONS)
            yield (
                f"answered-{option}",
                {"options": OPTIONS[option], "control": 1 + drawn % 99, "sender": "OURSELVES"},
            )
        if which == 2:
            yield "streamed", {"bytes": _CHUNKS[drawn % len(_CHUNKS)], "lenient": drawn % 5 == 0}
        if which == 3:
            yield f"few-{1 + drawn % 3}", {"findings_max": 1 + drawn % 3}


def _made(data: bytes, steps: dict[str, Any], told: str) -> Built:
    return Built(data, _OPEN, Operator(FRAMED, told), steps)


def suites(_root: Path, _seed: int) -> list[FramedSuite]:
    """Give every suite in order."""
    return [FramedSuite(X12), FramedSuite(EDIFACT)]
