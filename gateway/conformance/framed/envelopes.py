"""Holds the envelope of an answer to what it was told to say.

Lives here: a reader of envelopes by code of its own, and the comparison. Never here: what is told
(`fixtures/conformance/answered.toml`), and what holds of every answer (`segments/agreeing.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.conformance.framed.building import EDIFACT, X12
from gateway.conformance.segments.answers import marks_of
from gateway.conformance.segments.dialect import dialect
from gateway.conformance.wire import read_answer
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LETTERS = {X12: "utf-8", EDIFACT: "latin-1"}
# What a mark takes the place of while the others are cut at.
_RELEASED = re.compile(rb"\0([0-9a-f]{2})")


def flaws(form: str, answer: bytes, received: bytes, wanted: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an answer does not say as it is wanted, and what does not agree in it."""
    yield from read_answer(form, answer, received)[1]
    marks = marks_of(dialect(data_root(), form), answer)
    begins = wanted.get("begins", "").encode("latin-1")
    if not answer.startswith(begins):
        yield f"the answer begins with {answer[: len(begins)]!r}"
    segments, line_end = _cut(answer, {name: mark.encode("latin-1") for name, mark in marks.items()})
    found = {**marks, "line_end": line_end.decode("latin-1")}
    for name, mark in wanted.get("marks", {}).items():
        if found.get(name, "") != mark:
            yield f"{name} of the answer is {found.get(name, '')!r}"
    names = [one[0].decode("latin-1") for one in segments]
    for name in wanted.get("once", ()):
        if names.count(name) != 1:
            yield f"{name} stands {names.count(name)} times in the answer"
    for name in {*wanted.get("never", ())} & {*names}:
        yield f"{name} stands in the answer"
    for place, text in wanted.get("says", {}).items():
        tag, _, at = place.partition("/")
        segment = segments[names.index(tag)] if tag in names else []
        said = segment[int(at)] if int(at) < len(segment) else b""
        if said != text.encode(_LETTERS[form]):
            yield f"{place} of the answer is {said.decode(_LETTERS[form], 'replace')!r}"


def _cut(answer: bytes, marks: Mapping[str, bytes]) -> tuple[list[list[bytes]], bytes]:
    """Cut an answer into segments and these into elements, as they are written; give what is between segments too."""
    release = marks.get("release", b" ")
    if answer.startswith(b"UNA"):
        answer = answer[9:]
    if release != b" ":
        answer = re.sub(
            re.escape(release) + b"(.)", lambda found: b"\0%02x" % found[1][0], answer, flags=re.DOTALL
        )
    pieces = answer.split(marks["terminator"])
    line_end = pieces.pop()
    return [
        [
            _RELEASED.sub(lambda found: release + bytes.fromhex(found[1].decode()), one)
            for one in piece.removeprefix(line_end).split(marks["element"])
        ]
        for piece in pieces
    ], line_end
