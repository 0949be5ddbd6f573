"""Baselines and profiles: what is known to fail, what is claimed, what can be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.conformance.baseline import BaselineError
from gateway.conformance.baseline import load as load_baseline
from gateway.conformance.profiles import ProfileError
from gateway.conformance.profiles import load as load_profile
from tests.conformance.commands import ENVELOPE, counts, judged, lines

BAD = f"{ENVELOPE}/ISA-01/code/unknown"
GOOD = f"{ENVELOPE}/ISA-01/code/first"


def baseline(path: Path, *rows: str) -> Path:
    """Write a baseline."""
    path.write_text("id,reason,expires\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_known_failure_does_not_count(tmp_path: Path) -> None:
    """Until its date a listed failure is `known`, and the run ends with 0."""
    known = baseline(tmp_path / "b.csv", f"{BAD},being mended,2999-01-01")
    out = tmp_path / "r.jsonl"
    assert judged(out, BAD, "--target", "toy:accept", "--baseline", known).status == 0
    assert lines(out)[0]["verdict"] == "known"
    assert "being mended" in lines(out)[0]["reason"]


def test_an_expired_entry_counts(tmp_path: Path) -> None:
    """After its date the failure is a failure again, whatever the clause weighs."""
    known = baseline(tmp_path / "b.csv", f"{BAD},being mended,2020-01-01")
    out = tmp_path / "r.jsonl"
    may = tmp_path / "may.toml"
    may.write_text(f'[force]\n"{ENVELOPE}" = "may"\n')
    assert judged(out, BAD, "--target", "toy:accept", "--baseline", known, "--profile", may).status == 1
    assert counts(out)["expired"] == 1
    assert judged(out, BAD, "--target", "toy:accept", "--profile", may).status == 0


def test_a_mended_failure_is_told(tmp_path: Path) -> None:
    """An entry whose case passes is `fixed` and gives 1, so that it is taken out."""
    known = baseline(tmp_path / "b.csv", f"{BAD},being mended,2999-01-01")
    out = tmp_path / "r.jsonl"
    assert judged(out, BAD, "--baseline", known).status == 1
    assert lines(out)[0]["verdict"] == "fixed"


def test_an_entry_for_no_case_is_told(tmp_path: Path) -> None:
    """A baseline with an id that no case has is wrong."""
    known = baseline(tmp_path / "b.csv", f"{BAD}/no-such,being mended,2999-01-01")
    assert judged(tmp_path / "r.jsonl", BAD, "--baseline", known).status == 2


@pytest.mark.parametrize(
    "text",
    [
        "id,reason\n",
        "id,reason,expires\na,b,tomorrow\n",
        "id,reason,expires\na,,2999-01-01\n",
        "id,reason,expires\na,b\n",
        "",
    ],
)
def test_a_baseline_that_cannot_be_used_is_told(tmp_path: Path, text: str) -> None:
    """Wrong columns, dates and empty reasons are told with their line."""
    path = tmp_path / "b.csv"
    path.write_text(text)
    with pytest.raises(BaselineError, match=r"b\.csv:\d"):
        load_baseline(str(path))


def test_only_what_is_claimed_is_asked(tmp_path: Path) -> None:
    """What a profile does not claim, or excepts, is excluded with the reason."""
    path = tmp_path / "p.toml"
    path.write_text(
        f'name = "ours"\nclaims = ["{ENVELOPE}/ISA-0"]\n[except]\n"{ENVELOPE}/ISA-01" = "one value"\n'
    )
    out = tmp_path / "r.jsonl"
    assert judged(out, f"{ENVELOPE}/ISA", "--profile", path, "--target", "library").status == 0
    reasons = {line["case"].split("/")[1]: line.get("reason") for line in lines(out)}
    assert reasons["ISA-01"] == "one value"
    assert reasons["ISA-02"] is None
    assert reasons["ISA-12"] == "not claimed by the profile"


def test_a_run_that_judges_nothing_is_no_success(tmp_path: Path) -> None:
    """Where the profile excludes all that was chosen, the status is 3."""
    path = tmp_path / "p.toml"
    path.write_text('claims = ["catair"]\n')
    assert judged(tmp_path / "r.jsonl", ENVELOPE, "--profile", path).status == 3


@pytest.mark.parametrize("see", ["disposition", "codes", "findings"])
def test_a_case_is_judged_on_what_can_be_seen(tmp_path: Path, see: str) -> None:
    """A target that only says yes and no passes where only that is looked at, and the line says so."""
    path = tmp_path / "p.toml"
    path.write_text(f'see = "{see}"\n')
    out = tmp_path / "r.jsonl"
    words = (BAD, GOOD, "--profile", path, "--quiet")
    assert judged(out, *words).status == 0
    assert {line["view"] for line in lines(out)} == {see}
    judged(out, *words, "--target", "toy:reject")
    assert [line["verdict"] for line in lines(out)] == ["fail", "pass"]


@pytest.mark.parametrize(
    "text",
    ['see = "everything"', "unknown = 1", "[force]\nx = 'perhaps'", "claims = 5", "= broken", 'see = ["a"]'],
)
def test_a_profile_that_cannot_be_used_is_told(tmp_path: Path, text: str) -> None:
    """Unknown keys and words are told with the file."""
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=r"p\.toml"):
        load_profile(str(path))
