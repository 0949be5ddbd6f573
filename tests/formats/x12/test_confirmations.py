"""355, 350 and 824 about any manifest are sets of their own grammar, whatever they have to say."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.finding import Answer, Disposition, Finding, Layer, Level
from gateway.formats.x12 import acks_customs
from gateway.formats.x12.acks_customs import CUSTOMS_SETS, upper
from gateway.formats.x12.format import FORMAT
from gateway.tree import Envelope, Interchange, Leaf, walk
from tests.formats.x12.support import (
    FIXTURES,
    MANIFEST,
    SPECS,
    codes,
    group,
    interchange,
    manifest,
    read,
    transaction,
)

ENVELOPE = Envelope(sender="USCSTEST", receiver="NVLN", control=77, at="2026-11-25T12:00:00+00:00")
FILES = [
    file
    for name in sorted(CUSTOMS_SETS)
    for file in sorted((FIXTURES / name).glob("*.edi"))
    if file.stem != "two-sets"
]
EXAMPLES = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def known(index: int) -> tuple[Interchange, tuple[Leaf, ...]]:
    """Read a fixture of a set that customs confirms; give its leaves too."""
    result = read(FILES[index].read_bytes())
    return result, tuple(walk(result.transactions[0].root, "-"))


def wrong(leaf: Leaf, message: str = "Not as it is to be") -> Finding:
    """Make the finding of a rule about a leaf."""
    return Finding(
        code="cbp.rule/place/value/unknown",
        message=message,
        layer=Layer.BUSINESS,
        place=leaf.address,
        span=leaf.span,
        transaction=0,
    )


def said(result: Interchange, answer: Answer, **options: str) -> list[str]:
    """Give the segments between ST and SE of an answer, which is without fault."""
    envelope = Envelope(sender="USCSTEST", receiver="NVLN", control=77, at=ENVELOPE.at, options=options)
    data = FORMAT.acknowledge(result, answer, envelope, SPECS)
    assert codes(read(data)) == [], data
    return [
        one
        for one in data.decode("latin-1").split(result.frame["terminator"])[:-1]
        if one[:3] not in {"ISA", "GS*", "ST*", "SE*", "GE*", "IEA"}
    ]


dispositions = st.builds(
    Disposition,
    code=st.sampled_from(["1C", "017", "", "CBP1"]),
    meaning=st.sampled_from(["released", "rejected", "hold", "accepted", "unheard of"]),
    text=st.sampled_from(["", "Ünreadable", "x" * 400, "* ~ : ^"]),
    at=st.sampled_from(["", "2026-11-26T08:15:00+00:00", "2026-11-26"]),
    scope=st.sampled_from(["entry", "bill"]),
    reference=st.sampled_from(["", "JOI260001", "NVLNJOI260001", "NOBILL", "B" * 60, "ABC-1234567-2"]),
    quantity=st.sampled_from(["", "12", "12.5"]),
)


@given(st.data())
@EXAMPLES
def test_any_answer_of_customs_is_a_set_of_its_grammar(data: st.DataObject) -> None:
    """Whatever is wrong with a manifest and whatever was said of it, the answer reads back without a finding."""
    result, leaves = known(data.draw(st.integers(0, len(FILES) - 1)))
    picked = data.draw(st.lists(st.integers(0, len(leaves) - 1), max_size=30))
    answer = Answer(
        level=Level.CUSTOMS,
        accepted=data.draw(st.booleans()),
        findings=tuple(wrong(leaves[at]) for at in picked),
        dispositions=tuple(data.draw(st.lists(dispositions, max_size=3))),
    )
    assert said(result, answer, **data.draw(st.sampled_from([{}, {"confirmation_set": "824"}])))


@pytest.mark.parametrize(
    "index", range(len(FILES)), ids=[f"{file.parent.name}/{file.stem}" for file in FILES]
)
def test_no_remark_is_lost(index: int) -> None:
    """A fault of any segment is a K1 of the 355: at the segment, or at the nearest that the 355 has."""
    result, leaves = known(index)
    for leaf in {id(leaf.node): leaf for leaf in leaves}.values():
        answer = Answer(level=Level.CUSTOMS, accepted=False, findings=(wrong(leaf),))
        found = said(result, answer)
        assert found[0].startswith("M10*")
        assert found[-1].startswith("K3*")
        remarks = [one.rpartition("*")[0] for one in found if one.startswith("K1")]
        assert remarks == ["K1*NOT AS IT IS TO BE"], leaf.address


def remark_of(name: str, segment: str) -> str:
    """Give the segment before the K1 about the first element of a segment of a fixture."""
    result, leaves = known([f"{file.parent.name}/{file.stem}" for file in FILES].index(name))
    leaf = next(leaf for leaf in leaves if leaf.address.rpartition("/")[2].startswith(f"{segment}-"))
    found = said(result, Answer(level=Level.CUSTOMS, accepted=False, findings=(wrong(leaf),)))
    return found[next(at for at, one in enumerate(found) if one.startswith("K1")) - 1]


@pytest.mark.parametrize(
    ("name", "segment", "before"),
    [
        ("309/amendment", "M13", "M13"),
        ("309/truck-006050", "NM1", "NM1"),
        ("309/truck-006050", "VEH", "VEH"),
        ("309/truck-006050", "M7", "M7"),
        ("309/truck-006030", "N9", "M10"),
        ("357/ocean-004010", "M21", "M21"),
        ("357/ocean-005010", "M21", "M21"),
        ("358/rail-004010", "MBL", "MBL"),
        ("358/truck-005020", "MBL", "MBL"),
        ("356/ocean-004010", "M20", "M20"),
        ("353/rail-004010", "M15", "M15"),
        ("309/one-bill", "ST", "M10"),
        ("309/one-bill", "SE", "M10"),
    ],
)
def test_a_remark_stands_where_the_confirmation_has_its_place(name: str, segment: str, before: str) -> None:
    """Segments of other nestings stand where the 355 has them; what it does not have is told of what holds it."""
    assert remark_of(name, segment).partition("*")[0] == before


def test_a_message_without_conveyance_is_answered_with_an_advice() -> None:
    """355 and 350 begin with M10 and P4: events that name neither are answered by an 824."""
    event = transaction("353", ["M15*1*123456789*20260713*2304**0930"])
    data = interchange(group(event, code="AX", release="005020"), version="00502", repetition="^").encode()
    assert codes(read(data)) == []
    for accepted, code in ((True, "TA"), (False, "TR")):
        found = said(read(data), Answer(level=Level.CUSTOMS, accepted=accepted))
        assert found[1] == f"OTI*{code}*TN*0001*NVLN*USCSTEST*20261125*0930*1*0001*353*005020"


def test_a_bill_that_is_not_on_the_manifest_has_a_status_too() -> None:
    """Its X4 stands alone in a release that wants no equipment; a number without room is told in words."""
    for reference, number, words in (
        ("NOBILL", "NOBILL", []),
        ("B" * 60, "", ["K1*BILL " + "B" * 25 + "*" + "B" * 30]),
    ):
        one = Disposition(code="1C", meaning="released", scope="bill", reference=reference)
        answer = Answer(level=Level.CUSTOMS, accepted=True, dispositions=(one,))
        found = said(read(manifest()), answer)
        assert [line for line in found if line.startswith("X4")] == [f"X4*{number}****20261125*1200*1C**NVLN"]
        assert [line for line in found if line.startswith("K1")][: len(words)] == words


def test_remarks_are_written_without_accents() -> None:
    """A letter with an accent is written as the letter."""
    assert upper("Ünïcode «x»") == "UNICODE X"


def test_the_manifest_of_the_tests_is_good() -> None:
    """What the other tests break is whole."""
    assert codes(read(manifest(MANIFEST))) == []


def test_placing_many_faults_does_not_look_at_all_segments_for_each(monkeypatch):
    """What a 355 asks of its own tables grows with the faults, not with their square."""
    asked = []
    hosts = acks_customs._Confirmation.hosts
    monkeypatch.setattr(
        acks_customs._Confirmation,
        "hosts",
        staticmethod(lambda part, name: asked.append(name) or hosts(part, name)),
    )
    source = next(data for file in FILES if b"~M15*" in (data := file.read_bytes()).replace(b"\n", b""))
    start = source.index(b"M15*")
    segment = source[start : source.index(b"~", start) + 1]
    counts = []
    for turns in (50, 100):
        result = read(source.replace(segment, segment * turns, 1))
        leaves = [
            leaf
            for leaf in walk(result.transactions[0].root, "-")
            if (leaf.node.name, leaf.key) == ("M15", "01")
        ]
        assert len(leaves) >= turns
        asked.clear()
        answer = Answer(level=Level.CUSTOMS, accepted=False, findings=tuple(map(wrong, leaves)))
        FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)
        counts.append(len(asked))
    assert 0 < counts[0] < counts[1] < 3 * counts[0]
