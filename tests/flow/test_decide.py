"""Accepting, refusing, and what an answer says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from gateway.entry import Bill, Entry, Quantity, Status
from gateway.finding import Finding, Layer, Level, Severity
from gateway.flow.decide import (
    Policy,
    accepts,
    customs,
    disposition,
    dispositions,
    duplicate,
    instant,
    refusal,
    relax,
    technical,
    twice,
    unmapped,
)

ERROR = Finding(code="x12.309.004010/M10-02/code/unknown", message="not a code")
WARNING = Finding(code="cbp.se.totals", message="sums differ", severity=Severity.WARNING)


def test_an_error_refuses_and_a_warning_does_not():
    """Only errors keep a transaction from being forwarded."""
    assert accepts([WARNING])
    assert not accepts([WARNING, ERROR])


def test_a_relaxation_names_its_reason():
    """An error that the profile relaxes becomes a warning that says why."""
    (found,) = relax([ERROR], Policy(relaxed={"x12.309.004010/M10-02": "their old system"}))
    assert found.severity is Severity.WARNING
    assert "their old system" in found.message
    assert relax([ERROR], Policy(relaxed={"x12.310": "no matter"})) == (ERROR,)


def test_a_strict_profile_takes_no_warning():
    """A profile that refuses warnings turns each into an error."""
    (found,) = relax([WARNING], Policy(warnings="refuse"))
    assert found.severity is Severity.ERROR


def test_unmapped_values_count_only_where_the_profile_says_so():
    """What no mapping carries is a finding of the profile's, at its own place."""
    places = [("M10-07", "000001")]
    assert unmapped(places, Policy()) == ()
    (found,) = unmapped(places, Policy(unmapped="refuse"))
    assert (found.layer, found.place, found.actual) == (Layer.PROFILE, "M10-07", "000001")


def test_a_technical_answer_never_speaks_for_customs():
    """Accepted syntax is said at the level of syntax."""
    answer = technical([WARNING])
    assert (answer.level, answer.accepted) == (Level.SYNTAX, True)
    assert not technical([ERROR]).accepted


def test_a_refusal_carries_the_findings():
    """The sender reads in the refusal what was wrong."""
    answer = refusal([ERROR])
    assert (answer.level, answer.accepted, answer.findings) == (Level.CUSTOMS, False, (ERROR,))
    assert disposition(answer) == "rejected"


def test_dispositions_come_from_the_statuses_in_order():
    """Each status of an answer's entry becomes one disposition; a bill's names the bill."""
    entry = Entry(
        number="Q7Z00010429",
        bills=(Bill(number="MAEU1"), Bill(number="MAEU2")),
        statuses=(
            Status(code="02", meaning="accepted", at=datetime(2026, 3, 1, 5, 0, tzinfo=UTC)),
            Status(code="4A", meaning="hold", applies_to=("bills[1]",), quantity=Quantity(value="12.50")),
        ),
    )
    first, second = dispositions(entry)
    assert (first.code, first.scope, first.reference, first.at) == (
        "02",
        "entry",
        "Q7Z00010429",
        "2026-03-01T05:00:00Z",
    )
    assert (second.scope, second.reference, second.quantity) == ("bill", "MAEU2", "12.50")
    assert customs([first, second]).accepted


def test_one_rejection_rejects():
    """An answer with a rejection in it is a rejection."""
    entry = Entry(statuses=(Status(code="01", meaning="rejected"), Status(code="02", meaning="accepted")))
    answer = customs(dispositions(entry))
    assert not answer.accepted
    assert disposition(answer) == "rejected"


def test_instants_are_utc():
    """An instant with another offset is written in UTC, one without is taken as UTC."""
    assert instant(datetime(2026, 3, 1, 5, 0, tzinfo=timezone(timedelta(hours=-5)))) == "2026-03-01T10:00:00Z"
    assert instant(datetime(2026, 3, 1, 5, 0)) == "2026-03-01T05:00:00Z"  # noqa: DTZ001 - that is the case


def test_a_duplicate_names_the_first():
    """The finding for a control number used twice says in which submission it came first."""
    found = duplicate("000000125", "01KAP3", "ISA-13", "x12.envelope/ISA-13/envelope/duplicate", Policy())
    assert "01KAP3" in found.message
    assert (found.problem, found.severity) == ("envelope/duplicate", Severity.ERROR)
    told = duplicate("1", "01KAP3", "ISA-13", "x/y/z", Policy(duplicates="report"))
    assert told.severity is Severity.WARNING


def test_a_transaction_twice_in_one_interchange_is_seen():
    """The second of two equal transactions is a finding at its own index; the first is not."""
    (found,) = twice([b"a", b"b", b"a", b"", b""], "json", Policy())
    assert (found.transaction, found.severity) == (2, Severity.ERROR)
    (told,) = twice([b"a", b"a"], "json", Policy(duplicates="report"))
    assert told.severity is Severity.WARNING
