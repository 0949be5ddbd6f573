"""What the elements of an ISA without fault look like, as one pattern: nearly every ISA is without.

Lives here: the pattern, written from the same rows as the check of each element (`envelope.py`), whose
findings are the explanation of what it refuses. It takes nothing that the check objects to, and may refuse what the
check takes; a test holds the two together.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gateway.formats.x12.delimiters import REPEATS_SINCE
from gateway.formats.x12.envelope import MAY_BE_BLANK, PADDED, checks
from gateway.formats.x12.fields import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gateway.formats.x12.envelope import Check

# Between elements, whatever the sender has there; it stands in none that is right, but for the two that are a mark.
_BETWEEN = b"\x1d"
_REPETITION = 11
# The last days of a month but those of February, which need a year.
_DATE = (
    rb"[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)"
    rb"|(?:0[13578]|1[02])31)"
)
_KINDS = {("DT", 6): _DATE, ("TM", 4): rb"(?:[01][0-9]|2[0-3])[0-5][0-9]", ("N0", 9): rb"[0-9]{9}"}


def faultless(elements: Sequence[bytes], root: Path) -> bool:
    """Tell whether nothing is wrong with the elements of an ISA, nor with its length; False is: perhaps not."""
    return _pattern(root).fullmatch(_BETWEEN.join(elements)) is not None


@cache
def _pattern(root: Path) -> re.Pattern[bytes]:
    rows = checks(root)["ISA"]
    written = [_element(one) for one in rows]
    # A letter or a blank is no separator; before there was one the standard was named.
    codes = rows[_REPETITION].codes
    older, newer = (
        _listed(code.decode("latin-1") for code in codes if (code >= REPEATS_SINCE) == repeats)
        for repeats in (False, True)
    )
    written[_REPETITION - 1 : _REPETITION + 1] = [
        b"(?:U" + _BETWEEN + older + rb"|[^0-9A-Za-z ]" + _BETWEEN + newer + b")"
    ]
    written[-1] = b"."
    return re.compile(_BETWEEN.join(written), re.DOTALL)


def _element(one: Check) -> bytes:
    """Write one element, as long as it has to be."""
    kind, length = one.row.kind, one.row.length_max
    if one.codes:
        return _listed(one.row.codes)
    if one.address in MAY_BE_BLANK:
        return b"[ -~]{%d}" % length
    if one.address in PADDED:
        # Judged without its padding, of which it may have any but not that alone.
        return b"(?! {%d})[ -~]{%d}" % (length, length)
    return _KINDS.get((kind, length), rb"(?!)")


def _listed(codes: Iterable[str]) -> bytes:
    return b"(?:" + alternatives(codes) + b")"
