"""What holds of every finding of this library, whatever it is about: it says where, in whose words, and what.

Lives here: the flaws of findings. Which finding is due is the judge's (`gateway/conformance/judge.py`).
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING

from gateway.finding import Layer, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.finding import Finding
    from gateway.tree import Interchange

# `LX[2]` and `NAD:C080.3036#4`: the turn belongs to the place, not to the name of what is wrong.
_TURN = re.compile(r"\[\d+\]|#\d+")
# Where the name of a fault ends in the name of its place; the others have a fault of the root told otherwise.
_NAMED = frozenset({"x12", "edifact", "catair"})
_SEVERITIES, _LAYERS = frozenset(Severity), frozenset(Layer)
_TEXTS = ("code", "message", "clause", "place", "expected", "actual")
_texts = attrgetter(*_TEXTS)


_PARTS = 2
_ANY_LENGTH = 99
# What a sender may have written where a message or version is named, and a code can say again.
_WORD = re.compile(r"[A-Za-z0-9-]+")
_PLAIN = re.compile(r"[A-Za-z0-9]+")
# No message or version of these has a longer name; one that long is no name of any.
_NAME_CHARS_MAX = {"x12": (3, 6), "edifact": (6, 6)}


def _names(said: str, told: str, chars_max: int) -> bool:
    """Tell whether a code names a message or version; one that is missing, no word or too long is told as unknown."""
    word = _WORD if chars_max == _ANY_LENGTH else _PLAIN
    return said == told or (said == "unknown" and (len(told) > chars_max or not word.fullmatch(told)))


def flaws(interchange: Interchange) -> Iterator[str]:
    """Yield what is wrong with the telling of a read's findings."""
    for found in interchange.all_findings():
        for name, text in zip(_TEXTS, _texts(found), strict=True):
            if not isinstance(text, str):
                yield f"{found.code}: {name} is no text"
                return
        yield from [f"{found.code}: {said}" for said in _flaws(found, interchange)]


def _flaws(found: Finding, interchange: Interchange) -> Iterator[str]:
    if not found.message:
        yield "no message"
    if found.severity not in _SEVERITIES or found.layer not in _LAYERS:
        yield "no severity or layer"
    if found.span is not None and not 0 <= found.span[0] <= found.span[1] <= len(interchange.data):
        yield f"bytes {found.span[0]}-{found.span[1]} were not received"
    head, _, rest = found.code.partition("/")
    if not head.startswith(f"{interchange.format}."):
        yield f"{head} is no name of this format"
    ends = ("/" + "/".join(rest.split("/")[:-2])).rpartition("/")[2]
    # Where one of several records is missing, it is named by the first of them.
    places = _TURN.sub("", found.place).split(" or ")
    if interchange.format in _NAMED and not any(place.endswith(ends) for place in places):
        yield f"it stands at {found.place}"
    if found.transaction is None:
        return
    if not 0 <= found.transaction < len(interchange.transactions):
        yield f"there is no transaction {found.transaction}"
        return
    told = interchange.transactions[found.transaction]
    _, *named = head.split(".", 2)
    most = _NAME_CHARS_MAX.get(interchange.format, (_ANY_LENGTH, _ANY_LENGTH))
    if not (
        len(named) == _PARTS
        and _names(named[0], told.message, most[0])
        and _names(named[1], told.version, most[1])
    ):
        yield f"the transaction is {told.message} {told.version}"
