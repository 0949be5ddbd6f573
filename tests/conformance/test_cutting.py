"""The suite's own reader of answers made of segments: what divides them, and its quick way."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway.conformance.runner import Order, Slice, _batches
from gateway.conformance.segments import answers
from gateway.conformance.segments.dialect import dialect
from gateway.specs import data_root

_TURNS = (
    ("", ""),
    ("~", "~\r\n"),
    ("'", "'\n"),
    ("+", "\n+"),
    ("*", "~"),
    ("'", "?'"),
    ("~", "\n"),
    ("'", "'UNA:+.? '"),
    ("ISA", "ISA*"),
    ("UNB", "\rUNB"),
    ("UNA:", "UNA'"),
    ("? 'UNB", "? '\r\nUNB"),
    ("? '", "? '\n"),
)


@pytest.mark.parametrize("form", ["x12", "edifact"])
def test_segments_cut_at_once_are_those_cut_letter_by_letter(form: str) -> None:
    """Whatever stands between marks, released ones and line ends too, both ways give the same segments."""
    told = dialect(data_root(), form).read
    for path in sorted((data_root() / "fixtures" / form).glob("*/*")):
        text = path.read_bytes().decode("latin-1")[:2000]
        for old, new in _TURNS:
            for changed in (text.replace(old, new, 3) if old else text, text.replace(old, new)[:700]):
                if told["always"] and not changed.startswith("ISA"):
                    continue
                assert answers._cut(told, changed) == answers._cut_by_letters(told, changed), path.name


def test_slices_of_one_suite_go_to_one_process(tmp_path: Path) -> None:
    """They are put together in their order, never across suites, and fewer of them where there are few in all."""
    order = Order(target="library", today=date(2026, 11, 26), jobs=2)
    slices = [Slice(name, part, 30) for name in ("x12.309.004010", "x12.310.004010") for part in range(30)]
    batches = _batches(order, slices)
    assert [one for batch in batches for one in batch] == slices
    assert all(len({one.suite for one in batch}) == 1 for batch in batches)
    assert {len(batch) for batch in batches} == {7, 2}
    assert all(len(batch) == 1 for batch in _batches(order, slices[:6]))
    program = Order(target=f"exec:{tmp_path}", today=order.today, jobs=2)
    assert all(len(batch) == 1 for batch in _batches(program, slices))
