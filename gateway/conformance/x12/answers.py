"""What a TA1, 997 or 999 says, and whether it is well formed: read by code of our own.

Lives here: a small reader of acknowledgements, which takes nothing for granted. Never here: what
they have to say (`expectation.py`).
"""

from __future__ import annotations

import re
from collections import Counter

from gateway.conformance.model import Ack

_SPOKEN = re.compile(r"(?:AK|IK)[1-59]|TA1")
_GROUP = re.compile(rb"GS[^\w ]\w{2}[^\w ][^~]{4,31}?[^\w ]\d{8}[^\w ]\d{4,8}[^\w ](\d{1,9})[^\w ]")
_ANSWERS = frozenset({"997", "999"})


def read(answer: bytes, received: bytes = b"") -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself.

    `received` is what it answers: its group number must come back.
    """
    segments, flaws = _cut(answer)
    if not segments:
        return (), tuple(flaws)
    acks = [
        Ack("TA1", tuple((f"TA1{at:02}", text) for at, text in enumerate(note[1:], 1) if text))
        for note in segments
        if note[0] == "TA1"
    ]
    for body in _bodies(segments):
        if body[0][1] in _ANSWERS:
            acks.append(Ack(body[0][1], tuple(_codes(body))))
            flaws += _wrong_body(body, received)
    for frame in _frames(segments):
        flaws += _wrong_frame(frame)
    return tuple(acks), tuple(flaws)


def _cut(answer: bytes) -> tuple[list[list[str]], list[str]]:
    text = answer.decode("latin-1")
    if not text:
        return [], []
    if not text.startswith("ISA") or len(text) < 106:
        return [], ["the answer is no X12 interchange"]
    element, component, terminator = text[3], text[104], text[105]
    flaws = []
    if len({element, component, terminator}) != 3:
        flaws.append("two delimiters of the answer are the same")
    segments = [
        segment.strip("\r\n").split(element) for segment in text.split(terminator) if segment.strip("\r\n")
    ]
    return segments, flaws


def _frames(segments: list[list[str]]) -> list[list[list[str]]]:
    """Cut several interchanges, which answer several, at each ISA."""
    found: list[list[list[str]]] = []
    for segment in segments:
        if segment[0] == "ISA" or not found:
            found.append([])
        found[-1].append(segment)
    return found


def _bodies(segments: list[list[str]]) -> list[list[list[str]]]:
    found: list[list[list[str]]] = []
    for segment in segments:
        if segment[0] == "ST" and len(segment) > 1:
            found.append([])
        if found and segment[0] not in {"GE", "IEA", "GS", "ISA", "TA1"}:
            found[-1].append(segment)
    return found


def _codes(body: list[list[str]]) -> list[tuple[str, str]]:
    found = []
    for segment in body:
        if _SPOKEN.fullmatch(segment[0]):
            found += [(f"{segment[0]}{at:02}", text) for at, text in enumerate(segment[1:], 1) if text]
    return found


def _wrong_body(body: list[list[str]], received: bytes) -> list[str]:
    flaws = []
    last = body[-1]
    if last[0] != "SE":
        return ["a set of the answer has no SE"]
    if last[1:2] != [str(len(body))]:
        flaws.append(f"SE01 of the answer says {last[1:2]}, it has {len(body)} segments")
    if last[2:3] != body[0][2:3]:
        flaws.append("SE02 of the answer is not its ST02")
    names = Counter(segment[0] for segment in body)
    if names["AK1"] != 1 or names["AK9"] != 1:
        flaws.append("an acknowledgement has one AK1 and one AK9")
    if names["AK2"] != names["AK5"] + names["IK5"]:
        flaws.append("each AK2 has its AK5 or IK5")
    flaws += _wrong_totals(body)
    opened = next((segment for segment in body if segment[0] == "AK1"), [])
    groups = {int(number) for number in _GROUP.findall(received)}
    if groups and len(opened) > 2 and opened[2].isdigit() and int(opened[2]) not in groups:
        flaws.append(f"AK102 is {opened[2]}, which is the number of no group")
    return flaws


def _wrong_totals(body: list[list[str]]) -> list[str]:
    closing = next((segment for segment in body if segment[0] == "AK9"), None)
    if closing is None or len(closing) < 5:
        return ["AK9 has no counts"]
    verdicts = [segment[1] for segment in body if segment[0] in {"AK5", "IK5"}]
    flaws = []
    # A group that is refused as a whole may leave its sets unmentioned.
    if closing[3].isdigit() and int(closing[3]) < len(verdicts):
        flaws.append(f"AK903 is {closing[3]}, {len(verdicts)} sets are answered")
    taken = sum(1 for verdict in verdicts if verdict in {"A", "E"})
    if verdicts and closing[4] != str(taken):
        flaws.append(f"AK904 is {closing[4]}, {taken} sets are accepted")
    if closing[1] == "A" and taken != len(verdicts):
        flaws.append("AK901 accepts a group in which a set is rejected")
    return flaws


def _wrong_frame(segments: list[list[str]]) -> list[str]:
    first, last = segments[0], segments[-1]
    flaws = []
    if last[0] != "IEA" or last[2:3] != first[13:14]:
        flaws.append("the answer does not end with the IEA of its ISA")
    groups = sum(1 for segment in segments if segment[0] == "GS")
    if last[1:2] != [str(groups)]:
        flaws.append(f"IEA01 of the answer says {last[1:2]}, it has {groups} groups")
    opened = [segment for segment in segments if segment[0] == "GS"]
    closed = [segment for segment in segments if segment[0] == "GE"]
    if [one[6:7] for one in opened] != [one[2:3] for one in closed]:
        flaws.append("GE02 of the answer is not its GS06")
    return flaws
