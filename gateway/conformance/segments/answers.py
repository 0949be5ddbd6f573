"""What an acknowledgement made of segments says, and whether it is well formed: read by code of our own.

Lives here: a small reader, which takes nothing for granted; what it looks for stands in `[read]` of
`edi_specs/conformance/segments/<format>.toml`. Never here: what an answer has to say (`expectation.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.conformance.model import Ack
from gateway.conformance.segments.agreeing import part, wrong_frame, wrong_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.segments.dialect import Dialect

Segments = list[list[str]]
# So many answers are kept, as messages without a fault are answered in the same words.
_KEPT_MAX = 64


def read(dialect: Dialect, answer: bytes, received: bytes) -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself.

    `received` is what it answers: its number must come back.
    """
    said = _said(dialect, answer)
    if not said.reports:
        return said.acks, said.flaws
    reported = _reported(dialect, answer, _sent(dialect.read, received))
    return said.acks, (*reported, *said.flaws) if reported else said.flaws


class _Said(NamedTuple):
    """What an answer says, whatever was received; `reports` are those that name its number."""

    acks: tuple[Ack, ...] = ()
    flaws: tuple[str, ...] = ()
    reports: tuple[Segments, ...] = ()


@lru_cache(maxsize=_KEPT_MAX)
def _said(dialect: Dialect, answer: bytes) -> _Said:
    told = dialect.read
    text = answer.decode("latin-1")
    if not text:
        return _Said()
    if told["always"] and not _opens(told, text, 0):
        return _Said(flaws=(f"the answer does not begin with {told['begin']}",))
    segments = _cut(told, text)
    first, message = told["pairs"][0]["first"], told["message"]
    alone = told.get("alone", ())
    # Of several interchanges the first announces for all: they answer one sender.
    mark = marks_of(dialect, answer)["component"]
    acks = [Ack(one[0], tuple(_codes(told, [one], mark))) for one in segments if one[0] in alone]
    reports: list[Segments] = []
    for body in _bodies(told, segments):
        kind = part(body[0], message["element"]).split(mark)[message["component"] - 1]
        if kind in told["answers"]:
            acks.append(Ack(kind, tuple(_codes(told, body, mark))))
            reports.append(body)
    flaws = [flaw for frame in _split(segments, first) for flaw in wrong_frame(told["pairs"], frame)]
    return _Said(tuple(acks), tuple(flaws), tuple(reports))


@lru_cache(maxsize=_KEPT_MAX)
def _reported(dialect: Dialect, answer: bytes, sent: frozenset[str]) -> tuple[str, ...]:
    """Give what is wrong with the reports of an answer to something of these numbers."""
    reports, report = _said(dialect, answer).reports, dialect.read["report"]
    return tuple(flaw for body in reports for flaw in wrong_report(report, body, sent))


# -- cutting ---------------------------------------------------------------------------------------


def _opens(told: Mapping[str, Any], text: str, at: int) -> bool:
    return text.startswith(told["begin"], at) and len(text) >= at + told["size"]


def marks_of(dialect: Dialect, data: bytes) -> Mapping[str, str]:
    """Give the delimiters that an interchange announces, else the usual ones."""
    told, text = dialect.read, data.decode("latin-1")
    return _marks(told, text, 0) if _opens(told, text, 0) else dict(told["usual"])


_MARKS = ("component", "element", "release", "terminator")
# Elements by their places, as answers name them.
_PLACES = tuple(f"{at:02}" for at in range(100))


def _marks(told: Mapping[str, Any], text: str, at: int) -> dict[str, str]:
    return {name: text[at + told[name]] for name in _MARKS if name in told}


def _cut(told: Mapping[str, Any], text: str, only: str = "") -> Segments:
    """Cut interchanges into segments; each may announce its marks. With `only`, those that begin so may be all."""
    cut = _cut_plainly(told, text, only)
    if cut is not None:
        return cut
    marks: dict[str, str] = dict(told.get("usual", {}))
    found: Segments = []
    at, known = 0, False
    while at < len(text):
        opened = _opens(told, text, at)
        if opened:
            marks = _marks(told, text, at)
            at = _announced(told, text, at)
        if opened or not known:
            known = True
            if not _divide(marks["terminator"], marks["element"], marks.get("release", " "), text, at):
                return _cut_by_letters(told, text)
        # The first letter after an announcement is one of the segment, whatever it is.
        if not opened and text[at] in "\r\n":
            at += 1
            continue
        end = text.find(marks["terminator"], at + opened)
        if end < 0:
            break
        if opened and text[at] == marks["element"]:
            return _cut_by_letters(told, text)
        found.append(text[at:end].split(marks["element"]))
        at = end + 1
    return found


def _announced(told: Mapping[str, Any], text: str, at: int) -> int:
    """Give where the first segment begins. Of what only announces nothing is one, nor is a line end behind it."""
    if told["always"]:
        return at
    at += told["size"]
    while text[at : at + 1] in {"\r", "\n"}:
        at += 1
    return at


def _cut_plainly(told: Mapping[str, Any], text: str, only: str) -> Segments | None:
    """Cut what announces its marks once and at the beginning, as nearly all does; None for anything else."""
    if text.count(told["begin"]) != 1 or not _opens(told, text, 0):
        return None
    start = 0 if told["always"] else told["size"]
    terminator, element = text[told["terminator"]], text[told["element"]]
    if not _divide(terminator, element, text[told["release"]] if "release" in told else " ", text, start):
        return None
    cut = (text[start:] if start else text).split(terminator)
    if len(cut) == 1 or not cut[0] or cut[0][0] == element:
        return None
    # What stands behind the last terminator is no segment.
    del cut[-1]
    if "\n" in text or "\r" in text:
        first = 0 if start else 1
        cut[first:] = [one.lstrip("\r\n") for one in cut[first:]]
    return (
        [one.split(element) for one in cut if one.startswith(only)]
        if only
        else [one.split(element) for one in cut]
    )


def _divide(terminator: str, element: str, release: str, text: str, start: int) -> bool:
    """Tell whether marks divide a text wherever they stand: none is released from `start` on, none is a line end."""
    return (
        (release == " " or text.find(release, start) < 0)
        and terminator not in "\r\n"
        and element not in "\r\n"
    )


def _cut_by_letters(told: Mapping[str, Any], text: str) -> Segments:
    """Cut letter by letter, for what can take the meaning from a mark, or is one."""
    marks: dict[str, str] = dict(told.get("usual", {}))
    found: Segments = []
    segment: list[str] = []
    piece, at = "", 0
    while at < len(text):
        if not segment and not piece and _opens(told, text, at):
            marks = _marks(told, text, at)
            at = _announced(told, text, at)
            piece = text[at : at + 1]
            at += 1
            continue
        letter = text[at]
        at += 1
        if letter == marks.get("release", " ") != " ":
            piece += text[at : at + 1]
            at += 1
        elif letter == marks["terminator"]:
            found.append([*segment, piece])
            segment, piece = [], ""
        elif letter == marks["element"]:
            segment.append(piece)
            piece = ""
        elif letter not in "\r\n" or piece or segment:
            piece += letter
    return found


def _split(segments: Segments, first: str) -> list[Segments]:
    """Cut a list of segments at each that begins something."""
    found: list[Segments] = []
    for segment in segments:
        if segment[0] == first or not found:
            found.append([])
        found[-1].append(segment)
    return found


def _bodies(told: Mapping[str, Any], segments: Segments) -> list[Segments]:
    outside = told["outside"]
    inside = [one for one in segments if one[0] not in outside]
    tag = told["message"]["tag"]
    return [body for body in _split(inside, tag) if body[0][0] == tag and len(body[0]) > 1]


def _codes(told: Mapping[str, Any], body: Segments, mark: str) -> Iterator[tuple[str, str]]:
    """Yield what is said, by the names of its places: those that are listed, or every one by its number."""
    spoken = told["spoken"]
    for segment in body:
        tag = segment[0]
        names = spoken.get(tag)
        if names is None:
            continue
        if not names:
            for at, text in enumerate(segment):
                if at and text:
                    yield f"{tag}{_PLACES[at] if at < len(_PLACES) else at}", text
            continue
        for at, name in names.items():
            element, _, component = at.partition(".")
            text = part(segment, int(element))
            text = part(["", *text.split(mark)], int(component)) if component else text
            if text:
                yield f"{tag}{name}", text


def _sent(told: Mapping[str, Any], received: bytes) -> frozenset[str]:
    """Give the numbers of what was received that can be repeated, none where its marks are not told whole."""
    text, echo = received.decode("latin-1"), told["report"]["echo"]
    opened = _opens(told, text, 0)
    if told["always"]:
        if not opened:
            return frozenset()
    elif text.startswith(told["begin"]):
        size, first = told["size"], told["pairs"][0]["first"]
        if not opened or not text[size - 1].strip() or not text[size:].lstrip().startswith(first):
            return frozenset()
    # Where the number came with components, which is a fault, its first names it.
    mark = text[told["component"]] if opened else told["usual"]["component"]
    found = (part(one, echo["number"]) for one in _cut(told, text, echo["of"]) if one[0] == echo["of"])
    numbers = {number.partition(mark)[0] for number in found}
    return frozenset(number.lstrip("0") for number in numbers if re.fullmatch(echo["like"], number))
