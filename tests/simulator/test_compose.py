"""The simulator's own composer writes every record of every layout."""

from __future__ import annotations

import pytest

from gateway.simulator.catair.batch import Record
from gateway.simulator.catair.compose import ComposeError, book, layouts
from gateway.specs import data_root

FOLDER = layouts(data_root())
APPLICATIONS = sorted({path.name.split(".v")[0] for path in FOLDER.glob("*.csv")})


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_record_has_80_characters(application: str) -> None:
    """A record of any layout has exactly 80 characters, empty or with every field overfull."""
    made = book(FOLDER, application)
    assert made.records
    for name, fields in made.records.items():
        wire, _, select = name.partition("?")
        assert len(made.record(wire, {}, select)) == 80
        full = {
            f"{field.start}-{field.end}" if field.end > field.start else f"{field.start}": "9" * 99
            for field in fields
        }
        assert len(made.record(wire, full, select)) == 80


@pytest.mark.parametrize("application", APPLICATIONS)
def test_fields_stand_where_the_layout_says(application: str) -> None:
    """What is written into a field is read back from its columns."""
    made = book(FOLDER, application)
    for name, fields in made.records.items():
        wire, _, select = name.partition("?")
        for field in fields:
            if field.kind == "S" or field.constant:
                continue
            key = f"{field.start}-{field.end}" if field.end > field.start else f"{field.start}"
            text = "7" * (field.end - field.start + 1)
            assert Record(1, made.record(wire, {key: text}, select)).cut(key) == text


def test_numbers_are_filled_from_the_left_and_texts_from_the_right() -> None:
    """Class N gets zeros in front, text gets blanks behind, upper case."""
    record = book(FOLDER, "SO").record("SO40", {"5": "M", "10-59": "abc1", "60-67": "120"})
    assert record[:59] == "SO40M    ABC1" + " " * 46
    assert record[59:67] == "00000120"


def test_user_data_comes_back_as_it_came() -> None:
    """An echoed field keeps lower case and blanks in front."""
    record = book(FOLDER, "OUT").record("B", {"60-80": "  gateway 17"})
    assert record[59:80] == "  gateway 17         "


def test_a_field_that_is_not_there_is_a_mistake_of_ours() -> None:
    """Asking for columns that are no field raises."""
    with pytest.raises(ComposeError, match="no field at 5-7"):
        book(FOLDER, "SX").record("SE90", {"5-7": "1"})
    with pytest.raises(ComposeError, match="no layout"):
        book(FOLDER, "SX").record("XX", {})
    with pytest.raises(ComposeError, match="no layouts"):
        book(FOLDER, "NOPE")
