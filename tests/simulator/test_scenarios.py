"""Scenarios: data of the tester's that say what becomes of a filing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from gateway.simulator import assemble, scenarios
from gateway.simulator.catair.agencies import SUMMARY, lines_of, view
from gateway.simulator.catair.batch import Record
from gateway.simulator.scenarios import ScenarioError, parse, seconds
from gateway.simulator.state import State
from gateway.specs import Specs, data_root
from tests.simulator.samples import AE, AT, SE, ace, batch, said, send

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = data_root() / "fixtures" / "scenarios"
STATUSES = scenarios.statuses_of(FOLDER / "statuses.csv")


def with_reference(reference: str) -> bytes:
    """Give the cargo release sample with another reference of the filer."""
    return batch("SE", SE.replace("SE20CR GW42", f"SE20CR {reference}"))


def outcome(data: bytes, state: State | None = None) -> tuple[list[str], list[str]]:
    """Give the codes of the answer and those of the statuses of the next year."""
    step = send(data, state)
    answered = [line[4:6] for message in step.messages for line in said(message, "SE90")]
    told = [
        line[14:16] if line.startswith(("SO5", "SO6")) else line[20:22]
        for message in ace().due(step.state, AT + timedelta(days=366)).messages
        for line in said(message, "SO")
        if line.startswith(("SO50", "SO60", "SO70"))
    ]
    return answered, told


@pytest.mark.parametrize(
    ("reference", "answered", "told"),
    [
        ("GW42", ["02"], ["93", "93", "98"]),
        ("SIMHOLD1", ["02"], ["93", "93", "53", "53"]),
        ("SIMEXAM1", ["02"], ["93", "93", "03", "98"]),
        ("SIMDOC1", ["02"], ["96", "98"]),
        ("SIMFDA1", ["02"], ["01", "02", "07", "98"]),
        ("SIMREJ1", ["11", "01"], []),
        ("SIMWARN1", ["13", "03"], ["98"]),
        ("SIMREF1", ["04"], ["90", "98"]),
        ("SIMBILL1", ["02"], ["91", "91", "93", "93", "98"]),
        ("SIMMUTE1", [], []),
    ],
)
def test_the_reference_chooses_the_outcome(reference: str, answered: list[str], told: list[str]) -> None:
    """The reference number that an entry carries picks its scenario among the shipped ones."""
    assert outcome(with_reference(reference)) == (answered, told)


def test_the_default_can_be_another_scenario() -> None:
    """Where no mark fits, the scenario in force decides; a mark still goes first."""
    state = replace(State(), scenario="exam")
    assert outcome(batch("SE", SE), state)[1] == ["93", "93", "03", "98"]
    assert outcome(with_reference("SIMDOC9"), state)[1] == ["96", "98"]


def test_every_shipped_scenario_runs_for_both_applications() -> None:
    """Each scenario answers SE and AE with records that read clean."""
    for name in ace().scenarios.by_name:
        state = replace(State(), scenario=name)
        for application, filed in (("SE", SE), ("AE", AE)):
            step = send(batch(application, filed), state)
            later = ace().due(step.state, AT + timedelta(days=366))
            for message in (*step.messages, *later.messages):
                assert said(message, "A")


def test_every_status_of_the_table_can_be_told() -> None:
    """Each word of statuses.csv makes a notice that reads clean, or none where it says so."""
    state = send(batch("AE", AE), send(batch("SE", SE)).state).state
    for word, status in STATUSES.items():
        _, messages = ace().status(state, "entry/Q7Z00010429", {"status": word, "agency": "FDA"}, AT)
        assert len(messages) == (status.record != "none"), word
        for message in messages:
            assert said(message, "A")


def test_an_agency_is_told_with_its_lines() -> None:
    """SO70 names program, CBP line, tariff position and agency line of each set filed for it."""
    filed = SE + "\nOI        SOLDERED BOARDS\nPG01001FDARAD\nPG02P"
    step = send(batch("SE", filed.replace("SE20CR GW42", "SE20CR SIMFDA7")))
    later = ace().due(step.state, AT + timedelta(seconds=1)).messages
    line = said(later[0], "SO70")[0]
    assert line[4:10] == "FDARAD"
    assert line[56:72] == "0010100100101001"
    assert line[78:80] == "04"


WRONG = [
    ("title: x\nanswer: maybe", "answer: 'maybe' is none of"),
    ("titel: x", "'titel' is none of"),
    ("then:\n  - {status: released, after: soon}", "then[0].after: write a number"),
    ("then:\n  - {status: relesed}", "then[0].status: 'relesed' is none of"),
    ("then: released", "then: must be a list"),
    ("then:\n  - released", "then[0]: must be a mapping"),
    ("conditions:\n  - {record: SE10}", "conditions[0]: a condition needs a code"),
    ("when: {colour: red}", "when: 'colour' is none of"),
    ("title: [a, b]", "title: must be one value"),
    ("a: b: c", "bad.yaml:1: is not YAML"),
    ("- a", "must be a mapping with title"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_a_wrong_scenario_says_where(text: str, reason: str) -> None:
    """A mistake in a file is told with file, place and what may stand there."""
    with pytest.raises(ScenarioError) as caught:
        parse("bad", text, STATUSES)
    assert reason in str(caught.value)
    assert re.match(r"bad\.yaml:[1-9]", str(caught.value))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: x\nanswer: maybe", 2),
        ("title: x\n\ncolour: red", 3),
        ("title: x\nthen:\n  - {after: 1s, status: released}\n  - after: soon\n    status: hold", 4),
        ("title: x\nthen:\n  - after: 1s\n    status: flying", 4),
        ("title: x\nthen:\n  # nothing yet\n  released", 2),
        ("title: x\nwhen:\n  reference: A*\n  colour: red", 4),
        ("title: x\nconditions:\n  - code: '014'\n    recrod: SE10", 4),
    ],
)
def test_a_wrong_scenario_says_in_which_line(text: str, line: int) -> None:
    """The line is that of the wrong value, or of the key where the value stands below it."""
    with pytest.raises(ScenarioError, match=rf"^bad\.yaml:{line}:"):
        parse("bad", text, STATUSES)


@pytest.mark.parametrize(
    ("text", "wanted"), [("0.5s", 0.5), ("2m", 120), ("1h", 3600), ("314d", 27129600), ("2", -1)]
)
def test_waits_have_a_unit(text: str, wanted: float) -> None:
    """Seconds, minutes, hours and days; a bare number is no wait."""
    assert seconds(text) == wanted


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    """A tester's own folder is taken whole; without its default, or for a name not in it, it is refused."""
    with pytest.raises(ScenarioError, match="no scenario 'nope'"):
        assemble(Specs(), FOLDER, "nope")
    copytree(FOLDER, tmp_path / "mine")
    (tmp_path / "mine" / "mine.yaml").write_text("title: Mine\nthen:\n  - {status: seized}\n")
    with (tmp_path / "mine" / "statuses.csv").open("a") as table:
        table.write("seized,SO60,53,SEIZED,hold,,1T,,mine\n")
    mine = assemble(Specs(), tmp_path / "mine", "mine")
    assert mine.scenarios.by_name["mine"].then == ((0.0, {"status": "seized"}),)
    (tmp_path / "mine" / "released.yaml").unlink()
    with pytest.raises(ScenarioError, match=r"has no released\.yaml"):
        assemble(Specs(), tmp_path / "mine")


def test_codes_keep_their_zeros() -> None:
    """Every value of a scenario is text: 010 keeps its zero, NO stays Norway."""
    scenario = parse("x", "conditions:\n  - {code: 010, record: SE10, text: NO}", STATUSES)
    assert scenario.conditions[0].code == "010"
    assert scenario.conditions[0].text == "NO"


def test_an_agency_sees_its_own_sets_only() -> None:
    """Each agency's view holds its PG records; two PG01 in a row share what follows."""
    sets = [
        "OI        SOLDERED BOARDS",
        "PG01001FDARAD",
        "PG01001EPATS1",
        "PG02P",
        "PG01002EPAODS".ljust(79) + "A",
    ]
    state = send(batch("SE", "\n".join([SE, *sets]))).state
    (fda,), (epa,) = view(state, "FDA"), view(state, "EPA")
    assert [part["records"] for part in fda["sets"]] == [["PG01001FDARAD", "PG02P"]]
    assert [part["records"][0][:13] for part in epa["sets"]] == ["PG01001EPATS1", "PG01002EPAODS"]
    assert epa["sets"][0]["records"][1] == "PG02P"
    assert (fda["entry"], fda["port"]) == ("Q7Z00010429", "2704")
    assert view(state, "FWS") == []


def test_an_agency_sees_the_records_of_a_group_where_its_set_names_it() -> None:
    """PG00 R stands for the records between S and E; a number that no group has stays as it was sent."""
    rows = [
        "40  001 JP", "50381400", "OI        CLEANER", "PG01001EPATS1", "PG00R0001", "PG00R0002", "PG22Y944",
    ]  # fmt: skip
    said = ["10AQ7Z", "PG00S0001", "PG19MF 16 123456789", "PG20", "PG00E", *rows]
    records = [Record(turn, f"{row:80}") for turn, row in enumerate(said)]
    _, (seen,) = lines_of(records, SUMMARY)
    assert seen["records"].split("\n")[1:] == ["PG19MF 16 123456789", "PG20", "PG00R0002", "PG22Y944"]


def test_the_page_for_testers_tells_the_truth() -> None:
    """Its scenario parses, and each reference mark of the shipped scenarios stands there."""
    text = (data_root() / "docs" / "testers.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    assert parse("example", example, STATUSES).then[-1][1]["status"] == "released"
    for scenario in ace().scenarios.by_name.values():
        for pattern in scenario.when.get("reference", ()):
            assert f"`{pattern.rstrip('*')}`" in text, scenario.name
