"""`replay` and `compare`: recorded bytes sent again, two runs side by side."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.conformance import catalogue
from gateway.conformance.parts import Parted
from gateway.conformance.recorded import case_of
from gateway.conformance.runner import Worker
from tests.conformance.commands import ENVELOPE, SMALL, conformance, judged, lines

BAD = f"{ENVELOPE}/ISA-01/code/unknown"
GOOD = f"{ENVELOPE}/ISA-01/code/first"


def test_what_failed_is_sent_again(tmp_path: Path) -> None:
    """Without names all that failed is judged again, by the same target or by another."""
    out = tmp_path / "r.jsonl"
    judged(out, ENVELOPE, "--target", "toy:accept", "--quiet")
    failed = [line["case"] for line in lines(out) if line["verdict"] == "fail"]
    same = conformance("replay", out, "--json")
    assert same.status == 1
    plain = [json.loads(line) for line in same.out.splitlines()]
    assert [(one["case"], one["verdict"], one["was"]) for one in plain] == [
        (case, "fail", "fail") for case in failed
    ]
    mended = conformance("replay", out, "--target", "library")
    assert mended.status == 0
    assert mended.out.count("PASS") == len(failed)
    assert "before    fail" in mended.out


def test_a_case_that_passed_is_made_again(tmp_path: Path) -> None:
    """A named case that passed has the bytes that were recorded, and a name that is not there is told."""
    out = tmp_path / "r.jsonl"
    judged(out, f"{ENVELOPE}/ISA-01", "--seed", "7")
    assert conformance("replay", out).out.startswith("every case passed")
    assert conformance("replay", out, GOOD).out == f"PASS  {GOOD}\n"
    said = conformance("replay", out, f"{ENVELOPE}/ISA-99/x")
    assert said.status == 2
    assert "ISA-99" in said.err


def test_every_suite_is_found_by_the_ids_of_its_cases() -> None:
    """The first case of each suite is there by its id alone, as a replay asks for it."""
    suites = catalogue.suites()
    assert [suite.name for suite in suites if "/" in suite.name] == []
    first = [next(iter(suite.cases())).id for suite in suites]
    found = [catalogue.find(case) for case in first]
    assert [case.id for case in found if case is not None] == first


@pytest.mark.parametrize(
    "name",
    ["x12.kept", "wco.translated", "json.odd", "catair.mended", "x12.samples", "rules.iso", "exchange.as2"],
)
def test_a_suite_is_found_without_those_of_messages(name: str) -> None:
    """The modules with a suite for each message are not loaded for another kind: that takes longer than a case."""
    ask = (
        "import sys; from gateway.conformance import catalogue; catalogue.find(f'{sys.argv[1]}/none'); "
        "print(*(one for one in sys.modules if one.startswith('gateway.conformance.') and one.endswith('.suites')))"
    )
    done = subprocess.run([sys.executable, "-c", ask, name], capture_output=True, text=True, check=True)
    loaded = {one.split(".")[2] for one in done.stdout.split()}
    assert loaded.isdisjoint({"segments", "catair", "wco", "json"})


def test_a_part_of_a_suite_has_the_cases_that_the_whole_has() -> None:
    """What a replay finds without listing the others is the same case, with the same bytes."""
    searched = [suite for suite in catalogue.suites() if isinstance(suite, catalogue.Searched)]
    few = [one for one in searched if not isinstance(one, Parted)]
    assert {suite.name.partition(".")[2] for suite in few} == {"odd", "varied.framed"}
    for suite in (*few, *searched[::40]):
        cases = list(suite.cases())
        for case in cases[:: max(1, len(cases) // 5)]:
            found = catalogue.find(case.id)
            assert found is not None
            assert (found.clauses, found.kind, found.make()) == (case.clauses, case.kind, case.make())
        assert catalogue.find(f"{suite.name}/not/there") is None


def test_what_is_recorded_is_all_there_is_to_judge_by() -> None:
    """Bytes, expectation and operator come back from a line as they went in, for every kind of case."""
    from datetime import date

    from gateway.conformance.runner import Order

    worker = Worker(Order("toy:echo", date(2026, 1, 1)))
    checked = 0
    for suite in catalogue.suites()[::7]:
        for case in list(suite.cases())[:: max(1, getattr(suite, "size", 400) // 8)]:
            line = worker.line(case, {})
            recorded = case_of(line)
            if recorded is None:
                continue
            assert recorded.make() == case.make()
            checked += 1
    assert checked > 100


def test_one_case_takes_less_than_a_second(tmp_path: Path) -> None:
    """A replay in a process of its own needs less than a second of the processor, in the best of five tries."""
    out = tmp_path / "r.jsonl"
    judged(out, "x12.309.004010", "--target", "toy:accept", "--quiet")
    case = next(line["case"] for line in lines(out) if line["verdict"] == "fail")
    # Beside other work the same instructions take a processor longer, so one slow try says nothing.
    assert any(_replayed(out, case) < 1.0 for _ in range(5))


def _replayed(out: Path, case: str) -> float:
    """Replay a failure in a process of its own; give the seconds of the processor that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "conformance", "replay", str(out), case],
        capture_output=True,
        timeout=300,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_what_got_worse_is_told(tmp_path: Path) -> None:
    """A case that failed since gives 1 and its words; the other way round it got better and gives 0."""
    right, wrong = tmp_path / "right.jsonl", tmp_path / "wrong.jsonl"
    judged(right, f"{ENVELOPE}/ISA-01", "--quiet")
    judged(wrong, f"{ENVELOPE}/ISA-01", "--target", "toy:accept", "--quiet")
    worse = conformance("compare", right, wrong)
    assert worse.status == 1
    assert "target: library" in worse.out
    assert f"got worse: 1\n  pass -> fail     {BAD}" in worse.out
    better = conformance("compare", wrong, right)
    assert better.status == 0
    assert f"got better: 1\n  fail -> pass     {BAD}" in better.out
    assert conformance("compare", right, right).out == "no difference in 3 cases\n"


def test_what_is_gone_or_new_is_told(tmp_path: Path) -> None:
    """Cases that one run has and the other has not are no success and no failure."""
    few, many = tmp_path / "few.jsonl", tmp_path / "many.jsonl"
    judged(few, f"{ENVELOPE}/ISA-01", "--quiet")
    judged(many, f"{ENVELOPE}/ISA-01", f"{SMALL}/ST-01", "--quiet")
    grown = json.loads(conformance("compare", few, many, "--json").out)
    assert {one["case"].split("/")[0] for one in grown["new"]} == {SMALL}
    assert not grown["worse"]
    assert len(json.loads(conformance("compare", many, few, "--json").out)["gone"]) == len(grown["new"])


def test_what_cannot_be_judged_any_more_is_told(tmp_path: Path) -> None:
    """A case that is excluded now gives 1, since a failure could hide there."""
    before, after = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    profile = tmp_path / "p.toml"
    profile.write_text(f'[except]\n"{BAD}" = "not now"\n')
    judged(before, f"{ENVELOPE}/ISA-01", "--quiet")
    judged(after, f"{ENVELOPE}/ISA-01", "--quiet", "--profile", profile)
    said = conformance("compare", before, after)
    assert said.status == 1
    assert f"no longer judged: 1\n  pass -> excluded {BAD}" in said.out
