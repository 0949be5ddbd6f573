r"""Elements, components and the relations between them, as parts of a pattern.

Lives here: what one value may be, and a row of them with its separators, written as possessive
regular expressions over translated bytes (`pattern.py`). The row walks its positions with what is left of each relation
as its state, so that paired and conditional elements cost nothing to accept.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.elements import broken
from gateway.formats.x12.shapes import shape
from gateway.specs.x12_tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.specs.x12_tables import Position, Relation

ELEMENT, TERMINATOR, COMPONENT, REPETITION = b"\x1d", b"\x1e", b"\x1f", b"\x1c"
_CENTURY_DATE = (
    rb"(?!0000)(?:[0-9]{4}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    rb"|02(?:0[1-9]|1[0-9]|2[0-8]))"
    rb"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)0229)"
)
_ANY = rb"[ -~]"
_TIME = rb"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2}+)?+)?+"
_FIXED = {"date": _CENTURY_DATE, "time": _TIME}
_CHARACTERS = {"digits": rb"[0-9]", "whole": rb"-?+[0-9]", "text": _ANY}


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
    kind, least, most, codes = shape(element)
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "decimal":
        return _decimal(least, most)
    if kind == "codes":
        return alternatives(codes)
    return _CHARACTERS[kind] + _length(least, most)


def _decimal(least: int, most: int) -> bytes:
    """Write a number with a point where it needs one; sign and point do not count."""
    if least <= 1:
        # With a point, one character more than digits are allowed may stand before the end. A
        # number that begins with its point is left to the slow way, which takes it.
        point = rb"\.[0-9]*+(?<![0-9.]{%d})" % (most + 2)
        return rb"-?+[0-9]{1,%d}+(?:%b)?+" % (most, point)
    whole = rb"[0-9]{%d,%d}+(?![.0-9])" % (least, most)
    counted = rb"(?=(?:\.?[0-9]){%d,%d}+\.?(?![.0-9]))" % (least, most)
    return b"-?+(?:" + whole + b"|" + counted + rb"(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++))"


def _length(least: int, most: int) -> bytes:
    if least == most:
        return b"" if least == 1 else b"{%d}+" % least
    return b"{%d,%d}+" % (least, most)


def optional(pattern: bytes) -> bytes:
    """Write a value that may be absent."""
    shortest = _ANY + b"{1,"
    if pattern.startswith(shortest) and pattern.count(b"{") == 1:
        return _ANY + b"{0," + pattern[len(shortest) :]
    return b"(?:" + pattern + b")?+"


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
            body = separator + optional(pattern) + self.row(at + 1, here, limit)
        else:
            meet, state_there = self.meeting(at + 1, here, gone, limit)
            one = pattern + self.row(at + 1, here, meet)
            # The present value is tried first. In front of a wrong one the other way fails as
            # well: it goes on with a separator or with the end.
            other = self.row(at + 1, gone, meet)
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
