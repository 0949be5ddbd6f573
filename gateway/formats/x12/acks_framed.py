"""ISA to IEA around the segments of an answer about syntax, as text and then as bytes.

Lives here: the envelope of what is said as text, a letter for each byte, so that any byte may be a delimiter. Never
here: what is said (`acks_syntax.py`), and the envelope around nodes, which has the same elements (`writer.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12.writer import group_header, interchange_header, set_header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.tree import Envelope

# ISA11 and ISA16 name a delimiter, which is a byte and no text.
_MARKS = frozenset({11, 16})


def framed(envelope: Envelope, named: tuple[str, str, str], said: Sequence[str], separator: str) -> list[str]:
    """Put GS, ST, SE and GE around the segments of one answer; `named` are its group, set and release."""
    group, message, release = named
    header, opened = group_header(envelope, group, release), set_header(envelope, message)
    return [
        _segment(separator, "GS", *header),
        _segment(separator, "ST", *opened),
        *said,
        separator.join(("SE", str(len(said) + 2), opened[1])),
        _segment(separator, "GE", "1", header[5]),
    ]


def enveloped(
    envelope: Envelope, inside: Sequence[str], groups: int, version: str, frame: Mapping[str, str]
) -> bytes:
    """Put ISA and IEA around the segments of groups and TA1, and give the bytes of all."""
    separator, end = frame["element"], frame["terminator"] + frame["line_end"]
    header = interchange_header(envelope, version, frame)
    first = separator.join(("ISA", *header))
    if not first.isascii():
        texts = (text if at in _MARKS else _letters(text) for at, text in enumerate(header, 1))
        first = separator.join(("ISA", *texts))
    trailer = separator.join(("IEA", str(groups), header[12]))
    return end.join((first, *inside, trailer, "")).encode("latin-1")


def _segment(separator: str, *texts: str) -> str:
    """Give a segment without the elements at its end that have no text."""
    used = len(texts)
    while not texts[used - 1]:
        used -= 1
    text = separator.join(texts[:used])
    return text if text.isascii() else separator.join(map(_letters, texts[:used]))


def _letters(text: str) -> str:
    """Give a text with a letter for each of its bytes."""
    return text if text.isascii() else text.encode().decode("latin-1")
