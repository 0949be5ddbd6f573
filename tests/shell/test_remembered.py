"""What a process of the pool remembers has a bound: the values of one row of a table, so many at most."""

from __future__ import annotations

import gc
from types import SimpleNamespace

from gateway import translate
from gateway.mapping import pen, run
from gateway.simulator.onfile import check_digit
from gateway.specs import data_root

ENTRY = (data_root() / "fixtures" / "catair" / "SE" / "three-bills.txt").read_bytes()
BOUND = 8


def numbered(turn):
    """Give the entry under another number, with other weights and another importer."""
    digits = f"{turn:07d}"
    return ENTRY.replace(b"00010437", f"{digits}{check_digit('Q7Z', digits)}".encode())


def remembered():
    """Give how many values each row remembers, of all tables that are loaded."""
    return [len(one) for one in gc.get_objects() if isinstance(one, (run.Memo, pen.Texts))]


def test_rows_forget_when_they_have_too_many(monkeypatch):
    """However many values come, no row keeps more than the bound, and each value is what it was."""
    monkeypatch.setattr(run, "REMEMBERED_MAX", BOUND)
    monkeypatch.setattr(pen, "REMEMBERED_MAX", BOUND)
    convert = SimpleNamespace(word="text", format=lambda value: f"<{value}>")
    row = SimpleNamespace(
        convert=convert, paths=(), codes=None, default=None, joined=None, parse=lambda text: [text]
    )
    read, written = run.Memo(row, (str.lower,)), pen.Texts(row)
    for turn in range(100):
        assert read[f"A{turn}"] == f"a{turn}"
        assert written[turn] == f"<{turn}>"
        assert len(read) <= BOUND
        assert len(written) <= BOUND


def test_a_long_run_remembers_no_more_than_its_bound(monkeypatch):
    """After many entries, each of its own number, the rows of the tables stand at their bound or below it."""
    monkeypatch.setattr(run, "REMEMBERED_MAX", BOUND)
    monkeypatch.setattr(pen, "REMEMBERED_MAX", BOUND)
    for turn in range(3 * BOUND):
        result = translate(numbered(turn), to="json/entry")
        assert f"Q7Z{turn:07d}".encode() in result.output
    counts = remembered()
    assert counts
    first = sum(counts)
    for turn in range(3 * BOUND, 6 * BOUND):
        translate(numbered(turn), to="json/entry")
    # A row that has its bound begins anew; none has one more than before, but for what it had not seen.
    assert sum(remembered()) <= first + BOUND * len(counts)
    assert max(remembered()) <= max(BOUND, *counts)
