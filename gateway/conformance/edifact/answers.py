"""What a CONTRL says, and whether it is well formed: read by code of our own.

Lives here: a small reader of CONTRL in either syntax. Never here: what it has to say (`draft.py`).
"""

from __future__ import annotations

from collections import Counter

from gateway.conformance.model import Ack

# Segment: element (from 1) to its number; a point names a component.
_SPOKEN = {
    "UCI": {"4": "0083", "5": "0085", "6": "0013"},
    "UCF": {"4": "0083", "5": "0085"},
    "UCM": {"3": "0083", "4": "0085", "5": "0013"},
    "UCS": {"1": "0096", "2": "0085"},
    "UCD": {"1": "0085", "2.1": "0098", "2.2": "0104"},
}


def read(answer: bytes, received: bytes = b"") -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself."""
    text = answer.decode("latin-1")
    if not text:
        return (), ()
    segments = _cut(text)
    flaws = [flaw for frame in _frames(segments) for flaw in _flaws(frame)]
    acks = []
    for body in _bodies(segments):
        kind = _part(body[0], 2).split(":")[0]
        acks.append(Ack(kind, tuple(_codes(body))))
        if kind == "CONTRL":
            flaws += _wrong_report(body, received)
    return tuple(acks), tuple(flaws)


def _cut(text: str) -> list[list[str]]:
    """Cut interchanges into segments; each may announce its marks in a UNA."""
    element, release, terminator = "+", "?", "'"
    found: list[list[str]] = []
    segment: list[str] = []
    piece, at = "", 0
    while at < len(text):
        if not segment and not piece and text.startswith("UNA", at) and len(text) > at + 8:
            element, release, terminator = text[at + 4], text[at + 6], text[at + 8]
            at += 9
            continue
        letter = text[at]
        at += 1
        if letter == release and release != " ":
            piece += text[at : at + 1]
            at += 1
        elif letter == terminator:
            found.append([*segment, piece])
            segment, piece = [], ""
        elif letter == element:
            segment.append(piece)
            piece = ""
        elif letter not in "\r\n" or piece or segment:
            piece += letter
    return found


def _frames(segments: list[list[str]]) -> list[list[list[str]]]:
    """Cut several interchanges, which answer several, at each UNB."""
    found: list[list[list[str]]] = []
    for segment in segments:
        if segment[0] == "UNB" or not found:
            found.append([])
        found[-1].append(segment)
    return found


def _part(segment: list[str], at: int) -> str:
    return segment[at] if at < len(segment) else ""


def _bodies(segments: list[list[str]]) -> list[list[list[str]]]:
    found: list[list[list[str]]] = []
    for segment in segments:
        if segment[0] == "UNH":
            found.append([])
        if found and segment[0] not in {"UNB", "UNZ"}:
            found[-1].append(segment)
    return found


def _codes(body: list[list[str]]) -> list[tuple[str, str]]:
    found = []
    for segment in body:
        for at, number in _SPOKEN.get(segment[0], {}).items():
            element, _, component = at.partition(".")
            text = _part(segment, int(element))
            if component:
                parts = text.split(":")
                text = parts[int(component) - 1] if int(component) <= len(parts) else ""
            if text:
                found.append((f"{segment[0]}{number}", text))
    return found


def _flaws(segments: list[list[str]]) -> list[str]:
    first, last = segments[0], segments[-1]
    if first[0] != "UNB" or last[0] != "UNZ":
        return ["the answer is no interchange from UNB to UNZ"]
    flaws = []
    if _part(last, 2) != _part(first, 5):
        flaws.append("UNZ of the answer is not of its UNB")
    bodies = _bodies(segments)
    if _part(last, 1) != str(len(bodies)):
        flaws.append(f"UNZ of the answer says {_part(last, 1)}, it has {len(bodies)} messages")
    for body in bodies:
        if body[-1][0] != "UNT" or _part(body[-1], 1) != str(len(body)):
            flaws.append(f"UNT of the answer does not count its {len(body)} segments")
        elif _part(body[-1], 2) != _part(body[0], 1):
            flaws.append("UNT of the answer is not of its UNH")
    return flaws


def _wrong_report(body: list[list[str]], received: bytes) -> list[str]:
    flaws = []
    names = Counter(segment[0] for segment in body)
    if names["UCI"] != 1:
        return ["a CONTRL has one UCI"]
    uci = next(segment for segment in body if segment[0] == "UCI")
    if _part(uci, 4) == "4" and not _part(uci, 5):
        flaws.append("a rejected interchange has a code (0085)")
    # Where a UNA is not whole, nobody knows the marks.
    told = received[8:9].strip() and received[9:].lstrip().startswith(b"UNB")
    whole = told or not received.startswith(b"UNA")
    # Where the reference came with components, which is a fault, its first names it.
    mark = received[3:4].decode("latin-1") if received.startswith(b"UNA") else ":"
    sent = [_part(one, 5).partition(mark)[0] for one in _cut(received.decode("latin-1")) if one[0] == "UNB"]
    if whole and sent and _part(uci, 1) not in sent:
        flaws.append(f"UCI names {_part(uci, 1) or 'nothing'}, received was {sent[0]}")
    rejected = [segment for segment in body if segment[0] == "UCM" and _part(segment, 3) == "4"]
    if names["UCM"] != len(rejected):
        flaws.append("a message that is reported is rejected")
    return flaws
