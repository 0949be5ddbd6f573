"""X12 manifests: 309 in, TA1, 997 or 999, 355 and 350 out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.finding import Severity
from gateway.formats import formats
from gateway.simulator.control import carry_out
from gateway.simulator.state import Message, State, Step
from gateway.specs import Limits, Specs, data_root
from tests.simulator.samples import AT, ace, send

FOLDER = data_root() / "fixtures" / "x12"
TEN = (FOLDER / "309" / "ten-bills.edi").read_bytes()


def segments(message: Message) -> list[list[str]]:
    """Cut an answer into segments and hold it to the gateway's reader."""
    interchange = formats()["x12"].read(message.body, Specs(), Limits())
    wrong = [finding for finding in interchange.all_findings() if finding.severity is Severity.ERROR]
    assert not wrong, wrong
    text = message.body.decode("latin-1")
    return [part.split(text[3]) for part in text.split(text[105]) if part.strip()]


def named(message: Message, *names: str) -> list[list[str]]:
    """Give the segments of some names."""
    return [segment for segment in segments(message) if segment[0] in names]


def later(step: Step) -> tuple[Message, ...]:
    """Give what comes within a minute."""
    return ace().due(step.state, AT + timedelta(minutes=1)).messages


GOOD = sorted(path.name for path in (FOLDER / "309").glob("*.edi"))


@pytest.mark.parametrize("name", GOOD)
def test_every_good_manifest_is_acknowledged(name: str) -> None:
    """997 below 005010 and 999 above accept it, a 355 confirms it, and all read clean."""
    step = send((FOLDER / "309" / name).read_bytes())
    kinds = [message.kind for message in step.messages if message.kind != "TA1"]
    assert kinds[0] in {"997", "999"}
    assert set(kinds[1:]) == {"355"}
    assert named(step.messages[-len(kinds)], "AK5", "IK5")[0][1] == "A"
    for message in (*step.messages, *later(step)):
        assert segments(message)


def test_ten_bills_are_accepted_and_released() -> None:
    """K3 counts ten; two 350s follow, on file and released, each with ten X4."""
    step = send(TEN)
    assert named(step.messages[1], "K3")[0][1] == "BILLS REJECTED [0], BILLS ACCEPTED [10]"
    on_file, released = later(step)
    assert [segment[7] for segment in named(on_file, "X4")] == ["69"] * 10
    assert [segment[7] for segment in named(released, "X4")] == ["1C"] * 10
    assert named(released, "ISA")[0][6].strip() == "USCSTEST"


def test_control_numbers_are_never_used_twice() -> None:
    """ISA13 grows over answers and statuses."""
    step = send(TEN)
    numbers = [named(message, "ISA")[0][13] for message in (*step.messages, *later(step))]
    assert numbers == sorted(set(numbers))


BAD = sorted(path.name for path in (FOLDER / "bad").glob("*.edi"))
# A file of acknowledgements alone is never answered by another.
ANSWERS = (b"~\nST*997*", b"~\nST*999*", b"~ST*997*", b"~ST*999*")
# Its first interchange is good, its second is not.
MIXED = "two-interchanges.edi"


@pytest.mark.parametrize("name", BAD)
def test_bad_syntax_is_refused_and_goes_no_further(name: str) -> None:
    """TA1 refuses a broken interchange, AK5 R a broken set; no 355 follows and nothing is on file."""
    data = (FOLDER / "bad" / name).read_bytes()
    step = send(data)
    if not step.messages:
        assert any(one in data for one in ANSWERS), f"{name} got no answer"
        assert step.state.filings == {}
        return
    if name == MIXED:
        verdicts = [segment[1] for one in step.messages for segment in named(one, "AK9")]
        assert verdicts == ["A", "R"]
        return
    first = step.messages[0]
    if first.kind == "TA1":
        assert named(first, "TA1")[0][4] == "R"
    else:
        assert [segment[1] for segment in named(first, "AK9")] == ["R"]
    assert "355" not in [message.kind for message in step.messages]
    assert step.state.filings == {}


def test_an_element_in_error_is_named() -> None:
    """AK3 gives segment and place, AK4 element, code and the bad text."""
    step = send((FOLDER / "bad" / "mode-unknown.edi").read_bytes())
    assert named(step.messages[0], "AK3")[0][1:3] == ["M10", "2"]
    assert named(step.messages[0], "AK4")[0][1:4:2] == ["2", "7"]


WRONG = [
    (b"P4*1303*", b"P4*9999*", "014", 10),
    (b"M11*JOI260001*", b"M11**", "017", 1),
    (b"N1*SH*CERAMICA DO VALE LTDA~", b"N1*FW*CERAMICA DO VALE LTDA~", "004", 1),
]


@pytest.mark.parametrize(("good", "bad", "code", "rejected"), WRONG)
def test_customs_faults_are_told_beside_their_segment(
    good: bytes, bad: bytes, code: str, rejected: int
) -> None:
    """K1 follows the segment in error with CAMIR's code; a fault of the head refuses every bill."""
    assert good in TEN
    step = send(TEN.replace(good, bad, 1))
    answers = [message for message in step.messages if message.kind == "355"]
    if not answers:
        assert named(step.messages[0], "AK5")[0][1] == "R"
        return
    told = segments(answers[0])
    assert code in [segment[2] for segment in told if segment[0] == "K1"]
    assert named(answers[0], "K3")[0][1].startswith(f"BILLS REJECTED [{rejected}]")


def test_a_bill_is_filed_once() -> None:
    """The same manifest with another control number: every bill is already on file."""
    state = send(TEN).state
    again = ace().receive(state, "b-2", TEN.replace(b"000004101", b"000004999"), AT)
    assert {segment[1] for segment in named(again.messages[1], "K1")} == {"SHIPMENT ALREADY ON FILE"}


def test_holds_and_rejections_by_bill() -> None:
    """A hold of one bill is told for that bill; an ordered rejection refuses its manifest."""
    state = send(TEN).state
    step = carry_out(ace(), state, {"do": "hold", "entry": "NVLNJOI260002", "bill": "NVLNJOI260002"}, AT, AT)
    assert [segment[1] for segment in named(step.messages[0], "X4")] == ["JOI260002"]
    assert named(step.messages[0], "X4")[0][7] == "1H"
    state = carry_out(ace(), State(), {"do": "reject", "entry": "NVLNJOI260002", "code": "021"}, AT, AT).state
    rejected = send(TEN, state)
    assert "021" in {segment[2] for segment in named(rejected.messages[1], "K1") if len(segment) > 2}


@pytest.mark.parametrize("message", ["353", "356", "357", "358"])
def test_other_customs_sets_are_confirmed(message: str) -> None:
    """Events, permits, in-bond and consist are acknowledged and confirmed."""
    for path in sorted((FOLDER / message).glob("*.edi")):
        step = send(path.read_bytes())
        assert [answer.kind for answer in step.messages][-1] == "355"
        assert segments(step.messages[-1])


def test_acknowledgements_are_not_acknowledged() -> None:
    """997, 999 and TA1 get no answer."""
    for name in ("997", "999", "TA1"):
        for path in sorted((FOLDER / name).glob("*.edi")):
            assert send(path.read_bytes()).messages == ()
