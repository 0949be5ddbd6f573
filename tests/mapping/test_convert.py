"""Converters are pairs: what one writes the other reads."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.convert import ConverterError, converter

DATES = ("CCYYMMDD", "MMDDCCYY", "YYMMDD", "MMDDYY")
INSTANTS = ("CCYYMMDDHHMMSS", "CCYYMMDDHHMMSSZ", "MMDDYYHHMMSS", "CCYY-MM-DDTHH:MM:SSZ")
FIRST = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
LAST = datetime(2069, 12, 31, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize("pattern", DATES)
@given(day=st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_dates(pattern: str, day: date) -> None:
    """A day written in any pattern reads as the same day."""
    pair = converter(["date", pattern])
    assert pair.parse(pair.format(day.isoformat())) == day.isoformat()


@pytest.mark.parametrize("pattern", INSTANTS)
@given(at=st.datetimes(FIRST, LAST))
def test_instants(pattern: str, at: datetime) -> None:
    """An instant of whole seconds in UTC written in any pattern reads as the same instant."""
    text = at.replace(microsecond=0, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pair = converter(["time", pattern])
    assert pair.parse(pair.format(text)) == text


@given(amount=st.decimals(0, 10**12, places=2), places=st.integers(2, 6))
def test_implied_decimals(amount: Decimal, places: int) -> None:
    """An amount survives any number of implied decimals that can hold it."""
    pair = converter(["implied", str(places)])
    assert Decimal(pair.parse(pair.format(str(amount)))) == amount


@pytest.mark.parametrize(
    ("words", "text", "value"),
    [
        ([], "  MAEU ", "MAEU"),
        (["int"], "007", 7),
        (["decimal"], "12.50", "12.50"),
        (["implied", "2"], "1250", "12.50"),
        (["usd"], "12.50", {"amount": "12.50", "currency": "USD"}),
        (["usd", "0"], "12", {"amount": "12", "currency": "USD"}),
        (["money", "EUR", "2"], "1250", {"amount": "12.50", "currency": "EUR"}),
        (["unit", "KGM"], "19360", {"value": "19360", "unit": "KGM"}),
        (["date", "MMDDYY"], "070126", "2026-07-01"),
        (["time", "CCYYMMDDHHMMSSZ"], "20260701083000+01", "2026-07-01T08:30:00+01:00"),
        (["flag", "Y", "N"], "N", False),
        (["nodots"], "8501.10.4020", "8501104020"),
        (["tidy"], "a  b   c", "a b c"),
    ],
)
def test_reading(words: list[str], text: str, value: object) -> None:
    """Each word reads its own form."""
    assert converter(words).parse(text) == value


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["int"], "1.5"), (["int"], "²"), (["decimal"], "NaN"), (["decimal"], "1,5"), (["implied", "2"], "12.5"),
        (["date", "CCYYMMDD"], "20260230"), (["date", "MMDDYY"], "13012026"), (["flag", "Y"], "J"),
        (["time", "CCYYMMDDHHMM"], "202607012460"), (["usd"], "Infinity"),
    ],
)  # fmt: skip
def test_refusals(words: list[str], text: str) -> None:
    """What is not of the word's form is a ValueError, never a guess."""
    with pytest.raises(ValueError):
        converter(words).parse(text)


@pytest.mark.parametrize("words", [["date"], ["date", "QQ"], ["implied", "x"], ["nonsense"], ["int", "3"]])
def test_bad_words(words: list[str]) -> None:
    """A word that is none, or whose arguments do not fit, is refused when the table loads."""
    with pytest.raises((ConverterError, KeyError)):
        converter(words)


def test_rounding_is_half_up_at_the_edge() -> None:
    """Whole dollars are rounded half up when written (CATAIR 2.4)."""
    pair = converter(["usd", "0"])
    assert pair.format({"amount": "10.50", "currency": "USD"}) == "11"
    assert pair.format({"amount": "10.49", "currency": "USD"}) == "10"


def test_another_currency_is_refused() -> None:
    """A place for dollars takes no euros."""
    with pytest.raises(ValueError, match="EUR"):
        converter(["usd"]).format({"amount": "1", "currency": "EUR"})
