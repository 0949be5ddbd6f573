"""The compiled patterns of messages, and what a message is held against.

Lives here: when a pattern is compiled, and whether a translated message is without fault. Never here: how
a pattern is written (`pattern.py`).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.formats.edifact.pattern import TERMINATOR, Maker, order_of, tidied, tidy

if TYPE_CHECKING:
    from gateway.formats.edifact.notation import Notation
    from gateway.specs.edifact import EdifactSpec

# A message with fewer is held against single segments.
SMALL_CHARS = 4_096


class Patterns:
    """What a whole message is held against: its segments, and the order of their tags.

    To compile all segments takes longer than many messages do. Those of a small one are compiled one by one, when a
    message has them; with the first fault no more are asked for.
    """

    def __init__(self, maker: Maker) -> None:
        """Compile nothing yet."""
        self._maker = maker
        self._segments: dict[str, re.Pattern[str]] = {}

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """A run of any segments of the message."""
        return re.compile(self._maker.all_segments())

    @cached_property
    def order(self) -> re.Pattern[str]:
        """The tags in their order."""
        return re.compile("UNH" + order_of(self._maker.spec.body) + "UNT")

    @cached_property
    def aliases(self) -> tuple[tuple[str, str], ...]:
        """Segments that a code tells apart: as they begin, and what their tag becomes."""
        return self._maker.aliases()

    def singly(self, text: str) -> bool:
        """Tell whether a text is a run of segments of the message, as `whole` does it, one after the other."""
        at = 0
        while at < len(text):
            tag = text[at : at + 3]
            if tag not in self._segments:
                written = self._maker.one_segment(tag)
                if written is None:
                    return False
                self._segments[tag] = re.compile(written)
            found = self._segments[tag].match(text, at + 3)
            if found is None:
                return False
            at = found.end()
        return at > 0

    def take(self, text: str, notation: Notation) -> list[str] | None:
        """Give the segments of a translated message that is without fault, else None.

        Nearly every message is tidy as it stands; the others are tidied and tried again.
        """
        found = self.accept(text) if tidy(text) else None
        if found is not None:
            return found
        again = tidied(text, notation)
        return None if again is None or again == text else self.accept(again)

    def accept(self, text: str) -> list[str] | None:
        """Give the segments of a tidy message that is without fault, else None."""
        if not (self.singly(text) if len(text) < SMALL_CHARS else self.whole.fullmatch(text)):
            return None
        for begin, alias in self.aliases:
            text = text.replace(begin, alias)
        found = text.split(TERMINATOR)
        found.pop()
        return found if self.order.fullmatch("".join([one[:3] for one in found])) else None


class Known:
    """The compiled patterns of one process, made when a message is first seen in a notation."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: dict[tuple[int, int, str, bool, bool], tuple[EdifactSpec, Notation, Patterns]] = {}

    def get(self, spec: EdifactSpec, notation: Notation) -> Patterns:
        """Give the patterns of a message in one notation."""
        key = (id(spec), id(notation.service), notation.charset.letters, notation.comma, notation.point)
        made = self._made.get(key)
        if made is None:
            # Spec and notation are kept beside the patterns, so their ids stay their own.
            made = self._made[key] = (spec, notation, Patterns(Maker(spec, notation)))
        return made[2]


KNOWN = Known()
