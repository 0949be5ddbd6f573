"""Each rule finds what it is for, at its place, and is silent about what is right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.entry import Entry
from gateway.finding import Layer, Severity
from gateway.rules import rules, run_rules
from gateway.rules.cbp import matrix
from gateway.rules.codes import codes
from gateway.specs import data_root, read_csv
from tests.rules.cases import CASE, CASES, IDS, Case
from tests.rules.samples import GONE, TODAY, entry, judge

SUMMARIES = sorted(path.stem for path in (data_root() / "fixtures" / "json" / "entry").glob("summary_*.json"))
FIXTURES = ("adcvd_summary", "fda", "informal", "ocean_consumption", "steel_truck")


def _name(case: Case) -> str:
    return f"{case.rule}@{case.place}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_rule_finds_what_it_is_for(case: Case) -> None:
    """The bad entry gives exactly one finding of the rule, at the place, with clause and layer."""
    [finding] = judge(entry(case.base, case.bad), case.rule, case.on, case.profile)
    assert finding.place == case.place
    assert finding.layer is Layer.BUSINESS
    assert finding.clause == rules()[case.rule].clause
    assert finding.message


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_rule_takes_what_is_right(case: Case) -> None:
    """The good entry gives no finding of the rule."""
    assert judge(entry(case.base, case.good), case.rule, case.on, case.profile) == []


def test_every_rule_has_a_case() -> None:
    """A rule without a good and a bad entry does not ship."""
    assert {case.rule for case in CASES} == set(rules())


def test_a_case_is_said_once() -> None:
    """No row of the list stands in it twice, and what has one name is one change: the suite asks the first alone."""
    assert len({(case.rule, case.base, case.names) for case in CASES}) == len(CASES)
    said: dict[tuple[str, str, str, int], Any] = {}
    for case in CASES:
        for side, change in enumerate((case.bad, case.good)):
            assert said.setdefault((case.rule, case.base, case.names[side], side), change) == change


def test_every_clause_is_in_a_table_and_used() -> None:
    """A rule cites a clause with words and source; a clause of these tables has a rule."""
    folder = data_root() / "edi_specs" / "clauses"
    table = {
        row["id"]: row
        for name in ("cbp", "cbp_arithmetic", "entry", "gs1", "iso")
        for _, row in read_csv(folder / f"{name}.csv")
    }
    cited = {rule.clause for rule in rules().values()}
    assert cited == set(table)
    assert all(row["text"] and row["source"] for row in table.values())


@pytest.mark.parametrize("name", SUMMARIES)
def test_shipped_summaries_are_whole(name: str) -> None:
    """Judged as summaries, on their own day, they have all that the tables ask, and nothing that they forbid."""
    stage = "post-summary" if name == "summary_correction" else "summary"
    found = run_rules(entry(name, {"filing.stage": stage}), date(2026, 11, 25), {})
    assert [(one.code, one.place) for one in found if one.severity is Severity.ERROR] == []


def test_the_tables_speak_of_the_same_types() -> None:
    """Each row says M, C, A or N of every type that has a summary, or of every mode."""
    types = {code for code, one in codes("entry_types").items() if one.says("summary")}
    for row in matrix.rows("summary_matrix"):
        assert set(row.says) == types
        assert set(row.says.values()) <= set("MCAN")
    for row in matrix.rows("transport_matrix"):
        assert set(row.says) == {*codes("transport_modes"), matrix.NO_MODE}
        assert set(row.says.values()) <= set("MAN")


@pytest.mark.parametrize("name", FIXTURES)
def test_shipped_entries_have_no_finding(name: str) -> None:
    """Nothing that is right is called wrong or doubtful."""
    assert run_rules(entry(name, {}), TODAY, {}) == ()


def test_an_empty_entry_has_no_finding() -> None:
    """Without a type and a stage no presence is asked."""
    assert run_rules(Entry(), TODAY, {}) == ()


def test_a_manifest_is_not_asked_for_an_entry() -> None:
    """Bills, containers and lines counted by bill are enough."""
    manifest = entry(
        "",
        {
            "transport": {
                "mode": "10",
                "carrier": "QTZL",
                "unlading": {"scheme": "schedule-d", "code": "2704"},
            },
            "bills": [{"number": "A1", "issuer": "QTZL"}, {"number": "A2", "issuer": "QTZL"}],
            "lines": [
                {"number": 1, "tariffs": [{"number": "401120"}], "bills": ["A1"]},
                {"number": 1, "tariffs": [{"number": "401120"}], "bills": ["A2"]},
            ],
        },
    )
    assert run_rules(manifest, TODAY, {}) == ()


def test_other_authorities_are_not_judged_by_cbp() -> None:
    """A declaration of another country keeps its own numbers, types and codes."""
    foreign = entry(
        "",
        {
            "number": "26GB0000ABCDEFGH12",
            "kind": "IMA",
            "filing": {"stage": "release"},
            "transport": {"mode": "1", "carrier": "whoever"},
            "bills": [{"number": "bill/1"}],
            "lines": [{"number": 1, "tariffs": [{"number": "66020000"}], "cases": CASE}],
        },
    )
    assert run_rules(foreign, TODAY, {}) == ()


def test_a_cancellation_is_not_asked_for_goods() -> None:
    """Presence is asked of a whole filing; a cancellation needs its port and its reason alone."""
    filing = {"stage": "release", "action": "cancel", "reason": "01"}
    port = {"scheme": "schedule-d", "code": "2704"}
    cancelled = entry("", {"number": "B7603245278", "kind": "01", "filing": filing, "port": port})
    assert run_rules(cancelled, TODAY, {}) == ()
    deleted = entry("", {"number": "B7603245278", "kind": "01", "filing": {**filing, "stage": "summary"}})
    assert run_rules(deleted, TODAY, {}) == ()


def test_the_profile_may_name_the_stage() -> None:
    """An entry that says no stage is judged at the one of the profile."""
    bare = entry("", {"number": "B7603245278", "kind": "01"})
    assert run_rules(bare, TODAY, {}) == ()
    found = {finding.code for finding in run_rules(bare, TODAY, {"stage": "release"})}
    assert {"cbp.se.importer", "cbp.se.bill", "cbp.line.required"} <= found


def test_rules_hold_between_their_dates() -> None:
    """A rule that begins in July says nothing in June."""
    changes = {"bills[0].automated": False, "transport.arrival_expected": GONE}
    judged = entry("ocean_consumption", changes)
    assert judge(judged, "cbp.se.conveyance-for-non-ams", date(2025, 7, 1))
    assert not judge(judged, "cbp.se.conveyance-for-non-ams", date(2025, 6, 30))


def test_a_social_security_number_is_not_repeated() -> None:
    """The finding says that it is wrong without showing it."""
    [finding] = judge(
        entry("informal", {IDS: {"scheme": "ssn", "value": "123456789"}}), "cbp.party-number.shape"
    )
    assert "123456789" not in str(finding)
