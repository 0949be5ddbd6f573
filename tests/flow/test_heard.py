"""What the other side's messages say, and about what."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.finding import Answer, Level
from gateway.flow.heard import heard
from gateway.flow.translate import load_tables, take
from gateway.formats import formats
from gateway.specs import Limits
from gateway.tree import Envelope

FIXTURES = Path(__file__).parents[2] / "fixtures"
OURS = Envelope(sender="ACE", receiver="GATEWAY", control=9, at="2026-03-01T10:00:00Z", options={})


def said(data):
    """Read a message as an endpoint's."""
    tables = load_tables()
    return heard(take(data, tables, Limits(lenient=True)), tables)


def syntax(name, *, accepted):
    """Let a format answer one of its own messages at the level of syntax."""
    tables = load_tables()
    taken = take((FIXTURES / name).read_bytes(), tables, Limits())
    findings = tuple(taken.interchange.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=accepted, findings=() if accepted else findings)
    form = formats()[taken.format]
    return form.acknowledge(taken.interchange, answer, OURS, tables.specs)


@pytest.mark.parametrize(
    ("name", "meaning", "accepted"),
    [("accepted", "accepted", True), ("rejected", "rejected", False)],
)
def test_a_release_answer_is_known_by_what_we_sent_along(name, meaning, accepted):
    """SX carries our own key in B 60-80, the entry number after it, and customs' decision."""
    (one,) = said((FIXTURES / "catair" / "SX" / f"{name}.txt").read_bytes())
    assert one.keys[:2] == ("correlation/GW-0000017", "number/Q7Z00010429")
    assert one.dispositions[-1].meaning == meaning
    assert one.accepted is accepted


def test_a_status_notice_says_what_becomes_of_the_cargo():
    """SO gives a disposition with its time, about the entry that it names."""
    (one,) = said((FIXTURES / "catair" / "SO" / "release.txt").read_bytes())
    assert "number/Q7Z00010429" in one.keys
    assert {disposition.meaning for disposition in one.dispositions} >= {"release"}
    assert all(disposition.at for disposition in one.dispositions)


def test_a_rejected_batch_is_a_rejection():
    """A batch that is rejected in its envelope says so, and is known by A 60-80."""
    (one,) = said(syntax("catair/bad/no-y.txt", accepted=False))
    assert [disposition.meaning for disposition in one.dispositions] == ["rejected"]
    assert one.keys[0].startswith("correlation/")


def test_accepted_syntax_says_nothing_of_customs():
    """A 997 that accepts gives no disposition, one that rejects gives a rejection."""
    (one,) = said(syntax("x12/309/ten-bills.edi", accepted=True))
    assert one.dispositions == ()
    rejecting = (FIXTURES / "x12" / "309" / "ten-bills.edi").read_bytes().replace(b"M10*", b"M10*????*", 1)
    tables = load_tables()
    taken = take(rejecting, tables, Limits())
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(taken.interchange.all_findings()))
    data = formats()["x12"].acknowledge(taken.interchange, answer, OURS, tables.specs)
    (one,) = said(data)
    assert not one.accepted


@pytest.mark.parametrize(
    ("name", "meaning"), [("accepted-004010", "accepted"), ("rejected-004010", "rejected")]
)
def test_a_confirmation_that_echoes_nothing_accepts(name, meaning):
    """A 355 without an echoed bill accepts the manifest, one with echoes rejects it."""
    (one,) = said((FIXTURES / "x12" / "355" / f"{name}.edi").read_bytes())
    assert {disposition.meaning for disposition in one.dispositions} == {meaning}
    assert one.accepted is (meaning == "accepted")


@pytest.mark.parametrize("data", [b"", b"junk", b"\x00" * 100, b"ISA", b"{}", b"<a/>", b"A" * 80])
def test_what_cannot_be_read_says_nothing(data):
    """Whatever an endpoint sends, it is never an exception, and never an acceptance."""
    assert all(not one.dispositions for one in said(data))
