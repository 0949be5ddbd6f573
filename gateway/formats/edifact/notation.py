"""How one interchange writes: its service characters, its letters, its syntax version.

Lives here: what every part of the format has to know of the interchange that it stands
in. Never here: where that is read from (`delimiters.py`, `interchange.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.formats.edifact.delimiters import Delimiters
    from gateway.specs.edifact import Words
    from gateway.specs.edifact_service import Charset, Syntax

FRAME = ("component", "element", "mark", "release", "repetition", "terminator", "line_end")
_COMMA = re.compile(r"-?[0-9]+,[0-9]+")


@dataclass(frozen=True, slots=True)
class Notation:
    """The ways of one interchange; `service` has the segments of its envelope."""

    delimiters: Delimiters
    syntax: Syntax
    charset: Charset
    service: Words

    def with_line_end(self, line_end: bytes) -> Notation:
        """Give the same with what stands between segments."""
        if line_end == self.delimiters.line_end:
            return self
        return replace(self, delimiters=replace(self.delimiters, line_end=line_end))

    def frame(self) -> dict[str, str]:
        """Give what a writer needs to write in the sender's own way; bytes as Latin-1."""
        marks = self.delimiters
        frame = {name: getattr(marks, name).decode("latin-1") for name in FRAME}
        frame["una"] = "1" if marks.announced else ""
        return frame

    @property
    def codec(self) -> str:
        """The codec that text is read with; where the repertoire has none, Latin-1 keeps every byte."""
        return self.charset.codec or "latin-1"

    @property
    def repetition(self) -> bytes:
        """The repetition separator, empty before syntax 4."""
        return self.delimiters.repetition if self.syntax.repeats else b""

    def text(self, raw: bytes, *, numeric: bool = False) -> str:
        """Give the text of raw bytes of one element: without release characters, numbers with a point."""
        release = self.delimiters.release
        plain = unescape(raw, release) if release in raw else raw
        try:
            found = plain.decode(self.charset.codec or "latin-1")
        except UnicodeDecodeError:
            found = plain.decode("latin-1")
        if numeric and "," in found and self.comma and _COMMA.fullmatch(found):
            return found.replace(",", ".")
        return found

    @property
    def comma(self) -> bool:
        """Whether a comma is a decimal mark here."""
        return self.syntax.any_mark or self.delimiters.mark == b","

    @property
    def point(self) -> bool:
        """Whether a point is a decimal mark here."""
        return self.syntax.any_mark or self.delimiters.mark == b"."

    @property
    def special(self) -> re.Pattern[bytes] | None:
        """The characters that are released; None where nothing can release them."""
        marks = self.delimiters
        if not marks.release:
            return None
        return _special(marks.release, marks.component, marks.element, marks.terminator, self.repetition)

    def raw(self, text: str, *, numeric: bool = False) -> bytes:
        """Give the bytes of a text, released where it has a service character."""
        marks = self.delimiters
        if numeric and marks.mark == b",":
            text = text.replace(".", ",")
        return escape(self.encoded(text), self)

    def encoded(self, text: str) -> bytes:
        """Give the bytes of a text; letters that the repertoire does not have become question marks."""
        try:
            return text.encode(self.codec)
        except UnicodeEncodeError:
            return (
                text.encode("latin-1", "replace")
                if not self.charset.codec
                else text.encode(self.codec, "replace")
            )


def unescape(raw: bytes, release: bytes) -> bytes:
    """Take release characters out, each with the meaning of the one byte that follows it."""
    if not release or release not in raw:
        return raw
    return re.sub(re.escape(release) + b"(.)", rb"\1", raw, flags=re.DOTALL)


def escape(raw: bytes, notation: Notation) -> bytes:
    """Put a release character before each service character."""
    special = notation.special
    if special is None:
        return raw
    release = notation.delimiters.release
    return special.sub(lambda found: release + found[0], raw)


@lru_cache(maxsize=64)
def _special(*marks: bytes) -> re.Pattern[bytes]:
    """Give the class of the characters that have a meaning."""
    return re.compile(b"[" + re.escape(b"".join(marks)) + b"]")
