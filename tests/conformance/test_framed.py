"""Transmissions built of letters: right rows are right, and every oddity is another one."""

from __future__ import annotations

import pytest

import gateway
from gateway.conformance.framed import answered, building, classes, envelopes
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
    for suite in (*suites(data_root(), 1), *answered.suites(data_root(), 1)):
        names = [case.id for case in suite.cases()]
        assert len(set(names)) == len(names)
        told = {case.clauses[0] for case in suite.cases()}
        assert told == {clause.id for clause in suite.clauses()}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"says": {"UNB/2": "GATEWAY:ZZZ", "UNG/2": "A?'B", "UNE/2": "1", "UNT/2": "41"}}, ""),
        ({"says": {"UNG/2": "A'B"}}, 'UNG/2 of the answer is "A?\'B"'),
        ({"says": {"UNG/9": "X"}}, "UNG/9 of the answer is ''"),
        ({"says": {"UCI/1": "1"}}, "UCI/1 of the answer is ''"),
        ({"once": ["UNG", "UNZ"], "never": ["UNS"], "begins": "UNA:+.? '\r\nUNB+"}, ""),
        ({"once": ["UCI"]}, "UCI stands 0 times in the answer"),
        ({"never": ["UNE", "UNS"]}, "UNE stands in the answer"),
        ({"begins": "UNB+"}, "the answer begins with b'UNA:'"),
        ({"marks": {"element": "+", "terminator": "'", "line_end": "\r\n"}}, ""),
        ({"marks": {"element": "|"}}, "element of the answer is '+'"),
        ({"marks": {"line_end": ""}}, "line_end of the answer is '\\r\\n'"),
    ],
)
def test_an_envelope_is_held_to_what_it_was_told(wanted: dict[str, object], told: str) -> None:
    """What an answer says otherwise is told with its place, and nothing else is."""
    answer = (
        b"UNA:+.? '\r\nUNB+UNOA:3+GATEWAY:ZZZ+NQSC:ZZZ+260302:1015+1'\r\nUNG+CONTRL+A?'B+NQSC+260302:1015+1+UN+D:3'\r\n"
        b"UNH+41+CONTRL:D:3:UN'\r\nUNT+2+41'\r\nUNE+1+1'\r\nUNZ+1+1'\r\n"
    )
    found = envelopes.flaws(building.EDIFACT, answer, b"", wanted)
    # The message in it says nothing, which is told too.
    assert [one for one in found if not one.startswith("an acknowledgement has")] == ([told] if told else [])
