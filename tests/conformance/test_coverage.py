"""Clauses against cases, and the lock on ids."""

from __future__ import annotations

import csv
import io
import json

import pytest

from gateway.conformance import ids
from gateway.conformance.command_coverage import cover
from gateway.conformance.selection import Selection
from tests.conformance.commands import ENVELOPE, SMALL, conformance

IDS = {
    "x12.309.004010/M10-02/code/unknown",
    "x12.309.004010/M10-02/code/first",
    "x12.309.005010/M10-02/code/unknown",
    "x12.309.005010/M10-02/code/first",
    "x12.309.004010/P4/LX/N9-07-1/usage/missing",
    "x12.999.007010/release/known",
    "catair.ER.v26/JN[10-33=!NOT ON FILE]:44-54/shape/wrong",
}


def test_every_must_clause_is_tested_and_no_id_is_lost() -> None:
    """`coverage --check` finds nothing: good and bad case or a reason for each clause, no id lost."""
    said = conformance("coverage", "--check", "--json")
    assert said.status == 0, said.err
    assert json.loads(said.out)["faults"] == []


def test_the_lock_has_every_id() -> None:
    """What is written is read again, whatever the order."""
    text = ids.text_of(IDS)
    assert set(ids.ids_of(text)) == IDS
    assert ids.text_of(sorted(IDS, reverse=True)) == text
    assert "x12.309 004010,005010 | code/first code/unknown\n  M10-02\n" in text


def test_a_lost_a_new_and_a_used_again_id_are_told() -> None:
    """Only an id that is retired may go, and it does not come back."""
    gone = "x12.999.007010/"
    there = IDS - {"x12.999.007010/release/known"}
    assert ids.drift(there, IDS, ()).lost == ("x12.999.007010/release/known",)
    assert ids.drift(there, IDS, (gone,)) == ids.Drift((), (), ())
    assert ids.drift(IDS, IDS, (gone,)).reused == ("x12.999.007010/release/known",)
    assert ids.drift(IDS, there, ()).new == ("x12.999.007010/release/known",)


@pytest.mark.parametrize("text", ["x12.309 004010\n  M10\n", "x12.309 | a/b\n"])
def test_a_lock_that_cannot_be_read_is_told(text: str) -> None:
    """A block without its parts is named with its line."""
    with pytest.raises(ids.LockError, match=r"ids\.lock:1"):
        list(ids.ids_of(text))


@pytest.mark.parametrize("one", ["x12", "x12.309.004010", "nodot/a/b", "x12.309.004010/M10/a b/c%20/d"])
def test_what_is_no_id_is_not_locked(one: str) -> None:
    """An id without place or suite, or with a sign of the lock's own, is refused."""
    with pytest.raises(ids.LockError):
        ids.text_of([one])


def test_clauses_are_a_table() -> None:
    """`--csv` gives each clause with its words, force, source and cases."""
    said = conformance("coverage", ENVELOPE, SMALL, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert {row["id"].split("/")[0] for row in rows} == {ENVELOPE, SMALL}
    for row in rows:
        assert row["text"].endswith(".")
        assert row["source"]
        assert row["force"] in {"must", "should", "may"}
        assert row["who"] in {"sender", "receiver"}
        assert row["reason"] or (int(row["good"]) and int(row["bad"]))


def test_a_clause_without_a_case_is_told() -> None:
    """Taking the bad cases of a clause away makes it open."""
    found = cover(Selection(ids=(ENVELOPE,)), 1)
    row = found.rows[f"{ENVELOPE}/ISA-01/content"]
    assert row.open == ""
    row.bad = 0
    assert row.open == "no bad case"


def test_the_lock_is_written_whole() -> None:
    """With SELECT the lock is not written, since all other ids would be lost."""
    assert conformance("coverage", ENVELOPE, "--lock").status == 2
