"""What is compiled when a message first needs it gives what is compiled at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.flow.translate import load_tables
from gateway.mapping import Mapping, MappingError, Mappings, compile_table, write_entry
from gateway.mapping.emit_write import _groups
from gateway.mapping.groups import _by_groups
from gateway.mapping.plan import Each, LatePlan, Op, Plan
from gateway.specs import Specs, data_root
from gateway.tree import Node

ENTRIES = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "json" / "entry").glob("*.json"))
JSON = ("json", "entry", "1")


def late(plan: Plan) -> Iterator[bool]:
    """Tell of each loop below a plan, as far as it was compiled, whether it was."""
    for step in plan.steps:
        if isinstance(step, Each):
            filled = not isinstance(step.plan, LatePlan) or has(step.plan)
            yield filled
            if filled:
                yield from late(step.plan)


def has(plan: Plan) -> bool:
    """Tell whether a plan has its rows, without asking for them."""
    try:
        object.__getattribute__(plan, "steps")
    except AttributeError:
        return False
    return True


def shown(node: Node) -> list[tuple[str, int, dict[str, str]]]:
    """List a tree's nodes with what is in each."""
    return [(node.name, len(node.children), dict(node.values))] + [
        one for child in node.children for one in shown(child)
    ]


def fresh() -> Mapping:
    """Compile the mapping of JSON anew."""
    mapping = Mappings(load_tables().specs).get(*JSON)
    assert mapping is not None
    return mapping


def plains() -> list[dict[str, Any]]:
    """Give every shipped entry that is one."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in ENTRIES]
    return [one for one in found if isinstance(one, dict)]


def test_loops_are_compiled_when_written() -> None:
    """An entry has few of the model's lists, and only their rows are compiled; what is written is the same."""
    whole = fresh()
    whole.plan.compile()
    for plain in plains():
        mapping = fresh()
        assert not any(late(mapping.plan))
        root, withheld = mapping.writer(plain, near=False)
        other, _ = whole.writer(plain, near=False)
        assert shown(root) == shown(other)
        assert withheld == []
        assert len(set(late(mapping.plan))) == (
            2 if any(isinstance(one, list) for one in plain.values()) else 1
        )


def test_a_check_compiles_everything() -> None:
    """After all tables were checked nothing is left that could be wrong."""
    mappings = Mappings(load_tables().specs)
    mappings.check()
    mapping = mappings.get(*JSON)
    assert mapping is not None
    found = list(late(mapping.plan))
    assert all(found)
    assert len(found) > 200


def test_a_late_plan_is_a_plan() -> None:
    """It compiles once, has every field of a plan, can be changed like one, and has nothing else."""
    calls = []

    def make() -> Plan:
        calls.append(1)
        return replace(fresh().plan, part=part)

    part = fresh().plan.part
    plan = LatePlan.of(part, make)
    assert plan.part is part
    assert not calls
    assert {one.name for one in fields(Plan)} == set(Plan.__slots__)
    steps = plan.steps
    assert plan.steps is steps
    assert plan.writes
    assert calls == [1]
    assert replace(plan, steps=[]).writes is plan.writes
    with pytest.raises(AttributeError):
        _ = plan.nothing


def test_fields_of_many_rows_stand_apart() -> None:
    """A function apart has the rows of one field, at least four, whose nodes no other field writes."""
    tables = load_tables()
    found = 0
    for key in tables.mappings.ids():
        mapping = tables.mappings.get(*key)
        assert mapping is not None
        groups = _groups(mapping.plan)
        assert [step for _, steps, _ in groups for step in steps] == mapping.plan.writes
        for field, steps, apart in groups:
            if apart:
                found += 1
                mine = {step.address.steps for step in steps if isinstance(step, Op)} - {()}
                others = {
                    step.address.steps
                    for name, rows, _ in groups
                    for step in rows
                    if name != field and isinstance(step, Op)
                }
                assert len(steps) >= 4
                assert mine.isdisjoint(others)
    assert found > 50


@pytest.mark.parametrize("target", ["catair/AE", "catair/SE", "wco/DEC", "edifact/CUSDEC", "x12/309"])
def test_written_in_any_order(target: str) -> None:
    """What is written of an entry does not depend on what was written before it."""
    tables = load_tables()
    shared = tables.mappings.target(target)
    assert shared is not None
    for plain in plains()[::-4]:
        mapping = Mappings(tables.specs).target(target)
        assert mapping is not None
        assert shown(write_entry(mapping, plain).root) == shown(write_entry(shared, plain).root)


def test_what_loops_say_of_a_table_is_known_before() -> None:
    """What the rows in loops say of the whole table is the same as where all were compiled at once."""
    mappings = load_tables().mappings
    found = 0
    for key in mappings.ids():
        mapping = mappings.get(*key)
        assert mapping is not None
        whole = compile_table(mapping.table, mapping.spec, data_root() / "mappings" / "codes")
        assert mapping.gaps == whole.gaps
        assert mapping.anywhere == whole.anywhere
        assert _by_groups(mapping) == _by_groups(whole)
        assert not any(
            isinstance(step.plan, LatePlan) for step in whole.plan.steps if isinstance(step, Each)
        ) or (mapping.table.made)
        found += mapping.gaps
    assert found > 1


@pytest.mark.parametrize("ours", [True, False], ids=["shipped", "other"])
def test_tables_of_others_are_compiled_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    """What is wrong in a loop of somebody's own table is said when it loads, of a shipped one when it is checked."""
    for name in ("edi_specs", "xsd"):
        (tmp_path / name).symlink_to(data_root() / name)
    table = tmp_path / "mappings" / "catair" / "SE.v40.map"
    table.parent.mkdir(parents=True)
    (tmp_path / "mappings" / "codes").symlink_to(data_root() / "mappings" / "codes")
    table.write_text(
        "mapping catair/SE/v40 <-> entry/1\n\neach SE40  lines[]\n  SE40:999  number\n", encoding="utf-8"
    )
    if ours:
        monkeypatch.setattr("gateway.mapping.library.data_root", lambda: tmp_path)
    mappings = Mappings(Specs(tmp_path))
    if ours:
        assert mappings.get("catair", "SE", "v40") is not None
    else:
        with pytest.raises(MappingError, match=r"SE\.v40\.map:4: "):
            mappings.get("catair", "SE", "v40")
    with pytest.raises(MappingError, match=r"SE\.v40\.map:4: "):
        mappings.check()
