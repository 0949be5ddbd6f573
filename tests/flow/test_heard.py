"""What the other side's messages say, and about what."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.finding import Answer, Disposition, Level
from gateway.flow.forward import keys_of
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


def edifact(name):
    """Read a fixture as what an endpoint says."""
    return said((FIXTURES / "edifact" / f"{name}.edi").read_bytes())


def test_a_contrl_is_known_by_our_interchange_and_speaks_only_when_it_rejects():
    """UCI repeats our control reference; a rejected interchange or message ends the matter."""
    (accepted,) = edifact("CONTRL/accepted")
    assert (accepted.keys, accepted.dispositions) == (("control/ICR0000123",), ())
    for name, number in (("interchange-rejected", "ICR0000123"), ("message-rejected", "ICR0000125")):
        (one,) = edifact(f"CONTRL/{name}")
        assert one.keys == (f"control/{number}",)
        assert [disposition.meaning for disposition in one.dispositions] == ["rejected"]


def test_a_cusres_says_what_became_of_the_declaration_and_of_each_bill():
    """The references name the declaration, the indicators what customs decided."""
    (one,) = edifact("CUSRES/released")
    assert one.keys == ("number/26NL00051012345678", "reference/LRN26-004417")
    assert [disposition.meaning for disposition in one.dispositions] == ["answered", "release"]
    assert one.accepted
    (refused,) = edifact("CUSRES/rejected")
    assert not refused.accepted
    assert "E3301" in {disposition.code for disposition in refused.dispositions}
    (bills,) = edifact("CUSRES/bills")
    assert [(d.reference, d.meaning) for d in bills.dispositions if d.scope == "bill"] == [
        ("SHA26118044", "release"), ("SHA26118051", "hold"), ("SHA26118051", "documents"),
    ]  # fmt: skip


def test_an_aperak_is_known_by_our_reference():
    """It says whether a system took the message, which is no word of customs unless it refuses."""
    (taken,) = edifact("APERAK/accepted")
    assert taken.keys == ("reference/LRN26-000882", "control/ICR0000124")
    assert {disposition.meaning for disposition in taken.dispositions} == {"received"}
    (refused,) = edifact("APERAK/rejected-d13a")
    assert refused.keys == ("control/ICR0000123",)
    assert not refused.accepted


def test_what_we_sent_along_comes_back_in_the_message_header():
    """A common access reference (0068) names our transaction before all else."""
    data = (FIXTURES / "edifact" / "CUSRES" / "released.edi").read_bytes()
    (one,) = said(data.replace(b"CUSRES:D:96B:UN'", b"CUSRES:D:96B:UN+GW-0000017'"))
    assert one.keys[0] == "correlation/GW-0000017"


MANIFEST = FIXTURES / "x12" / "309" / "one-bill.edi"


def customs(answer):
    """Let X12 answer a manifest for customs; gives what is heard of it."""
    tables = load_tables()
    taken = take(MANIFEST.read_bytes(), tables, Limits())
    data = formats()["x12"].acknowledge(taken.interchange, answer, OURS, tables.specs)
    (sent,) = taken.translations
    return keys_of(sent), said(data)


def test_a_clean_355_is_known_by_its_conveyance():
    """An acceptance names no bill: carrier, voyage, port, day and manifest type are those of the 309."""
    keys, (one,) = customs(Answer(level=Level.CUSTOMS, accepted=True))
    assert one.accepted
    assert one.keys == (
        "conveyance/NVLN/053E/1401/2026-12-09/original",
        "conveyance/NVLN/053E/1401/2026-12-09",
    )
    assert set(one.keys) <= set(keys)


def test_a_350_is_known_by_the_bills_that_it_is_about():
    """A status of a bill belongs to whoever has the bill, not to all on the conveyance."""
    told = Disposition(code="1C", meaning="released", scope="bill", reference="JOI260231")
    keys, (one,) = customs(Answer(level=Level.CUSTOMS, accepted=True, dispositions=(told,)))
    assert one.keys == ("bill/NVLNJOI260231",)
    assert set(one.keys) <= set(keys)
    (said_of,) = one.dispositions
    assert (said_of.meaning, said_of.reference) == ("released", "JOI260231")


def test_a_manifest_of_two_ports_is_known_by_both():
    """Customs answers each port of a manifest."""
    data = (FIXTURES / "x12" / "309" / "two-ports-004010.edi").read_bytes()
    (one,) = take(data, load_tables(), Limits()).translations
    assert {key for key in keys_of(one) if key.startswith("conveyance/")} >= {
        "conveyance/NVLN/054E/1303/2026-12-10",
        "conveyance/NVLN/054E/1401/2026-12-12",
    }


@pytest.mark.parametrize("release", ["004010", "005010"])
def test_acknowledgements_in_x12_are_known_by_the_numbers_that_they_repeat(release):
    """997 and 999 repeat GS06, a TA1 repeats ISA13, an 824 GS06: our own numbers, zeros before them or not."""
    name = "one-bill" if release == "004010" else "truck-005010"
    data = (FIXTURES / "x12" / "309" / f"{name}.edi").read_bytes()
    tables = load_tables()
    number = data.split(b"*")[13].decode().lstrip("0")
    asked = data.replace(b"*0*T*", b"*1*T*", 1)
    for sent, accepted in ((asked, True), (asked.replace(b"M10*", b"M19*", 1), False)):
        interchange = formats()["x12"].read(sent, tables.specs, Limits())
        answer = Answer(level=Level.SYNTAX, accepted=accepted, findings=tuple(interchange.all_findings()))
        found = said(formats()["x12"].acknowledge(interchange, answer, OURS, tables.specs))
        assert len(found) == 2
        assert all(one.keys == (f"control/{number}",) for one in found)
        assert found[0].accepted is accepted
    broken = asked.replace(b"IEA*1*", b"IEA*2*")
    interchange = formats()["x12"].read(broken, tables.specs, Limits())
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(interchange.all_findings()))
    (one,) = said(formats()["x12"].acknowledge(interchange, answer, OURS, tables.specs))
    assert (one.keys, one.accepted) == ((f"control/{number}",), False)


def test_an_advice_is_known_by_the_group_that_it_answers():
    """An 824 names GS06 of the document; what it refused is a rejection of that."""
    (one,) = said((FIXTURES / "x12" / "824" / "advice-004010.edi").read_bytes())
    assert any(key.startswith("control/") for key in one.keys)
    assert "rejected" in {disposition.meaning for disposition in one.dispositions}


def test_a_rejected_batch_says_its_condition_codes():
    """The codes of X1 records are told beside the rejection: X13 means that it may go again."""
    data = (FIXTURES / "catair" / "bad" / "short.ack").read_bytes()
    (one,) = said(data.replace(b"X42", b"X13"))
    assert one.message == "catair/X1"
    assert one.codes == ("X13", "999")
    assert not one.accepted
