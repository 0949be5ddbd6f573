"""Plain values are written as the standard library writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.formats.json.indented import indented


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        (),
        "",
        None,
        [True, False, None, 0, -12, 10**20, 1.5],
        {"a": {}, "b": [], "c": [{}], "d": [[]]},
        {'na"me': 'te\\xt "\n\x01\x7f é ☃ 😀 \ud800', "": [["x", ("y", {"z": "é"})], {"one": 1, "two": "2"}]},
    ],
)
def test_values_are_written_as_the_standard_library_does(value: Any) -> None:
    """What is written is the same text, of values of every kind."""
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)
