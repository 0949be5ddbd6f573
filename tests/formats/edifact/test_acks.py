"""What is answered: CONTRL by level, CUSRES from statuses, APERAK, each read back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.finding import Answer, Disposition, Finding, Layer, Level, Span, no_errors
from gateway.flow.heard import heard
from gateway.flow.translate import load_tables, take
from gateway.formats.edifact.acks_customs import statuses
from gateway.formats.edifact.format import FORMAT
from gateway.specs import Limits, read_csv
from gateway.specs.edifact_service import ack_codes
from gateway.tree import Envelope
from tests.formats.edifact.support import FIXTURES, SMALL, SPECS, changed, errors, read

ENVELOPE = Envelope(sender="", receiver="", control=7, at="2026-11-25T12:00:00+00:00")
GROUPS = (FIXTURES / "CUSDEC" / "groups.edi").read_bytes()
NEWER = (FIXTURES / "CUSDEC" / "import-utf8-d13a.edi").read_bytes()


def contrl(data: bytes, **options: str) -> list[str]:
    """Give the segments of the CONTRL about some bytes, its envelope left out."""
    result = read(data)
    findings = tuple(result.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=no_errors(findings), findings=findings)
    said = FORMAT.acknowledge(result, answer, replace(ENVELOPE, options=options), SPECS)
    assert errors(said) == [], said
    return [one for one in segments(said) if one[:3] not in {"UNB", "UNH", "UNT", "UNZ"}]


def segments(said: bytes) -> list[str]:
    """Cut an answer into its segments."""
    return [one for one in said.decode("utf-8").split("'") if one and not one.startswith("UNA")]


def customs(data: bytes, answer: Answer, **options: str) -> list[str]:
    """Give the segments of the business answer to some bytes; it reads without error."""
    said = FORMAT.acknowledge(read(data), answer, replace(ENVELOPE, options=options), SPECS)
    assert errors(said) == [], said
    return segments(said)


def said_of(meaning: str, **more: str) -> Answer:
    """Give an answer with one disposition."""
    return Answer(
        level=Level.CUSTOMS, accepted=True, dispositions=(Disposition(code="X", meaning=meaning, **more),)
    )


UCI = "UCI+ICR1+BROKER01:ZZZ+GATEWAY:ZZZ"


@pytest.mark.parametrize(
    ("old", "new", "body"),
    [
        (b"A REMARK", b"A REMARK", [f"{UCI}+7"]),
        (b"UNZ+1", b"UNZ+2", [f"{UCI}+4+29+UNZ+2"]),
        (b"UNZ+1+ICR1", b"UNZ+1+ICR2", [f"{UCI}+4+28+UNZ+3"]),
        (b"UNOC:3", b"UNOQ:3", [f"{UCI}+4+2+UNB+2:1"]),
        (b"UNT+13", b"UNT+12", [f"{UCI}+7", "UCM+1+CUSDEC:D:96B:UN+4+29+UNT+2"]),
        (b"FTX+CUS", b"XYZ+CUS", [f"{UCI}+7", "UCM+1+CUSDEC:D:96B:UN+4", "UCS+5+15"]),
        (b"IM+NL", b"+NL", [f"{UCI}+7", "UCM+1+CUSDEC:D:96B:UN+4", "UCS+6", "UCD+13+2"]),
        (b"+9'\n", b"+ORIGINAL'\n", [f"{UCI}+7", "UCM+1+CUSDEC:D:96B:UN+4", "UCS+2", "UCD+39+4"]),
        (b"BGM+929+LRN26-1+9'\n", b"", [f"{UCI}+7", "UCM+1+CUSDEC:D:96B:UN+4+29+UNT+2", "UCS+1+13"]),
        (b"KGM:1180.5", b"KGM:1180.5:1:2:3:4", [f"{UCI}+7", "UCM+1+CUSDEC:D:96B:UN+4", "UCS+10", "UCD+16+4"]),
        (b"CUSDEC:D:96B", b"PAXLST:D:96B", [f"{UCI}+7", "UCM+1+PAXLST:D:96B:UN+4+14+UNH+3:1"]),
    ],
)
def test_a_contrl_reports_at_the_level_of_the_fault(old: bytes, new: bytes, body: list[str]) -> None:
    """Interchange, message, segment or element: action, code and pointer."""
    assert contrl(changed(old, new)) == body


def test_a_group_has_a_level_of_its_own() -> None:
    """A wrong group is reported in UCF, a wrong message under its group; what is not reported is in order."""
    head = "UCI+ICR0000130+BROKER01:ZZZ+GATEWAY:ZZZ+7"
    group = "UCF+G1+BROKER01:ZZZ+GATEWAY:ZZZ"
    assert contrl(GROUPS) == [head]
    assert contrl(changed(b"UNE+2", b"UNE+3", GROUPS)) == [head, f"{group}+4+29+UNE+2"]
    wrong = changed(b"UNT+33+2", b"UNT+34+2", GROUPS)
    assert contrl(wrong) == [head, f"{group}+7", "UCM+2+CUSDEC:D:96B:UN+4+29+UNT+2"]


def test_syntax_4_has_codes_and_a_contrl_of_its_own() -> None:
    """The same fault has the code of the sender's syntax version; repetitions are pointed at."""
    old = changed(b"CNT+5:1'", b"CNT+5:.5'")
    assert contrl(old)[-1] == "UCD+38+2:2"
    newer = changed(b"CNT+5:1'", b"CNT+5:.5'", NEWER)
    assert contrl(newer)[-1] == "UCD+37+2:2"
    repeated = changed(b"HLMXNGB26118044'", b"HLMXNGB26118044*A'", NEWER)
    assert contrl(repeated)[-1] == "UCD+35+3::2"


HEAD = "UNB+UNOA:3+GATEWAY:ZZZ+BROKER01:ZZZ+261125:1200+7++CONTRL"
INSIDE = ["UNH+1+CONTRL:D:3:UN", "UCI+ICR0000130+BROKER01:ZZZ+GATEWAY:ZZZ+7", "UNT+3+1"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"una": "yes"}, ["UNA:+.? ", HEAD, *INSIDE, "UNZ+1+7", ""]),
        ({"una": "no"}, [HEAD, *INSIDE, "UNZ+1+7", ""]),
        # Without it nobody would read these as they are meant.
        ({"una": "no", "mark": ","}, ["UNA:+,? ", HEAD, *INSIDE, "UNZ+1+7", ""]),
        (
            {"group": "yes", "group_reference": "G77"},
            [
                "UNA:+.? ",
                HEAD,
                "UNG+CONTRL+GATEWAY+BROKER01+261125:1200+G77+UN+D:3",
                *INSIDE,
                "UNE+1+G77",
                "UNZ+1+7",
                "",
            ],
        ),
    ],
)
def test_a_contrl_has_the_envelope_that_its_receiver_wants(options: dict[str, str], said: list[str]) -> None:
    """A group around the message, and no UNA where all is as usual: before syntax 4 nothing repeats."""
    result = read(GROUPS)
    answer = Answer(level=Level.SYNTAX, accepted=True)
    data = FORMAT.acknowledge(result, answer, replace(ENVELOPE, options=options), SPECS)
    assert data.decode().split("'") == said
    assert errors(data) == []


def test_every_problem_has_a_code_of_contrl() -> None:
    """A problem without a code is information only."""
    for problem, row in ack_codes(SPECS.root).items():
        assert row.code or row.severity in {"info", "warning"}, problem


def test_every_interchange_of_a_file_has_its_own_answer() -> None:
    """Two interchanges are answered by two, addressed to their senders, numbered on, also where the file's is told."""
    result = read(SMALL + SMALL.replace(b"ICR1", b"ICR2").replace(b"BROKER01", b"BROKER02"))
    answer = Answer(level=Level.SYNTAX, accepted=True)
    for envelope in (ENVELOPE, replace(ENVELOPE, sender=result.receiver, receiver=result.sender)):
        said = segments(FORMAT.acknowledge(result, answer, envelope, SPECS))
        heads = [one.split("+") for one in said if one.startswith("UNB")]
        assert [(one[2], one[3], one[5]) for one in heads] == [
            ("GATEWAY:ZZZ", "BROKER01:ZZZ", "7"), ("GATEWAY:ZZZ", "BROKER02:ZZZ", "8"),
        ]  # fmt: skip
        assert [one.split("+")[1] for one in said if one.startswith("UCI")] == ["ICR1", "ICR2"]


def test_no_party_of_an_answer_is_longer_than_it_may_be() -> None:
    """An id of 36 characters is answered to its first 35, whether it was told for the answer or not."""
    result = read(SMALL.replace(b"BROKER01", b"B" * 36, 1))
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(result.all_findings()))
    for receiver in ("", result.sender):
        said = FORMAT.acknowledge(result, answer, replace(ENVELOPE, receiver=receiver), SPECS)
        assert b"+%b:ZZZ+" % (b"B" * 35) in said


@pytest.mark.parametrize("name", ["CONTRL/accepted", "CONTRL/message-rejected", "AUTACK/receipt"])
@pytest.mark.parametrize("level", list(Level))
def test_an_acknowledgement_is_not_acknowledged(name: str, level: Level) -> None:
    """CONTRL and AUTACK are the end of the matter."""
    result = read((FIXTURES / f"{name}.edi").read_bytes())
    assert FORMAT.acknowledge(result, Answer(level=level, accepted=True), ENVELOPE, SPECS) == b""


# -- CUSRES --------------------------------------------------------------------------------


@pytest.mark.parametrize("meaning", statuses(SPECS.root))
@pytest.mark.parametrize("data", [SMALL, NEWER], ids=["D96B", "D13A"])
def test_every_meaning_has_its_words_in_cusres(meaning: str, data: bytes) -> None:
    """Kind, function and indicator are those of the table, in the sender's directory, and name the declaration."""
    word = statuses(SPECS.root)[meaning]
    said = customs(data, said_of(meaning, text="RELEASED", at="2026-11-25T11:00:00Z", reference="26NL1"))
    indicator = f"GIS+{word.code}" if data is SMALL else f"GEI+5+{word.code}"
    assert indicator in said
    (bgm,) = [one for one in said if one.startswith("BGM")]
    assert bgm.split("+")[1::2] == [word.document, word.function]
    assert "FTX+AAP+++RELEASED" in said
    assert any(one.startswith("RFF+ABE:LRN26-") for one in said)


def test_the_heaviest_of_several_dispositions_gives_the_verdict() -> None:
    """A hold beside an acceptance makes the answer one that wants something."""
    answer = Answer(
        level=Level.CUSTOMS,
        accepted=True,
        dispositions=(Disposition(code="A", meaning="accepted"), Disposition(code="B", meaning="hold")),
    )
    said = customs(SMALL, answer)
    assert "BGM+962+LRN26-1+11" in said
    assert [one for one in said if one.startswith("GIS")] == ["GIS+1", "GIS+7"]


def test_bills_have_what_became_of_them() -> None:
    """A disposition about a bill stands in the group of its document."""
    said = customs(SMALL, said_of("release", scope="bill", reference="SHA26118044", text="FREE"))
    at = next(index for index, one in enumerate(said) if one.startswith("DOC+") and "SHA26118044" in one)
    assert "GIS+4" in said[at:]


def refusal(place: str, text: str, **more: str) -> Answer:
    """Give the answer that refuses for one rule's finding at a place of the small message."""
    start = SMALL.index(text.encode())
    one = Finding(
        code="cbp.line/number/unknown",
        message="no such commodity code",
        layer=Layer.BUSINESS,
        place=place,
        span=Span(start, start + len(text)),
        transaction=0,
        **more,
    )
    return Answer(level=Level.CUSTOMS, accepted=False, findings=(one,))


def test_a_refusal_points_at_the_item_and_the_segment() -> None:
    """ERP has section, item and segment; ERC the code; FTX the rule in words."""
    said = customs(SMALL, refusal("CST/CST:C246-122.7361", "69120025"))
    assert "BGM+963+LRN26-1+27" in said
    assert "GIS+2" in said
    at = said.index("ERP+10:1+CST:1:6")
    assert said[at + 1] == "ERC+G201::86"
    assert said[at + 2].startswith("FTX+AAO+++cbp.line/number/unknown?: no such commodity code")


@pytest.mark.parametrize(
    ("place", "text", "point"),
    [
        ("BGM:C106.1004", "LRN26-1", "ERP+1+BGM:1:6"),
        ("NAD:C080.3036", "VAN DIJK", "ERP+1+NAD:1:6"),
        ("CNT:C270.6066", "5:1", "ERP+6+CNT:1:6"),
        ("CST/MEA:C174.6314", "1180.5", "ERP+10:1+MEA:1:6"),
    ],
)
def test_each_section_has_its_code(place: str, text: str, point: str) -> None:
    """Header, items and summary are told apart by element 1049."""
    assert point in customs(SMALL, refusal(place, text))


def test_aperak_where_a_partner_wants_it() -> None:
    """The option chooses it; 312 or 313 from D.99B on, before that the verdict of 4343 alone."""
    accepted = Answer(level=Level.CUSTOMS, accepted=True)
    assert any(
        one.startswith("BGM++7-1+9+AP") for one in customs(SMALL, accepted, confirmation_message="APERAK")
    )
    said = customs(NEWER, refusal("CST", "69120025"), confirmation_message="APERAK")
    assert "BGM+313+7-1+9+RE" in said
    assert "RFF+ACW:ICR0000124" in said
    assert "ERC+G201::86" in said


def test_what_is_no_customs_flow_has_aperak_by_itself() -> None:
    """A CUSRES that is sent to us is answered by APERAK, never by CUSRES."""
    data = (FIXTURES / "CUSRES" / "released.edi").read_bytes()
    said = customs(data, Answer(level=Level.CUSTOMS, accepted=True))
    assert said[1].startswith("UNH+1+APERAK:D:96B:UN")


def test_the_common_access_reference_comes_back() -> None:
    """What the sender knows its message by (0068) stands in the header of the answer."""
    data = changed(b"D:96B:UN'", b"D:96B:UN+CASE-77'")
    assert "UNH+1+CUSRES:D:96B:UN+CASE-77" in customs(data, said_of("release"))
    assert "UNH+1+CUSRES:D:96B:UN" in customs(SMALL, said_of("release"))


@pytest.mark.parametrize(
    ("meaning", "back"),
    [(row["problem"], row["problem"]) for _, row in read_csv(SPECS.root / "edi_specs/ack_codes/edifact_cusres.csv")
     if row["problem"] in {"accepted", "release", "exam", "documents", "hold", "rejected", "in-bond", "problem"}],
)  # fmt: skip
def test_our_own_cusres_is_understood(meaning: str, back: str) -> None:
    """Read by its mapping it says what it was made from, about the declaration that it was made for."""
    accepted = meaning not in {"rejected", "problem"}
    answer = replace(said_of(meaning, reference="26NL1", text="SAID"), accepted=accepted)
    tables = load_tables()
    data = FORMAT.acknowledge(read(SMALL), answer, ENVELOPE, SPECS)
    (one,) = heard(take(data, tables, Limits()), tables)
    assert "reference/LRN26-1" in one.keys
    assert back in {disposition.meaning for disposition in one.dispositions}
