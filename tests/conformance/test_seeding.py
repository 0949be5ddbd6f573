"""Faults seeded in the code: where they are put, how they are judged, and what is said of those that survive."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.conformance import catalogue, locked, telling
from gateway.conformance.selection import SelectionError
from gateway.conformance.selftest import code, mutant
from gateway.conformance.selftest.faults import seeded, sites
from gateway.conformance.selftest.outcome import Outcome
from gateway.conformance.selftest.scope import sample, scope, scopes
from gateway.conformance.selftest.seeding import Verdict
from gateway.conformance.selftest.survivors import stale, survivors
from gateway.conformance.targets.library import Library
from gateway.finding import Finding, Span
from gateway.formats import formats
from gateway.specs import Limits, Specs
from tests.conformance.commands import conformance

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "gateway.formats.json.values"


def test_every_site_makes_a_module_that_compiles_and_is_another() -> None:
    """A fault has a name of its own, and the module with it is code, and other code."""
    found = sites(MODULE)
    assert len({one.name for one in found}) == len(found) > 50
    right = compile(seeded(MODULE, -1), MODULE, "exec")
    for one in found:
        assert compile(seeded(MODULE, one.number), MODULE, "exec") != right, one.name


def test_the_same_seed_draws_the_same_faults() -> None:
    """A smaller sample is part of a larger one, another seed draws another."""
    few, more = ([one.name for one in sample(scope("json"), 1, size)] for size in (10, 30))
    assert len(few) == 10
    assert set(few) < set(more)
    assert few != [one.name for one in sample(scope("json"), 2, 10)]


def test_what_is_outside_is_there_and_is_not_drawn() -> None:
    """A function that is left out has sites and a reason; none of them is in a sample of all."""
    for one in scopes().values():
        assert all(one.outside.values())
        for pattern in one.outside:
            module = pattern.partition(":")[0]
            assert module in one.modules, pattern
            assert any(one.is_outside(fault) for fault in sites(module)), pattern


def test_a_survivor_that_is_no_site_of_the_code_any_more_is_told() -> None:
    """A row is about a fault of the code as it is; one whose place or change is another is told as stale."""
    modules = {module for one in scopes().values() for module in one.modules}
    assert {one.partition(":")[0] for one in survivors()} <= modules
    row = next(iter(survivors().values()))
    module = row.fault.partition(":")[0]
    site = replace(sites(module)[0], where=row.fault.partition(":")[2].rsplit("/", 2)[0])
    operator, turn = row.fault.split("/")[-2:]
    as_it_is = replace(site, operator=operator, turn=int(turn), change=row.change)
    assert not any(row.fault in one for one in stale([module], [as_it_is]))
    other = [replace(as_it_is, change="1 -> 2")]
    assert f"{row.fault} is listed, but the code there is another since" in set(stale([module], other))
    assert f"{row.fault} is listed, but there is no such place any more" in set(stale([module], ()))
    assert list(stale(["gateway.formats"], ())) == []


def test_a_survivor_without_explanation_is_held_against_the_suite() -> None:
    """One that is explained is not, one that is noticed after all is noted, a gap counts."""
    row = next(one for one in survivors().values() if one.kind == "unseen")
    found = Outcome("code:json", share_min=0.5, counts=dict.fromkeys(("equivalent", "unseen", "gap"), 0))
    code.count(found, Verdict(row.fault, row.change, "", 7))
    assert (found.total, found.missed, found.counts["unseen"]) == (0, 0, 1)
    code.count(found, Verdict(row.fault, row.change, "json.entry.1/x", 7))
    assert (found.total, found.caught, len(found.notes)) == (1, 1, 1)
    code.count(found, Verdict(row.fault, "1 -> 2", "", 7))
    assert (found.total, found.caught, found.unexplained, found.missed) == (2, 1, 1, 1)
    assert len(found.survivors) == 1


def test_faults_are_seeded_and_noticed(tmp_path: Path) -> None:
    """A few faults in the rules are judged in processes of their own; what is kept is not judged again."""
    file = tmp_path / "faults.jsonl"
    words = ("selftest", "--fault", "code:rules", "--sites", "3", "--jobs", "1", "--out", str(file), "--json")
    said = conformance(*words)
    plain = json.loads(said.out)
    assert plain["counts"]["sampled"] == 3
    assert plain["caught"] + plain["counts"]["equivalent"] + plain["counts"]["unseen"] >= 2
    kept = file.read_bytes()
    assert len(kept.splitlines()) == 4
    again = conformance(*words, "--resume")
    assert again.out == said.out
    assert file.read_bytes() == kept


@pytest.mark.parametrize(
    ("says", "told"), [(b'{"by": 3}', {"by": 3}), (b'{"by": ', {"by": "end"}), (None, {"by": "end"})]
)
def test_a_child_that_hangs_or_dies_was_noticed(
    monkeypatch: pytest.MonkeyPatch, says: bytes | None, told: dict[str, object]
) -> None:
    """What a child says counts when it is whole; one that ends amid it, or does nothing for too long, was noticed."""

    def child(_order: object, _cases: object, _form: str, pipe: int) -> None:
        if says is None:
            signal.pause()
        os.write(pipe, says or b"")
        os._exit(0)

    monkeypatch.setattr(mutant, "_child", child)
    monkeypatch.setattr(mutant, "ORDER_SECONDS", 0.5 if says is None else 60.0)
    monkeypatch.setattr(mutant, "_LOOK_SECONDS", 0.1)
    assert mutant._asked({"cases": []}, [], "json") == told


def test_an_answer_of_many_pieces_is_heard_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces may follow each other faster than the ticks by which a child's work is counted."""
    long = json.dumps({"lines": "x" * (16 << 20)}).encode()

    def child(_order: object, _cases: object, _form: str, pipe: int) -> None:
        with os.fdopen(pipe, "wb") as out:
            out.write(long)
        os._exit(0)

    monkeypatch.setattr(mutant, "_child", child)
    monkeypatch.setattr(mutant, "_worked", lambda _process: 0)
    assert mutant._asked({"cases": []}, [], "json") == json.loads(long)


def test_a_file_of_another_seed_is_not_taken_up(tmp_path: Path) -> None:
    """What a verdict holds for stands in the first line: code, tables and seed."""
    file = tmp_path / "faults.jsonl"
    code.keep(code.Plan(seed=1, out=str(file)))
    assert code.keep(code.Plan(seed=1, out=str(file), resume=True)).known == {}
    with pytest.raises(SelectionError, match="another seed"):
        code.keep(code.Plan(seed=2, out=str(file), resume=True))
    assert conformance("selftest", "--fault", "code:json", "--resume").status == 2


def test_what_a_finding_must_not_say_is_a_flaw() -> None:
    """Bytes that were not received, an empty message, a transaction that is not there."""
    read = formats()["json"].read(b'{"number": "Q7Z00010429"}', Specs(), Limits())
    assert list(telling.flaws(read)) == []
    read.findings.append(
        Finding(code="x12.envelope/a/b/c", message="", place="a", span=Span(3, 999), transaction=5)
    )
    assert len(list(telling.flaws(read))) == 4


def test_an_answer_that_changed_is_a_flaw() -> None:
    """The lock holds for the same bytes alone, and for the answer to them."""
    suite = next(one for one in catalogue.suites() if one.name == "json.samples")
    case = next(iter(suite.cases()))
    data = case.make().data
    read = formats()["json"].read(data, Specs(), Limits())
    assert case.id in locked.names()
    assert Library().kept(case).split()[0] == locked.line(read, data, b"").split()[0]
    assert list(locked.flaws(case.id, read, data, b"another answer")) != []
    assert list(locked.flaws(case.id, read, data + b" ", b"another answer")) == []
