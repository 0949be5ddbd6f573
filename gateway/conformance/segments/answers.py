"""What an acknowledgement made of segments says, and whether it is well formed: read by code of our own.

Lives here: a small reader, which takes nothing for granted; what it looks for stands in `[read]` of
`edi_specs/conformance/segments/<format>.toml`. Never here: what an answer has to say (`expectation.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import Ack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.conformance.segments.dialect import Dialect

Segments = list[list[str]]


def read(dialect: Dialect, answer: bytes, received: bytes) -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself.

    `received` is what it answers: its number must come back.
    """
    told = dialect.read
    text = answer.decode("latin-1")
    if not text:
        return (), ()
    if told["always"] and not _opens(told, text, 0):
        return (), (f"the answer does not begin with {told['begin']}",)
    segments = _cut(told, text)
    first, message = told["pairs"][0]["first"], told["message"]
    alone = told.get("alone", ())
    acks = [Ack(one[0], tuple(_codes(told, [one]))) for one in segments if one[0] in alone]
    flaws: list[str] = []
    sent: frozenset[str] | None = None
    for body in _bodies(told, segments):
        kind = _part(body[0], message["element"]).split(":")[message["component"] - 1]
        if kind in told["answers"]:
            acks.append(Ack(kind, tuple(_codes(told, body))))
            sent = _sent(told, received) if sent is None else sent
            flaws += _wrong_report(told["report"], body, sent)
    for frame in _split(segments, first):
        flaws += _wrong_frame(told["pairs"], frame)
    return tuple(acks), tuple(flaws)


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
            # Of what only announces, nothing is a segment.
            at += 0 if told["always"] else told["size"]
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
        cut[1:] = [one.lstrip("\r\n") for one in cut[1:]]
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
            # Of what only announces, nothing is a segment.
            at += 0 if told["always"] else told["size"]
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


def _part(segment: Sequence[str], at: int) -> str:
    return segment[at] if at < len(segment) else ""


def _codes(told: Mapping[str, Any], body: Segments) -> Iterator[tuple[str, str]]:
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
            text = _part(segment, int(element))
            text = _part(["", *text.split(":")], int(component)) if component else text
            if text:
                yield f"{tag}{name}", text


# -- what is wrong ---------------------------------------------------------------------------------


def _wrong_frame(pairs: Sequence[Mapping[str, Any]], segments: Segments) -> Iterator[str]:
    """Yield what does not agree between the first and last segment of an envelope, the outermost first."""
    tags = [one[0] for one in segments]
    for depth, pair in enumerate(pairs):
        first, last = pair["first"], pair["last"]
        if not depth and (tags[0] != first or tags[-1] != last):
            yield f"the answer is no interchange from {first} to {last}"
            return
        opened, closed = _all(tags, first), _all(tags, last)
        if len(opened) != len(closed) or any(end < begin for begin, end in zip(opened, closed, strict=True)):
            yield f"each {first} of the answer has its {last}"
            continue
        mine, its = pair["number"]
        for begin, end in zip(opened, closed, strict=True):
            size = tags[begin : end + 1].count(pair["of"]) if pair["of"] else end + 1 - begin
            counted = _part(segments[end], pair["count"])
            if counted != str(size):
                yield f"{last} of the answer says {counted}, it has {size}"
            if _part(segments[end], its) != _part(segments[begin], mine):
                yield f"{last} of the answer is not of its {first}"


def _all(tags: Sequence[str], tag: str) -> list[int]:
    """Give where a tag stands."""
    times = tags.count(tag)
    if times <= 1:
        return [tags.index(tag)] if times else []
    return [at for at, one in enumerate(tags) if one == tag]


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
    found = (_part(one, echo["number"]) for one in _cut(told, text, echo["of"]) if one[0] == echo["of"])
    numbers = {number.partition(mark)[0] for number in found}
    return frozenset(number.lstrip("0") for number in numbers if re.fullmatch(echo["like"], number))


def _wrong_report(told: Mapping[str, Any], body: Segments, sent: frozenset[str]) -> Iterator[str]:
    """Yield what does not agree inside an acknowledgement."""
    tags = [segment[0] for segment in body]
    if any(tags.count(tag) != 1 for tag in told["once"]):
        yield f"an acknowledgement has one {' and one '.join(told['once'])}"
        return
    for tag, ends in told.get("closed", {}).items():
        if tags.count(tag) != sum(tags.count(end) for end in ends):
            yield f"each {tag} has its {' or '.join(ends)}"
    echo = told["echo"]
    number = _part(body[tags.index(echo["tag"])], echo["element"])
    if sent and number.lstrip("0") not in sent:
        yield f"{echo['tag']} names {number or 'nothing'}, received was {', '.join(sorted(sent))}"
    for rule in (*told.get("needs", ()), *told.get("always", ())):
        for segment in [body[at] for at in _all(tags, rule["tag"])]:
            is_so = _part(segment, rule["element"]) == rule["is"]
            if "beside" not in rule and not is_so:
                yield f"{rule['tag']} says {_part(segment, rule['element'])}, where it says {rule['is']}"
            elif "beside" in rule and is_so and not _part(segment, rule["beside"]):
                yield f"{rule['tag']} with {rule['is']} has a code beside it"
    if "totals" in told:
        yield from _wrong_totals(told["totals"], told["verdicts"], body)


def _wrong_totals(totals: Mapping[str, Any], verdict: Mapping[str, Any], body: Segments) -> Iterator[str]:
    tag = totals["tag"]
    closing = next(one for one in body if one[0] == tag)
    given = [_part(one, verdict["element"]) for one in body if one[0] in verdict["tags"]]
    received, taken = _part(closing, totals["received"]), _part(closing, totals["taken"])
    good = sum(one in verdict["taken"] for one in given)
    if not received or not taken:
        yield f"{tag} has no counts"
        return
    # What is refused as a whole may leave its messages unmentioned.
    if received.isdigit() and int(received) < len(given):
        yield f"{tag} counts {received} received, {len(given)} are answered"
    if given and taken != str(good):
        yield f"{tag} counts {taken} taken, {good} are accepted"
    if _part(closing, totals["verdict"]) == totals["accepted"] and good != len(given):
        yield f"{tag} accepts all where one is rejected"
