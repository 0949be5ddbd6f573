"""Passwords in envelopes: they are never kept, logged or shown.

Two formats carry one at a fixed place. What is stored has X in its stead, of the same
length, so that every span of the content still holds.
"""

from __future__ import annotations

ISA_AUTHORISATION = slice(7, 17)
ISA_SECURITY = slice(21, 31)
"""ISA02 and ISA04 by their places: the ISA segment has fixed widths."""

CATAIR_PASSWORD = slice(8, 14)
"""Columns 9 to 14 of the A record."""


def mask(data: bytes) -> tuple[bytes, list[list[int]]]:
    """Give the content without passwords, and the spans that were overwritten."""
    start = len(data) - len(data.lstrip(b"\r\n\t \xef\xbb\xbf"))
    if data[start : start + 3] == b"ISA":
        places = [ISA_AUTHORISATION, ISA_SECURITY]
    elif data[start : start + 1] == b"A" and data[start + 25 : start + 27].isalnum():
        places = [CATAIR_PASSWORD]
    else:
        return data, []
    kept, spans = bytearray(data), []
    for place in places:
        span = slice(start + place.start, start + place.stop)
        text = bytes(kept[span])
        if text.strip() and len(text) == place.stop - place.start and text.strip(b"0"):
            kept[span] = b"".join(b" " if byte == 0x20 else b"X" for byte in text)
            spans.append([span.start, span.stop])
    return bytes(kept), spans
