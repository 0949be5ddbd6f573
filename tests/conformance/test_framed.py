"""Transmissions built of letters: right rows are right, and every oddity is another one."""

from __future__ import annotations

import pytest

import gateway
from gateway.conformance.framed import building, classes
from gateway.conformance.framed.suites import suites
from gateway.finding import Severity
from gateway.specs import data_root

FORMS = (building.X12, building.EDIFACT)
RIGHT = {
    building.X12: ("IGSgi", "ITGSSgGSgi", "IGSgiIGSgi"),
    building.EDIFACT: ("ISi", "ISSiISi", "IGSSgGSgi"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_row_has_no_fault(form: str) -> None:
    """Numbers and counts of what is built agree, so nothing is found of it."""
    chosen = building.base(form, classes.BASES[form][0])
    for row in RIGHT[form]:
        data = building.written(chosen, building.Maker(chosen).built(row))
        assert [one.code for one in gateway.validate(data).findings if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_letter_is_a_piece(form: str) -> None:
    """Each letter makes at least one segment, and one with two faults is refused."""
    chosen = building.base(form, classes.BASES[form][0])
    assert all(building.Maker(chosen).piece(letter) for letter in building.LETTERS)
    assert not gateway.validate(building.written(chosen, building.Maker(chosen).built("IGBgi"))).ok


def test_each_oddity_is_one_of_its_own() -> None:
    """No two cases have one id, and of each class there are some."""
    for suite in suites(data_root(), 1):
        names = [case.id for case in suite.cases()]
        assert len(set(names)) == len(names)
        told = {case.clauses[0] for case in suite.cases()}
        assert told == {clause.id for clause in suite.clauses()}
