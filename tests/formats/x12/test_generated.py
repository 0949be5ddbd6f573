"""Every constraint of every set, broken once: one finding each, at the right place, with its code in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from gateway.finding import Answer, Level, Severity
from gateway.formats.x12.acks import received_of
from gateway.formats.x12.acks_received import Verdicts
from gateway.formats.x12.acks_syntax import group_answer
from gateway.formats.x12.format import FORMAT
from gateway.formats.x12.writer import segments_of
from gateway.tree import Envelope
from tests.formats.x12.broken import cases
from tests.formats.x12.generated import address, file, good, own_sets, places
from tests.formats.x12.support import SPECS, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.specs.x12 import X12Spec
    from gateway.tree import Interchange
    from tests.formats.x12.broken import Case

SETS = own_sets()
ENVELOPE = Envelope(sender="USCSTEST", receiver="NVLN", control=1, at="2026-11-25T12:00:00+00:00")
FIRST_WITH_999 = "005010"
# The elements of an answer that are composites.
COMPOSITES = {"AK4": {1}, "IK4": {1}, "CTX": {1, 5}}


class Code(NamedTuple):
    """What the reference (10.2, 10.3) calls a problem, and what it called it before 005010."""

    level: str
    now: str
    before: str = ""


# Written from the reference and not from `edi_specs/ack_codes/x12.csv`, which it is to check.
REFERENCE = {
    "segment/unknown": Code("segment", "1"),
    "segment/missing": Code("segment", "3"),
    "loop/missing": Code("segment", "3"),
    "loop/too-many": Code("segment", "4"),
    "segment/too-many": Code("segment", "5"),
    "segment/not-in-set": Code("segment", "6"),
    "element/missing": Code("element", "1"),
    "relation/P": Code("element", "2"),
    "relation/R": Code("element", "2"),
    "relation/C": Code("element", "2"),
    "relation/L": Code("element", "2"),
    "element/too-many": Code("element", "3"),
    "element/too-short": Code("element", "4"),
    "element/too-long": Code("element", "5"),
    "type/characters": Code("element", "6"),
    "type/number": Code("element", "6"),
    "code/unknown": Code("element", "7"),
    "code/unlisted": Code("element", "7"),
    "type/date": Code("element", "8"),
    "type/time": Code("element", "9"),
    "relation/E": Code("element", "10"),
    # 12 and 13 came with 005010; before it the element is one of too many.
    "element/repeats": Code("element", "12", "3"),
    "element/components": Code("element", "13", "3"),
}


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_each_place_of_a_good_set_is_accepted(spec: X12Spec) -> None:
    """A transaction that keeps every rule is accepted by the pattern, with every place in it once."""
    for way in places(spec.body):
        data = file(spec, [[one.place.name, *one.elements] for one in good(spec, way)])
        result = read(data)
        assert result.all_findings() == [], address(way)
        assert result.transactions[0].root.accepted, address(way)  # type: ignore[attr-defined]
        assert FORMAT.write(result, SPECS) == data, address(way)


def notes(result: Interchange) -> list[tuple[str, dict[str, str]]]:
    """Give the segments of the 997 or 999 about the one group of a file, as name and elements."""
    (received,) = received_of(result, {})
    group = received.groups[0]
    message = "997" if group.release < FIRST_WITH_999 else "999"
    said = group_answer(received, Verdicts(result, result.all_findings(), SPECS), group, message)
    return [cut(one, received.frame["element"], received.frame["component"]) for one in said]


def cut(segment: str, separator: str, component: str) -> tuple[str, dict[str, str]]:
    """Give name and elements of a segment of an answer."""
    name, *elements = segment.split(separator)
    leaves = {}
    for number, text in enumerate(elements, 1):
        if number in COMPOSITES.get(name, ()):
            parts = enumerate(text.split(component), 1)
            leaves.update({f"{number:02}-{at}": part for at, part in parts if part})
        elif text:
            leaves[f"{number:02}"] = text
    return name, leaves


def expected_notes(spec: X12Spec, case: Case, severity: Severity) -> list[tuple[str, dict[str, str]]]:
    """Give what the reference says of a case, without element numbers, copies and contexts."""
    older = spec.version < FIRST_WITH_999
    level, now, before = REFERENCE[case.problem]
    code = before or now if older else now
    prefix, verdict = "AK" if older else "IK", "R" if severity is Severity.ERROR else "E"
    steps = case.code.split("/")[1:-2]
    name = steps[-1].partition("-")[0]
    loop = {"03": steps[-2]} if len(steps) > 1 else {}
    release = {} if older else {"03": spec.version}
    said = [
        ("AK1", {"01": spec.groups[0], "02": "1", **release}),
        ("AK2", {"01": spec.message, "02": "0001"}),
        (
            f"{prefix}3",
            {"01": name, "02": str(case.segment), **loop, "04": code if level == "segment" else "8"},
        ),
    ]
    if level == "element":
        inside = {"01-2": str(case.component)} if case.component else {}
        said.append((f"{prefix}4", {"01-1": str(case.element), **inside, "03": code}))
    said.append((f"{prefix}5", {"01": verdict, "02": "5"}))
    said.append(("AK9", {"01": verdict, "02": "1", "03": "1", "04": "0" if verdict == "R" else "1"}))
    return said


def bare(said: list[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    """Leave out what the case does not fix: contexts, the number of the element and the copy of its text."""
    left = {"AK4": ("02", "04", "01-3"), "IK4": ("02", "04", "01-3")}
    return [
        (name, {key: text for key, text in values.items() if key not in left.get(name, ())})
        for name, values in said
        if name != "CTX"
    ]


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_each_constraint_broken_once_is_one_finding_and_one_code(
    spec: X12Spec, record_property: Callable[[str, object], None]
) -> None:
    """A transaction that breaks one constraint has one finding, and a 997 or 999 that says just that."""
    checked = acknowledged = 0
    written: set[str] = set()
    for case in cases(spec):
        result = read(file(spec, case.body))
        found = result.all_findings()
        got = [(one.code, *one.position[:3]) for one in found]
        assert got == [(case.code, case.segment, case.element, case.component)], case.name
        checked += 1
        if spec.groups[0] == "FA":
            continue
        said = notes(result)
        assert bare(said) == expected_notes(spec, case, found[0].severity), case.name
        acknowledged += 1
        if case.problem not in written:
            written.add(case.problem)
            assert sent(result) == said, case.name
    record_property("counted: x12 constraints broken once, one finding each", checked)
    record_property(
        "counted: x12 constraints broken once, the code of the reference in the 997 or 999", acknowledged
    )


def sent(result: Interchange) -> list[tuple[str, dict[str, str]]]:
    """Write the whole acknowledgement, read it back, and give the segments of its set."""
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(result.all_findings()))
    again = read(FORMAT.acknowledge(result, answer, ENVELOPE, SPECS))
    assert again.all_findings() == []
    (said,) = again.transactions
    return [
        (node.name, {key: text for key, text in node.values.items() if text})
        for node in segments_of(said.root)
        if node.name not in {"ST", "SE"}
    ]


def test_every_problem_of_the_reference_is_broken() -> None:
    """The generated cases have every problem of the reference's list, and no other."""
    assert {case.problem for spec in SETS for case in cases(spec)} == set(REFERENCE)
