"""What holds of every finding of this library, whatever it is about: it says where, in whose words, and what.

Lives here: the flaws of findings. Which finding is due is the judge's (`gateway/conformance/judge.py`).
"""

from __future__ import annotations

import re
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


def flaws(interchange: Interchange) -> Iterator[str]:
    """Yield what is wrong with the telling of a read's findings."""
    for found in interchange.all_findings():
        for name in _TEXTS:
            text: object = getattr(found, name)
            if not isinstance(text, str):
                yield f"{found.code}: {name} is no text"
                return
        yield from (f"{found.code}: {said}" for said in _flaws(found, interchange))


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
    if interchange.format in _NAMED and not _TURN.sub("", found.place).endswith(ends):
        yield f"it stands at {found.place}"
    if found.transaction is None:
        return
    if not 0 <= found.transaction < len(interchange.transactions):
        yield f"there is no transaction {found.transaction}"
        return
    told = interchange.transactions[found.transaction]
    if head != f"{interchange.format}.{told.message}.{told.version}":
        yield f"the transaction is {told.message} {told.version}"
