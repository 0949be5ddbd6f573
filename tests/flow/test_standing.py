"""Where an entry stands: states, what may be done next, and that the order of arrival tells nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import Disposition
from gateway.flow.heard import heard
from gateway.flow.standing import ASPECTS, Filing, Meanings, Said, standing
from gateway.flow.standing_next import WHO, as_json
from gateway.flow.translate import load_tables, take
from gateway.specs import Limits, data_root, read_csv
from gateway.specs.answers import census_warnings, retries, words

ROOT = data_root()
FIXTURES = Path(__file__).parents[2] / "fixtures" / "catair"
KNOWN = Meanings(words=words(ROOT), left=retries(ROOT), census=census_warnings(ROOT))
ROWS = [row for _, row in read_csv(ROOT / "edi_specs" / "catair" / "standing.csv")]


def filing(target="catair/SE", action="add", sent="2026-01-15T15:00:00Z", **more):
    """Give one filing of ours."""
    plain = {
        "submission": "01M892G0WECT881TJWC8MHF1ZX",
        "transaction": 0,
        "partner": "LOCAL",
        "target": target,
        "action": action,
        "state": "closed",
        "disposition": "",
        "received": "2026-01-15T14:59:00Z",
        "sent": sent,
    }
    return Filing(**plain | more)


def says(message, code, meaning="", at="", *, of=0, attempt=0, **more):
    """Give one thing that customs said, with one disposition."""
    said = Disposition(code=code, meaning=meaning, at=at, **more)
    return Said(
        filing=of,
        attempt=attempt,
        message=f"catair/{message}",
        accepted=meaning != "rejected",
        codes=(code,),
        dispositions=(said,),
    )


def added(of=0):
    """Give the answer that a summary was added."""
    return says("AX", "995", "accepted", of=of)


def view(filings, said):
    """Give an entry as JSON."""
    return as_json(standing("Q7Z00010429", filings, said, KNOWN), KNOWN)


def steps(plain):
    """Give whose turn it is about what."""
    return [(one["who"], one["about"]) for one in plain["next"]]


def real(kind, name):
    """Read a fixture as what an endpoint says of the first filing."""
    tables = load_tables()
    data = (FIXTURES / kind / f"{name}.txt").read_bytes()
    return [
        Said(
            filing=0,
            attempt=0,
            message=one.message,
            accepted=one.accepted,
            codes=one.codes,
            dispositions=one.dispositions,
        )
        for one in heard(take(data, tables, Limits(lenient=True)), tables)
    ]


def test_the_states_are_kept_apart():
    """A release and a summary of one number each have their answer and what followed it."""
    filings = [filing(), filing("catair/AE")]
    said = [
        says("SX", "02", "accepted"),
        says("SO", "98", "release", "2026-01-16T10:00:00Z"),
        added(of=1),
        says("UC", "1", "documents", "2026-01-20T00:00:00Z", of=1),
    ]
    states = view(filings, said)["states"]
    assert {name: one["state"] for name, one in states.items()} == {
        "cargo_release": "accepted",
        "release_status": "released",
        "summary": "accepted",
        "summary_status": "documents",
    }
    assert states["release_status"]["released_at"] == "2026-01-16T10:00:00Z"
    assert states["summary"]["on_file"] == "cbp-control"


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        (["97"], "admissible"),
        (["90", "03", "98", "01"], "released"),
        (["98", "22"], "released"),
        (["98", "99"], "suspended"),
        (["98", "99", "98"], "released"),
        (["98", "88"], "released"),
        (["98", "23", "98"], "cancelled"),
        (["01"], ""),
        ([], None),
    ],
)
def test_only_98_is_the_release(codes, state):
    """99 takes it back, 23 ends, and neither 01 nor 97 nor a hold that is gone means released."""
    said = [
        says("SO", code, "said", f"2026-01-16T{hour + 10}:00:00Z", reference="Q7Z00010429")
        for hour, code in enumerate(codes)
    ]
    states = view([filing()], said)["states"]
    assert states.get("release_status", {}).get("state") == state


def test_of_two_words_of_one_minute_the_later_is_known():
    """Release and the end of all reviews in one minute: released, whichever notice came first."""
    at = "2026-01-16T10:00:00Z"
    pair = [says("SO", "01", "agencies-done", at), says("SO", "98", "release", at)]
    assert view([filing()], pair) == view([filing()], pair[::-1])
    assert view([filing()], pair)["states"]["release_status"]["last"]["code"] == "01"


def test_a_rejected_replacement_needs_a_person():
    """In trade control it takes the accepted summary off the file: no state says on file, and a person is next."""
    filings = [filing("catair/AE"), filing("catair/AE", "replace", state="dead")]
    plain = view(filings, [says("AX", "998", "rejected", of=1), added()])
    assert plain["states"]["summary"]["state"] == "rejected"
    assert plain["states"]["summary"]["on_file"] == "nothing"
    assert plain["states"]["summary"]["taken_off_file"] is True
    assert set(steps(plain)) == {("operator", "summary")}


def test_in_cbp_control_a_rejected_replacement_leaves_the_summary():
    """What CBP has spoken of unasked stays on file, and the filer corrects."""
    filings = [filing("catair/AE"), filing("catair/AE", "replace", "2026-02-15T15:00:00Z")]
    said = [
        added(),
        says("UC", "1", "documents", "2026-01-20T00:00:00Z"),
        says("AX", "998", "rejected", of=1),
    ]
    plain = view(filings, said)
    assert plain["states"]["summary"]["on_file"] == "cbp-control"
    assert ("filer", "summary") in steps(plain)


def test_a_notice_is_about_no_filing_of_a_later_day():
    """A rejection of the first summary that comes after the second was accepted does not count for it."""
    filings = [filing("catair/AE"), filing("catair/AE", "replace", "2026-02-15T15:00:00Z")]
    late = says("UC", "4", "rejected", "2026-01-20T00:00:00Z", of=1)
    plain = view(filings, [added(), added(of=1), late])
    assert plain["states"]["summary_status"]["superseded"] is True
    assert steps(plain) == []
    newer = says("UC", "4", "rejected", "2026-02-15T00:00:00Z", of=1)
    plain = view(filings, [newer, added(), added(of=1)])
    assert "superseded" not in plain["states"]["summary_status"]
    assert steps(plain) == [("filer", "summary_status")]


def test_what_ace_did_not_do_is_no_answer():
    """While a system failure is sent again the summary has no state, and the gateway is next."""
    failure = replace(says("AX", "ZZZ", "rejected"), deferred=True)
    plain = view([filing("catair/AE", state="ready", again=True)], [failure])
    assert "summary" not in plain["states"]
    assert steps(plain) == [("gateway", "summary")]
    plain = view([filing("catair/AE")], [says("AX", "995", "accepted", attempt=1), failure])
    assert plain["states"]["summary"]["state"] == "accepted"


def test_bills_and_agencies_have_their_own_last_word():
    """Of each bill and agency the newest word counts; a hold that is removed asks for nothing."""
    held = {"scope": "bill", "reference": "MABCU9"}
    said = [
        says("SO", "54", "hold-removed", "2026-01-16T12:00:00Z", **held),
        says("SO", "51", "hold", "2026-01-16T11:00:00Z", **held),
        says("SO", "07", "may-proceed", "2026-01-16T12:30:00Z", agency="FDA"),
        says("SO", "01", "agency-review", "2026-01-16T11:30:00Z", agency="FDA"),
    ]
    plain = view([filing()], said)
    status = plain["states"]["release_status"]
    assert [(one["bill"], one["state"]) for one in status["bills"]] == [("MABCU9", "hold-removed")]
    assert [(one["agency"], one["state"]) for one in status["agencies"]] == [("FDA", "may-proceed")]
    assert plain["next"] == []


def test_a_census_warning_is_to_be_overridden():
    """An accepted summary with a warning asks the filer for a correction or an override."""
    plain = view([filing("catair/AE")], real("AX", "census-warning"))
    assert plain["states"]["summary"]["state"] == "accepted"
    assert steps(plain) == [("filer", "summary")]


def test_a_language_with_one_answer_has_one_state():
    """What a RES or a JSON answer says is the state of the declaration."""
    one = Said(
        filing=0,
        attempt=0,
        message="wco/RES",
        accepted=True,
        dispositions=(Disposition(code="1", meaning="accepted"),),
    )
    assert view([filing("wco/DEC")], [one])["states"]["declaration"]["state"] == "accepted"


def test_the_table_speaks_of_what_there_is():
    """Every row has a level, a turn and, where somebody is next, what is to be done; codes are those of the mappings."""
    lists = {
        ("catair/SO", "entry"): "cbp_entry_disposition",
        ("catair/SO", "bill"): "cbp_bill_disposition",
        ("catair/UC", "summary"): "cbp_summary_disposition",
        ("catair/UC", "quota"): "cbp_quota",
        ("catair/SX", "decision"): "cbp_release_answer",
    }
    for row in ROWS:
        assert row["who"] in {"", *WHO}, row
        assert bool(row["who"]) is bool(row["next"]), row
    reserved = {"21", "24", "31", "35", "11", "13"}
    for (message, level), name in lists.items():
        listed = {row["code"] for _, row in read_csv(ROOT / "mappings" / "codes" / f"{name}.csv")}
        told = {row["code"] for row in ROWS if (row["message"], row["level"]) == (message, level)}
        assert told == listed - reserved, name


def test_the_answers_of_the_fixtures_give_the_same_view_in_any_order():
    """Real SX, SO, AX and UC of one entry, read from their bytes, end in one view however they come."""
    parts = [
        *real("SX", "accepted"), *real("SO", "hold"), *real("SO", "documents"), *real("SO", "exam"),
        *real("SO", "release"), *real("SO", "agency"), *real("UC", "documents"), *real("UC", "quota"),
        *[replace(one, filing=1) for one in real("AX", "added")],
    ]  # fmt: skip
    filings = [filing(), filing("catair/AE")]
    first = view(filings, parts)
    assert set(first["states"]) == set(ASPECTS) - {"declaration"}
    for turn in range(len(parts)):
        assert view(filings, parts[turn:] + parts[:turn]) == first
        assert view(filings, parts[turn::-1] + parts[:turn:-1]) == first


TIMES = st.sampled_from(
    ["", "2026-01-15T00:00:00Z", "2026-01-16T10:00:00Z", "2026-01-16T10:01:00Z", "2026-02-20T00:00:00Z"]
)
WORDS = st.sampled_from(sorted({(row["message"], row["level"], row["code"]) for row in ROWS}))


@st.composite
def anything(draw):
    """Make up something that customs says of one of three filings."""
    message, level, code = draw(WORDS)
    meaning = draw(st.sampled_from(["accepted", "rejected", "referred", "condition", "hold"]))
    said = Disposition(
        code=code,
        meaning=meaning,
        at=draw(TIMES),
        scope="bill" if level == "bill" else "entry",
        reference=draw(st.sampled_from(["A", "B"])),
        agency="FDA" if level == "agency" else "",
        text=draw(st.sampled_from(["", "X"])),
    )
    message = draw(st.sampled_from([message, "catair/AX", "catair/X1", "json/entry"]))
    return Said(
        filing=draw(st.integers(0, 2)),
        attempt=draw(st.integers(0, 1)),
        message=message,
        accepted=meaning != "rejected",
        codes=(code,),
        dispositions=(said,),
        deferred=draw(st.booleans()),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(anything(), max_size=9), st.data())
def test_answers_that_overtake_each_other_end_in_the_same_state(said, data):
    """Whatever customs says, every order of arrival gives the same states and the same next steps."""
    filings = [filing(), filing("catair/AE"), filing("catair/AE", "replace", "2026-02-15T15:00:00Z")]
    other = data.draw(st.permutations(said))
    assert view(filings, other) == view(filings, said)
