"""What follows a rejection: reported, sent again, or kept for a person."""

from __future__ import annotations

import pytest

from gateway.finding import Disposition, no_errors
from gateway.flow.again import (
    DELETED,
    Course,
    Earlier,
    Filed,
    OnFile,
    course,
    notices,
    on_file,
    unanswered,
)
from gateway.flow.decide import customs
from gateway.flow.translate import load_tables, take
from gateway.formats import formats
from gateway.specs import Limits, data_root
from gateway.specs.answers import retries
from gateway.tree import Envelope

ROOT = data_root()
RULES = retries(data_root())
ADDED = Earlier(action="add", disposition="accepted")


def follows(message, codes, **filed):
    """Give the course after a rejection with these codes."""
    return course(
        message, codes, Filed(**{"target": "catair/AE", "action": "add"} | filed), RULES, times_max=2
    )


@pytest.mark.parametrize(
    ("message", "codes", "way"),
    [
        ("catair/AX", ("ZZZ",), Course.AGAIN),
        ("catair/AX", ("B55", "998"), Course.AGAIN),
        ("catair/X1", ("X13", "999"), Course.AGAIN),
        ("catair/AX", ("101", "998"), Course.REPORT),
        ("catair/AX", ("999",), Course.REPORT),
        ("catair/X1", ("X40", "999"), Course.REPORT),
        ("catair/ER", ("ZZZ",), Course.REPORT),
        ("catair/SX", ("B55",), Course.REPORT),
        # What a code means is said application by application, and nobody says it of these.
        *((f"catair/{name}", ("01", "ZZZ"), Course.REPORT) for name in ("SX", "QT", "WT", "C1")),
        ("catair/CX", ("S99",), Course.REPORT),
        ("catair/AX", ("X13",), Course.REPORT),
        ("catair/X1", ("ZZZ",), Course.REPORT),
    ],
)
def test_only_what_the_guide_names_is_sent_again(message, codes, way):
    """ZZZ and B55 in AX and X13 of an envelope lead to another attempt, every other code to the sender."""
    assert follows(message, codes) == (way, None)


def test_it_is_sent_again_a_few_times():
    """After so many attempts, or when a later filing of the entry is there, the rejection is reported."""
    assert follows("catair/AX", ("ZZZ",), times=1)[0] is Course.AGAIN
    assert follows("catair/AX", ("ZZZ",), times=2)[0] is Course.REPORT
    assert follows("catair/AX", ("ZZZ",), newer=True)[0] is Course.REPORT


@pytest.mark.parametrize("codes", [("101", "998"), ("ZZZ",), ("B55", "998")])
@pytest.mark.parametrize("action", ["add", "replace"])
def test_a_rejected_replacement_in_trade_control_needs_a_person(action, codes):
    """Whatever the code, it is not sent again by itself, and the finding says what is gone and why."""
    way, finding = follows("catair/AX", codes, action=action, on_file=OnFile.TRADE_CONTROL)
    assert way is Course.PERSON
    assert finding.code == "catair.AE/10/replacement/rejected"
    assert "not on file" in finding.message
    assert finding.actual == " ".join(codes)


def test_a_replacement_of_what_we_do_not_know_may_have_deleted():
    """An R replaces whatever is on file, so without knowing a person looks; an A does not."""
    way, finding = follows("catair/AX", ("998",), action="replace")
    assert way is Course.PERSON
    assert "if one was there" in finding.message
    assert follows("catair/AX", ("998",), action="add")[0] is Course.REPORT


@pytest.mark.parametrize(
    ("message", "codes", "filed"),
    [
        ("catair/AX", ("B29", "998"), {"on_file": OnFile.TRADE_CONTROL}),
        ("catair/AX", ("999",), {"on_file": OnFile.TRADE_CONTROL}),
        ("catair/X1", ("X40",), {"on_file": OnFile.TRADE_CONTROL}),
        ("catair/AX", ("998",), {"on_file": OnFile.CBP_CONTROL}),
        ("catair/AX", ("998",), {"on_file": OnFile.NOTHING, "action": "replace"}),
        ("catair/AX", ("998",), {"on_file": OnFile.TRADE_CONTROL, "action": "cancel"}),
        ("catair/SX", ("01", "006"), {"target": "catair/SE", "action": "replace"}),
    ],
)
def test_where_nothing_is_deleted_nobody_is_asked(message, codes, filed):
    """A batch that was not looked at, CBP control, a deletion and a release leave what is on file."""
    assert follows(message, codes, **filed) == (Course.REPORT, None)


@pytest.mark.parametrize(
    ("story", "found"),
    [
        ([], OnFile.UNKNOWN),
        ([ADDED], OnFile.TRADE_CONTROL),
        ([ADDED, Earlier(action="cancel", disposition="accepted")], OnFile.NOTHING),
        ([ADDED, Earlier(action="cancel", disposition="rejected")], OnFile.TRADE_CONTROL),
        ([ADDED, Earlier(action="replace", disposition="rejected")], OnFile.NOTHING),
        ([ADDED, Earlier(action="replace", disposition="rejected", untouched=True)], OnFile.TRADE_CONTROL),
        ([Earlier(action="add", disposition="accepted", reviewed=True)], OnFile.CBP_CONTROL),
        ([Earlier(action="add", disposition="rejected")], OnFile.UNKNOWN),
        ([ADDED, Earlier(action="replace", disposition="")], OnFile.TRADE_CONTROL),
        ([ADDED, Earlier(action="replace", disposition="rejected"), ADDED], OnFile.TRADE_CONTROL),
    ],
)
def test_what_is_on_file_follows_from_the_filings(story, found):
    """Accepted filings put a summary on file, deletions and rejected replacements take it off."""
    assert on_file(story) is found


SENDERS = {
    "x12/309/ten-bills.edi": "K1*{}*998~",
    "x12/810/invoice-004010.edi": "{}~",
    "edifact/CUSDEC/export-air-d13a.edi": "FTX+AAP+++{}'",
    "edifact/CUSCAR/air-houses.edi": "FTX+AAP+++{}'",
    "wco/DEC/amendment.xml": "<Description>{}</Description>",
    "catair/AE/correction.txt": "E1 I998   {}",
    "catair/SE/three-bills.txt": "SE90119",
    "json/entry/fda.json": '"text": "{}"',
}


@pytest.mark.parametrize("name", SENDERS)
def test_each_sender_is_told_in_its_own_format(name):
    """The rejection says that the summary is off the file where the format has a place for words; it reads back."""
    _, finding = follows("catair/AX", ("998",), on_file=OnFile.TRADE_CONTROL)
    said = (Disposition(code="998", meaning="rejected", text="TRANSACTION DATA REJECTED"),)
    what = customs((*said, *notices([finding], said)))
    assert not what.accepted
    tables = load_tables()
    taken = take((ROOT / "fixtures" / name).read_bytes(), tables, Limits())
    form = formats()[taken.format]
    envelope = Envelope(sender="GW", receiver="US", control=7, at="2026-03-01T10:00:00Z", options={})
    data = form.acknowledge(taken.interchange, what, envelope, tables.specs)
    text = data.decode("utf-8")
    for words in DELETED:
        assert len(words) <= 30
        place = SENDERS[name].replace("SE90119", "SE9011998{}").format(words)
        assert place in text, text
    again = take(data, tables, Limits())
    assert no_errors(again.findings), again.findings


def test_a_sender_is_told_nothing_more_of_other_rejections():
    """Only what took a summary off the file is told beside the rejection."""
    said = (Disposition(code="998", meaning="rejected"),)
    assert notices([], said) == ()
    assert notices([unanswered(Filed(target="catair/AE", action="cancel"))], said) == ()


def test_a_deletion_without_an_answer_is_not_repeated():
    """Deleting twice is an error (B25), adding twice the same is not: only the deletion asks a person."""
    assert "B25" in unanswered(Filed(target="catair/AE", action="cancel")).message
    assert unanswered(Filed(target="catair/AE", action="replace")) is None
    assert unanswered(Filed(target="catair/SE", action="cancel")) is None
