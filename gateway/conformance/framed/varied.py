"""Generated messages that are right, with one to three changes: full loops and rare segments beside a fault.

Lives here: the suites, and which messages are changed. The messages are those that the suites of each message make
of its tables, most of them at a maximum; the changes are those of `gateway.conformance.mixed`. Never here: either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.framed.building import EDIFACT, X12
from gateway.conformance.framed.suites import FRAMED
from gateway.conformance.mixed.suites import changed, changes_of
from gateway.conformance.model import Built, Case, Clause, salt
from gateway.conformance.segments.suites import MessageSuite
from gateway.conformance.segments.suites import suite as segment_suite
from gateway.conformance.segments.suites import suites as segment_suites
from gateway.conformance.ways.suites import WAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.conformance.mixed.suites import Change

# The seed that the messages are made by, whatever the seed of a run is.
_SEED = 1
_LEVEL = 2
_MESSAGES = {
    X12: ("309.004010", "309.005010", "353.005020", "601.004010", "856.005010", "810.005010", "355.004010"),
    EDIFACT: ("CUSCAR.D13A", "CUSDEC.D96B", "CUSRES.D96B", "CUSREP.D13A", "APERAK.D96B"),
}
_OF_EACH = 40
# What may stand more often than this is not shown at its maximum here.
_TIMES_MAX = 25
# Beginnings of what a right message shows that is worth changing, most of all how often something may stand.
_SHOWN = ("maximum", "order", "usage", "repeats", "required")


@dataclass(frozen=True)
class VariedSuite:
    """The changed messages of one format."""

    root: Path
    form: str

    @property
    def name(self) -> str:
        """`x12.varied.framed`."""
        return f"{self.form}.varied.{FRAMED}"

    def _suites(self) -> Iterator[MessageSuite]:
        names = {f"{self.form}.{one}" for one in _MESSAGES[self.form]}
        for suite in segment_suites(self.root, _SEED):
            if isinstance(suite, MessageSuite) and suite.name in names:
                yield suite

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for each message."""
        for suite in self._suites():
            text = f"Whatever is changed in a {suite.message} of {suite.release}, what is wrong is told at its place."
            yield Clause(self._clause(suite), text, "this library", who="receiver", level=_LEVEL, pair=False)

    def _clause(self, suite: MessageSuite) -> str:
        return f"{self.name}/{suite.message}.{suite.release}/held"

    def cases(self) -> Iterator[Case]:
        """Yield so many changed messages of each, some read leniently."""
        for suite in self._suites():
            yield from self._of(suite)

    def near(self, case_id: str, /) -> Iterator[Case]:
        """Yield the cases of the message that an id names."""
        message = case_id.split("/")[1]
        suite = (
            segment_suite(self.root, f"{self.form}.{message}", _SEED)
            if message in _MESSAGES[self.form]
            else None
        )
        if isinstance(suite, MessageSuite):
            yield from self._of(suite)

    def _of(self, suite: MessageSuite) -> Iterator[Case]:
        large = {
            "/".join(step.step for step in (*way, place))
            for way, place in suite.spec.walk()
            if place.most is None or place.most > _TIMES_MAX
        }
        good = [case for case in suite.cases() if case.good and _shown_at(case) not in large]
        good.sort(key=lambda case: (not _is_shown(case), salt(0, case.id)))
        for number, case in enumerate(good[:_OF_EACH]):
            place = "/".join(case.id.split("/")[1:])
            for turn in range(2):
                changes = changes_of(self.form, f"varied/{case.id}/{turn}", number + turn)
                told = "+".join(f"{what}-{far:02}-{by:02}" for what, far, by in changes)
                name = f"{self.name}/{suite.message}.{suite.release}/{place}/{told}"
                make = partial(self._made, case, changes, lenient=salt(0, name) % 6 == 0)
                yield Case(
                    name, self.name, (self._clause(suite),), _LEVEL, "must", good=True, make=make, kind=WAY
                )

    def _made(self, case: Case, changes: tuple[Change, ...], *, lenient: bool) -> Built:
        built = changed(self.form, case.make().data, case.id, changes)
        steps = {"way": FRAMED, "format": self.form, **({"lenient": True} if lenient else {})}
        return Built(built.data, built.expect, built.operator, steps)


def _shown_at(case: Case) -> str:
    """Give the place that a case shows at its maximum, "" for another case."""
    place, mark, _ = case.id.partition("/maximum/")
    return place.partition("/")[2] if mark else ""


def _is_shown(case: Case) -> bool:
    return any(part.startswith(_SHOWN) for part in case.id.split("/")[-2:])


def suites(root: Path, _seed: int) -> list[VariedSuite]:
    """Give every suite in order."""
    return [VariedSuite(root, X12), VariedSuite(root, EDIFACT)]
