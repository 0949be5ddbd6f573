"""What this library does with a message beside judging it, asked as cases: what would be noticed of it."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.conformance import catalogue, locked
from gateway.conformance.judge import judge
from gateway.conformance.model import Verdict, View
from gateway.conformance.selftest import marking
from gateway.conformance.targets import toys
from gateway.conformance.targets.library import Library
from gateway.conformance.ways import going, making, things
from gateway.specs import Specs
from tests.conformance import judging

if TYPE_CHECKING:
    from gateway.conformance.model import Case
    from gateway.tree import Node


def _case(start: str, place: int = 0) -> Case:
    return judging.cases(start)[place]


@pytest.mark.parametrize(
    "start", ["x12.kept", "json.limits", "wco.customs", "catair.translated", "x12.ruled"]
)
def test_where_a_way_led_is_kept(start: str) -> None:
    """The lock has the case; the same way leads to the same place."""
    case = _case(start)
    assert case.id in locked.names()
    told, seen = going.line(case.make(), Specs())
    assert list(locked.differs(case.id, told)) == []
    assert seen.flaws == ()


def test_another_place_is_a_flaw() -> None:
    """An answer, a finding or a word that is not the kept one is told; another input is not compared."""
    case = _case("x12.kept")
    data, answer, facts, words = going.line(case.make(), Specs())[0].split()
    for changed in ((data, "0", facts, words), (data, answer, "0", words), (data, answer, facts, "0")):
        assert len(list(locked.differs(case.id, " ".join(changed)))) == 1
    assert list(locked.differs(case.id, f"0 0 {facts} {words}")) == []


def test_what_is_kept_has_to_come_back_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that adds a byte is noticed without any lock."""
    case = next(one for one in judging.cases("json.kept") if "/same/as-it-is" in one.id)
    right = going.restore

    def longer(*words: Any) -> Any:
        return replace(right(*words), data=right(*words).data + b" ")

    monkeypatch.setattr(going, "restore", longer)
    _, seen = going.line(case.make(), Specs())
    assert any("byte for byte" in one for one in seen.flaws)
    assert judge(case.make().expect, seen, View.FINDINGS).verdict is Verdict.FAIL


@pytest.mark.parametrize("form", ["x12", "edifact", "catair", "wco", "json"])
def test_trees_are_written_in_every_way(form: str) -> None:
    """Each way of copying, each change, envelope and frame is asked of some sample of each format."""
    steps = [case.make().steps for case in judging.cases(f"{form}.made")]
    assert {one["copy"] for one in steps} == set(making.COPIES)
    assert {how for one in steps for how, _, _ in one["edits"]} >= set(making.EDITS)
    wrapped = [one["wrap"]["options"] for one in steps if "wrap" in one]
    assert all(option in wrapped for option in things.OPTIONS[form])
    framed = [one["frame"] for one in steps if "frame" in one]
    assert all(frame in framed for frame in things.FRAMES[form])


def test_a_tree_as_it_was_read_has_to_be_written_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout that is lost is noticed without any lock."""
    cases = [one for one in judging.cases("json.made") if one.id.endswith("/kept/as-it-is")]
    right = making._copy

    def plainly(node: Node, how: str) -> Node:
        return right(node, "plain" if how == "kept" else how)

    monkeypatch.setattr(making, "_copy", plainly)
    flaws = [flaw for case in cases for flaw in going.line(case.make(), Specs())[1].flaws]
    assert any("byte for byte" in one for one in flaws)


def test_no_other_target_is_asked() -> None:
    """Ways are calls of this library."""
    assert "way" in Library.kinds
    assert "way" not in getattr(toys.Toy, "kinds", ("message",))


def test_a_limit_is_the_number_that_is_there_one_less_and_one_more() -> None:
    """Of bytes there are cases on both sides of the edge."""
    values = [
        built.steps["value"] - len(built.data)
        for case in judging.cases("wco.limits")
        if (built := case.make()).steps["limit"] == "interchange_bytes_max"
    ]
    assert {-1, 0, 1} == set(values)


def test_a_marked_module_does_the_same_and_tells_its_lines() -> None:
    """Every statement of a function has a mark before it, and the code between them is the same."""
    module = "gateway.formats.json.values"
    reached: set[int] = set()
    tree = marking.marked(module)
    there: dict[str, Any] = {marking.MARK: reached.add, "__name__": module}
    exec(compile(tree, module, "exec"), there)  # noqa: S102 - a module of ours
    assert reached == set()
    plain = ast.parse(marking.source_of(module).read_text(encoding="utf-8"))
    first = next(one for one in plain.body if isinstance(one, ast.FunctionDef))
    marks = [node.args[0].value for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_mark(node)]
    assert {one.lineno for one in first.body} <= set(marks)
    assert len(marks) == len(set(marks)) > 20


def _is_mark(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == marking.MARK


def test_every_way_has_a_suite_of_every_format_that_goes_it() -> None:
    """Only X12 and EDIFACT are read piece by piece."""
    ways = {suite.name for suite in catalogue.suites() if suite.name.endswith((".streamed", ".kept"))}
    forms = {"x12", "edifact", "catair", "wco", "json"}
    assert ways == {f"{one}.kept" for one in forms} | {"x12.streamed", "edifact.streamed"}
