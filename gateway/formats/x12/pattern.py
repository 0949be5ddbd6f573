r"""One pattern for each transaction set: tells whether a whole transaction is without fault.

Lives here: the compiler from a spec to one possessive regular expression, which cannot
backtrack, and the bytes that it is tried on. Never here: what is wrong (`grammar.py` says that when the pattern fails).
Whatever the pattern accepts, the slow way accepts; a test holds the two to it.

The pattern knows one set of delimiters. A transaction is translated to it first: elements
are divided by `\x1d`, segments ended by `\x1e`, components divided by `\x1f`, repetitions by `\x1c`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.elements import broken
from gateway.specs.x12_tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.formats.x12.delimiters import Delimiters
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Position, Relation, Segment

ELEMENT, TERMINATOR, COMPONENT, REPETITION = b"\x1d", b"\x1e", b"\x1f", b"\x1c"
# What ends badly is left to the slow way: blanks and separators before a delimiter.
_SUSPECT = tuple(
    first + second
    for first, second in (
        (b" ", ELEMENT),
        (b" ", TERMINATOR),
        (b" ", COMPONENT),
        (b" ", REPETITION),
        (ELEMENT, TERMINATOR),
        (COMPONENT, ELEMENT),
        (COMPONENT, TERMINATOR),
        (COMPONENT, REPETITION),
    )
)
_CENTURY_DATE = (
    rb"(?!0000)(?:[0-9]{4}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    rb"|02(?:0[1-9]|1[0-9]|2[0-8]))"
    rb"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)0229)"
)
_TIME = rb"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2}+)?+)?+"


@lru_cache(maxsize=64)
def translation(delimiters: Delimiters) -> bytes:
    """Give the table for `bytes.translate` from one interchange's delimiters to ours."""
    table = bytearray(range(256))
    # A control byte that is no delimiter here must not become one.
    for byte in ELEMENT + TERMINATOR + COMPONENT + REPETITION:
        table[byte] = 0
    table[delimiters.element[0]] = ELEMENT[0]
    table[delimiters.component[0]] = COMPONENT[0]
    if delimiters.repetition:
        table[delimiters.repetition[0]] = REPETITION[0]
    table[delimiters.terminator[0]] = TERMINATOR[0]
    return bytes(table)


def plain(raw: bytes, delimiters: Delimiters) -> bytes:
    """Translate a transaction; the line ends that follow each terminator are taken out."""
    if delimiters.line_end:
        raw = raw.replace(delimiters.terminator + delimiters.line_end, delimiters.terminator)
    return raw.translate(translation(delimiters))


def suspect(text: bytes) -> bool:
    """Tell whether a translated transaction has something at an element's end to look at."""
    return any(pair in text for pair in _SUSPECT)


class Patterns:
    """The compiled patterns of one process, made when a set is first seen."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: dict[int, tuple[X12Spec, re.Pattern[bytes]]] = {}

    def get(self, spec: X12Spec) -> re.Pattern[bytes]:
        """Give the pattern of a set. Groups: ST02, SE01, SE02."""
        made = self._made.get(id(spec))
        if made is None:
            # The spec is kept beside its pattern, so its id stays its own.
            made = self._made[id(spec)] = (spec, re.compile(transaction(spec)))
        return made[1]


PATTERNS = Patterns()


def transaction(spec: X12Spec) -> bytes:
    """Write the pattern of a whole transaction from ST to the terminator of SE."""
    convention = rb"(?:\x1d[ -~]{1,35}+)?+" if len(spec.header.positions) > 2 else b""
    return (
        rb"ST\x1d"
        + re.escape(spec.message.encode("ascii"))
        + rb"\x1d([ -~]{4,9}+)"
        + convention
        + TERMINATOR
        + places(spec.body)
        + rb"SE\x1d([0-9]{1,10}+)\x1d([ -~]{4,9}+)\x1e"
    )


def places(parts: Sequence[Place]) -> bytes:
    """Write what the lines of one level accept, one after the other."""
    written = []
    for index, place in enumerate(parts):
        item = segment(place.segment, _elsewhere(place, parts[:index]))
        if place.loop:
            item += places(place.parts)
        written.append(_times(item, place))
    return b"".join(written)


def _elsewhere(place: Place, before: Iterable[Place]) -> bytes:
    """Keep a segment out of a place when a line above it takes it by its qualifier."""
    found = b""
    for other in before:
        if other.name == place.name and other.qualifier is not None:
            at, codes = other.qualifier
            skip = rb"(?:\x1d[^\x1d\x1e]*+){%d}\x1d" % (at - 1)
            found += b"(?!" + skip + alternatives(codes) + rb"[\x1d\x1e])"
    return found


def _times(item: bytes, place: Place) -> bytes:
    least = 1 if place.usage == "M" else 0
    most = place.count_max
    if (least, most) == (1, 1):
        return item
    if most is None:
        times = b"++" if least else b"*+"
    elif most == 1:
        times = b"?+"
    else:
        times = b"{%d,%d}+" % (least, most)
    return b"(?:" + item + b")" + times


def segment(spec: Segment, guard: bytes = b"") -> bytes:
    """Write one segment, terminator included."""
    name = spec.name.encode("ascii")
    if spec.open:
        return name + rb"(?=[\x1d\x1e])" + guard + rb"[^\x1e]*+\x1e"
    wanted = [(position.usage, repeated(position)) for position in spec.positions]
    return name + guard + Fields(wanted, spec.relations, ELEMENT, rb"\x1e").write() + TERMINATOR


def repeated(position: Position) -> bytes:
    """Write a present element with its repetitions."""
    one = composite(position.what) if isinstance(position.what, Composite) else value(position.what)
    if position.repeat == 1:
        return one
    return one + rb"(?:\x1c" + one + rb"){0,%d}+" % (position.repeat - 1)


def composite(spec: Composite) -> bytes:
    """Write a present composite: at least one component has a value."""
    wanted = [
        (component.usage, value(component.what) if isinstance(component.what, Element) else b"")
        for component in spec.components
    ]
    ends = rb"[\x1c\x1d\x1e]"
    fields = Fields(wanted, spec.relations, COMPONENT, ends)
    return b"(?!" + ends + b")" + fields.write(first_separator=False)


def value(element: Element) -> bytes:
    """Write a present value of one element."""
    least, most = element.length_min, element.length_max
    kind = element.kind
    if kind == "DT":
        return _CENTURY_DATE if (least, most) == (8, 8) else rb"[0-9]{%d,%d}+" % (least, most)
    if kind == "TM":
        return _TIME
    if kind == "R":
        whole = rb"[0-9]{%d,%d}+(?![.0-9])" % (least, most)
        point = rb"(?=(?:\.?[0-9]){%d,%d}+\.?(?![.0-9]))(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)" % (least, most)
        return b"-?+(?:" + whole + b"|" + point + b")"
    if kind[0] == "N":
        return rb"-?+[0-9]{%d,%d}+" % (least, most)
    if element.codes is not None:
        return alternatives(code for code in element.codes if least <= len(code) <= most)
    return rb"[ -~]{%d,%d}+" % (least, most)


def alternatives(codes: Iterable[str]) -> bytes:
    """Write a list of codes as a tree over their characters, so that its length costs little."""
    words = sorted({code.encode("ascii") for code in codes if code})
    return _tree(words) if words else rb"(?!)"


def _tree(words: list[bytes]) -> bytes:
    branches: dict[int, list[bytes]] = {}
    ends = False
    for word in words:
        if word:
            branches.setdefault(word[0], []).append(word[1:])
        else:
            ends = True
    if not branches:
        return b""
    by_rest: dict[tuple[bytes, ...], list[int]] = {}
    for first, rest in branches.items():
        by_rest.setdefault(tuple(rest), []).append(first)
    written = []
    for rests, firsts in by_rest.items():
        letters = b"".join(re.escape(bytes([first])) for first in firsts)
        written.append((b"[" + letters + b"]" if len(firsts) > 1 else letters) + _tree(list(rests)))
    whole = written[0] if len(written) == 1 and not ends else b"(?:" + b"|".join(written) + b")"
    return whole + (b"?+" if ends else b"")


class _Open(NamedTuple):
    """What is left of one relation: positions to come, and its truth for each way to fill them."""

    rest: tuple[int, ...]
    truth: tuple[bool, ...]


class Fields:
    """Writes a row of elements with separators, usage and relations.

    Walks the positions with what is left of each relation as its state. Where presence and
    absence lead to the same state the row just goes on; where they differ, the two ways are
    written beside each other until they meet again.
    """

    def __init__(
        self,
        wanted: Sequence[tuple[str, bytes]],
        relations: Sequence[Relation],
        separator: bytes,
        ends: bytes,
    ) -> None:
        """Take (usage, pattern of a present value) for each position; `ends` is what may follow the row."""
        self.wanted = wanted
        self.separator = separator
        self.ends = ends
        self.last = len(wanted) + 1
        self.start = tuple(_opened(relation) for relation in relations)

    def write(self, *, first_separator: bool = True) -> bytes:
        """Write the row."""
        if first_separator:
            return self.row(1, self.start, self.last)
        return self.row(1, self.start, self.last, bare=True)

    def row(self, at: int, state: tuple[_Open, ...], limit: int, *, bare: bool = False) -> bytes:
        """Write positions from `at` up to `limit`, or to an earlier end where that is allowed."""
        if at >= limit:
            return b""
        usage, pattern = self.wanted[at - 1]
        separator = b"" if bare else self.separator
        here = _step(state, at, present=True) if usage != "N" else None
        gone = _step(state, at, present=False) if usage != "M" else None
        if here is None or gone is None:
            only = here if gone is None else gone
            if only is None:
                return rb"(?!)"
            body = separator + (pattern if gone is None else b"") + self.row(at + 1, only, limit)
        elif here == gone:
            body = separator + b"(?:" + pattern + b")?+" + self.row(at + 1, here, limit)
        else:
            meet, state_there = self.meeting(at + 1, here, gone, limit)
            one = pattern + self.row(at + 1, here, meet)
            other = self.row(at + 1, gone, meet)
            # The present value is tried first: an absent one would match in front of it.
            other = b"(?=[" + self.separator + self.ends.strip(b"[]") + b"])" + other
            body = separator + b"(?:" + one + b"|" + other + b")" + self.row(meet, state_there, limit)
        if bare or not self.may_end(at, state):
            return body
        if limit == self.last:
            return b"(?:" + body + b")?+"
        return b"(?:" + body + b"|(?=" + self.ends + b"))"

    def may_end(self, at: int, state: tuple[_Open, ...]) -> bool:
        """Tell whether the row may be cut off before position `at`."""
        if any(usage == "M" for usage, _ in self.wanted[at - 1 :]):
            return False
        return all(one.truth[0] for one in state)

    def meeting(
        self, at: int, one: tuple[_Open, ...], other: tuple[_Open, ...], limit: int
    ) -> tuple[int, tuple[_Open, ...]]:
        """Find the first position at which all ways have come to one state."""
        states = {one, other}
        while len(states) > 1 and at < limit:
            usage = self.wanted[at - 1][0]
            ways = (True,) if usage == "M" else (False,) if usage == "N" else (True, False)
            following = (_step(state, at, present=way) for state in states for way in ways)
            states = {state for state in following if state is not None}
            at += 1
        return at, states.pop() if len(states) == 1 else one


def _opened(relation: Relation) -> _Open:
    rest = tuple(sorted(relation.positions))
    truth = []
    for present in product((False, True), repeat=len(rest)):
        row = [False] * max(rest)
        for position, stands in zip(rest, present, strict=True):
            row[position - 1] = stands
        truth.append(not broken(relation, row))
    return _Open(rest, tuple(truth))


def _step(state: tuple[_Open, ...], at: int, *, present: bool) -> tuple[_Open, ...] | None:
    """Take one position as there or not; None when a relation can then no longer hold."""
    found = []
    for one in state:
        rest, truth = one
        if rest and rest[0] == at:
            half = len(truth) // 2
            truth = truth[half:] if present else truth[:half]
            rest = rest[1:]
        if not any(truth):
            return None
        found.append(_Open((), (True,)) if all(truth) else _Open(rest, truth))
    return tuple(found)
