"""The patterns of a message: one segment after the other they say what they say of the whole."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from unittest.mock import patch

from gateway.formats.edifact.known import Patterns
from tests.formats.edifact.support import read
from tests.formats.edifact.test_fuzz import files, mutate

if TYPE_CHECKING:
    import pytest

CASES = 300


def test_single_segments_and_the_whole_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of good and of damaged messages both say the same, and a tag that no message has ends the walk."""
    dice = random.Random(41)  # noqa: S311 - the same damage each time
    said: list[bool] = []

    def both(self: Patterns, text: str) -> None:
        whole = self.whole.fullmatch(text) is not None
        assert self.singly(text) is whole
        assert self.singly(text[:-1]) is False
        assert self.singly(text + "QQQ\x1e") is False
        said.append(whole)

    monkeypatch.setattr(Patterns, "accept", both)
    with patch("gateway.formats.edifact.messages.match", lambda *_: None, create=True):
        for number in range(CASES):
            data = dice.choice(files())
            read(mutate(data, dice) if number % 2 else data)
    assert CASES / 5 < sum(said) < len(said)
