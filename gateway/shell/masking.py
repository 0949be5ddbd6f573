"""Passwords in envelopes: they are never kept, logged or shown.

Two formats carry one at a fixed place. What is stored has X in its stead, of the same
length, so that every span of the content still holds.
"""

from __future__ import annotations

ISA_PASSWORDS = (2, 4)
"""ISA02 and ISA04. They are found by the separator, since a wrong ISA has other widths."""
_ISA_BYTES_MAX = 128
_PRINTED = frozenset(range(0x21, 0x7F))
_ALPHANUMERIC = frozenset(byte for byte in range(0x7F) if chr(byte).isalnum())

CATAIR_PASSWORD = slice(8, 14)
"""Columns 9 to 14 of the A record."""


def mask(data: bytes) -> tuple[bytes, list[list[int]]]:
    """Give the content without passwords, and the spans that were overwritten.

    What no password may hold stays, so that the content is as wrong as it was: blanks and what
    cannot be printed, and in CATAIR whatever is no letter or digit.
    """
    hidden = _PRINTED
    start = len(data) - len(data.lstrip(b"\r\n\t \xef\xbb\xbf"))
    if data[start : start + 3] == b"ISA":
        places = _isa(data, start)
    elif data[start : start + 1] == b"A" and data[start + 25 : start + 27].isalnum():
        places = [slice(start + CATAIR_PASSWORD.start, start + CATAIR_PASSWORD.stop)]
        hidden = _ALPHANUMERIC
    else:
        return data, []
    kept, spans = bytearray(data), []
    for span in places:
        text = bytes(kept[span])
        if text.strip() and text.strip(b"0") and len(text) == span.stop - span.start:
            kept[span] = bytes(0x58 if byte in hidden else byte for byte in text)
            spans.append([span.start, span.stop])
    return (bytes(kept), spans) if spans else (data, [])


def _isa(data: bytes, start: int) -> list[slice]:
    head = data[start : start + _ISA_BYTES_MAX]
    separator = head[3:4]
    if not separator:
        return []
    elements = head.split(separator)
    places = []
    for number in ISA_PASSWORDS:
        if number + 1 < len(elements):
            begin = start + sum(len(one) + 1 for one in elements[:number])
            places.append(slice(begin, begin + len(elements[number])))
    return places
