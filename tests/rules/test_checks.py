"""Check digits: known numbers, and laws that hold for any."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.checks import (
    container_check_digit,
    entry_check_digit,
    gs1_check_digit,
    is_container,
    lei_check_digits,
)

FILERS = st.from_regex(r"\A[A-Z0-9]{3}[0-9]{7}\Z")
CONTAINERS = st.from_regex(r"\A[A-Z]{3}[UJZR][0-9]{6}\Z")
LEIS = st.from_regex(r"\A[A-Z0-9]{18}\Z")
DIGITS = st.from_regex(r"\A[0-9]{7,17}\Z")


@pytest.mark.parametrize(
    ("number", "digit"),
    [("B760324527", "8"), ("XJ52345678", "9"), ("Q7Z0001042", "9")],
)
def test_entry_numbers_of_the_reference(number: str, digit: str) -> None:
    """The worked example of Appendix E and two more."""
    assert entry_check_digit(number) == digit


def test_numbers_of_other_standards() -> None:
    """Published samples of ISO 6346, ISO 17442 and GS1."""
    assert container_check_digit("CSQU305438") == "3"
    assert lei_check_digits("506700GE1G29325QX3") == "63"
    assert gs1_check_digit("629104150021") == "3"


@pytest.mark.parametrize(
    "check", [entry_check_digit, container_check_digit, gs1_check_digit, lei_check_digits]
)
def test_other_shapes_have_no_check_digit(check: object) -> None:
    """Text of another shape gives None and no exception."""
    assert callable(check)
    for text in ("", "ä", "12 4", "B7603245²7", "a" * 18):
        assert check(text) is None


@settings(max_examples=100)
@given(FILERS, st.integers(0, 9))
def test_the_offset_is_added(number: str, offset: int) -> None:
    """An offset moves the digit by itself, modulo ten."""
    plain = entry_check_digit(number)
    assert plain is not None
    assert entry_check_digit(number, offset) == str((int(plain) + offset) % 10)


@settings(max_examples=100)
@given(FILERS, st.integers(3, 9), st.integers(1, 9))
def test_one_wrong_digit_of_an_entry_number_is_seen(number: str, place: int, by: int) -> None:
    """Any single digit that is changed changes the check digit."""
    other = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert entry_check_digit(other) != entry_check_digit(number)


@settings(max_examples=100)
@given(CONTAINERS)
def test_a_container_number_with_its_digit_is_whole(number: str) -> None:
    """Number and digit together have the shape, and give the same digit again."""
    digit = container_check_digit(number)
    assert digit is not None
    assert is_container(number + digit)


@settings(max_examples=100)
@given(LEIS)
def test_a_whole_lei_leaves_one_modulo_97(number: str) -> None:
    """The two digits make the whole number 1 modulo 97, as ISO 7064 wants."""
    digits = lei_check_digits(number)
    assert digits is not None
    assert int("".join(str(int(letter, 36)) for letter in number + digits)) % 97 == 1


@settings(max_examples=100)
@given(DIGITS)
def test_a_whole_gs1_number_weighs_a_multiple_of_ten(number: str) -> None:
    """With its digit the weights 1 and 3 from the right give a multiple of ten."""
    digit = gs1_check_digit(number)
    assert digit is not None
    whole = f"{number}{digit}"
    assert sum(int(figure) * (1, 3)[place % 2] for place, figure in enumerate(reversed(whole))) % 10 == 0
