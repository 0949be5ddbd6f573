"""The letters that a pattern takes are those that no value is refused for."""

from __future__ import annotations

import re

import pytest

from gateway.formats.edifact.pattern import RELEASED, letters_of
from gateway.formats.edifact.values import OUTSIDE


@pytest.mark.parametrize("repertoire", sorted(OUTSIDE))
def test_a_pattern_takes_what_no_value_is_refused_for(repertoire: str) -> None:
    """A letter is in the class of a repertoire where it is not outside of it, or stands for one that was released."""
    outside, inside = re.compile(f"[{OUTSIDE[repertoire]}]"), re.compile(letters_of(repertoire))
    letters = [*map(chr, range(0x500)), "\ud7ff", "\ufffd", "\U00010000", "\U0010ffff"]
    assert [one for one in letters if inside.fullmatch(one)] == [
        one for one in letters if one == RELEASED or not outside.fullmatch(one)
    ]
