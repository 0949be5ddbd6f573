"""What stands in a segment of a message that is legal, and small: its elements, each as the texts that a number chooses from.

Lives here: the choice of elements and of what they may be, made once for a place; the number chooses among equals.
Never here: which segments stand (`draft.py`).
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from gateway.conformance.segments.tables import Composite
from gateway.conformance.segments.values import LETTERS_DIGITS, spelt, texts_of, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.conformance.segments.tables import Message, Place, Position, Segment

# A simple element, or the components of a composite.
Value = str | list[str]
# A text: how far from the number of its message that of it is, and what it chooses from.
Text = tuple[int, tuple[str, ...]]
# An element as a text, or as those of its components, which are counted from the number of the element.
Cell = tuple[int, tuple[str, ...], tuple[Text, ...] | None]
Cells = tuple[Cell, ...]
# Places of some messages, each with elements that are asked for: cases of one place follow each other.
_KEPT_MAX = 4096


@lru_cache(maxsize=_KEPT_MAX)
def cells(
    spec: Message, around: tuple[Place, ...], place: Place, present: tuple[int, ...] = ()
) -> Cells | None:
    """Give the elements of a segment: what is mandatory, what is asked for, and what these bring along.

    None where the elements asked for cannot stand together.
    """
    segment = place.segment
    if segment.open:
        return ((0, spelt(LETTERS_DIGITS, 4), None),)
    there = _standing(place, present)
    if there is None:
        return None
    avoid = _siblings(around, spec.places, place)
    return tuple(
        (at, *(_cell(place, at, avoid.get(at, ())) if at in there else _ABSENT))
        for at in range(1, max(there, default=0) + 1)
    )


def chosen(cells_: Cells, number: int) -> list[Value]:
    """Give the values that a number chooses."""
    return [
        texts[(number + by) % len(texts)]
        if parts is None
        else [one[(number + by + more) % len(one)] for more, one in parts]
        for by, texts, parts in cells_
    ]


_Choice = tuple[tuple[str, ...], tuple[Text, ...] | None]
_EMPTY = ("",)
_ABSENT: _Choice = (_EMPTY, None)


def _cell(place: Place, at: int, avoid: Iterable[str]) -> _Choice:
    if place.qualifier and place.qualifier[0] == at and place.qualifier[1]:
        return place.qualifier[1][:1], None
    return _choice(place.segment.positions[at - 1], avoid)


@cache
def _standing(place: Place, present: tuple[int, ...]) -> frozenset[int] | None:
    """Give the elements that stand when these are asked for; where none must, one that may; None where they cannot."""
    segment = place.segment
    there = together(segment.positions, segment.notes, present)
    if there is not None and not there:
        there = next((one for at in _used(segment) if (one := _alone(segment, at))), None)
    return frozenset(there) if there is not None else None


def _used(segment: Segment) -> list[int]:
    return [at for at, position in enumerate(segment.positions, 1) if position.usage != "N"]


def _alone(segment: Segment, at: int) -> set[int] | None:
    return together(segment.positions, segment.notes, {at})


def content(position: Position, number: int, avoid: Iterable[str] = (), present: Iterable[int] = ()) -> Value:
    """Give a value of one element; of a composite its components."""
    return chosen(((0, *_choice(position, avoid, present)),), number)[0]


def _choice(position: Position, avoid: Iterable[str] = (), present: Iterable[int] = ()) -> _Choice:
    what = position.what
    if not isinstance(what, Composite):
        return texts_of(what, avoid), None
    there = together(what.positions, what.notes, present) or set()
    if not there:
        there = together(what.positions, what.notes, {1}) or {1}
    parts = tuple(
        (at, _choice(what.positions[at - 1])[0] if at in there else _EMPTY) for at in range(1, max(there) + 1)
    )
    return (), parts


@cache
def _siblings(around: tuple[Place, ...], top: tuple[Place, ...], place: Place) -> Mapping[int, set[str]]:
    """Give the codes that would send a segment to another place of its id: (element, codes)."""
    level = around[-1].parts if around else top
    found: dict[int, set[str]] = {}
    for other in level:
        if other is not place and other.segment.id == place.segment.id and other.qualifier:
            found.setdefault(other.qualifier[0], set()).update(other.qualifier[1])
    return found
