"""The selftest: what is wrong on purpose is noticed, and what is not noticed would be told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.conformance import catalogue
from gateway.conformance.command_selftest import last_line
from gateway.conformance.selftest import removed, toys
from tests.conformance.commands import conformance

# What a small release has few of is looked at whole.
_FEW_CLAUSES = {
    "x12/segment-usage", "x12/relation", "x12/maximum", "wco/usage", "wco/codes", "wco/letters", "wco/currency",
    "wco/attribute-usage", "json/pattern", "json/usage", "json/codes", "json/format",
    "edifact/relation", "edifact/segment-usage", "catair/order",
}  # fmt: skip
# Where a sample of the clauses is taken from.
_SUITES = {
    "x12": "x12.353.005010",
    "catair": "catair.SE",
    "wco": "wco.",
    "json": "json.",
    "edifact": "edifact.CONTRL",
}
FEW = ("x12.352.004010", "x12.envelope.004010", "catair.KI")


@pytest.mark.parametrize("toy", toys.NAMES)
def test_every_toy_is_judged_as_it_deserves(toy: str) -> None:
    """Case by case the verdict is the one that the toy's habit makes right."""
    cases = [
        case
        for suite in catalogue.suites()
        if suite.name.startswith(FEW)
        for case in list(suite.cases())[::3]
    ]
    found = toys.run(toy, cases)
    assert found.total > 100
    assert found.survivors == []


@pytest.mark.parametrize("removal", removed.REMOVALS, ids=lambda one: one.name)
def test_a_removed_constraint_is_noticed(removal: removed.Removal) -> None:
    """A clause whose constraint is taken out of the tables has a bad case that fails; one release, one sample."""
    found = removed.run(
        removal, 1 if removal.name in _FEW_CLAUSES else 6, _SUITES[removal.name.partition("/")[0]]
    )
    assert found.total > 0
    assert found.survivors == []


def test_what_is_not_noticed_is_told() -> None:
    """A removal that takes nothing out leaves every clause a survivor."""
    idle = removed.Removal("x12/nothing", lambda _: None, removed.REMOVALS[0].cases)
    found = removed.run(idle, 1, "x12.352.004010")
    assert found.caught == 0
    assert len(found.survivors) == found.total > 0


def test_the_last_line_says_what_was_left() -> None:
    """A fault that is explained was not noticed all the same."""
    assert last_line(0, 0) == "everything was noticed"
    assert last_line(0, 1) == "all but 1 that are explained were noticed"
    assert last_line(2, 3) == "2 were not noticed"


def test_the_command_prints_each_part() -> None:
    """One line a part, 0 where all was noticed, 2 for a fault that is none."""
    words = ("selftest", "--fault", "removed:catair/relation", "--sample", "20", "--jobs", "1")
    said = conformance(*words)
    assert said.status == 0, said.out
    assert said.out.splitlines()[0].startswith("removed:catair/relation")
    assert said.out.splitlines()[-1] == "everything was noticed"
    assert json.loads(conformance(*words, "--json").out)["name"] == "removed:catair/relation"
    assert conformance("selftest", "--fault", "gremlins").status == 2


def test_whole_parts_are_kept(tmp_path: Path) -> None:
    """A run that is taken up tells of a removal again without doing it again; two `--fault` add up."""
    file = tmp_path / "kept.jsonl"
    words = ("selftest", "--fault", "removed:json/format", "--fault", "removed:catair/rel", "--out", file)
    first = conformance(*words, "--sample", "9")
    assert first.status == 0
    kept = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    assert [one["name"] for one in kept] == ["removed:catair/relation", "removed:json/format"]
    head = file.read_text().splitlines()[0]
    told = [json.dumps({**one, "caught": one["total"] - 1, "survivors": ["as kept"]}) for one in kept]
    file.write_text("\n".join([head, *told]) + "\n")
    again = conformance(*words, "--sample", "9", "--resume")
    assert again.status == 4
    assert again.out.count("not noticed: as kept") == 2
