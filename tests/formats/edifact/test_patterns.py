"""The patterns of a message: one segment after the other they say what they say of the whole."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from unittest.mock import patch

from gateway.formats.edifact import messages
from gateway.formats.edifact.known import Patterns
from gateway.formats.edifact.messages import Messages
from tests.formats.edifact.support import read
from tests.formats.edifact.test_fuzz import files, mutate

if TYPE_CHECKING:
    import pytest

    from gateway.formats.edifact.messages import Accepted
    from gateway.formats.edifact.notation import Notation
    from gateway.specs.edifact import EdifactSpec

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
    monkeypatch.setattr(messages, "beyond_matcher", lambda *_: True)
    with patch("gateway.formats.edifact.messages.match", lambda *_: None, create=True):
        for number in range(CASES):
            data = dice.choice(files())
            read(mutate(data, dice) if number % 2 else data)
    assert CASES / 5 < sum(said) < len(said)


def test_the_patterns_are_asked_where_they_may_say_more_than_the_matcher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the matcher refused and what has nothing beyond it, the patterns would have refused as well."""
    dice = random.Random(42)  # noqa: S311 - the same damage each time
    asked = Messages.by_patterns
    said: list[bool] = []

    def both(
        self: Messages, start: int, spec: EdifactSpec, notation: Notation, *, refused: bool = False
    ) -> Accepted | None:
        found = asked(self, start, spec, notation, refused=refused)
        assert asked(self, start, spec, notation) == found
        said.append(found is not None)
        return found

    monkeypatch.setattr(Messages, "by_patterns", both)
    for number in range(CASES):
        data = dice.choice(files())
        read(mutate(data, dice) if number % 2 else data)
        read(data.replace(b"'", b" '", 9).replace(b"UNOC", b"UNOW").replace(b"A", "\u00c4".encode(), 1))
    assert True in said
    assert False in said
