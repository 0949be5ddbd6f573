"""Every constraint of every set, broken once: one finding each, at the right place."""

from __future__ import annotations

from collections import Counter
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

SETS = own_sets()
MESSAGES = sorted({spec.message for spec in SETS})
ENVELOPE = Envelope(sender="USCSTEST", receiver="NVLN", control=1, at="2026-11-25T12:00:00+00:00")
counted: Counter[str] = Counter()


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


def test_the_number_of_cases_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The generated cases are counted, by set and in all."""
    if not counted:
        pytest.skip("the cases ran in another process")
    with capsys.disabled():
        print(f"\nx12 generated cases: {counted.total()} of {len(SETS)} sets and releases")
        print(", ".join(f"{message} {count}" for message, count in sorted(counted.items())))
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
