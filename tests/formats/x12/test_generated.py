"""Every constraint of every set, broken once: one finding each, at the right place."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from gateway.finding import Answer, Level
from gateway.formats.x12 import FORMAT
from gateway.specs.x12_envelope import ack_codes
from gateway.tree import Envelope
from tests.formats.x12.generated import address, cases, file, good, own_sets, places
from tests.formats.x12.support import SPECS, read

if TYPE_CHECKING:
    from gateway.specs.x12 import X12Spec
    from tests.formats.x12.generated import Case

SETS = own_sets()
MESSAGES = sorted({spec.message for spec in SETS})
ENVELOPE = Envelope(sender="USCSTEST", receiver="NVLN", control=1, at="2026-11-25T12:00:00+00:00")
TABLE = ack_codes(SPECS.root)
# The acknowledgement of every case on demand (`make deep`), in the suite of every tenth.
EVERY = 1 if os.environ.get("X12_ALL") else 10
counted: Counter[str] = Counter()
counted_notes: Counter[str] = Counter()


def of(message: str) -> list[X12Spec]:
    """List the releases of one set."""
    return [spec for spec in SETS if spec.message == message]


@pytest.mark.parametrize("message", MESSAGES)
def test_each_place_of_a_good_set_is_accepted(message: str) -> None:
    """A transaction that keeps every rule is accepted by the pattern, with every place in it once."""
    for spec in of(message):
        for way in places(spec.body):
            data = file(spec, [[one.place.name, *one.elements] for one in good(spec, way)])
            result = read(data)
            where = f"{spec.id} {address(way)}"
            assert result.all_findings() == [], where
            assert result.transactions[0].root.accepted, where  # type: ignore[attr-defined]
            assert FORMAT.write(result, SPECS) == data, where


@pytest.mark.parametrize("message", MESSAGES)
def test_each_constraint_broken_once_is_one_finding(message: str) -> None:
    """A transaction that breaks one constraint has one finding: its code, segment, element, component."""
    for spec in of(message):
        for case in cases(spec):
            found = read(file(spec, case.body)).all_findings()
            got = [(one.code, *one.position[:3]) for one in found]
            assert got == [(case.code, case.segment, case.element, case.component)], f"{spec.id} {case.name}"
            counted[message] += 1


def noted(spec: X12Spec, case: Case) -> bool:
    """Tell whether the 997 or 999 says one thing: the code of the table, at segment and element of the case."""
    result = read(file(spec, case.body))
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(result.all_findings()))
    said = FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)
    row = TABLE["/".join(case.code.rsplit("/", 2)[1:])]
    older = spec.version < "005010"
    prefix, code = ("AK", row.older) if older else ("IK", row.code)
    lines = [line.split("*") for line in said.decode().split("~")]
    segments = [line for line in lines if line[0] == f"{prefix}3"]
    elements = [line for line in lines if line[0] == f"{prefix}4"]
    if len(segments) != 1 or segments[0][2] != str(case.segment):
        return False
    if row.level == "segment":
        return segments[0][4] == code and not elements
    place = elements[0][1].split(">") if len(elements) == 1 else []
    at = [str(case.element), *([str(case.component)] if case.component else [])]
    return segments[0][4] == "8" and place == at and elements[0][3] == code


@pytest.mark.parametrize("message", [message for message in MESSAGES if message not in {"997", "999"}])
def test_each_case_has_its_code_in_the_acknowledgement(message: str) -> None:
    """A broken constraint is one AK3, with one AK4 where it is of an element, and the code of the table."""
    for spec in of(message):
        for case in islice(cases(spec), None, None, EVERY):
            assert noted(spec, case), f"{spec.id} {case.name}"
            counted_notes[message] += 1


def test_the_number_of_cases_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The generated cases are counted, by set and in all."""
    if not counted:
        pytest.skip("the cases ran in another process")
    with capsys.disabled():
        print(f"\nx12 generated cases: {counted.total()} of {len(SETS)} sets and releases")
        print(", ".join(f"{message} {count}" for message, count in sorted(counted.items())))
        print(f"acknowledged with the code of the table: {counted_notes.total()}")
    assert counted.total() > 10_000


def test_each_problem_has_its_code_in_the_acknowledgement() -> None:
    """The first case of each problem gives the code of the table in its 997 or 999, at its place."""
    seen: set[tuple[str, str]] = set()
    table = ack_codes(SPECS.root)
    for spec in SETS:
        for case in cases(spec):
            problem = "/".join(case.code.rsplit("/", 2)[1:])
            key = (problem, "999" if spec.version >= "005010" else "997")
            if key in seen or spec.groups[0] == "FA":
                continue
            seen.add(key)
            result = read(file(spec, case.body))
            answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(result.all_findings()))
            said = FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)
            assert read(said).all_findings() == [], case.name
            row = table[problem]
            code = row.older if key[1] == "997" else row.code
            prefix = "AK" if key[1] == "997" else "IK"
            lines = [line.split("*") for line in said.decode().split("~")]
            if row.level == "segment":
                note = next(line for line in lines if line[0] == f"{prefix}3")
                assert (note[2], note[4]) == (str(case.segment), code), case.name
            else:
                note = next(line for line in lines if line[0] == f"{prefix}4")
                assert note[3] == code, case.name
                assert note[1].split(">")[0] == str(case.element), case.name
    assert len(seen) > 25
