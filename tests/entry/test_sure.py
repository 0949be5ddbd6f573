"""What is taken without asking the model is what the model takes, and gives back as it is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gateway.entry import Identifier, Line, Money, Quantity
from gateway.entry.base import CaseNumber, Country, Currency, Hts, Text
from gateway.entry.settle import fitted
from gateway.entry.sure import sure

NEAR = {
    bool: (True, False, 1, 0, "true", None),
    int: (0, -7, 10**18, 10**30, True, "5", 5.0),
    Decimal: ("0", "0.000000", "12.50", "-1", "01", "1.", ".5", "1e3", "1_0", " 1", "0.0000001", "\u0661", 1, "NaN"),
    date: ("2026-02-28", "2024-02-29", "2026-02-29", "0000-01-01", "0001-01-01", "20260228", "2026-W01-1", ""),
    datetime: (
        "2026-12-02T10:15:00Z", "2026-12-02T10:15:00", "2026-12-02T10:15:00+05:30", "2026-12-02T10:15:00-23:59",
        "2026-12-02T10:15:00+00:00", "2026-12-02T10:15:00-00:00", "2026-12-02T24:00:00Z", "2026-13-02T10:15:00Z",
        "2026-12-02T10:15:60Z", "2026-12-02T10:15:00+24:00", "2026-12-02T10:15Z", "2026-12-02 10:15:00",
        "2026-12-02T10:15:00.5Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    ),
    Text: ("a", " ", "", "é", "\ud800", "\n", 1),
    Country: ("US", "us", "USA", "US\n", "ÜS"),
    Currency: ("USD", "usd", "US", "USD\n"),
    Hts: ("0101", "7318152061", "123", "12345678901", "\u0660\u0661\u0662\u0663", "0101\n"),
    CaseNumber: ("A570918000", "C570918000", "B570918000", "A57091800", "A570918000\n"),
    Money: (
        {"amount": "9", "currency": "USD"}, {"amount": "9"}, {"currency": "USD"}, {"currency": "USD", "amount": "9"},
        {"amount": "9", "currency": None}, {"amount": "9", "else": "1"}, {"amount": "x"}, {}, "9",
    ),
    Quantity: ({"value": "1.5", "unit": "KGM"}, {"value": "1.5", "unit": ""}, {"value": "1.5", "unit": "é"}),
    Identifier: ({"scheme": "a", "value": "b"}, {"value": "b"}),
}  # fmt: skip


def asked(kind: Any, value: Any) -> Any:
    """Give what the model makes of a value, as JSON has it."""
    adapter = TypeAdapter(kind)
    return adapter.dump_python(adapter.validate_python(value), mode="json", exclude_none=True)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, of one type, their fields in one order."""
    ordered = not isinstance(one, dict) or list(one) == list(other)
    return type(one) is type(other) and one == other and ordered


@pytest.mark.parametrize("kind", NEAR, ids=str)
def test_what_is_sure_is_what_the_model_gives(kind: Any) -> None:
    """Of common spellings and of those beside them, each that is sure is taken by the model and stays what it is."""
    test = sure(kind)
    assert test is not None
    found = [value for value in NEAR[kind] if test(value)]
    assert 0 < len(found) < len(NEAR[kind])
    assert NEAR[kind][0] in found
    assert all(same(asked(kind, value), value) for value in found)


ALPHABETS = {
    Decimal: "0123456789.-+eE_ ",
    date: "0123456789-",
    datetime: "0123456789-:TZ+.",
    Country: "ABZaz",
    Hts: "0189\u0663 ",
}


@given(st.data())
def test_anything_that_is_sure(data: st.DataObject) -> None:
    """Of any text of the characters that a kind is written with, what is sure is what the model gives."""
    kind = data.draw(st.sampled_from(list(ALPHABETS)))
    shapes = {
        date: st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]", fullmatch=True),
        datetime: st.from_regex(
            r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-2][0-9]:[0-6][0-9])?",
            fullmatch=True,
        ),
    }
    text = data.draw(shapes.get(kind, st.text(ALPHABETS[kind], max_size=24)) | st.text(ALPHABETS[kind]))
    test = sure(kind)
    assert test is not None
    if test(text):
        assert same(asked(kind, text), text)


def test_what_is_not_sure_is_asked() -> None:
    """A value that is not sure is made what the model makes of it, or refused; one that is sure is the caller's own."""
    assert fitted(Decimal)("007.50") == "7.50"
    assert fitted(datetime)("2026-12-02T10:15:00+00:00") == "2026-12-02T10:15:00Z"
    assert fitted(Money)({"amount": Decimal("2.0")}) == {"amount": "2.0"}
    money = {"amount": "2.0"}
    assert fitted(Money)(money) == money
    assert fitted(Money)(money) is not money
    with pytest.raises(ValueError, match="pattern"):
        fitted(Country)("usa")


def test_what_has_no_test_is_asked() -> None:
    """A list and an object of free names have no test; an object that holds another is never sure."""
    assert sure(tuple[Text, ...]) is None
    assert sure(dict[str, bool]) is None
    test = sure(Line)
    assert test is not None
    assert test({"number": 1})
    assert not test({"number": 1, "origin": {}})
