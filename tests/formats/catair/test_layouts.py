"""Every record of every table: a good one and one bad for each rule, read, judged, written again."""

from __future__ import annotations

import string
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats.catair.fields import faults
from gateway.formats.catair.format import FORMAT
from gateway.formats.catair.nodes import RecordNode
from gateway.formats.catair.record import compose
from gateway.specs.catair import applications
from tests.formats.catair.generated import Case, bad, cases, good, put, sample
from tests.formats.catair.support import SPECS, read

CASES = cases()
ANY_CHARACTER = string.digits + string.ascii_uppercase + " -*#!ax\x00\xa2\xe9"


def again(case: Case, text: str) -> str:
    """Read a record into its leaves and write it from them; a password is no leaf and is put back."""
    node = RecordNode(case.record.name, text, 0, case.layout)
    written = compose(case.record, node.values, node.layout)
    for field in case.layout.fields:
        if field.secret:
            written = put(written, field, field.cut(text))
    return written


def shadowed(case: Case) -> bool:
    """Tell whether other layouts of the record take every text that this one accepts (record 54)."""
    return not case.layout.select and case.record.layout is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_good_record_is_accepted_and_written_again(case):
    """A record made from the table fits pattern and rules, and its leaves write it again."""
    text = good(case)
    assert len(text) == 80
    assert [fault.problem for fault in faults(case.layout, text)] == []
    assert case.layout.pattern.match(text)
    if not shadowed(case):
        assert case.record.choose(text) is case.layout
        assert again(case, text) == text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_broken_rule_is_found_by_its_name(case):
    """Each rule of each field, broken alone, is refused by the pattern and named by the slow path."""
    text = good(case)
    for problem, field, broken in bad(case, text):
        assert len(broken) == 80
        found = [(fault.problem, fault.field) for fault in faults(case.layout, broken)]
        assert (problem, field) in found, (problem, field.key, found)
        assert case.layout.pattern.match(broken) is None, (problem, field.key)
        assert {name for name, _ in found} <= {problem, "relation/paired", "relation/exclusive", "relation/needs",
                                               "relation/any", "turn/gap"}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_record_travels_through_a_batch_unchanged(case):
    """Good or bad, alone in a batch of its application, the bytes that come out are those that went in."""
    name = case.name.split(".")[0]
    application = {"IN": "SE", "OUT": "SX", "PGA": "SE", "EE": "QT"}.get(name, name)
    direction = applications(SPECS.root)[application].direction
    letter = "SE" if direction == "in" else application
    envelope = [
        f"A2704Q7Z      112526     {letter}".ljust(80),
        f"B  2704Q7Z{application}".ljust(80),
        f"Y  2704Q7Z{application}".ljust(80),
        "Z2704Q7Z      112526".ljust(80),
    ]
    text = good(case)
    for record in [text, *(broken for _, _, broken in bad(case, text))]:
        data = "".join([*envelope[:2], record, *envelope[2:]]).encode("latin-1")
        assert FORMAT.write(read(data), SPECS) == data


def test_counts_of_generated_records(capsys):
    """There are records for every layout, and each kind of rule was broken; the counts are printed."""
    made = {case.name: list(bad(case, good(case))) for case in CASES}
    rules = Counter(problem for broken in made.values() for problem, _, _ in broken)
    with capsys.disabled():
        print(
            f"\nCATAIR: {len(CASES)} layouts, {sum(rules.values())} bad records: {dict(rules.most_common())}"
        )
    assert len(CASES) > 250
    assert sum(rules.values()) > 4000
    assert {"filler/data", "usage/missing", "code/unknown", "date/invalid", "shape/wrong", "class/wrong",
            "justify/left", "justify/right", "turn/gap",  "character/invalid",
            "relation/paired", "relation/exclusive", "relation/any", "relation/needs"} <= set(rules)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    case=st.sampled_from(CASES),
    changes=st.lists(st.tuples(st.integers(0, 79), st.sampled_from(ANY_CHARACTER)), max_size=6),
)
def test_pattern_and_slow_path_agree(case, changes):
    """Whatever stands in a record, the pattern refuses exactly what the slow path has a fault for."""
    text = good(case)
    for at, character in changes:
        text = text[:at] + character + text[at + 1 :]
    assert (case.layout.pattern.match(text) is None) is bool(list(faults(case.layout, text)))


@settings(max_examples=200, deadline=None)
@given(case=st.sampled_from(CASES), data=st.data())
def test_leaves_and_padding_write_the_record_again(case, data):
    """A record of any printable characters is written again from its leaves and its padding."""
    text = good(case)
    fields = [field for field in case.layout.fields if field.end > len(case.layout.wire)]
    field = data.draw(st.sampled_from(fields))
    value = data.draw(st.text("AZ09 -", max_size=field.width))
    changed = put(text, field, value)
    if case.record.choose(changed) is case.layout and not shadowed(case):
        assert again(case, changed) == changed


def test_samples_are_of_the_field():
    """The samples of the generator are what the patterns take."""
    for case in CASES:
        for field in case.layout.fields:
            assert len(sample(field)) <= field.width
