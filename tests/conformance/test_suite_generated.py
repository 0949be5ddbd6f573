"""The generated suites: what they hold the library to, and how they are drawn."""

from __future__ import annotations

import pytest

from gateway.conformance.catair import tables
from gateway.specs import data_root
from tests.conformance import judging

# Beginnings of suite names, and of how many cases one is judged here; a whole run is a command of its own.
DRAWN = {
    "x12.envelope.": 2,
    "x12.309.004010": 20,
    "x12.999.": 6,
    "catair.": 40,
    "wco.envelope.": 2,
    "wco.RES": 4,
    "wco.DEC": 20,
    "wco.CAN": 4,
    "json.": 10,
    "edifact.envelope.": 5,
    "edifact.CUSRES.D13A": 20,
    "edifact.CONTRL.": 10,
    "signing.": 4,
    "wco.samples": 1,
    "json.samples": 1,
    "x12.samples": 4,
    "catair.samples": 4,
    "edifact.samples": 4,
    "x12.mixed": 4,
    "x12.profile": 9,
    "edifact.mixed": 4,
    "x12.mended": 9,
    "wco.mended": 9,
    "json.limits": 9,
    "x12.limits": 9,
    "edifact.customs": 9,
    "wco.customs": 9,
    "catair.kept": 9,
    "catair.made": 9,
    "edifact.made": 9,
    "json.made": 9,
    "wco.made": 9,
    "x12.made": 9,
    "catair.odd": 40,
    "wco.odd": 40,
    "json.odd": 40,
    "wco.pointed": 9,
    "json.translated": 9,
    "x12.translated": 20,
    "x12.ruled": 20,
    "edifact.streamed": 1,
    "x12.streamed": 1,
    "x12.framed": 29,
    "edifact.framed": 29,
    "x12.varied": 9,
    "edifact.varied": 9,
    "exchange.": 5,
}
# Suites of which nobody says beforehand what is right.
WAYS = (".limits", ".customs", ".kept", ".made", ".translated", ".ruled", ".streamed", ".framed", ".pointed")
OPEN = (".mixed", ".mended", ".lenient", ".odd", ".profile", *WAYS)
every = pytest.mark.parametrize("start", DRAWN)


@every
def test_the_library_passes(start: str) -> None:
    """A share of the cases, drawn by id, gives exactly what is expected and nothing beside it."""
    assert judging.failures(judging.drawn(start, DRAWN[start])) == []


@every
def test_ids_are_names(start: str) -> None:
    """No two cases share an id, and every id begins with its suite."""
    cases = judging.cases(start)
    assert judging.doubles(case.id for case in cases) == []
    assert [case.id for case in cases if not case.id.startswith(f"{case.suite}/")] == []


@every
def test_both_sides_of_every_line(start: str) -> None:
    """Each clause has a good and a bad case, or says why not."""
    assert judging.lonely(start) == []


@every
def test_every_suite_has_both_kinds(start: str) -> None:
    """A suite that accepts all, or rejects all, would say nothing."""
    kinds = {(case.suite, case.good) for case in judging.cases(start) if not case.suite.endswith(OPEN)}
    assert len(kinds) == 2 * sum(not suite.name.endswith(OPEN) for suite in judging.suites(start))


def test_every_application_has_a_suite() -> None:
    """Each CATAIR application with tables has a suite."""
    names = {suite.name.split(".")[1] for suite in judging.suites("catair.")} - {
        "envelope",
        "samples",
        "mixed",
        "mended",
        "lenient",
        "odd",
        "cases",
        *(one.removeprefix(".") for one in WAYS),
    }
    assert names == set(tables.applications(data_root()))


@pytest.mark.parametrize("start", ["catair.SX", "wco.CAN", "x12.352.004010"])
def test_the_seed_decides(start: str) -> None:
    """The same seed makes the same bytes; another seed makes others somewhere."""

    def digests(seed: int) -> list[str]:
        suite = next(one for one in judging.suites(start, seed))
        return [case.make().digest for case in suite.cases()]

    assert digests(1) == digests(1)
    assert digests(1) != digests(2)
