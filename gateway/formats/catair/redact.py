"""Bytes without their passwords, for whatever is stored or shown.

The password stands in A 9-14, in the in-bond dialect in Z too, and QT and WT send it
back (catair.md 1). Offsets stay, so spans still point at their values.
"""

from __future__ import annotations

import re

# A record begins where the bytes begin, after 80 characters, or after a line end.
_CONTROL = re.compile(rb"[AZ][A-Za-z0-9 ]{7}([^\r\n]{6})")
_WIDTH = 80
_LINE = re.compile(rb"\r\n|\n|\r")


def redact(data: bytes) -> bytes:
    """Give the same bytes with blanks for each password."""
    out = bytearray(data)
    start = 0
    for end in [*(match.span() for match in _LINE.finditer(data)), (len(data), len(data))]:
        for at in range(start, end[0], _WIDTH):
            match = _CONTROL.match(data, at, end[0])
            if match is not None:
                first, last = match.span(1)
                out[first:last] = b" " * (last - first)
        start = end[1]
    return bytes(out)
