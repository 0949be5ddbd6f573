"""The CATAIR suites: what they hold the library to, and how they are drawn."""

from __future__ import annotations

from gateway.conformance.catair import tables
from gateway.specs import data_root
from tests.conformance import judging


def test_the_library_passes() -> None:
    """A case in twelve, drawn by its id, gives exactly what is expected and nothing beside it."""
    assert judging.failures(judging.drawn("catair.", 12)) == []


def test_every_application_has_a_suite() -> None:
    """Each application with tables has a suite with at least one good and one bad case."""
    names = {suite.name.split(".")[1] for suite in judging.suites("catair.")} - {"envelope"}
    assert names == set(tables.applications(data_root()))
    good = {(case.suite, case.good) for case in judging.cases("catair.")}
    assert len(good) == 2 * len(judging.suites("catair."))


def test_ids_are_names() -> None:
    """No two cases share an id, and every id begins with its suite."""
    cases = judging.cases("catair.")
    assert judging.doubles(case.id for case in cases) == []
    assert [case.id for case in cases if not case.id.startswith(f"{case.suite}/")] == []


def test_both_sides_of_every_line() -> None:
    """Each clause has a good and a bad case, or says why not."""
    assert judging.lonely("catair.") == []


def test_the_seed_decides() -> None:
    """The same seed makes the same bytes; another seed makes others somewhere."""

    def digests(seed: int) -> list[str]:
        suite = next(one for one in judging.suites("catair.SX", seed))
        return [case.make().digest for case in suite.cases()]

    assert digests(1) == digests(1)
    assert digests(1) != digests(2)
