"""An interchange as a list of segments that a case changes: the envelope's among them.

Lives here: the small language of changes (`put GE-01 2 then drop IEA`) and the bytes of a place. The README.md of
`edi_specs/conformance/segments/` lists the words. Never here: which changes are tried.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.conformance.segments.draft import compose
from gateway.conformance.segments.templates import unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.conformance.segments.dialect import Frame
    from gateway.conformance.segments.tables import Message

Change = tuple[str, ...]
_PLACE = re.compile(r"([A-Z0-9]+)(?:\[(\d+)\])?(?:-(\d+))?(?:-(\d+))?")


def changes(text: str) -> tuple[Change, ...]:
    """Cut the words of several changes apart at `then`."""
    found: list[list[str]] = [[]]
    for word in shlex.split(text):
        if word == "then":
            found.append([])
        else:
            found[-1].append(unescaped(word))
    return tuple(tuple(one) for one in found if one)


@dataclass(frozen=True, slots=True)
class At:
    """A segment by its tag and turn (from 0), an element of it, a component of that; 0 for the whole."""

    tag: str
    turn: int
    element: int
    component: int

    @staticmethod
    def of(text: str) -> At:
        """Read `ST[2]-02` or `UNB-4-1`."""
        match = _PLACE.fullmatch(text)
        if match is None:
            raise LookupError(text)
        tag, turn, element, component = match.groups()
        return At(tag, int(turn or 1) - 1, int(element or 0), int(component or 0))


@dataclass(slots=True)
class Sheet:
    """The segments, each a list of its elements with the tag first, and what stands around them."""

    spec: Message
    number: int
    frame: Frame
    segments: list[list[str]]
    advice: str
    begin: str = ""
    end: str = ""
    cut: int | None = None

    @staticmethod
    def around(spec: Message, number: int, frame: Frame | None = None) -> Sheet:
        """Make a small legal interchange with one message."""
        draft = compose(spec, (spec.places[0],), number, frame=frame)
        if draft is None:
            raise LookupError(f"no legal {spec.name}")
        used, advice = draft.frame, draft.advice()
        text = draft.written()[len(advice) :].decode("latin-1")
        segments = [one.split(used.element) for one in text.split(used.terminator + used.line_end)[:-1]]
        return Sheet(spec, number, used, segments, advice.decode("latin-1"))

    def written(self) -> bytes:
        """Write it."""
        end = self.frame.terminator + self.frame.line_end
        body = "".join(self.frame.element.join(one) + end for one in self.segments)
        return ((self.begin + self.advice + body)[: self.cut] + self.end).encode("latin-1")

    def apply(self, every: Iterable[Change]) -> tuple[str, str]:
        """Make changes in their order; give what was and what is now where the first of them tells."""
        told: tuple[str, str] = ("", "")
        for name, *words in every:
            said = _CHANGES[name](self, *words)
            told = told if any(told) else said
        return told

    # -- places -------------------------------------------------------------------------------

    def index(self, at: At) -> int:
        """Give where a segment stands in the list."""
        return [where for where, one in enumerate(self.segments) if one[0] == at.tag][at.turn]

    def get(self, at: At) -> str:
        """Give the text of an element or component, "" where it is cut off."""
        segment = self.segments[self.index(at)]
        text = segment[at.element] if at.element < len(segment) else ""
        parts = text.split(self.frame.component)
        return (parts[at.component - 1] if at.component <= len(parts) else "") if at.component else text

    def start(self, index: int) -> int:
        """Give the offset of a segment's first byte."""
        end = len(self.frame.terminator) + len(self.frame.line_end)
        sizes = (len(self.frame.element.join(one)) + end for one in self.segments[:index])
        return len(self.begin) + len(self.advice) + sum(sizes)

    def span(self, text: str) -> tuple[int, int] | None:
        """Give the bytes of a place: an element, a segment, `before GE`, `begin`, `end`; None for none."""
        if not text:
            return None
        word, _, rest = text.partition(" ")
        if word == "before":
            start = self.start(self.index(At.of(rest)))
            return start, start
        if word in {"begin", "end"}:
            size = len(self.written())
            return (0, len(self.begin)) if word == "begin" else (size, size)
        at = At.of(text)
        index = self.index(at)
        if not at.element:
            return self.start(index), self.start(index + 1)
        segment = self.segments[index]
        begin = self.start(index) + sum(len(one) + 1 for one in segment[: at.element])
        return begin, begin + len(segment[at.element])

    # -- changes ------------------------------------------------------------------------------

    def put(self, place: str, text: str) -> tuple[str, str]:
        """Set an element or component; the segment grows where it must, and ends where nothing follows."""
        at, mark = At.of(place), self.frame.component
        was = self.get(at)
        segment = self.segments[self.index(at)]
        segment.extend("" for _ in range(at.element + 1 - len(segment)))
        if at.component:
            parts = segment[at.element].split(mark)
            parts.extend("" for _ in range(at.component - len(parts)))
            parts[at.component - 1] = text
            text = mark.join(parts).rstrip(mark)
        segment[at.element] = text
        while len(segment) > 1 and not segment[-1]:
            segment.pop()
        return was, text

    def beside(self, place: str, text: str) -> tuple[str, str]:
        """Put a component where its element is empty, since no other stands without it."""
        at = At.of(place)
        if not self.get(replace(at, component=0)):
            self.put(place, text)
        return "", ""

    def add(self, place: str, step: str) -> tuple[str, str]:
        """Count further, as wide as before."""
        was = self.get(At.of(place))
        return self.put(place, str(int(was) + int(step)).rjust(len(was), "0"))

    def drop(self, first: str, last: str = "") -> tuple[str, str]:
        """Take a segment out, or all from one to another."""
        begin, end = self.index(At.of(first)), self.index(At.of(last or first))
        del self.segments[begin : end + 1]
        return first, ""

    def copy(self, first: str, last: str) -> tuple[str, str]:
        """Put segments there once more, behind themselves."""
        begin, end = self.index(At.of(first)), self.index(At.of(last))
        self.segments[end + 1 : end + 1] = [list(one) for one in self.segments[begin : end + 1]]
        return "", first

    def before(self, place: str, text: str) -> tuple[str, str]:
        """Put a segment in front of another."""
        return self._insert(self.index(At.of(place)), text)

    def behind(self, place: str, text: str) -> tuple[str, str]:
        """Put a segment behind another."""
        return self._insert(self.index(At.of(place)) + 1, text)

    def _insert(self, index: int, text: str) -> tuple[str, str]:
        self.segments.insert(index, text.split(self.spec.dialect.frame.element))
        return "", self.segments[index][0]

    def grow(self, place: str, text: str) -> tuple[str, str]:
        """Add an element at the end of a segment."""
        self.segments[self.index(At.of(place))].append(text)
        return "", text

    def mark(self, name: str, text: str) -> tuple[str, str]:
        """Write the whole with another delimiter."""
        fresh = Sheet.around(self.spec, self.number, replace(self.frame, **{name: text}))
        was = getattr(self.frame, name)
        self.frame, self.segments, self.advice = fresh.frame, fresh.segments, fresh.advice
        return was, text

    def lines(self, text: str) -> tuple[str, str]:
        """End every line with it."""
        self.frame = replace(self.frame, line_end=text)
        return "", text

    def set_begin(self, text: str) -> tuple[str, str]:
        """Put something in front of it all."""
        self.begin = text
        return "", text

    def set_end(self, text: str) -> tuple[str, str]:
        """Put something behind it all."""
        self.end = text
        return "", text

    def set_advice(self, text: str) -> tuple[str, str]:
        """Put another advice of the delimiters, or none."""
        was, self.advice = self.advice, text
        return was, text

    def set_cut(self, size: str) -> tuple[str, str]:
        """Keep so many bytes, or all but so many."""
        whole = self.written().decode("latin-1")
        self.cut = int(size)
        return whole[self.cut :], ""


_CHANGES: Mapping[str, Callable[..., tuple[str, str]]] = {
    "put": Sheet.put,
    "beside": Sheet.beside,
    "add": Sheet.add,
    "drop": Sheet.drop,
    "copy": Sheet.copy,
    "before": Sheet.before,
    "behind": Sheet.behind,
    "grow": Sheet.grow,
    "mark": Sheet.mark,
    "lines": Sheet.lines,
    "begin": Sheet.set_begin,
    "end": Sheet.set_end,
    "advice": Sheet.set_advice,
    "cut": Sheet.set_cut,
}
