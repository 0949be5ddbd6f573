"""Whether a sequence of segments is legal in a message: an answer of our own, by a regular expression.

Lives here: the message's table as one pattern over segment names, counts included. It says yes or
no about structure alone, and nothing about elements. Never here: what an implementation says.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.segments.draft import Line
    from gateway.conformance.segments.tables import Message, Place


@lru_cache(maxsize=32)
def _pattern(spec: Message) -> re.Pattern[str]:
    return re.compile("".join(_place(place) for place in spec.places))


def _place(place: Place) -> str:
    inner = "".join(_place(part) for part in place.parts)
    least = 1 if place.must else 0
    most = "" if place.most is None else str(place.most)
    return f"(?:{_name(place)}{inner}){{{least},{most}}}"


def _name(place: Place) -> str:
    if place.qualifier is None:
        return f"{place.segment.id} [^;]*;"
    at, codes = place.qualifier
    return f"{place.segment.id} (?:[^;]*,)?{at}=(?:{'|'.join(map(re.escape, codes))})(?:,[^;]*)?;"


def legal(spec: Message, lines: Sequence[Line]) -> bool:
    """Tell whether the segments of a message obey its table."""
    known: dict[int, str] = {}
    found = []
    for line in lines:
        # Copies share their values.
        token = known.get(id(line.values))
        if token is None:
            token = known[id(line.values)] = _token(line)
        found.append(token)
    return _pattern(spec).fullmatch("".join(found)) is not None


def _token(line: Line) -> str:
    texts = [
        f"{at}={text}" for at, text in enumerate(line.values, 1) if isinstance(text, str) and text.isalnum()
    ]
    return f"{line.id} {','.join(texts)};"
