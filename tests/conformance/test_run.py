"""`gateway conformance run`: bytes that repeat, runs that can be taken up, statuses."""

from __future__ import annotations

import json
import signal
from datetime import date
from pathlib import Path

import pytest

from gateway.conformance import runner
from tests.conformance.commands import ENVELOPE, SMALL, body, conformance, counts, judged, lines

UNKNOWN_CODE = f"{ENVELOPE}/ISA-01/code/unknown"


def test_the_library_conforms(tmp_path: Path) -> None:
    """A run over two suites has no failure and no error, and ends with 0."""
    out = tmp_path / "r.jsonl"
    assert judged(out, ENVELOPE, SMALL).status == 0
    assert counts(out)["fail"] == counts(out)["error"] == 0
    assert counts(out)["pass"] == counts(out)["total"] > 300


def test_processes_cannot_be_seen(tmp_path: Path) -> None:
    """The same seed gives the same bytes with one process and with three."""
    one, three = tmp_path / "1.jsonl", tmp_path / "3.jsonl"
    words = (ENVELOPE, SMALL, "x12.999.005010", "--target", "toy:random", "--quiet")
    judged(one, *words)
    judged(three, *words, jobs=3)
    assert body(one) == body(three)
    assert len({line["verdict"] for line in lines(one)}) > 1


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    """The seed changes what is sent, never which cases there are."""
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    judged(one, SMALL)
    judged(two, SMALL, "--seed", "2")
    assert [line["case"] for line in lines(one)] == [line["case"] for line in lines(two)]
    assert [line["input"] for line in lines(one)] != [line["input"] for line in lines(two)]


@pytest.mark.parametrize("share", [0.0, 0.37, 0.999])
def test_a_run_that_was_broken_off_is_taken_up(tmp_path: Path, share: float) -> None:
    """Wherever it broke off, even inside a line, the whole has the bytes of a run at one stretch."""
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    words = (ENVELOPE, SMALL, "--target", "toy:random", "--quiet")
    judged(whole, *words)
    data = whole.read_bytes()
    first = data.index(b"\n") + 1
    broken.write_bytes(data[: first + int((len(data) - first) * share)])
    judged(broken, *words, "--resume")
    assert broken.read_bytes() == data


def test_another_run_is_not_taken_up(tmp_path: Path) -> None:
    """A file of another seed is left as it is."""
    out = tmp_path / "r.jsonl"
    judged(out, ENVELOPE)
    before = out.read_bytes()
    said = judged(out, ENVELOPE, "--seed", "2", "--resume")
    assert said.status == 2
    assert "another run" in said.err
    assert out.read_bytes() == before


def test_a_wrong_target_fails(tmp_path: Path) -> None:
    """A nonconformity gives 1, and each failure says what, where, why and how to see it again."""
    out = tmp_path / "r.jsonl"
    said = judged(out, UNKNOWN_CODE, "--target", "toy:accept")
    assert said.status == 1
    block = said.out.splitlines()
    assert block[0].startswith(f"FAIL  {UNKNOWN_CODE}")
    assert "must" in block[0]
    assert [row.split()[0] for row in block[2:8]] == [
        "clause",
        "input",
        "^~",
        "expected",
        "actual",
        "again",
    ]
    assert f"gateway conformance replay {out} {UNKNOWN_CODE}" in said.out


def test_a_run_stops_when_it_has_seen_enough(tmp_path: Path) -> None:
    """`--fail-fast` and `--max-fail` stop after so many failures, in a file that is whole."""
    out = tmp_path / "r.jsonl"
    assert judged(out, ENVELOPE, "--target", "toy:accept", "--fail-fast", "--quiet").status == 1
    assert counts(out)["fail"] == 1
    judged(out, ENVELOPE, "--target", "toy:accept", "--max-fail", "5", "--quiet")
    assert counts(out)["fail"] == 5


def test_what_should_be_counts_only_when_strict(tmp_path: Path) -> None:
    """What fails with the force of advice gives 0, with `--strict` 1."""
    words = (f"{SMALL}/", "should", "--target", "toy:accept", "--quiet")
    assert judged(tmp_path / "a.jsonl", *words).status == 0
    assert counts(tmp_path / "a.jsonl")["failed"]["should"] > 0
    assert judged(tmp_path / "b.jsonl", *words, "--strict").status == 1


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        (f"{ENVELOPE}/ISA-99",),
        (ENVELOPE, "clause:nonsense"),
        ("level:7", ENVELOPE),
        ("level:x",),
        (ENVELOPE, "--target", "carrier-pigeon"),
        (ENVELOPE, "--target", "toy:unknown"),
        (ENVELOPE, "--profile", "nowhere.toml"),
        (ENVELOPE, "--baseline", "nowhere.csv"),
        ("failed:nowhere.jsonl",),
        (ENVELOPE, "--jobs", "many"),
    ],
)
def test_a_wrong_command_line_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    """What means nothing gives 2 and one line of words, not an empty run."""
    said = judged(tmp_path / "r.jsonl", *words)
    assert said.status == 2
    assert said.err
    assert "Traceback" not in said.err


def test_results_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    """A folder that is not there gives 2."""
    said = judged(tmp_path / "nowhere" / "r.jsonl", UNKNOWN_CODE)
    assert said.status == 2
    assert "nowhere" in said.err


def test_machine_output_stands_alone(tmp_path: Path) -> None:
    """With `--out -` standard output holds the results and nothing else."""
    said = conformance("run", ENVELOPE, "--jobs", "1", "--out", "-", "--target", "toy:accept")
    plain = [json.loads(line) for line in said.out.splitlines()]
    assert plain[0]["conformance"] == 1
    assert plain[-1]["end"] is True
    assert "cases:" in said.err
    assert not list(tmp_path.iterdir())


def test_what_failed_is_run_again(tmp_path: Path) -> None:
    """`failed:RESULTS` chooses what did not pass, and nothing where all passed."""
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    judged(first, ENVELOPE, "--target", "toy:reject", "--quiet")
    wrong = [line["case"] for line in lines(first) if line["verdict"] == "fail"]
    assert judged(second, f"failed:{first}").status == 0
    assert [line["case"] for line in lines(second)] == wrong
    assert judged(tmp_path / "3.jsonl", f"failed:{second}").status == 0
    assert counts(tmp_path / "3.jsonl")["total"] == 0


def test_levels_and_clauses_narrow(tmp_path: Path) -> None:
    """A level and the beginning of a clause choose what stands on them."""
    out = tmp_path / "r.jsonl"
    judged(out, f"clause:{SMALL}/SE-01", "level:1-2")
    found = lines(out)
    assert found
    assert all(line["clauses"][0].startswith(f"{SMALL}/SE-01") and line["level"] <= 2 for line in found)


def test_a_broken_off_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves what was judged, says how to go on, and gives 3."""
    from gateway.conformance.targets.library import Library

    asked = 0

    def send(self: Library, case: object, built: object, real: object = Library.send) -> object:
        nonlocal asked
        asked += 1
        if asked == 450:
            raise KeyboardInterrupt
        return real(self, case, built)  # type: ignore[operator]

    monkeypatch.setattr(Library, "send", send)
    out = tmp_path / "r.jsonl"
    said = judged(out, ENVELOPE, "x12.353.004010", "x12.354.004010")
    assert said.status == 3
    assert "--resume" in said.err
    monkeypatch.undo()
    assert judged(out, ENVELOPE, "x12.353.004010", "x12.354.004010", "--resume").status == 0
    assert counts(out)["total"] > 450


def test_a_run_that_has_not_begun_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while cases are planned gives 3 with a word, and nothing that was there before is lost."""

    def plan(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "r.jsonl"
    out.write_text("before\n")
    monkeypatch.setattr("gateway.conformance.runner.plan", plan)
    said = judged(out, ENVELOPE)
    assert (said.status, said.err) == (3, "stopped before the first case\n")
    assert out.read_text() == "before\n"


def test_no_process_that_judges_is_reached_by_ctrl_c() -> None:
    """The interrupt is blocked in a worker from its first moment, and not in the process that started it."""
    with runner.started(runner.Order(target="library", today=date(2026, 11, 25)), 1) as pool:
        assert signal.SIGINT in pool.apply(signal.pthread_sigmask, (signal.SIG_BLOCK, ()))
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--jobs", "0"),
        ("--jobs", "-3"),
        ("--sample", "0"),
        ("--max-fail", "-1"),
        ("--connections", "many"),
        ("--timeout-s", "-1"),
        ("--timeout-s", "inf"),
    ],
)
def test_a_number_that_makes_no_sense_is_a_mistake(tmp_path: Path, option: str, value: str) -> None:
    """A count is a whole number, seconds are 0 or more: anything else is status 2, and nothing is judged."""
    said = conformance("run", ENVELOPE, "--out", tmp_path / "r.jsonl", option, value)
    assert said.status == 2
    assert value in said.err
    assert not (tmp_path / "r.jsonl").exists()


def test_a_report_without_a_folder_is_refused_before_the_run(tmp_path: Path) -> None:
    """A run that takes an hour does not end with a report that cannot be written."""
    said = conformance("run", ENVELOPE, "--out", tmp_path / "r.jsonl", "--html", tmp_path / "none" / "r.html")
    assert said.status == 2
    assert "there is no folder" in said.err
    assert not (tmp_path / "r.jsonl").exists()


@pytest.mark.parametrize("begun", [b"", b'{"conformance":1,"at":"2026-'])
def test_a_run_that_ended_before_its_header_begins_anew(tmp_path: Path, begun: bytes) -> None:
    """Where not even the header is whole there is nothing to take up, and nothing to lose."""
    out = tmp_path / "r.jsonl"
    out.write_bytes(begun)
    assert conformance("run", f"{ENVELOPE}/ISA-01", "--out", out, "--resume").status == 0
    assert counts(out)["pass"] == 3


def test_what_is_no_results_file_is_left_alone(tmp_path: Path) -> None:
    """A file of something else is not written over by --resume."""
    out = tmp_path / "r.jsonl"
    out.write_bytes(b"ISA*00*")
    assert conformance("run", f"{ENVELOPE}/ISA-01", "--out", out, "--resume").status == 2
    assert out.read_bytes() == b"ISA*00*"


def test_an_unknown_profile_is_told_with_those_there_are(tmp_path: Path) -> None:
    """Who mistypes a name reads which ones are shipped."""
    said = conformance("run", ENVELOPE, "--out", tmp_path / "r.jsonl", "--profile", "gatewy")
    assert said.status == 2
    assert "shipped are ace-certification, answers, gateway, gateway-validations, pyx12" in said.err
