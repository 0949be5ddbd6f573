"""WCO declarations: DEC in, RES out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from gateway.finding import Severity
from gateway.formats import formats
from gateway.simulator.control import carry_out
from gateway.simulator.state import Message, State
from gateway.specs import Limits, Specs, data_root
from tests.simulator.samples import AT, ace, send

FOLDER = data_root() / "fixtures" / "wco" / "DEC"
TWELVE = (FOLDER / "twelve-items.xml").read_bytes()


def leaf(message: Message, name: str) -> str:
    """Give the first value of an element; the document must read clean."""
    interchange = formats()["wco"].read(message.body, Specs(), Limits())
    wrong = [finding for finding in interchange.all_findings() if finding.severity is Severity.ERROR]
    assert not wrong, wrong
    found = re.search(rf"<{name}>([^<]*)<", message.body.decode())
    return found[1] if found else ""


def functions(data: bytes, state: State | None = None) -> list[str]:
    """Give the function codes of everything that comes within a minute."""
    step = send(data, state)
    messages = (*step.messages, *ace().due(step.state, AT + timedelta(minutes=1)).messages)
    return [leaf(message, "FunctionCode") for message in messages]


def pointers(message: Message) -> list[str]:
    """Give class, turn and tag of each pointer step as one text."""
    leaf(message, "FunctionCode")
    return [
        "".join(re.findall(r">([^<\s]+)<", step))
        for step in re.findall(r"<Pointer>(.*?)</Pointer>", message.body.decode(), re.DOTALL)
    ]


def test_a_declaration_is_accepted_and_cleared() -> None:
    """01 with a number of ours and the trader's reference, then 09 a second later."""
    step = send(TWELVE)
    (accepted,) = step.messages
    assert leaf(accepted, "FunctionCode") == "01"
    assert leaf(accepted, "ID").startswith("26GB")
    assert "<FunctionalReferenceID>GW-2026-000412<" in accepted.body.decode()
    assert functions(TWELVE) == ["01", "09"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.xml")), ids=lambda path: path.stem)
def test_every_fixture_is_answered_with_a_clean_response(path: object) -> None:
    """Each shipped declaration gets Responses that read clean."""
    assert functions((FOLDER / f"{path}").read_bytes())


def test_a_prelodged_declaration_waits_for_its_arrival() -> None:
    """Type D is received, 02; the arrival notice accepts it, and it is cleared."""
    state = send((FOLDER / "import-full.xml").read_bytes()).state
    (number,) = [filing.number for filing in state.filings.values()]
    arrival = re.sub(
        rb"<ID>26GB[^<]*<", f"<ID>{number}<".encode(), (FOLDER / "arrival.xml").read_bytes(), count=1
    )
    assert functions(arrival, state) == ["02", "01", "09"]


def test_requests_are_granted_or_denied() -> None:
    """An amendment gives 02, 11 and 07, a cancellation 02, 11 and 10; nothing follows a cancellation."""
    state = ace().due(send(TWELVE).state, AT + timedelta(minutes=1)).state
    (filing,) = state.filings.values()
    amendment = (FOLDER / "amendment.xml").read_bytes().replace(b"26GB7TT0P3M5V9W6X8", filing.number.encode())
    assert functions(amendment, state) == ["02", "11", "07"]
    cancellation = (FOLDER / "cancellation.xml").read_bytes()
    cancellation = cancellation.replace(b"26GB5RR1N7K3D8F2H4", filing.number.encode())
    assert functions(cancellation, state) == ["02", "11", "10"]
    denied = carry_out(ace(), state, {"do": "scenario", "name": "referred"}, AT, AT).state
    assert functions(cancellation, denied) == ["02", "11"]


def test_a_request_about_nothing_is_rejected() -> None:
    """Without the declaration on file, 03 points at its number."""
    (message,) = send((FOLDER / "amendment.xml").read_bytes()).messages
    assert leaf(message, "ValidationCode") == "CDS10020"
    assert pointers(message) == ["42AD014"]


WRONG = [
    (rb"<GoodsItemQuantity>12<", b"<GoodsItemQuantity>13<", "CDS11003", "42A228"),
    (rb"<FunctionalReferenceID>[^<]*</FunctionalReferenceID>", b"", "CDS10001", "42AD026"),
    (
        rb"<SequenceNumeric>1</SequenceNumeric>(?=\s*<Stat)",
        b"<SequenceNumeric>7</SequenceNumeric>",
        "CDS12014",
        "168A006",
    ),
]


@pytest.mark.parametrize(("pattern", "text", "code", "path"), WRONG)
def test_a_fault_is_told_with_its_place(pattern: bytes, text: bytes, code: str, path: str) -> None:
    """03 carries the code, and pointers whose last step names class, turn and element."""
    changed, count = re.subn(pattern, text, TWELVE, count=1)
    assert count == 1
    (message,) = send(changed).messages
    assert leaf(message, "FunctionCode") == "03"
    assert code in message.body.decode()
    assert path in pointers(message)


def test_a_reference_is_used_once() -> None:
    """The same reference in another declaration is CDS12003."""
    state = send(TWELVE).state
    step = ace().receive(state, "b-2", TWELVE.replace(b"<Name>", b"<Name>X "), AT)
    assert leaf(step.messages[0], "ValidationCode") == "CDS12003"


def test_xml_that_cannot_be_read_is_rejected() -> None:
    """A truncated document gets 03 with the code for what is not well formed."""
    (message,) = send(TWELVE[:-200]).messages
    assert leaf(message, "FunctionCode") == "03"
    assert leaf(message, "ValidationCode") == "CDS10010"


def test_responses_are_not_answered() -> None:
    """A RES that comes in gets nothing."""
    for path in (FOLDER.parent / "RES").glob("*.xml"):
        assert send(path.read_bytes()).messages == ()


def test_documents_and_rejections_by_order() -> None:
    """The scenario documents gives 06 with a limit; an ordered rejection gives its code."""
    state = carry_out(ace(), State(), {"do": "scenario", "name": "documents"}, AT, AT).state
    assert functions(TWELVE, state) == ["01", "06", "09"]
    order = {"do": "reject", "reference": "GW-2026-000412", "code": "CDS40045", "text": "document"}
    (message,) = send(TWELVE, carry_out(ace(), State(), order, AT, AT).state).messages
    assert leaf(message, "ValidationCode") == "CDS40045"
