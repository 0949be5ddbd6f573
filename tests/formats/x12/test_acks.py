"""What senders are told: TA1, 997, 999, 355, 350, 824, each readable by the rules of its own set."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.finding import Answer, Disposition, Finding, Layer, Level, Severity, Span, no_errors
from gateway.formats.x12.format import FORMAT
from gateway.formats.x12.writer import envelop, write
from gateway.specs.x12_envelope import ack_codes
from gateway.tree import Envelope, Node
from tests.formats.x12.golden import acknowledged, good
from tests.formats.x12.support import (
    FIXTURES,
    MANIFEST,
    SPECS,
    codes,
    group,
    interchange,
    manifest,
    read,
    replaced,
    transaction,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENVELOPE = Envelope(sender="USCSTEST", receiver="NVLN", control=77, at="2026-11-25T12:00:00+00:00")
SECOND = [one.replace("LX*1", "LX*2").replace("JOI260001", "JOI260002") for one in MANIFEST[2:]]
TWO_BILLS = [*MANIFEST, *SECOND]


def syntax(data: bytes, **options: str) -> list[str]:
    """Give the segments of the technical acknowledgement, which is itself without fault."""
    result = read(data)
    found = tuple(result.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=no_errors(found), findings=found)
    envelope = Envelope(sender="USCSTEST", receiver="NVLN", control=77, at=ENVELOPE.at, options=options)
    said = FORMAT.acknowledge(result, answer, envelope, SPECS)
    assert no_errors(read(said).all_findings())
    return said.decode("latin-1").split("~")[:-1]


def test_any_byte_may_divide_an_answer_and_a_name_may_have_any_letter() -> None:
    """Delimiters outside ASCII are taken from the sender as the bytes they are; an own name is written in UTF-8."""
    marks = {b"*": b"\xe9", b">": b"\xe8", b"~": b"\xeb"}
    data = manifest(
        replaced("M11*JOI260001", "M11*JOI26000100000000000000000000000000000000000000000000000001")
    )
    for plain, mark in marks.items():
        data = data.replace(plain, mark)
    result = read(data)
    found = tuple(result.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=found)
    options = {"group_sender": "Z\xd6LLE"}
    envelope = Envelope(sender="ZOLL\xc4MT", receiver="NVLN", control=77, at=ENVELOPE.at, options=options)
    said = FORMAT.acknowledge(result, answer, envelope, SPECS)
    header, *_ = segments = said.split(b"\xeb")
    assert b"ZOLL\xc3\x84MT" in said
    assert b"GS\xe9FA\xe9Z\xc3\x96LLE\xe9" in said
    assert header.split(b"\xe9")[16] == b"\xe8"
    assert header.split(b"\xe9")[11] == b"U"
    assert [one.split(b"\xe9")[0] for one in segments if one][-3:] == [b"SE", b"GE", b"IEA"]
    assert not {*b"*>~"} & {*said}


@pytest.mark.parametrize(
    "name", ["ZOLL\xc4MT", "ZOLL\xc4MT BASEL M\xdcND", "\xc4" * 15, "\u20ac" * 5, "A" * 14 + "\xc4"]
)
def test_the_header_of_an_answer_is_as_long_as_each(name: str) -> None:
    """A name takes as many bytes of the ISA as there are, whatever letters it has; what has no room is left out."""
    said = (Disposition(code="1C", meaning="accepted", text="IN ORDER", reference="JOI260001"),)
    for level, told in ((Level.SYNTAX, ()), (Level.CUSTOMS, said)):
        answer = Answer(level=level, accepted=True, findings=(), dispositions=told)
        envelope = Envelope(sender=name, receiver=name, control=77, at=ENVELOPE.at)
        written = FORMAT.acknowledge(read(manifest()), answer, envelope, SPECS)
        party = written[35:50].decode().rstrip()
        assert party
        assert name.startswith(party)
        assert written[54:69].decode().rstrip() == party
        assert written[105:109] == b"~GS*"
    sent = envelop("353", "004010", [Node("353")], replace(ENVELOPE, sender="ZOLL\xc4MT"), SPECS)
    assert write(sent)[105:109] == b"~GS*"


def customs(
    data: bytes,
    *,
    accepted: bool,
    findings: Sequence[Finding] = (),
    dispositions: Sequence[Disposition] = (),
    **options: str,
) -> list[str]:
    """Give the segments of the answer of customs, which is itself without fault."""
    answer = Answer(
        level=Level.CUSTOMS, accepted=accepted, findings=tuple(findings), dispositions=tuple(dispositions)
    )
    envelope = Envelope(sender="USCSTEST", receiver="NVLN", control=77, at=ENVELOPE.at, options=options)
    said = FORMAT.acknowledge(read(data), answer, envelope, SPECS)
    assert codes(read(said)) == [], said
    return said.decode("latin-1").split("~")[:-1]


def body(segments: list[str]) -> list[str]:
    """Leave out the envelope."""
    return [one for one in segments if one[:3] not in {"ISA", "GS*", "ST*", "SE*", "GE*", "IEA"}]


def business(data: bytes, text: str, message: str, place: str) -> Finding:
    """Make the finding of a rule about the bytes of a text."""
    start = data.index(text.encode())
    return Finding(
        code=f"cbp.manifest/{place}/bill/unknown",
        message=message,
        layer=Layer.BUSINESS,
        place=place,
        span=Span(start, start + len(text)),
        transaction=0,
    )


@pytest.mark.parametrize("file", good(), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_golden_acknowledgement(file: Path) -> None:
    """The acknowledgement of each good fixture is the one beside it, and accepts it."""
    said = acknowledged(file.read_bytes())
    if file.parent.name in {"997", "999", "TA1"}:
        assert said == b""
        return
    assert said == file.with_suffix(".ack").read_bytes()
    assert codes(read(said)) == []
    assert b"AK9*R" not in said


def test_every_problem_has_a_code() -> None:
    """Each problem in the table has a level of X12, and a code unless it is only information."""
    for problem, row in ack_codes(SPECS.root).items():
        assert row.level in {"interchange", "group", "set", "segment", "element"}, problem
        assert row.code or row.severity in {"info", "warning"}, problem
        assert not row.severity or Severity(row.severity)


def test_a_good_set_is_accepted() -> None:
    """A 997 accepts group and set, and says nothing of customs."""
    said = syntax(manifest())
    assert body(said) == ["AK1*SO*1", "AK2*309*0001", "AK5*A", "AK9*A*1*1*1"]
    assert said[0].split("*")[5:9] == ["ZZ", "USCSTEST       ", "02", "NVLN           "]
    assert said[1].startswith("GS*FA*USCSTEST*NVLN*20261125*1200*77*X*004010")


def test_several_errors_in_one_segment() -> None:
    """Errors of one segment stand under one AK3, each with position, element number, code and copy."""
    data = manifest(replaced("*NVLN*O*PA*", "*NVLN*X9*PAPA*"))
    assert body(syntax(data)) == [
        "AK1*SO*1",
        "AK2*309*0001",
        "AK3*M10*2**8",
        "AK4*2*91*7*X9",
        "AK4*3*26*5*PAPA",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ]


def test_errors_of_structure_name_loop_and_code() -> None:
    """A missing and an unknown segment have an AK3 each, with the loop they are of."""
    line = MANIFEST.index("LX*1")
    missing = manifest([*MANIFEST[:line], *MANIFEST[line + 1 :]])
    assert "AK3*LX*4*P4*3" in syntax(missing)
    unknown = manifest([*MANIFEST[:4], "ZZ9*1", *MANIFEST[4:]])
    assert "AK3*ZZ9*6*LX*1" in syntax(unknown)


def test_a_component_has_its_position() -> None:
    """AK401 names the component inside a composite."""
    data = manifest(replaced("BK264401", "BK264401*****BM"))
    assert "AK4*7>2*127*1" in syntax(data)


def test_a_999_gives_the_context() -> None:
    """CTX names the bill that an error is in, and the element that made another one necessary."""
    bills = [
        one.replace("K*28*X*00", "K*28**00") if one.startswith("M11*JOI260002") else one for one in TWO_BILLS
    ]
    data = interchange(
        group(transaction("309", bills), code="AQ", release="005010"), version="00501", repetition="^"
    ).encode()
    said = body(syntax(data))
    at = next(number for number, one in enumerate(said) if one.startswith("IK3*M11"))
    assert said[at:] == [
        "IK3*M11*15*LX*8",
        "CTX*M1101>JOI260002",
        "IK4*8*184*2",
        "CTX*SITUATIONAL TRIGGER*M11*15*LX*7",
        "IK5*R*5",
        "AK9*R*1*1*0",
    ]


def test_warnings_are_noted_not_refused() -> None:
    """A set with warnings alone is accepted with errors noted."""
    data = manifest(replaced("*CTN*24500", "*QQQ*24500"))
    said = syntax(data)
    assert "AK4*4*599*7*QQQ" in said
    assert "AK5*E*5" in said
    assert "AK9*E*1*1*1" in said


def test_a_group_is_accepted_in_part() -> None:
    """With one good and one bad set the group is partially accepted, and only the good one counts."""
    bad = transaction("309", replaced("*NVLN*O*", "*NVLN*X9*"), "0002")
    data = interchange(group(transaction("309", MANIFEST), bad)).encode()
    said = syntax(data)
    assert [one for one in said if one.startswith("AK5")] == ["AK5*A", "AK5*R*5"]
    assert "AK9*P*2*2*1" in said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("SE*14*", "SE*15*", "AK5*R*4"),
        ("SE*14*0001", "SE*14*0002", "AK5*R*3"),
        ("SE*14*0001~", "", "AK5*R*2"),
        ("ST*309", "ST*850", "AK5*R*1"),
        ("GS*SO", "GS*IN", "AK5*R*1"),
        ("GE*1*1~", "", "AK9*R*1*1*0*3"),
        ("GE*1*1", "GE*2*1", "AK9*R*2*1*0*5"),
        ("GE*1*1", "GE*1*9", "AK9*R*1*1*0*4"),
        ("*X*004010", "*X*009990", "AK9*R*1*1*0*2"),
        ("GS*SO", "GS*QQ", "AK9*R*1*1*0*1"),
        ("SE*14*0001", "SE*15*0009", "AK5*R*4*3"),
        ("ST*309*0001", "ST*309*1", "AK5*R*7*3"),
        ("ST*309*0001", "ST**0001", "AK5*R*6"),
        ("*0930*1*X*", "*0930*A*X*", "AK9*R*1*1*0*6"),
        ("*1*X*004010", "*1*Q*004010", "AK9*R*1*1*0*2"),
        ("GS*SO*NVLN*USCSTEST*20261125*0930*1*X*", "GS*SO*N*U*20261399*2999*A*Q*", "AK9*R*1*1*0*6*2"),
    ],
)
def test_codes_of_sets_and_groups(old: str, new: str, expected: str) -> None:
    """What is wrong with a set's or a group's own segments is said with the code of the standard."""
    said = syntax(manifest().decode().replace(old, new, 1).encode())
    assert expected in said


def test_a_group_without_sets_is_refused() -> None:
    """A group that has no set says so with the code of a wrong number of sets, and counts nothing."""
    assert body(syntax(interchange(group()).encode())) == ["AK1*SO*1", "AK9*R*0*0*0*5"]


def test_a_number_that_comes_twice_refuses_only_what_has_it() -> None:
    """The second set, group or interchange of a number is refused, the first is not."""
    sets = interchange(group(transaction("309", MANIFEST), transaction("309", MANIFEST))).encode()
    assert body(syntax(sets))[1:] == ["AK2*309*0001", "AK5*A", "AK2*309*0001", "AK5*R*23", "AK9*P*2*2*1"]
    one = group(transaction("309", MANIFEST))
    assert "AK9*R*1*1*0*19" in syntax(interchange(one, one).encode())
    twice = syntax(manifest() * 2)
    assert [one for one in twice if one.startswith(("TA1", "AK9"))] == [
        "AK9*A*1*1*1",
        "TA1*000000001*261125*0930*R*025",
    ]


def test_each_group_is_answered_on_its_own() -> None:
    """Of two groups one may be refused; each 997 names its group and counts its own sets."""
    bad = group(transaction("309", replaced("*NVLN*O*", "*NVLN*X9*")))
    good_one = group(transaction("309", MANIFEST), control=2)
    said = syntax(interchange(bad, good_one).encode())
    assert [one for one in said if one.startswith(("AK1", "AK9"))] == [
        "AK1*SO*1", "AK9*R*1*1*0", "AK1*SO*2", "AK9*A*1*1*1",
    ]  # fmt: skip
    said = syntax(
        interchange(group(transaction("309", MANIFEST)), good_one).replace("GE*1*2", "GE*3*2").encode()
    )
    assert [one for one in said if one.startswith("AK9")] == ["AK9*A*1*1*1", "AK9*R*3*1*0*5"]


def test_no_set_of_a_refused_group_is_accepted() -> None:
    """Where the group is refused, sets without fault have no AK2: nothing says A beside AK9*R."""
    bad = transaction("309", replaced("*NVLN*O*", "*NVLN*X9*"), "0002")
    data = interchange(group(transaction("309", MANIFEST), bad)).replace("GE*2*1", "GE*3*1").encode()
    said = body(syntax(data))
    assert said == ["AK1*SO*1", "AK2*309*0002", "AK3*M10*2**8", "AK4*2*91*7*X9", "AK5*R*5", "AK9*R*3*2*0*5"]
    for message in ("997", "999"):
        alone = body(syntax(manifest().replace(b"GE*1*1", b"GE*2*1"), acknowledgment_set=message))
        assert [one[:3] for one in alone] == ["AK1", "AK9"]
        assert alone[1] == "AK9*R*2*1*0*5"


@pytest.mark.parametrize(
    ("asked", "old", "new", "expected"),
    [
        ("0", "", "", None),
        ("1", "", "", "TA1*000000001*261125*0930*A*000"),
        ("2", "", "", None),
        ("3", "", "", None),
        ("0", "IEA*1*", "IEA*2*", "TA1*000000001*261125*0930*R*021"),
        ("0", "IEA*1*000000001", "IEA*1*000000002", "TA1*000000001*261125*0930*R*001"),
        ("2", "IEA*1*000000001~", "", "TA1*000000001*261125*0930*R*023"),
        ("1", "*ZZ*USCSTEST", "*Q9*USCSTEST", "TA1*000000001*261125*0930*R*007"),
        ("0", "ISA*00*", "ISA*99*", "TA1*000000001*261125*0930*R*010"),
        (
            "0",
            "          *00*          *02",
            "          *77*          *02",
            "TA1*000000001*261125*0930*R*012",
        ),
        ("0", "*02*NVLN", "*Q9*NVLN", "TA1*000000001*261125*0930*R*005"),
        ("0", "*02*NVLN ", "*02*     ", "TA1*000000001*261125*0930*R*006"),
        ("0", "*ZZ*USCSTEST", "*ZZ*        ", "TA1*000000001*261125*0930*R*008"),
        ("0", "*261125*0930*U*", "*261399*0930*U*", "TA1*000000001*261125*0930*R*014"),
        ("0", "*261125*0930*U*", "*261125*2561*U*", "TA1*000000001*261125*1200*R*015"),
        ("0", "*0930*U*00401", "*0930*^*00401", None),
        ("2", "*0930*U*00401", "*0930*^*00401", None),
        ("3", "*0930*U*00401", "*0930*^*00401", "TA1*000000001*261125*0930*E*016"),
        ("0", "*U*00401*", "*U*00499*", "TA1*000000001*261125*0930*R*017"),
        ("0", "*00401*000000001*", "*00401*00000000A*", "TA1*000000000*261125*0930*R*018"),
        ("7", "", "", "TA1*000000001*261125*0930*R*019"),
        ("0", "*T*>", "*X*>", "TA1*000000001*261125*0930*R*020"),
        ("0", "IEA*1*000000001", "IEA*A*000000001", "TA1*000000001*261125*0930*R*021"),
        ("0", "IEA*1*000000001", "IEA*1*1", "TA1*000000001*261125*0930*R*018"),
        ("0", "GE*1*1~", "GE*1*1~N1*SH*A~", "TA1*000000001*261125*0930*R*022"),
        ("0", "GS*SO", "TA1*9*261125*0930*Q*00~GS*SO", "TA1*000000001*261125*0930*R*022"),
        ("3", "GS*SO", "TA1*000000009*261125*0930*A*000~GS*SO", None),
    ],
)
def test_the_note_on_the_interchange(asked: str, old: str, new: str, expected: str | None) -> None:
    """ISA14 asks for the TA1; a rejected interchange gets one without being asked, and no 997."""
    data = manifest(asked=asked).decode()
    said = syntax((data.replace(old, new, 1) if old else data).encode())
    assert [one for one in said if one.startswith("TA1")] == ([expected] if expected else [])
    if expected and "*R*" in expected:
        assert not any(one.startswith("AK") for one in said)
        assert said[-1].startswith("IEA*0*")


def test_an_interchange_with_nothing_in_it_is_refused() -> None:
    """Neither a group nor a TA1 is a broken control structure; a TA1 alone is an interchange."""
    assert "TA1*000000001*261125*0930*R*022" in syntax(interchange().encode())
    alone = interchange(["TA1*000000009*261125*0930*A*000"]).encode()
    assert read(alone).all_findings() == []


def test_lenient_repairs_are_noted() -> None:
    """What lenient reading repaired is accepted with errors noted, the repairs in the 997."""
    data = manifest().replace(b"SE*14", b"SE*15")
    result = read(data, lenient=True)
    found = tuple(result.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=True, findings=found)
    said = FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)
    assert b"AK5*E*4~" in said
    assert b"AK9*E*1*1*1~" in said


def test_later_releases_get_a_999() -> None:
    """From 005010 on the answer is a 999, in the release of the group that it answers."""
    sets = transaction("309", replaced("*NVLN*O*PA*", "*NVLN*O*PAPA*"))
    data = interchange(group(sets, code="AQ", release="005020"), version="00502", repetition="^").encode()
    said = syntax(data)
    assert body(said) == [
        "AK1*AQ*1*005020",
        "AK2*309*0001",
        "IK3*M10*2**8",
        "IK4*3*26*5*PAPA",
        "IK5*R*5",
        "AK9*R*1*1*0",
    ]
    assert "AK5*R*5" in syntax(data, acknowledgment_set="997")


def test_acknowledgements_are_not_acknowledged() -> None:
    """A 997 gets no answer."""
    result = read(manifest())
    answer = Answer(level=Level.SYNTAX, accepted=True)
    said = FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)
    assert FORMAT.acknowledge(read(said), answer, ENVELOPE, SPECS) == b""


def test_each_interchange_of_a_file_gets_its_own_answer() -> None:
    """Two interchanges in a file are answered by two, with their own delimiters and new numbers."""
    first = interchange(group(transaction("309", MANIFEST)), control=1)
    second = interchange(group(transaction("309", MANIFEST)), control=2).replace("*", "|")
    result = read((first + second).encode())
    said = FORMAT.acknowledge(result, Answer(level=Level.SYNTAX, accepted=True), ENVELOPE, SPECS)
    answers = read(said)
    assert codes(answers) == []
    assert [one.control for one in answers.transactions] == ["0001", "0001"]
    assert b"|000000078|" in said


@pytest.mark.parametrize("level", [Level.SYNTAX, Level.CUSTOMS])
@pytest.mark.parametrize(
    ("control", "numbers"), [(999_999_998, (999999998, 999999999, 0)), (12 * 10**9, (0, 1, 2))]
)
def test_a_control_number_has_nine_digits(level: Level, control: int, numbers: tuple[int, ...]) -> None:
    """Behind the last one the numbers of groups and interchanges begin again, in what both levels answer."""
    groups = [group(transaction("309", MANIFEST), control=turn) for turn in (1, 2, 3)]
    answer = Answer(level=level, accepted=True)
    envelope = replace(ENVELOPE, control=control)
    said = FORMAT.acknowledge(read(interchange(*groups).encode()), answer, envelope, SPECS)
    assert codes(read(said)) == []
    (isa,) = read(said).root.children
    assert [node.children[0].get("06") for node in isa.children if node.name == "GS"] == list(
        map(str, numbers)
    )
    assert isa.children[0].get("13") == f"{control % 10**9:09}"


def test_each_interchange_is_answered_to_its_own_sender() -> None:
    """The parties that are told for a file are those of its first interchange; the second one has its own."""
    one = interchange(group(transaction("309", MANIFEST)), control=1)
    other = interchange(group(transaction("309", MANIFEST)), control=2).replace("*NVLN  ", "*OTHR  ", 1)
    result = read((one + other).encode())
    answer = Answer(level=Level.SYNTAX, accepted=True)
    for told, expected in (("NVLN", ["NVLN", "OTHR"]), ("", ["NVLN", "OTHR"]), ("ELSE", ["ELSE", "ELSE"])):
        said = FORMAT.acknowledge(result, answer, replace(ENVELOPE, receiver=told), SPECS).decode()
        headers = [one.split("*") for one in said.split("~") if one.startswith("ISA*")]
        assert [(one[6].strip(), one[8].strip()) for one in headers] == [("USCSTEST", to) for to in expected]


def test_no_party_of_an_answer_is_longer_than_an_isa_has_room() -> None:
    """An id of 17 characters came, and was told for the answer as it came: the ISA of the answer has its 106 bytes."""
    result = read(
        interchange(group(transaction("309", MANIFEST)))
        .replace("*NVLN           *", f"*{'NVLN':<15}>1*", 1)
        .encode()
    )
    assert len(result.sender) == 17
    found = tuple(result.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=found)
    for receiver in ("", result.sender, "LONGER THAN ANY ID IS"):
        said = FORMAT.acknowledge(result, answer, replace(ENVELOPE, receiver=receiver), SPECS)
        assert codes(read(said)) == []
        assert said[105:109] == b"~TA1"


def test_what_has_no_isa_gets_no_answer() -> None:
    """Where no ISA can be read nobody can be answered."""
    result = read(b"hello")
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(result.findings))
    assert FORMAT.acknowledge(result, answer, ENVELOPE, SPECS) == b""


def test_a_refused_bill_is_echoed_with_its_remark() -> None:
    """A 355 has M10, P4, the segment in error with its K1 and number, the way to it, and K3."""
    data = manifest(TWO_BILLS)
    finding = business(data, "JOI260002", "Bill is not on file", "P4/LX[2]/M11-01")
    said = customs(data, accepted=False, findings=[finding])
    assert body(said) == [
        MANIFEST[0],
        MANIFEST[1],
        "LX*2",
        "M11*JOI260002*35143*1180*CTN*24500*K*28*X*00*JOINVILLE**NVLN",
        "K1*BILL IS NOT ON FILE*017",
        "K3*BILLS REJECTED [1], BILLS ACCEPTED [1]",
    ]
    assert said[2] == "ST*355*0001"


def test_remarks_find_their_place_in_every_loop() -> None:
    """Errors in a party, in a container, in a line and in the header stand where they are."""
    data = manifest()
    findings = [
        business(data, "O*PA", "Mode is not allowed", "M10-02"),
        business(data, "JOINVILLE*SC", "City is not known", "P4/LX/N1/N4-01"),
        business(data, "20261125", "Nothing of the manifest", ""),
        business(data, "4410283", "Container is not known", "P4/LX/VID/VID-03"),
        business(data, "690721", "Commodity is not known", "P4/LX/VID/N10/N10-05"),
    ]
    said = body(customs(data, accepted=False, findings=findings))
    assert said[1] == "K1*MODE IS NOT ALLOWED*010"
    assert said[2] == "K1*NOTHING OF THE MANIFEST*UNKNOWN"
    for segment, remark in (("N4", "CITY IS"), ("VID", "CONTAINER"), ("N10", "COMMODITY")):
        at = next(number for number, one in enumerate(said) if one.startswith(segment))
        assert said[at + 1].startswith(f"K1*{remark}")


def test_a_clean_manifest_is_confirmed() -> None:
    """Accepted without more to say is a 355 with M10, P4 and K3."""
    said = body(customs(manifest(), accepted=True))
    assert said == [MANIFEST[0], MANIFEST[1], "K3*BILLS REJECTED [0], BILLS ACCEPTED [1]"]


def test_an_acceptance_of_the_message_is_no_status_of_a_bill() -> None:
    """That customs took the manifest is a 355; what it said of bills beside that follows in a 350."""
    taken = Disposition(code="02", meaning="accepted", text="BILLS REJECTED [0], BILLS ACCEPTED [1]")
    clean = [MANIFEST[0], MANIFEST[1], "K3*BILLS REJECTED [0], BILLS ACCEPTED [1]"]
    assert body(customs(manifest(), accepted=True, dispositions=[taken])) == clean
    filed = Disposition(code="69", meaning="received", scope="bill", reference="JOI260001")
    both = customs(manifest(), accepted=True, dispositions=[taken, filed])
    assert [one for one in both if one.startswith("ST*")] == ["ST*355*0001", "ST*350*0001"]
    assert [one[:18] for one in both if one.startswith("X4")] == ["X4*JOI260001****20"]


def test_what_customs_refused_stands_behind_its_bill() -> None:
    """A rejection that customs said of a bill is the K1 of that bill."""
    said = Disposition(
        code="017",
        meaning="rejected",
        text="Missing or invalid bill",
        scope="bill",
        reference="NVLNJOI260002",
    )
    found = body(customs(manifest(TWO_BILLS), accepted=False, dispositions=[said]))
    at = found.index("K1*MISSING OR INVALID BILL*017")
    assert found[at - 1].startswith("M11*JOI260002")


def test_statuses_are_reported_bill_by_bill() -> None:
    """A 350 has one X4 for each bill a disposition is about, with code, time, remark and equipment."""
    one = Disposition(
        code="1C",
        meaning="released",
        text="Released by customs",
        at="2026-11-26T08:15:00+00:00",
        scope="bill",
        reference="JOI260002",
        quantity="1180",
    )
    every = Disposition(code="CBP1", meaning="hold", reference="ABC12345672")
    found = body(customs(manifest(TWO_BILLS), accepted=True, dispositions=[one, every]))
    assert found == [
        MANIFEST[0],
        MANIFEST[1],
        "N9*6B*ABC12345672",
        "X4*JOI260002*1180***20261126*0815*1C**NVLN",
        "K1*RELEASED BY CUSTOMS",
        "N7*HXLU*4410283",
        "X4*JOI260001****20261125*1200*1H**NVLN",
        "N7*HXLU*4410283",
        "X4*JOI260002****20261125*1200*1H**NVLN",
        "N7*HXLU*4410283",
    ]


def test_a_status_of_a_bill_without_equipment() -> None:
    """Where the old release wants N7 and there is none, the status is of the release CBP uses today."""
    bare = [one for one in MANIFEST if one[:3] not in {"VID", "N10", "H1*"}]
    said = customs(manifest(bare), accepted=True, dispositions=[Disposition(code="69", meaning="received")])
    assert said[1].endswith("*X*006050")
    assert [one for one in said if one.startswith("X4")] == ["X4*JOI260001****20261125*1200*69**NVLN"]


def test_invoices_are_answered_with_an_advice() -> None:
    """A set that customs has no answer for is answered by an 824 that names document and error."""
    file = next(iter(sorted(FIXTURES.glob("810/*.edi"))), None)
    if file is None:
        pytest.skip("no invoice among the fixtures yet")
    data = file.read_bytes()
    result = read(data)
    number = result.transactions[0]
    finding = Finding(
        code=f"x12.810.{number.version}/BIG-02/code/unknown",
        message="Invoice is not expected",
        layer=Layer.BUSINESS,
        place="BIG-02",
        actual="'INV*77'",
        transaction=0,
        position=(2, 2, 0, 0),
    )
    said = body(customs(data, accepted=False, findings=[finding]))
    assert said[0].startswith("BGN*00*000000077*20261125*1200")
    assert re.match(r"OTI\*TR\*IV\*", said[1])
    assert said[2] == "TED*848*INVOICE IS NOT EXPECTED*BIG*2*2**INV 77"
    assert re.match(r"TED\*848\*INVOICE IS NOT EXPECTED\*BIG\*2\*2", said[2])


def test_no_answer_speaks_for_customs_when_only_syntax_was_judged() -> None:
    """A syntax answer has TA1, 997 or 999 and nothing else, whatever was found."""
    for data in (
        manifest(),
        manifest(replaced("*NVLN*O*", "*NVLN*X9*")),
        manifest().replace(b"SE*14", b"SE*1"),
    ):
        sets = {one.split("*")[1] for one in syntax(data) if one.startswith("ST*")}
        assert sets == {"997"}


@pytest.mark.parametrize(
    "told",
    [
        {"line_end": "\n"},
        {"element": "|", "terminator": "'"},
        {"element": ">", "component": "*"},
        {"element": "~", "terminator": "*", "line_end": "\r\n"},
        {"repetition": "%", "component": "^"},
    ],
)
@pytest.mark.parametrize("release", ["004010", "005010"])
def test_an_answer_is_divided_as_it_is_told(told: dict[str, str], release: str) -> None:
    """What divides an answer is what its receiver agreed on, else the sender's own; none of it stands in a text."""
    data = (FIXTURES / f"353/rail-{release}.edi").read_bytes()
    good, wrong = read(data), read(data.replace(b"M10*", b"M10*9999'9|9", 1))
    words = (Disposition(code="1C", meaning="hold", text="A|B'C*D>E~F^G%H", reference="NQRR0001"),)
    for result, level, said in (
        (wrong, Level.SYNTAX, ()),
        (good, Level.SYNTAX, ()),
        (good, Level.CUSTOMS, words),
        (good, Level.CUSTOMS, ()),
    ):
        findings = tuple(result.all_findings())
        answer = Answer(level=level, accepted=False, findings=findings, dispositions=said)
        written = FORMAT.acknowledge(result, answer, replace(ENVELOPE, options=told), SPECS)
        back = read(written)
        assert no_errors(back.all_findings()), back.all_findings()
        assert back.transactions
        own = result.frame
        for name in ("element", "component", "terminator"):
            wanted = told.get(name, own[name])
            if wanted in {*told.values()} and name not in told:
                assert back.frame[name] not in told.values()
            else:
                assert back.frame[name] == wanted
        assert back.frame["line_end"] == told.get("line_end", "")
        assert back.frame["repetition"] == (
            told.get("repetition", "^")
            if release == "005010" and "^" not in told.values()
            else back.frame["repetition"]
        )
        assert bool(back.frame["repetition"]) == (release == "005010")
